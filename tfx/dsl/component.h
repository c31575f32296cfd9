// How a component is described: once, and the description feeds wiring checks, help, IR, cache key and metadata.
//
//   struct StatisticsGen {                                   // what the user fills in, in this order
//     Channel<Examples> examples;
//     Channel<Schema> schema;
//     std::vector<std::string> exclude_splits;
//
//     struct Outputs { Channel<ExampleStatistics> statistics; };
//     static const ComponentDescription<StatisticsGen>& Describe();
//   };
//
//   const ComponentDescription<StatisticsGen>& StatisticsGen::Describe() {
//     static const auto& description = *new ComponentDescription<StatisticsGen>(
//         ComponentDescription<StatisticsGen>("StatisticsGen", "Describes every feature of every split.")
//             .Type("tfx.components.statistics_gen.component.StatisticsGen", ExecutionBaseType::kProcess)
//             .Input("examples", &StatisticsGen::examples, "Examples to describe.")
//             .OptionalInput("schema", &StatisticsGen::schema, "Schema to use.")
//             .Parameter("exclude_splits", &StatisticsGen::exclude_splits, "Splits to leave out.")
//             .Output("statistics", &Outputs::statistics, "FeatureStats.pb per split.")
//             .ExecutorClass("tfx.components.statistics_gen.executor.Executor",
//                            [](const StatisticsGen&) { return std::make_unique<StatisticsGenExecutor>(); }));
//     return description;
//   }
//
// Names of inputs, outputs and parameters are the keys of metadata and IR: TFX's. A component that takes a user's C++
// function has a std::function field, declares it with UserFunction and hands it to its executor in the factory, which
// sees the user's struct.
#ifndef TFX_DSL_COMPONENT_H_
#define TFX_DSL_COMPONENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tfx/dsl/node.h"

namespace tfx {

// Collects what a component's own check finds wrong.
class WiringProblems {
 public:
  WiringProblems(std::string node_id, std::vector<WiringError>* errors)
      : node_id_(std::move(node_id)), errors_(errors) {}
  void Add(std::string_view field, std::string_view message) {
    errors_->push_back({node_id_, std::string(field), std::string(message)});
  }

 private:
  std::string node_id_;
  std::vector<WiringError>* errors_;
};

namespace dsl_internal {
std::string DefaultText(const ParameterValue& value);
void AddInput(Node& node, std::string_view name, const ArtifactTypeInfo* type, bool required,
              const std::vector<ChannelRef>& sources);
void AddParameter(Node& node, std::string_view name, ParameterValue value, bool required);

template <typename T>
struct Unwrapped {
  using Type = T;
};
template <typename T>
struct Unwrapped<std::optional<T>> : Unwrapped<T> {};
template <typename T>
struct Unwrapped<Param<T>> : Unwrapped<T> {};

template <typename Field>
std::string ParameterKind() {
  using T = typename Unwrapped<Field>::Type;
  if constexpr (std::same_as<T, bool>)
    return "bool";
  else if constexpr (std::integral<T> || std::is_enum_v<T>)
    return "int";
  else if constexpr (std::floating_point<T>)
    return "double";
  else if constexpr (std::convertible_to<T, std::string>)
    return "string";
  else if constexpr (std::same_as<T, std::vector<std::string>>)
    return "list of strings";
  else
    return std::string("message ") + std::string(T::descriptor()->full_name());
}
}  // namespace dsl_internal

template <typename C>
class ComponentDescription {
 public:
  ComponentDescription(std::string_view name, std::string_view doc) {
    info_.name = name;
    info_.doc = doc;
  }

  // The execution type's name in ML Metadata, TFX's class path, and its system base type.
  ComponentDescription& Type(std::string_view type_name, ExecutionBaseType base_type = ExecutionBaseType::kNone) {
    info_.type_name = type_name;
    info_.base_type = base_type;
    return *this;
  }

