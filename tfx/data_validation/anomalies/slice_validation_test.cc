#include "tfx/data_validation/anomalies/slice_validation.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;

template <class Proto>
Proto Parse(const std::string& text) {
  Proto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  return proto;
}

std::string Slice(const std::string& name, int num_examples, int num_present, const std::string& value) {
  const std::string present = std::to_string(num_present), missing = std::to_string(num_examples - num_present);
  return "datasets { name: '" + name + "' num_examples: " + std::to_string(num_examples) +
         " features { path { step: 'payment' } type: STRING string_stats { common_stats { num_non_missing: " + present +
         " num_missing: " + missing + " min_num_values: 1 max_num_values: 1 tot_num_values: " + present +
         " } unique: 1 rank_histogram { buckets { label: '" + value + "' sample_count: " + present + " } } } } }";
}

const char kSchema[] = R"pb(
  feature {
    name: "payment"
    type: BYTES
    presence { min_fraction: 0.8 }
    string_domain { value: "cash" }
    drift_comparator { infinity_norm { threshold: 0.1 } }
  }
  dataset_constraints { min_examples_count: 10 }
)pb";

TEST(ValidateCorrespondingSlices, EachSliceIsMeasuredAgainstItsOwnExamples) {
  const auto statistics = Parse<v0::DatasetFeatureStatisticsList>(
      Slice("All Examples", 12, 11, "cash") + Slice("country_de", 4, 4, "card") + Slice("country_fr", 8, 7, "cash"));

  const auto anomalies = ValidateCorrespondingSlices(statistics, Parse<v0::Schema>(kSchema));

  ASSERT_TRUE(anomalies.ok()) << anomalies.status();
  ASSERT_EQ(anomalies->anomaly_info_size(), 1) << anomalies->DebugString();
  const auto& [name, info] = *anomalies->anomaly_info().begin();
  EXPECT_EQ(name, "'slice(country_de)::payment'");
  EXPECT_EQ(info.path().step(0), "slice(country_de)::payment");
  EXPECT_THAT(info.description(), HasSubstr("card (~100%)"));
  EXPECT_FALSE(anomalies->has_dataset_anomaly_info()) << "slices may be smaller than the data set";
}

TEST(ValidateCorrespondingSlices, SlicesAreComparedWithThoseOfTheSameName) {
  const auto today = Parse<v0::DatasetFeatureStatisticsList>(Slice("All Examples", 12, 12, "cash") +
                                                             Slice("country_de", 12, 12, "cash"));
  const auto yesterday = Parse<v0::DatasetFeatureStatisticsList>(Slice("All Examples", 12, 12, "cash") +
                                                                 Slice("country_fr", 12, 12, "cash"));

  const auto anomalies =
      ValidateCorrespondingSlices(today, Parse<v0::Schema>(kSchema), {.previous_span_statistics = &yesterday});

  ASSERT_TRUE(anomalies.ok()) << anomalies.status();
  ASSERT_EQ(anomalies->anomaly_info_size(), 1) << anomalies->DebugString();
  EXPECT_EQ(anomalies->anomaly_info().begin()->second.reason(0).type(),
            v0::AnomalyInfo::COMPARATOR_CONTROL_DATA_MISSING);
  ASSERT_EQ(anomalies->drift_skew_info_size(), 1);
  EXPECT_EQ(anomalies->drift_skew_info(0).path().step(0), "slice(All Examples)::payment");
}

TEST(ValidateCorrespondingSlices, NeedsTheDataSetAsAWhole) {
  const auto statistics = Parse<v0::DatasetFeatureStatisticsList>(Slice("a", 1, 1, "cash") + Slice("b", 1, 1, "cash"));
  EXPECT_EQ(ValidateCorrespondingSlices(statistics, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tfx::tfdv
