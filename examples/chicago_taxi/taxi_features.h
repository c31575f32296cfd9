// The columns of the Chicago taxi data and what the model makes of them. Both user functions include this.
#ifndef EXAMPLES_CHICAGO_TAXI_TAXI_FEATURES_H_
#define EXAMPLES_CHICAGO_TAXI_TAXI_FEATURES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tfx/tfx.h"

namespace chicago_taxi {

// Numbers, brought to mean 0 and variance 1.
inline constexpr std::array kDenseFloatKeys = {"trip_miles", "fare", "trip_seconds"};

// Numbers, put into buckets of about equal size.
inline constexpr std::array kBucketKeys = {"pickup_latitude", "pickup_longitude", "dropoff_latitude",
                                           "dropoff_longitude"};
inline constexpr int kFeatureBuckets = 10;

// Texts, replaced by their place in a vocabulary; unknown ones are hashed into a few more buckets.
inline constexpr std::array kVocabularyKeys = {"payment_type", "company"};
inline constexpr int kVocabularySize = 1000;
inline constexpr int kOovBuckets = 10;

// Integers that are categories already, with the number of values that the model knows of each (0: not used by it).
struct Categorical {
  const char* key;
  int num_values;
};
inline constexpr std::array kCategoricalKeys = {
    Categorical{"trip_start_hour", 24},       Categorical{"trip_start_day", 31},
    Categorical{"trip_start_month", 13},      Categorical{"pickup_census_tract", 0},
    Categorical{"dropoff_census_tract", 0},   Categorical{"pickup_community_area", 0},
    Categorical{"dropoff_community_area", 0},
};

// Was the tip more than a fifth of the fare?
inline constexpr const char* kFareKey = "fare";
inline constexpr const char* kLabelKey = "tips";

// The name of a feature after Transform.
inline std::string TransformedName(std::string_view key) { return std::string(key) + "_xf"; }

tft::Features PreprocessingFn(const tft::Features& inputs);
absl::Status RunFn(const tfx::FnArgs& args);

}  // namespace chicago_taxi

#endif  // EXAMPLES_CHICAGO_TAXI_TAXI_FEATURES_H_
