// Rows per second of the Example decoder, the encoder and the CSV converter, on 18 columns like the taxi data's.
#include <benchmark/benchmark.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"

namespace tfx::dataset {
namespace {

constexpr int kRows = 10000;

std::string WriteCsv() {
  std::string text;
  for (int c = 0; c < 18; ++c) absl::StrAppend(&text, c == 0 ? "" : ",", "column_", c);
  text += "\n";
  for (int r = 0; r < kRows; ++r) {
    for (int c = 0; c < 18; ++c) {
      if (c > 0) text += ",";
      if ((r + c) % 11 == 0) continue;
      if (c % 3 == 0) absl::StrAppend(&text, r * c);
      if (c % 3 == 1) absl::StrAppend(&text, r % 90, ".", c, "25");
      if (c % 3 == 2) absl::StrAppend(&text, "company ", r % 40);
    }
    text += "\n";
  }
  const std::string path = "/tmp/tfx_dataset_bench/t.csv";
  return io::WriteFile(path, text).ok() ? path : "";
}

struct Data {
  Data() : table(*io::CsvTable::Open({WriteCsv()}, {.block_bytes = 64 << 20})), block(**table.Shards()()) {
    converter.emplace(*CsvConverter::Make(table, *table.InferTypes(Engine({.num_threads = 1}))));
    examples = *converter->ToExamples(block);
  }
  io::CsvTable table;
  io::CsvBlock block;
  std::optional<CsvConverter> converter;
  io::Records examples;
};

const Data& SharedData() {
  static const Data* const data = new Data();
  return *data;
}

void BM_DecodeExamples(benchmark::State& state) {
  const Data& data = SharedData();
  const auto expected = data.converter->ToRecordBatch(data.block);
  for (auto _ : state) {
    const auto batch = DecodeExamples(data.examples);
    state.PauseTiming();
    if (!batch.ok() || (*batch)->num_rows() != kRows || !(*batch)->Equals(**expected))
      state.SkipWithError("wrong batch");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(kRows * state.iterations());
}
BENCHMARK(BM_DecodeExamples)->Unit(benchmark::kMillisecond);

// What the decoder saves: the same Examples as protobuf messages.
void BM_ParseExampleMessages(benchmark::State& state) {
  const Data& data = SharedData();
  for (auto _ : state) {
    size_t num_features = 0;
    for (size_t i = 0; i < data.examples.size(); ++i) {
      tensorflow::Example example;
      example.ParseFromArray(data.examples[i].data(), static_cast<int>(data.examples[i].size()));
      num_features += example.features().feature().size();
    }
    if (num_features != size_t{kRows} * 18) state.SkipWithError("wrong messages");
  }
  state.SetItemsProcessed(kRows * state.iterations());
}
BENCHMARK(BM_ParseExampleMessages)->Unit(benchmark::kMillisecond);

void BM_EncodeExamples(benchmark::State& state) {
  const Data& data = SharedData();
  const RecordBatchPtr batch = *DecodeExamples(data.examples);
  for (auto _ : state) {
    const auto records = EncodeExamples(*batch);
    if (!records.ok() || records->size() != kRows || (*records)[kRows - 1] != data.examples[kRows - 1]) {
      state.SkipWithError("wrong records");
    }
  }
  state.SetItemsProcessed(kRows * state.iterations());
}
BENCHMARK(BM_EncodeExamples)->Unit(benchmark::kMillisecond);

void BM_CsvToExamples(benchmark::State& state) {
  const Data& data = SharedData();
  for (auto _ : state) {
    const auto records = data.converter->ToExamples(data.block);
    if (!records.ok() || records->num_bytes() != data.examples.num_bytes()) state.SkipWithError("wrong records");
  }
  state.SetItemsProcessed(kRows * state.iterations());
}
BENCHMARK(BM_CsvToExamples)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tfx::dataset
