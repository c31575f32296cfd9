// Values of artifact properties, custom properties and execution properties, as ML Metadata knows them.
#ifndef TFX_DSL_PROPERTY_VALUE_H_
#define TFX_DSL_PROPERTY_VALUE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>

namespace tfx {

// JSON text. As a property it becomes a struct_value: an object keeps its keys, anything else is put under
// "__value__", as TFX does.
struct JsonValue {
  std::string text;
  friend bool operator==(const JsonValue&, const JsonValue&) = default;
};

using PropertyValue = std::variant<int64_t, double, std::string, JsonValue, bool>;
using PropertyMap = std::map<std::string, PropertyValue, std::less<>>;

// For messages and cache keys: 3, 0.5, text as it is, JSON text, true.
std::string ToString(const PropertyValue& value);

}  // namespace tfx

#endif  // TFX_DSL_PROPERTY_VALUE_H_
