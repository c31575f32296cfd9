// Real database servers for tests: each is started at most once per test program, on a free loopback port, in a
// directory of its own, without fsync, as user nobody where the tests run as root; and ends with the program.
//
//   TestServer* server = TestServer::Get(TestServer::Kind::kMariaDb);
//   if (server == nullptr) GTEST_SKIP() << TestServer::WhyNot(TestServer::Kind::kMariaDb);
//   auto store = OpenMetadataStore(server->NewDatabase());
#ifndef TFX_METADATA_TESTING_SERVERS_H_
#define TFX_METADATA_TESTING_SERVERS_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {

class TestServer {
 public:
  enum class Kind { kMariaDb, kPostgresql };

  // nullptr only where the server's programs are not installed; a server that does not start ends the test program.
  static TestServer* Get(Kind kind);
  static std::string WhyNot(Kind kind);

  // A config with the name of a database that does not exist yet.
  ml_metadata::ConnectionConfig NewDatabase();

  Kind kind() const { return kind_; }
  int port() const { return port_; }
  const std::string& directory() const { return directory_; }

  // The server ends at once, as in a crash, or in its orderly way; Start brings it back on the same port and data.
  void Kill();
  void Stop();
  void Start();

 private:
  explicit TestServer(Kind kind);
  static void StopAll();
  static std::array<TestServer*, 2>& Servers() {
    static std::array<TestServer*, 2> servers = {};
    return servers;
  }
  void End(int signal);
  bool Answers() const;

  const Kind kind_;
  std::string directory_;
  int port_ = 0;
  int databases_ = 0;
  pid_t pid_ = 0;
};

// Of a test that INSTANTIATE_TEST_SUITE_P makes for each kind.
inline std::string ServerName(const ::testing::TestParamInfo<TestServer::Kind>& info) {
  return info.param == TestServer::Kind::kMariaDb ? "MariaDb" : "Postgresql";
}

// Where files are in memory, if there is room: servers sync theirs even when told not to.
inline std::filesystem::path FastDirectory() {
  std::error_code error;
  const auto space = std::filesystem::space("/dev/shm", error);
  const bool roomy = !error && space.available > (uintmax_t{1} << 30) && access("/dev/shm", W_OK) == 0;
  return roomy ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
}

// A port of the loopback address for a server, that is not one of those which the system gives to clients: of these, a
// client that tries again and again while its server is down would sooner or later be given the server's own.
inline int FreePort() {
  std::random_device random;
  for (;;) {
    const uint16_t port = std::uniform_int_distribution<int>(20000, 32000)(random);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (free) return port;
  }
}

namespace servers_internal {

[[noreturn]] inline void Fail(const std::string& what, const std::string& log) {
  std::stringstream text;
  text << std::ifstream(log).rdbuf();
  std::fprintf(stderr, "%s\n%s\n", what.c_str(), text.str().c_str());
  std::exit(1);
}

inline std::string FindProgram(const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    if (access(place.c_str(), X_OK) == 0) return place;
  }
  return "";
}

inline std::string Mariadbd() {
  return FindProgram({"/usr/sbin/mariadbd", "/usr/sbin/mysqld", "/usr/local/sbin/mariadbd"});
}

inline std::string PostgresqlBin() {
  for (const char* version : {"17", "16", "15", "14", "13"}) {
    const std::string bin = std::string("/usr/lib/postgresql/") + version + "/bin/";
    if (!FindProgram({bin + "postgres"}).empty() && !FindProgram({bin + "initdb"}).empty()) return bin;
  }
  return "";
}

