// The preprocessing_fn of the Chicago taxi example, for tests.
#ifndef TFX_TRANSFORM_TAXI_PREPROCESSING_FN_H_
#define TFX_TRANSFORM_TAXI_PREPROCESSING_FN_H_

#include <string>

#include "tfx/transform/preprocessing.h"

namespace tft {

inline Features TaxiPreprocessingFn(const Features& inputs) {
  Features outputs;
  auto xf = [](const std::string& key) { return key + "_xf"; };
  for (const std::string key : {"trip_miles", "fare", "trip_seconds"}) {
    outputs[xf(key)] = ScaleToZScore(Dense(inputs[key], 0.0f));
  }
  for (const std::string key : {"payment_type", "company"}) {
    outputs[xf(key)] = ComputeAndApplyVocabulary(Dense(inputs[key], ""), {.top_k = 1000, .num_oov_buckets = 10});
  }
  for (const std::string key : {"pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"}) {
    outputs[xf(key)] = Bucketize(Dense(inputs[key], 0.0f), {.num_buckets = 10});
  }
  for (const std::string key : {"trip_start_hour", "trip_start_day", "trip_start_month", "pickup_census_tract",
                                "dropoff_census_tract", "pickup_community_area", "dropoff_community_area"}) {
    outputs[xf(key)] = Dense(inputs[key], 0);
  }
  const Tensor fare = Dense(inputs["fare"], 0.0f);
  const Tensor tips = Dense(inputs["tips"], 0.0f);
  // A NaN fare is not greater than anything, so such rows get 0.
  outputs["tips_xf"] = Cast<int64_t>(tips > 0.2f * fare);
  return outputs;
}

}  // namespace tft

#endif  // TFX_TRANSFORM_TAXI_PREPROCESSING_FN_H_
