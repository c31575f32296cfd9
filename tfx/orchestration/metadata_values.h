// Between the language's plain values and ML Metadata's messages.
#ifndef TFX_ORCHESTRATION_METADATA_VALUES_H_
#define TFX_ORCHESTRATION_METADATA_VALUES_H_

#include <string>

#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/dsl/executor.h"
#include "tfx/dsl/property_value.h"

namespace tfx {

// JsonValue becomes struct_value: an object as it is, anything else (text that is no JSON: as a string) under
// "__value__", as TFX does; and back.
ml_metadata::Value ToMlmdValue(const PropertyValue& value);
PropertyValue FromMlmdValue(const ml_metadata::Value& value);

Artifact FromMlmd(const ml_metadata::Artifact& artifact);
// Properties of a message's map.
PropertyMap FromMlmdMap(const google::protobuf::Map<std::string, ml_metadata::Value>& values);
void ToMlmdMap(const PropertyMap& values, google::protobuf::Map<std::string, ml_metadata::Value>* out);

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_METADATA_VALUES_H_
