#include "tfx/trainer/activations.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tfx/base/nearest_name.h"
#include "tfx/trainer/graph_ops.h"

namespace keras {
namespace {

using internal::Binary;
using internal::Unary;
using tfx::tf::Graph;
using tfx::tf::Output;

Output Gelu(Graph& graph, const Output& x) {  // x Phi(x)
  const Output cdf = Binary(graph, "AddV2", Unary(graph, "Erf", Binary(graph, "Mul", x, std::sqrt(0.5f))), 1.0f);
  return Binary(graph, "Mul", Binary(graph, "Mul", x, 0.5f), cdf);
}

struct Entry {
  const char* name;
  Output (*apply)(Graph& graph, const Output& x);
};

constexpr Entry kActivations[] = {
    {"elu", [](Graph& g, const Output& x) { return Unary(g, "Elu", x); }},
    {"exponential", [](Graph& g, const Output& x) { return Unary(g, "Exp", x); }},
    {"gelu", Gelu},
    {"leaky_relu", [](Graph& g, const Output& x) { return g.Op("LeakyRelu").Input(x).Attr("alpha", 0.2f).Output(); }},
    {"linear", [](Graph&, const Output& x) { return x; }},
    {"relu", [](Graph& g, const Output& x) { return Unary(g, "Relu", x); }},
    {"relu6", [](Graph& g, const Output& x) { return Unary(g, "Relu6", x); }},
    {"selu", [](Graph& g, const Output& x) { return Unary(g, "Selu", x); }},
    {"sigmoid", [](Graph& g, const Output& x) { return Unary(g, "Sigmoid", x); }},
    {"silu", [](Graph& g, const Output& x) { return Binary(g, "Mul", x, Unary(g, "Sigmoid", x)); }},
    {"softmax", [](Graph& g, const Output& x) { return Unary(g, "Softmax", x); }},
    {"softplus", [](Graph& g, const Output& x) { return Unary(g, "Softplus", x); }},
    {"softsign", [](Graph& g, const Output& x) { return Unary(g, "Softsign", x); }},
    {"swish", [](Graph& g, const Output& x) { return Binary(g, "Mul", x, Unary(g, "Sigmoid", x)); }},
    {"tanh", [](Graph& g, const Output& x) { return Unary(g, "Tanh", x); }},
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
  return entry->apply(graph, x);
}

}  // namespace keras
