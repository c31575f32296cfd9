#include "tfx/expressions/syntax_tree.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "tfx/base/concat.h"
#include "tfx/expressions/parse.h"

namespace tfx::expressions {
namespace {

bool IsPlainName(std::string_view name, bool first) {
  if (name.empty()) return false;
  if (first && (absl::ascii_isdigit(static_cast<unsigned char>(name[0])) || IsReservedWord(name))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

std::string QuoteName(std::string_view name, bool first) {
  if (IsPlainName(name, first)) return std::string(name);
  // As a string, with the delimiters of a name.
  std::string quoted = QuoteString(name);
  quoted.front() = quoted.back() = '`';
  std::string escaped = "`";
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\' && quoted[i + 1] == '"') {
      escaped += "\"";
      ++i;
    } else if (quoted[i] == '\\') {
      escaped += quoted.substr(i, 2);
      ++i;
    } else if (quoted[i] == '`') {
      escaped += "\\`";
    } else {
      escaped += quoted[i];
    }
  }
  return escaped + "`";
}

std::string Join(const std::vector<NodePtr>& nodes, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < nodes.size(); ++i) Append(&text, i == 0 ? std::string_view() : separator, ToString(*nodes[i]));
  return text;
}

std::string_view Not(bool negated) { return negated ? " NOT" : ""; }

struct Printer {
  std::string operator()(const Literal& literal) const {
    // A negative number is a literal of its own; brackets keep it one operand.
    const std::string text = literal.value.ToString();
    return text[0] == '-' ? Concat("(", text, ")") : text;
  }
  std::string operator()(const Path& path) const { return ToString(path); }
  std::string operator()(const Logical& node) const {
    return Concat("(", Join(node.operands, node.op == Logical::Op::kAnd ? " AND " : " OR "), ")");
  }
  std::string operator()(const Unary& node) const {
    const std::string operand = ToString(*node.operand);
    if (node.op == Unary::Op::kNot) return Concat("(NOT ", operand, ")");
    // A minus in front of digits would become a part of the number.
    return node.operand->As<Literal>() != nullptr ? Concat("(- (", operand, "))") : Concat("(- ", operand, ")");
  }
  std::string operator()(const Binary& node) const {
    return Concat("(", ToString(*node.left), " ", OperatorName(node.op), " ", ToString(*node.right), ")");
  }
  std::string operator()(const Like& node) const {
    return Concat("(", ToString(*node.operand), Not(node.negated), " LIKE ", ToString(*node.pattern), ")");
  }
  std::string operator()(const In& node) const {
    const std::string right =
        node.array == nullptr ? Concat("(", Join(node.list, ", "), ")") : Concat("UNNEST(", ToString(*node.array), ")");
    return Concat("(", ToString(*node.operand), Not(node.negated), " IN ", right, ")");
  }
  std::string operator()(const Between& node) const {
    return Concat("(", ToString(*node.operand), Not(node.negated), " BETWEEN ", ToString(*node.low), " AND ",
                  ToString(*node.high), ")");
  }
  std::string operator()(const Is& node) const {
    const char* what = node.what == Is::What::kNull ? "NULL" : node.what == Is::What::kTrue ? "TRUE" : "FALSE";
    return Concat("(", ToString(*node.operand), " IS", Not(node.negated), " ", what, ")");
  }
  std::string operator()(const Call& node) const { return Concat(node.function, "(", Join(node.arguments, ", "), ")"); }
  std::string operator()(const Cast& node) const {
    return Concat(node.safe ? "SAFE_CAST(" : "CAST(", ToString(*node.operand), " AS ", KindName(node.to), ")");
  }
  std::string operator()(const Case& node) const {
    std::string text = "CASE";
    for (const Case::When& when : node.whens) {
      Append(&text, " WHEN ", ToString(*when.condition), " THEN ", ToString(*when.result));
    }
    if (node.otherwise != nullptr) Append(&text, " ELSE ", ToString(*node.otherwise));
    return text + " END";
  }
  std::string operator()(const Exists& node) const {
    std::string text =
        Concat("EXISTS(SELECT 1 FROM UNNEST(", ToString(*node.array), ") AS ", QuoteName(node.variable, true));
    if (node.condition != nullptr) Append(&text, " WHERE ", ToString(*node.condition));
    return text + ")";
  }
};

bool Equal(const NodePtr& a, const NodePtr& b) { return a == nullptr || b == nullptr ? a == b : Equal(*a, *b); }
bool Equal(const std::vector<NodePtr>& a, const std::vector<NodePtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const NodePtr& x, const NodePtr& y) { return Equal(x, y); });
}

