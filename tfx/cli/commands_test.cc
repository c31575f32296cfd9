#include "tfx/cli/commands.h"

#include <sstream>

#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tfx/cli/table.h"

namespace tfx::cli {
namespace {

using ::testing::HasSubstr;

struct Result {
  int code;
  std::string out;
  std::string err;
};

Result RunTfx(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tfx");
  std::ostringstream out;
  std::ostringstream err;
  const int code = Run(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {code, out.str(), err.str()};
}

// Every leaf of the tree of verbs.
std::vector<CLI::App*> Leaves(CLI::App& app) {
  std::vector<CLI::App*> leaves;
  for (CLI::App* sub : app.get_subcommands({})) {
    std::vector<CLI::App*> below = Leaves(*sub);
    if (below.empty()) below = {sub};
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

TEST(CommandsTest, EveryVerbHasAnExampleAndJson) {
  CLI::App app;
  std::ostringstream out;
  CommandContext context{.out = out};
  AddAllCommands(app, context);
  const std::vector<CLI::App*> leaves = Leaves(app);
  EXPECT_GE(leaves.size(), 24u);
  for (CLI::App* leaf : leaves) {
    EXPECT_THAT(leaf->get_footer(), HasSubstr("tfx ")) << leaf->get_name();
    EXPECT_NE(leaf->get_option_no_throw("--json"), nullptr) << leaf->get_name();
    EXPECT_FALSE(leaf->get_description().empty()) << leaf->get_name();
  }
}

TEST(CommandsTest, UnknownWordsNameTheNearest) {
  const Result verb = RunTfx({"artefact", "list"});
  EXPECT_EQ(verb.code, kExitUsage);
  EXPECT_THAT(verb.err, HasSubstr("artifact"));

  const Result flag = RunTfx({"data", "statistics", "--input=x", "--outptu=y"});
  EXPECT_EQ(flag.code, kExitUsage);
  EXPECT_THAT(flag.err, HasSubstr("--output"));
}

TEST(CommandsTest, HelpExitsZeroAndShowsTheExample) {
  const Result help = RunTfx({"lineage", "--help"});
  EXPECT_EQ(help.code, kExitOk);
  EXPECT_THAT(help.out, HasSubstr("tfx lineage 17"));
}

TEST(CommandsTest, SaysHowToNameTheMetadata) {
  unsetenv("TFX_METADATA_PATH");
  const Result result = RunTfx({"run", "list"});
  EXPECT_EQ(result.code, kExitError);
  EXPECT_THAT(result.err, HasSubstr("--metadata_path"));
}

TEST(CommandsTest, NamesTheFileThatIsMissing) {
  const Result result = RunTfx({"data", "statistics", "--input=/nowhere/*.csv"});
  EXPECT_EQ(result.code, kExitError);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/*.csv"));
}

TEST(TableTest, AlignsTextLeftAndNumbersRight) {
  Table table({"NAME", "N"});
  table.AddRow({"a", "7"});
  table.AddRow({"longer", "1,000"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "NAME    N\na           7\nlonger  1,000\n");
}

}  // namespace
}  // namespace tfx::cli
