#include "tfx/metadata/mlmd_bench/workloads.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <utility>

#include "tfx/base/concat.h"
#include "tfx/base/status_macros.h"
#include "tfx/metadata/mlmd_bench/node_kinds.h"

namespace mlmd {
namespace {

using ::tfx::Concat;

using ml_metadata::WorkloadConfig;
using Random = std::mt19937_64;

template <typename List>
int64_t Bytes(const List& messages) {
  int64_t bytes = 0;
  for (const auto& message : messages) bytes += static_cast<int64_t>(message.ByteSizeLong());
  return bytes;
}

absl::Status WrongAnswer(std::string_view what) {
  return absl::InternalError(Concat("the store answered something else than ", what));
}

absl::Status CheckRange(const ml_metadata::UniformDistribution& range, std::string_view field, int64_t least) {
  if (range.minimum() < least || range.maximum() < range.minimum() || range.maximum() > 1'000'000) {
    return absl::InvalidArgumentError(Concat(field, ": minimum and maximum must be ", least, " to 1000000, in order"));
  }
  return absl::OkStatus();
}

int64_t Draw(const ml_metadata::UniformDistribution& range, Random& random) {
  return std::uniform_int_distribution<int64_t>(range.minimum(), range.maximum())(random);
}

// Which of n things is taken, by popularity.
using Popularity = std::discrete_distribution<int64_t>;

absl::StatusOr<Popularity> Dirichlet(const ml_metadata::CategoricalDistribution& config, std::string_view field,
                                     size_t n, Random& random) {
  if (!(config.dirichlet_alpha() > 0)) {
    return absl::InvalidArgumentError(Concat(field, ".dirichlet_alpha: must be above 0"));
  }
  std::gamma_distribution<double> gamma(config.dirichlet_alpha(), 1);
  std::vector<double> weights(n);
  for (double& weight : weights) weight = gamma(random) + 1e-12;  // small alphas underflow to 0
  return Popularity(weights.begin(), weights.end());
}

absl::StatusOr<Popularity> Zipf(const ml_metadata::ZipfDistribution& config, std::string_view field, size_t n) {
  if (!(config.skew() > 0)) return absl::InvalidArgumentError(Concat(field, ".skew: must be above 0"));
  std::vector<double> weights(n);
  for (size_t i = 0; i < n; ++i) weights[i] = 1 / std::pow(static_cast<double>(i + 1), config.skew());
  return Popularity(weights.begin(), weights.end());
}

template <typename Kind>
absl::StatusOr<std::vector<typename Kind::Type>> TypesIn(MetadataStore& store) {
  ASSIGN_OR_RETURN(auto types, Kind::Types(store));
  if (types.empty()) {
    return absl::FailedPreconditionError(Concat("there is no type; put one before, by ", Kind::kTypes));
  }
  return types;
}

template <typename Kind>
absl::StatusOr<std::vector<typename Kind::Node>> NodesIn(MetadataStore& store) {
  ASSIGN_OR_RETURN(const auto page, Kind::Nodes(store));
  std::vector<typename Kind::Node> nodes(page.items.begin(), page.items.end());
  if (nodes.empty()) {
    return absl::FailedPreconditionError(Concat("there is no node; put one before, by ", Kind::kNodes));
  }
  return nodes;
}

// What all makers have: the number of operations and the randomness.
class Maker {
 public:
  Maker(const WorkloadConfig& config, MetadataStore& store, uint64_t seed, const std::string& prefix)
      : config_(config), store_(store), random_(seed), prefix_(prefix) {}

