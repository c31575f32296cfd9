#include "tfx/data_validation/generators/vocabulary.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/io/file_system.h"
#include "tfx/io/python_number.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {
namespace {

absl::string_view AsAbsl(std::string_view text) { return {text.data(), text.size()}; }

absl::Status AddToken(std::string_view text, const std::string& path, const char* unit,
                      std::vector<std::string>* tokens) {
  if (FindInvalidUtf8(text) != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("vocabulary ", path, ": ", unit, " ", tokens->size() + 1, " is not UTF-8"));
  }
  tokens->emplace_back(io::StripPythonWhitespace(text));
  return absl::OkStatus();
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
  indices_.reserve(tokens_.size());
  for (size_t i = 0; i < tokens_.size(); ++i) indices_[tokens_[i]] = static_cast<int64_t>(i);
}

std::optional<int64_t> Vocabulary::IndexOf(std::string_view token) const {
  const auto found = indices_.find(AsAbsl(token));
  if (found == indices_.end()) return std::nullopt;
  return found->second;
}

const std::string* Vocabulary::TokenAt(int64_t index) const {
  if (index < 0 || index >= static_cast<int64_t>(tokens_.size())) return nullptr;
  return &tokens_[index];
}

absl::StatusOr<std::shared_ptr<const Vocabulary>> ReadVocabulary(const std::string& path) {
  std::vector<std::string> tokens;
  if (path.ends_with("tfrecord.gz")) {
    ASSIGN_OR_RETURN(const std::unique_ptr<io::TFRecordReader> reader, io::TFRecordReader::Open(path));
    std::string_view record;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, reader->Read(&record));
      if (!more) break;
      RETURN_IF_ERROR(AddToken(record, path, "record", &tokens));
    }
  } else {
    ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path));
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      RETURN_IF_ERROR(AddToken(rest.substr(0, end), path, "line", &tokens));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return std::make_shared<const Vocabulary>(std::move(tokens));
}

}  // namespace tfx::tfdv
