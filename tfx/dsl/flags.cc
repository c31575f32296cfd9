#include "tfx/dsl/flags.h"

#include "absl/strings/numbers.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"

namespace tfx {

Flags::Flags(std::vector<FlagDeclaration> declarations) : declarations_(std::move(declarations)) {}

const FlagDeclaration* Flags::Find(std::string_view name) const {
  for (const FlagDeclaration& declaration : declarations_) {
    if (declaration.name == name) return &declaration;
  }
  return nullptr;
}

std::string Flags::operator[](std::string_view name) const {
  if (const auto it = values_.find(name); it != values_.end()) return it->second;
  const FlagDeclaration* declaration = Find(name);
  if (declaration == nullptr) {
    std::vector<std::string> names;
    for (const FlagDeclaration& d : declarations_) names.push_back(d.name);
    problems_.insert(Concat("the pipeline reads flag '", name, "', which is not declared", DidYouMean(name, names),
                            " (declare it in MainOptions::flags)"));
    return "";
  }
  if (declaration->default_value.empty()) read_but_empty_.insert(declaration->name);
  return declaration->default_value;
}

bool Flags::IsGiven(std::string_view name) const { return values_.contains(name); }

int64_t Flags::GetInt(std::string_view name) const {
  const std::string text = (*this)[name];
  int64_t value = 0;
  if (!text.empty() && !absl::SimpleAtoi(text, &value)) {
    problems_.insert(Concat("--", name, "=", text, " must be an integer"));
  }
  return value;
}

double Flags::GetDouble(std::string_view name) const {
  const std::string text = (*this)[name];
  double value = 0;
  if (!text.empty() && !absl::SimpleAtod(text, &value)) {
    problems_.insert(Concat("--", name, "=", text, " must be a number"));
  }
  return value;
}

bool Flags::GetBool(std::string_view name) const {
  const std::string text = (*this)[name];
  bool value = false;
  if (!text.empty() && !absl::SimpleAtob(text, &value)) {
    problems_.insert(Concat("--", name, "=", text, " must be true or false"));
  }
  return value;
}

void Flags::Set(std::string_view name, std::string_view value) { values_[std::string(name)] = value; }

}  // namespace tfx
