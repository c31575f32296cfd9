// What analyzers computed on data sets that were seen before, so that only new spans are read.
//
// On disk: <directory>/<data set key>/MANIFEST (one line per entry: "<file>\t<cache key>\t<SHA-256 of the file>", after
// a first line "tfx-cpp analyzer cache 1") and one file per entry with the accumulator's state. Sorted, so that equal
// caches have equal bytes. docs: README.md of this folder.
// Key of an entry: kind and attributes of the analyzer, and a hash of the graph that feeds it; a changed
// preprocessing_fn or schema type misses and is computed again.
#ifndef TFX_TRANSFORM_ANALYZER_CACHE_H_
#define TFX_TRANSFORM_ANALYZER_CACHE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tft {

struct AnalyzerCache {
  // Data set key -> cache key -> state of the accumulator.
  std::map<std::string, std::map<std::string, std::string>> entries;

  bool empty() const { return entries.empty(); }
};

// An absent directory is an empty cache. Entries whose file is missing or damaged, and folders of another format
// version, are left out: they will be computed again.
absl::StatusOr<AnalyzerCache> ReadAnalyzerCache(const std::string& directory);

// Appears whole under `directory`, replacing what was there.
absl::Status WriteAnalyzerCache(const AnalyzerCache& cache, const std::string& directory);

// TFX's key of a data set: the last six components of the file pattern, '*' written STAR, and its SHA-256.
std::string DatasetKey(const std::string& file_pattern);

}  // namespace tft

#endif  // TFX_TRANSFORM_ANALYZER_CACHE_H_
