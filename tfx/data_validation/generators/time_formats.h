// The ways of writing a point in time that TFDV knows, and matching text with them.
//
// 17 formats of a date, 3 of a time of day, "%a %b %d %H:%M:%S %Y", and each date with each time behind a "T" or a
// blank. A directive matches what Python's strptime takes for it, with English names in their usual case and digits of
// ASCII. The whole text must match. TFDV's regular expressions also take any character where "%S.%f" has its point,
// take 600 and 601 where seconds may be 60 and 61, and let a line feed follow; here they do not. Thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_TIME_FORMATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_TIME_FORMATS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tfx::tfdv {

// All strptime formats, in TFDV's order.
const std::vector<std::string>& TimeFormats();

// Calls `found` with the index in TimeFormats() of each format that the whole text matches, each once, in any order.
void MatchTimeFormats(std::string_view text, const std::function<void(int)>& found);

// A window of integers: begin <= value < end.
struct UnixTimeWindow {
  int format = 0;  // TimeDomain.IntegerTimeFormat
  int64_t begin = 0;
  int64_t end = 0;
};
// Days, seconds, milliseconds, microseconds, nanoseconds.
const std::vector<UnixTimeWindow>& UnixTimeWindows();

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_TIME_FORMATS_H_
