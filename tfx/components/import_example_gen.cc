#include "tfx/components/import_example_gen.h"

#include <memory>

#include "tfx/dataset/examples.h"

namespace tfx {
namespace {

class ImportExampleGenExecutor : public FileBasedExampleGenExecutor {
 public:
  explicit ImportExampleGenExecutor(dataset::PayloadFormat format) : format_(format) {}

 protected:
  absl::StatusOr<std::map<std::string, int64_t>> Convert(const std::vector<std::string>& files,
                                                         const example_gen::Partitioner& partitioner,
                                                         const std::string& directory,
                                                         const Engine& engine) const override {
    // Decoding proves that every record is what payload_format says, before anything downstream relies on it.
    auto check = [&](const io::Records& records) -> absl::StatusOr<io::Records> {
      RETURN_IF_ERROR(dataset::DecodeExamples(records, {.format = format_}).status());
      return records;
    };
    return example_gen::WriteSplits<io::Records>(dataset::ReadRecords(files), check, partitioner,
                                                 example_gen::Partitioner::Form::kAny, directory, engine);
  }

 private:
  const dataset::PayloadFormat format_;
};

}  // namespace

const ComponentDescription<ImportExampleGen>& ImportExampleGen::Describe() {
  static const auto& description = *new ComponentDescription<ImportExampleGen>(
      ComponentDescription<ImportExampleGen>("ImportExampleGen", "Reads TFRecord files into splits of Examples.")
          .Type("tfx.components.example_gen.import_example_gen.component.ImportExampleGen")
          .RequiredParameter("input_base", &ImportExampleGen::input_base,
                             "Directory that the patterns of input_config are below.")
          .ReadsDirectory("input_base")
          .ComputedParameter(
              "input_config", "message tfx.components.example_gen.Input",
              [](const ImportExampleGen& c) { return InputConfigParameter(c.input_config); },
              "Input splits and their file patterns; default: all files as one split.")
          .ComputedParameter(
              "output_config", "message tfx.components.example_gen.Output",
              [](const ImportExampleGen& c) { return OutputConfigParameter(c.input_config, c.output_config); },
              "Output splits and their hash buckets; default: train:2 eval:1, or the input splits.")
          .Parameter("output_data_format", &ImportExampleGen::payload_format, "6: tf.Example, 7: tf.SequenceExample.")
          .ComputedParameter(
              "output_file_format", "int", [](const ImportExampleGen&) { return ToParameterValue(5); },
              "FILE_FORMAT_TFRECORDS_GZIP.")
          .Parameter("range_config", &ImportExampleGen::range_config, "Which span to read; default: the newest.")
          .Output("examples", &Outputs::examples, "Split-<name>/data_tfrecord-*.gz.")
          .Check([](const ImportExampleGen& c, WiringProblems& problems) {
            CheckExampleGenConfigs(c.input_config, c.output_config, problems);
          })
          .ExecutorClass(
              "tfx.components.example_gen.import_example_gen.executor.Executor",
              [](const ImportExampleGen& c) { return std::make_unique<ImportExampleGenExecutor>(c.payload_format); }));
  return description;
}

}  // namespace tfx
