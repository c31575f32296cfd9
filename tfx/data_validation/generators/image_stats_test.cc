#include "tfx/data_validation/generators/image_stats.h"

#include "gtest/gtest.h"
#include "tfx/data_validation/generators/generator_testing.h"
#include "tfx/data_validation/generators/image_header.h"

namespace tfx::tfdv {
namespace {

using std::string_literals::operator""s;

std::string Bmp(char width, char height) {
  return "BM"s + std::string(12, '\0') + "\x28\0\0\0"s + width + "\0\0\0"s + height + "\0\0\0"s;
}
std::string BmpCore(char width, char height) {
  return "BM"s + std::string(12, '\0') + "\x0c\0\0\0"s + width + "\0"s + height + "\0"s;
}
std::string Gif(char width, char height) { return "GIF89a"s + width + "\0"s + height + "\0"s; }
std::string Png(char width, char height) {
  return "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0"s + width + "\0\0\0"s + height;
}
// With a comment and fill bytes before the frame.
std::string Jpeg(char width, char height) {
  return "\xff\xd8\xff\xe0\0\x04JF\xff\xff\xfe\0\x03!\xff\xc2\0\x11\x08\0"s + height + "\0"s + width;
}

TEST(ImageHeader, KnowsFormatsByTheirFirstBytes) {
  EXPECT_EQ(RecogniseImage("BM"), ImageFormat::kBmp);
  EXPECT_EQ(RecogniseImage("GIF8"), ImageFormat::kGif);
  EXPECT_EQ(RecogniseImage("\xff\xd8\xff"), ImageFormat::kJpeg);
  EXPECT_EQ(RecogniseImage("\x89PNG\r\n\x1a\n"), ImageFormat::kPng);
  for (const std::string& other : {""s, "B"s, "GIF"s, "\xff\xd8"s, "\x89PNG\r\n\x1a"s, "bm"s, "text"s}) {
    EXPECT_EQ(RecogniseImage(other), ImageFormat::kUnknown) << other;
  }
}

TEST(ImageHeader, ReadsSizesAndStopsWhereTheBytesEnd) {
  for (const std::string& image : {Bmp(5, 7), BmpCore(5, 7), Gif(5, 7), Png(5, 7), Jpeg(5, 7)}) {
    const auto size = ReadImageSize(image);
    ASSERT_TRUE(size.has_value()) << ImageFormatName(RecogniseImage(image));
    EXPECT_EQ(size->width, 5) << ImageFormatName(RecogniseImage(image));
    EXPECT_EQ(size->height, 7) << ImageFormatName(RecogniseImage(image));
    for (size_t n = 0; n < image.size(); ++n) {
      EXPECT_FALSE(ReadImageSize(image.substr(0, n)).has_value())
          << ImageFormatName(RecogniseImage(image)) << " cut to " << n;
    }
  }
}

TEST(ImageHeader, RefusesHeadersThatMakeNoSense) {
  EXPECT_FALSE(ReadImageSize(Bmp(5, 7).replace(18, 4, "\xff\xff\xff\xff")).has_value());
  EXPECT_EQ(ReadImageSize(Bmp(5, 7).replace(22, 4, "\xf9\xff\xff\xff"))->height, 7) << "from the top down";
  EXPECT_FALSE(ReadImageSize("\xff\xd8\xff\xe0\0\x01"s).has_value()) << "a segment shorter than its length";
  EXPECT_FALSE(ReadImageSize("\xff\xd8\xff\xda\0\x02\xff\xc0\0\x11\x08\0\x01\0\x01"s).has_value())
      << "the scan comes before any frame";
  EXPECT_FALSE(ReadImageSize(Png(5, 7).replace(12, 4, "IDAT")).has_value());
}

std::vector<std::string> Values(int images, int others) {
  std::vector<std::string> values(others, "text");
  for (int i = 0; i < images; ++i) values.push_back(i % 2 == 0 ? Png(5, 7) : Jpeg(9, 3));
  return values;
}

TEST(ImageStatsGenerator, CountsFormatsAndKeepsTheGreatestSize) {
  const auto result =
      ResultOf(MakeImageStatsGenerator({.values_threshold = 5, .enable_size_stats = true}),
               {MakeRows({{"image", OneString({Png(5, 7), Png(8, 2), Jpeg(3, 9), Gif(1, 1), "no image"})}})});

  ASSERT_NE(FindCustomStat(result, "image", "domain_info"), nullptr);
  EXPECT_EQ(FindCustomStat(result, "image", "domain_info")->str(), "image_domain {}");
  const auto& buckets = FindCustomStat(result, "image", "image_format_histogram")->rank_histogram().buckets();
  ASSERT_EQ(buckets.size(), 4);
  EXPECT_EQ(buckets[0].label(), "UNKNOWN");
  EXPECT_EQ(buckets[1].label(), "gif");
  EXPECT_EQ(buckets[2].label(), "jpeg");
  EXPECT_EQ(buckets[3].label(), "png");
  EXPECT_EQ(buckets[3].sample_count(), 2);
  EXPECT_EQ(FindCustomStat(result, "image", "image_max_width")->num(), 8);
  EXPECT_EQ(FindCustomStat(result, "image", "image_max_height")->num(), 9);
}

TEST(ImageStatsGenerator, NeedsEnoughValuesAndAnEnoughShare) {
  const auto is_image = [](int images, int others) {
    const auto result = ResultOf(MakeImageStatsGenerator({}), {MakeRows({{"x", OneString(Values(images, others))}})});
    EXPECT_EQ(result.features_size(), 1) << "the feature has an entry in any case";
    EXPECT_EQ(FindCustomStat(result, "x", "image_max_width"), nullptr) << "sizes only when asked for";
    return FindCustomStat(result, "x", "domain_info") != nullptr;
  };
  EXPECT_TRUE(is_image(80, 20));
  EXPECT_FALSE(is_image(79, 21));
  EXPECT_FALSE(is_image(99, 0));
  EXPECT_TRUE(is_image(100, 0));
}

TEST(ImageStatsGenerator, GivesUpFeaturesOfOtherKinds) {
  const auto generator = [] { return MakeImageStatsGenerator({.values_threshold = 1}); };
  const NumberedRows images = MakeRows({{"x", OneString(Values(10, 0))}});
  const NumberedRows numbers = MakeRows({{"x", OneInt({1})}});
  const NumberedRows nothing = MakeRows({{"x", std::make_shared<arrow::NullArray>(3)}});
  EXPECT_NE(FindCustomStat(ResultOf(generator(), {nothing, images}), "x", "domain_info"), nullptr);
  EXPECT_EQ(FindCustomStat(ResultOf(generator(), {images, numbers}), "x", "domain_info"), nullptr);
  EXPECT_EQ(FindCustomStat(ResultOf(generator(), {numbers, images}), "x", "domain_info"), nullptr);
  EXPECT_EQ(ResultOf(generator(), {}).features_size(), 0);
}

TEST(ImageStatsGenerator, RefusesOptionsOutOfRange) {
  EXPECT_EQ(MakeImageStatsGenerator({.is_image_ratio_threshold = 1.1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_NE(MakeImageStatsGenerator({.values_threshold = 0}).status().message().find("values_threshold"),
            std::string::npos);
}

TEST(ImageStatsGenerator, IsAnAccumulator) {
  testing::CheckAccumulatorProperties(
      GeneratorAccumulator(*MakeImageStatsGenerator({.values_threshold = 1, .enable_size_stats = true})),
      {MakeRows({{"x", OneString(Values(7, 2))}}, 0), MakeRows({{"x", OneString(Values(3, 0))}}, 9),
       MakeRows({{"y", OneString(Values(2, 2))}}, 12), MakeRows({{"y", OneInt({1, 2, 3})}}, 16)},
      GeneratorChecks());
}

}  // namespace
}  // namespace tfx::tfdv
