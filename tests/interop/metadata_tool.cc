// Our store for schema_check.py, which does the same with the official client and compares.
//
//   metadata_tool put|dump|migrate VERSION  CONFIG      (CONFIG: ml_metadata.ConnectionConfig as text)
//
// put: stores one execution with everything that a store can hold. dump: prints what is in the store, a LineageGraph as
// text. migrate: moves the store to that schema version.
#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "tfx/base/status_macros.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/migration.h"

namespace {

absl::Status Put(mlmd::MetadataStore& store) {
  mlmd::ArtifactType artifact_type;
  artifact_type.set_name("Ours");
  artifact_type.set_base_type(mlmd::ArtifactType::MODEL);
  for (const auto& [name, kind] : {std::pair("i", ml_metadata::INT), std::pair("d", ml_metadata::DOUBLE),
                                   std::pair("s", ml_metadata::STRING), std::pair("t", ml_metadata::STRUCT),
                                   std::pair("p", ml_metadata::PROTO), std::pair("b", ml_metadata::BOOLEAN)}) {
    (*artifact_type.mutable_properties())[name] = kind;
  }
  mlmd::ExecutionType execution_type;
  execution_type.set_name("Ours");
  mlmd::ContextType context_type;
  context_type.set_name("Ours");
  ASSIGN_OR_RETURN(const mlmd::PutTypesResult types,
                   store.PutTypes({artifact_type}, {execution_type}, {context_type}, {.can_add_fields = true}));
  mlmd::Artifact artifact;
  artifact.set_type_id(types.artifact_type_ids[0]);
  artifact.set_name("é世😀 'quoted' \\");
  artifact.set_uri("some/uri");
  artifact.set_state(mlmd::Artifact::LIVE);
  artifact.set_external_id("outside");
  auto& properties = *artifact.mutable_properties();
  properties["i"].set_int_value(-7);
  properties["d"].set_double_value(0.1);
  properties["s"].set_string_value("é世😀 \"text\"");
  (*properties["t"].mutable_struct_value()->mutable_fields())["k"].set_number_value(2);
  properties["p"].mutable_proto_value()->set_type_url("type.googleapis.com/google.protobuf.Duration");
  properties["p"].mutable_proto_value()->set_value("\x08\x05");
  properties["b"].set_bool_value(true);
  (*artifact.mutable_custom_properties())["c"].set_bool_value(false);
  mlmd::Event event;
  event.set_type(mlmd::Event::OUTPUT);
  event.mutable_path()->add_steps()->set_key("out");
  event.mutable_path()->add_steps()->set_index(2);
  mlmd::Execution execution;
  execution.set_type_id(types.execution_type_ids[0]);
  execution.set_name("run");
  execution.set_last_known_state(mlmd::Execution::COMPLETE);
  mlmd::Context context;
  context.set_type_id(types.context_type_ids[0]);
  context.set_name("c");
  return store.PutExecution(execution, {{artifact, event}}, {context}).status();
}

absl::Status Dump(mlmd::MetadataStore& store) {
  mlmd::LineageGraph graph;
  const auto add = [](const auto& items, auto* field) {
    for (const auto& item : items) *field->Add() = item;
  };
  ASSIGN_OR_RETURN(const auto artifact_types, store.GetArtifactTypes());
  ASSIGN_OR_RETURN(const auto artifacts, store.GetArtifacts());
  ASSIGN_OR_RETURN(const auto executions, store.GetExecutions());
  ASSIGN_OR_RETURN(const auto contexts, store.GetContexts());
  std::vector<int64_t> ids;
  for (const auto& execution : executions.items) ids.push_back(execution.id());
  ASSIGN_OR_RETURN(const auto events, store.GetEventsByExecutionIDs(ids));
  add(artifact_types, graph.mutable_artifact_types());
  add(artifacts.items, graph.mutable_artifacts());
  add(executions.items, graph.mutable_executions());
  add(contexts.items, graph.mutable_contexts());
  add(events, graph.mutable_events());
  std::string text;
  google::protobuf::TextFormat::PrintToString(graph, &text);
  std::cout << text;
  return absl::OkStatus();
}

absl::Status Run(const std::string& verb, const std::string& version, const std::string& text) {
  ml_metadata::ConnectionConfig config;
  if (!google::protobuf::TextFormat::ParseFromString(text, &config)) {
    return absl::InvalidArgumentError("CONFIG is not a ConnectionConfig");
  }
  if (verb == "migrate") {
    return mlmd::MigrateMetadataStore(config, {.to_version = std::atoll(version.c_str()), .backup = false}).status();
  }
  ASSIGN_OR_RETURN(const auto store, mlmd::OpenMetadataStore(config));
  return verb == "put" ? Put(*store) : Dump(*store);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: metadata_tool put|dump CONFIG, metadata_tool migrate VERSION CONFIG\n";
    return 2;
  }
  const absl::Status status = Run(argv[1], argc == 4 ? argv[2] : "", argv[argc - 1]);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
