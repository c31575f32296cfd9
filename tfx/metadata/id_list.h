// Runs a statement over a long list of ids (or texts) in IN lists of few different lengths, so that the prepared
// statements can be reused. The last value is repeated as padding, which an IN list does not notice.
#ifndef TFX_METADATA_ID_LIST_H_
#define TFX_METADATA_ID_LIST_H_

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// Calls run("(?,?,...)", values) for every chunk.
template <typename Item, typename Run>
absl::Status ForEachInList(absl::Span<const Item> items, Run run) {
  constexpr size_t kMost = 512;
  for (size_t begin = 0; begin < items.size(); begin += kMost) {
    const absl::Span<const Item> chunk = items.subspan(begin, kMost);
    std::vector<SqlValue> values(chunk.begin(), chunk.end());
    values.resize(std::bit_ceil(values.size()), values.back());
    std::string list = "(?";
    for (size_t i = 1; i < values.size(); ++i) list += ",?";
    list += ")";
    RETURN_IF_ERROR(run(list, values));
  }
  return absl::OkStatus();
}

}  // namespace mlmd

#endif  // TFX_METADATA_ID_LIST_H_
