#include "tfx/expressions/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"

namespace tfx::expressions {
namespace {

// Sorted.
constexpr std::string_view kReserved[] = {"AND",    "AS",     "BETWEEN", "CASE", "CAST", "DISTINCT", "ELSE", "END",
                                          "EXISTS", "FALSE",  "FROM",    "IN",   "IS",   "LIKE",     "NOT",  "NULL",
                                          "OR",     "SELECT", "STRUCT",  "THEN", "TRUE", "UNNEST",   "WHEN", "WHERE"};

bool SameWord(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size()));
}

struct TypeName {
  std::string_view name;
  Kind kind;
};
constexpr TypeName kTypeNames[] = {{"BOOL", Kind::kBool},     {"BOOLEAN", Kind::kBool}, {"BYTES", Kind::kString},
                                   {"DOUBLE", Kind::kDouble}, {"FLOAT", Kind::kDouble}, {"FLOAT64", Kind::kDouble},
                                   {"INT", Kind::kInt64},     {"INT64", Kind::kInt64},  {"STRING", Kind::kString}};

// Takes one level of nesting as long as it lives.
class Nesting {
 public:
  explicit Nesting(int* nesting) : nesting_(nesting) { ++*nesting_; }
  ~Nesting() { --*nesting_; }

 private:
  int* nesting_;
};

}  // namespace

bool IsReservedWord(std::string_view word) {
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [&](std::string_view reserved) { return SameWord(word, reserved); });
}

absl::StatusOr<Parser> Parser::Create(std::string_view text, const ParseOptions& options) {
  if (text.size() > options.max_bytes) {
    return absl::InvalidArgumentError(Concat("the expression has ", text.size(), " bytes, more than the allowed ",
                                             options.max_bytes, "; split it, or test fewer values"));
  }
  ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(text));
  return Parser(std::move(tokens), options.max_depth);
}

const Token& Parser::Peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

bool Parser::IsWord(std::string_view keyword, size_t ahead) const {
  return Peek(ahead).kind == Token::Kind::kWord && SameWord(Peek(ahead).text, keyword);
}
bool Parser::IsSymbol(std::string_view symbol, size_t ahead) const {
  return Peek(ahead).kind == Token::Kind::kSymbol && Peek(ahead).text == symbol;
}
bool Parser::TakeWord(std::string_view keyword) {
  if (!IsWord(keyword)) return false;
  ++at_;
  return true;
}
bool Parser::TakeSymbol(std::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  ++at_;
  return true;
}
absl::Status Parser::ExpectWord(std::string_view keyword) {
  return TakeWord(keyword) ? absl::OkStatus() : Unexpected(Concat("keyword ", keyword));
}
absl::Status Parser::ExpectSymbol(std::string_view symbol) {
  return TakeSymbol(symbol) ? absl::OkStatus() : Unexpected(Concat("\"", symbol, "\""));
}
absl::Status Parser::ExpectEnd() const { return AtEnd() ? absl::OkStatus() : Unexpected("end of input"); }

absl::Status Parser::Unexpected(std::string_view expected) const {
  const Token& token = Peek();
  std::string got;
  switch (token.kind) {
    case Token::Kind::kEnd:
      got = expected.empty() ? "end of expression" : "end of input";
      break;
    case Token::Kind::kWord:
      got = Concat(IsReservedWord(token.text) ? "keyword " : "identifier ",
                   IsReservedWord(token.text) ? absl::AsciiStrToUpper(token.text) : QuoteString(token.text));
      break;
    case Token::Kind::kQuotedName:
      got = Concat("identifier ", QuoteString(token.text));
      break;
    case Token::Kind::kString:
      got = Concat("string literal ", QuoteString(token.text));
      break;
    case Token::Kind::kInteger:
    case Token::Kind::kNumber:
      got = Concat("number ", token.text);
      break;
    case Token::Kind::kSymbol:
      got = Concat("\"", token.text, "\"");
      break;
  }
  // A hint for the mistake of programmers.
  const bool doubled = token.text == "=" && at_ > 0 && tokens_[at_ - 1].text == "=";
  return ErrorAt(token.position,
                 Concat("Syntax error: ", expected.empty() ? "Unexpected " : Concat("Expected ", expected, " but got "),
                        got, doubled ? "; equality is written with one =" : ""));
}

absl::Status Parser::TooDeep(Position position) const {
  return ErrorAt(position, Concat("Syntax error: the expression is nested deeper than ", max_depth_, " levels"));
}

