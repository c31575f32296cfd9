// The program of every fuzz target; see fuzz_driver.h.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "fuzz_driver.h"

// What the code under test compared, one byte per (place, likeness of the two operands), by the compiler's callbacks.
namespace {
constexpr size_t kNumFeatures = size_t{1} << 18;
uint8_t seen_features[kNumFeatures];
size_t num_new_features = 0;

// What notes comparisons must not be traced itself.
#define TFX_UNTRACED __attribute__((no_sanitize("address", "undefined"), no_sanitize_coverage))

TFX_UNTRACED inline void Compared(void* place, uint64_t a, uint64_t b) {
  // Operands that come closer to each other are news as well, so that constants are found bit by bit.
  const uint64_t likeness = static_cast<uint64_t>(__builtin_popcountll(a ^ b));
  const uint64_t hash = (reinterpret_cast<uintptr_t>(place) * 67 + likeness) * 0x9e3779b97f4a7c15;
  uint8_t& seen = seen_features[hash >> 46];
  num_new_features += seen == 0 ? 1 : 0;
  seen = 1;
}
}  // namespace

extern "C" {
#define TFX_TRACE(name, type) \
  TFX_UNTRACED void name(type a, type b) { Compared(__builtin_return_address(0), a, b); }
TFX_TRACE(__sanitizer_cov_trace_cmp1, uint8_t)
TFX_TRACE(__sanitizer_cov_trace_cmp2, uint16_t)
TFX_TRACE(__sanitizer_cov_trace_cmp4, uint32_t)
TFX_TRACE(__sanitizer_cov_trace_cmp8, uint64_t)
TFX_TRACE(__sanitizer_cov_trace_const_cmp1, uint8_t)
TFX_TRACE(__sanitizer_cov_trace_const_cmp2, uint16_t)
TFX_TRACE(__sanitizer_cov_trace_const_cmp4, uint32_t)
TFX_TRACE(__sanitizer_cov_trace_const_cmp8, uint64_t)
#undef TFX_TRACE
TFX_UNTRACED void __sanitizer_cov_trace_cmpf(float, float) {}
TFX_UNTRACED void __sanitizer_cov_trace_cmpd(double, double) {}
TFX_UNTRACED void __sanitizer_cov_trace_switch(uint64_t value, uint64_t* cases) {
  // cases[0] of them, each of cases[1] bits, from cases[2] on.
  for (uint64_t i = 0; i < cases[0]; ++i) {
    if (cases[2 + i] == value) Compared(static_cast<char*>(__builtin_return_address(0)) + i, value, value);
  }
}
}

namespace {

constexpr unsigned kSecondsPerInput = 10;
constexpr long kMaxGrowthKb = long{1} << 20;

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "fuzz: %s\n", message.c_str());
  std::exit(2);
}

// The input at hand in a file that outlives the process however it ends.
class InputFile {
 public:
  InputFile(const std::string& path, size_t max_bytes) : path_(path), size_(max_bytes + sizeof(uint64_t)) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, static_cast<off_t>(size_)) != 0) Die("cannot write " + path);
    void* const mapped = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) Die("cannot map " + path);
    bytes_ = static_cast<char*>(mapped);
  }
  void Set(const std::string& input) {
    const uint64_t size = input.size();
    std::memcpy(bytes_, &size, sizeof(size));
    std::memcpy(bytes_ + sizeof(size), input.data(), input.size());
  }
  void Remove() { unlink(path_.c_str()); }

  static std::string Read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) Die("cannot read " + path);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    uint64_t size = 0;
    if (bytes.size() < sizeof(size)) Die(path + " is not an input that a fuzzer left");
    std::memcpy(&size, bytes.data(), sizeof(size));
    return bytes.substr(sizeof(size), size);
  }

 private:
  const std::string path_;
  const size_t size_;
  char* bytes_ = nullptr;
};

class Mutator {
 public:
  Mutator(const FuzzTarget& target, uint64_t seed) : target_(target), random_(seed) {}

  std::string Next(const std::vector<std::string>& corpus) {
    std::string input = Pick(corpus);
    for (uint64_t n = 1 + Below(1 + Below(8)); n > 0; --n) MutateOnce(corpus, &input);
    if (input.size() > target_.max_bytes) input.resize(target_.max_bytes);
    return input;
  }

 private:
  uint64_t Below(uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }

