#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_macros.h"
#include "tfx/dataset/examples.h"
#include "tfx/io/file_system.h"

namespace tfx::dataset {
namespace {

// A shard may span files: many small files make as few shards as one large one.
class RecordSource {
 public:
  RecordSource(std::vector<std::string> files, int64_t records_per_shard)
      : files_(std::move(files)), records_per_shard_(std::max<int64_t>(1, records_per_shard)) {}

  absl::StatusOr<std::optional<io::Records>> Next() {
    io::Records shard;
    while (static_cast<int64_t>(shard.size()) < records_per_shard_) {
      if (reader_ == nullptr) {
        if (next_file_ == files_.size()) break;
        ASSIGN_OR_RETURN(reader_, io::TFRecordReader::Open(files_[next_file_++]));
      }
      std::string_view record;
      ASSIGN_OR_RETURN(const bool there_is_one, reader_->Read(&record));
      if (there_is_one) {
        shard.Append(record);
      } else {
        reader_.reset();
      }
    }
    if (shard.empty()) return std::optional<io::Records>();
    return std::make_optional(std::move(shard));
  }

 private:
  const std::vector<std::string> files_;
  const int64_t records_per_shard_;
  size_t next_file_ = 0;
  std::unique_ptr<io::TFRecordReader> reader_;
};

}  // namespace

ShardSource<io::Records> ReadRecords(std::vector<std::string> files, const ReadOptions& options) {
  auto source = std::make_shared<RecordSource>(std::move(files), options.records_per_shard);
  return [source] { return source->Next(); };
}

absl::StatusOr<std::vector<std::string>> SplitFiles(std::string_view uri, std::string_view split) {
  std::string directory = io::JoinPath(uri, absl::StrCat("Split-", std::string(split)));
  if (!io::IsDirectory(directory)) {
    const std::string older = io::JoinPath(uri, split);
    if (split.empty() || !io::IsDirectory(older)) {
      return absl::NotFoundError(
          absl::StrCat("there is no split '", std::string(split), "': ", directory, " is not a directory"));
    }
    directory = older;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, io::ListDirectory(directory));
  std::vector<std::string> files;
  for (const std::string& name : names) {
    std::string path = io::JoinPath(directory, name);
    // Hidden files are still being written.
    if (name[0] != '.' && !io::IsDirectory(path)) files.push_back(std::move(path));
  }
  return files;
}

}  // namespace tfx::dataset