  absl::StatusOr<Workload> Make() {
    if (config_.num_operations() < 1) return absl::InvalidArgumentError("num_operations: must be at least 1");
    switch (config_.workload_config_case()) {
      case WorkloadConfig::kFillTypesConfig: {
        using C = ml_metadata::FillTypesConfig;
        const C& config = config_.fill_types_config();
        workload_.name = Concat(config.update() ? "UPDATE_" : "FILL_", C::Specification_Name(config.specification()));
        return config.specification() == C::ARTIFACT_TYPE    ? FillTypes<Artifacts>(config)
               : config.specification() == C::EXECUTION_TYPE ? FillTypes<Executions>(config)
               : config.specification() == C::CONTEXT_TYPE   ? FillTypes<Contexts>(config)
                                                             : NoSpecification();
      }
      case WorkloadConfig::kFillNodesConfig: {
        using C = ml_metadata::FillNodesConfig;
        const C& config = config_.fill_nodes_config();
        workload_.name = Concat(config.update() ? "UPDATE_" : "FILL_", C::Specification_Name(config.specification()));
        return config.specification() == C::ARTIFACT    ? FillNodes<Artifacts>(config)
               : config.specification() == C::EXECUTION ? FillNodes<Executions>(config)
               : config.specification() == C::CONTEXT   ? FillNodes<Contexts>(config)
                                                        : NoSpecification();
      }
      case WorkloadConfig::kFillContextEdgesConfig: {
        using C = ml_metadata::FillContextEdgesConfig;
        const C& config = config_.fill_context_edges_config();
        workload_.name = Concat("FILL_", C::Specification_Name(config.specification()));
        return config.specification() == C::ATTRIBUTION   ? FillContextEdges<Artifacts>(config)
               : config.specification() == C::ASSOCIATION ? FillContextEdges<Executions>(config)
                                                          : NoSpecification();
      }
      case WorkloadConfig::kFillEventsConfig:
        workload_.name = Concat(
            "FILL_", ml_metadata::FillEventsConfig::Specification_Name(config_.fill_events_config().specification()),
            "_EVENT");
        return FillEvents(config_.fill_events_config());
      case WorkloadConfig::kReadTypesConfig:
        return ReadTypes(config_.read_types_config());
      case WorkloadConfig::kReadNodesByPropertiesConfig:
        return ReadNodes(config_.read_nodes_by_properties_config());
      case WorkloadConfig::kReadNodesViaContextEdgesConfig:
        return ReadViaContextEdges(config_.read_nodes_via_context_edges_config());
      case WorkloadConfig::kReadEventsConfig:
        return ReadEvents(config_.read_events_config());
      case WorkloadConfig::WORKLOAD_CONFIG_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError("names no workload, as fill_types_config { ... }");
  }

 private:
  static absl::Status NoSpecification() { return absl::InvalidArgumentError("specification: is missing"); }

  // `make` gives one operation after the other.
  template <typename Make>
  absl::StatusOr<Workload> Repeat(Make make) {
    for (int64_t i = 0; i < config_.num_operations(); ++i) {
      ASSIGN_OR_RETURN(Operation operation, make(i));
      workload_.operations.push_back(std::move(operation));
    }
    return std::move(workload_);
  }

  template <typename List>
  const auto& AnyOf(const List& list) {
    return list[random_() % list.size()];
  }

  template <typename Kind>
  absl::StatusOr<Workload> FillTypes(const ml_metadata::FillTypesConfig& config) {
    RETURN_IF_ERROR(CheckRange(config.num_properties(), "num_properties", 0));
    std::vector<typename Kind::Type> known;
    if (config.update()) {
      ASSIGN_OR_RETURN(known, TypesIn<Kind>(store_));
    }
    return Repeat([&](int64_t i) -> absl::StatusOr<Operation> {
      typename Kind::Type type;
      type.set_name(config.update() ? known[static_cast<size_t>(i) % known.size()].name() : Concat(prefix_, i));
      const int64_t properties = Draw(config.num_properties(), random_);
      for (int64_t p = 0; p < properties; ++p) {
        (*type.mutable_properties())[Concat(config.update() ? Concat(prefix_, i, "_") : "p", p)] = ml_metadata::STRING;
      }
      return
          [type, bytes = static_cast<int64_t>(type.ByteSizeLong())](MetadataStore& store) -> absl::StatusOr<int64_t> {
            RETURN_IF_ERROR(
                Kind::PutType(store, type, PutTypeOptions{.can_add_fields = true, .can_omit_fields = true}).status());
            return bytes;
          };
    });
  }

  template <typename Kind>
  absl::StatusOr<Workload> FillNodes(const ml_metadata::FillNodesConfig& config) {
    RETURN_IF_ERROR(CheckRange(config.num_properties(), "num_properties", 0));
    RETURN_IF_ERROR(CheckRange(config.string_value_bytes(), "string_value_bytes", 0));
    RETURN_IF_ERROR(CheckRange(config.num_nodes(), "num_nodes", 1));
    ASSIGN_OR_RETURN(const auto types, TypesIn<Kind>(store_));
    std::vector<typename Kind::Node> known;
    if (config.update()) {
      ASSIGN_OR_RETURN(known, NodesIn<Kind>(store_));
    }
    size_t next = 0;  // of the known ones, taken in turn
    return Repeat([&](int64_t i) -> absl::StatusOr<Operation> {
      auto nodes = std::make_shared<std::vector<typename Kind::Node>>();
      int64_t count = Draw(config.num_nodes(), random_);
      if (config.update()) count = std::min(count, static_cast<int64_t>(known.size()));
      for (int64_t n = 0; n < count; ++n) {
        typename Kind::Node node;
        if (config.update()) {
          node = known[next++ % known.size()];
        } else {
          node.set_type_id(AnyOf(types).id());
          node.set_name(Concat(prefix_, i, "_", n));
        }
        if constexpr (std::is_same_v<Kind, Artifacts>) node.set_uri(Concat("uri/", prefix_, i, "/", n));
        const auto type =
            std::find_if(types.begin(), types.end(), [&](const auto& t) { return t.id() == node.type_id(); });
        // Those that the type declares come first; what is over becomes custom.
        std::set<std::string> declared;
        for (const auto& [name, kind] : type->properties()) {
          if (kind == ml_metadata::STRING) declared.insert(name);
        }
        int64_t left = Draw(config.num_properties(), random_);
        const auto text = [&] {
          return std::string(static_cast<size_t>(Draw(config.string_value_bytes(), random_)), 'a' + random_() % 26);
        };
        for (const std::string& name : declared) {
          if (left-- <= 0) break;
          (*node.mutable_properties())[name].set_string_value(text());
        }
        for (; left > 0; --left) (*node.mutable_custom_properties())[Concat("custom", left)].set_string_value(text());
        nodes->push_back(std::move(node));
      }
      return [nodes, bytes = Bytes(*nodes)](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto ids, Kind::Put(store, *nodes));
        if (ids.size() != nodes->size()) return WrongAnswer("an id for each node");
        return bytes;
      };
    });
  }

