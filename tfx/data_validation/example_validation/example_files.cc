#include "tfx/data_validation/example_validation/example_files.h"

#include <memory>
#include <utility>

#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {
namespace {

// Rides along in a pass of statistics, and hands over its result where statistics would be written.
class ExampleValidationGenerator final : public StatsGenerator {
 public:
  ExampleValidationGenerator(ExampleValidationAccumulator accumulator, std::shared_ptr<ExampleValidationResult> result)
      : accumulator_(std::move(accumulator)), result_(std::move(result)) {}

  std::string_view name() const override { return "ExampleValidation"; }
  std::unique_ptr<StatsGenerator> Clone() const override { return std::make_unique<ExampleValidationGenerator>(*this); }
  absl::Status Add(const StatsBatch& batch) override {
    PlacedRows rows{.rows = batch.rows.Slice(0)};
    rows.row_numbers.assign(batch.row_numbers.begin(), batch.row_numbers.end());
    return accumulator_.Add({std::move(rows)});
  }
  absl::Status Merge(const StatsGenerator& other) override {
    return accumulator_.Merge(static_cast<const ExampleValidationGenerator&>(other).accumulator_);
  }
  std::string Serialize() const override { return accumulator_.Serialize(); }
  absl::Status ParseFrom(std::string_view bytes) override { return accumulator_.ParseFrom(bytes); }
  absl::Status Write(::tensorflow::metadata::v0::DatasetFeatureStatistics*) const override {
    ASSIGN_OR_RETURN(*result_, accumulator_.Finish());
    return absl::OkStatus();
  }

 private:
  ExampleValidationAccumulator accumulator_;
  std::shared_ptr<ExampleValidationResult> result_;
};

}  // namespace

absl::StatusOr<ExampleValidationResult> ValidateExamplesInFiles(const InputFiles& input,
                                                                const ExampleValidationOptions& options,
                                                                const Engine& engine) {
  ASSIGN_OR_RETURN(ExampleValidationAccumulator empty, ExampleValidationAccumulator::Make(options));
  const auto result = std::make_shared<ExampleValidationResult>();
  StatsOptions pass;
  pass.schema = options.schema;
  pass.infer_type_from_schema = options.stats_options.infer_type_from_schema;
  pass.add_default_generators = false;
  pass.generators = {std::make_shared<ExampleValidationGenerator>(std::move(empty), result)};
  RETURN_IF_ERROR(GenerateStatisticsFromFiles(input, pass, engine).status());
  return std::move(*result);
}

}  // namespace tfx::tfdv
