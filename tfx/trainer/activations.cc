#include "tfx/trainer/activations.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/tensorflow/ops.h"

namespace keras {
namespace {

namespace ops = ::tfx::tf::ops;
using tfx::tf::Graph;
using tfx::tf::Output;

Output Gelu(const Output& x) {  // x Phi(x)
  const Output cdf = ops::Add(ops::Erf(ops::Mul(x, std::sqrt(0.5f))), 1);
  return ops::Mul(ops::Mul(x, 0.5), cdf);
}

Output LeakyRelu(const Output& x) {
  if (x.graph == nullptr) return {};
  return x.graph->Op("LeakyRelu").Input(x).Attr("alpha", 0.2f).Output();
}

Output Silu(const Output& x) { return ops::Mul(x, ops::Sigmoid(x)); }

struct Entry {
  const char* name;
  Output (*apply)(const Output& x);
};

constexpr Entry kActivations[] = {
    {"elu", ops::Elu},
    {"exponential", ops::Exp},
    {"gelu", Gelu},
    {"leaky_relu", LeakyRelu},
    {"linear", [](const Output& x) { return x; }},
    {"relu", ops::Relu},
    {"relu6", ops::Relu6},
    {"selu", ops::Selu},
    {"sigmoid", ops::Sigmoid},
    {"silu", Silu},
    {"softmax", ops::Softmax},
    {"softplus", ops::Softplus},
    {"softsign", ops::Softsign},
    {"swish", Silu},
    {"tanh", ops::Tanh},
};

const Entry* Find(std::string_view name) {
  const auto* entry =
      std::find_if(std::begin(kActivations), std::end(kActivations), [&](const Entry& e) { return e.name == name; });
  return entry == std::end(kActivations) ? nullptr : entry;
}

}  // namespace

std::vector<std::string> ActivationNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kActivations) names.emplace_back(entry.name);
  return names;
}

absl::Status CheckActivation(std::string_view name) {
  if (name.empty() || Find(name) != nullptr) return absl::OkStatus();
  const std::vector<std::string> names = ActivationNames();
  return absl::InvalidArgumentError(absl::StrCat("unknown activation \"", std::string(name), "\"",
                                                 tfx::DidYouMean(name, names), " (known: ", absl::StrJoin(names, ", "),
                                                 ")"));
}

Output Activate(Graph& graph, std::string_view name, const Output& x) {
  if (name.empty()) return x;
  const Entry* entry = Find(name);
  if (entry == nullptr) {
    graph.Fail(CheckActivation(name));
    return {};
  }
  return entry->apply(x);
}

}  // namespace keras
