#!/usr/bin/env bash
# Configures, builds and installs the metadata store alone, where there is neither Arrow nor TensorFlow, and links a
# program of a user's own against it.
set -euo pipefail
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
run() { # run NAME COMMAND...
  local name=$1; shift
  "$@" >"$WORK/$name.log" 2>&1 || { cat "$WORK/$name.log"; echo "failed: $name" >&2; exit 1; }
}
NOWHERE=(-DTFX_ARROW_DIR=/nowhere -DTFX_TENSORFLOW_DIR=/nowhere -DCMAKE_BUILD_TYPE=Release -G Ninja)
run configure cmake -S "$TFX_SOURCE_DIR" -B "$WORK/build" "${NOWHERE[@]}" -DTFX_COMPONENTS=metadata
grep -q "TFX_COMPONENTS: only" "$WORK/configure.log"
run build cmake --build "$WORK/build"
run install cmake --install "$WORK/build" --prefix "$WORK/install"

mkdir "$WORK/user"
cat >"$WORK/user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(User LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(Tfx REQUIRED)
add_executable(user main.cc)
target_link_libraries(user PRIVATE Tfx::metadata Tfx::link_rule)
CMAKE
cat >"$WORK/user/main.cc" <<'CC'
#include <iostream>

#include "tfx/metadata/metadata_store.h"

int main(int, char** argv) {
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(argv[1]);
  auto store = mlmd::OpenMetadataStore(config);
  if (!store.ok()) return 1;
  mlmd::ArtifactType type;
  type.set_name("Mine");
  const auto id = (*store)->PutArtifactType(type);
  if (!id.ok()) return 2;
  std::cout << *id << "\n";
}
CC
run user_configure cmake -S "$WORK/user" -B "$WORK/user/build" "${NOWHERE[@]}" -DCMAKE_PREFIX_PATH="$WORK/install"
run user_build cmake --build "$WORK/user/build"
[ "$("$WORK/user/build/user" "$WORK/metadata.db")" = 10 ]
if ldd "$WORK/user/build/user" | grep -E "arrow|tensorflow|parquet"; then exit 1; fi

# A component that does not exist is named.
if cmake -S "$TFX_SOURCE_DIR" -B "$WORK/wrong" "${NOWHERE[@]}" -DTFX_COMPONENTS=metadatas >"$WORK/wrong.log" 2>&1; then exit 1; fi
grep -q "TFX_COMPONENTS names 'metadatas'" "$WORK/wrong.log"
