#include "tfx/metadata/query/filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "tfx/base/concat.h"
#include "tfx/base/nearest_name.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/base/utf8.h"
#include "tfx/expressions/lexer.h"
#include "tfx/expressions/parse.h"
#include "tfx/metadata/query/filter_joins.h"
#include "tfx/metadata/query/filter_names.h"

namespace mlmd {
namespace {

using ::tfx::Append;
using ::tfx::Concat;
using ::tfx::DidYouMean;
using namespace ::tfx::expressions;  // NOLINT: the syntax tree, all of it
using Piece = FilterPiece;

bool IsNumber(FilterType type) { return type == FilterType::kInt || type == FilterType::kDouble; }
bool FitTogether(FilterType a, FilterType b) {
  return a == b || (IsNumber(a) && IsNumber(b)) || a == FilterType::kNull || b == FilterType::kNull;
}

struct FilterFunction {
  std::string_view name;
  std::string_view takes;
};
// Those that every database has, or that can be written with what it has.
constexpr FilterFunction kFunctions[] = {{"ABS", "one number"},
                                         {"COALESCE", "values of one type"},
                                         {"IF", "a condition and two values of one type"},
                                         {"IFNULL", "two values of one type"},
                                         {"LENGTH", "one STRING"},
                                         {"LOWER", "one STRING"},
                                         {"MOD", "two INT64"},
                                         {"NULLIF", "two values of one type"},
                                         {"UPPER", "one STRING"}};

class Compiler {
 public:
  Compiler(FilterBase base, const FilterLimits& limits) : base_(base), limits_(limits), joins_(base) {}

  absl::StatusOr<FilterSql> Run(const Node& tree, std::string_view text) {
    std::vector<FilterConjunct> conjuncts;
    RETURN_IF_ERROR(Split(tree, text, &conjuncts));
    return joins_.Assemble(std::move(conjuncts));
  }

 private:
  using PieceOr = absl::StatusOr<Piece>;

  absl::Status Split(const Node& tree, std::string_view text, std::vector<FilterConjunct>* conjuncts) {
    const auto is_and = [](const Node& node) {
      const Logical* logical = node.As<Logical>();
      return logical != nullptr && logical->op == Logical::Op::kAnd;
    };
    if (!is_and(tree)) {
      ASSIGN_OR_RETURN(Piece piece, Translate(tree));
      if (piece.type != FilterType::kBool) {
        return absl::InvalidArgumentError(Concat("Given query string is not a valid boolean expression: ", text));
      }
      conjuncts->push_back({std::move(piece), IsIndexed(tree), IsBaseName(tree), PrefixOf(tree)});
      return absl::OkStatus();
    }
    for (const NodePtr& operand : tree.As<Logical>()->operands) {
      if (is_and(*operand)) {
        RETURN_IF_ERROR(Split(*operand, text, conjuncts));
        continue;
      }
      ASSIGN_OR_RETURN(Piece piece, Condition(*operand, "AND"));
      conjuncts->push_back({std::move(piece), IsIndexed(*operand), IsBaseName(*operand), PrefixOf(*operand)});
    }
    return absl::OkStatus();
  }

  static bool IsBaseName(const Node& node) {
    const Binary* equal = node.As<Binary>();
    const In* in = node.As<In>();
    const bool is_equal = equal != nullptr && equal->op == Binary::Op::kEqual;
    const Node* column = is_equal ? equal->left.get() : in != nullptr ? in->operand.get() : nullptr;
    const Path* path = column != nullptr ? column->As<Path>() : nullptr;
    return path != nullptr && path->steps.size() == 1 && absl::EqualsIgnoreCase(path->steps[0].name, "name") &&
           IsIndexed(node);
  }

