// The ML Metadata store: types, artifacts, executions, contexts and what links them, as in google/ml-metadata.
//
// One abstract class, one method per call of the service ml_metadata.MetadataStoreService, in the Python client's
// words. It is kept in SQLite, MariaDB/MySQL or PostgreSQL with the tables of schema version 10, which the official
// Python client (ml-metadata 1.17) opens as well, and the other way round.
//
//   ml_metadata::ConnectionConfig config;
//   config.mutable_sqlite()->set_filename_uri("metadata.db");
//   ASSIGN_OR_RETURN(std::unique_ptr<mlmd::MetadataStore> store, mlmd::OpenMetadataStore(config));
//   ASSIGN_OR_RETURN(int64_t type_id, store->PutArtifactType(examples_type, {.can_add_fields = true}));
//   ASSIGN_OR_RETURN(std::vector<int64_t> ids, store->PutArtifacts({artifact}));
//   ASSIGN_OR_RETURN(std::vector<Artifact> artifacts, store->GetArtifactsByID(ids));
//
// Contracts that hold for every call:
// - Each call is one transaction: all of it is stored, or nothing. A put that returned OK survives a kill of the
// process.
// - Thread-safe: any number of threads may share one store; other processes may use the same file at the same time.
// - Times are int64 milliseconds since 1970. On a new node the store sets both times, whatever the caller filled in.
// - Answers are in ascending id where nothing else is said; `type` of a node is filled with its type's name.
// - A list lookup leaves out what does not exist. Writes that name something unknown fail.
// - Errors: INVALID_ARGUMENT (the request contradicts itself, its type or the store), NOT_FOUND, ALREADY_EXISTS (a
// name,
//   external id, event or type is taken), FAILED_PRECONDITION (optimistic check lost; schema version; read-only),
//   ABORTED (another writer held the database too long: try again), UNAVAILABLE (the file cannot be read, the server
//   not reached; a message says where it is not known whether a put was stored), DATA_LOSS (corrupted),
//   RESOURCE_EXHAUSTED (disk full), UNIMPLEMENTED. File errors name the file, server errors host and database.
#ifndef TFX_METADATA_METADATA_STORE_H_
#define TFX_METADATA_METADATA_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/node_list.h"

