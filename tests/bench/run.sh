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
# The Python libraries are measured in the same run where ./dev interop has installed them.
PEER=$(ls -d "$CACHE"/interop-*/bin/python 2>/dev/null | head -1 || true)
TAXI=$CACHE/tfx-1.21.0/examples/chicago_taxi_pipeline/data/simple
STATUS=0  # 1: a benchmark found a wrong result, or a promise that is not kept; the others run all the same

wanted() { [ "$WHAT" = all ] || [ "$WHAT" = "$1" ]; }

if wanted pipeline; then
  python3 tests/bench/pipeline_bench.py --data="$TAXI" ${PEER:+--peer="$PEER"} || STATUS=1
fi
if wanted data; then
  ENVIRONMENT=$CACHE/bench-$(sha256sum tests/bench/data_requirements.txt | cut -c1-12)
  if [ ! -e "$ENVIRONMENT/ready" ]; then
    echo "== installing DuckDB, Polars and pandas into the cache"
    rm -rf "$ENVIRONMENT"
    python3 -m venv "$ENVIRONMENT"
    "$ENVIRONMENT/bin/pip" install --quiet --disable-pip-version-check -r tests/bench/data_requirements.txt
    touch "$ENVIRONMENT/ready"
  fi
  "$ENVIRONMENT/bin/python" tests/bench/data_bench.py --data="$TAXI/data.csv" ${PEER:+--peer="$PEER"} || STATUS=1
fi
if wanted metadata; then
  [ -z "$PEER" ] || "$PEER" -W ignore tests/bench/metadata_grpc_bench.py || STATUS=1
  python3 tests/bench/metadata_bench.py ${PEER:+--peer="$PEER"} || STATUS=1
fi
if wanted libraries; then
  for bench in build/bench/*_bench; do
    echo "== $(basename "$bench")"
    "$bench" --benchmark_min_time=0.2 || STATUS=1
  done
fi
exit "$STATUS"