  // What LIKE asks of the beginning of one of the base's columns that have an index of their own.
  static std::optional<FilterSql::Prefix> PrefixOf(const Node& node) {
    const Like* like = node.As<Like>();
    const Path* path = like != nullptr && !like->negated ? like->operand->As<Path>() : nullptr;
    const Literal* pattern = path != nullptr ? like->pattern->As<Literal>() : nullptr;
    if (pattern == nullptr || !pattern->value.holds_string() || path->steps.size() != 1) return std::nullopt;
    const std::string_view text = pattern->value.string_value();
    const auto is_plain = [](char c) { return c != '%' && c != '_' && c > 0; };
    const std::string_view plain(text.begin(), std::find_if_not(text.begin(), text.end(), is_plain));
    for (const std::string_view column : {"uri", "external_id"}) {
      if (!plain.empty() && absl::EqualsIgnoreCase(path->steps[0].name, std::string(column))) {
        return FilterSql::Prefix{column, std::string(plain)};
      }
    }
    return std::nullopt;
  }

  static bool IsIndexed(const Node& node) {
    const auto is_column = [](const Node& side) {
      const Path* path = side.As<Path>();
      return path != nullptr && !absl::EqualsIgnoreCase(path->steps.back().name, "bool_value");
    };
    const auto is_literal = [](const NodePtr& side) { return side->As<Literal>() != nullptr; };
    if (const Binary* n = node.As<Binary>()) {
      return is_column(*n->left) && is_literal(n->right) &&
             (n->op == Binary::Op::kEqual || n->op == Binary::Op::kLess || n->op == Binary::Op::kLessOrEqual ||
              n->op == Binary::Op::kGreater || n->op == Binary::Op::kGreaterOrEqual);
    }
    if (const In* n = node.As<In>()) {
      return !n->negated && is_column(*n->operand) && std::all_of(n->list.begin(), n->list.end(), is_literal);
    }
    const Between* n = node.As<Between>();
    return n != nullptr && !n->negated && is_column(*n->operand) && is_literal(n->low) && is_literal(n->high);
  }

  PieceOr Translate(const Node& node) {
    struct Visitor {
      Compiler& self;
      const Node& node;
      PieceOr operator()(const Literal& n) const { return self.FromLiteral(n, node.position); }
      PieceOr operator()(const Path& n) const { return self.FromPath(n); }
      PieceOr operator()(const Logical& n) const { return self.FromLogical(n); }
      PieceOr operator()(const Unary& n) const { return self.FromUnary(n, node.position); }
      PieceOr operator()(const Binary& n) const { return self.FromBinary(n, node.position); }
      PieceOr operator()(const Like& n) const { return self.FromLike(n, node.position); }
      PieceOr operator()(const In& n) const { return self.FromIn(n, node.position); }
      PieceOr operator()(const Between& n) const { return self.FromBetween(n, node.position); }
      PieceOr operator()(const Is& n) const { return self.FromIs(n, node.position); }
      PieceOr operator()(const Call& n) const { return self.FromCall(n, node.position); }
      PieceOr operator()(const Case& n) const { return self.FromCase(n, node.position); }
      PieceOr operator()(const Cast&) const { return Unsupported("CAST", node.position); }
      PieceOr operator()(const Exists&) const { return Unsupported("EXISTS", node.position); }
    };
    return std::visit(Visitor{*this, node}, node.data);
  }

  static absl::Status Unsupported(std::string_view what, Position position) {
    return ErrorAt(position, Concat(what, " is not supported in filter queries"));
  }
  static absl::Status NoSignature(std::string_view op, std::initializer_list<const Piece*> pieces, Position position) {
    std::string types;
    for (const Piece* piece : pieces) Append(&types, types.empty() ? "" : ", ", FilterTypeName(piece->type));
    return ErrorAt(position, Concat("No matching signature for operator ", op, " for argument types: ", types));
  }

