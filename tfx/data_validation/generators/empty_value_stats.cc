#include "tfx/data_validation/generators/empty_value_stats.h"

#include <algorithm>
#include <cstdint>

#include "arrow/array.h"
#include "tfx/data_validation/features/numeric_values.h"
#include "tfx/data_validation/generators/leaf_stats.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct EmptyValues {
  int64_t minus_one = 0;
  int64_t empty_strings = 0;
  int64_t empty_lists = 0;

  void Merge(const EmptyValues& more) {
    minus_one += more.minus_one;
    empty_strings += more.empty_strings;
    empty_lists += more.empty_lists;
  }
  void Write(sketches::StateWriter* out) const {
    for (const int64_t value : {minus_one, empty_strings, empty_lists}) out->Integer(static_cast<uint64_t>(value));
  }
  void Read(sketches::StateReader* in) {
    for (int64_t* value : {&minus_one, &empty_strings, &empty_lists}) *value = static_cast<int64_t>(in->Integer());
  }
};

template <class Array>
int64_t CountEmpty(const arrow::Array& values) {
  const auto& strings = static_cast<const Array&>(values);
  int64_t count = 0;
  for (int64_t i = 0; i < strings.length(); ++i) count += strings.IsValid(i) && strings.value_length(i) == 0;
  return count;
}

class EmptyValueCounterGenerator final : public LeafStatsGenerator<EmptyValueCounterGenerator, EmptyValues> {
 public:
  std::string_view name() const override { return "EmptyValueCounterGenerator"; }

  absl::Status AddColumn(const StatsBatch&, const FeatureColumn& column, EmptyValues* counts) const {
    if (column.levels.size() > 1) {
      const std::vector<int64_t>& lengths = column.levels[1].lengths;
      counts->empty_lists += std::count_if(lengths.begin(), lengths.end(), [](int64_t n) { return n <= 0; });
    } else if (column.kind == FeatureKind::kString) {
      const arrow::Type::type type = column.values->type_id();
      const bool large = type == arrow::Type::LARGE_BINARY || type == arrow::Type::LARGE_STRING;
      counts->empty_strings +=
          large ? CountEmpty<arrow::LargeBinaryArray>(*column.values) : CountEmpty<arrow::BinaryArray>(*column.values);
    } else {
      WithNumericArray(*column.values, [&](const auto& typed) {
        for (int64_t i = 0; i < typed.length(); ++i) {
          counts->minus_one += typed.IsValid(i) && static_cast<double>(typed.Value(i)) == -1;
        }
      });
    }
    return absl::OkStatus();
  }

  absl::Status WriteFeature(const FeaturePath&, const EmptyValues& counts, v0::FeatureNameStatistics* feature) const {
    auto add = [&](const char* name, int64_t count) {
      if (count == 0) return;
      v0::CustomStatistic* statistic = feature->add_custom_stats();
      statistic->set_name(name);
      statistic->set_num(static_cast<double>(count));
    };
    add("int_-1", counts.minus_one);
    add("str_empty", counts.empty_strings);
    add("list_empty", counts.empty_lists);
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<StatsGenerator> MakeEmptyValueCounterGenerator() {
  return std::make_unique<EmptyValueCounterGenerator>();
}

}  // namespace tfx::tfdv
