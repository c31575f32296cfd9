#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/type.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/dataset/example_writer.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/text_proto.h"

namespace tfx::dataset {
namespace {

constexpr std::string_view kSequenceColumn = "##SEQUENCE##";

absl::Status UnsupportedType(const std::string& name, const arrow::DataType& type) {
  return absl::InvalidArgumentError(absl::StrCat("column '", name, "' is ", type.ToString(),
                                                 ", which has no form in an Example; make it a list of int64, float or "
                                                 "binary"));
}

bool IsList(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST;
}

// Where the values of row i of a list array begin and end in values().
struct Lists {
  explicit Lists(const arrow::Array& array) {
    if (array.type_id() == arrow::Type::LIST) {
      small = static_cast<const arrow::ListArray&>(array).raw_value_offsets();
      values = static_cast<const arrow::ListArray&>(array).values();
    } else {
      large = static_cast<const arrow::LargeListArray&>(array).raw_value_offsets();
      values = static_cast<const arrow::LargeListArray&>(array).values();
    }
  }
  int64_t end(int64_t i) const { return small != nullptr ? small[i] : large[i]; }

  const int32_t* small = nullptr;
  const int64_t* large = nullptr;
  std::shared_ptr<arrow::Array> values;
};

// A list column whose rows are Features.
class FeatureLists {
 public:
  static absl::StatusOr<FeatureLists> Make(const std::string& name, const arrow::Array& array) {
    if (!IsList(*array.type())) return UnsupportedType(name, *array.type());
    FeatureLists lists(array);
    switch (lists.lists_.values->type_id()) {
      case arrow::Type::INT64:
      case arrow::Type::FLOAT:
      case arrow::Type::BINARY:
      case arrow::Type::STRING:
      case arrow::Type::LARGE_BINARY:
      case arrow::Type::LARGE_STRING:
        break;
      case arrow::Type::NA:
        if (lists.lists_.values->length() == 0) break;
        [[fallthrough]];
      default:
        return UnsupportedType(name, *array.type());
    }
    for (int64_t row = 0; lists.lists_.values->null_count() > 0 && row < array.length(); ++row) {
      if (array.IsNull(row)) continue;
      for (int64_t i = lists.lists_.end(row); i < lists.lists_.end(row + 1); ++i) {
        if (lists.lists_.values->IsNull(i)) {
          return absl::InvalidArgumentError(absl::StrCat("column '", name, "' has a null among the values of row ", row,
                                                         "; an Example cannot hold it: leave it out or replace it"));
        }
      }
    }
    return lists;
  }

  bool IsNull(int64_t row) const { return array_->IsNull(row); }

  // Appends the row's Feature as wire bytes.
  void Append(int64_t row, std::string* out) const {
    const int64_t begin = lists_.end(row);
    const auto size = static_cast<size_t>(lists_.end(row + 1) - begin);
    const arrow::Array& values = *lists_.values;
    switch (values.type_id()) {
      case arrow::Type::INT64:
        return AppendIntFeature({static_cast<const arrow::Int64Array&>(values).raw_values() + begin, size}, out);
      case arrow::Type::FLOAT:
        return AppendFloatFeature({static_cast<const arrow::FloatArray&>(values).raw_values() + begin, size}, out);
      case arrow::Type::BINARY:
      case arrow::Type::STRING:
        return AppendStrings(static_cast<const arrow::BinaryArray&>(values), begin, size, out);
      case arrow::Type::LARGE_BINARY:
      case arrow::Type::LARGE_STRING:
        return AppendStrings(static_cast<const arrow::LargeBinaryArray&>(values), begin, size, out);
      default:
        return;  // an empty list without a type has no kind
    }
  }

 private:
  explicit FeatureLists(const arrow::Array& array) : array_(&array), lists_(array) {}

  template <class Array>
  static void AppendStrings(const Array& values, int64_t begin, size_t size, std::string* out) {
    AppendBytesFeature(
        size, [&](size_t i) { return values.GetView(begin + static_cast<int64_t>(i)); }, out);
  }