  // An operand of an operator. The literal NULL is none: the result would be NULL whatever the rest.
  PieceOr Operand(const Node& node, std::string_view op) {
    const Literal* literal = node.As<Literal>();
    if (literal != nullptr && literal->value.is_null()) {
      return ErrorAt(node.position, Concat("Operands of ", op, " cannot be literal NULL"));
    }
    return Translate(node);
  }
  PieceOr Condition(const Node& node, std::string_view op) {
    ASSIGN_OR_RETURN(Piece piece, Operand(node, op));
    if (piece.type == FilterType::kBool || piece.type == FilterType::kNull) return piece;
    return NoSignature(op, {&piece}, node.position);
  }

  PieceOr FromLiteral(const Literal& literal, Position position) {
    const Value& value = literal.value;
    if (value.is_null()) return Piece{.sql = "NULL"};
    if (value.holds_bool()) return Piece{.sql = value.bool_value() ? "TRUE" : "FALSE", .type = FilterType::kBool};
    if (++num_values_ > limits_.max_values) {
      return absl::InvalidArgumentError(Concat("the query has more than ", limits_.max_values, " values; split it"));
    }
    if (value.holds_int64()) return Piece{"?", {value.int64_value()}, FilterType::kInt};
    if (value.holds_double()) return Piece{"?", {value.double_value()}, FilterType::kDouble};
    if (::tfx::FindInvalidUtf8(value.string_value()) != std::string::npos) {
      return ErrorAt(position, "the string is not valid UTF-8");
    }
    return Piece{"?", {value.string_value()}, FilterType::kString};
  }

  PieceOr FromPath(const Path& path) {
    const PathStep& first = path.steps[0];
    for (const PathStep& step : path.steps) {
      if (step.kind != PathStep::Kind::kName) return Unsupported("a subscript", step.position);
    }
    if (const FilterField* field = FindField(BaseFields(base_), first.name)) {
      RETURN_IF_ERROR(CheckLength(path, 1, *field));
      if (field->name == "type") {
        joins_.MentionType();
        return Piece{.sql = "T.name", .type = field->type, .aliases = {"T"}};
      }
      return Piece{
          .sql = Concat("N.", field->name), .type = field->type, .enumeration = field->enumeration, .aliases = {"N"}};
    }
    const bool is_custom = first.name == "custom_properties";
    if ((is_custom || first.name == "properties") && path.steps.size() >= 3) {
      ASSIGN_OR_RETURN(const FilterField field, Field(PropertyFields(), path.steps[2]));
      RETURN_IF_ERROR(CheckLength(path, 3, field));
      ASSIGN_OR_RETURN(const std::string alias, PropertyAlias(is_custom, path.steps[1]));
      return Piece{.sql = Concat(alias, ".", field.name), .type = field.type, .aliases = {alias}};
    }
    const FilterNeighbour* neighbour = FindNeighbour(base_, first.name);
    if (neighbour != nullptr && path.steps.size() >= 2) {
      ASSIGN_OR_RETURN(const FilterField field, Field(neighbour->fields, path.steps[1]));
      RETURN_IF_ERROR(CheckLength(path, 2, field));
      ASSIGN_OR_RETURN(const std::string alias, NeighbourAlias(*neighbour, first));
      if (neighbour->has_type && field.name == "type") {
        joins_.MentionTypeOf(alias);
        return Piece{.sql = Concat("T", alias, ".name"), .type = field.type, .aliases = {alias}};
      }
      return Piece{.sql = Concat(alias, ".", field.name),
                   .type = field.type,
                   .enumeration = field.enumeration,
                   .aliases = {alias}};
    }
    std::vector<std::string> names;
    for (const FilterField& field : BaseFields(base_)) names.emplace_back(field.name);
    return ErrorAt(first.position, Concat("Unrecognized name: ", first.name, DidYouMean(first.name, names)));
  }

