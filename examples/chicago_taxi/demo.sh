#!/usr/bin/env bash
# Runs the taxi pipeline on the sample data and shows what came out. Called by `./dev demo`.
set -euo pipefail
cd "$(dirname "$0")/../.."
CACHE=${TFX_DEPS_DIR:-$HOME/.cache/tfx-cpp}
DATA=${TFX_SAMPLE_DATA_DIR:-$CACHE/tfx-1.21.0}/examples/chicago_taxi_pipeline/data/simple
ROOT=${TFX_DEMO_DIR:-build/demo}
FLAGS=(--data_root="$DATA" --pipeline_root="$ROOT/chicago_taxi" --serving_model_dir="$ROOT/serving_model")

build/bin/chicago_taxi run "${FLAGS[@]}" "$@"

EVALUATION=$(ls -d "$ROOT"/chicago_taxi/Evaluator/evaluation/* | sort -V | tail -1)
echo
echo "== The model on the evaluation split ($EVALUATION)"
build/bin/tfx evaluate --evaluation="$EVALUATION" --worst_by=auc --min_examples=20 || true
MODEL=$(ls -d "$ROOT"/serving_model/* 2>/dev/null | sort -V | tail -1 || true)
echo
[ -n "$MODEL" ] && echo "The pushed model: $MODEL" || echo "No model was pushed."
cat <<EOF

What to try next:
  ./dev demo                                                        again: everything comes from the cache, the Evaluator now has a baseline
  ./dev demo --train_steps=3000                                     only what depends on the change runs
  build/bin/chicago_taxi why Trainer ${FLAGS[*]}
  build/bin/tfx run show latest --pipeline_root=$ROOT/chicago_taxi
  build/bin/tfx artifact list --pipeline_root=$ROOT/chicago_taxi
  build/bin/tfx data statistics --input='$DATA/data.csv' --output=build/demo/stats.pbtxt
  tensorboard --logdir=$ROOT/chicago_taxi/Trainer/model_run         if you have TensorBoard
EOF
