#include "tfx/trainer/data.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tensorflow/core/example/example.pb.h"
#include "tensorflow_metadata/proto/v0/schema.pb.h"
#include "tfx/io/file_system.h"
#include "tfx/io/text_proto.h"
#include "tfx/io/tfrecord.h"
#include "tfx/testing/test_folder.h"

namespace keras {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Dataset Numbers(int64_t n) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < n; ++i) values.push_back(i);
  return Dataset::FromTensors({{"n", tf::Tensor::Vector<int64_t>(values)}});
}

std::vector<int64_t> Values(const Dataset& dataset, int64_t iteration = 0, int64_t max_batches = 1000) {
  std::vector<int64_t> values;
  absl::StatusOr<std::unique_ptr<BatchIterator>> batches = dataset.Iterate(iteration);
  EXPECT_TRUE(batches.ok()) << batches.status();
  if (!batches.ok()) return values;
  BatchTensors batch;
  for (int64_t i = 0; i < max_batches; ++i) {
    const absl::StatusOr<bool> more = (*batches)->Next(&batch);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) break;
    const std::span<const int64_t> part = batch.features[0].data<int64_t>();
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

TEST(Dataset, BatchesWithAndWithoutTheRemainder) {
  EXPECT_THAT(Values(Numbers(5).Batch(2)), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Values(Numbers(5).Batch(2, {.drop_remainder = true})), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Values(Numbers(7).Take(5).Shard(2, 1).Batch(2)), ElementsAre(1, 3));
  EXPECT_EQ(*Numbers(7).Repeat(3).CountRows(), 21);
  EXPECT_FALSE(Numbers(7).Repeat().CountRows().ok());
}

TEST(Dataset, ShuffleIsAPermutationThatDependsOnSeedAndIterationOnly) {
  const Dataset data = Numbers(100).Shuffle({.buffer_size = 30, .seed = 4}).Batch(7);
  const std::vector<int64_t> first = Values(data, 0);

  EXPECT_EQ(std::set<int64_t>(first.begin(), first.end()).size(), 100u);
  EXPECT_EQ(first, Values(data, 0));
  EXPECT_NE(first, Values(data, 1));
  EXPECT_NE(first, Values(Numbers(100).Shuffle({.buffer_size = 30, .seed = 5}).Batch(7)));
  EXPECT_EQ(first, Values(data.Prefetch(3)));
  // A row cannot come earlier than the buffer lets it.
  for (int64_t i = 0; i < 100; ++i) EXPECT_LT(first[i], i + 30);
  const Dataset fixed = Numbers(100).Shuffle({.seed = 4, .reshuffle_each_iteration = false}).Batch(7);
  EXPECT_EQ(Values(fixed, 0), Values(fixed, 1));
}

TEST(Dataset, RepeatShufflesEachPassAnew) {
  const std::vector<int64_t> values = Values(Numbers(20).Shuffle({.seed = 1}).Repeat(2).Batch(20));
  const std::vector<int64_t> first(values.begin(), values.begin() + 20), second(values.begin() + 20, values.end());
  EXPECT_NE(first, second);
  EXPECT_THAT(second, ::testing::UnorderedElementsAreArray(first));
}

TEST(Dataset, CacheGivesTheSameRowsAgain) {
  const Dataset data = Numbers(10).Cache().Batch(3);
  EXPECT_EQ(Values(data), Values(data));
  EXPECT_THAT(Values(Numbers(3).Cache().Repeat(2).Batch(4)), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(Dataset, SkipPassesOverWholeBatches) {
  for (const Dataset& data : {Numbers(10).Batch(3), Numbers(10).Batch(3).Prefetch(2)}) {
    std::unique_ptr<BatchIterator> batches = *data.Iterate();
    EXPECT_EQ(*batches->Skip(2), 2);
    BatchTensors batch;
    ASSERT_TRUE(*batches->Next(&batch));
    EXPECT_EQ(batch.features[0].data<int64_t>()[0], 6);
    EXPECT_EQ(*batches->Skip(5), 1);
  }
}

TEST(Dataset, AnEmptyOneRepeatedForEverEnds) {
  EXPECT_THAT(Values(Numbers(3).Take(0).Repeat().Batch(2)), ElementsAre());
}

TEST(Dataset, PrefetchThreadEndsWhenTheReaderStopsEarly) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Values(Numbers(100).Repeat().Batch(4).Prefetch(2), 0, 3).size(), 12u);
}

TEST(Dataset, MisuseIsReported) {
  EXPECT_THAT(Numbers(3).Iterate().status().message(), HasSubstr(".Batch(size)"));
  EXPECT_THAT(Numbers(3).Batch(2).Shuffle({}).status().message(), HasSubstr("before .Batch"));
  EXPECT_THAT(Numbers(3).Prefetch().status().message(), HasSubstr("call .Batch"));
  EXPECT_THAT(Numbers(3).Batch(0).status().message(), HasSubstr("batch_size = 0"));
  EXPECT_FALSE(Dataset().Batch(3).status().ok());
  EXPECT_FALSE(Dataset::FromTensors({{"a", tf::Tensor::Vector<float>({1})}, {"b", tf::Tensor::Vector<float>({1, 2})}})
                   .status()
                   .ok());
}

class ExampleFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        ::tfx::testing::TestFolder() + "/data_test_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_TRUE(tfx::io::RemoveRecursively(directory_).ok());
    ASSERT_TRUE(tfx::io::ParseTextProto(R"pb(
                                          feature {
                                            name: "fare"
                                            type: FLOAT
                                            presence { min_fraction: 1 }
                                            shape {}
                                          }
                                          feature {
                                            name: "tips"
                                            type: INT
                                            presence { min_fraction: 1 }
                                            shape { dim { size: 1 } }
                                          }
                                          feature { name: "tags" type: INT }
                                          feature {
                                            name: "words"
                                            type: BYTES
                                            presence { min_fraction: 1 }
                                            shape { dim { size: 2 } }
                                          }
                                        )pb",
                                        "schema", &schema_)
                    .ok());
  }

  std::string Write(const std::string& name, const std::vector<std::string>& examples) {
    const std::string path = directory_ + "/" + name;
    auto writer = *tfx::io::TFRecordWriter::Open(path, tfx::io::Compression::kGzip);
    for (const std::string& text : examples) {
      ::tensorflow::Example example;
      EXPECT_TRUE(tfx::io::ParseTextProto(text, "example", &example).ok());
      EXPECT_TRUE(writer->Write(example.SerializeAsString()).ok());
    }
    EXPECT_TRUE(writer->Close().ok());
    return path;
  }

  static std::string Row(float fare, int tips, const std::string& tags) {
    const auto feature = [](const std::string& name, const std::string& value) {
      return "feature { key: '" + name + "' value { " + value + " } } ";
    };
    return "features { " + feature("fare", "float_list { value: " + std::to_string(fare) + " }") +
           feature("tips", "int64_list { value: " + std::to_string(tips) + " }") +
           (tags.empty() ? "" : feature("tags", "int64_list { " + tags + " }")) +
           feature("words", "bytes_list { value: 'a' value: 'b' }") + "}";
  }

  absl::Status FirstError(const Dataset& data) {
    absl::StatusOr<std::unique_ptr<BatchIterator>> batches = data.Iterate();
    if (!batches.ok()) return batches.status();
    BatchTensors batch;
    while (true) {
      const absl::StatusOr<bool> more = (*batches)->Next(&batch);
      if (!more.ok()) return more.status();
      if (!*more) return absl::OkStatus();
    }
  }

  std::string directory_;
  ::tensorflow::metadata::v0::Schema schema_;
};

