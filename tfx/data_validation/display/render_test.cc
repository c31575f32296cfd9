#include <random>
#include <regex>

#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tfx/base/concat.h"
#include "tfx/base/utf8.h"
#include "tfx/data_validation/anomalies/validation.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/display_label.h"
#include "tfx/data_validation/display/synthetic_statistics.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;
using ::testing::HasSubstr;
using ::testing::Not;

DisplayModel Model(const std::vector<const SyntheticList*>& lists, const std::string& title = "Test") {
  std::vector<DisplayDataset> datasets;
  for (const SyntheticList* list : lists) datasets.push_back({Concat("day ", datasets.size() + 1), &list->datasets(0)});
  v0::Schema schema;
  const auto anomalies = ValidateStatistics(*lists[0], schema);
  EXPECT_TRUE(anomalies.ok()) << anomalies.status();
  const auto model =
      MakeDisplayModel({.datasets = datasets, .schema = &schema, .anomalies = &*anomalies}, {.title = title});
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(DisplayModelJson, HoldsTheModel) {
  const SyntheticList one = SyntheticStatistics(9, 1), two = SyntheticStatistics(9, 2);
  const DisplayModel model = Model({&one, &two});

  const auto json = nlohmann::json::parse(DisplayModelJson(model));

  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["features"].size(), 9u);
  EXPECT_EQ(json["datasets"][0]["examples"], 100000);
  EXPECT_EQ(json["features"][0]["name"], "signal_000_measured");
  EXPECT_EQ(json["features"][0]["cells"][0][0][0], model.features[0].datasets[0].cells[0].text);
  EXPECT_EQ(json["features"][0]["charts"][0]["series"][1]["buckets"].size(), 30u);
  EXPECT_EQ(json["features"][2]["charts"][0]["labels"].size(), 8u - 4u);
  EXPECT_EQ(json["anomalies"].size(), 9u);
  EXPECT_EQ(json["features"][4]["anomaly"], 4);
  EXPECT_EQ(json["sortOrders"].back()["id"], "distance");
}

TEST(DisplayModelJson, CannotEndItsElement) {
  const SyntheticList hostile = HostileStatistics();
  const std::string json = DisplayModelJson(Model({&hostile}));
  EXPECT_EQ(json.find_first_of("<>&\n"), std::string::npos);
  EXPECT_EQ(FindInvalidUtf8(json), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(json));
}

TEST(DisplayModelJson, DoesNotDependOnTheOrderOfMaps) {
  const SyntheticList list = SyntheticStatistics(50, 1);
  EXPECT_EQ(DisplayModelJson(Model({&list})), DisplayModelJson(Model({&list})));
}

// Files from broken writers: whatever still parses can be shown.
TEST(RenderHtml, SurvivesDamagedStatistics) {
  const SyntheticList good = SyntheticStatistics(4, 1);
  const std::string bytes = good.SerializeAsString();
  const google::protobuf::LogSilencer no_words_on_bytes_that_are_no_utf8;
  std::mt19937 random(11);
  int parsed = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string damaged = bytes;
    for (size_t n = 1 + random() % 6; n > 0; --n) damaged[random() % damaged.size()] = static_cast<char>(random());
    SyntheticList list;
    if (!list.ParseFromString(damaged) || list.datasets().empty()) continue;
    ++parsed;

    const auto model = MakeDisplayModel({.datasets = {{"damaged", &list.datasets(0)}, {"good", &good.datasets(0)}}});

    ASSERT_TRUE(model.ok()) << model.status();
    ASSERT_TRUE(nlohmann::json::accept(DisplayModelJson(*model)));
    ASSERT_FALSE(RenderText(*model, {.width = 60, .details = true}).empty());
  }
  EXPECT_GT(parsed, 100);
}

TEST(RenderHtml, IsUnderThreeMegabytesForAThousandFeatures) {
  const SyntheticList one = SyntheticStatistics(1000, 1), two = SyntheticStatistics(1000, 2);
  EXPECT_LT(RenderHtml(Model({&one})).size(), 3'000'000u);
  EXPECT_LT(RenderHtml(Model({&one, &two})).size(), 3'000'000u);  // with an anomaly of every feature
}

