// The Chicago taxi model on recorded transformed examples, for the tests and the benchmark of this folder.
#ifndef TFX_TRAINER_TAXI_MODEL_FOR_TEST_H_
#define TFX_TRAINER_TAXI_MODEL_FOR_TEST_H_

#include <string>
#include <utility>
#include <vector>

#include "tfx/trainer/layers.h"
#include "tfx/trainer/model.h"

namespace keras {

inline std::string TaxiTransformDirectory(const std::string& golden) {
  return golden + "/tfx/taxi_1.16/pipelines/chicago_taxi_native_keras/Transform";
}

inline Dataset TaxiExamples(const std::string& transform_directory, const std::string& split) {
  return Dataset::FromTransformedExamples({transform_directory + "/transformed_examples/6/Split-" + split + "/*"},
                                          transform_directory + "/transform_graph/6", {.label_key = "tips_xf"});
}

inline Model TaxiModel(uint64_t seed, bool with_metrics = true) {
  std::vector<Tensor> inputs, numeric, wide;
  for (const char* name : {"trip_miles_xf", "fare_xf", "trip_seconds_xf"}) {
    inputs.push_back(Input({.name = name}));
    numeric.push_back(Normalization()(inputs.back()));
  }
  const std::pair<const char*, int64_t> categories[] = {
      {"payment_type_xf", 1010},   {"company_xf", 1010},        {"pickup_latitude_xf", 10},
      {"pickup_longitude_xf", 10}, {"dropoff_latitude_xf", 10}, {"dropoff_longitude_xf", 10},
      {"trip_start_hour_xf", 24},  {"trip_start_day_xf", 31},   {"trip_start_month_xf", 13}};
  for (const auto& [name, width] : categories) {
    inputs.push_back(Input({.name = name, .dtype = kInt64}));
    wide.push_back(CategoryEncoding({.num_tokens = width})(inputs.back()));
  }
  Tensor deep = Concatenate(numeric);
  for (int64_t units : {100, 70, 48, 34}) deep = Dense({.units = units})(deep);
  const Tensor output =
      Dense({.units = 1, .activation = "sigmoid", .name = "outputs"})(Concatenate({deep, Concatenate(wide)}));
  Model model(inputs, output, {.name = "taxi", .seed = seed});
  model.Compile({.optimizer = Adam(1e-3),
                 .loss = BinaryCrossentropy(),
                 .metrics = with_metrics ? std::vector<Metric>{BinaryAccuracy(), AUC()} : std::vector<Metric>{}});
  return model;
}

}  // namespace keras

#endif  // TFX_TRAINER_TAXI_MODEL_FOR_TEST_H_
