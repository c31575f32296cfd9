#!/usr/bin/env bash
# Checks that the Python ecosystem reads what we write: runs the taxi pipeline, then reads every artifact with the Python
# libraries, installed in a throw-away environment (kept in the cache for the next run).
set -euo pipefail
cd "$(dirname "$0")/../.."
CACHE=${TFX_DEPS_DIR:-$HOME/.cache/tfx-cpp}
ENVIRONMENT=$CACHE/interop-$(sha256sum tests/interop/requirements.txt | cut -c1-12)
PYTHON=python3.11
command -v $PYTHON >/dev/null || { echo "interop: the Python libraries need Python 3.11, which Debian 12 has" >&2; exit 1; }

if [ ! -e "$ENVIRONMENT/ready" ]; then
  echo "== installing the Python libraries (about 3 GB) into the cache"
  rm -rf "$ENVIRONMENT"
  $PYTHON -m venv "$ENVIRONMENT"
  "$ENVIRONMENT/bin/pip" install --quiet --disable-pip-version-check -r tests/interop/requirements.txt
  touch "$ENVIRONMENT/ready"
fi

./dev build chicago_taxi tfx data_components metadata_probe metadata_tool
ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT
DATA=${TFX_SAMPLE_DATA_DIR:-$CACHE/tfx-1.21.0}/examples/chicago_taxi_pipeline/data/simple
for run in first second; do
  build/bin/chicago_taxi run --data_root="$DATA" --pipeline_root="$ROOT/pipeline" --metadata_path="$ROOT/metadata.db" \
    --serving_model_dir="$ROOT/serving" >"$ROOT/$run.log" 2>&1 || { cat "$ROOT/$run.log"; exit 1; }
done
TF_CPP_MIN_LOG_LEVEL=3 TF_USE_LEGACY_KERAS=1 "$ENVIRONMENT/bin/python" -W ignore tests/interop/check.py \
  --pipeline_root="$ROOT/pipeline" --metadata_path="$ROOT/metadata.db" --serving_model_dir="$ROOT/serving"

# What the command line makes of data, and the components of data validation that the taxi pipeline does not have.
TF_CPP_MIN_LOG_LEVEL=3 "$ENVIRONMENT/bin/python" -W ignore tests/interop/data_check.py --tfx=build/bin/tfx \
  --components=build/bin/data_components \
  --csv="$DATA/data.csv" --examples="$(ls -d "$ROOT"/pipeline/CsvExampleGen/examples/*/Split-eval | head -1)/*"

# One store for ml-metadata and for us, on every database and in every schema version.
GLOG_minloglevel=3 "$ENVIRONMENT/bin/python" -W ignore tests/interop/schema_check.py

# Filters and lineage subgraphs, asked of both on one store.
GLOG_minloglevel=3 "$ENVIRONMENT/bin/python" -W ignore tests/interop/filter_check.py build/bin/metadata_probe

# The same statistics for people: the page in a real browser.
tests/browser/run.sh

# The official client's own tests against our server, and our client against upstream's store.
tests/interop/mlmd_suite.sh
