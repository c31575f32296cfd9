#include "tfx/expressions/parse.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/expressions/parser.h"

namespace tfx::expressions {
namespace {

absl::StatusOr<SliceQuery::Item> ParseItem(Parser& parser) {
  SliceQuery::Item item;
  ASSIGN_OR_RETURN(item.value, parser.Expression());
  if (parser.TakeWord("AS")) {
    ASSIGN_OR_RETURN(item.name, parser.Name());
    return item;
  }
  const Path* path = item.value->As<Path>();
  if (path == nullptr || path->steps.back().kind != PathStep::Kind::kName) {
    return ErrorAt(item.value->position, "a value of STRUCT that is not a plain name needs one: write it with AS name");
  }
  item.name = path->steps.back().name;
  return item;
}

absl::StatusOr<SliceQuery::Source> ParseSource(Parser& parser) {
  SliceQuery::Source source;
  source.position = parser.Peek().position;
  // UNNEST(example.a) is what example.a stands for.
  const bool unnest = parser.TakeWord("UNNEST");
  if (unnest) RETURN_IF_ERROR(parser.ExpectSymbol("("));
  ASSIGN_OR_RETURN(const Path path, parser.ParsePath());
  if (unnest) RETURN_IF_ERROR(parser.ExpectSymbol(")"));
  for (const PathStep& step : path.steps) {
    if (step.kind != PathStep::Kind::kName)
      return ErrorAt(step.position, "FROM takes whole features, without subscripts");
    source.feature.push_back(step.name);
  }
  if (source.feature.size() < 2 || !absl::EqualsIgnoreCase(source.feature[0], "example")) {
    return ErrorAt(source.position, "FROM takes features as example.name; put odd names in back quotes: example.`a b`");
  }
  source.feature.erase(source.feature.begin());
  source.variable = source.feature.back();
  const Token& next = parser.Peek();
  const bool has_name = parser.TakeWord("AS") || next.kind == Token::Kind::kQuotedName ||
                        (next.kind == Token::Kind::kWord && !IsReservedWord(next.text));
  if (has_name) {
    ASSIGN_OR_RETURN(source.variable, parser.Name());
  }
  return source;
}

// The first element whose name an earlier one has, or nullptr.
template <typename Element, typename NameOf>
const Element* FindRepeated(const std::vector<Element>& elements, NameOf name_of) {
  for (size_t i = 0; i < elements.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (name_of(elements[i]) == name_of(elements[j])) return &elements[i];
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<NodePtr> Parse(std::string_view text, const ParseOptions& options) {
  ASSIGN_OR_RETURN(Parser parser, Parser::Create(text, options));
  ASSIGN_OR_RETURN(NodePtr tree, parser.Expression());
  RETURN_IF_ERROR(parser.ExpectEnd());
  return tree;
}

absl::StatusOr<SliceQuery> ParseSliceQuery(std::string_view text, const ParseOptions& options) {
  ASSIGN_OR_RETURN(Parser parser, Parser::Create(text, options));
  SliceQuery query;
  RETURN_IF_ERROR(parser.ExpectWord("SELECT"));
  query.distinct = parser.TakeWord("DISTINCT");
  RETURN_IF_ERROR(parser.ExpectWord("STRUCT"));
  RETURN_IF_ERROR(parser.ExpectSymbol("("));
  if (!parser.TakeSymbol(")")) {
    do {
      ASSIGN_OR_RETURN(SliceQuery::Item item, ParseItem(parser));
      query.items.push_back(std::move(item));
    } while (parser.TakeSymbol(","));
    if (!parser.TakeSymbol(")")) return parser.Unexpected("\")\" or \",\"");
  }
  if (parser.TakeWord("FROM")) {
    do {
      ASSIGN_OR_RETURN(SliceQuery::Source source, ParseSource(parser));
      query.sources.push_back(std::move(source));
    } while (parser.TakeSymbol(","));
  }
  if (parser.TakeWord("WHERE")) {
    ASSIGN_OR_RETURN(query.where, parser.Expression());
  }
  RETURN_IF_ERROR(parser.ExpectEnd());
  constexpr size_t kMost = 256;  // bounds the comparison of all names, and the cross product
  if (query.items.size() > kMost || query.sources.size() > kMost) {
    return absl::InvalidArgumentError(Concat("a slice query takes at most ", kMost, " values and features"));
  }
  if (const auto* item = FindRepeated(query.items, [](const auto& i) { return i.name; })) {
    return ErrorAt(item->value->position, Concat("two values of STRUCT are called ", item->name));
  }
  if (const auto* source = FindRepeated(query.sources, [](const auto& s) { return s.variable; })) {
    return ErrorAt(source->position, Concat("two features of FROM are called ", source->variable, "; name one by AS"));
  }
  return query;
}

}  // namespace tfx::expressions
