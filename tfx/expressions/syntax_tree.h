// The syntax tree of an expression: immutable, shared, with the place of every node in the text.
//
// What consumers do with it: bind it to types and evaluate it (expression.h), or translate it (the metadata store's
// filters). Trees are as deep as ParseOptions::max_depth at most, so that recursing over them is safe.
#ifndef TFX_EXPRESSIONS_SYNTAX_TREE_H_
#define TFX_EXPRESSIONS_SYNTAX_TREE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "tfx/expressions/value.h"

namespace tfx::expressions {

// Both from 1; the column counts bytes.
struct Position {
  int line = 1;
  int column = 1;
};

// INVALID_ARGUMENT "<message> [at 1:7]".
absl::Status ErrorAt(Position position, std::string_view message);

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// NULL, bool, int64, double or string.
struct Literal {
  Value value;
};

// One step of a.b[0]['key'].
struct PathStep {
  enum class Kind {
    kName,
    kOffset,      // [n], [OFFSET(n)]: from 0; outside is an error
    kSafeOffset,  // [SAFE_OFFSET(n)]: from 0; outside is NULL
    kKey,         // ['key']
  };
  Kind kind = Kind::kName;
  std::string name;  // of kName (without back quotes) and kKey
  int64_t offset = 0;
  Position position;
};

// steps[0] is a kName.
struct Path {
  std::vector<PathStep> steps;
};

// AND, OR over two or more operands: a chain is one node.
struct Logical {
  enum class Op { kAnd, kOr };
  Op op;
  std::vector<NodePtr> operands;
};

struct Unary {
  enum class Op { kNot, kMinus };
  Op op;
  NodePtr operand;
};

struct Binary {
  enum class Op {
    kEqual,
    kNotEqual,  // != and <>
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,
    kConcatenate,  // ||
  };
  Op op;
  NodePtr left, right;
};

// [NOT] LIKE: % is any text, _ one character, \ takes the next character as it is.
struct Like {
  NodePtr operand, pattern;
  bool negated = false;
};

// [NOT] IN (a, b) or [NOT] IN UNNEST(array): one of `list` (not empty) and `array` is there.
struct In {
  NodePtr operand;
  std::vector<NodePtr> list;
  NodePtr array;
  bool negated = false;
};

// [NOT] BETWEEN low AND high, both included.
struct Between {
  NodePtr operand, low, high;
  bool negated = false;
};

// IS [NOT] NULL, TRUE, FALSE. Never NULL itself.
struct Is {
  enum class What { kNull, kTrue, kFalse };
  NodePtr operand;
  What what;
  bool negated = false;
};

struct Call {
  std::string function;  // in capitals
  std::vector<NodePtr> arguments;
};

// CAST(x AS type), SAFE_CAST(x AS type): kBool, kInt64, kDouble or kString.
struct Cast {
  NodePtr operand;
  Kind to;
  bool safe = false;  // NULL instead of an error
};

// CASE WHEN c THEN v ... [ELSE v] END. CASE x WHEN a ... is stored as WHEN x = a.
struct Case {
  struct When {
    NodePtr condition, result;
  };
  std::vector<When> whens;
  NodePtr otherwise;  // nullptr: NULL
};

// EXISTS(SELECT ... FROM UNNEST(array) AS variable WHERE condition).
struct Exists {
  NodePtr array;
  std::string variable;
  NodePtr condition;  // nullptr: any element
};

struct Node {
  std::variant<Literal, Path, Logical, Unary, Binary, Like, In, Between, Is, Call, Cast, Case, Exists> data;
  Position position;  // of the operator where there is one, else of the first token
  int depth = 1;      // 1 + the deepest child's

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&data);
  }
};

// "=", "<>" as "!=", "||", ...
std::string_view OperatorName(Binary::Op op);

// The expression as text again, with parentheses around every operation. Parsing it gives an equal tree.
std::string ToString(const Node& node);

// "a.`odd name`[0]".
std::string ToString(const Path& path);

// Same structure and values; positions are not compared.
bool Equal(const Node& a, const Node& b);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_SYNTAX_TREE_H_
