#include "tfx/data_validation/statistics/mixed_examples.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/schema/feature_path.h"

namespace tfx::tfdv {
namespace {

// The type of each feature that has one, lists opened, by path.
using Kinds = std::map<FeaturePath, std::string>;

void CollectKinds(const FeaturePath& path, const arrow::DataType& type, Kinds* kinds) {
  if (type.id() == arrow::Type::LIST) return CollectKinds(path, *type.field(0)->type(), kinds);
  if (type.id() == arrow::Type::STRUCT) {
    for (const auto& field : type.fields()) CollectKinds(ChildPath(path, field->name()), *field->type(), kinds);
    return;
  }
  if (type.id() != arrow::Type::NA) (*kinds)[path] = type.ToString();
}

bool Fits(const Kinds& record, const Kinds& group) {
  for (const auto& [path, kind] : record) {
    const auto it = group.find(path);
    if (it != group.end() && it->second != kind) return false;
  }
  return true;
}

struct Group {
  Kinds kinds;
  io::Records records;
  std::vector<int64_t> row_numbers;
};

}  // namespace

absl::StatusOr<std::vector<PlacedRows>> DecodeMixedExamples(const io::Records& records,
                                                            const dataset::DecodeOptions& options, int64_t first_row) {
  std::vector<PlacedRows> result;
  auto whole = dataset::DecodeExamples(records, options);
  if (whole.ok()) {
    result.push_back({.rows = *std::move(whole), .first_row = first_row});
    return result;
  }
  // Kinds that differ, or a damaged record, which the loop finds and names.
  if (!absl::IsInvalidArgument(whole.status()) && !absl::IsDataLoss(whole.status())) return whole.status();

  std::vector<Group> groups;
  for (size_t i = 0; i < records.size(); ++i) {
    io::Records one;
    one.Append(records[i]);
    const auto row = dataset::DecodeExamples(one, options);
    const int64_t number = first_row + static_cast<int64_t>(i);
    if (!row.ok()) return Annotate(row.status(), absl::StrCat("record ", number));
    Kinds kinds;
    for (const auto& field : (*row)->schema()->fields()) CollectKinds({field->name()}, *field->type(), &kinds);
    size_t g = 0;
    while (g < groups.size() && !Fits(kinds, groups[g].kinds)) ++g;
    if (g == groups.size()) groups.emplace_back();
    groups[g].kinds.merge(kinds);
    groups[g].records.Append(records[i]);
    groups[g].row_numbers.push_back(number);
  }
  for (Group& group : groups) {
    ASSIGN_OR_RETURN(dataset::RecordBatchPtr rows, dataset::DecodeExamples(group.records, options));
    result.push_back({.rows = std::move(rows), .row_numbers = std::move(group.row_numbers)});
  }
  return result;
}

}  // namespace tfx::tfdv
