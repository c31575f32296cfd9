#include "tfx/base/status_context.h"

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "tfx/base/status_macros.h"

namespace tfx {
namespace {

TEST(Annotate, LeavesOkAlone) { EXPECT_TRUE(Annotate(absl::OkStatus(), "data.csv").ok()); }

TEST(Annotate, PutsThePlaceInFrontAndKeepsCodeAndPayloads) {
  absl::Status status = absl::DataLossError("bad checksum");
  status.SetPayload("url", absl::Cord("payload"));

  const absl::Status annotated = Annotate(status, "a.gz");

  EXPECT_EQ(annotated.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(annotated.message(), "a.gz: bad checksum");
  EXPECT_EQ(annotated.GetPayload("url"), absl::Cord("payload"));
}

absl::StatusOr<int> Doubled(absl::StatusOr<int> number) {
  ASSIGN_OR_RETURN(const int value, number);
  RETURN_IF_ERROR(value < 0 ? absl::OutOfRangeError("negative") : absl::OkStatus());
  return 2 * value;
}

TEST(StatusMacros, ReturnEarlyOnErrorsAndGoOnOtherwise) {
  EXPECT_EQ(Doubled(4).value(), 8);
  EXPECT_EQ(Doubled(-1).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Doubled(absl::NotFoundError("none")).status().message(), "none");
}

}  // namespace
}  // namespace tfx
