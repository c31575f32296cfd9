// Parameters of components: plain values, or values that are given when the pipeline is run.
//
// In a component's struct a parameter is a field of type
//   int64_t, int, double, bool, std::string, std::vector<std::string>, a protobuf message, std::optional of these
//   (absent: not recorded), or Param<T> of a scalar, which also takes a RuntimeParameter.
// How each is recorded follows TFX (tfx-core 1.3): numbers and strings as they are; bool, lists as JSON text; messages
// as JSON text with sorted original names, two-space indent and defaults left out.
#ifndef TFX_DSL_PARAMETER_H_
#define TFX_DSL_PARAMETER_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tfx {

// A value that `run --runtime_parameter NAME=VALUE` gives; the default otherwise.
template <typename T>
requires std::same_as<T, std::string> || std::same_as<T, int64_t> || std::same_as<T, double>
struct RuntimeParameter {
  std::string name;
  T default_value{};
};

template <typename T>
class Param {
 public:
  Param() = default;
  template <typename U>
  requires std::convertible_to<U, T> &&(!std::same_as<std::remove_cvref_t<U>, Param>)Param(U&& value)
      : value_(T(std::forward<U>(value))) {}  // NOLINT: meant to be implicit
  Param(RuntimeParameter<T> parameter) : value_(std::move(parameter)) {}

  bool is_runtime_parameter() const { return value_.index() == 1; }
  // The value, or the runtime parameter's default.
  const T& value() const { return is_runtime_parameter() ? std::get<1>(value_).default_value : std::get<0>(value_); }
  const RuntimeParameter<T>* runtime_parameter() const { return std::get_if<1>(&value_); }

 private:
  std::variant<T, RuntimeParameter<T>> value_;
};

// What the description draws out of a field.
struct ParameterValue {
  // How the recorded text is to be read; kPlain is an int, double or string.
  enum class Encoding { kPlain, kJsonBoolean, kJsonList, kJsonObject, kProto };
  std::variant<std::monostate, int64_t, double, std::string> value;  // monostate: absent
  Encoding encoding = Encoding::kPlain;
  std::string proto_type;              // full message name for kProto
  std::string runtime_parameter_name;  // not empty: `value` is its default

  bool absent() const { return value.index() == 0; }
};

ParameterValue JsonListParameter(const std::vector<std::string>& list);  // ["a", "b"] as Python's json.dumps writes it
ParameterValue ProtoParameter(const google::protobuf::Message& message);
// JSON object text as it is ("null" for an unset custom_config).
ParameterValue JsonObjectParameter(std::string_view json_text);

template <typename T>
ParameterValue ToParameterValue(const T& field) {
  if constexpr (std::same_as<T, bool>) {
    return {.value = std::string(field ? "true" : "false"), .encoding = ParameterValue::Encoding::kJsonBoolean};
  } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
    return {.value = static_cast<int64_t>(field)};
  } else if constexpr (std::floating_point<T>) {
    return {.value = static_cast<double>(field)};
  } else if constexpr (std::convertible_to<T, std::string>) {
    return {.value = std::string(field)};
  } else if constexpr (std::same_as<T, std::vector<std::string>>) {
    return JsonListParameter(field);
  } else {
    static_assert(std::derived_from<T, google::protobuf::Message>, "no way to record a parameter of this type");
    return ProtoParameter(field);
  }
}
template <typename T>
ParameterValue ToParameterValue(const std::optional<T>& field) {
  return field ? ToParameterValue(*field) : ParameterValue{};
}
template <typename T>
ParameterValue ToParameterValue(const Param<T>& field) {
  ParameterValue value = ToParameterValue(field.value());
  if (field.is_runtime_parameter()) value.runtime_parameter_name = field.runtime_parameter()->name;
  return value;
}

}  // namespace tfx

#endif  // TFX_DSL_PARAMETER_H_
