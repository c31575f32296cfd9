// Text -> tokens of the expression language. Used by the parser only.
#ifndef TFX_EXPRESSIONS_LEXER_H_
#define TFX_EXPRESSIONS_LEXER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tfx/expressions/syntax_tree.h"

namespace tfx::expressions {

struct Token {
  enum class Kind {
    kEnd,
    kWord,        // a name or keyword
    kQuotedName,  // `...`, never a keyword
    kInteger,     // decimal or 0x; `text` has the digits
    kNumber,      // with point or exponent
    kString,
    kSymbol,  // ( ) [ ] , . + - * / % = != < <= > >= ||; "<>" is stored as "!="
  };
  Kind kind = Kind::kEnd;
  std::string text;  // names, strings: their content; else as written
  Position position;
};

// The tokens, with a kEnd at the end. After a dot that follows a name, digits are a name (properties.0.int_value).
// Comments (-- and # to the end of the line, /* */) are blanks.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text);

}  // namespace tfx::expressions

#endif  // TFX_EXPRESSIONS_LEXER_H_
