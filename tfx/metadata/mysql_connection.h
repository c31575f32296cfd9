// MySQL and MariaDB behind SqlConnection, through MariaDB's client library (libmariadb).
//
// Text goes to the server byte for byte, as google/ml-metadata's client sends it: the connection's character set is
// latin1, whatever the tables' is. So both read what the other wrote, and other tools show text beyond ASCII as the
// bytes of its UTF-8. Reads are REPEATABLE READ, writes READ COMMITTED with row locks where a row is read to be
// written.
#ifndef TFX_METADATA_MYSQL_CONNECTION_H_
#define TFX_METADATA_MYSQL_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ml_metadata/proto/metadata_store.pb.h"
#include "tfx/metadata/sql_connection.h"

namespace mlmd {

// How messages name the database: "MySQL database mlmd at db.example:3306".
std::string MysqlName(const ml_metadata::MySQLDatabaseConfig& config);

// What is wrong with the config itself: INVALID_ARGUMENT names the field. Asks no server.
absl::Status CheckMysql(const ml_metadata::MySQLDatabaseConfig& config);

// Connects, and creates the database where it does not exist, unless skip_db_creation. UNIMPLEMENTED in a program that
// was built without libmariadb.
absl::StatusOr<std::unique_ptr<SqlConnection>> OpenMysql(const ml_metadata::MySQLDatabaseConfig& config,
                                                         int lock_timeout_ms);

}  // namespace mlmd

#endif  // TFX_METADATA_MYSQL_CONNECTION_H_
