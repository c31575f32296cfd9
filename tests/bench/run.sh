#!/usr/bin/env bash
# Benchmarks: the taxi pipeline as a whole and node by node beside Python TFX, then the libraries' own benchmarks.
#   ./dev bench [pipeline|data|metadata|libraries]
set -euo pipefail
cd "$(dirname "$0")/../.."
WHAT=${1:-all}
CACHE=${TFX_DEPS_DIR:-$HOME/.cache/tfx-cpp}
export TFX_SAMPLE_DATA_DIR=${TFX_SAMPLE_DATA_DIR:-$CACHE/tfx-1.21.0}
# Recorded Python runs, where they lie beside the checkout; benchmarks that need them say so where they are absent.
[ -d ../shared/golden ] && export TFX_GOLDEN_DIR=$PWD/../shared/golden
if [ "$WHAT" = all ] || [ "$WHAT" = pipeline ]; then
  # The Python libraries are measured in the same run where ./dev interop has installed them.
  PEER=$(ls -d "$CACHE"/interop-*/bin/python 2>/dev/null | head -1 || true)
  python3 tests/bench/pipeline_bench.py --data="$CACHE/tfx-1.21.0/examples/chicago_taxi_pipeline/data/simple" ${PEER:+--peer="$PEER"}
fi
if [ "$WHAT" = all ] || [ "$WHAT" = data ]; then
  ENVIRONMENT=$CACHE/bench-$(sha256sum tests/bench/data_requirements.txt | cut -c1-12)
  if [ ! -e "$ENVIRONMENT/ready" ]; then
    echo "== installing DuckDB, Polars and pandas into the cache"
    rm -rf "$ENVIRONMENT"
    python3 -m venv "$ENVIRONMENT"
    "$ENVIRONMENT/bin/pip" install --quiet --disable-pip-version-check -r tests/bench/data_requirements.txt
    touch "$ENVIRONMENT/ready"
  fi
  PEER=$(ls -d "$CACHE"/interop-*/bin/python 2>/dev/null | head -1 || true)
  "$ENVIRONMENT/bin/python" tests/bench/data_bench.py --data="$CACHE/tfx-1.21.0/examples/chicago_taxi_pipeline/data/simple/data.csv" \
    ${PEER:+--peer="$PEER"}
fi
if [ "$WHAT" = all ] || [ "$WHAT" = metadata ]; then
  PEER=$(ls -d "$CACHE"/interop-*/bin/python 2>/dev/null | head -1 || true)
  [ -z "$PEER" ] || "$PEER" -W ignore tests/bench/metadata_grpc_bench.py
  # Last: it fails where a promise is not kept.
  python3 tests/bench/metadata_bench.py ${PEER:+--peer="$PEER"}
fi
if [ "$WHAT" = all ] || [ "$WHAT" = libraries ]; then
  for bench in build/bench/*_bench; do
    echo "== $(basename "$bench")"
    "$bench" --benchmark_min_time=0.2
  done
fi