TEST(RenderHtml, IsOnePageWithoutRequests) {
  const SyntheticList list = SyntheticStatistics(3, 1);
  const std::string page = RenderHtml(Model({&list}));
  EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe")));
  EXPECT_EQ(Count(page, "http"), Count(page, "http://www.w3.org/2000/svg") + Count(page, "http-equiv"));
  EXPECT_THAT(page, Not(HasSubstr("innerHTML")));
  EXPECT_FALSE(std::regex_search(page.substr(0, 3000), std::regex("(src|href)=")));
}

TEST(RenderHtml, KeepsHostileTextsText) {
  const SyntheticList hostile = HostileStatistics();
  const std::string page = RenderHtml(Model({&hostile}, "</title><script>broken()</script>"));
  EXPECT_EQ(Count(page, "<script"), 2u);
  EXPECT_EQ(Count(page, "</script"), 2u);
  EXPECT_EQ(Count(page, "<img"), 0u);
  EXPECT_THAT(page, HasSubstr("<title>&lt;/title&gt;&lt;script&gt;broken()"));
}

TEST(RenderFragment, IsAnElementAndItsScript) {
  const SyntheticList list = SyntheticStatistics(3, 1);
  const std::string fragment = RenderFragment(Model({&list}));
  EXPECT_EQ(fragment.rfind("<div data-tfx-statistics=\"", 0), 0u);
  EXPECT_THAT(fragment, HasSubstr(std::string(StatisticsScript())));
  EXPECT_NE(fragment.substr(26, 16), RenderFragment(Model({&list}, "Other")).substr(26, 16));
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

TEST(RenderText, FitsTheTerminal) {
  const SyntheticList one = SyntheticStatistics(30, 1), two = SyntheticStatistics(30, 2), hostile = HostileStatistics();
  for (const DisplayModel& model : {Model({&one}), Model({&one, &two}), Model({&hostile})}) {
    for (const int width : {60, 80, 133}) {
      for (const std::string& line : Lines(RenderText(model, {.width = width, .details = true}))) {
        ASSERT_LE(DisplayWidth(line), width) << line;
        ASSERT_TRUE(line.empty() || line.back() != ' ') << "'" << line << "'";
      }
    }
  }
}

TEST(RenderText, NeverSendsControlCharacters) {
  const SyntheticList hostile = HostileStatistics();
  for (const char c : RenderText(Model({&hostile}), {.details = true})) {
    ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  }
}

TEST(RenderText, ColoursOnlyWhenAsked) {
  const SyntheticList list = SyntheticStatistics(6, 1);
  const DisplayModel model = Model({&list});
  std::string colored = RenderText(model, {.color = true, .details = true});
  EXPECT_THAT(colored, HasSubstr("\033[31m"));
  colored = std::regex_replace(colored, std::regex("\033\\[[0-9]+m"), "");
  std::string stripped;
  for (std::string line : Lines(colored)) {
    line.erase(line.find_last_not_of(' ') + 1);
    stripped += line + "\n";
  }
  EXPECT_EQ(stripped, RenderText(model, {.details = true}));
}

TEST(RenderText, SortsAndLimits) {
  const SyntheticList list = SyntheticStatistics(30, 1);
  const DisplayModel model = Model({&list});
  const std::string few = RenderText(model, {.max_features = 4});
  EXPECT_THAT(few, HasSubstr("... 16 more features"));
  EXPECT_THAT(few, HasSubstr("Numeric features (20)"));
  EXPECT_EQ(RenderText(model, {.sort_by = "no such order"}), RenderText(model, {}));
  const std::string sorted = RenderText(model, {.max_features = 1, .sort_by = "missing_or_zero"});
  double most = 0;
  std::string worst;
  for (const int feature : model.sections[0].features) {
    if (model.features[feature].sort.missing_or_zero <= most) continue;
    most = model.features[feature].sort.missing_or_zero;
    worst = model.features[feature].name;
  }
  EXPECT_THAT(sorted, HasSubstr("\n" + worst));
}

TEST(RenderText, ShowsTheSameNumbersAsThePage) {
  const SyntheticList list = SyntheticStatistics(12, 1);
  const DisplayModel model = Model({&list});
  const std::string text = RenderText(model, {.width = 160, .details = true});
  for (const DisplayFeature& feature : model.features) {
    for (const DisplayCell& cell : feature.datasets[0].cells) EXPECT_THAT(text, HasSubstr(cell.text));
  }
  EXPECT_THAT(text, HasSubstr("no entry in the schema"));
  EXPECT_THAT(text, HasSubstr("+ feature {"));
}

}  // namespace
}  // namespace tfx::tfdv
