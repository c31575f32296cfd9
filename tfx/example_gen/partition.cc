#include "tfx/example_gen/partition.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/text_proto.h"

namespace tfx::example_gen {

Partitioner::Partitioner(const components::example_gen::SplitConfig& config, dataset::PayloadFormat format)
    : feature_(config.partition_feature_name()), format_(format) {
  uint64_t end = 0;
  for (const auto& split : config.splits()) {
    split_names_.push_back(split.name());
    bucket_ends_.push_back(end += split.hash_buckets());
  }
}

absl::StatusOr<std::string> Partitioner::KeyOf(std::string_view record, Form form) const {
  ::tensorflow::Example example;
  ::tensorflow::SequenceExample sequence;
  const bool is_sequence = format_ == dataset::PayloadFormat::kSequenceExample;
  google::protobuf::Message& message = is_sequence ? static_cast<google::protobuf::Message&>(sequence)
                                                   : static_cast<google::protobuf::Message&>(example);
  if (!message.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return absl::DataLossError(absl::StrCat("a record is not a ", message.GetTypeName(), " message"));
  }
  if (feature_.empty()) return io::SerializeDeterministically(message);
  const auto& features = is_sequence ? sequence.context().feature() : example.features().feature();
  const auto it = features.find(feature_);
  if (it == features.end()) {
    return absl::InvalidArgumentError(absl::StrCat("partition_feature_name '", feature_, "' is not in every record"));
  }
  if (it->second.kind_case() == ::tensorflow::Feature::kFloatList) {
    return absl::InvalidArgumentError(absl::StrCat("partition_feature_name '", feature_,
                                                   "' holds floats; only bytes and int64 features partition data"));
  }
  if (it->second.kind_case() == ::tensorflow::Feature::KIND_NOT_SET) {
    return absl::InvalidArgumentError(
        absl::StrCat("partition_feature_name '", feature_, "' has no value in some record"));
  }
  return io::SerializeDeterministically(it->second);
}

absl::StatusOr<int> Partitioner::SplitOf(std::string_view record, Form form) const {
  if (bucket_ends_.size() == 1 && feature_.empty()) return 0;
  uint64_t bucket;
  if (form == Form::kCanonical && feature_.empty()) {
    bucket = Sha256Modulo(record, bucket_ends_.back());
  } else {
    ASSIGN_OR_RETURN(const std::string key, KeyOf(record, form));
    bucket = Sha256Modulo(key, bucket_ends_.back());
  }
  return static_cast<int>(std::upper_bound(bucket_ends_.begin(), bucket_ends_.end(), bucket) - bucket_ends_.begin());
}

}  // namespace tfx::example_gen
