#include "tfx/components/csv_example_gen.h"

#include <memory>

#include "tfx/dataset/csv_examples.h"
#include "tfx/io/csv.h"

namespace tfx {
namespace {

class CsvExampleGenExecutor : public FileBasedExampleGenExecutor {
 protected:
  absl::StatusOr<std::map<std::string, int64_t>> Convert(const std::vector<std::string>& files,
                                                         const example_gen::Partitioner& partitioner,
                                                         const std::string& directory,
                                                         const Engine& engine) const override {
    ASSIGN_OR_RETURN(const io::CsvTable table, io::CsvTable::Open(files));
    ASSIGN_OR_RETURN(const std::vector<io::ColumnType> types, table.InferTypes(engine));
    ASSIGN_OR_RETURN(const dataset::CsvConverter converter, dataset::CsvConverter::Make(table, types));
    auto decode = [&](const io::CsvBlock& block) { return converter.ToExamples(block); };
    return example_gen::WriteSplits<io::CsvBlock>(table.Shards(), decode, partitioner,
                                                  example_gen::Partitioner::Form::kCanonical, directory, engine);
  }
};

}  // namespace

const ComponentDescription<CsvExampleGen>& CsvExampleGen::Describe() {
  static const auto& description = *new ComponentDescription<CsvExampleGen>(
      ComponentDescription<CsvExampleGen>("CsvExampleGen", "Reads CSV files into splits of tf.Examples.")
          .Type("tfx.components.example_gen.csv_example_gen.component.CsvExampleGen")
          .RequiredParameter("input_base", &CsvExampleGen::input_base,
                             "Directory that the patterns of input_config are below.")
          .ReadsDirectory("input_base")
          .ComputedParameter(
              "input_config", "message tfx.components.example_gen.Input",
              [](const CsvExampleGen& c) { return InputConfigParameter(c.input_config); },
              "Input splits and their file patterns; default: all files as one split.")
          .ComputedParameter(
              "output_config", "message tfx.components.example_gen.Output",
              [](const CsvExampleGen& c) { return OutputConfigParameter(c.input_config, c.output_config); },
              "Output splits and their hash buckets; default: train:2 eval:1.")
          .ComputedParameter(
              "output_data_format", "int", [](const CsvExampleGen&) { return ToParameterValue(6); },
              "FORMAT_TF_EXAMPLE.")
          .ComputedParameter(
              "output_file_format", "int", [](const CsvExampleGen&) { return ToParameterValue(5); },
              "FILE_FORMAT_TFRECORDS_GZIP.")
          .Parameter("range_config", &CsvExampleGen::range_config, "Which span to read; default: the newest.")
          .Output("examples", &Outputs::examples, "Split-<name>/data_tfrecord-*.gz.")
          .Check([](const CsvExampleGen& c, WiringProblems& problems) {
            CheckExampleGenConfigs(c.input_config, c.output_config, problems);
          })
          .ExecutorClass("tfx.components.example_gen.csv_example_gen.executor.Executor",
                         [](const CsvExampleGen&) { return std::make_unique<CsvExampleGenExecutor>(); }));
  return description;
}

}  // namespace tfx