template <typename Data>
absl::StatusOr<NodePtr> Parser::Make(Position position, Data data, std::initializer_list<const NodePtr*> children,
                                     const std::vector<NodePtr>* more) {
  int depth = 0;
  for (const NodePtr* child : children) {
    if (*child != nullptr) depth = std::max(depth, (*child)->depth);
  }
  if (more != nullptr) {
    for (const NodePtr& child : *more) depth = std::max(depth, child->depth);
  }
  if (++depth > max_depth_) return TooDeep(position);
  auto node = std::make_shared<Node>();
  node->data = std::move(data);
  node->position = position;
  node->depth = depth;
  return node;
}

absl::StatusOr<NodePtr> Parser::Expression() {
  if (nesting_ >= max_depth_) return TooDeep(Here());
  Nesting nesting(&nesting_);
  return ParseLogical(Logical::Op::kOr);
}

absl::StatusOr<NodePtr> Parser::ParseLogical(Logical::Op op) {
  const std::string_view keyword = op == Logical::Op::kOr ? "OR" : "AND";
  const auto operand = [&] { return op == Logical::Op::kOr ? ParseLogical(Logical::Op::kAnd) : ParseNot(); };
  ASSIGN_OR_RETURN(NodePtr first, operand());
  const Position position = Here();
  std::vector<NodePtr> operands = {std::move(first)};
  while (TakeWord(keyword)) {
    ASSIGN_OR_RETURN(NodePtr next, operand());
    operands.push_back(std::move(next));
  }
  if (operands.size() == 1) return operands[0];
  // Computed before the move below.
  const std::vector<NodePtr> children = operands;
  return Make(position, Logical{op, std::move(operands)}, {}, &children);
}

absl::StatusOr<NodePtr> Parser::ParseNot() {
  const Position position = Here();
  if (!TakeWord("NOT")) return ParseComparison();
  if (nesting_ >= max_depth_) return TooDeep(position);
  Nesting nesting(&nesting_);
  ASSIGN_OR_RETURN(NodePtr operand, ParseNot());
  return Make(position, Unary{Unary::Op::kNot, operand}, {&operand});
}

absl::StatusOr<NodePtr> Parser::ParseComparison() {
  ASSIGN_OR_RETURN(NodePtr left, ParseBinary(0));
  const Position position = Here();
  static constexpr std::pair<std::string_view, Binary::Op> kComparisons[] = {
      {"=", Binary::Op::kEqual},        {"!=", Binary::Op::kNotEqual}, {"<", Binary::Op::kLess},
      {"<=", Binary::Op::kLessOrEqual}, {">", Binary::Op::kGreater},   {">=", Binary::Op::kGreaterOrEqual}};
  for (const auto& [symbol, op] : kComparisons) {
    if (!TakeSymbol(symbol)) continue;
    ASSIGN_OR_RETURN(NodePtr right, ParseBinary(0));
    return Make(position, Binary{op, left, right}, {&left, &right});
  }
  if (TakeWord("IS")) {
    const bool negated = TakeWord("NOT");
    for (const auto& [word, what] : {std::pair<std::string_view, Is::What>{"NULL", Is::What::kNull},
                                     {"TRUE", Is::What::kTrue},
                                     {"FALSE", Is::What::kFalse}}) {
      if (TakeWord(word)) return Make(position, Is{left, what, negated}, {&left});
    }
    return Unexpected("NULL, TRUE or FALSE");
  }
  const bool negated = IsWord("NOT") && (IsWord("IN", 1) || IsWord("LIKE", 1) || IsWord("BETWEEN", 1));
  if (negated) ++at_;
  if (TakeWord("IN")) return ParseIn(std::move(left), negated, position);
  if (TakeWord("LIKE")) {
    ASSIGN_OR_RETURN(NodePtr pattern, ParseBinary(0));
    return Make(position, Like{left, pattern, negated}, {&left, &pattern});
  }
  if (TakeWord("BETWEEN")) {
    ASSIGN_OR_RETURN(NodePtr low, ParseBinary(0));
    RETURN_IF_ERROR(ExpectWord("AND"));
    ASSIGN_OR_RETURN(NodePtr high, ParseBinary(0));
    return Make(position, Between{left, low, high, negated}, {&left, &low, &high});
  }
  return left;
}