struct Comparer {
  const Node& other;

  bool operator()(const Literal& a) const { return a.value == other.As<Literal>()->value; }
  bool operator()(const Path& a) const {
    const Path& b = *other.As<Path>();
    return std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
                      [](const PathStep& x, const PathStep& y) {
                        return x.kind == y.kind && x.name == y.name && x.offset == y.offset;
                      });
  }
  bool operator()(const Logical& a) const {
    const Logical& b = *other.As<Logical>();
    return a.op == b.op && Equal(a.operands, b.operands);
  }
  bool operator()(const Unary& a) const {
    const Unary& b = *other.As<Unary>();
    return a.op == b.op && Equal(a.operand, b.operand);
  }
  bool operator()(const Binary& a) const {
    const Binary& b = *other.As<Binary>();
    return a.op == b.op && Equal(a.left, b.left) && Equal(a.right, b.right);
  }
  bool operator()(const Like& a) const {
    const Like& b = *other.As<Like>();
    return a.negated == b.negated && Equal(a.operand, b.operand) && Equal(a.pattern, b.pattern);
  }
  bool operator()(const In& a) const {
    const In& b = *other.As<In>();
    return a.negated == b.negated && Equal(a.operand, b.operand) && Equal(a.list, b.list) && Equal(a.array, b.array);
  }
  bool operator()(const Between& a) const {
    const Between& b = *other.As<Between>();
    return a.negated == b.negated && Equal(a.operand, b.operand) && Equal(a.low, b.low) && Equal(a.high, b.high);
  }
  bool operator()(const Is& a) const {
    const Is& b = *other.As<Is>();
    return a.negated == b.negated && a.what == b.what && Equal(a.operand, b.operand);
  }
  bool operator()(const Call& a) const {
    const Call& b = *other.As<Call>();
    return a.function == b.function && Equal(a.arguments, b.arguments);
  }
  bool operator()(const Cast& a) const {
    const Cast& b = *other.As<Cast>();
    return a.to == b.to && a.safe == b.safe && Equal(a.operand, b.operand);
  }
  bool operator()(const Case& a) const {
    const Case& b = *other.As<Case>();
    return Equal(a.otherwise, b.otherwise) && std::equal(a.whens.begin(), a.whens.end(), b.whens.begin(), b.whens.end(),
                                                         [](const Case::When& x, const Case::When& y) {
                                                           return Equal(x.condition, y.condition) &&
                                                                  Equal(x.result, y.result);
                                                         });
  }
  bool operator()(const Exists& a) const {
    const Exists& b = *other.As<Exists>();
    return a.variable == b.variable && Equal(a.array, b.array) && Equal(a.condition, b.condition);
  }
};

}  // namespace

absl::Status ErrorAt(Position position, std::string_view message) {
  return absl::InvalidArgumentError(Concat(message, " [at ", position.line, ":", position.column, "]"));
}

std::string_view OperatorName(Binary::Op op) {
  switch (op) {
    case Binary::Op::kEqual:
      return "=";
    case Binary::Op::kNotEqual:
      return "!=";
    case Binary::Op::kLess:
      return "<";
    case Binary::Op::kLessOrEqual:
      return "<=";
    case Binary::Op::kGreater:
      return ">";
    case Binary::Op::kGreaterOrEqual:
      return ">=";
    case Binary::Op::kAdd:
      return "+";
    case Binary::Op::kSubtract:
      return "-";
    case Binary::Op::kMultiply:
      return "*";
    case Binary::Op::kDivide:
      return "/";
    case Binary::Op::kModulo:
      return "%";
    case Binary::Op::kConcatenate:
      return "||";
  }
  return "";
}

std::string ToString(const Node& node) { return std::visit(Printer(), node.data); }

std::string ToString(const Path& path) {
  std::string text;
  for (const PathStep& step : path.steps) {
    switch (step.kind) {
      case PathStep::Kind::kName:
        Append(&text, text.empty() ? "" : ".", QuoteName(step.name, text.empty()));
        break;
      case PathStep::Kind::kOffset:
        Append(&text, "[", step.offset, "]");
        break;
      case PathStep::Kind::kSafeOffset:
        Append(&text, "[SAFE_OFFSET(", step.offset, ")]");
        break;
      case PathStep::Kind::kKey:
        Append(&text, "[", QuoteString(step.name), "]");
        break;
    }
  }
  return text;
}

bool Equal(const Node& a, const Node& b) { return a.data.index() == b.data.index() && std::visit(Comparer{b}, a.data); }

}  // namespace tfx::expressions