  // Draws a pair that was not drawn before; after many vain tries it takes any.
  template <typename First, typename Second>
  std::pair<int64_t, int64_t> NewPair(std::set<std::pair<int64_t, int64_t>>& drawn, First first, Second second) {
    std::pair<int64_t, int64_t> pair;
    for (int tries = 0; tries < 1000; ++tries) {
      pair = {first(), second()};
      if (drawn.insert(pair).second) break;
    }
    return pair;
  }

  template <typename Kind>
  absl::StatusOr<Workload> FillContextEdges(const ml_metadata::FillContextEdgesConfig& config) {
    RETURN_IF_ERROR(CheckRange(config.num_edges(), "num_edges", 1));
    ASSIGN_OR_RETURN(const auto nodes, NodesIn<Kind>(store_));
    ASSIGN_OR_RETURN(const auto contexts, NodesIn<Contexts>(store_));
    ASSIGN_OR_RETURN(Popularity node, Dirichlet(config.non_context_node_popularity(), "non_context_node_popularity",
                                                nodes.size(), random_));
    ASSIGN_OR_RETURN(Popularity context,
                     Dirichlet(config.context_node_popularity(), "context_node_popularity", contexts.size(), random_));
    std::set<std::pair<int64_t, int64_t>> drawn;
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      auto attributions = std::make_shared<std::vector<Attribution>>();
      auto associations = std::make_shared<std::vector<Association>>();
      for (int64_t left = Draw(config.num_edges(), random_); left > 0; --left) {
        const auto [n, c] = NewPair(
            drawn, [&] { return node(random_); }, [&] { return context(random_); });
        const int64_t node_id = nodes[static_cast<size_t>(n)].id(), context_id = contexts[static_cast<size_t>(c)].id();
        if constexpr (std::is_same_v<Kind, Artifacts>) {
          attributions->emplace_back().set_artifact_id(node_id);
          attributions->back().set_context_id(context_id);
        } else {
          associations->emplace_back().set_execution_id(node_id);
          associations->back().set_context_id(context_id);
        }
      }
      return [attributions, associations](MetadataStore& store) -> absl::StatusOr<int64_t> {
        RETURN_IF_ERROR(store.PutAttributionsAndAssociations(*attributions, *associations));
        return Bytes(*attributions) + Bytes(*associations);
      };
    });
  }

