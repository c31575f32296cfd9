// ExampleDiff and DistributionValidator in a pipeline on the CSV files of data_root/base and data_root/test, for
// data_check.py, which reads what they write.
#include "google/protobuf/text_format.h"
#include "tfx/tfx.h"

namespace {

template <class Message>
Message Text(const char* text) {
  Message message;
  google::protobuf::TextFormat::ParseFromString(text, &message);
  return message;
}

tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
  tfx::Pipeline p{.name = "data_components", .root = flags["pipeline_root"]};
  const tfx::OutputConfig one_split{.splits = {{.name = "all", .hash_buckets = 1}}};
  auto base =
      p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"] + "/base", .output_config = one_split}, {.id = "base"});
  auto test =
      p.Add(tfx::CsvExampleGen{.input_base = flags["data_root"] + "/test", .output_config = one_split}, {.id = "test"});
  p.Add(tfx::ExampleDiff{
      .examples = test.examples,
      .baseline_examples = base.examples,
      .example_diff_config = Text<tfx::ExampleDiffConfig>(
          "paired_example_skew { identifier_features: 'id' skew_sample_size: 7 ignore_features: 'note' "
          "float_round_ndigits: 2 confusion_config { feature_name: 'city' } }")});
  auto base_statistics = p.Add(tfx::StatisticsGen{.examples = base.examples}, {.id = "base_statistics"});
  auto test_statistics = p.Add(tfx::StatisticsGen{.examples = test.examples}, {.id = "test_statistics"});
  p.Add(tfx::DistributionValidator{
      .statistics = test_statistics.statistics,
      .baseline_statistics = base_statistics.statistics,
      .distribution_validator_config = Text<tfx::DistributionValidatorConfig>(
          "default_slice_config { feature { path { step: 'city' } distribution_comparator { infinity_norm { threshold: "
          "0.01 } } } feature { path { step: 'fare' } distribution_comparator { jensen_shannon_divergence { threshold: "
          "0.5 } } } feature { path { step: 'absent' } distribution_comparator { infinity_norm { threshold: 0.5 } } } "
          "num_examples_comparator { min_fraction_threshold: 0.99 } }")});
  return p;
}

}  // namespace

int main(int argc, char** argv) { return tfx::Main(argc, argv, CreatePipeline); }