// A child with the rights of nobody where we are root (both servers refuse to run as root), that dies with us.
inline pid_t Spawn(const std::vector<std::string>& command, const std::string& log,
                   const std::string& input = "/dev/null") {
  const passwd* nobody = geteuid() == 0 ? getpwnam("nobody") : nullptr;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  const int in = open(input.c_str(), O_RDONLY);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  if (nobody != nullptr && (setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

inline void RunToEnd(const std::vector<std::string>& command, const std::string& log,
                     const std::string& input = "/dev/null") {
  int status = 0;
  waitpid(Spawn(command, log, input), &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) Fail("cannot prepare a test server: " + command[0], log);
}

// What mariadb-install-db gives the server to bootstrap from, with its own files: users and rights are real.
inline void WriteBootstrap(const std::string& path) {
  std::ofstream out(path);
  out << "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n";
  for (const char* file : {"mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"}) {
    std::ifstream in(std::string("/usr/share/mysql/") + file);
    // One statement per line is what bootstrap wants; the files are written so.
    out << in.rdbuf() << "\n";
  }
}

}  // namespace servers_internal

inline std::string TestServer::WhyNot(Kind kind) {
  return kind == Kind::kMariaDb ? "mariadbd is not installed (package mariadb-server-core)"
                                : "postgres is not installed (package postgresql-15)";
}

inline TestServer* TestServer::Get(Kind kind) {
  if ((kind == Kind::kMariaDb ? servers_internal::Mariadbd() : servers_internal::PostgresqlBin()).empty())
    return nullptr;
  TestServer*& server = Servers()[static_cast<int>(kind)];
  if (server == nullptr) {
    server = new TestServer(kind);
    std::atexit(StopAll);
  }
  return server;
}

inline TestServer::TestServer(Kind kind) : kind_(kind) {
  std::string pattern = (FastDirectory() / "tfx_server_XXXXXX").string();
  directory_ = mkdtemp(pattern.data());
  const std::string log = directory_ + "/log", data = directory_ + "/data", temporary = directory_ + "/tmp";
  for (const std::string& path : {data, temporary}) {
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  std::ofstream(log).flush();
  if (kind == Kind::kMariaDb) servers_internal::WriteBootstrap(directory_ + "/bootstrap.sql");
  if (geteuid() == 0) {
    const passwd* nobody = getpwnam("nobody");
    for (const std::string& path : {directory_, data, temporary, log}) {
      if (chown(path.c_str(), nobody->pw_uid, nobody->pw_gid) != 0) std::exit(1);
    }
  }
  if (kind == Kind::kMariaDb) {
    // A MariaDB that starts removes what others keep in a temporary directory it shares with them.
    servers_internal::RunToEnd(
        {servers_internal::Mariadbd(), "--no-defaults", "--bootstrap", "--datadir=" + data, "--tmpdir=" + temporary,
         "--innodb-flush-method=nosync", "--innodb-log-file-size=16M", "--log-warnings=0"},
        log, directory_ + "/bootstrap.sql");
  } else {
    servers_internal::RunToEnd({servers_internal::PostgresqlBin() + "initdb", "-D", data, "-U", "postgres", "-A",
                                "trust", "--no-sync", "-E", "UTF8", "--locale=C"},
                               log);
  }
  Start();
}

inline void TestServer::Start() {
  if (port_ == 0) port_ = FreePort();
  const std::string log = directory_ + "/log", data = directory_ + "/data", port = std::to_string(port_);
  if (kind_ == Kind::kMariaDb) {
    // In /dev/shm MariaDB takes its log for persistent memory: told not to sync, it answers a commit before what others
    // write in front of it is there, and a crash loses the commit. Syncing costs nothing in memory.
    const bool in_memory = directory_.rfind("/dev/shm/", 0) == 0;
    pid_ = servers_internal::Spawn(
        {servers_internal::Mariadbd(), "--no-defaults", "--datadir=" + data, "--tmpdir=" + directory_ + "/tmp",
         "--socket=" + directory_ + "/socket", "--pid-file=" + directory_ + "/pid", "--bind-address=127.0.0.1",
         "--port=" + port, "--skip-name-resolve",
         std::string("--innodb-flush-method=") + (in_memory ? "fsync" : "nosync"),
         std::string("--innodb-flush-log-at-trx-commit=") + (in_memory ? "1" : "2"), "--innodb-log-file-size=16M",
         "--max-connections=200", "--performance-schema=OFF"},
        log);
  } else {
    pid_ = servers_internal::Spawn(
        {servers_internal::PostgresqlBin() + "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", directory_,
         "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap", "-c", "max_connections=200"},
        log);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!Answers()) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_ || std::chrono::steady_clock::now() > deadline) {
      servers_internal::Fail("the test server does not start", log);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

inline bool TestServer::Answers() const {
  ml_metadata::ConnectionConfig config;
  if (kind_ == Kind::kMariaDb) {
    config.mutable_mysql()->set_host("127.0.0.1");
    config.mutable_mysql()->set_port(port_);
    config.mutable_mysql()->set_user("root");
    config.mutable_mysql()->set_database("no such database");
    config.mutable_mysql()->set_skip_db_creation(true);
  } else {
    config.mutable_postgresql()->set_host("127.0.0.1");
    config.mutable_postgresql()->set_port(std::to_string(port_));
    config.mutable_postgresql()->set_user("postgres");
    config.mutable_postgresql()->set_dbname("no such database");
    config.mutable_postgresql()->set_skip_db_creation(true);
  }
  return absl::IsNotFound(OpenMetadataStore(config).status());
}

inline ml_metadata::ConnectionConfig TestServer::NewDatabase() {
  const std::string name = "store_" + std::to_string(++databases_);
  ml_metadata::ConnectionConfig config;
  if (kind_ == Kind::kMariaDb) {
    config.mutable_mysql()->set_host("127.0.0.1");
    config.mutable_mysql()->set_port(port_);
    config.mutable_mysql()->set_user("root");
    config.mutable_mysql()->set_database(name);
  } else {
    config.mutable_postgresql()->set_host("127.0.0.1");
    config.mutable_postgresql()->set_port(std::to_string(port_));
    config.mutable_postgresql()->set_user("postgres");
    config.mutable_postgresql()->set_dbname(name);
  }
  return config;
}

inline void TestServer::End(int signal) {
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

// PostgreSQL's workers outlive a killed postmaster for a moment; SIGQUIT has them end at once, without a checkpoint.
inline void TestServer::Kill() { End(kind_ == Kind::kMariaDb ? SIGKILL : SIGQUIT); }
inline void TestServer::Stop() { End(kind_ == Kind::kMariaDb ? SIGTERM : SIGINT); }

inline void TestServer::StopAll() {
  for (TestServer*& server : Servers()) {
    if (server == nullptr) continue;
    if (server->pid_ != 0) server->Kill();
    std::error_code ignored;
    std::filesystem::remove_all(server->directory_, ignored);
    delete std::exchange(server, nullptr);
  }
}

}  // namespace mlmd

#endif  // TFX_METADATA_TESTING_SERVERS_H_
