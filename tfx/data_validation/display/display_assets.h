// assets/ as one script, put into the library when it is built (embed_assets.cmake).
#ifndef TFX_DATA_VALIDATION_DISPLAY_DISPLAY_ASSETS_H_
#define TFX_DATA_VALIDATION_DISPLAY_DISPLAY_ASSETS_H_

#include <string_view>

namespace tfx::tfdv {

extern const std::string_view kStatisticsScript;

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_DISPLAY_ASSETS_H_
