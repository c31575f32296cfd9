// Lengths in bytes and UTF-8 validity of the texts of one feature: the scalar part of StringStatistics and
// BytesStatistics. Numbers that are categories count by their decimal text. State: four numbers, exact. Batch:
// FeatureColumn.
#ifndef TFX_DATA_VALIDATION_STATISTICS_TEXT_STATS_H_
#define TFX_DATA_VALIDATION_STATISTICS_TEXT_STATS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/data_validation/features/feature_column.h"
#include "tfx/data_validation/statistics/text_counts.h"

namespace tfx::tfdv {

// Calls fn(index, text) for each value: strings as they are, integers in decimal, floats as Python prints them. Null
// values are skipped.
void ForEachText(const arrow::Array& values, const std::function<void(int64_t, std::string_view)>& fn);

bool IsValidUtf8(std::string_view text);

class TextStatsAccumulator {
 public:
  absl::Status Add(const FeatureColumn& column);
  // The same for values that are counted: strings and integers (CountTexts).
  void AddCounted(const TextCounts& texts, FeatureKind kind);
  absl::Status Merge(const TextStatsAccumulator& other);
  std::string Serialize() const;
  absl::Status ParseFrom(std::string_view bytes);

  // Without common statistics, top values and distinct count.
  ::tensorflow::metadata::v0::StringStatistics ToStringStatistics(int64_t num_values) const;
  ::tensorflow::metadata::v0::BytesStatistics ToBytesStatistics(int64_t num_values) const;

 private:
  void AddText(std::string_view text, int64_t count, bool is_text);

  int64_t total_bytes_ = 0;
  int64_t min_bytes_ = INT64_MAX;
  int64_t max_bytes_ = 0;
  int64_t num_invalid_utf8_ = 0;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_TEXT_STATS_H_
