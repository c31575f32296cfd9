// Throughput of TFRecord (plain and gzip) and CSV. Bytes per second are those of the uncompressed data.
#include <benchmark/benchmark.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tfx/io/csv.h"
#include "tfx/io/file_system.h"
#include "tfx/io/tfrecord.h"

namespace tfx::io {
namespace {

constexpr int kRecords = 20000;

std::string Directory() { return "/tmp/tfx_io_bench"; }

// About 400 bytes that compress like real rows do.
std::string Record(int i) {
  std::string record;
  for (int k = 0; k < 16; ++k)
    absl::StrAppend(&record, "feature_", k, "=", (i * 7919 + k * 104729) % 100003, ";company ", i % 37);
  return record;
}

size_t WriteRecords(const std::string& path, Compression compression) {
  size_t bytes = 0;
  auto writer = TFRecordWriter::Open(path, compression);
  if (!writer.ok()) return 0;
  for (int i = 0; i < kRecords; ++i) {
    const std::string record = Record(i);
    bytes += record.size();
    if (!(*writer)->Write(record).ok()) return 0;
  }
  return (*writer)->Close().ok() ? bytes : 0;
}

void BM_WriteTFRecord(benchmark::State& state) {
  const auto compression = static_cast<Compression>(state.range(0));
  size_t bytes = 0;
  for (auto _ : state) bytes = WriteRecords(JoinPath(Directory(), "w"), compression);
  if (bytes == 0) state.SkipWithError("the write failed");
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
}
BENCHMARK(BM_WriteTFRecord)->ArgName("gzip")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void BM_ReadTFRecord(benchmark::State& state) {
  const std::string path = JoinPath(Directory(), "r");
  const size_t written = WriteRecords(path, static_cast<Compression>(state.range(0)));
  for (auto _ : state) {
    auto reader = TFRecordReader::Open(path);
    size_t bytes = 0;
    std::string_view record;
    while (reader.ok()) {
      const auto there_is_one = (*reader)->Read(&record);
      if (!there_is_one.ok() || !*there_is_one) break;
      bytes += record.size();
    }
    if (bytes != written || bytes == 0) state.SkipWithError("not what was written");
  }
  state.SetBytesProcessed(static_cast<int64_t>(written) * state.iterations());
}
BENCHMARK(BM_ReadTFRecord)->ArgName("gzip")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// Argument: whether every text cell is quoted.
std::string WriteCsv(bool quoted, int num_rows) {
  std::string text = "id,name,price,empty,city\n";
  const char* const quote = quoted ? "\"" : "";
  for (int i = 0; i < num_rows; ++i) {
    absl::StrAppend(&text, i, ",", quote, "customer ", i % 1000, quote, ",", i % 100, ".", i % 90 + 10, ",,", quote,
                    "Chicago", quote, "\n");
  }
  const std::string path = JoinPath(Directory(), "t.csv");
  return WriteFile(path, text).ok() ? path : "";
}

void BM_ParseCsv(benchmark::State& state) {
  constexpr int kRows = 200000;
  const std::string path = WriteCsv(state.range(0) != 0, kRows);
  const auto table = CsvTable::Open({path});
  if (!table.ok()) return state.SkipWithError("cannot open");
  for (auto _ : state) {
    size_t num_rows = 0;
    const ShardSource<CsvBlock> source = table->Shards();
    while (true) {
      auto block = source();
      if (!block.ok() || !block->has_value()) break;
      CsvRowReader reader = table->Rows(**block);
      for (auto rows = reader.Next(); rows.ok() && rows->num_rows() > 0; rows = reader.Next()) {
        num_rows += rows->num_rows();
      }
    }
    if (num_rows != kRows) state.SkipWithError("rows are missing");
  }
  state.SetBytesProcessed(static_cast<int64_t>(ReadFile(path)->size()) * state.iterations());
}
BENCHMARK(BM_ParseCsv)->ArgName("quoted")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void BM_InferCsvTypes(benchmark::State& state) {
  const std::string path = WriteCsv(false, 200000);
  const auto table = CsvTable::Open({path});
  if (!table.ok()) return state.SkipWithError("cannot open");
  const Engine engine({.num_threads = static_cast<int>(state.range(0))});
  const std::vector<ColumnType> expected = {ColumnType::kInt, ColumnType::kString, ColumnType::kFloat,
                                            ColumnType::kUnknown, ColumnType::kString};
  for (auto _ : state) {
    const auto types = table->InferTypes(engine);
    if (!types.ok() || *types != expected) state.SkipWithError("wrong types");
  }
  state.SetBytesProcessed(static_cast<int64_t>(ReadFile(path)->size()) * state.iterations());
}
BENCHMARK(BM_InferCsvTypes)->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tfx::io
