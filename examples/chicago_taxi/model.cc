// The model: wide (one weight per category) and deep (layers over the numbers), side by side.
#include <string>
#include <vector>

#include "taxi_features.h"

namespace chicago_taxi {
namespace {

constexpr int kBatchSize = 40;
constexpr double kLearningRate = 1e-3;

keras::Model WideAndDeep(const tfx::FnArgs& args) {
  std::vector<keras::Tensor> inputs;
  auto input = [&](const std::string& key, tfx::tf::DataType dtype) {
    return inputs.emplace_back(keras::Input({.name = TransformedName(key), .dtype = dtype}));
  };

  std::vector<keras::Tensor> numbers;
  for (const char* key : kDenseFloatKeys) numbers.push_back(keras::Normalization()(input(key, keras::kFloat32)));
  keras::Tensor deep = keras::Concatenate(numbers);
  for (const int units : {100, 70, 48, 34}) deep = keras::Dense({.units = units})(deep);

  std::vector<keras::Tensor> parts = {deep};
  auto add_category = [&](const char* key, int num_values) {
    parts.push_back(keras::CategoryEncoding({.num_tokens = num_values})(input(key, keras::kInt64)));
  };
  for (const char* key : kVocabularyKeys) add_category(key, kVocabularySize + kOovBuckets);
  for (const char* key : kBucketKeys) add_category(key, kFeatureBuckets);
  for (const Categorical& feature : kCategoricalKeys) {
    if (feature.num_values > 0) add_category(feature.key, feature.num_values);
  }
  const keras::Tensor output = keras::Dense({.units = 1, .activation = "sigmoid"})(keras::Concatenate(parts));

  keras::Model model(inputs, output, {.name = "wide_and_deep", .seed = args.seed});
  model.Compile({.optimizer = keras::Adam(kLearningRate),
                 .loss = keras::BinaryCrossentropy(),
                 .metrics = {keras::BinaryAccuracy(), keras::AUC()}});
  return model;
}

}  // namespace

absl::Status RunFn(const tfx::FnArgs& args) {
  ASSIGN_OR_RETURN(const tft::TransformOutput transform_output, tft::TransformOutput::Load(args.transform_graph_path));
  const keras::ExampleOptions columns = {.label_key = TransformedName(kLabelKey)};
  const auto train = keras::Dataset::FromTransformedExamples(args.train_files, args.transform_graph_path, columns)
                         .Cache()
                         .Shuffle({.seed = args.seed})
                         .Repeat()
                         .Batch(kBatchSize);
  const auto eval = keras::Dataset::FromTransformedExamples(args.eval_files, args.transform_graph_path, columns)
                        .Repeat()
                        .Batch(kBatchSize);

  keras::Model model = WideAndDeep(args);
  if (!args.base_model.empty()) RETURN_IF_ERROR(model.LoadWeights(args.base_model));
  RETURN_IF_ERROR(model.Fit(train, {.steps_per_epoch = args.train_steps,
                                    .validation_data = eval,
                                    .validation_steps = args.eval_steps,
                                    .callbacks = {keras::TensorBoard(args.model_run_dir),
                                                  keras::ModelCheckpoint({.directory = args.working_dir})}}));
  return tfx::SaveModel(model, transform_output, args.serving_model_dir);
}

}  // namespace chicago_taxi
