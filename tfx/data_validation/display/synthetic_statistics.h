// Made-up statistics for tests: of the size and speed of the page, and of what it survives.
#ifndef TFX_DATA_VALIDATION_DISPLAY_SYNTHETIC_STATISTICS_H_
#define TFX_DATA_VALIDATION_DISPLAY_SYNTHETIC_STATISTICS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tensorflow_metadata/proto/v0/statistics.pb.h"
#include "tfx/base/concat.h"

namespace tfx::tfdv {

using SyntheticList = ::tensorflow::metadata::v0::DatasetFeatureStatisticsList;

inline void FillCommon(uint64_t examples, uint64_t missing, int max_values,
                       ::tensorflow::metadata::v0::CommonStatistics* common) {
  common->set_num_missing(missing);
  common->set_num_non_missing(examples - missing);
  common->set_min_num_values(1);
  common->set_max_num_values(max_values);
  const uint64_t total = (examples - missing) * (1 + max_values) / 2;
  common->set_tot_num_values(total);
  common->set_avg_num_values(static_cast<float>(1 + max_values) / 2);
  auto* lengths = common->mutable_num_values_histogram();
  lengths->set_type(::tensorflow::metadata::v0::Histogram::QUANTILES);
  for (int i = 0; i < 10; ++i) {
    auto* bucket = lengths->add_buckets();
    bucket->set_low_value(1 + (max_values - 1) * i / 10.0);
    bucket->set_high_value(1 + (max_values - 1) * (i + 1) / 10.0);
    bucket->set_sample_count(static_cast<double>(examples - missing) / 10);
  }
}

// Two thirds numbers, one third strings with up to 1,000 labels of which the rarer differ by seed, as TFDV writes them.
inline SyntheticList SyntheticStatistics(int num_features, uint32_t seed) {
  namespace v0 = ::tensorflow::metadata::v0;
  constexpr uint64_t kExamples = 100'000;
  std::mt19937 random(seed);
  const auto share = [&] { return static_cast<double>(random()) / 4294967296.0; };
  SyntheticList list;
  v0::DatasetFeatureStatistics* dataset = list.add_datasets();
  dataset->set_num_examples(kExamples);
  for (int i = 0; i < num_features; ++i) {
    v0::FeatureNameStatistics* feature = dataset->add_features();
    feature->mutable_path()->add_step(
        Concat("signal_", i / 100, i / 10 % 10, i % 10, i % 3 == 2 ? "_category" : "_measured"));
    const uint64_t missing = i % 7 == 0 ? static_cast<uint64_t>(share() * 20000) : 0;
    if (i % 3 != 2) {
      feature->set_type(i % 3 == 0 ? v0::FeatureNameStatistics::FLOAT : v0::FeatureNameStatistics::INT);
      v0::NumericStatistics* numeric = feature->mutable_num_stats();
      FillCommon(kExamples, missing, i % 10 == 0 ? 5 : 1, numeric->mutable_common_stats());
      const double center = (share() - 0.5) * 1000, width = 1 + share() * 300;
      numeric->set_mean(center);
      numeric->set_std_dev(width);
      numeric->set_num_zeros(static_cast<uint64_t>(share() * share() * 30000));
      numeric->set_min(center - 3 * width);
      numeric->set_median(center + width / 10);
      numeric->set_max(center + 3 * width);
      for (const auto type : {v0::Histogram::STANDARD, v0::Histogram::QUANTILES}) {
        v0::Histogram* histogram = numeric->add_histograms();
        histogram->set_type(type);
        double low = numeric->min();
        for (int b = 0; b < 10; ++b) {
          auto* bucket = histogram->add_buckets();
          const double z = (b + 1) / 10.0;
          const double high = type == v0::Histogram::STANDARD
                                  ? numeric->min() + z * 6 * width
                                  : center + 3 * width * std::copysign(std::pow(std::abs(2 * z - 1), 2), 2 * z - 1);
          bucket->set_low_value(low);
          bucket->set_high_value(high);
          bucket->set_sample_count(type == v0::Histogram::STANDARD
                                       ? std::exp(-std::pow(z * 6 - 3.3, 2) / 2) * 24000 * (1 + share() / 5)
                                       : static_cast<double>(kExamples - missing) / 10);
          low = high;
        }
      }
    } else {
      feature->set_type(v0::FeatureNameStatistics::STRING);
      v0::StringStatistics* text = feature->mutable_string_stats();
      FillCommon(kExamples, missing, 1, text->mutable_common_stats());
      const int labels = i % 9 == 2 ? 4 : i % 9 == 5 ? 60 : 1000;
      text->set_unique(labels == 1000 ? 30000 + random() % 40000 : labels);
      text->set_avg_length(9.5f);
      const double scale = static_cast<double>(kExamples - missing) / (std::log(labels) + 1);
      for (int rank = 0; rank < labels; ++rank) {
        const std::string label = Concat("value_", rank < 200 ? 0u : seed, "_", rank);
        const double count = std::floor(scale / (rank + 1) * (0.9 + share() / 5));
        auto* bucket = text->mutable_rank_histogram()->add_buckets();
        bucket->set_low_rank(rank);
        bucket->set_high_rank(rank);
        bucket->set_label(label);
        bucket->set_sample_count(count);
        if (rank >= 20) continue;
        auto* top = text->add_top_values();
        top->set_value(label);
        top->set_frequency(count);
      }
    }
  }
  return list;
}

// Names and values that try to leave the page, and numbers that no honest data set has.
inline SyntheticList HostileStatistics() {
  namespace v0 = ::tensorflow::metadata::v0;
  const std::vector<std::string> texts = {"</script><script>broken()</script>",
                                          "<img src=x onerror=broken()>",
                                          "\"><svg onload=broken()>",
                                          "<!--<script>",
                                          "&lt;b&gt;",
                                          "${broken()}`",
                                          "__proto__",
                                          "constructor",
                                          std::string("nul\0inside", 10),
                                          "bad utf-8 \xff\xfe end",
                                          "bell\a tab\t line\nfeed",
                                          "right\u202eleft",
                                          "\u2028\u2029",
                                          "",
                                          std::string(100'000, 'x'),
                                          "javascript:broken()",
                                          "日本語の名前",
                                          "emoji 🚕"};
  SyntheticList list;
  v0::DatasetFeatureStatistics* dataset = list.add_datasets();
  dataset->set_num_examples(10);
  for (const std::string& text : texts) {
    v0::FeatureNameStatistics* feature = dataset->add_features();
    feature->mutable_path()->add_step(text);
    feature->set_type(v0::FeatureNameStatistics::STRING);
    FillCommon(10, 0, 1, feature->mutable_string_stats()->mutable_common_stats());
    feature->mutable_string_stats()->set_unique(texts.size());
    for (size_t rank = 0; rank < texts.size(); ++rank) {
      auto* bucket = feature->mutable_string_stats()->mutable_rank_histogram()->add_buckets();
      bucket->set_label(texts[rank]);
      bucket->set_sample_count(static_cast<double>(texts.size() - rank));
      auto* top = feature->mutable_string_stats()->add_top_values();
      top->set_value(texts[rank]);
      top->set_frequency(static_cast<double>(texts.size() - rank));
    }
    auto* custom = feature->add_custom_stats();
    custom->set_name(text);
    custom->set_str(text);
  }
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<double>> numbers = {
      {-inf, -1, 1, inf}, {nan, nan, nan, nan}, {5, 5, 5, 5}, {1e308, -1e308, 0, 0}, {-1e-300, 1e-300, 1e300, inf}};
  for (size_t i = 0; i < numbers.size(); ++i) {
    v0::FeatureNameStatistics* feature = dataset->add_features();
    feature->mutable_path()->add_step(Concat("numbers_", i));
    feature->set_type(v0::FeatureNameStatistics::FLOAT);
    v0::NumericStatistics* numeric = feature->mutable_num_stats();
    FillCommon(10, i, 1, numeric->mutable_common_stats());
    numeric->set_min(numbers[i][0]);
    numeric->set_mean(numbers[i][1]);
    numeric->set_std_dev(numbers[i][2]);
    numeric->set_max(numbers[i][3]);
    for (const auto type : {v0::Histogram::STANDARD, v0::Histogram::QUANTILES}) {
      v0::Histogram* histogram = numeric->add_histograms();
      histogram->set_type(type);
      histogram->set_num_nan(i);
      for (size_t k = 0; k + 1 < numbers[i].size(); ++k) {
        auto* bucket = histogram->add_buckets();
        bucket->set_low_value(numbers[i][k]);
        bucket->set_high_value(numbers[i][k + 1]);
        bucket->set_sample_count(k == 1 ? nan : static_cast<double>(k));
      }
    }
  }
  return list;
}

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_DISPLAY_SYNTHETIC_STATISTICS_H_