  void MutateOnce(const std::vector<std::string>& corpus, std::string* input) {
    static constexpr char kBytes[] = {'\0', '\x01', '\x7f', '\x80', '\xff', ' ', '\n', '\r', '"', '\\', '-', '0', '9'};
    const size_t at = Below(input->size() + 1);
    const size_t length = Below(std::min<size_t>(input->size() - at, size_t{1} << Below(8)) + 1);
    switch (Below(10)) {
      case 0:
        if (at < input->size()) (*input)[at] ^= static_cast<char>(1 << Below(8));
        break;
      case 1:
        if (at < input->size()) (*input)[at] = static_cast<char>(random_());
        break;
      case 2:
        if (at < input->size()) (*input)[at] = kBytes[Below(sizeof(kBytes))];
        break;
      case 3:
        input->insert(at, 1, kBytes[Below(sizeof(kBytes))]);
        break;
      case 4:
        input->erase(at, length);
        break;
      case 5:  // a piece once more, some times over
        for (uint64_t n = 1 + Below(4); n > 0 && input->size() < target_.max_bytes; --n) {
          input->insert(at, input->substr(at, length));
        }
        break;
      case 6:  // a piece elsewhere
        input->insert(Below(input->size() + 1), input->substr(at, length));
        break;
      case 7: {  // the head of this one and the tail of another
        const std::string& other = Pick(corpus);
        *input = input->substr(0, at) + other.substr(Below(other.size() + 1));
        break;
      }
      case 8:
      case 9:
        if (!target_.words.empty()) {
          const std::string& word = Pick(target_.words);
          Below(2) == 0 ? input->insert(at, word) : input->replace(at, std::min(length, word.size()), word);
        }
        break;
    }
  }

  const FuzzTarget& target_;
  std::mt19937_64 random_;
};

long PeakKb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void TooSlow(int) {
  static constexpr char kMessage[] = "fuzz: one input took over 10 seconds\n";
  if (write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1) < 0) _exit(3);
  std::abort();
}

std::string FlagOf(int argc, char** argv, const std::string& name, const std::string& otherwise) {
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag.rfind("--" + name + "=", 0) == 0) return flag.substr(name.size() + 3);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argv[0];
  const std::string name = program.substr(program.rfind('/') + 1);
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const bool known =
        flag.rfind("--seconds=", 0) == 0 || flag.rfind("--seed=", 0) == 0 || flag.rfind("--input=", 0) == 0;
    if (!known) Die("usage: " + name + " [--seconds=2] [--seed=1] [--input=FILE]");
  }
  const double seconds = std::strtod(FlagOf(argc, argv, "seconds", "2").c_str(), nullptr);
  const uint64_t seed = std::strtoull(FlagOf(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const FuzzTarget target = MakeFuzzTarget();
  if (target.seeds.empty()) Die("a target needs seeds");

  if (const std::string path = FlagOf(argc, argv, "input", ""); !path.empty()) {
    const std::string wrong = target.run(InputFile::Read(path));
    std::printf("%s\n", wrong.empty() ? "nothing is wrong" : wrong.c_str());
    return wrong.empty() ? 0 : 1;
  }

  std::vector<std::string> corpus = target.seeds;
  size_t max_bytes = target.max_bytes;
  for (const std::string& input : corpus) max_bytes = std::max(max_bytes, input.size());
  InputFile at_hand(name + ".failed", max_bytes);
  Mutator mutator(target, seed);
  signal(SIGALRM, TooSlow);
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  uint64_t num_runs = 0;
  long peak_kb = 0;
  while (num_runs < target.seeds.size() || elapsed() < seconds) {
    const bool is_seed = num_runs < target.seeds.size();
    const std::string input = is_seed ? target.seeds[num_runs] : mutator.Next(corpus);
    at_hand.Set(input);
    num_new_features = 0;
    alarm(kSecondsPerInput);
    const std::string wrong = target.run(input);
    alarm(0);
    ++num_runs;
    if (!wrong.empty()) {
      std::printf("%s: run %llu of seed %llu: %s\nthe input is in %s.failed\n", name.c_str(),
                  static_cast<unsigned long long>(num_runs), static_cast<unsigned long long>(seed), wrong.c_str(),
                  name.c_str());
      return 1;
    }
    if (const long now_kb = PeakKb(); is_seed || num_runs == 1) {
      peak_kb = now_kb;
    } else if (now_kb > peak_kb + kMaxGrowthKb) {
      std::printf("%s: an input of %zu bytes took %ld MB\nit is in %s.failed\n", name.c_str(), input.size(),
                  now_kb >> 10, name.c_str());
      return 1;
    }
    if (num_new_features > 0 && !is_seed) corpus.push_back(input);
  }
  at_hand.Remove();
  std::printf("%s: %llu runs in %.1f s, %zu inputs kept, nothing found\n", name.c_str(),
              static_cast<unsigned long long>(num_runs), elapsed(), corpus.size());
  return 0;
}
