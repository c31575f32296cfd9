#include "tfx/metadata_service/text_config.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <string_view>

#include "tfx/base/concat.h"

namespace mlmd {
namespace {

class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(const std::string& input) : input_(input) {}
  void AddError(int line, int column, const std::string& message) override {
    if (!text.empty()) return;
    text = tfx::Concat("line ", line + 1, ", column ", column + 1, ": ",
                       MayQuoteSecret(line, column) ? "the mistake is in or behind a password or key (not shown)"
                                                    : std::string_view(message));
  }
  std::string text;

 private:
  // Messages quote the word at which they stop. Behind the name of a secret's field that may be a part of it.
  bool MayQuoteSecret(int line, int column) const {
    size_t end = 0;
    for (int i = 0; i < line && end != std::string::npos; ++i) {
      end = input_.find('\n', end);
      if (end != std::string::npos) ++end;
    }
    // A tab counts as up to eight columns: rather too far than not far enough.
    if (end != std::string::npos) end = std::min(input_.size(), end + static_cast<size_t>(std::max(column, 0)));
    const std::string_view before = std::string_view(input_).substr(0, end);
    return before.find("password") != before.npos || before.find("PRIVATE KEY") != before.npos;
  }
  const std::string& input_;
};

}  // namespace

absl::Status ParseTextConfig(const std::string& text, google::protobuf::Message* message) {
  FirstError error(text);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, message)) return absl::OkStatus();
  return absl::InvalidArgumentError(error.text.empty() ? "is no text proto" : error.text);
}

}  // namespace mlmd
