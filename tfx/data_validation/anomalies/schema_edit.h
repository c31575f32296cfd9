// A schema under repair: what a check may change besides its own feature.
//
// Inference and UpdateSchema edit one schema for good (EditInPlace). Validation only wants to know what would change,
// for one feature at a time (EditScratch): string domains are copied when touched and the schema stays as it is.
#ifndef TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_EDIT_H_
#define TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_EDIT_H_

#include <map>
#include <optional>
#include <string>

#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {

using ::tensorflow::metadata::v0::Feature;
using ::tensorflow::metadata::v0::Schema;
using ::tensorflow::metadata::v0::SparseFeature;
using ::tensorflow::metadata::v0::StringDomain;
using ::tensorflow::metadata::v0::WeightedFeature;

class SchemaEdit {
 public:
  static SchemaEdit InPlace(Schema* schema) { return SchemaEdit(schema, schema); }
  static SchemaEdit Scratch(const Schema& schema) { return SchemaEdit(&schema, nullptr); }

  const Schema& schema() const { return *schema_; }
  StringDomain* FindStringDomain(const std::string& name);  // null: none
  // A new domain of this name, or with the first free of the suffixes 2, 3, ...
  StringDomain* AddStringDomain(const std::string& name);
  // Removes the domain and every reference to it. In scratch mode, the feature at hand loses its own reference.
  void RemoveStringDomain(const std::string& name, Feature* feature);

 private:
  SchemaEdit(const Schema* schema, Schema* in_place) : schema_(schema), in_place_(in_place) {}
  const Schema* schema_;
  Schema* in_place_;  // null: scratch
  std::map<std::string, StringDomain> copies_;
};

// Null where there is none. Paths of more than one step lead through struct domains.
Feature* FindFeature(Schema* schema, const FeaturePath& path);
SparseFeature* FindSparseFeature(Schema* schema, const FeaturePath& path);
WeightedFeature* FindWeightedFeature(Schema* schema, const FeaturePath& path);
const Feature* FindFeature(const Schema& schema, const FeaturePath& path);
const SparseFeature* FindSparseFeature(const Schema& schema, const FeaturePath& path);
const WeightedFeature* FindWeightedFeature(const Schema& schema, const FeaturePath& path);

bool IsDeprecated(const Feature& feature);
bool IsDeprecated(const SparseFeature& feature);
bool IsDeprecated(const WeightedFeature& feature);
template <class AnyFeature>
void Deprecate(AnyFeature* feature) {
  feature->set_lifecycle_stage(::tensorflow::metadata::v0::DEPRECATED);
}

// Unset environment: every feature is in it.
bool IsInEnvironment(const Schema& schema, const Feature& feature, const std::optional<std::string>& environment);
// Whether the feature must occur in data of the environment.
bool IsRequired(const Schema& schema, const Feature& feature, const std::optional<std::string>& environment);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_ANOMALIES_SCHEMA_EDIT_H_
