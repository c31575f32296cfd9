#include "tfx/trainer/initializers.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"

namespace keras {
namespace {

using tfx::tf::Shape;

size_t NumElements(const Shape& shape) {
  return static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()));
}

// Own mapping from bits to numbers: the standard's distributions differ from library to library.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }  // [0, 1)
  double Normal() {                                                              // Box-Muller
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return radius * std::cos(2 * M_PI * Uniform());
  }

 private:
  std::mt19937_64 engine_;
};

std::pair<double, double> Fans(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {shape[0], shape[0]};
  double receptive_field = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i) receptive_field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[shape.size() - 2]) * receptive_field,
          static_cast<double>(shape.back()) * receptive_field};
}

std::vector<float> FillUniform(const Shape& shape, uint64_t seed, double min, double max) {
  Random random(seed);
  std::vector<float> values(NumElements(shape));
  for (float& value : values) value = static_cast<float>(min + (max - min) * random.Uniform());
  return values;
}

std::vector<float> FillTruncatedNormal(const Shape& shape, uint64_t seed, double mean, double stddev) {
  Random random(seed);
  std::vector<float> values(NumElements(shape));
  for (float& value : values) {
    double z = random.Normal();
    while (std::abs(z) > 2) z = random.Normal();
    value = static_cast<float>(mean + stddev * z);
  }
  return values;
}

enum class FanMode { kIn, kAverage };

double Scale(double scale, FanMode mode, const Shape& shape) {
  const auto [fan_in, fan_out] = Fans(shape);
  return scale / std::max(1.0, mode == FanMode::kIn ? fan_in : (fan_in + fan_out) / 2);
}

Initializer ScaledUniform(std::string name, double scale, FanMode mode) {
  return Initializer(std::move(name), [scale, mode](const Shape& shape, uint64_t seed) {
    const double limit = std::sqrt(3 * Scale(scale, mode, shape));
    return FillUniform(shape, seed, -limit, limit);
  });
}

Initializer ScaledNormal(std::string name, double scale, FanMode mode) {
  return Initializer(std::move(name), [scale, mode](const Shape& shape, uint64_t seed) {
    // Cutting at 2 deviations leaves a deviation of 0.8796 of the normal's; the division makes up for it, as in Keras.
    return FillTruncatedNormal(shape, seed, 0, std::sqrt(Scale(scale, mode, shape)) / 0.87962566103423978);
  });
}

struct Entry {
  const char* name;
  Initializer (*make)();
};

constexpr Entry kInitializers[] = {
    {"glorot_normal", [] { return GlorotNormal(); }},
    {"glorot_uniform", [] { return GlorotUniform(); }},
    {"he_normal", [] { return HeNormal(); }},
    {"he_uniform", [] { return HeUniform(); }},
    {"lecun_normal", [] { return LecunNormal(); }},
    {"lecun_uniform", [] { return LecunUniform(); }},
    {"ones", [] { return Ones(); }},
    {"random_normal", [] { return RandomNormal(); }},
    {"random_uniform", [] { return RandomUniform(); }},
    {"truncated_normal", [] { return TruncatedNormal(); }},
    {"uniform", [] { return RandomUniform(); }},
    {"zeros", [] { return Zeros(); }},
};

}  // namespace

Initializer::Initializer(std::string_view name) {
  for (const Entry& entry : kInitializers) {
    if (entry.name == name) {
      *this = entry.make();
      return;
    }
  }
  const std::vector<std::string> names = InitializerNames();
  name_ = std::string(name);
  status_ = absl::InvalidArgumentError(absl::StrCat("unknown initializer \"", name_, "\"", tfx::DidYouMean(name, names),
                                                    " (known: ", absl::StrJoin(names, ", "), ")"));
}

Initializer Constant(float value) {
  return Initializer(absl::StrCat("constant(", value, ")"),
                     [value](const Shape& shape, uint64_t) { return std::vector<float>(NumElements(shape), value); });
}

Initializer Zeros() {
  return Initializer("zeros",
                     [](const Shape& shape, uint64_t) { return std::vector<float>(NumElements(shape), 0.0f); });
}

Initializer Ones() {
  return Initializer("ones", [](const Shape& shape, uint64_t) { return std::vector<float>(NumElements(shape), 1.0f); });
}

Initializer ConstantValues(std::vector<float> values) {
  return Initializer("constant_values", [values = std::move(values)](const Shape& shape, uint64_t) {
    std::vector<float> result = values;
    result.resize(NumElements(shape), values.empty() ? 0.0f : values.back());
    return result;
  });
}

Initializer RandomUniform(float min, float max) {
  return Initializer("random_uniform",
                     [min, max](const Shape& shape, uint64_t seed) { return FillUniform(shape, seed, min, max); });
}

Initializer RandomNormal(float mean, float stddev) {
  return Initializer("random_normal", [mean, stddev](const Shape& shape, uint64_t seed) {
    Random random(seed);
    std::vector<float> values(NumElements(shape));
    for (float& value : values) value = static_cast<float>(mean + stddev * random.Normal());
    return values;
  });
}

Initializer TruncatedNormal(float mean, float stddev) {
  return Initializer("truncated_normal", [mean, stddev](const Shape& shape, uint64_t seed) {
    return FillTruncatedNormal(shape, seed, mean, stddev);
  });
}

Initializer GlorotUniform() { return ScaledUniform("glorot_uniform", 1, FanMode::kAverage); }
Initializer GlorotNormal() { return ScaledNormal("glorot_normal", 1, FanMode::kAverage); }
Initializer HeUniform() { return ScaledUniform("he_uniform", 2, FanMode::kIn); }
Initializer HeNormal() { return ScaledNormal("he_normal", 2, FanMode::kIn); }
Initializer LecunUniform() { return ScaledUniform("lecun_uniform", 1, FanMode::kIn); }
Initializer LecunNormal() { return ScaledNormal("lecun_normal", 1, FanMode::kIn); }

std::vector<std::string> InitializerNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kInitializers) names.emplace_back(entry.name);
  return names;
}

}  // namespace keras
