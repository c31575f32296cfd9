// Counts of distinct texts in little memory: 32 to 64 bytes a text (the list doubles), 11 to 21 for finding it, and its
// bytes. Used for the values of a batch and for the exact counts of a feature (value_counts.h), with weights beside
// them that take memory of their own (CountedTexts).
//
//   TextCounts counts;
//   for (std::string_view text : texts) counts.Add(text);
//   for (size_t i = 0; i < counts.size(); ++i) ... counts.text(i), counts.count(i) ...
//
// Texts are numbered from 0 in the order they came in. They may be any bytes, at most 4 GiB each, and at most 2^32 - 2
// of them. Thread-compatible.
#ifndef TFX_DATA_VALIDATION_STATISTICS_TEXT_COUNTS_H_
#define TFX_DATA_VALIDATION_STATISTICS_TEXT_COUNTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/data_validation/features/feature_column.h"
#include "tfx/sketches/exact_sum.h"

namespace tfx::tfdv {

class TextCounts {
 public:
  size_t size() const { return entries_.size(); }
  // Valid until the next Add.
  std::string_view text(size_t i) const {
    return {blocks_[entries_[i].block].data() + entries_[i].offset, entries_[i].size};
  }
  int64_t count(size_t i) const { return entries_[i].count; }
  uint64_t fingerprint(size_t i) const { return entries_[i].fingerprint; }  // base/digest.h, Fingerprint64
  int64_t text_bytes() const { return text_bytes_; }                        // of all texts together

  // Adds to the count of a text and gives its number, which is that of a new text when it was size().
  size_t Add(std::string_view text, int64_t count = 1);
  size_t Add(std::string_view text, uint64_t fingerprint, int64_t count);

  // Gives back the memory for finding texts, for who is done with Add; the next Add makes it anew.
  void DropIndex() { slots_ = {}; }

  // Their numbers in the order of their bytes.
  std::vector<size_t> Sorted() const;

 private:
  struct Entry {
    uint64_t fingerprint = 0;
    int64_t count = 0;
    uint32_t block = 0;
    uint32_t offset = 0;
    uint32_t size = 0;
  };

  size_t Append(std::string_view text, uint64_t fingerprint, int64_t count, size_t slot);
  void Grow();
  // Whether so many slots are too few for one more text.
  bool IsFull(size_t num_slots) const { return 4 * (entries_.size() + 1) > 3 * num_slots; }

  std::vector<Entry> entries_;
  std::vector<std::string> blocks_;  // texts end to end
  // By fingerprint, with open addressing: its upper half, and the number of the entry plus 1.
  std::vector<uint64_t> slots_;
  int64_t text_bytes_ = 0;
};

// The values of a batch, counted.
struct CountedTexts {
  TextCounts counts;
  std::vector<sketches::ExactSum> weights;  // by number; empty without weights. Memory: exact_sum.h
};

// Strings as they are, integers in decimal, floats by their exact hexadecimal text (printf's %a). Null values are left
// out.
CountedTexts CountTexts(const FeatureColumn& column);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_STATISTICS_TEXT_COUNTS_H_