namespace mlmd {

using ml_metadata::Artifact;
using ml_metadata::ArtifactType;
using ml_metadata::Association;
using ml_metadata::Attribution;
using ml_metadata::Context;
using ml_metadata::ContextType;
using ml_metadata::Event;
using ml_metadata::Execution;
using ml_metadata::ExecutionType;
using ml_metadata::LineageGraph;
using ml_metadata::ParentContext;

// How a put of a type may differ from the stored one. A property whose data type changed is always ALREADY_EXISTS.
struct PutTypeOptions {
  bool can_add_fields = false;   // new properties are added to the stored type
  bool can_omit_fields = false;  // stored properties may be missing in the request; they stay
};

// Applies to nodes that carry an id (updates); inserts ignore it.
struct PutNodesOptions {
  // Paths: uri, state, last_known_state, name, external_id, properties, custom_properties, properties.KEY,
  // custom_properties.KEY. Only these change; one that is listed but absent from the node is cleared; unknown paths are
  // ignored. Empty: the stored node becomes equal to the given one, properties that are absent are deleted.
  std::vector<std::string> update_mask;
};

struct PutArtifactsOptions {
  std::vector<std::string> update_mask;  // as PutNodesOptions::update_mask
  // Fail with FAILED_PRECONDITION where a given last_update_time_since_epoch is not the stored one.
  bool abort_if_latest_updated_time_changed = false;
};

// An artifact and the event that ties it to the execution; either may be absent. An event without an artifact names its
// artifact by id. The event's execution id, and the artifact's id where it is new, are filled in by the store.
struct ArtifactAndEvent {
  std::optional<Artifact> artifact;
  std::optional<Event> event;
};

struct PutExecutionOptions {
  bool reuse_context_if_already_exist = false;  // take a stored context of the same type and name, without updating it
  bool reuse_artifact_if_already_exist_by_external_id = false;
  bool force_update_time = false;    // move last_update_time even where nothing else changed
  bool force_reuse_context = false;  // link a context that carries an id as it is; an unknown id is NOT_FOUND
};

struct PutExecutionResult {
  int64_t execution_id = 0;
  std::vector<int64_t> artifact_ids;  // one per pair, in order; -1 for an empty pair
  std::vector<int64_t> context_ids;   // one per context, in order
};

// Nodes are named by their place in the request's lists, or, where the index is absent, by the id in the event.
struct LineageEdge {
  std::optional<int> execution_index;
  std::optional<int> artifact_index;
  Event event;
};

struct PutLineageSubgraphOptions {
  bool reuse_context_if_already_exist = false;
  bool reuse_artifact_if_already_exist_by_external_id = false;
};

struct PutLineageSubgraphResult {
  std::vector<int64_t> execution_ids, artifact_ids, context_ids;  // in the order of the request
};

struct PutTypesResult {
  std::vector<int64_t> artifact_type_ids, execution_type_ids, context_type_ids;  // in the order of the request
};

// Which nodes, in which order, how many. The default answers everything in ascending id.
struct ListOptions {
  enum class OrderBy { kId, kCreateTime, kLastUpdateTime };  // ties go by id, in the same direction
  enum class Direction { kAscending, kDescending };
  std::optional<int> limit;  // at most this many (> 0); absent: all
  OrderBy order_by = OrderBy::kId;
  Direction direction = Direction::kAscending;
  std::string filter_query;  // ML Metadata's filter language; empty: no filter
  std::string page_token;    // Page::next_page_token of the page before; the order must be the same. Empty: first page
};

template <typename Node>
struct Page {
  NodeList<Node> items;         // read-only, see node_list.h
  std::string next_page_token;  // empty: this was the last page
};

// Starting nodes come by filter query; see mlmd's LineageSubgraphQueryOptions.
struct LineageQuery {
  ml_metadata::LineageSubgraphQueryOptions options;
  std::vector<std::string> read_mask;  // names of LineageGraph's fields to fill; empty: all
};

class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  // Types. An existing (name, version) is compared and, where the options allow, extended; the id comes back.
  // ALREADY_EXISTS "Type already exists with different properties..." otherwise.
  virtual absl::StatusOr<int64_t> PutArtifactType(const ArtifactType& type, const PutTypeOptions& options = {}) = 0;
  virtual absl::StatusOr<int64_t> PutExecutionType(const ExecutionType& type, const PutTypeOptions& options = {}) = 0;
  virtual absl::StatusOr<int64_t> PutContextType(const ContextType& type, const PutTypeOptions& options = {}) = 0;
  virtual absl::StatusOr<PutTypesResult> PutTypes(absl::Span<const ArtifactType> artifact_types,
                                                  absl::Span<const ExecutionType> execution_types,
                                                  absl::Span<const ContextType> context_types,
                                                  const PutTypeOptions& options = {}) = 0;
  // One type by name and version ("" is: no version); NOT_FOUND.
  virtual absl::StatusOr<ArtifactType> GetArtifactType(std::string_view name, std::string_view version = "") = 0;
  virtual absl::StatusOr<ExecutionType> GetExecutionType(std::string_view name, std::string_view version = "") = 0;
  virtual absl::StatusOr<ContextType> GetContextType(std::string_view name, std::string_view version = "") = 0;
  // All types of a kind, without the nine system types ("mlmd.Dataset", ...).
  virtual absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypes() = 0;
  virtual absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypes() = 0;
  virtual absl::StatusOr<std::vector<ContextType>> GetContextTypes() = 0;
  virtual absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypesByID(absl::Span<const int64_t> ids) = 0;
  virtual absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypesByID(absl::Span<const int64_t> ids) = 0;
  virtual absl::StatusOr<std::vector<ContextType>> GetContextTypesByID(absl::Span<const int64_t> ids) = 0;
  // An empty external id is INVALID_ARGUMENT in all ...ByExternalIds.
  virtual absl::StatusOr<std::vector<ArtifactType>> GetArtifactTypesByExternalIds(
      absl::Span<const std::string> ids) = 0;
  virtual absl::StatusOr<std::vector<ExecutionType>> GetExecutionTypesByExternalIds(
      absl::Span<const std::string> ids) = 0;
  virtual absl::StatusOr<std::vector<ContextType>> GetContextTypesByExternalIds(absl::Span<const std::string> ids) = 0;

