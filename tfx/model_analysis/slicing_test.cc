#include "tfx/model_analysis/slicing.h"

#include "gtest/gtest.h"
#include "tfx/model_analysis/test_rows.h"

namespace tfx::tfma {
namespace {

using ::tensorflow_model_analysis::SlicingSpec;

BatchPtr Rows() {
  return MakeBatch({{"age", ListColumn<int64_t>({{20}, {21}, {}})},
                    {"color", ListColumn<std::string>({{"red", "blue", "red"}, {"red"}, {"red"}})},
                    {"size", ListColumn<float>({{1.0f}, {0.5f}, {2.0f}})}});
}

std::vector<std::vector<SliceKey>> SlicesOf(const std::vector<std::string>& specs) {
  std::vector<SlicingSpec> protos;
  for (const std::string& spec : specs) protos.push_back(FromText<SlicingSpec>(spec));
  absl::StatusOr<Slicer> slicer = Slicer::Create(protos);
  EXPECT_TRUE(slicer.ok()) << slicer.status();
  auto slices = slicer->Slices(*Rows());
  EXPECT_TRUE(slices.ok()) << slices.status();
  return *slices;
}

SliceKey Key(std::initializer_list<std::pair<std::string, SliceValue>> pairs) { return SliceKey(pairs); }

TEST(Slicing, NoSpecAndTheEmptySpecAreTheOverallSlice) {
  EXPECT_EQ(SlicesOf({}), (std::vector<std::vector<SliceKey>>(3, {SliceKey()})));
  EXPECT_EQ(SlicesOf({"", ""}), (std::vector<std::vector<SliceKey>>(3, {SliceKey()})));
}

TEST(Slicing, KeysAreSortedByColumnAndCrossTheDistinctValues) {
  const auto slices = SlicesOf({"feature_keys: 'color' feature_keys: 'age'"});

  EXPECT_EQ(slices[0], (std::vector<SliceKey>{Key({{"age", int64_t{20}}, {"color", "blue"}}),
                                              Key({{"age", int64_t{20}}, {"color", "red"}})}));
  EXPECT_EQ(slices[1], (std::vector<SliceKey>{Key({{"age", int64_t{21}}, {"color", "red"}})}));
  EXPECT_TRUE(slices[2].empty()) << "no age, no slice";
  EXPECT_EQ(SlicesOf({"feature_keys: 'size' feature_values { key: 'age' value: '20' }"})[0],
            (std::vector<SliceKey>{Key({{"age", int64_t{20}}, {"size", 1.0f}})}));
}

TEST(Slicing, FixedValuesSelectRowsAndNumbersTakeTheTypeOfTheText) {
  EXPECT_EQ(SlicesOf({"feature_values { key: 'age' value: '20' }"})[0],
            (std::vector<SliceKey>{Key({{"age", int64_t{20}}})}));
  EXPECT_EQ(SlicesOf({"feature_values { key: 'age' value: '20.0' }"})[0],
            (std::vector<SliceKey>{Key({{"age", 20.0f}})}));
  EXPECT_EQ(SlicesOf({"feature_values { key: 'size' value: '1' }"})[0],
            (std::vector<SliceKey>{Key({{"size", int64_t{1}}})}));
  EXPECT_TRUE(SlicesOf({"feature_values { key: 'age' value: '20' }"})[1].empty());
  EXPECT_TRUE(SlicesOf({"feature_values { key: 'color' value: '20' }"})[0].empty());
}

TEST(Slicing, OverlappingSpecsGiveASliceOncePerRow) {
  const auto slices = SlicesOf({"feature_keys: 'age'", "feature_values { key: 'age' value: '20' }",
                                "feature_values { key: 'age' value: '20.0' }"});

  EXPECT_EQ(slices[0], (std::vector<SliceKey>{Key({{"age", int64_t{20}}})}));
}

TEST(Slicing, AnUnknownColumnIsMissingInEveryRow) {
  for (const auto& row : SlicesOf({"feature_keys: 'no_such_column'"})) EXPECT_TRUE(row.empty());
}

TEST(Slicing, BytesThatAreNotTextNameTheColumn) {
  auto slicer = Slicer::Create({FromText<SlicingSpec>("feature_keys: 'color'")});
  ASSERT_TRUE(slicer.ok());

  const auto slices = slicer->Slices(*MakeBatch({{"color", ListColumn<std::string>({{"\xff\xfe"}})}}));

  EXPECT_EQ(slices.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(slices.status().message().find("'color'"), std::string::npos) << slices.status();
}

TEST(Slicing, AColumnBothAsKeyAndAsValueIsAnError) {
  const auto slicer =
      Slicer::Create({FromText<SlicingSpec>("feature_keys: 'age' feature_values { key: 'age' value: '1' }")});

  EXPECT_EQ(slicer.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Slicing, TextAndMessageOfAKey) {
  const SliceKey key = Key({{"age", int64_t{20}}, {"color", "red"}, {"size", 0.5f}});

  EXPECT_EQ(SliceKeyToString({}), "Overall");
  EXPECT_EQ(SliceKeyToString(key), "age_X_color_X_size:20_X_red_X_0.5");
  EXPECT_EQ(SliceKeyFromProto(SliceKeyToProto(key)), key);
}

TEST(Slicing, ASpecAcceptsKeysOfItsColumnsOnly) {
  const auto spec = FromText<SlicingSpec>("feature_keys: 'color' feature_values { key: 'age' value: '20' }");

  EXPECT_TRUE(SlicingSpecMatches(spec, Key({{"age", int64_t{20}}, {"color", "red"}})));
  EXPECT_FALSE(SlicingSpecMatches(spec, Key({{"age", int64_t{21}}, {"color", "red"}})));
  EXPECT_FALSE(SlicingSpecMatches(spec, Key({{"color", "red"}})));
  EXPECT_FALSE(SlicingSpecMatches(spec, Key({{"age", int64_t{20}}, {"size", 1.0f}})));
  EXPECT_FALSE(SlicingSpecMatches(spec, {}));
}

}  // namespace
}  // namespace tfx::tfma