  absl::StatusOr<Workload> FillEvents(const ml_metadata::FillEventsConfig& config) {
    using C = ml_metadata::FillEventsConfig;
    const bool input = config.specification() == C::INPUT;
    if (!input && config.specification() != C::OUTPUT) return NoSpecification();
    RETURN_IF_ERROR(CheckRange(config.num_events(), "num_events", 1));
    if (input ? !config.has_artifact_node_popularity_zipf() : !config.has_artifact_node_popularity_categorical()) {
      return absl::InvalidArgumentError(
          "input events need artifact_node_popularity_zipf, output events artifact_node_popularity_categorical");
    }
    ASSIGN_OR_RETURN(const auto artifacts, NodesIn<Artifacts>(store_));
    ASSIGN_OR_RETURN(const auto executions, NodesIn<Executions>(store_));
    ASSIGN_OR_RETURN(Popularity execution, Dirichlet(config.execution_node_popularity(), "execution_node_popularity",
                                                     executions.size(), random_));
    ASSIGN_OR_RETURN(
        Popularity artifact,
        input ? Zipf(config.artifact_node_popularity_zipf(), "artifact_node_popularity_zipf", artifacts.size())
              : Dirichlet(config.artifact_node_popularity_categorical(), "artifact_node_popularity_categorical",
                          artifacts.size(), random_));
    std::set<std::pair<int64_t, int64_t>> drawn;
    int64_t time = 1;  // events of one pair differ by their time
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      auto events = std::make_shared<std::vector<Event>>();
      for (int64_t left = Draw(config.num_events(), random_); left > 0; --left) {
        const auto [a, e] = NewPair(
            drawn, [&] { return artifact(random_); }, [&] { return execution(random_); });
        Event& event = events->emplace_back();
        event.set_artifact_id(artifacts[static_cast<size_t>(a)].id());
        event.set_execution_id(executions[static_cast<size_t>(e)].id());
        event.set_type(input ? Event::INPUT : Event::OUTPUT);
        event.set_milliseconds_since_epoch(time++);
      }
      return [events](MetadataStore& store) -> absl::StatusOr<int64_t> {
        RETURN_IF_ERROR(store.PutEvents(*events));
        return Bytes(*events);
      };
    });
  }

  template <typename Kind>
  absl::StatusOr<Workload> AllTypes() {
    ASSIGN_OR_RETURN(const auto types, TypesIn<Kind>(store_));
    return Repeat([n = types.size()](int64_t) -> absl::StatusOr<Operation> {
      return [n](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::Types(store));
        if (found.size() != n) return WrongAnswer("all types");
        return Bytes(found);
      };
    });
  }
  template <typename Kind>
  absl::StatusOr<Workload> TypesByIds(const ml_metadata::UniformDistribution& num_ids) {
    RETURN_IF_ERROR(CheckRange(num_ids, "maybe_num_ids", 1));
    ASSIGN_OR_RETURN(const auto types, TypesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      const std::vector<int64_t> ids = SomeIds(types, num_ids);
      return [ids](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::TypesById(store, ids));
        if (found.size() != ids.size()) return WrongAnswer("the types with these ids");
        return Bytes(found);
      };
    });
  }
  template <typename Kind>
  absl::StatusOr<Workload> TypeByName() {
    ASSIGN_OR_RETURN(const auto types, TypesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      return [type = AnyOf(types)](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::TypeByName(store, type.name()));
        if (found.id() != type.id()) return WrongAnswer("the type of this name");
        return static_cast<int64_t>(found.ByteSizeLong());
      };
    });
  }

  absl::StatusOr<Workload> ReadTypes(const ml_metadata::ReadTypesConfig& config) {
    using C = ml_metadata::ReadTypesConfig;
    workload_.name = Concat("READ_", C::Specification_Name(config.specification()));
    switch (config.specification()) {
      case C::ALL_ARTIFACT_TYPES:
        return AllTypes<Artifacts>();
      case C::ALL_EXECUTION_TYPES:
        return AllTypes<Executions>();
      case C::ALL_CONTEXT_TYPES:
        return AllTypes<Contexts>();
      case C::ARTIFACT_TYPES_BY_IDs:
        return TypesByIds<Artifacts>(config.maybe_num_ids());
      case C::EXECUTION_TYPES_BY_IDs:
        return TypesByIds<Executions>(config.maybe_num_ids());
      case C::CONTEXT_TYPES_BY_IDs:
        return TypesByIds<Contexts>(config.maybe_num_ids());
      case C::ARTIFACT_TYPE_BY_NAME:
        return TypeByName<Artifacts>();
      case C::EXECUTION_TYPE_BY_NAME:
        return TypeByName<Executions>();
      case C::CONTEXT_TYPE_BY_NAME:
        return TypeByName<Contexts>();
      case C::UNKNOWN:
        break;
    }
    return NoSpecification();
  }

  // Different ones, as many as drawn or as there are.
  template <typename List>
  std::vector<int64_t> SomeIds(const List& list, const ml_metadata::UniformDistribution& count) {
    const size_t wanted = std::min(static_cast<size_t>(Draw(count, random_)), list.size());
    std::set<int64_t> ids;
    while (ids.size() < wanted) ids.insert(AnyOf(list).id());
    return {ids.begin(), ids.end()};
  }

  template <typename Kind>
  absl::StatusOr<Workload> NodesByIds(const ml_metadata::UniformDistribution& queries) {
    RETURN_IF_ERROR(CheckRange(queries, "maybe_num_queries", 1));
    ASSIGN_OR_RETURN(const auto nodes, NodesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      const std::vector<int64_t> ids = SomeIds(nodes, queries);
      return [ids](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::ById(store, ids));
        if (found.size() != ids.size()) return WrongAnswer("the nodes with these ids");
        return Bytes(found);
      };
    });
  }
  template <typename Kind>
  absl::StatusOr<Workload> NodesByType() {
    ASSIGN_OR_RETURN(const auto nodes, NodesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      const auto& any = AnyOf(nodes);
      const auto expected =
          std::count_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.type_id() == any.type_id(); });
      return [type = any.type(), expected](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::ByType(store, type));
        if (static_cast<int64_t>(found.items.size()) != expected) return WrongAnswer("the nodes of this type");
        return Bytes(found.items);
      };
    });
  }
  template <typename Kind>
  absl::StatusOr<Workload> NodeByName() {
    ASSIGN_OR_RETURN(const auto nodes, NodesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      return [node = AnyOf(nodes)](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, Kind::ByName(store, node.type(), node.name()));
        if (!found.has_value() || found->id() != node.id()) return WrongAnswer("the node of this type and name");
        return static_cast<int64_t>(found->ByteSizeLong());
      };
    });
  }
  absl::StatusOr<Workload> ArtifactsByUris(const ml_metadata::UniformDistribution& queries) {
    RETURN_IF_ERROR(CheckRange(queries, "maybe_num_queries", 1));
    ASSIGN_OR_RETURN(const auto artifacts, NodesIn<Artifacts>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      std::set<std::string> uris;
      for (int64_t left = Draw(queries, random_); left > 0; --left) uris.insert(AnyOf(artifacts).uri());
      return
          [list = std::vector<std::string>(uris.begin(), uris.end())](MetadataStore& store) -> absl::StatusOr<int64_t> {
            ASSIGN_OR_RETURN(const auto found, store.GetArtifactsByURI(list));
            if (found.size() < list.size()) return WrongAnswer("the artifacts with these uris");
            return Bytes(found);
          };
    });
  }

  absl::StatusOr<Workload> ReadNodes(const ml_metadata::ReadNodesByPropertiesConfig& config) {
    using C = ml_metadata::ReadNodesByPropertiesConfig;
    workload_.name = Concat("READ_", C::Specification_Name(config.specification()));
    switch (config.specification()) {
      case C::ARTIFACTS_BY_IDs:
        return NodesByIds<Artifacts>(config.maybe_num_queries());
      case C::EXECUTIONS_BY_IDs:
        return NodesByIds<Executions>(config.maybe_num_queries());
      case C::CONTEXTS_BY_IDs:
        return NodesByIds<Contexts>(config.maybe_num_queries());
      case C::ARTIFACTS_BY_TYPE:
        return NodesByType<Artifacts>();
      case C::EXECUTIONS_BY_TYPE:
        return NodesByType<Executions>();
      case C::CONTEXTS_BY_TYPE:
        return NodesByType<Contexts>();
      case C::ARTIFACT_BY_TYPE_AND_NAME:
        return NodeByName<Artifacts>();
      case C::EXECUTION_BY_TYPE_AND_NAME:
        return NodeByName<Executions>();
      case C::CONTEXT_BY_TYPE_AND_NAME:
        return NodeByName<Contexts>();
      case C::ARTIFACTS_BY_URIs:
        return ArtifactsByUris(config.maybe_num_queries());
      case C::UNKNOWN:
        break;
    }
    return NoSpecification();
  }

  // `read` answers the nodes at the other ends of a node's edges.
  template <typename Kind, typename Read>
  absl::StatusOr<Workload> Across(Read read) {
    ASSIGN_OR_RETURN(const auto nodes, NodesIn<Kind>(store_));
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      return
          [id = AnyOf(nodes).id(), read](MetadataStore& store) -> absl::StatusOr<int64_t> { return read(store, id); };
    });
  }
  absl::StatusOr<Workload> ReadViaContextEdges(const ml_metadata::ReadNodesViaContextEdgesConfig& config) {
    using C = ml_metadata::ReadNodesViaContextEdgesConfig;
    workload_.name = Concat("READ_", C::Specification_Name(config.specification()));
    const auto list = [](auto call) {
      return [call](MetadataStore& store, int64_t id) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, call(store, id));
        return Bytes(found);
      };
    };
    const auto page = [](auto call) {
      return [call](MetadataStore& store, int64_t id) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found, call(store, id));
        return Bytes(found.items);
      };
    };
    switch (config.specification()) {
      case C::CONTEXTS_BY_ARTIFACT:
        return Across<Artifacts>(list(Artifacts::Contexts));
      case C::CONTEXTS_BY_EXECUTION:
        return Across<Executions>(list(Executions::Contexts));
      case C::ARTIFACTS_BY_CONTEXT:
        return Across<Contexts>(page(Artifacts::ByContext));
      case C::EXECUTIONS_BY_CONTEXT:
        return Across<Contexts>(page(Executions::ByContext));
      case C::UNKNOWN:
        break;
    }
    return NoSpecification();
  }

  absl::StatusOr<Workload> ReadEvents(const ml_metadata::ReadEventsConfig& config) {
    using C = ml_metadata::ReadEventsConfig;
    workload_.name = Concat("READ_", C::Specification_Name(config.specification()));
    const bool by_artifact = config.specification() == C::EVENTS_BY_ARTIFACT_ID;
    if (!by_artifact && config.specification() != C::EVENTS_BY_EXECUTION_ID) return NoSpecification();
    RETURN_IF_ERROR(CheckRange(config.num_ids(), "num_ids", 1));
    std::vector<Artifact> artifacts;
    std::vector<Execution> executions;
    if (by_artifact) {
      ASSIGN_OR_RETURN(artifacts, NodesIn<Artifacts>(store_));
    } else {
      ASSIGN_OR_RETURN(executions, NodesIn<Executions>(store_));
    }
    return Repeat([&](int64_t) -> absl::StatusOr<Operation> {
      const auto ids = by_artifact ? SomeIds(artifacts, config.num_ids()) : SomeIds(executions, config.num_ids());
      return [ids, by_artifact](MetadataStore& store) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(const auto found,
                         by_artifact ? store.GetEventsByArtifactIDs(ids) : store.GetEventsByExecutionIDs(ids));
        for (const Event& event : found) {
          const int64_t id = by_artifact ? event.artifact_id() : event.execution_id();
          if (!std::binary_search(ids.begin(), ids.end(), id)) return WrongAnswer("events of these nodes");
        }
        return Bytes(found);
      };
    });
  }

  const WorkloadConfig& config_;
  MetadataStore& store_;
  Random random_;
  const std::string prefix_;
  Workload workload_;
};

}  // namespace

absl::StatusOr<Workload> MakeWorkload(const WorkloadConfig& config, MetadataStore& store, uint64_t seed,
                                      const std::string& prefix) {
  return Maker(config, store, seed, prefix).Make();
}

}  // namespace mlmd