  static absl::StatusOr<FilterField> Field(absl::Span<const FilterField> fields, const PathStep& step) {
    if (const FilterField* field = FindField(fields, step.name)) return *field;
    std::vector<std::string> names;
    for (const FilterField& field : fields) names.emplace_back(field.name);
    return ErrorAt(step.position, Concat("Field name ", step.name, " does not exist in ", StructName(fields),
                                         DidYouMean(step.name, names)));
  }

  static absl::Status CheckLength(const Path& path, size_t expected, const FilterField& field) {
    if (path.steps.size() == expected) return absl::OkStatus();
    const PathStep& step = path.steps[expected];
    return ErrorAt(step.position,
                   Concat("Cannot access field ", step.name, " on a value with type ", FilterTypeName(field.type)));
  }

  absl::Status CountJoin(Position position) const {
    if (joins_.size() < limits_.max_joins) return absl::OkStatus();
    return ErrorAt(position,
                   Concat("the query mentions more than ", limits_.max_joins, " properties and neighbours; split it"));
  }

  absl::StatusOr<std::string> PropertyAlias(bool is_custom, const PathStep& step) {
    if (const std::string* known = joins_.FindProperty(is_custom, step.name)) return *known;
    RETURN_IF_ERROR(CountJoin(step.position));
    if (::tfx::FindInvalidUtf8(step.name) != std::string::npos) {
      return ErrorAt(step.position, "the name of the property is not valid UTF-8");
    }
    return joins_.AddProperty(is_custom, step.name);
  }

  absl::StatusOr<std::string> NeighbourAlias(const FilterNeighbour& neighbour, const PathStep& step) {
    if (const std::string* known = joins_.FindNeighbour(step.name)) return *known;
    RETURN_IF_ERROR(CountJoin(step.position));
    return joins_.AddNeighbour(neighbour, step.name);
  }

  PieceOr FromLogical(const Logical& node) {
    const std::string_view op = node.op == Logical::Op::kAnd ? "AND" : "OR";
    std::vector<Piece> pieces;
    for (const NodePtr& operand : node.operands) {
      ASSIGN_OR_RETURN(Piece piece, Condition(*operand, op));
      pieces.push_back(std::move(piece));
    }
    return JoinPieces(std::move(pieces), op);
  }

  PieceOr FromUnary(const Unary& node, Position position) {
    if (node.op == Unary::Op::kNot) {
      ASSIGN_OR_RETURN(const Piece operand, Condition(*node.operand, "NOT"));
      return (SqlText() << "(NOT " << operand << ")").As(FilterType::kBool);
    }
    ASSIGN_OR_RETURN(const Piece operand, Operand(*node.operand, "-"));
    if (!IsNumber(operand.type)) return NoSignature("-", {&operand}, position);
    return (SqlText() << "(- " << operand << ")").As(operand.type);
  }

  PieceOr FromBinary(const Binary& node, Position position) {
    const std::string_view op = OperatorName(node.op);
    ASSIGN_OR_RETURN(const Piece left, Operand(*node.left, op));
    if (left.enumeration != FilterEnum::kNone && (node.op == Binary::Op::kEqual || node.op == Binary::Op::kNotEqual)) {
      ASSIGN_OR_RETURN(const Piece number, EnumValue(left, *node.right, op, position));
      if (node.op == Binary::Op::kEqual)
        return (SqlText() << "(" << left << " = " << number << ")").As(FilterType::kBool);
      return (SqlText() << "(" << left << " <> " << number << " OR " << left << " IS NULL)").As(FilterType::kBool);
    }
    ASSIGN_OR_RETURN(const Piece right, Operand(*node.right, op));
    switch (node.op) {
      case Binary::Op::kConcatenate:
        return Unsupported("||", position);
      case Binary::Op::kAdd:
      case Binary::Op::kSubtract:
      case Binary::Op::kMultiply: {
        if (!IsNumber(left.type) || !IsNumber(right.type)) return NoSignature(op, {&left, &right}, position);
        const bool is_int = left.type == FilterType::kInt && right.type == FilterType::kInt;
        return (SqlText() << "(" << left << " " << op << " " << right << ")")
            .As(is_int ? FilterType::kInt : FilterType::kDouble);
      }
      case Binary::Op::kDivide:
        if (!IsNumber(left.type) || !IsNumber(right.type)) return NoSignature(op, {&left, &right}, position);
        return (SqlText() << "((" << left << " * 1.0) / NULLIF(" << right << ", 0))").As(FilterType::kDouble);
      case Binary::Op::kModulo:
        return Modulo(left, right, position);
      default:
        if (!FitTogether(left.type, right.type)) return NoSignature(op, {&left, &right}, position);
        return (SqlText() << "(" << left << (node.op == Binary::Op::kNotEqual ? " <> " : Concat(" ", op, " ")) << right
                          << ")")
            .As(FilterType::kBool);
    }
  }

