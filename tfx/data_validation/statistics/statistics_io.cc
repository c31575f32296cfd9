#include "tfx/data_validation/statistics/statistics_io.h"

#include <farmhash.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/statistics/merge_statistics.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using List = v0::DatasetFeatureStatisticsList;

// TFDV's ColumnHasher.assign_sequence: the sum of the parts' hashes, each modulo the number of shards.
class ShardSum {
 public:
  explicit ShardSum(int num_shards) : num_shards_(num_shards) {}
  void Add(std::string part) {
    std::replace(part.begin(), part.end(), '\0', '?');
    sum_ = (sum_ + util::Fingerprint32(part) % num_shards_) % num_shards_;
  }
  void Add(const v0::Path& path) {
    for (const std::string& step : path.step()) Add(step);
  }
  uint32_t shard() const { return sum_; }

 private:
  uint32_t num_shards_;
  uint32_t sum_ = 0;
};

absl::Status WriteRecord(std::string_view path, const List* record) {
  const io::Compression compression = path.ends_with(".gz") ? io::Compression::kGzip : io::Compression::kNone;
  ASSIGN_OR_RETURN(const auto writer, io::TFRecordWriter::Open(path, compression));
  if (record != nullptr) RETURN_IF_ERROR(writer->Write(io::SerializeDeterministically(*record)));
  return writer->Close();
}

absl::StatusOr<std::vector<List>> ReadRecords(std::string_view path) {
  ASSIGN_OR_RETURN(const auto reader, io::TFRecordReader::Open(path));
  std::vector<List> lists;
  std::string_view record;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_record, reader->Read(&record));
    if (!has_record) return lists;
    if (!lists.emplace_back().ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      return absl::DataLossError(Concat(path, ": record ", lists.size() - 1, " is not a DatasetFeatureStatisticsList"));
    }
  }
}

std::string Pattern(std::string_view path) { return Concat(path, "-[0-9]*-of-[0-9]*"); }

}  // namespace

StatisticsFormat StatisticsFormatOf(std::string_view path) {
  if (path.ends_with(".pb")) return StatisticsFormat::kBinary;
  if (path.ends_with(".pbtxt") || path.ends_with(".txt")) return StatisticsFormat::kText;
  return StatisticsFormat::kTFRecord;
}

absl::Status WriteStatistics(const List& statistics, std::string_view path, StatisticsFormat format) {
  switch (format) {
    case StatisticsFormat::kBinary:
      return io::WriteBinaryProto(path, statistics);
    case StatisticsFormat::kText:
      return io::WriteTextProto(path, statistics);
    case StatisticsFormat::kTFRecord:
      break;
  }
  return WriteRecord(path, &statistics);
}

absl::Status WriteShardedStatistics(const List& statistics, std::string_view path, int num_shards) {
  if (num_shards < 1) return absl::InvalidArgumentError(Concat("cannot write ", num_shards, " shards; at least 1"));
  std::vector<List> shards(num_shards);
  for (const v0::DatasetFeatureStatistics& dataset : statistics.datasets()) {
    v0::DatasetFeatureStatistics header = dataset;
    header.clear_features();
    header.clear_cross_features();
    auto dataset_of = [&](uint32_t shard) {
      List& list = shards[shard];
      const bool is_there = list.datasets_size() > 0 && list.datasets().rbegin()->name() == dataset.name();
      if (!is_there) *list.add_datasets() = header;
      return list.mutable_datasets(list.datasets_size() - 1);
    };
    for (const v0::FeatureNameStatistics& feature : dataset.features()) {
      ShardSum sum(num_shards);
      sum.Add(dataset.name());
      feature.name().empty() ? sum.Add(feature.path()) : sum.Add(feature.name());
      *dataset_of(sum.shard())->add_features() = feature;
    }
    for (const v0::CrossFeatureStatistics& cross : dataset.cross_features()) {
      ShardSum sum(num_shards);
      sum.Add(dataset.name());
      sum.Add(cross.path_x());
      sum.Add(cross.path_y());
      *dataset_of(sum.shard())->add_cross_features() = cross;
    }
    if (dataset.features().empty() && dataset.cross_features().empty()) dataset_of(0);
  }
  for (int i = 0; i < num_shards; ++i) {
    const std::string file = io::ShardedFileName(io::Dirname(path), io::Basename(path), i, num_shards, "");
    RETURN_IF_ERROR(WriteRecord(file, shards[i].datasets().empty() ? nullptr : &shards[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<List> LoadShardedStatistics(const std::vector<std::string>& files) {
  if (files.empty()) return absl::InvalidArgumentError("no files of statistics");
  std::vector<List> lists;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(std::vector<List> more, ReadRecords(file));
    std::move(more.begin(), more.end(), std::back_inserter(lists));
  }
  ASSIGN_OR_RETURN(List merged, MergeStatistics(lists));
  SortStatistics(&merged);
  return merged;
}

absl::StatusOr<List> LoadStatistics(std::string_view path) {
  List statistics;
  if (!io::Exists(path)) {
    ASSIGN_OR_RETURN(const std::vector<std::string> shards, io::Glob(Pattern(path)));
    if (!shards.empty()) return LoadShardedStatistics(shards);
  }
  if (StatisticsFormatOf(path) == StatisticsFormat::kBinary) {
    RETURN_IF_ERROR(io::ReadBinaryProto(path, &statistics));
    return statistics;
  }
  if (StatisticsFormatOf(path) == StatisticsFormat::kTFRecord) {
    absl::StatusOr<std::vector<List>> records = ReadRecords(path);
    if (records.ok() && records->size() == 1) return std::move(records->front());
    if (records.ok()) {
      return absl::InvalidArgumentError(
          Concat(path, " holds ", records->size(), " records; statistics are one record"));
    }
    if (records.status().code() != absl::StatusCode::kDataLoss) return records.status();
    if (!io::ReadTextProto(path, &statistics).ok()) {
      return absl::DataLossError(
          Concat(path, " is neither statistics in text nor in a TFRecord: ", std::string(records.status().message())));
    }
    return statistics;
  }
  RETURN_IF_ERROR(io::ReadTextProto(path, &statistics));
  return statistics;
}

absl::StatusOr<const v0::FeatureNameStatistics*> GetFeatureStats(const v0::DatasetFeatureStatistics& dataset,
                                                                 const FeaturePath& path) {
  std::vector<std::string> known;
  for (const v0::FeatureNameStatistics& feature : dataset.features()) {
    const FeaturePath other = feature.has_path() ? PathFromProto(feature.path()) : FeaturePath{feature.name()};
    if (other == path) return &feature;
    known.push_back(SerializePath(other));
  }
  const std::string text = SerializePath(path);
  return absl::NotFoundError(Concat("no statistics of feature ", text, DidYouMean(text, known)));
}

absl::StatusOr<const v0::DatasetFeatureStatistics*> GetSliceStats(const List& statistics, std::string_view slice) {
  std::vector<std::string> known;
  for (const v0::DatasetFeatureStatistics& dataset : statistics.datasets()) {
    if (dataset.name() == slice) return &dataset;
    known.push_back(dataset.name());
  }
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(known.size(), 10); ++i)
    Append(&names, i == 0 ? "" : ", ", "\"", known[i], "\"");
  if (known.size() > 10) Append(&names, ", ... (", known.size(), " in all)");
  return absl::NotFoundError(
      Concat("no statistics of slice \"", slice, "\"", DidYouMean(slice, known), "; there are: ", names));
}

}  // namespace tfx::tfdv
