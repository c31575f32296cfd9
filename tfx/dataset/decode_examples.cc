#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_nested.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/dataset/examples.h"
#include "tfx/dataset/feature_column.h"
#include "tfx/dataset/wire_format.h"

namespace tfx::dataset {
namespace {

constexpr std::string_view kSequenceColumn = "##SEQUENCE##";

// The steps of one feature of a SequenceExample: a column of steps, and where each row's steps end.
class SequenceColumn {
 public:
  absl::Status Set(int64_t row, const std::vector<FeatureValue>& steps, size_t num_steps) {
    if (static_cast<int64_t>(valid_.size()) > row) {
      valid_.resize(row);
      ends_.resize(row + 1);
      steps_.Truncate(ends_.back());
    }
    AppendNulls(row - static_cast<int64_t>(valid_.size()));
    for (size_t i = 0; i < num_steps; ++i) RETURN_IF_ERROR(steps_.Set(steps_.num_rows(), steps[i], row));
    if (steps_.num_rows() > INT32_MAX) {
      return absl::InvalidArgumentError("has more than 2^31 steps in one batch; read fewer records per shard");
    }
    valid_.push_back(1);
    ends_.push_back(static_cast<int32_t>(steps_.num_rows()));
    return absl::OkStatus();
  }

  // list<list<T>>, list<null> when no step has a kind, null when no row has the feature.
  std::shared_ptr<arrow::Array> Finish(int64_t num_rows) {
    if (valid_.empty()) return std::make_shared<arrow::NullArray>(num_rows);
    AppendNulls(num_rows - static_cast<int64_t>(valid_.size()));
    const int64_t num_nulls = std::count(valid_.begin(), valid_.end(), 0);
    const std::shared_ptr<arrow::Array> steps = steps_.Finish(steps_.num_rows());
    return std::make_shared<arrow::ListArray>(arrow::list(steps->type()), num_rows,
                                              arrow::Buffer::FromVector(std::move(ends_)), steps,
                                              ValidityBitmap(valid_, num_nulls), num_nulls);
  }

 private:
  void AppendNulls(int64_t num_rows) {
    if (num_rows <= 0) return;
    valid_.insert(valid_.end(), num_rows, 0);
    ends_.insert(ends_.end(), num_rows, ends_.back());
  }

  FeatureColumn steps_;
  std::vector<uint8_t> valid_;
  std::vector<int32_t> ends_ = {0};
};

// Finds the column of a map key. Records tend to list their keys in the same order, so the key that followed the
// previous one last time is tried first.
template <class Column>
class ColumnIndex {
 public:
  struct Entry {
    std::string name;
    bool wanted = true;
    bool found = false;  // in some record
    Column column;
    Entry* next = nullptr;  // what followed last time
  };

  // With names given, only those are wanted, and they have columns even if no row has them.
  explicit ColumnIndex(const std::vector<std::string>& names, bool all) : all_(all) {
    for (const std::string& name : names) {
      if (entries_.count(name) == 0) Add(name, true);
    }
  }

  void StartRow() { previous_ = &first_; }

  // Null when the name is not UTF-8.
  Entry* Find(std::string_view name) {
    Entry* entry = previous_->next;
    if (entry == nullptr || entry->name != name) {
      const auto it = entries_.find(name);
      if (it != entries_.end()) {
        entry = it->second;
      } else {
        if (FindInvalidUtf8(name) != std::string_view::npos) return nullptr;
        entry = Add(name, all_);
      }
      previous_->next = entry;
    }
    entry->found = true;
    previous_ = entry;
    return entry;
  }

  // The wanted entries, sorted by name.
  std::vector<Entry*> Sorted(DecodeOptions::Absent absent) {
    std::vector<Entry*> sorted;
    for (Entry& entry : storage_) {
      if (entry.wanted && (entry.found || absent == DecodeOptions::Absent::kNullColumn)) sorted.push_back(&entry);
    }
    std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
    return sorted;
  }

 private:
  Entry* Add(std::string_view name, bool wanted) {
    storage_.push_back({std::string(name), wanted, false, {}, nullptr});
    Entry* const entry = &storage_.back();
    entries_.emplace(entry->name, entry);
    return entry;
  }

  const bool all_;
  std::deque<Entry> storage_;  // addresses stay
  std::unordered_map<std::string_view, Entry*> entries_;
  Entry first_;
  Entry* previous_ = &first_;
};

class Decoder {
 public:
  explicit Decoder(const DecodeOptions& options)
      : format_(options.format),
        absent_(options.absent),
        context_(ContextNames(options.features), options.features.empty()),
        sequences_({}, options.features.empty() || Wants(options.features, kSequenceColumn)) {}

  absl::Status Add(std::string_view record) {
    context_.StartRow();
    sequences_.StartRow();
    RETURN_IF_ERROR(AddMessage(record));
    ++num_rows_;
    return absl::OkStatus();
  }

  absl::StatusOr<RecordBatchPtr> Finish() {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    const auto append = [&](const std::string& name, std::shared_ptr<arrow::Array> column) {
      fields.push_back(arrow::field(name, column->type()));
      columns.push_back(std::move(column));
    };
    std::shared_ptr<arrow::Array> sequences = FinishSequences();
    for (auto* entry : context_.Sorted(absent_)) {
      if (sequences != nullptr && entry->name >= kSequenceColumn) {
        if (entry->name == kSequenceColumn) {
          return absl::InvalidArgumentError("the context has a feature ##SEQUENCE##, a name that is reserved");
        }
        append(std::string(kSequenceColumn), std::exchange(sequences, nullptr));
      }
      append(entry->name, entry->column.Finish(num_rows_));
    }
    if (sequences != nullptr) append(std::string(kSequenceColumn), std::move(sequences));
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), num_rows_, std::move(columns));
  }