  template <typename T>
  ComponentDescription& Input(std::string_view name, Channel<T> C::*field, std::string_view doc) {
    return InputImpl(name, field, doc, /*required=*/true);
  }
  template <typename T>
  ComponentDescription& OptionalInput(std::string_view name, Channel<T> C::*field, std::string_view doc) {
    return InputImpl(name, field, doc, /*required=*/false);
  }

  // The field's initial value is the default. std::optional without a value is not recorded.
  template <typename F>
  ComponentDescription& Parameter(std::string_view name, F C::*field, std::string_view doc) {
    return ParameterImpl(name, field, doc, /*required=*/false);
  }
  // Leaving it empty ("" or absent) is a wiring error.
  template <typename F>
  ComponentDescription& RequiredParameter(std::string_view name, F C::*field, std::string_view doc) {
    return ParameterImpl(name, field, doc, /*required=*/true);
  }
  // A parameter worked out of the struct, e.g. a default that depends on another field.
  ComponentDescription& ComputedParameter(std::string_view name, std::string_view kind,
                                          std::function<ParameterValue(const C&)> compute, std::string_view doc) {
    info_.parameters.push_back({std::string(name), std::string(kind), false, "", std::string(doc)});
    extract_.push_back([name = std::string(name), compute = std::move(compute)](const C& c, Node& node) {
      dsl_internal::AddParameter(node, name, compute(c), /*required=*/false);
    });
    return *this;
  }
  // The parameter of that name is the path of a file whose content joins the cache key. It must be readable when the
  // pipeline is checked.
  ComponentDescription& ReadsFile(std::string_view parameter) {
    extract_.push_back([name = std::string(parameter)](const C&, Node& node) { node.file_parameters.push_back(name); });
    return *this;
  }
  // The parameter of that name is the path of a directory, which must be readable when the pipeline is checked.
  ComponentDescription& ReadsDirectory(std::string_view parameter) {
    extract_.push_back(
        [name = std::string(parameter)](const C&, Node& node) { node.directory_parameters.push_back(name); });
    return *this;
  }
  // A user's function. Set: the build id of the program joins the cache key, and executions record it as `module_path`
  // "<program>@<build id>".
  template <typename F>
  ComponentDescription& UserFunction(std::string_view name, F C::*field, std::string_view doc) {
    return UserFunctionImpl(name, field, doc, /*required=*/false);
  }
  template <typename F>
  ComponentDescription& RequiredUserFunction(std::string_view name, F C::*field, std::string_view doc) {
    return UserFunctionImpl(name, field, doc, /*required=*/true);
  }

  template <typename O, typename T>
  ComponentDescription& Output(std::string_view name, Channel<T> O::*field, std::string_view doc) {
    return OutputImpl(name, field, doc, nullptr);
  }
  // An output that exists only when `present` says so; otherwise its channel stays unwired.
  template <typename O, typename T>
  ComponentDescription& OptionalOutput(std::string_view name, Channel<T> O::*field,
                                       std::function<bool(const C&)> present, std::string_view doc) {
    return OutputImpl(name, field, doc, std::move(present));
  }

  // Checks of one's own, run when the node is added; report every problem.
  ComponentDescription& Check(std::function<void(const C&, WiringProblems&)> check) {
    extract_.push_back([check = std::move(check)](const C& c, Node& node) {
      WiringProblems problems(node.id, &node.errors);
      check(c, problems);
    });
    return *this;
  }

  // The class path that TFX's IR names, and what makes the executor. The factory gets a copy of the user's struct that
  // lives as long as the pipeline: take user functions from there, everything else from the execution properties.
  ComponentDescription& ExecutorClass(std::string_view class_path,
                                      std::function<std::unique_ptr<Executor>(const C&)> make) {
    info_.executor_class = class_path;
    make_executor_ = std::move(make);
    return *this;
  }

