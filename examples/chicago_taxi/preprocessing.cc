// Feature engineering. What is written here becomes a TensorFlow graph: analyzers are computed over the whole training
// split first, and the finished graph goes into the served model, so training and serving cannot differ.
#include "taxi_features.h"

namespace chicago_taxi {

tft::Features PreprocessingFn(const tft::Features& inputs) {
  tft::Features outputs;
  for (const char* key : kDenseFloatKeys) {
    outputs[TransformedName(key)] = tft::ScaleToZScore(tft::Dense(inputs[key], 0.0f));
  }
  for (const char* key : kVocabularyKeys) {
    outputs[TransformedName(key)] = tft::ComputeAndApplyVocabulary(
        tft::Dense(inputs[key], ""), {.top_k = kVocabularySize, .num_oov_buckets = kOovBuckets});
  }
  for (const char* key : kBucketKeys) {
    outputs[TransformedName(key)] = tft::Bucketize(tft::Dense(inputs[key], 0.0f), {.num_buckets = kFeatureBuckets});
  }
  for (const Categorical& feature : kCategoricalKeys) {
    outputs[TransformedName(feature.key)] = tft::Dense(inputs[feature.key], int64_t{0});
  }
  const tft::Tensor fare = tft::Dense(inputs[kFareKey], 0.0f);
  const tft::Tensor tips = tft::Dense(inputs[kLabelKey], 0.0f);
  outputs[TransformedName(kLabelKey)] = tft::Cast<int64_t>(tips > 0.2f * fare);
  return outputs;
}

}  // namespace chicago_taxi
