// Applies a finished transform to serialized tf.Examples.
//
//   ASSIGN_OR_RETURN(auto output, TransformOutput::Load(dir));
//   ASSIGN_OR_RETURN(auto transformer, ExampleTransformer::Create(output));
//   RETURN_IF_ERROR(engine.Map(ReadRecords(files),
//       [&](const io::Records& raw) { return transformer->Transform(raw); },
//       [&](io::Records transformed) { ...write... }));
//
// Input order is kept; map entries of each Example are sorted by feature name, so the bytes are deterministic. A sparse
// output becomes the row's list of values, empty for an empty row, as TFT writes it.
#ifndef TFX_TRANSFORM_TRANSFORM_DATASET_H_
#define TFX_TRANSFORM_TRANSFORM_DATASET_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tfx/engine/engine.h"
#include "tfx/io/tfrecord.h"
#include "tfx/tensorflow/graph.h"
#include "tfx/tensorflow/session.h"
#include "tfx/transform/transform_output.h"

namespace tft {

// Thread-safe after Create.
class ExampleTransformer {
 public:
  static absl::StatusOr<std::unique_ptr<ExampleTransformer>> Create(const TransformOutput& output,
                                                                    const ImportOptions& options = {});
  ~ExampleTransformer();

  // One transformed Example per record. INVALID_ARGUMENT names the feature that does not fit the schema; INTERNAL
  // when an output has not one row per Example.
  absl::StatusOr<::tfx::io::Records> Transform(const ::tfx::io::Records& examples) const;

  // The transformed tensors themselves; a sparse feature gives "<name>" (values), "<name>$indices" and
  // "<name>$dense_shape".
  absl::StatusOr<std::map<std::string, tf::Tensor>> TransformToTensors(const ::tfx::io::Records& examples) const;

 private:
  struct Impl;
  explicit ExampleTransformer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// All shards of a source, in order, into `sink` (called from one thread at a time).
absl::Status TransformDataset(const ::tfx::Engine& engine, const ::tfx::ShardSource<::tfx::io::Records>& source,
                              const TransformOutput& output,
                              const std::function<absl::Status(::tfx::io::Records)>& sink);

}  // namespace tft

#endif  // TFX_TRANSFORM_TRANSFORM_DATASET_H_
