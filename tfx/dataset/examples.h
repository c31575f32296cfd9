// tf.Example and tf.SequenceExample <-> Arrow record batches, as tfx-bsl's coders do.
//
// A batch has one column per feature, sorted by name: list<binary>, list<int64>, list<float>, or null when the feature
// has no kind in any row. A null list says that the feature is absent from the row or has no kind; an empty list says
// that it is there with a kind and no values. SequenceExample: the context's features as above, and, when there is a
// feature list, one column "##SEQUENCE##" of struct<name: list<list<...>>>: rows, steps, values.
// Unknown fields are skipped; of a key that comes twice the last one stays. All functions are thread-safe.
// A feature whose kind differs between rows is INVALID_ARGUMENT naming the feature, both kinds and the row.
#ifndef TFX_DATASET_EXAMPLES_H_
#define TFX_DATASET_EXAMPLES_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/record_batch.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"

namespace tensorflow {
class Example;
}
namespace tensorflow::metadata::v0 {
class Schema;
}

namespace tfx::dataset {

using RecordBatchPtr = std::shared_ptr<arrow::RecordBatch>;

enum class PayloadFormat { kExample = 6, kSequenceExample = 7 };  // tfx.components.example_gen.PayloadFormat

struct DecodeOptions {
  PayloadFormat format = PayloadFormat::kExample;
  // Decode only these; empty: all. "##SEQUENCE##" asks for all feature lists.
  std::vector<std::string> features;
  // What becomes of those that no record has.
  enum class Absent { kNullColumn, kLeftOut } absent = Absent::kNullColumn;
};

// Decodes without building protobuf messages. DATA_LOSS names the row that is not such a message.
absl::StatusOr<RecordBatchPtr> DecodeExamples(const io::Records& records, const DecodeOptions& options = {});

// The reverse: one serialized Example (or SequenceExample) per row, map entries in key order (deterministic). Null
// lists and null columns are left out, null steps have no kind. Columns may be list or large_list of binary, string
// (and their large forms), int64 or float. INVALID_ARGUMENT names a column of another type, with a null among its
// values, with a name that is not UTF-8 or there twice, and "##SEQUENCE##" where an Example is asked for.
absl::StatusOr<io::Records> EncodeExamples(const arrow::RecordBatch& batch,
                                           PayloadFormat format = PayloadFormat::kExample);

// An Example's bytes with map entries in key order: the key of TFX's hash partitioning.
std::string SerializeExample(const ::tensorflow::Example& example);

struct ReadOptions {
  int64_t records_per_shard = 4096;
};

// Shards of whole records from TFRecord files in the order given; a shard may span files. Errors of TFRecordReader.
ShardSource<io::Records> ReadRecords(std::vector<std::string> files, const ReadOptions& options = {});

// The files of one split of an Examples artifact: "<uri>/Split-<split>/*", sorted. NOT_FOUND when the split's directory
// is absent. Hidden files (".name") are left out. The older layout "<uri>/<split>/*" is accepted.
absl::StatusOr<std::vector<std::string>> SplitFiles(std::string_view uri, std::string_view split);

}  // namespace tfx::dataset

#endif  // TFX_DATASET_EXAMPLES_H_
