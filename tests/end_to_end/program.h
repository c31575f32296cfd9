// Runs the built programs as a user does, and finds what they left behind.
#ifndef TESTS_END_TO_END_PROGRAM_H_
#define TESTS_END_TO_END_PROGRAM_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tfx_tests {

struct ProgramResult {
  int exit_code = -1;  // 128 + signal when killed
  std::string out;     // standard output and standard error together
};

struct ProgramOptions {
  std::optional<std::chrono::milliseconds> kill_after;  // SIGKILL
  std::map<std::string, std::string> environment;       // added
  std::optional<int64_t> max_file_bytes;                // writes beyond fail, as on a full disk
};

// `program` is a name in build/bin.
ProgramResult RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                         const ProgramOptions& options = {});

// A directory of its own for the running test, removed at the end.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string BinaryDirectory();
// The folder of the taxi sample data ("data.csv"); and of recorded Python runs, empty where it is absent.
std::string TaxiData();
std::string PenguinData();
std::string Golden();

// Newest artifact directory of an output: <root>/<node>/<key>/<largest number>.
std::string NewestArtifact(const std::string& root, const std::string& node, const std::string& key);

// All records of the gzip TFRecord files in a directory.
std::vector<std::string> ReadRecordsIn(const std::string& directory);
// tf.Examples with map entries in key order, sorted: equal for equal multisets.
std::vector<std::string> CanonicalExamples(const std::string& directory);

// Every file below `root` by relative path, with its bytes.
std::map<std::string, std::string> ReadTree(const std::string& root);

}  // namespace tfx_tests

#endif  // TESTS_END_TO_END_PROGRAM_H_
