// Filter queries and page tokens: what compiles runs on a store, and nothing but INVALID_ARGUMENT (or no start of a
// lineage) comes back.
#include <memory>

#include "fuzz_driver.h"
#include "tfx/metadata/metadata_store.h"

namespace {

std::unique_ptr<mlmd::MetadataStore> MakeStore() {
  ml_metadata::ConnectionConfig config;
  config.mutable_fake_database();
  auto store = mlmd::OpenMetadataStore(config);
  ml_metadata::ArtifactType type;
  type.set_name("A");
  const auto id = (*store)->PutArtifactType(type);
  ml_metadata::Artifact artifact;
  artifact.set_type_id(*id);
  artifact.set_name("a");
  (*artifact.mutable_custom_properties())["p"].set_int_value(1);
  (*store)->PutArtifacts({artifact}).IgnoreError();
  return *std::move(store);
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  return {
      .seeds = {"state = LIVE AND name LIKE 'a%'", "custom_properties.p.int_value + 1 > 1.5 OR uri IS NULL",
                "contexts_0.name = 'c' AND events_1.type IN (INPUT, OUTPUT)", "type = 'A' AND id NOT BETWEEN 2 AND 3",
                "CASE WHEN id = 1 THEN true ELSE NOT (state != PENDING) END", "MOD(ABS(-id), 2) / 3 <= LENGTH(name)",
                "CAEqBggBEgIIAQ=="},
      .words = {"AND",
                "OR",
                "NOT",
                "IN",
                "IS NULL",
                "LIKE",
                "BETWEEN",
                "(",
                ")",
                ".",
                ",",
                "'",
                "\"",
                "`",
                "--",
                "?",
                "%",
                "properties.",
                "events_0.type",
                "contexts_",
                "LIVE",
                "9223372036854775808",
                "1e308",
                "COALESCE(",
                "NULLIF("},
      .run = [](const std::string& input) -> std::string {
        static mlmd::MetadataStore& store = *MakeStore().release();
        const auto wrong = [](const absl::Status& status) -> std::string {
          const bool fine = status.ok() || absl::IsInvalidArgument(status) || absl::IsNotFound(status);
          return fine ? "" : status.ToString();
        };
        std::string what = wrong(store.GetArtifacts({.limit = 3, .filter_query = input}).status());
        what += wrong(store.GetExecutions({.filter_query = input}).status());
        what += wrong(store.GetContexts({.limit = 3, .filter_query = input}).status());
        what += wrong(store.GetArtifacts({.limit = 3, .page_token = input}).status());
        mlmd::LineageQuery query;
        query.options.mutable_starting_artifacts()->set_filter_query(input);
        query.options.mutable_ending_artifacts()->set_filter_query(input);
        return what + wrong(store.GetLineageSubgraph(query).status());
      },
      .max_bytes = 1024};
}
