// Text as Python counts, cuts and prints it, for statistics that show Python's forms. Texts must be UTF-8
// (base/utf8.h). Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_GENERATORS_PYTHON_TEXT_H_
#define TFX_DATA_VALIDATION_GENERATORS_PYTHON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tfx::tfdv {

// len(text): characters, not bytes.
int64_t CountCharacters(std::string_view text);

// text[:n].
std::string_view FirstCharacters(std::string_view text, int64_t n);

// The lengths of text.split(), in characters.
std::vector<int64_t> WordLengths(std::string_view text);

// repr(text), quotes included. Characters that the Unicode standard calls not printable are escaped; of those outside
// the Basic Multilingual Plane only the private ones and the tags are taken for such.
std::string PythonRepr(std::string_view text);

// repr(value): the shortest text that reads back as the same number; "nan", "inf", "-inf".
std::string PythonRepr(double value);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_PYTHON_TEXT_H_