  const arrow::Array* array_;
  Lists lists_;
};

struct ContextColumn {
  std::string name;
  FeatureLists features;
};

struct SequenceColumn {
  std::string name;
  const arrow::Array* array;
  Lists steps;
  std::vector<FeatureLists> features;  // of the steps; none when no step has a kind
};

template <class Column>
absl::Status SortByName(std::vector<Column>* columns) {
  std::sort(columns->begin(), columns->end(), [](const Column& a, const Column& b) { return a.name < b.name; });
  for (size_t i = 0; i < columns->size(); ++i) {
    const std::string& name = (*columns)[i].name;
    if (i > 0 && name == (*columns)[i - 1].name) {
      return absl::InvalidArgumentError(absl::StrCat("column '", name, "' is there twice"));
    }
    if (FindInvalidUtf8(name) != std::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("the column name '", name, "' is not UTF-8"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SequenceColumn>> SequenceColumns(const arrow::Array& array) {
  if (array.type_id() != arrow::Type::STRUCT) return UnsupportedType(std::string(kSequenceColumn), *array.type());
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  std::vector<SequenceColumn> columns;
  for (int i = 0; i < structs.num_fields(); ++i) {
    const std::string& name = array.type()->field(i)->name();
    const arrow::Array& field = *structs.field(i);  // owned by the struct array
    if (field.type_id() == arrow::Type::NA) continue;
    if (!IsList(*field.type())) return UnsupportedType(name, *field.type());
    SequenceColumn column{name, &field, Lists(field), {}};
    if (column.steps.values->type_id() != arrow::Type::NA) {
      ASSIGN_OR_RETURN(FeatureLists features, FeatureLists::Make(name, *column.steps.values));
      column.features.push_back(std::move(features));
    }
    columns.push_back(std::move(column));
  }
  RETURN_IF_ERROR(SortByName(&columns));
  return columns;
}

// The map of FeatureLists of one row.
std::string EncodeSequences(const std::vector<SequenceColumn>& columns, int64_t row) {
  ExampleWriter writer;
  std::string feature;
  std::string list;
  for (const SequenceColumn& column : columns) {
    if (column.array->IsNull(row)) continue;
    list.clear();
    for (int64_t step = column.steps.end(row); step < column.steps.end(row + 1); ++step) {
      feature.clear();
      if (!column.features.empty() && !column.features[0].IsNull(step)) column.features[0].Append(step, &feature);
      AppendField(1, feature, &list);
    }
    writer.AddEntry(column.name, list);
  }
  return writer.TakeMap();
}

}  // namespace

absl::StatusOr<io::Records> EncodeExamples(const arrow::RecordBatch& batch, PayloadFormat format) {
  std::vector<ContextColumn> columns;
  std::vector<SequenceColumn> sequences;
  bool has_sequences = false;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const std::string& name = batch.column_name(i);
    const arrow::Array& array = *batch.column(i);  // owned by the batch
    if (name == kSequenceColumn) {
      if (format == PayloadFormat::kExample || has_sequences) {
        return absl::InvalidArgumentError(
            absl::StrCat("column ##SEQUENCE## ", has_sequences ? "is there twice" : "needs a SequenceExample"));
      }
      ASSIGN_OR_RETURN(sequences, SequenceColumns(array));
      has_sequences = true;
    } else if (array.type_id() != arrow::Type::NA) {
      ASSIGN_OR_RETURN(FeatureLists features, FeatureLists::Make(name, array));
      columns.push_back({name, std::move(features)});
    }
  }
  RETURN_IF_ERROR(SortByName(&columns));

  io::Records records;
  ExampleWriter writer;
  std::string feature;
  std::string with_sequences;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    for (const ContextColumn& column : columns) {
      if (column.features.IsNull(row)) continue;
      feature.clear();
      column.features.Append(row, &feature);
      writer.AddEntry(column.name, feature);
    }
    const std::string_view example = writer.Finish();
    if (!has_sequences) {
      records.Append(example);
      continue;
    }
    with_sequences.assign(example);
    AppendField(2, EncodeSequences(sequences, row), &with_sequences);
    records.Append(with_sequences);
  }
  return records;
}

std::string SerializeExample(const ::tensorflow::Example& example) { return io::SerializeDeterministically(example); }

}  // namespace tfx::dataset