  // For Resolver and Importer.
  ComponentDescription& Kind(NodeKind kind) {
    info_.kind = kind;
    return *this;
  }
  ComponentDescription& Extract(std::function<void(const C&, Node&)> extract) {
    extract_.push_back(std::move(extract));
    return *this;
  }
  ComponentDescription& Bind(std::function<void(const Node&, const ChannelRef&, typename C::Outputs&)> bind) {
    bind_.push_back(std::move(bind));
    return *this;
  }

  const ComponentInfo& info() const { return info_; }

  // Used by Pipeline::Add.
  Node MakeNode(C component, std::string id) const {
    Node node;
    node.id = std::move(id);
    node.info = info_;
    for (const auto& extract : extract_) extract(component, node);
    if (make_executor_) {
      node.make_executor = [make = make_executor_, shared = std::make_shared<const C>(std::move(component))] {
        return make(*shared);
      };
    }
    return node;
  }
  typename C::Outputs MakeOutputs(const Node& node, const ChannelRef& producer) const {
    typename C::Outputs outputs{};
    for (const auto& bind : bind_) bind(node, producer, outputs);
    return outputs;
  }

 private:
  template <typename T>
  ComponentDescription& InputImpl(std::string_view name, Channel<T> C::*field, std::string_view doc, bool required) {
    info_.inputs.push_back({std::string(name), &T::kType, required, std::string(doc)});
    extract_.push_back([name = std::string(name), field, required](const C& c, Node& node) {
      dsl_internal::AddInput(node, name, &T::kType, required, (c.*field).sources());
    });
    return *this;
  }
  template <typename F>
  ComponentDescription& ParameterImpl(std::string_view name, F C::*field, std::string_view doc, bool required) {
    info_.parameters.push_back({std::string(name), dsl_internal::ParameterKind<F>(), required,
                                dsl_internal::DefaultText(ToParameterValue(C{}.*field)), std::string(doc)});
    extract_.push_back([name = std::string(name), field, required](const C& c, Node& node) {
      dsl_internal::AddParameter(node, name, ToParameterValue(c.*field), required);
    });
    return *this;
  }
  template <typename F>
  ComponentDescription& UserFunctionImpl(std::string_view name, F C::*field, std::string_view doc, bool required) {
    info_.parameters.push_back({std::string(name), "function", required, "", std::string(doc)});
    extract_.push_back([name = std::string(name), field, required](const C& c, Node& node) {
      if (c.*field) {
        node.runs_user_code = true;
      } else if (required) {
        node.errors.push_back({node.id, name, "no function is given; set it to a C++ function of this program"});
      }
    });
    return *this;
  }
  template <typename O, typename T>
  ComponentDescription& OutputImpl(std::string_view name, Channel<T> O::*field, std::string_view doc,
                                   std::function<bool(const C&)> present) {
    info_.outputs.push_back({std::string(name), &T::kType, present == nullptr, std::string(doc)});
    extract_.push_back([name = std::string(name), present = std::move(present)](const C& c, Node& node) {
      if (!present || present(c)) node.outputs[name] = Node::Output{&T::kType};
    });
    bind_.push_back(
        [name = std::string(name), field](const Node& node, ChannelRef producer, typename C::Outputs& outputs) {
          if (!node.outputs.contains(name)) return;
          producer.output_key = name;
          outputs.*field = Channel<T>({std::move(producer)});
        });
    return *this;
  }

  ComponentInfo info_;
  std::vector<std::function<void(const C&, Node&)>> extract_;
  std::vector<std::function<void(const Node&, const ChannelRef&, typename C::Outputs&)>> bind_;
  std::function<std::unique_ptr<Executor>(const C&)> make_executor_;
};

// A struct that can be added to a pipeline.
template <typename C>
concept Component = requires {
  typename C::Outputs;
  { C::Describe().info() } -> std::convertible_to<const ComponentInfo&>;
};

}  // namespace tfx

#endif  // TFX_DSL_COMPONENT_H_
