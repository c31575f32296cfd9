#!/usr/bin/env bash
# Installs tfx-cpp into a fresh tree, builds the stand-alone project against it with find_package, and runs it twice.
set -euo pipefail
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cmake --install "$TFX_BINARY_DIR" --prefix "$WORK/install" >"$WORK/install.log"
cmake -S "$TFX_SOURCE_DIR/examples/standalone" -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$WORK/install" -DTFX_TENSORFLOW_DIR="$TFX_TENSORFLOW_DIR" >"$WORK/configure.log" ||
  { cat "$WORK/configure.log"; exit 1; }
cmake --build "$WORK/build" >"$WORK/build.log" || { cat "$WORK/build.log"; exit 1; }
DATA=$TFX_SAMPLE_DATA_DIR/examples/chicago_taxi_pipeline/data/simple
for run in 1 2; do
  "$WORK/build/count_features" run --data_root="$DATA" --pipeline_root="$WORK/pipeline"
done
[ "$(cat "$WORK"/pipeline/CountFeatures/report/*/value)" = 18 ]