absl::StatusOr<NodePtr> Parser::ParseIn(NodePtr operand, bool negated, Position position) {
  if (IsWord("UNNEST")) {
    ASSIGN_OR_RETURN(NodePtr array, ParseUnnest());
    return Make(position, In{operand, {}, array, negated}, {&operand, &array});
  }
  if (!TakeSymbol("(")) return Unexpected("\"(\" or keyword UNNEST");
  ASSIGN_OR_RETURN(const std::vector<NodePtr> list, ParseList());
  return Make(position, In{operand, list, nullptr, negated}, {&operand}, &list);
}

absl::StatusOr<NodePtr> Parser::ParseUnnest() {
  RETURN_IF_ERROR(ExpectWord("UNNEST"));
  RETURN_IF_ERROR(ExpectSymbol("("));
  ASSIGN_OR_RETURN(NodePtr array, Expression());
  RETURN_IF_ERROR(ExpectSymbol(")"));
  return array;
}

absl::StatusOr<NodePtr> Parser::ParseBinary(int level) {
  static constexpr std::pair<std::string_view, Binary::Op> kLevels[3][3] = {
      {{"||", Binary::Op::kConcatenate}},
      {{"+", Binary::Op::kAdd}, {"-", Binary::Op::kSubtract}},
      {{"*", Binary::Op::kMultiply}, {"/", Binary::Op::kDivide}, {"%", Binary::Op::kModulo}}};
  if (level == 3) return ParseUnary();
  ASSIGN_OR_RETURN(NodePtr left, ParseBinary(level + 1));
  while (true) {
    const Position position = Here();
    const auto* found = std::find_if(std::begin(kLevels[level]), std::end(kLevels[level]),
                                     [&](const auto& entry) { return !entry.first.empty() && IsSymbol(entry.first); });
    if (found == std::end(kLevels[level])) return left;
    ++at_;
    ASSIGN_OR_RETURN(const NodePtr right, ParseBinary(level + 1));
    ASSIGN_OR_RETURN(left, Make(position, Binary{found->second, left, right}, {&left, &right}));
  }
}

absl::StatusOr<NodePtr> Parser::ParseUnary() {
  const Position position = Here();
  if (!IsSymbol("-") && !IsSymbol("+")) return ParsePrimary();
  const bool negative = TakeSymbol("-");
  if (!negative) ++at_;
  if (Peek().kind == Token::Kind::kInteger || Peek().kind == Token::Kind::kNumber) return ParseNumber(negative);
  if (nesting_ >= max_depth_) return TooDeep(position);
  Nesting nesting(&nesting_);
  ASSIGN_OR_RETURN(NodePtr operand, ParseUnary());
  if (!negative) return operand;
  return Make(position, Unary{Unary::Op::kMinus, operand}, {&operand});
}

absl::StatusOr<NodePtr> Parser::ParseNumber(bool negative) {
  const Token token = Peek();
  ++at_;
  if (token.kind == Token::Kind::kInteger) {
    const bool is_hex = token.text.size() > 2 && (token.text[1] == 'x' || token.text[1] == 'X');
    uint64_t magnitude = 0;
    const char* first = token.text.data() + (is_hex ? 2 : 0);
    const char* last = token.text.data() + token.text.size();
    const auto result = std::from_chars(first, last, magnitude, is_hex ? 16 : 10);
    constexpr uint64_t kMost = static_cast<uint64_t>(INT64_MAX);
    if (result.ec != std::errc() || magnitude > kMost + (negative ? 1 : 0)) {
      return ErrorAt(token.position, Concat("Syntax error: Invalid integer literal: ", token.text,
                                            "; an INT64 is from -9223372036854775808 to 9223372036854775807"));
    }
    const auto value = static_cast<int64_t>(negative ? uint64_t{0} - magnitude : magnitude);
    return Make(token.position, Literal{Value::Int64(value)}, {});
  }
  double value = 0;
  // from_chars takes all that the lexer lets through, save a leading point.
  const std::string digits = Concat(token.text[0] == '.' ? "0" : "", token.text);
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool underflow =
      result.ec == std::errc::result_out_of_range && absl::StrContains(absl::AsciiStrToLower(digits), "e-");
  if (result.ec != std::errc() && !underflow) {
    return ErrorAt(token.position, Concat("Syntax error: Invalid floating point literal: ", token.text));
  }
  if (underflow) value = 0;
  return Make(token.position, Literal{Value::Double(negative ? -value : value)}, {});
}

