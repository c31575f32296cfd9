// Start values of weights, with Keras's names and defaults. Computed on the host from a seed alone, so that they repeat
// bit by bit on any machine and with any number of threads.
// Thread-safe: immutable values.
#ifndef TFX_TRAINER_INITIALIZERS_H_
#define TFX_TRAINER_INITIALIZERS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tfx/tensorflow/tensor.h"

namespace keras {

class Initializer {
 public:
  using Fn = std::function<std::vector<float>(const tfx::tf::Shape& shape, uint64_t seed)>;
  // By Keras's name: "glorot_uniform", "zeros", ...; an unknown one becomes status().
  Initializer(const char* name) : Initializer(std::string_view(name)) {}         // NOLINT: names are used in place
  Initializer(const std::string& name) : Initializer(std::string_view(name)) {}  // NOLINT
  Initializer(std::string_view name);                                            // NOLINT
  Initializer(std::string name, Fn fn) : name_(std::move(name)), fn_(std::move(fn)) {}

  const absl::Status& status() const { return status_; }
  const std::string& name() const { return name_; }
  // Row-major, as many as the product of `shape`.
  std::vector<float> operator()(const tfx::tf::Shape& shape, uint64_t seed) const { return fn_(shape, seed); }

 private:
  std::string name_;
  Fn fn_;
  absl::Status status_;
};

// Fan-in and fan-out of a [in x out] kernel are its two sizes; of a vector both are its size.
Initializer Zeros();
Initializer Ones();
Initializer Constant(float value);
Initializer ConstantValues(std::vector<float> values);  // as many as the weight has elements
Initializer RandomUniform(float min = -0.05f, float max = 0.05f);
Initializer RandomNormal(float mean = 0, float stddev = 0.05f);
Initializer TruncatedNormal(float mean = 0, float stddev = 0.05f);  // redrawn beyond 2 stddev
Initializer GlorotUniform();                                        // U(-a, a), a = sqrt(6 / (fan_in + fan_out))
Initializer GlorotNormal();                                         // truncated, variance 2 / (fan_in + fan_out)
Initializer HeUniform();                                            // U(-a, a), a = sqrt(6 / fan_in)
Initializer HeNormal();                                             // truncated, variance 2 / fan_in
Initializer LecunUniform();                                         // U(-a, a), a = sqrt(3 / fan_in)
Initializer LecunNormal();                                          // truncated, variance 1 / fan_in

// The names that Initializer takes, sorted.
std::vector<std::string> InitializerNames();

}  // namespace keras

#endif  // TFX_TRAINER_INITIALIZERS_H_