TEST_F(ExampleFiles, BecomeDensePaddedAndStringTensors) {
  Write("part-0.gz", {Row(1.5f, 1, "value: 7 value: 8"), Row(2.5f, 0, "")});
  Write("part-1.gz", {Row(3.5f, 1, "value: 9")});
  const Dataset data =
      Dataset::FromExamples({directory_ + "/*"}, schema_, {.label_key = "tips", .weight_key = "fare"}).Batch(3);
  ASSERT_TRUE(data.status().ok()) << data.status();

  BatchTensors batch;
  ASSERT_TRUE(*(*data.Iterate())->Next(&batch));

  ASSERT_EQ(data.columns().size(), 2u);
  EXPECT_EQ(data.columns()[0].name, "tags");
  EXPECT_EQ(batch.features[0].shape(), (tf::Shape{3, 2}));
  EXPECT_THAT(batch.features[0].data<int64_t>(), ElementsAre(7, 8, -1, -1, 9, -1));
  EXPECT_EQ(batch.features[1].shape(), (tf::Shape{3, 2}));
  EXPECT_EQ(batch.features[1].string_at(5), "b");
  EXPECT_EQ(batch.label.shape(), (tf::Shape{3, 1}));
  EXPECT_THAT(batch.label.data<int64_t>(), ElementsAre(1, 0, 1));
  EXPECT_THAT(batch.weight.data<float>(), ElementsAre(1.5f, 2.5f, 3.5f));
}

