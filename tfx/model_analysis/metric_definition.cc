#include "tfx/model_analysis/metric_definition.h"

#include <bit>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"

namespace tfx::tfma {

absl::StatusOr<MetricOptions> MetricOptions::Parse(std::string_view config, std::string_view class_name) {
  MetricOptions options;
  options.class_name_ = class_name;
  std::string text(absl::StripAsciiWhitespace(std::string(config)));
  if (text.empty() || text[0] != '{') text = absl::StrCat("{", text, "}");
  options.json_ = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (options.json_.is_discarded() || !options.json_.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("metric ", std::string(class_name), ": config is not a JSON object: ", std::string(config)));
  }
  options.Ignore("name");
  options.Ignore("dtype");
  return options;
}

const nlohmann::json* MetricOptions::Find(std::string_view name) const {
  known_.insert(std::string(name));
  auto it = json_.find(std::string(name));
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

void MetricOptions::WrongType(std::string_view name, std::string_view expected) const {
  if (status_.ok()) {
    status_ =
        absl::InvalidArgumentError(absl::StrCat("metric ", class_name_, ": option ", std::string(name), " must be ",
                                                std::string(expected), ", not ", json_[std::string(name)].dump()));
  }
}

bool MetricOptions::Has(std::string_view name) const { return Find(name) != nullptr; }

std::vector<std::string> MetricOptions::Texts(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  std::vector<std::string> texts;
  if (!value->is_array()) return WrongType(name, "a list of strings"), texts;
  for (const nlohmann::json& item : *value) {
    if (!item.is_string()) return WrongType(name, "a list of strings"), texts;
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

double MetricOptions::Number(std::string_view name, double default_value) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return default_value;
  if (!value->is_number()) return WrongType(name, "a number"), default_value;
  return value->get<double>();
}

int64_t MetricOptions::Integer(std::string_view name, int64_t default_value) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return default_value;
  if (!value->is_number_integer()) return WrongType(name, "an integer"), default_value;
  return value->get<int64_t>();
}

bool MetricOptions::Bool(std::string_view name, bool default_value) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return default_value;
  if (!value->is_boolean()) return WrongType(name, "true or false"), default_value;
  return value->get<bool>();
}

std::string MetricOptions::Text(std::string_view name, std::string default_value) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return default_value;
  if (!value->is_string()) return WrongType(name, "a string"), default_value;
  return value->get<std::string>();
}

std::vector<double> MetricOptions::Numbers(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return {};
  if (value->is_number()) return {value->get<double>()};
  std::vector<double> numbers;
  if (value->is_array()) {
    for (const nlohmann::json& item : *value) {
      if (!item.is_number()) return WrongType(name, "a number or a list of numbers"), numbers;
      numbers.push_back(item.get<double>());
    }
    return numbers;
  }
  WrongType(name, "a number or a list of numbers");
  return numbers;
}

absl::Status MetricOptions::Check() const {
  RETURN_IF_ERROR(status_);
  const std::vector<std::string> known(known_.begin(), known_.end());
  for (const auto& [name, value] : json_.items()) {
    if (known_.contains(name)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("metric ", class_name_, " has no option '", name, "'", DidYouMean(name, known)));
  }
  return absl::OkStatus();
}

MetricKey KeyOf(const MetricRequest& request, std::string_view name) {
  return MetricKey{.name = std::string(name),
                   .model_name = request.input.model_name,
                   .output_name = request.input.output_name,
                   .sub_key = request.input.sub_key,
                   .aggregation = request.input.aggregation,
                   .example_weighted = request.input.example_weighted};
}

MetricParts SingleValue(const MetricRequest& request, Accumulation accumulation,
                        std::function<Value(const State&)> value) {
  return {.accumulations = {std::move(accumulation)},
          .finish = [key = KeyOf(request), value = std::move(value)](std::span<const State* const> states,
                                                                     MetricValues* values) {
            Value made = value(*states[0]);
            // Plots of one name (the two oldest have none) share an entry, each in its own field.
            const auto existing = values->find(key);
            if (auto* plot = std::get_if<::tensorflow_model_analysis::PlotData>(&made);
                plot != nullptr && existing != values->end()) {
              if (auto* old = std::get_if<::tensorflow_model_analysis::PlotData>(&existing->second))
                plot->MergeFrom(*old);
            }
            (*values)[key] = std::move(made);
            return absl::OkStatus();
          }};
}

void Sums::Merge(const State& other) {
  const std::vector<double>& theirs = static_cast<const Sums&>(other).values_;
  for (size_t i = 0; i < values_.size(); ++i) values_[i] += theirs[i];
}

void Sums::AppendTo(std::string* bytes) const {
  for (double value : values_) AppendDouble(value, bytes);
}

absl::Status Sums::ReadFrom(std::string_view* bytes) {
  for (double& value : values_) RETURN_IF_ERROR(ReadDouble(bytes, &value));
  return absl::OkStatus();
}

Accumulation SumsAccumulation(std::string name, InputSpec input, size_t size, Sums::AddFn fn) {
  return {std::move(name), std::move(input), [size, fn = std::move(fn)] { return std::make_unique<Sums>(size, fn); }};
}

void AppendUint64(uint64_t value, std::string* bytes) {
  for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<char>(value >> (8 * i)));
}
void AppendDouble(double value, std::string* bytes) { AppendUint64(std::bit_cast<uint64_t>(value), bytes); }

absl::Status ReadUint64(std::string_view* bytes, uint64_t* value) {
  if (bytes->size() < 8) return absl::DataLossError("metric state is cut short");
  *value = 0;
  for (int i = 0; i < 8; ++i) *value |= static_cast<uint64_t>(static_cast<uint8_t>((*bytes)[i])) << (8 * i);
  bytes->remove_prefix(8);
  return absl::OkStatus();
}
absl::Status ReadDouble(std::string_view* bytes, double* value) {
  uint64_t bits;
  RETURN_IF_ERROR(ReadUint64(bytes, &bits));
  *value = std::bit_cast<double>(bits);
  return absl::OkStatus();
}

double Ratio(double a, double b) { return b == 0 ? std::nan("") : a / b; }

}  // namespace tfx::tfma
