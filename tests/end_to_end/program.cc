#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/tfrecord.h"

namespace tfx_tests {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string BinaryDirectory() { return Environment("TFX_BINARY_DIR") + "/bin"; }
std::string TaxiData() { return Environment("TFX_SAMPLE_DATA_DIR") + "/examples/chicago_taxi_pipeline/data/simple"; }
std::string PenguinData() { return Environment("TFX_SAMPLE_DATA_DIR") + "/components/testdata/penguin"; }
std::string Golden() {
  const std::string golden = Environment("TFX_GOLDEN_DIR") + "/tfx";
  return std::filesystem::exists(golden) ? golden : "";
}

ProgramResult RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                         const ProgramOptions& options) {
  const std::string path = BinaryDirectory() + "/" + program;
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  // Closed in whatever else the test starts meanwhile, which would hold the pipe open.
  int pipe_ends[2];
  EXPECT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
    if (options.max_file_bytes) {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{static_cast<rlim_t>(*options.max_file_bytes), static_cast<rlim_t>(*options.max_file_bytes)};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  ProgramResult result;
  const auto deadline = std::chrono::steady_clock::now() + options.kill_after.value_or(std::chrono::hours(1));
  bool killed = false;
  char buffer[1 << 16];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd descriptor{pipe_ends[0], POLLIN, 0};
    const int ready = poll(&descriptor, 1, killed ? -1 : static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready == 0 && !killed) {
      kill(child, SIGKILL);
      killed = true;
      continue;
    }
    const ssize_t n = read(pipe_ends[0], buffer, sizeof(buffer));
    if (n <= 0) break;
    result.out.append(buffer, n);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

TestDirectory::TestDirectory() {
  std::string pattern = ::testing::TempDir() + "/tfx_end_to_end_XXXXXX";
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  path_ = pattern;
}

TestDirectory::~TestDirectory() {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_, error)) {
    if (entry.is_directory(error))
      std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all, std::filesystem::perm_options::add,
                                   error);
  }
  std::filesystem::remove_all(path_, error);
}

std::string NewestArtifact(const std::string& root, const std::string& node, const std::string& key) {
  const std::filesystem::path directory = std::filesystem::path(root) / node / key;
  int64_t newest = -1;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    newest = std::max<int64_t>(newest, std::atoll(entry.path().filename().c_str()));
  }
  EXPECT_GE(newest, 0) << "no artifact in " << directory;
  return (directory / std::to_string(newest)).string();
}

std::vector<std::string> ReadRecordsIn(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<std::string> records;
  for (const std::string& file : files) {
    auto reader = tfx::io::TFRecordReader::Open(file);
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::string_view record;
    while (true) {
      const auto more = (*reader)->Read(&record);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) break;
      records.emplace_back(record);
    }
  }
  return records;
}

std::vector<std::string> CanonicalExamples(const std::string& directory) {
  std::vector<std::string> canonical;
  for (const std::string& record : ReadRecordsIn(directory)) {
    tensorflow::Example example;
    EXPECT_TRUE(example.ParseFromString(record));
    canonical.push_back(tfx::dataset::SerializeExample(example));
  }
  std::sort(canonical.begin(), canonical.end());
  return canonical;
}

std::map<std::string, std::string> ReadTree(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    files[std::filesystem::relative(entry.path(), root).string()] = bytes.str();
  }
  return files;
}

}  // namespace tfx_tests