TEST_F(ExampleFiles, MistakesNameFileFeatureAndRow) {
  const std::string missing = Write("missing.gz", {Row(1, 1, ""), "features { }"});
  EXPECT_THAT(FirstError(Dataset::FromExamples({missing}, schema_).Batch(2)).message(),
              AllOf(HasSubstr("missing.gz"), HasSubstr("row 1"), HasSubstr("\"fare\" is missing")));

  const std::string kind = Write("kind.gz", {"features { feature { key: 'fare' value { int64_list { value: 1 } } } }"});
  EXPECT_THAT(FirstError(Dataset::FromExamples({kind}, schema_, {.features = {"fare"}}).Batch(2)).message(),
              AllOf(HasSubstr("\"fare\""), HasSubstr("float_list")));

  const std::string wide =
      Write("wide.gz", {"features { feature { key: 'fare' value { float_list { value: 1 value: 2 } } } }"});
  EXPECT_THAT(FirstError(Dataset::FromExamples({wide}, schema_, {.features = {"fare"}}).Batch(2)).message(),
              HasSubstr("has 2 values"));

  EXPECT_THAT(Dataset::FromExamples({missing}, schema_, {.label_key = "tipz"}).status().message(),
              AllOf(HasSubstr("label_key"), HasSubstr("did you mean tips")));
  EXPECT_EQ(Dataset::FromExamples({directory_ + "/none-*"}, schema_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Dataset::FromExamples({directory_ + "/none"}, schema_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Dataset::FromTransformedExamples({missing}, directory_).status().code(), absl::StatusCode::kNotFound);

  ASSERT_TRUE(tfx::io::WriteFile(directory_ + "/torn.gz", "not a TFRecord file at all").ok());
  EXPECT_THAT(FirstError(Dataset::FromExamples({directory_ + "/torn.gz"}, schema_).Batch(2)).message(),
              HasSubstr("torn.gz"));
}

TEST_F(ExampleFiles, DefaultsFillMissingFeatures) {
  const std::string path = Write("some.gz", {"features { }"});
  const Dataset data =
      Dataset::FromExamples(
          {path}, schema_,
          {.features = {"fare", "words"}, .default_numbers = {{"fare", 2.5}}, .default_strings = {{"words", "?"}}})
          .Batch(1);
  BatchTensors batch;
  const absl::StatusOr<bool> more = (*data.Iterate())->Next(&batch);
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_EQ(batch.features[0].data<float>()[0], 2.5f);
  EXPECT_THAT(batch.features[1].strings(), ElementsAre("?", "?"));
}

}  // namespace
}  // namespace keras
