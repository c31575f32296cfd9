#include "tfx/dsl/property_value.h"

#include "tfx/base/concat.h"

namespace tfx {

std::string ToString(const PropertyValue& value) {
  struct Visitor {
    std::string operator()(int64_t v) const { return Concat(v); }
    std::string operator()(double v) const { return Concat(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const JsonValue& v) const { return v.text; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace tfx