  PieceOr Modulo(const Piece& left, const Piece& right, Position position) {
    if (left.type != FilterType::kInt || right.type != FilterType::kInt) {
      return NoSignature("%", {&left, &right}, position);
    }
    return (SqlText() << "(" << left << " % NULLIF(" << right << ", 0))").As(FilterType::kInt);
  }

  // The bare name that an enum is compared with.
  PieceOr EnumValue(const Piece& column, const Node& node, std::string_view op, Position position) {
    const Literal* literal = node.As<Literal>();
    if (literal != nullptr && literal->value.holds_string()) {
      const Piece text{.type = FilterType::kString};
      return NoSignature(op, {&column, &text}, position);
    }
    const Path* path = node.As<Path>();
    std::optional<int64_t> number;
    if (path != nullptr && path->steps.size() == 1) number = EnumNumber(column.enumeration, path->steps[0].name);
    if (!number.has_value()) {
      return ErrorAt(node.position, Concat("Unsupported enum value specified in the query: ", ToString(node)));
    }
    return Piece{"?", {*number}, FilterType::kInt};
  }

  PieceOr FromLike(const Like& node, Position position) {
    ASSIGN_OR_RETURN(const Piece operand, Operand(*node.operand, "LIKE"));
    ASSIGN_OR_RETURN(Piece pattern, Operand(*node.pattern, "LIKE"));
    if (operand.type != FilterType::kString || pattern.type != FilterType::kString) {
      return NoSignature("LIKE", {&operand, &pattern}, position);
    }
    // No character escapes: the databases differ in theirs. One is chosen, and protected.
    if (node.pattern->As<Literal>() != nullptr) {
      auto& text = std::get<std::string>(pattern.values[0]);
      text = absl::StrReplaceAll(text, {{"!", "!!"}});
    } else {
      pattern = (SqlText() << "REPLACE(" << pattern << ", '!', '!!')").As(FilterType::kString);
    }
    return (SqlText() << "(" << operand << (node.negated ? " NOT LIKE " : " LIKE ") << pattern << " ESCAPE '!')")
        .As(FilterType::kBool);
  }

  PieceOr FromIn(const In& node, Position position) {
    if (node.array != nullptr) return Unsupported("UNNEST", position);
    ASSIGN_OR_RETURN(const Piece operand, Operand(*node.operand, "IN"));
    // A list of numbers is one, also of an enum.
    const bool is_enum = operand.enumeration != FilterEnum::kNone &&
                         std::any_of(node.list.begin(), node.list.end(),
                                     [](const NodePtr& item) { return item->As<Path>() != nullptr; });
    SqlText text;
    text << "(" << operand << (node.negated ? " NOT IN (" : " IN (");
    bool first = true;
    for (const NodePtr& item : node.list) {
      ASSIGN_OR_RETURN(const Piece piece, is_enum ? EnumValue(operand, *item, "IN", position) : Translate(*item));
      if (!FitTogether(operand.type, piece.type)) return NoSignature("IN", {&operand, &piece}, position);
      text << (first ? "" : ", ") << piece;
      first = false;
    }
    text << ")";
    if (is_enum && node.negated) text << " OR " << operand << " IS NULL";
    return (text << ")").As(FilterType::kBool);
  }

