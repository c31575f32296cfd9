// Arrow arrays of any storage type as the arrays of features; the mapping is that of parquet_examples.h. Errors are
// INVALID_ARGUMENT and go on where a sentence began with the column's name. Thread-safe.
#ifndef TFX_DATASET_FEATURE_VALUES_H_
#define TFX_DATASET_FEATURE_VALUES_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"
#include "tfx/dataset/parquet_examples.h"

namespace tfx::dataset {

// Whether arrays of this type can be features.
absl::Status CheckFeatureType(const arrow::DataType& type);

// One entry per row -> a list of values per row, a null list where the entry is null. Structs stay structs, and their
// fields become features.
absl::StatusOr<std::shared_ptr<arrow::Array>> ToFeature(const std::shared_ptr<arrow::Array>& array,
                                                        DoubleFeatures doubles);

}  // namespace tfx::dataset

#endif  // TFX_DATASET_FEATURE_VALUES_H_
