#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/data_validation/anomalies/feature_check.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

bool DomainFitsType(Feature::DomainInfoCase domain, v0::FeatureType type, bool tfdv_compat) {
  switch (domain) {
    case Feature::kAudioDomain:
    case Feature::kVideoDomain:
    case Feature::kContentChunkDomain:
      if (!tfdv_compat) return type == v0::BYTES;
      return type != v0::TYPE_UNKNOWN;
    case Feature::kTimeOfDayDomain:
      if (!tfdv_compat) return type == v0::INT || type == v0::BYTES;
      return type != v0::TYPE_UNKNOWN;
    case Feature::kDomain:
    case Feature::kStringDomain:
    case Feature::kImageDomain:
    case Feature::kMidDomain:
    case Feature::kUrlDomain:
      return type == v0::BYTES;
    case Feature::kIntDomain:
    case Feature::kNaturalLanguageDomain:
    case Feature::kTimeDomain:
      return type == v0::INT || type == v0::BYTES;
    case Feature::kFloatDomain:
      return type == v0::FLOAT || type == v0::BYTES;
    case Feature::kBoolDomain:
      return type == v0::INT || type == v0::BYTES || type == v0::FLOAT;
    case Feature::kStructDomain:
      return type == v0::STRUCT;
    default:
      return type != v0::TYPE_UNKNOWN;
  }
}

std::string DomainName(const Feature& feature) {
  const auto* oneof = feature.GetDescriptor()->FindOneofByName("domain_info");
  const auto* field = feature.GetReflection()->GetOneofFieldDescriptor(feature, oneof);
  return field == nullptr ? "UNSET" : std::string(field->name());
}

AnomalyReason BadSchema(std::string fault, std::string description = "") {
  return {AnomalyInfo::INVALID_SCHEMA_SPECIFICATION, std::move(fault), std::move(description)};
}

void CheckNumbers(Feature* feature, AnomalyReasons* reasons) {
  if (feature->presence().min_fraction() < 0) {
    feature->mutable_presence()->clear_min_fraction();
    reasons->push_back(BadSchema("min_fraction should not be negative: clear is equal to zero"));
  }
  if (feature->presence().min_fraction() > 1) {
    feature->mutable_presence()->set_min_fraction(1);
    reasons->push_back(BadSchema("min_fraction should not greater than 1"));
  }
  if (feature->value_count().min() < 0) {
    feature->mutable_value_count()->clear_min();
    reasons->push_back(BadSchema("ValueCount.min should not be negative"));
  }
  if (feature->value_count().has_max() && feature->value_count().max() < feature->value_count().min()) {
    feature->mutable_value_count()->set_max(feature->value_count().min());
    reasons->push_back(BadSchema("ValueCount.max should not be less than min"));
  }
  for (int i = 0; i < feature->value_counts().value_count_size(); ++i) {
    v0::ValueCount* count = feature->mutable_value_counts()->mutable_value_count(i);
    if (count->min() < 0) {
      count->clear_min();
      reasons->push_back(BadSchema("ValueCounts.min should not be negative",
                                   absl::StrCat("ValueCounts.min at level ", i, " should not be negative.")));
    }
    if (count->has_max() && count->max() < count->min()) {
      count->set_max(count->min());
      reasons->push_back(BadSchema("ValueCounts.max should not be less than min",
                                   absl::StrCat("ValueCounts.max at level ", i, " should not be less than min.")));
    }
  }
  for (const auto& dim : feature->shape().dim()) {
    if (dim.size() > 0) continue;
    feature->clear_shape();
    reasons->push_back(BadSchema("Shape.dim.size must be a positive integer"));
    break;
  }
}

// Whether there were any.
bool RemoveRepeatedValues(StringDomain* domain) {
  std::set<std::string> seen;
  google::protobuf::RepeatedPtrField<std::string> kept;
  for (const std::string& value : domain->value()) {
    if (seen.insert(value).second) *kept.Add() = value;
  }
  if (kept.size() == domain->value_size()) return false;
  domain->mutable_value()->Swap(&kept);
  return true;
}

// Only domains that list strings may have distribution constraints.
void CheckDistributionConstraints(const std::string& fault, Feature* feature, AnomalyReasons* reasons) {
  if (!feature->has_distribution_constraints()) return;
  feature->clear_distribution_constraints();
  reasons->push_back(BadSchema(absl::StrCat("distribution constraints ", fault)));
}

