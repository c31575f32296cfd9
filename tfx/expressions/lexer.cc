#include "tfx/expressions/lexer.h"

#include <array>

#include "absl/strings/ascii.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"

namespace tfx::expressions {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsNameStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsNameByte(char c) { return IsNameStart(c) || IsDigit(c); }

void AppendUtf8(uint32_t code, std::string* text) {
  if (code < 0x80) {
    text->push_back(static_cast<char>(code));
    return;
  }
  const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr std::array<int, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
  text->push_back(static_cast<char>(kLead[extra] | (code >> (6 * extra))));
  for (int i = extra - 1; i >= 0; --i) text->push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F)));
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (true) {
      RETURN_IF_ERROR(SkipBlanks());
      start_ = position();
      if (at_ == text_.size()) {
        Add(Token::Kind::kEnd, "");
        return std::move(tokens_);
      }
      RETURN_IF_ERROR(Next());
    }
  }

 private:
  Position position() const { return {line_, static_cast<int>(at_ - line_start_) + 1}; }
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void Advance(size_t bytes = 1) {
    for (size_t i = 0; i < bytes; ++i, ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
  }
  void Add(Token::Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), start_}); }
  absl::Status Error(std::string_view message) const { return ErrorAt(start_, Concat("Syntax error: ", message)); }

  absl::Status SkipBlanks() {
    while (at_ < text_.size()) {
      start_ = position();
      if (absl::ascii_isspace(static_cast<unsigned char>(Peek()))) {
        Advance();
      } else if (Peek() == '#' || (Peek() == '-' && Peek(1) == '-')) {
        while (at_ < text_.size() && Peek() != '\n') Advance();
      } else if (Peek() == '/' && Peek(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Error("Unclosed comment");
        Advance(end + 2 - at_);
      } else {
        break;
      }
    }
    return absl::OkStatus();
  }

  // A dot that continues a path: the token before is a name or a closed subscript.
  bool AfterPath() const {
    if (tokens_.empty()) return false;
    const Token& last = tokens_.back();
    return last.kind == Token::Kind::kWord || last.kind == Token::Kind::kQuotedName ||
           (last.kind == Token::Kind::kSymbol && last.text == "]");
  }

  absl::Status Next() {
    const char c = Peek();
    if (c == '.' && AfterPath()) {
      Advance();
      Add(Token::Kind::kSymbol, ".");
      RETURN_IF_ERROR(SkipBlanks());
      start_ = position();
      if (IsNameByte(Peek())) Word();
      return absl::OkStatus();
    }
    if (c == '\'' || c == '"' || c == '`') return Quoted(/*raw=*/false);
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) {
      Advance();
      return Quoted(/*raw=*/true);
    }
    if (IsNameStart(c)) {
      Word();
      return absl::OkStatus();
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    return Symbol();
  }

  void Word() {
    size_t length = 0;
    while (IsNameByte(Peek(length))) ++length;
    Add(Token::Kind::kWord, std::string(text_.substr(at_, length)));
    Advance(length);
  }

  absl::Status Number() {
    size_t length = 0;
    bool is_integer = true;
    if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
      length = 2;
      while (absl::ascii_isxdigit(static_cast<unsigned char>(Peek(length)))) ++length;
      if (length == 2) return Error("Hexadecimal digits are missing after 0x");
    } else {
      while (IsDigit(Peek(length))) ++length;
      if (Peek(length) == '.') {
        is_integer = false;
        ++length;
        while (IsDigit(Peek(length))) ++length;
      }
      if (Peek(length) == 'e' || Peek(length) == 'E') {
        const size_t sign = Peek(length + 1) == '+' || Peek(length + 1) == '-' ? 1 : 0;
        if (IsDigit(Peek(length + 1 + sign))) {
          is_integer = false;
          length += 1 + sign;
          while (IsDigit(Peek(length))) ++length;
        }
      }
    }
    if (IsNameByte(Peek(length))) return Error("Missing whitespace between literal and alias");
    Add(is_integer ? Token::Kind::kInteger : Token::Kind::kNumber, std::string(text_.substr(at_, length)));
    Advance(length);
    return absl::OkStatus();
  }

  absl::Status Symbol() {
    for (const std::string_view two : {"!=", "<>", "<=", ">=", "||"}) {
      if (text_.substr(at_, 2) != two) continue;
      Advance(2);
      Add(Token::Kind::kSymbol, two == "<>" ? "!=" : std::string(two));
      return absl::OkStatus();
    }
    const char c = Peek();
    if (std::string_view("()[],.+-*/%=<>").find(c) == std::string_view::npos) {
      return Error(Concat("Illegal input character ", QuoteString(text_.substr(at_, CharacterLength()))));
    }
    Advance();
    Add(Token::Kind::kSymbol, std::string(1, c));
    return absl::OkStatus();
  }

  size_t CharacterLength() const {
    size_t length = 1;
    while (length < 4 && (static_cast<unsigned char>(Peek(length)) & 0xC0) == 0x80) ++length;
    return length;
  }

  absl::Status Quoted(bool raw) {
    const char quote = Peek();
    const bool is_name = quote == '`';
    const std::string_view what = is_name ? "identifier" : "string";
    Advance();
    std::string content;
    while (true) {
      if (at_ == text_.size() || Peek() == '\n') return Error(Concat("Unclosed ", what, " literal"));
      if (Peek() == quote) break;
      if (Peek() == '\\') {
        if (raw) {
          // A raw string keeps the backslash, which still protects a quote.
          content += Peek();
          Advance();
          if (at_ == text_.size() || Peek() == '\n') return Error(Concat("Unclosed ", what, " literal"));
          content += Peek();
          Advance();
        } else {
          const Position token = start_;
          start_ = position();
          RETURN_IF_ERROR(Escape(&content));
          start_ = token;
        }
        continue;
      }
      content += Peek();
      Advance();
    }
    Advance();
    if (is_name && content.empty()) return Error("Invalid empty identifier");
    Add(is_name ? Token::Kind::kQuotedName : Token::Kind::kString, std::move(content));
    return absl::OkStatus();
  }

  // start_ is the place of the backslash.
  absl::Status Escape(std::string* content) {
    Advance();
    const char c = Peek();
    static constexpr std::string_view kSimple = "abfnrtv\\?\"'`";
    static constexpr std::string_view kMeaning = "\a\b\f\n\r\t\v\\?\"'`";
    if (const size_t found = kSimple.find(c); at_ < text_.size() && found != std::string_view::npos) {
      content->push_back(kMeaning[found]);
      Advance();
      return absl::OkStatus();
    }
    int digits = 0;
    int base = 16;
    size_t skip = 1;
    if (c == 'x' || c == 'X') {
      digits = 2;
    } else if (c == 'u') {
      digits = 4;
    } else if (c == 'U') {
      digits = 8;
    } else if (c >= '0' && c <= '3') {
      digits = 3;
      base = 8;
      skip = 0;
    } else {
      return Error(Concat("Illegal escape sequence: \\", at_ < text_.size() ? text_.substr(at_, 1) : ""));
    }
    uint32_t code = 0;
    for (int i = 0; i < digits; ++i) {
      const char digit = Peek(skip + i);
      const bool valid =
          base == 8 ? digit >= '0' && digit <= '7' : absl::ascii_isxdigit(static_cast<unsigned char>(digit));
      if (!valid)
        return Error(
            Concat("Illegal escape sequence: ", digits, base == 8 ? " octal" : " hexadecimal", " digits are expected"));
      code = code * base + (IsDigit(digit) ? digit - '0' : absl::ascii_tolower(digit) - 'a' + 10);
    }
    if (c == 'u' || c == 'U') {
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        return Error("Illegal escape sequence: not a Unicode character");
      }
      AppendUtf8(code, content);
    } else {
      content->push_back(static_cast<char>(code));
    }
    Advance(skip + digits);
    return absl::OkStatus();
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  size_t line_start_ = 0;
  Position start_;
  std::vector<Token> tokens_;
};

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace tfx::expressions
