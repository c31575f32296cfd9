#include "tfx/testing/accumulator_properties.h"

#include <gtest/gtest-spi.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tfx::testing {
namespace {

using Rows = std::vector<int>;

enum class Flaw { kNone, kMergeForgets, kMergeScales, kParseForgets, kCountsBatches };

// Sums rows; a flaw breaks one of the promises.
class Sum {
 public:
  explicit Sum(Flaw flaw = Flaw::kNone) : flaw_(flaw) {}

  absl::Status Add(const Rows& rows) {
    for (const int row : rows) sum_ += row;
    if (flaw_ == Flaw::kCountsBatches) ++sum_;
    return absl::OkStatus();
  }
  absl::Status Merge(const Sum& other) {
    if (flaw_ == Flaw::kMergeForgets && other.sum_ > 20) return absl::OkStatus();
    sum_ = (flaw_ == Flaw::kMergeScales ? 2 * sum_ : sum_) + other.sum_;
    return absl::OkStatus();
  }
  std::string Serialize() const { return absl::StrCat(sum_, ";"); }
  absl::Status ParseFrom(std::string_view bytes) {
    int sum;
    if (bytes.empty() || bytes.back() != ';' ||
        !absl::SimpleAtoi(std::string(bytes.substr(0, bytes.size() - 1)), &sum)) {
      return absl::DataLossError("not a sum");
    }
    if (flaw_ != Flaw::kParseForgets) sum_ = sum;
    return absl::OkStatus();
  }

 private:
  Flaw flaw_;
  int sum_ = 0;
};

const std::vector<Rows> kBatches = {{1, 2, 3}, {}, {10, 20}, {7}};

AccumulatorChecks<Sum, Rows> Checks() {
  AccumulatorChecks<Sum, Rows> checks;
  checks.num_rows = [](const Rows& rows) { return rows.size(); };
  checks.split = [](const Rows& rows, size_t row) {
    return std::pair(Rows(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(row)),
                     Rows(rows.begin() + static_cast<ptrdiff_t>(row), rows.end()));
  };
  return checks;
}

TEST(CheckAccumulatorProperties, PassesAGoodAccumulator) {
  CheckAccumulatorProperties(Sum(), kBatches, Checks());
  CheckAccumulatorProperties(Sum(), kBatches);
}

int NumFailures(Flaw flaw) {
  ::testing::TestPartResultArray failures;
  ::testing::ScopedFakeTestPartResultReporter reporter(
      ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
  CheckAccumulatorProperties(Sum(flaw), kBatches, Checks());
  return failures.size();
}

TEST(CheckAccumulatorProperties, FailsABrokenAccumulator) {
  EXPECT_EQ(NumFailures(Flaw::kNone), 0);
  EXPECT_GT(NumFailures(Flaw::kMergeForgets), 0);
  EXPECT_GT(NumFailures(Flaw::kMergeScales), 0);
  EXPECT_GT(NumFailures(Flaw::kParseForgets), 0);
  EXPECT_GT(NumFailures(Flaw::kCountsBatches), 0);
}

}  // namespace
}  // namespace tfx::testing