void CheckDomainEntry(SchemaEdit* schema, bool tfdv_compat, Feature* feature, AnomalyReasons* reasons) {
  auto bad_domain = [&](std::string fault, std::string description = "") {
    reasons->push_back({AnomalyInfo::INVALID_DOMAIN_SPECIFICATION, std::move(fault), std::move(description)});
  };
  switch (feature->domain_info_case()) {
    case Feature::kDomain:
      if (schema->FindStringDomain(feature->domain()) == nullptr) {
        // TFDV prints the name after clearing it.
        bad_domain(absl::StrCat("missing domain: ", tfdv_compat ? "" : feature->domain()));
        feature->clear_domain();
      }
      break;
    case Feature::kBoolDomain: {
      CheckDistributionConstraints("not supported for bool domains.", feature, reasons);
      v0::BoolDomain* domain = feature->mutable_bool_domain();
      if (domain->has_true_value() && domain->has_false_value() && domain->true_value() == domain->false_value()) {
        if (!tfdv_compat) {
          bad_domain("Malformed BoolDomain",
                     absl::StrCat("The true and the false value are both \"", domain->true_value(), "\"."));
        }
        domain->clear_false_value();
      }
      break;
    }
    case Feature::kIntDomain:
      CheckDistributionConstraints("not supported for int domains.", feature, reasons);
      break;
    case Feature::kFloatDomain: {
      CheckDistributionConstraints("not supported for float domains.", feature, reasons);
      // Nothing is below or above NaN: TFDV takes such a bound for none.
      v0::FloatDomain* domain = feature->mutable_float_domain();
      if (!tfdv_compat && (std::isnan(domain->min()) || std::isnan(domain->max()))) {
        bad_domain("Malformed FloatDomain", "A bound of the float domain is not a number.");
        if (std::isnan(domain->min())) domain->clear_min();
        if (std::isnan(domain->max())) domain->clear_max();
      }
      break;
    }
    case Feature::kStringDomain:
      if (RemoveRepeatedValues(feature->mutable_string_domain()) && !tfdv_compat) {
        bad_domain("Malformed StringDomain", "The string domain lists a value more than once.");
      }
      break;
    case Feature::kStructDomain:
      CheckDistributionConstraints("not supported for struct domains.", feature, reasons);
      break;
    case Feature::kNaturalLanguageDomain:
    case Feature::kImageDomain:
    case Feature::kMidDomain:
    case Feature::kUrlDomain:
    case Feature::kTimeDomain:
      CheckDistributionConstraints("not supported for semantic domains.", feature, reasons);
      break;
    case Feature::DOMAIN_INFO_NOT_SET:
      CheckDistributionConstraints("require domain or string domain.", feature, reasons);
      break;
    case Feature::kAudioDomain:
    case Feature::kContentChunkDomain:
    case Feature::kTimeOfDayDomain:
    case Feature::kVideoDomain:
      if (!tfdv_compat) {
        CheckDistributionConstraints("not supported for semantic domains.", feature, reasons);
        break;
      }
      [[fallthrough]];  // TFDV does not know them
    default:
      feature->clear_domain_info();
      bad_domain("internal issue: unknown domain_info type");
  }
}

}  // namespace

AnomalyReasons CheckSchemaEntry(FeatureCheckContext& context) {
  Feature* feature = context.feature;
  AnomalyReasons reasons;
  if (!feature->has_name()) {
    Deprecate(feature);
    return {{AnomalyInfo::FEATURE_MISSING_NAME,
             "unspecified name (maybe meant to be the empty string): find name rather than deprecating.", ""}};
  }
  if (!feature->has_type()) {
    if (!feature->has_domain() && !feature->has_string_domain()) {
      Deprecate(feature);
      return {{AnomalyInfo::FEATURE_MISSING_TYPE,
               "unspecified type: determine the type and set it, rather than deprecating.", ""}};
    }
    feature->set_type(v0::BYTES);
    reasons.push_back({AnomalyInfo::FEATURE_MISSING_TYPE,
                       "unspecified type: inferring the type to be BYTES, given the domain specified.", ""});
  }
  CheckNumbers(feature, &reasons);
  if (!DomainFitsType(feature->domain_info_case(), feature->type(), context.tfdv_compat)) {
    reasons.push_back({AnomalyInfo::DOMAIN_INVALID_FOR_TYPE, "The domain does not match the type",
                       absl::StrCat("The domain \"", DomainName(*feature),
                                    "\" does not match the type: ", v0::FeatureType_Name(feature->type()))});
    feature->clear_domain_info();
  }
  CheckDomainEntry(context.schema, context.tfdv_compat, feature, &reasons);
  return reasons;
}

}  // namespace tfx::tfdv
