// The recursive-descent parser behind parse.h: expressions, and what slice queries need beside them.
#ifndef TFX_EXPRESSIONS_PARSER_H_
#define TFX_EXPRESSIONS_PARSER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/expressions/lexer.h"
#include "tfx/expressions/parse.h"
#include "tfx/expressions/syntax_tree.h"

namespace tfx::expressions {

class Parser {
 public:
  static absl::StatusOr<Parser> Create(std::string_view text, const ParseOptions& options);

  // One method per rule of the grammar in README.md.
  absl::StatusOr<NodePtr> Expression();
  absl::StatusOr<Path> ParsePath();
  absl::StatusOr<std::string> Name();  // an unreserved word or a quoted name

  const Token& Peek(size_t ahead = 0) const;
  bool AtEnd() const { return Peek().kind == Token::Kind::kEnd; }
  // True, and the token is taken, where it is this keyword or symbol.
  bool TakeWord(std::string_view keyword);
  bool TakeSymbol(std::string_view symbol);
  absl::Status ExpectWord(std::string_view keyword);
  absl::Status ExpectSymbol(std::string_view symbol);
  absl::Status ExpectEnd() const;
  // "Syntax error: Unexpected ..., expected ..." about the next token.
  absl::Status Unexpected(std::string_view expected = "") const;

 private:
  Parser(std::vector<Token> tokens, int max_depth) : tokens_(std::move(tokens)), max_depth_(max_depth) {}

  bool IsWord(std::string_view keyword, size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  Position Here() const { return Peek().position; }

  absl::StatusOr<NodePtr> ParseLogical(Logical::Op op);
  absl::StatusOr<NodePtr> ParseNot();
  absl::StatusOr<NodePtr> ParseComparison();
  absl::StatusOr<NodePtr> ParseIn(NodePtr operand, bool negated, Position position);
  absl::StatusOr<NodePtr> ParseBinary(int level);  // 0: ||, 1: + -, 2: * / %
  absl::StatusOr<NodePtr> ParseUnary();
  absl::StatusOr<NodePtr> ParsePrimary();
  absl::StatusOr<NodePtr> ParseCall();
  absl::StatusOr<NodePtr> ParseCast();
  absl::StatusOr<NodePtr> ParseCase();
  absl::StatusOr<NodePtr> ParseExists();
  absl::StatusOr<NodePtr> ParseUnnest();
  absl::StatusOr<NodePtr> ParseNumber(bool negative);
  absl::StatusOr<PathStep> ParseSubscript();
  absl::StatusOr<std::vector<NodePtr>> ParseList();  // a, b, ...)

  // Counts the depth, which is INVALID_ARGUMENT beyond the limit.
  template <typename Data>
  absl::StatusOr<NodePtr> Make(Position position, Data data, std::initializer_list<const NodePtr*> children,
                               const std::vector<NodePtr>* more = nullptr);
  absl::Status TooDeep(Position position) const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int max_depth_;
  int nesting_ = 0;
};

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_PARSER_H_
