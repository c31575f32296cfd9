// What the store's tests share: a directory of their own, a clock they set, short forms of messages.
#ifndef TFX_METADATA_TESTING_STORE_H_
#define TFX_METADATA_TESTING_STORE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "tfx/metadata/metadata_store.h"

namespace mlmd {

class TestClock final : public Clock {
 public:
  int64_t NowMillis() override { return now_ms; }
  std::atomic<int64_t> now_ms{1'700'000'000'000};
};

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfx_metadata_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline ml_metadata::ConnectionConfig SqliteFile(const std::string& path,
                                                ml_metadata::SqliteMetadataSourceConfig::ConnectionMode mode =
                                                    ml_metadata::SqliteMetadataSourceConfig::READWRITE_OPENCREATE) {
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(path);
  config.mutable_sqlite()->set_connection_mode(mode);
  return config;
}

inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

// The value, or a test failure that shows the status; without a store or a connection the test ends there.
template <typename T>
T Ok(absl::StatusOr<T> result) {
  if constexpr (!std::is_copy_constructible_v<T>) {
    if (!result.ok()) throw std::runtime_error(result.status().ToString());
  }
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : T();
}

template <typename Type>
Type NamedType(const std::string& name,
               std::initializer_list<std::pair<const char*, ml_metadata::PropertyType>> properties = {}) {
  Type type;
  type.set_name(name);
  for (const auto& [key, kind] : properties) (*type.mutable_properties())[key] = kind;
  return type;
}

template <typename Node>
Node NodeOf(int64_t type_id, const std::string& name = "") {
  Node node;
  node.set_type_id(type_id);
  if (!name.empty()) node.set_name(name);
  return node;
}

inline Event EventOf(Event::Type type, const std::string& key, int64_t index) {
  Event event;
  event.set_type(type);
  event.mutable_path()->add_steps()->set_key(key);
  event.mutable_path()->add_steps()->set_index(index);
  return event;
}

// Of a vector or a NodeList.
template <typename Nodes>
std::vector<int64_t> IdsOf(const Nodes& nodes) {
  std::vector<int64_t> ids;
  for (const auto& node : nodes) ids.push_back(node.id());
  return ids;
}

}  // namespace mlmd

#endif  // TFX_METADATA_TESTING_STORE_H_
