#include "tfx/metadata/node_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>

namespace mlmd {
namespace {

using List = NodeList<std::string>;
static_assert(std::random_access_iterator<List::const_iterator>);
static_assert(std::ranges::random_access_range<const List>);

List Letters() {
  List list;
  for (const char* letter : {"a", "b", "c", "d"}) list.push_back(std::make_shared<const std::string>(letter));
  return list;
}

TEST(NodeList, IsReadLikeAVector) {
  const List list = Letters();
  EXPECT_EQ(list.size(), 4u);
  EXPECT_EQ(list[1], "b");
  EXPECT_EQ(list.front() + list.back(), "ad");
  EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()), (std::vector<std::string>{"a", "b", "c", "d"}));
  std::string backwards;
  for (const std::string& letter : std::views::reverse(list)) backwards += letter;
  EXPECT_EQ(backwards, "dcba");
  EXPECT_EQ(std::lower_bound(list.begin(), list.end(), "c") - list.begin(), 2);
  EXPECT_EQ(list.begin()->size(), 1u);
  EXPECT_TRUE(List().empty());
  EXPECT_EQ(List().begin(), List().end());
}

TEST(NodeList, SharesItsNodes) {
  List list = Letters();
  const List copy = list;
  const std::string* const b = &list[1];
  list.Truncate(2);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(copy.size(), 4u);
  EXPECT_EQ(&copy[1], b);
  list = List();
  EXPECT_EQ(*b, "b");
}

TEST(NodeList, KnowsTheWireFormatOfNodesThatCameWithIt) {
  std::vector<std::shared_ptr<const EncodedNode<std::string>>> nodes;
  for (const char* letter : {"a", "b", "c"}) {
    nodes.push_back(std::make_shared<EncodedNode<std::string>>(
        EncodedNode<std::string>{letter, *letter == 'b' ? "" : std::string("bytes of ") + letter}));
  }
  List list(std::move(nodes));
  EXPECT_EQ(list[2], "c");
  EXPECT_EQ(list.encoded(0), "bytes of a");
  EXPECT_EQ(list.encoded(1), "");
  const List copy = list;
  list.Truncate(1);
  list.push_back(std::make_shared<const std::string>("d"));
  EXPECT_EQ(list.encoded(0), "bytes of a");
  EXPECT_EQ(list.encoded(1), "");
  list = List();
  EXPECT_EQ(copy.encoded(2), "bytes of c");
  EXPECT_EQ(Letters().encoded(0), "");
}

}  // namespace
}  // namespace mlmd