absl::StatusOr<NodePtr> Parser::ParsePrimary() {
  const Token& token = Peek();
  const Position position = token.position;
  switch (token.kind) {
    case Token::Kind::kInteger:
    case Token::Kind::kNumber:
      return ParseNumber(/*negative=*/false);
    case Token::Kind::kString:
      ++at_;
      return Make(position, Literal{Value::String(token.text)}, {});
    case Token::Kind::kSymbol:
      if (TakeSymbol("(")) {
        ASSIGN_OR_RETURN(NodePtr inner, Expression());
        RETURN_IF_ERROR(ExpectSymbol(")"));
        return inner;
      }
      return Unexpected();
    case Token::Kind::kWord:
      if (TakeWord("NULL")) return Make(position, Literal{Value::Null()}, {});
      if (TakeWord("TRUE")) return Make(position, Literal{Value::Bool(true)}, {});
      if (TakeWord("FALSE")) return Make(position, Literal{Value::Bool(false)}, {});
      if (IsWord("CASE")) return ParseCase();
      if (IsWord("CAST") || (IsWord("SAFE_CAST") && IsSymbol("(", 1))) return ParseCast();
      if (IsWord("EXISTS")) return ParseExists();
      if (IsReservedWord(token.text)) return Unexpected();
      if (IsSymbol("(", 1)) return ParseCall();
      break;
    case Token::Kind::kQuotedName:
      break;
    case Token::Kind::kEnd:
      return Unexpected();
  }
  ASSIGN_OR_RETURN(Path path, ParsePath());
  return Make(position, std::move(path), {});
}

absl::StatusOr<std::string> Parser::Name() {
  const Token& token = Peek();
  if (token.kind != Token::Kind::kQuotedName && (token.kind != Token::Kind::kWord || IsReservedWord(token.text))) {
    return Unexpected("a name");
  }
  ++at_;
  return token.text;
}

absl::StatusOr<Path> Parser::ParsePath() {
  Path path;
  const Position position = Here();
  ASSIGN_OR_RETURN(std::string first, Name());
  path.steps.push_back({.name = std::move(first), .position = position});
  while (true) {
    const Position step = Here();
    if (IsSymbol("[")) {
      ASSIGN_OR_RETURN(PathStep subscript, ParseSubscript());
      path.steps.push_back(std::move(subscript));
    } else if (TakeSymbol(".")) {
      // Behind a dot any word is a name, reserved or not.
      const Token& token = Peek();
      if (token.kind == Token::Kind::kEnd) return Unexpected();
      if (token.kind != Token::Kind::kWord && token.kind != Token::Kind::kQuotedName) return Unexpected("a name");
      path.steps.push_back({.name = token.text, .position = token.position});
      ++at_;
    } else {
      break;
    }
    if (static_cast<int>(path.steps.size()) > max_depth_) return TooDeep(step);
  }
  return path;
}

absl::StatusOr<PathStep> Parser::ParseSubscript() {
  PathStep step{.kind = PathStep::Kind::kOffset, .position = Here()};
  RETURN_IF_ERROR(ExpectSymbol("["));
  if (Peek().kind == Token::Kind::kString) {
    step.kind = PathStep::Kind::kKey;
    step.name = Peek().text;
    ++at_;
    RETURN_IF_ERROR(ExpectSymbol("]"));
    return step;
  }
  int64_t first = 0;
  const bool has_word = Peek().kind == Token::Kind::kWord;
  if (has_word) {
    if (TakeWord("SAFE_OFFSET")) {
      step.kind = PathStep::Kind::kSafeOffset;
    } else if (TakeWord("SAFE_ORDINAL")) {
      step.kind = PathStep::Kind::kSafeOffset;
      first = 1;
    } else if (TakeWord("ORDINAL")) {
      first = 1;
    } else if (!TakeWord("OFFSET")) {
      return Unexpected("a number, a string, OFFSET, ORDINAL, SAFE_OFFSET or SAFE_ORDINAL");
    }
    RETURN_IF_ERROR(ExpectSymbol("("));
  }
  const Position number = Here();
  const bool negative = TakeSymbol("-");
  if (Peek().kind != Token::Kind::kInteger) return Unexpected("a whole number");
  ASSIGN_OR_RETURN(const NodePtr literal, ParseNumber(negative));
  const int64_t value = literal->As<Literal>()->value.int64_value();
  if (value < first)
    return ErrorAt(number, Concat("Syntax error: a subscript counts from ", first, ", given is ", value));
  step.offset = value - first;
  if (has_word) RETURN_IF_ERROR(ExpectSymbol(")"));
  RETURN_IF_ERROR(ExpectSymbol("]"));
  return step;
}

