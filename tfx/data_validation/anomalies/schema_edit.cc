#include "tfx/data_validation/anomalies/schema_edit.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

template <class Range>
auto* FindNamed(Range* range, const std::string& name) {
  for (auto& item : *range) {
    if (item.name() == name) return &item;
  }
  return static_cast<decltype(&*range->begin())>(nullptr);
}

template <class Strings>
bool Contains(const Strings& strings, const std::string& value) {
  return std::find(strings.begin(), strings.end(), value) != strings.end();
}

void ClearReferences(const std::string& domain, google::protobuf::RepeatedPtrField<Feature>* features) {
  for (Feature& feature : *features) {
    if (feature.has_domain() && feature.domain() == domain) feature.clear_domain_info();
    if (feature.has_struct_domain()) ClearReferences(domain, feature.mutable_struct_domain()->mutable_feature());
  }
}

bool IsDeprecatedStage(v0::LifecycleStage stage) {
  switch (stage) {
    case v0::PLANNED:
    case v0::ALPHA:
    case v0::DEPRECATED:
    case v0::DEBUG_ONLY:
    case v0::DISABLED:
      return true;
    default:
      return false;
  }
}

FeaturePath ParentOf(const FeaturePath& path) { return FeaturePath(path.begin(), path.end() - 1); }

}  // namespace

StringDomain* SchemaEdit::FindStringDomain(const std::string& name) {
  if (in_place_ != nullptr) return FindNamed(in_place_->mutable_string_domain(), name);
  const auto it = copies_.find(name);
  if (it != copies_.end()) return &it->second;
  const StringDomain* original = FindNamed(&schema_->string_domain(), name);
  if (original == nullptr) return nullptr;
  return &copies_.emplace(name, *original).first->second;
}

StringDomain* SchemaEdit::AddStringDomain(const std::string& name) {
  std::set<std::string> taken;
  for (const StringDomain& domain : schema_->string_domain()) taken.insert(domain.name());
  for (const auto& [copy, domain] : copies_) taken.insert(copy);
  std::string free = name;
  for (int suffix = 2; taken.contains(free); ++suffix) free = absl::StrCat(name, suffix);
  StringDomain* domain = in_place_ != nullptr ? in_place_->add_string_domain() : &copies_[free];
  domain->set_name(free);
  return domain;
}

void SchemaEdit::RemoveStringDomain(const std::string& name, Feature* feature) {
  if (in_place_ == nullptr) {
    feature->clear_domain_info();
    return;
  }
  ClearReferences(name, in_place_->mutable_feature());
  auto* domains = in_place_->mutable_string_domain();
  for (int i = domains->size(); i-- > 0;) {
    if (domains->Get(i).name() == name) domains->DeleteSubrange(i, 1);
  }
}

Feature* FindFeature(Schema* schema, const FeaturePath& path) {
  if (path.empty()) return nullptr;
  if (path.size() == 1) return FindNamed(schema->mutable_feature(), path[0]);
  Feature* parent = FindFeature(schema, ParentOf(path));
  if (parent == nullptr || !parent->has_struct_domain()) return nullptr;
  return FindNamed(parent->mutable_struct_domain()->mutable_feature(), path.back());
}

SparseFeature* FindSparseFeature(Schema* schema, const FeaturePath& path) {
  if (path.empty()) return nullptr;
  if (path.size() == 1) return FindNamed(schema->mutable_sparse_feature(), path[0]);
  Feature* parent = FindFeature(schema, ParentOf(path));
  if (parent == nullptr || !parent->has_struct_domain()) return nullptr;
  return FindNamed(parent->mutable_struct_domain()->mutable_sparse_feature(), path.back());
}

WeightedFeature* FindWeightedFeature(Schema* schema, const FeaturePath& path) {
  return path.size() == 1 ? FindNamed(schema->mutable_weighted_feature(), path[0]) : nullptr;
}

const Feature* FindFeature(const Schema& schema, const FeaturePath& path) {
  if (path.empty()) return nullptr;
  if (path.size() == 1) return FindNamed(&schema.feature(), path[0]);
  const Feature* parent = FindFeature(schema, ParentOf(path));
  return parent == nullptr ? nullptr : FindNamed(&parent->struct_domain().feature(), path.back());
}

const SparseFeature* FindSparseFeature(const Schema& schema, const FeaturePath& path) {
  if (path.empty()) return nullptr;
  if (path.size() == 1) return FindNamed(&schema.sparse_feature(), path[0]);
  const Feature* parent = FindFeature(schema, ParentOf(path));
  return parent == nullptr ? nullptr : FindNamed(&parent->struct_domain().sparse_feature(), path.back());
}

const WeightedFeature* FindWeightedFeature(const Schema& schema, const FeaturePath& path) {
  return path.size() == 1 ? FindNamed(&schema.weighted_feature(), path[0]) : nullptr;
}

// The old flag is deprecated itself, and still valid in schemas.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool IsDeprecated(const Feature& feature) {
  return feature.deprecated() || (feature.has_lifecycle_stage() && IsDeprecatedStage(feature.lifecycle_stage()));
}

bool IsDeprecated(const SparseFeature& feature) {
  return feature.deprecated() || (feature.has_lifecycle_stage() && IsDeprecatedStage(feature.lifecycle_stage()));
}

#pragma GCC diagnostic pop

bool IsDeprecated(const WeightedFeature& feature) { return IsDeprecatedStage(feature.lifecycle_stage()); }

bool IsInEnvironment(const Schema& schema, const Feature& feature, const std::optional<std::string>& environment) {
  if (!environment.has_value() || Contains(feature.in_environment(), *environment)) return true;
  if (Contains(feature.not_in_environment(), *environment)) return false;
  return Contains(schema.default_environment(), *environment);
}

bool IsRequired(const Schema& schema, const Feature& feature, const std::optional<std::string>& environment) {
  if (IsDeprecated(feature)) return false;
  if (feature.presence().min_count() <= 0 && feature.presence().min_fraction() <= 0) return false;
  return IsInEnvironment(schema, feature, environment);
}

}  // namespace tfx::tfdv
