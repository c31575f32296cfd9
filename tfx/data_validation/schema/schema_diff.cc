#include "tfx/data_validation/schema/schema_diff.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Parts of a schema that are compared one by one, by kind and path or name.
struct Part {
  std::string subject;
  const Message* message;
};
struct Parts {
  std::vector<Part> features, sparse_features, weighted_features, string_domains;
};

std::string Subject(const char* kind, const FeaturePath& path) {
  return absl::StrCat(kind, " '", SerializePath(path), "'");
}

template <class Struct>
void AddFeatures(const Struct& from, const FeaturePath& parent, Parts* parts) {
  for (const v0::Feature& feature : from.feature()) {
    const FeaturePath path = ChildPath(parent, feature.name());
    parts->features.push_back({Subject("feature", path), &feature});
    if (feature.has_struct_domain()) AddFeatures(feature.struct_domain(), path, parts);
  }
  for (const v0::SparseFeature& feature : from.sparse_feature()) {
    parts->sparse_features.push_back({Subject("sparse_feature", ChildPath(parent, feature.name())), &feature});
  }
}

Parts PartsOf(const v0::Schema& schema) {
  Parts parts;
  AddFeatures(schema, {}, &parts);
  for (const v0::WeightedFeature& feature : schema.weighted_feature()) {
    parts.weighted_features.push_back({Subject("weighted_feature", {feature.name()}), &feature});
  }
  for (const v0::StringDomain& domain : schema.string_domain()) {
    parts.string_domains.push_back({absl::StrCat("string_domain '", domain.name(), "'"), &domain});
  }
  return parts;
}

// What other parts say already: names, and the parts within a message.
bool IsPartOfItsOwn(const FieldDescriptor& field) {
  const std::string& owner = field.containing_type()->full_name();
  auto is = [&](const char* type) { return owner == absl::StrCat("tensorflow.metadata.v0.", type); };
  if (field.name() == "name") {
    return is("Feature") || is("SparseFeature") || is("WeightedFeature") || is("StringDomain");
  }
  if (field.name() == "feature" || field.name() == "sparse_feature") return is("Schema") || is("StructDomain");
  return is("Schema") && (field.name() == "weighted_feature" || field.name() == "string_domain");
}

void Compare(const std::vector<Part>& before, const std::vector<Part>& after, std::vector<SchemaChange>* changes) {
  using Kind = SchemaChange::Kind;
  std::map<std::string, const Message*> in_after, in_before;
  for (const Part& part : before) in_before.emplace(part.subject, part.message);
  for (const Part& part : after) in_after.emplace(part.subject, part.message);
  for (const Part& part : before) {
    const auto it = in_after.find(part.subject);
    if (it == in_after.end()) {
      changes->push_back({Kind::kRemoved, part.subject, {.before = OneLine(*part.message, IsPartOfItsOwn)}});
      continue;
    }
    for (FieldDifference& difference : DiffMessages(
             *part.message, *it->second, {.lists = MessageDiffOptions::Lists::kAsSets, .leave_out = IsPartOfItsOwn})) {
      changes->push_back({Kind::kChanged, part.subject, std::move(difference)});
    }
  }
  for (const Part& part : after) {
    if (in_before.contains(part.subject)) continue;
    changes->push_back({Kind::kAdded, part.subject, {.after = OneLine(*part.message, IsPartOfItsOwn)}});
  }
}

}  // namespace

std::vector<SchemaChange> DiffSchemas(const v0::Schema& before, const v0::Schema& after) {
  const Parts a = PartsOf(before), b = PartsOf(after);
  std::vector<SchemaChange> changes;
  Compare(a.features, b.features, &changes);
  Compare(a.sparse_features, b.sparse_features, &changes);
  Compare(a.weighted_features, b.weighted_features, &changes);
  Compare(a.string_domains, b.string_domains, &changes);
  Compare({{"schema", &before}}, {{"schema", &after}}, &changes);
  return changes;
}

std::string ToText(const SchemaChange& change) {
  const FieldDifference& d = change.difference;
  if (change.kind == SchemaChange::Kind::kAdded) return absl::StrCat("+ ", change.subject, ": ", d.after);
  if (change.kind == SchemaChange::Kind::kRemoved) return absl::StrCat("- ", change.subject, ": ", d.before);
  std::string text = absl::StrCat("~ ", change.subject, ": ", d.field, ":");
  switch (d.kind) {
    case FieldDifference::Kind::kReordered:
      return absl::StrCat(text, " in another order");
    case FieldDifference::Kind::kElements:
      if (!d.after.empty()) absl::StrAppend(&text, " + ", d.after);
      if (!d.before.empty()) absl::StrAppend(&text, " - ", d.before);
      return text;
    case FieldDifference::Kind::kValue:
      break;
  }
  return absl::StrCat(text, " ", d.before.empty() ? "(not set)" : d.before, " -> ",
                      d.after.empty() ? "(not set)" : d.after);
}

}  // namespace tfx::tfdv