absl::StatusOr<std::vector<NodePtr>> Parser::ParseList() {
  std::vector<NodePtr> list;
  do {
    ASSIGN_OR_RETURN(NodePtr item, Expression());
    list.push_back(std::move(item));
  } while (TakeSymbol(","));
  if (!TakeSymbol(")")) return Unexpected("\")\" or \",\"");
  return list;
}

absl::StatusOr<NodePtr> Parser::ParseCall() {
  const Position position = Here();
  Call call{.function = absl::AsciiStrToUpper(Peek().text)};
  at_ += 2;
  if (!TakeSymbol(")")) {
    ASSIGN_OR_RETURN(call.arguments, ParseList());
  }
  const std::vector<NodePtr> children = call.arguments;
  return Make(position, std::move(call), {}, &children);
}

absl::StatusOr<NodePtr> Parser::ParseCast() {
  const Position position = Here();
  const bool safe = !IsWord("CAST");
  ++at_;
  RETURN_IF_ERROR(ExpectSymbol("("));
  ASSIGN_OR_RETURN(NodePtr operand, Expression());
  RETURN_IF_ERROR(ExpectWord("AS"));
  for (const TypeName& type : kTypeNames) {
    if (!TakeWord(type.name)) continue;
    RETURN_IF_ERROR(ExpectSymbol(")"));
    return Make(position, Cast{operand, type.kind, safe}, {&operand});
  }
  return Unexpected("a type (BOOL, INT64, FLOAT64, STRING)");
}

absl::StatusOr<NodePtr> Parser::ParseCase() {
  const Position position = Here();
  RETURN_IF_ERROR(ExpectWord("CASE"));
  NodePtr operand;
  if (!IsWord("WHEN")) {
    ASSIGN_OR_RETURN(operand, Expression());
  }
  Case node;
  std::vector<NodePtr> children;
  while (true) {
    const Position when = Here();
    if (!TakeWord("WHEN")) break;
    ASSIGN_OR_RETURN(NodePtr condition, Expression());
    if (operand != nullptr) {
      ASSIGN_OR_RETURN(condition, Make(when, Binary{Binary::Op::kEqual, operand, condition}, {&operand, &condition}));
    }
    RETURN_IF_ERROR(ExpectWord("THEN"));
    ASSIGN_OR_RETURN(NodePtr result, Expression());
    children.insert(children.end(), {condition, result});
    node.whens.push_back({std::move(condition), std::move(result)});
  }
  if (node.whens.empty()) return Unexpected("keyword WHEN");
  if (TakeWord("ELSE")) {
    ASSIGN_OR_RETURN(node.otherwise, Expression());
    children.push_back(node.otherwise);
  }
  RETURN_IF_ERROR(ExpectWord("END"));
  return Make(position, std::move(node), {}, &children);
}

absl::StatusOr<NodePtr> Parser::ParseExists() {
  const Position position = Here();
  RETURN_IF_ERROR(ExpectWord("EXISTS"));
  RETURN_IF_ERROR(ExpectSymbol("("));
  RETURN_IF_ERROR(ExpectWord("SELECT"));
  // What is selected does not matter: one literal, or *.
  if (!TakeSymbol("*")) {
    if (Peek().kind != Token::Kind::kInteger && !IsWord("TRUE") && !IsWord("NULL")) return Unexpected("1 or *");
    ++at_;
  }
  RETURN_IF_ERROR(ExpectWord("FROM"));
  Exists node;
  ASSIGN_OR_RETURN(node.array, ParseUnnest());
  if (TakeWord("AS") || !IsWord("WHERE")) {
    ASSIGN_OR_RETURN(node.variable, Name());
  } else {
    return Unexpected("AS and a name");
  }
  if (TakeWord("WHERE")) {
    ASSIGN_OR_RETURN(node.condition, Expression());
  }
  RETURN_IF_ERROR(ExpectSymbol(")"));
  const NodePtr array = node.array;
  const NodePtr condition = node.condition;
  return Make(position, std::move(node), {&array, &condition});
}

}  // namespace tfx::expressions
