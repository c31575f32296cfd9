// The tokens of a language with their numbers, read from a file.
//
// A name that ends in "tfrecord.gz": one token a record of a TFRecord file. Else a text file with one token a line. The
// number of a token is the number of its line or record, from 0; white space around it is dropped; of equal tokens the
// last has the name. Immutable; thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_VOCABULARY_H_
#define TFX_DATA_VALIDATION_GENERATORS_VOCABULARY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace tfx::tfdv {

class Vocabulary {
 public:
  explicit Vocabulary(std::vector<std::string> tokens);

  std::optional<int64_t> IndexOf(std::string_view token) const;
  const std::string* TokenAt(int64_t index) const;  // null outside
  bool empty() const { return tokens_.empty(); }

 private:
  std::vector<std::string> tokens_;
  absl::flat_hash_map<std::string, int64_t> indices_;
};

// NOT_FOUND, DATA_LOSS (a damaged TFRecord file), INVALID_ARGUMENT (a token that is not UTF-8, with its line), all
// naming the file.
absl::StatusOr<std::shared_ptr<const Vocabulary>> ReadVocabulary(const std::string& path);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_VOCABULARY_H_
