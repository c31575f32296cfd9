// MetadataStore over a SQL database: one transaction per call, the tables' modules do the work.
#ifndef TFX_METADATA_SQL_METADATA_STORE_H_
#define TFX_METADATA_SQL_METADATA_STORE_H_

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/metadata_store_calls.h"
#include "tfx/metadata/node_cache.h"
#include "tfx/metadata/node_table.h"
#include "tfx/metadata/schema_layout.h"
#include "tfx/metadata/sql_database.h"
#include "tfx/metadata/type_table.h"

namespace mlmd {

class SqlMetadataStore final : public MetadataStore {
 public:
  enum class Access { kReadOnly, kReadWrite };

  // The database's schema must be current. `name` names it in messages. The clock must outlive the store. `nodes` may
  // be nullptr; it is of use for a database with one writer only. `list_indexes`: those that there are, kAll but in
  // memory; the first list that is faster with more makes them.
  SqlMetadataStore(std::unique_ptr<SqlDatabase> database, std::string name, Access access, Clock& clock,
                   std::unique_ptr<NodeCache> nodes, ListIndexes list_indexes)
      : database_(std::move(database)),
        name_(std::move(name)),
        access_(access),
        clock_(clock),
        nodes_(std::move(nodes)),
        list_indexes_(list_indexes) {
    database_->OnFailedCommit([this] { types_.Clear(); });
  }

  MLMD_STORE_CALLS(MLMD_DECLARE_STORE_CALL)

 private:
  // Run `body` (Transaction& -> absl::StatusOr<T> or absl::Status) in a transaction.
  template <typename Body>
  auto Read(Body body);
  template <typename Body>
  auto Write(Body body);
  // As Read, with these indexes at least.
  template <typename Body>
  auto ReadIndexed(ListIndexes needed, Body body);
  // As ReadIndexed, and with all indexes where the options want them.
  template <typename Body>
  auto ReadList(ListIndexes needed, const ListOptions& options, Body body);

  template <typename Type>
  absl::StatusOr<int64_t> PutType(const Type& type, const PutTypeOptions& options);
  template <typename Type>
  absl::StatusOr<Type> GetType(TypeKind kind, std::string_view name, std::string_view version);
  // `load`: Transaction& -> absl::StatusOr<std::vector<TypeRecord>>.
  template <typename Type, typename Load>
  absl::StatusOr<std::vector<Type>> GetTypes(TypeKind kind, Load load);
  template <typename Type>
  absl::StatusOr<std::vector<Type>> GetTypesByExternalIds(TypeKind kind, absl::Span<const std::string> ids);
  template <typename Node>
  absl::StatusOr<Page<Node>> ListByType(std::string_view type_name, std::string_view type_version,
                                        const ListOptions& options);
  template <typename Node>
  absl::StatusOr<std::vector<Node>> GetByExternalIds(absl::Span<const std::string> ids);

  const std::unique_ptr<SqlDatabase> database_;
  const std::string name_;
  const Access access_;
  Clock& clock_;
  TypeCache types_;
  const std::unique_ptr<NodeCache> nodes_;
  std::atomic<ListIndexes> list_indexes_;
};

}  // namespace mlmd

#endif  // TFX_METADATA_SQL_METADATA_STORE_H_