  PieceOr FromBetween(const Between& node, Position position) {
    ASSIGN_OR_RETURN(const Piece operand, Operand(*node.operand, "BETWEEN"));
    ASSIGN_OR_RETURN(const Piece low, Operand(*node.low, "BETWEEN"));
    ASSIGN_OR_RETURN(const Piece high, Operand(*node.high, "BETWEEN"));
    if (!FitTogether(operand.type, low.type) || !FitTogether(operand.type, high.type)) {
      return NoSignature("BETWEEN", {&operand, &low, &high}, position);
    }
    return (SqlText() << "(" << operand << (node.negated ? " NOT BETWEEN " : " BETWEEN ") << low << " AND " << high
                      << ")")
        .As(FilterType::kBool);
  }

  PieceOr FromIs(const Is& node, Position position) {
    const std::string_view no = node.negated ? "NOT " : "";
    if (node.what == Is::What::kNull) {
      ASSIGN_OR_RETURN(const Piece operand, Translate(*node.operand));
      return (SqlText() << "(" << operand << " IS " << no << "NULL)").As(FilterType::kBool);
    }
    ASSIGN_OR_RETURN(const Piece operand, Condition(*node.operand, "IS"));
    return (SqlText() << "(" << operand << " IS " << no << (node.what == Is::What::kTrue ? "TRUE" : "FALSE") << ")")
        .As(FilterType::kBool);
  }

  static FilterType Common(const std::vector<Piece>& pieces, bool* fit) {
    FilterType common = FilterType::kNull;
    for (const Piece& piece : pieces) {
      *fit &= FitTogether(common, piece.type);
      if (common == FilterType::kNull || piece.type == FilterType::kDouble) common = piece.type;
    }
    return common;
  }

  PieceOr FromCall(const Call& node, Position position) {
    const auto* function = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                        [&](const FilterFunction& known) { return known.name == node.function; });
    if (function == std::end(kFunctions)) {
      std::vector<std::string> names;
      for (const FilterFunction& known : kFunctions) names.emplace_back(known.name);
      return ErrorAt(position, Concat("Function not found: ", node.function, DidYouMean(node.function, names)));
    }
    std::vector<Piece> arguments;
    for (const NodePtr& argument : node.arguments) {
      ASSIGN_OR_RETURN(Piece piece, Translate(*argument));
      arguments.push_back(std::move(piece));
    }
    const auto bad = [&] {
      return ErrorAt(position,
                     Concat("No matching signature for function ", node.function, "; it takes ", function->takes));
    };
    const size_t count = arguments.size();
    bool fit = true;
    if (function->name == "ABS") {
      if (count != 1 || !IsNumber(arguments[0].type)) return bad();
      return (SqlText() << "ABS(" << arguments[0] << ")").As(arguments[0].type);
    }
    if (function->name == "LENGTH" || function->name == "LOWER" || function->name == "UPPER") {
      if (count != 1 || arguments[0].type != FilterType::kString) return bad();
      return (SqlText() << function->name << "(" << arguments[0] << ")")
          .As(function->name == "LENGTH" ? FilterType::kInt : FilterType::kString);
    }
    if (function->name == "MOD") {
      if (count != 2) return bad();
      return Modulo(arguments[0], arguments[1], position);
    }
    if (function->name == "IF") {
      if (count != 3 || arguments[0].type != FilterType::kBool) return bad();
      const FilterType type = Common({arguments[1], arguments[2]}, &fit);
      if (!fit) return bad();
      return (SqlText() << "(CASE WHEN " << arguments[0] << " THEN " << arguments[1] << " ELSE " << arguments[2]
                        << " END)")
          .As(type);
    }
    // COALESCE, IFNULL, NULLIF.
    const FilterType type = Common(arguments, &fit);
    if (!fit || count == 0 || (function->name != "COALESCE" && count != 2)) return bad();
    SqlText text;
    text << (function->name == "NULLIF" ? "NULLIF(" : "COALESCE(");
    for (size_t i = 0; i < count; ++i) text << (i == 0 ? "" : ", ") << arguments[i];
    // One argument is no COALESCE to SQLite.
    if (count == 1) text << ", NULL";
    return (text << ")").As(type);
  }