  // Nodes. Without an id: inserted (type_id is required). With an id: updated. The ids come back in order.
  virtual absl::StatusOr<std::vector<int64_t>> PutArtifacts(absl::Span<const Artifact> artifacts,
                                                            const PutArtifactsOptions& options = {}) = 0;
  virtual absl::StatusOr<std::vector<int64_t>> PutExecutions(absl::Span<const Execution> executions,
                                                             const PutNodesOptions& options = {}) = 0;
  virtual absl::StatusOr<std::vector<int64_t>> PutContexts(absl::Span<const Context> contexts,
                                                           const PutNodesOptions& options = {}) = 0;
  // Edges. An event that exists already is ALREADY_EXISTS, an attribution or association that does is fine.
  virtual absl::Status PutEvents(absl::Span<const Event> events) = 0;
  virtual absl::Status PutAttributionsAndAssociations(absl::Span<const Attribution> attributions,
                                                      absl::Span<const Association> associations) = 0;
  // A duplicate is ALREADY_EXISTS, a cycle INVALID_ARGUMENT.
  virtual absl::Status PutParentContexts(absl::Span<const ParentContext> parent_contexts) = 0;

  // Puts an execution with its artifacts, events and contexts, and ties execution and artifacts to every context.
  virtual absl::StatusOr<PutExecutionResult> PutExecution(const Execution& execution,
                                                          absl::Span<const ArtifactAndEvent> artifacts_and_events,
                                                          absl::Span<const Context> contexts,
                                                          const PutExecutionOptions& options = {}) = 0;
  // Puts many nodes and events, and ties every execution and artifact to every context.
  virtual absl::StatusOr<PutLineageSubgraphResult> PutLineageSubgraph(
      absl::Span<const Execution> executions, absl::Span<const Artifact> artifacts, absl::Span<const Context> contexts,
      absl::Span<const LineageEdge> edges, const PutLineageSubgraphOptions& options = {}) = 0;

