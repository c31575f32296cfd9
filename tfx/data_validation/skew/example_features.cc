#include "tfx/data_validation/skew/example_features.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tensorflow/core/example/feature.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/dataset/wire_format.h"

namespace tfx::tfdv {
namespace {

using dataset::FeatureKind;
using dataset::FeatureValue;
using dataset::WireReader;
using dataset::WireType;

constexpr uint32_t kFeatures = 1;      // tf.Example.features, tf.SequenceExample.context
constexpr uint32_t kFeatureLists = 2;  // tf.SequenceExample.feature_lists

absl::Status NotAnExample() { return absl::DataLossError("is not a serialized tf.Example"); }

// Calls `visit` with every length-delimited value of field `wanted`; false when the bytes are malformed or it says so.
template <class Visit>
bool VisitField(std::string_view message, uint32_t wanted, const Visit& visit) {
  WireReader reader(message);
  while (!reader.AtEnd()) {
    uint32_t field;
    WireType type;
    if (!reader.ReadTag(&field, &type)) return false;
    if (field == wanted && type == WireType::kBytes) {
      std::string_view bytes;
      if (!reader.ReadBytes(&bytes) || !visit(bytes)) return false;
    } else if (!reader.Skip(field, type)) {
      return false;
    }
  }
  return true;
}

// Several lists of a feature are one message in pieces.
template <class List>
bool ReadLists(const FeatureValue& feature, List* list) {
  for (const std::string_view piece : feature.lists) {
    List more;
    if (!more.ParseFromArray(piece.data(), static_cast<int>(piece.size()))) return false;
    list->MergeFrom(more);
  }
  list->DiscardUnknownFields();
  return true;
}

absl::Status Malformed(std::string_view kind) {
  return absl::DataLossError(absl::StrCat("has malformed ", std::string(kind), " values"));
}

absl::StatusOr<::tensorflow::Feature> Decode(const FeatureValue& feature) {
  ::tensorflow::Feature decoded;
  switch (feature.kind) {
    case FeatureKind::kBytes:
      if (!ReadLists(feature, decoded.mutable_bytes_list())) return Malformed("bytes");
      break;
    case FeatureKind::kFloat:
      if (!ReadLists(feature, decoded.mutable_float_list())) return Malformed("float");
      break;
    case FeatureKind::kInt64:
      if (!ReadLists(feature, decoded.mutable_int64_list())) return Malformed("int64");
      break;
    case FeatureKind::kNone:
      break;
  }
  return decoded;
}

}  // namespace

absl::StatusOr<std::vector<NamedFeature>> ParseFeatures(std::string_view example) {
  std::vector<NamedFeature> features;
  std::string_view invalid_name;
  auto add_entry = [&](std::string_view entry) {
    NamedFeature feature;
    WireReader reader(entry);
    while (!reader.AtEnd()) {
      uint32_t field;
      WireType type;
      if (!reader.ReadTag(&field, &type)) return false;
      std::string_view bytes;
      if (field <= 2 && type == WireType::kBytes) {
        if (!reader.ReadBytes(&bytes)) return false;
        if (field == 1) {
          feature.name = bytes;
        } else if (!feature.value.Merge(bytes)) {
          return false;
        }
      } else if (!reader.Skip(field, type)) {
        return false;
      }
    }
    if (FindInvalidUtf8(feature.name) != std::string_view::npos) invalid_name = feature.name;
    features.push_back(std::move(feature));
    return true;
  };
  auto add_features = [&](std::string_view map) { return VisitField(map, 1, add_entry); };
  if (!VisitField(example, kFeatures, add_features)) return NotAnExample();
  bool has_feature_lists = false;
  VisitField(example, kFeatureLists, [&](std::string_view) { return has_feature_lists = true; });
  if (has_feature_lists) {
    return absl::InvalidArgumentError(
        "is a tf.SequenceExample with feature lists; feature skew compares tf.Examples only");
  }
  if (invalid_name.data() != nullptr) {
    return absl::DataLossError(
        absl::StrCat("has a feature whose name is not UTF-8: \"", absl::CHexEscape(std::string(invalid_name)), "\""));
  }
  const auto by_name = [](const NamedFeature& a, const NamedFeature& b) { return a.name < b.name; };
  if (!std::is_sorted(features.begin(), features.end(), by_name)) {
    std::stable_sort(features.begin(), features.end(), by_name);
  }
  // Of equal names the last one stays.
  size_t kept = 0;
  for (size_t i = 0; i < features.size(); ++i) {
    if (i + 1 < features.size() && features[i].name == features[i + 1].name) continue;
    if (kept != i) features[kept] = std::move(features[i]);
    ++kept;
  }
  features.resize(kept);
  return features;
}

const FeatureValue* FindFeature(const std::vector<NamedFeature>& features, std::string_view name) {
  const auto it = std::lower_bound(features.begin(), features.end(), name,
                                   [](const NamedFeature& feature, std::string_view n) { return feature.name < n; });
  return it != features.end() && it->name == name ? &it->value : nullptr;
}

absl::StatusOr<bool> HasNoValues(const FeatureValue* feature) {
  if (feature == nullptr || feature->kind == FeatureKind::kNone) return true;
  bool all_empty = true;
  for (const std::string_view list : feature->lists) {
    all_empty = all_empty && list.empty();
    // The usual forms, without decoding: a first string, or packed numbers of a length from 1 to 127 bytes.
    if (list.size() >= 2 && list[0] == 0x0a && (feature->kind == FeatureKind::kBytes || (list[1] > 0))) return false;
  }
  if (all_empty) return true;
  ASSIGN_OR_RETURN(const ::tensorflow::Feature decoded, Decode(*feature));
  return decoded.bytes_list().value().empty() && decoded.float_list().value().empty() &&
         decoded.int64_list().value().empty();
}

absl::StatusOr<std::string> CanonicalFeature(const FeatureValue& feature, std::optional<int> float_round_ndigits) {
  ASSIGN_OR_RETURN(::tensorflow::Feature decoded, Decode(feature));
  if (decoded.has_float_list() && float_round_ndigits.has_value()) {
    for (float& value : *decoded.mutable_float_list()->mutable_value()) {
      value = static_cast<float>(RoundToDecimalDigits(value, *float_round_ndigits));
    }
  }
  return decoded.SerializeAsString();  // no maps inside: the bytes are a function of the values
}

absl::StatusOr<bool> SameValues(const FeatureValue& a, const FeatureValue& b, std::optional<int> float_round_ndigits) {
  if (a.kind != b.kind) return false;
  if (a.lists == b.lists) return true;
  ASSIGN_OR_RETURN(const std::string canonical_a, CanonicalFeature(a, float_round_ndigits));
  ASSIGN_OR_RETURN(const std::string canonical_b, CanonicalFeature(b, float_round_ndigits));
  return canonical_a == canonical_b;
}

double RoundToDecimalDigits(double value, int ndigits) {
  if (!std::isfinite(value)) return value;
  char text[700];  // 309 digits before the point, 323 behind it
  const auto printed = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, ndigits);
  double rounded = value;
  std::from_chars(text, printed.ptr, rounded);
  return rounded;
}

}  // namespace tfx::tfdv
