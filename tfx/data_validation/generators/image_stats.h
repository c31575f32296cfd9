// Which features hold images, of which formats, and how large they are: TFDV's ImageStatsGenerator.
//
//   ASSIGN_OR_RETURN(auto images, MakeImageStatsGenerator({.enable_size_stats = true}));
//
// Every value of a STRING feature is recognised by its first bytes: bmp "BM", gif "GIF8", jpeg FF D8 FF, png its eight
// byte signature. A feature with at least values_threshold values of which at least is_image_ratio_threshold are images
// gets the custom statistics
//   domain_info             "image_domain {}"
//   image_format_histogram  rank histogram by format name; "UNKNOWN" (first) counts the values that are no images
//   image_max_width, image_max_height   pixels; with enable_size_stats only
// A feature with values that are not strings anywhere gets nothing. Null and missing values are not counted.
//
// Sizes come from the headers (image_header.h), nothing is decoded: a picture that is damaged behind its header counts,
// one whose header is cut short has no size. TFDV decodes, and fails on the first damaged picture.
//
// State: six counters a feature. Exact: no error, no dependence on order or splitting.
#ifndef TFX_DATA_VALIDATION_GENERATORS_IMAGE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_IMAGE_STATS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

struct ImageStatsGeneratorOptions {
  double is_image_ratio_threshold = 0.8;  // in [0, 1]
  int64_t values_threshold = 100;         // at least 1
  bool enable_size_stats = false;
};

// INVALID_ARGUMENT naming the option that is out of range.
absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeImageStatsGenerator(const ImageStatsGeneratorOptions& options);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_IMAGE_STATS_H_