 private:
  static bool Wants(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  std::vector<std::string> ContextNames(std::vector<std::string> names) const {
    if (format_ == PayloadFormat::kSequenceExample) {
      names.erase(std::remove(names.begin(), names.end(), kSequenceColumn), names.end());
    }
    return names;
  }

  absl::Status Malformed() const {
    return absl::DataLossError(absl::StrCat("row ", num_rows_, " is not a tf.",
                                            format_ == PayloadFormat::kExample ? "Example" : "SequenceExample"));
  }

  // Calls fn(field, bytes) for each length-delimited field of a message and skips the others.
  template <class Fn>
  absl::Status ForEachField(std::string_view message, Fn fn) {
    WireReader reader(message);
    while (!reader.AtEnd()) {
      uint32_t field;
      WireType type;
      if (!reader.ReadTag(&field, &type)) return Malformed();
      if (type != WireType::kBytes) {
        if (!reader.Skip(field, type)) return Malformed();
        continue;
      }
      std::string_view bytes;
      if (!reader.ReadBytes(&bytes)) return Malformed();
      RETURN_IF_ERROR(fn(field, bytes));
    }
    return absl::OkStatus();
  }

  absl::Status AddMessage(std::string_view record) {
    return ForEachField(record, [&](uint32_t field, std::string_view bytes) {
      if (field == 1) {
        return ForEachField(bytes, [&](uint32_t inner, std::string_view entry) {
          return inner == 1 ? AddFeature(entry) : absl::OkStatus();
        });
      }
      if (field == 2 && format_ == PayloadFormat::kSequenceExample) {
        return ForEachField(bytes, [&](uint32_t inner, std::string_view entry) {
          return inner == 1 ? AddFeatureList(entry) : absl::OkStatus();
        });
      }
      return absl::OkStatus();
    });
  }

  // Find checks the key that stays; one that is given up must have been UTF-8 too.
  static bool ReplaceName(std::string_view bytes, std::string_view* name) {
    const std::string_view old = std::exchange(*name, bytes);
    return FindInvalidUtf8(old) == std::string_view::npos;
  }

  absl::Status AddFeature(std::string_view map_entry) {
    std::string_view name;
    FeatureValue value;
    RETURN_IF_ERROR(ForEachField(map_entry, [&](uint32_t field, std::string_view bytes) {
      if (field == 1 && !ReplaceName(bytes, &name)) return Malformed();
      if (field == 2 && !value.Merge(bytes)) return Malformed();
      return absl::OkStatus();
    }));
    auto* const entry = context_.Find(name);
    if (entry == nullptr) return Malformed();
    if (!entry->wanted) return absl::OkStatus();
    return Explain(entry->name, entry->column.Set(num_rows_, value, num_rows_));
  }

  absl::Status AddFeatureList(std::string_view map_entry) {
    std::string_view name;
    size_t num_steps = 0;
    RETURN_IF_ERROR(ForEachField(map_entry, [&](uint32_t field, std::string_view bytes) {
      if (field == 1 && !ReplaceName(bytes, &name)) return Malformed();
      if (field != 2) return absl::OkStatus();
      return ForEachField(bytes, [&](uint32_t inner, std::string_view feature) {
        if (inner != 1) return absl::OkStatus();
        if (num_steps == steps_.size()) steps_.emplace_back();
        FeatureValue& step = steps_[num_steps++];
        step.Clear();
        return step.Merge(feature) ? absl::OkStatus() : Malformed();
      });
    }));
    auto* const entry = sequences_.Find(name);
    if (entry == nullptr) return Malformed();
    if (!entry->wanted) return absl::OkStatus();
    return Explain(entry->name, entry->column.Set(num_rows_, steps_, num_steps));
  }

  absl::Status Explain(const std::string& name, const absl::Status& status) const {
    if (status.ok()) return status;
    if (absl::IsDataLoss(status)) return Annotate(Malformed(), absl::StrCat("feature '", name, "'"));
    return absl::Status(status.code(), absl::StrCat("feature '", name, "' ", status.message()));
  }

  std::shared_ptr<arrow::Array> FinishSequences() {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (auto* entry : sequences_.Sorted(absent_)) {
      columns.push_back(entry->column.Finish(num_rows_));
      fields.push_back(arrow::field(entry->name, columns.back()->type()));
    }
    if (columns.empty()) return nullptr;
    return std::make_shared<arrow::StructArray>(arrow::struct_(std::move(fields)), num_rows_, std::move(columns));
  }

  const PayloadFormat format_;
  const DecodeOptions::Absent absent_;
  ColumnIndex<FeatureColumn> context_;
  ColumnIndex<SequenceColumn> sequences_;
  std::vector<FeatureValue> steps_;  // of the list at hand; kept to save allocations
  int64_t num_rows_ = 0;
};

}  // namespace

absl::StatusOr<RecordBatchPtr> DecodeExamples(const io::Records& records, const DecodeOptions& options) {
  Decoder decoder(options);
  for (size_t i = 0; i < records.size(); ++i) RETURN_IF_ERROR(decoder.Add(records[i]));
  return decoder.Finish();
}

}  // namespace tfx::dataset
