// Mutation fuzzing of a parser, reproducible and with nothing but the compiler: one target a program.
//
//   // csv_fuzz.cc
//   FuzzTarget MakeFuzzTarget() {
//     return {.seeds = {"a,b\n1,x\n"}, .words = {",", "\"", "\r\n"}, .run = [](const std::string& input) -> std::string
//     {
//       ... parse; return what is wrong with the result, "" when nothing ...
//     }};
//   }
//
//   tfx_fuzzer(csv DEPS Tfx::io)                          (CMakeLists.txt, alphabetical)
//   build/fuzz/csv_fuzz --seconds=600 --seed=7            (2 seconds in ./dev test)
//   build/fuzz/csv_fuzz --input=csv_fuzz.failed           (the same input again)
//
// A finding is a crash, a sanitizer's report, an input that takes over 10 seconds or 1 GiB more memory, or a text that
// `run` returns; the program then exits with other than 0 and leaves the input in NAME.failed in the working directory,
// whatever killed it. Inputs are made from the seeds by flipping, inserting, removing, repeating and copying bytes, by
// the words, and by joining two inputs. Where the code is built with TFX_BUILD_FUZZERS=ON (comparisons are then
// traced), inputs that make it compare something new become seeds, too. A given seed and number of runs make the same
// inputs on every machine, as long as tracing is off.
#ifndef TFX_TESTS_FUZZ_FUZZ_DRIVER_H_
#define TFX_TESTS_FUZZ_FUZZ_DRIVER_H_

#include <functional>
#include <string>
#include <vector>

struct FuzzTarget {
  std::vector<std::string> seeds;  // valid inputs that reach far into the parser; small ones are best
  std::vector<std::string> words;  // what has a meaning in the language: signs, keywords, numbers at the limits
  // Must not keep anything from call to call. "" or what is wrong.
  std::function<std::string(const std::string& input)> run;
  size_t max_bytes = 4096;  // of an input
};

// Defined by the target's file, once a program.
FuzzTarget MakeFuzzTarget();

#endif  // TFX_TESTS_FUZZ_FUZZ_DRIVER_H_
