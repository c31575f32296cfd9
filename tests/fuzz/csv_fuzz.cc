// CSV text: read whole and cut into small blocks, with and without a schema's types, it gives the same rows, or an
// error that names the file. Rows are those of a slow reader that follows Python's csv.reader letter by letter.
#include <unistd.h>

#include <fstream>

#include "fuzz_driver.h"
#include "tfx/dataset/csv_examples.h"
#include "tfx/io/csv.h"

namespace {

using tfx::Engine;
using tfx::io::ColumnType;
using tfx::io::CsvBlock;
using tfx::io::CsvOptions;
using tfx::io::CsvTable;

struct Result {
  absl::Status status;
  std::string cells;  // with the column types
};

Result Read(const std::string& path, const CsvOptions& options, int num_threads) {
  const auto table = CsvTable::Open({path}, options);
  if (!table.ok()) return {table.status()};
  Result result;
  const Engine engine({.num_threads = num_threads});
  const auto types = table->InferTypes(engine);
  if (!types.ok()) return {types.status()};
  for (const ColumnType type : *types) result.cells += std::to_string(static_cast<int>(type)) + ";";
  const auto converter = tfx::dataset::CsvConverter::Make(*table, *types);
  const auto blocks = table->Shards();
  while (true) {
    const auto block = blocks();
    if (!block.ok()) return {block.status()};
    if (!block->has_value()) return result;
    tfx::io::CsvRowReader reader = table->Rows(**block);
    size_t num_rows = 0;
    while (true) {
      const auto rows = reader.Next();
      if (!rows.ok()) return {rows.status()};
      if (rows->num_rows() == 0) break;
      num_rows += rows->num_rows();
      for (size_t r = 0; r < rows->num_rows(); ++r) {
        for (size_t c = 0; c < table->column_names().size(); ++c) {
          result.cells += std::string(rows->cell(r, c)) + '\x1f';
        }
        result.cells += '\x1e';
      }
    }
    // Types that were inferred hold for every cell.
    const auto batch = converter->ToRecordBatch(**block);
    if (!batch.ok()) return {absl::InternalError(batch.status().message())};
    if (static_cast<size_t>((*batch)->num_rows()) != num_rows || !(*batch)->ValidateFull().ok()) {
      return {absl::InternalError("a batch of other rows")};
    }
    if (num_rows == 0) continue;  // no Example tells the columns
    const auto decoded = tfx::dataset::DecodeExamples(*converter->ToExamples(**block));
    if (!decoded.ok() || !(*decoded)->Equals(**batch, arrow::EqualOptions::Defaults().nans_equal(true))) {
      return {absl::InternalError("the Examples are not those of the batch")};
    }
  }
}

// The rows by the slow way alone.
std::string SlowCells(const std::string& text, char delimiter) {
  std::string cells;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = begin;
    bool is_open = false;
    for (; end < text.size(); ++end) {
      if (text[end] == '"') is_open = !is_open;
      if (text[end] == '\n' && !is_open) break;
    }
    end = std::min(end + 1, text.size());
    std::string record = text.substr(begin, end - begin);
    std::vector<std::string_view> split;
    tfx::io::SplitRecord(record.data(), record.size(), delimiter, &split);
    for (const std::string_view cell : split) cells += std::string(cell) + '\x1f';
    if (!split.empty()) cells += '\x1e';
    begin = end;
  }
  return cells;
}

std::string Run(const std::string& input) {
  static const std::string path = "/dev/shm/csv_fuzz." + std::to_string(getpid()) + ".csv";
  std::ofstream(path, std::ios::binary).write(input.data(), static_cast<std::streamsize>(input.size()));
  const Result whole = Read(path, {}, 1);
  const Result cut = Read(path, {.block_bytes = 7}, 1);
  // Starting threads takes longer than all the rest.
  const Result threads = Read(path, {.block_bytes = 64}, input.size() % 16 == 0 ? 2 : 1);
  const Result semicolons = Read(path, {.delimiter = ';', .header = CsvOptions::Header::kQuoted}, 1);
  unlink(path.c_str());
  if (absl::IsInternal(semicolons.status)) return std::string(semicolons.status.message());
  for (const Result* other : {&cut, &threads}) {
    if (other->cells != whole.cells) return "the rows depend on the blocks";
    // A file with several faults may name another one: the blocks before it are fine.
    if (other->status.code() != whole.status.code()) return "the status depends on the blocks";
  }
  if (!whole.status.ok()) {
    if (absl::IsInternal(whole.status)) return std::string(whole.status.message());
    const bool names_file = whole.status.message().find(".csv") != absl::string_view::npos;
    return names_file ? "" : "an error without the file: " + std::string(whole.status.message());
  }
  const size_t header = input.find('\n');
  const std::string rows = header == std::string::npos ? "" : input.substr(header + 1);
  return whole.cells.ends_with(SlowCells(rows, ',')) ? "" : "the rows are not those of the slow reader";
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  return {.seeds = {"a,b,c\n1,2.5,x\n,,\n-3,nan,\"y, \"\"z\"\"\"\n", "a\r\n1\r\n\r\n2\r\n",
                    "\xef\xbb\xbf\"q\",b\n\"1\n2\",3\n4,5", "a;b\n1;2\n3;4\n",
                    "id,name,fare,when,where,how,much\n17,Blue Ribbon Taxi Association Inc.,12.45,1400000000,,Cash,0\n"
                    "18,\"Taxi, Affiliation\",1e5,1400000900,-87.633308037,Credit Card,1_000\n"},
          .words = {",",
                    "\n",
                    "\r\n",
                    "\r",
                    "\"",
                    "\"\"",
                    ";",
                    "\n\n",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "1e999",
                    "nan",
                    "-inf",
                    "0.1",
                    "1_0",
                    "\xc3\xa9",
                    "\xff",
                    "\xef\xbb\xbf",
                    "\xd9\xa1",
                    "999999999999999999",
                    "123456789.123456789"},
          .run = Run};
}