  virtual absl::StatusOr<Page<Artifact>> GetArtifacts(const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<Page<Execution>> GetExecutions(const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<Page<Context>> GetContexts(const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<std::vector<Artifact>> GetArtifactsByID(absl::Span<const int64_t> ids) = 0;
  virtual absl::StatusOr<std::vector<Execution>> GetExecutionsByID(absl::Span<const int64_t> ids) = 0;
  virtual absl::StatusOr<std::vector<Context>> GetContextsByID(absl::Span<const int64_t> ids) = 0;
  // An unknown type has no nodes.
  virtual absl::StatusOr<Page<Artifact>> GetArtifactsByType(std::string_view type_name,
                                                            std::string_view type_version = "",
                                                            const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<Page<Execution>> GetExecutionsByType(std::string_view type_name,
                                                              std::string_view type_version = "",
                                                              const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<Page<Context>> GetContextsByType(std::string_view type_name,
                                                          std::string_view type_version = "",
                                                          const ListOptions& options = {}) = 0;
  // nullopt where the type or the name is unknown.
  virtual absl::StatusOr<std::optional<Artifact>> GetArtifactByTypeAndName(std::string_view type_name,
                                                                           std::string_view name,
                                                                           std::string_view type_version = "") = 0;
  virtual absl::StatusOr<std::optional<Execution>> GetExecutionByTypeAndName(std::string_view type_name,
                                                                             std::string_view name,
                                                                             std::string_view type_version = "") = 0;
  virtual absl::StatusOr<std::optional<Context>> GetContextByTypeAndName(std::string_view type_name,
                                                                         std::string_view name,
                                                                         std::string_view type_version = "") = 0;
  virtual absl::StatusOr<std::vector<Artifact>> GetArtifactsByExternalIds(absl::Span<const std::string> ids) = 0;
  virtual absl::StatusOr<std::vector<Execution>> GetExecutionsByExternalIds(absl::Span<const std::string> ids) = 0;
  virtual absl::StatusOr<std::vector<Context>> GetContextsByExternalIds(absl::Span<const std::string> ids) = 0;
  virtual absl::StatusOr<std::vector<Artifact>> GetArtifactsByURI(absl::Span<const std::string> uris) = 0;

  // In the order in which they were put.
  virtual absl::StatusOr<std::vector<Event>> GetEventsByExecutionIDs(absl::Span<const int64_t> ids) = 0;
  virtual absl::StatusOr<std::vector<Event>> GetEventsByArtifactIDs(absl::Span<const int64_t> ids) = 0;

  virtual absl::StatusOr<std::vector<Context>> GetContextsByArtifact(int64_t artifact_id) = 0;
  virtual absl::StatusOr<std::vector<Context>> GetContextsByExecution(int64_t execution_id) = 0;
  virtual absl::StatusOr<Page<Artifact>> GetArtifactsByContext(int64_t context_id, const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<Page<Execution>> GetExecutionsByContext(int64_t context_id,
                                                                 const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<std::vector<Context>> GetParentContextsByContext(int64_t context_id) = 0;
  virtual absl::StatusOr<std::vector<Context>> GetChildrenContextsByContext(int64_t context_id) = 0;
  // By the id asked for; one without parents (children) has no entry.
  virtual absl::StatusOr<std::map<int64_t, std::vector<Context>>> GetParentContextsByContexts(
      absl::Span<const int64_t> context_ids) = 0;
  virtual absl::StatusOr<std::map<int64_t, std::vector<Context>>> GetChildrenContextsByContexts(
      absl::Span<const int64_t> context_ids) = 0;

  // What is within some hops of the starting nodes: nodes by id only, events and links in full, in ascending id.
  virtual absl::StatusOr<LineageGraph> GetLineageSubgraph(const LineageQuery& query) = 0;
};

// Where the store's time comes from; tests give their own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t NowMillis() = 0;  // milliseconds since 1970; called from many threads
};
Clock& SystemClock();

struct OpenOptions {
  // How long a call waits for another process that holds the database before it gives up with ABORTED.
  int busy_timeout_ms = 30'000;
  Clock* clock = nullptr;  // not owned, must outlive the store; nullptr: SystemClock()
  // Connections to MySQL or PostgreSQL, or readers of a SQLite file, at a time; further calls wait. At least 1.
  int max_connections = 16;
  // SQLite: nodes that lists returned are kept, up to about this many bytes, and served again while it is proven that
  // nobody changed them (node_cache.h). 0: none are kept. MySQL and PostgreSQL, where other writers cannot be seen
  // cheaply, keep none.
  int64_t node_cache_bytes = 32 << 20;
  // enable_upgrade_migration: an older store is first migrated to version 10 (migration.h). downgrade_to_schema_version
  // >= 0: the store is migrated down to that version and not opened: CANCELLED. Default: neither.
  ml_metadata::MigrationOptions migration;
};

// Whether OpenMetadataStore can do anything with the config: INVALID_ARGUMENT names the field that is missing or wrong.
// Opens no file and asks no server.
absl::Status CheckConnectionConfig(const ml_metadata::ConnectionConfig& config);

// Opens, and where the connection mode allows creates, the store of a connection config:
// - sqlite with filename_uri: that file (a path or a file: URI). Mode READWRITE_OPENCREATE (default) creates the file,
//   not its directory; READWRITE wants it to exist; READONLY never writes. A file that holds other tables than ours, or
//   is no database, is refused and left as it was.
// - fake_database, or sqlite without filename: in memory, gone with the store.
// - mysql (also MariaDB): host or socket (not both) and database are required; ssl_options as the client library takes
//   them. postgresql: host or hostaddr, user and dbname are required; port, passfile and ssloption as libpq takes them.
//   A database that does not exist is created unless skip_db_creation. UNIMPLEMENTED where this program was built
//   without the client library, UNAVAILABLE where the server cannot be reached, PERMISSION_DENIED where it refuses the
//   user.
// FAILED_PRECONDITION where the schema is older or newer than 10 and no migration was asked for. Use after fork() in
// the child is not supported.
absl::StatusOr<std::unique_ptr<MetadataStore>> OpenMetadataStore(const ml_metadata::ConnectionConfig& config,
                                                                 const OpenOptions& options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_METADATA_STORE_H_