  PieceOr FromCase(const Case& node, Position position) {
    SqlText text;
    std::vector<Piece> results;
    text << "(CASE";
    for (const Case::When& when : node.whens) {
      ASSIGN_OR_RETURN(const Piece condition, Condition(*when.condition, "WHEN"));
      ASSIGN_OR_RETURN(Piece result, Translate(*when.result));
      text << " WHEN " << condition << " THEN " << result;
      results.push_back(std::move(result));
    }
    if (node.otherwise != nullptr) {
      ASSIGN_OR_RETURN(Piece result, Translate(*node.otherwise));
      text << " ELSE " << result;
      results.push_back(std::move(result));
    }
    bool fit = true;
    const FilterType type = Common(results, &fit);
    if (!fit) return ErrorAt(position, "the results of CASE have no common type");
    return (text << " END)").As(type);
  }

  const FilterBase base_;
  const FilterLimits limits_;
  FilterJoins joins_;
  size_t num_values_ = 0;
};

// Upstream's message for `state IN LIVE`, which is no expression at all. Only called where parsing failed.
std::optional<std::string> ListOfEnumIsMissing(std::string_view text, FilterBase base) {
  const absl::StatusOr<std::vector<Token>> tokens = Tokenize(text);
  if (!tokens.ok()) return std::nullopt;
  for (size_t i = 1; i + 1 < tokens->size(); ++i) {
    const Token& next = (*tokens)[i + 1];
    if ((*tokens)[i].kind != Token::Kind::kWord || !absl::EqualsIgnoreCase((*tokens)[i].text, "IN") ||
        next.kind != Token::Kind::kWord) {
      continue;
    }
    const bool negated = absl::EqualsIgnoreCase((*tokens)[i - 1].text, "NOT");
    if (negated && i < 2) continue;
    const std::string& column = (*tokens)[i - (negated ? 2 : 1)].text;
    const bool is_event_type = column == "type" && i >= 3u + (negated ? 1 : 0) &&
                               absl::StartsWith((*tokens)[i - (negated ? 4 : 3)].text, "events_");
    const FilterField* field = FindField(BaseFields(base), column);
    if (!is_event_type && (field == nullptr || field->enumeration == FilterEnum::kNone)) continue;
    return Concat("Expected a list of enum values enclosed in parentheses but got ", next.text);
  }
  return std::nullopt;
}

absl::StatusOr<FilterSql> Compile(std::string_view text, FilterBase base, const FilterLimits& limits) {
  const absl::StatusOr<NodePtr> tree = Parse(text, {.max_bytes = limits.max_bytes, .max_depth = limits.max_depth});
  if (!tree.ok()) {
    const std::optional<std::string> hint =
        text.size() <= limits.max_bytes ? ListOfEnumIsMissing(text, base) : std::nullopt;
    return hint.has_value() ? absl::InvalidArgumentError(*hint) : tree.status();
  }
  return Compiler(base, limits).Run(**tree, text);
}

}  // namespace

absl::StatusOr<FilterSql> CompileFilter(std::string_view filter_query, FilterBase base, const FilterLimits& limits) {
  absl::StatusOr<FilterSql> filter = Compile(filter_query, base, limits);
  if (!filter.ok()) return ::tfx::Annotate(filter.status(), "Invalid `filter_query`");
  return filter;
}

}  // namespace mlmd
