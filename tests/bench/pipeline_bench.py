"""Times the taxi pipeline and checks what it made, beside Python TFX.

Prints medians of several runs, and the ratio to each peer: measured in this run where the Python libraries are installed
(--peer), else the best figure recorded for Python TFX 1.16 on a machine of two cores.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--peer", help="Python with TFDV, Keras and TFMA installed")
parser.add_argument("--runs", type=int, default=3)
args = parser.parse_args()

# Seconds of CPU per component and of wall for the whole, the best of four runs of Python TFX 1.16.
RECORDED = {"CsvExampleGen": 9.3, "StatisticsGen": 7.8, "Transform": 37.9, "Trainer": 45.3, "Evaluator": 33.6}
RECORDED_PIPELINE_WALL = 155.0
NODES = ["CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform", "Trainer",
         "latest_blessed_model_resolver", "Evaluator", "Pusher"]


def run(command, **kwargs):
    """Wall seconds, CPU seconds and peak memory in MB of a command that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{output}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def flags(root, *more):
    return [f"--data_root={args.data}", f"--pipeline_root={root}/p", f"--serving_model_dir={root}/s", *more]


def report(what, ours, peer, peer_name, unit="s", higher_is_better=False):
    ratio = ours / peer if higher_is_better else peer / ours
    print(f"{what:34} {ours:10.3f} {unit:8} {ratio:8.1f}x  {peer_name} ({peer:g} {unit})")


print("== the whole pipeline, built binaries, 1,000 steps")
first, second, memory, cached = [], [], [], []
for i in range(args.runs):
    root = tempfile.mkdtemp()
    try:
        wall, _, peak, _ = run(["build/bin/chicago_taxi", "run", *flags(root, f"--seed={i + 1}")])
        first.append(wall)
        memory.append(peak)
        run(["build/bin/chicago_taxi", "run", *flags(root, f"--seed={i + 1}")])
        # Now nothing is left to do but to find that out.
        wall, _, _, _ = run(["build/bin/chicago_taxi", "run", *flags(root, f"--seed={i + 1}")])
        second.append(wall)
        states = json.loads(run(["build/bin/tfx", "run", "show", "latest", "--json", f"--pipeline_root={root}/p"])[3])["nodes"]
        cached.append(sum(node["state"] == "CACHED" for node in states))
        evaluations = f"{root}/p/Evaluator/evaluation"
        evaluation = max(os.listdir(evaluations), key=int)
        metrics = json.loads(run(["build/bin/tfx", "evaluate", "--json", f"--evaluation={evaluations}/{evaluation}"])[3])
        assert metrics["slices"] == 109 and metrics["metrics"]["auc"] > 0.92, metrics
    finally:
        shutil.rmtree(root)
report("first run, wall", statistics.median(first), RECORDED_PIPELINE_WALL, "Python TFX, recorded, without imports")
print(f"{'peak memory':34} {statistics.median(memory):10.0f} MB")
print(f"{'cached run, wall':34} {statistics.median(second):10.3f} s        ({cached[0]} of {len(NODES)} nodes cached)")

print("\n== node by node, CPU seconds of a process of its own")
cpu = {node: [] for node in NODES}
for i in range(args.runs):
    root = tempfile.mkdtemp()
    try:
        for node in NODES:
            cpu[node].append(run(["build/bin/chicago_taxi", "run", *flags(root, f"--node={node}", "--run_id=bench", "--seed=1")])[1])
    finally:
        shutil.rmtree(root)
for node in NODES:
    seconds = statistics.median(cpu[node])
    if node in RECORDED:
        report(node, seconds, RECORDED[node], "Python TFX, recorded")
    else:
        print(f"{node:34} {seconds:10.3f} s")


def our_steps_per_second():
    """The trainer's own benchmark of the taxi model, with metrics as the example compiles it; None when it is not built."""
    if not os.path.exists("build/bench/tfx_trainer_bench"):
        return None
    output = run(["build/bench/tfx_trainer_bench", "--benchmark_format=json", "--benchmark_out_format=json",
                  "--benchmark_repetitions=3", "--benchmark_report_aggregates_only=true", "--benchmark_out=/dev/null"])[3]
    benchmarks = json.loads(output[output.index("{"):])["benchmarks"]
    return [(b["run_name"].split("/")[0], b["steps/s"]) for b in benchmarks if b.get("aggregate_name") == "median"]


# The same wide & deep model, batch and optimizer in Keras, on batches that are in memory already.
KERAS = """
import time, numpy as np, tensorflow as tf
keras = tf.keras
wide = [1010, 1010, 10, 10, 10, 10, 24, 31, 13]
deep_in = [keras.Input((1,), name=f"d{i}") for i in range(3)]
wide_in = [keras.Input((1,), name=f"w{i}", dtype="int64") for i in range(len(wide))]
deep = keras.layers.concatenate([keras.layers.Normalization(mean=0.0, variance=1.0)(x) for x in deep_in])
for units in (100, 70, 48, 34):
    deep = keras.layers.Dense(units)(deep)
encoded = [keras.layers.CategoryEncoding(num_tokens=n, output_mode="multi_hot")(x) for n, x in zip(wide, wide_in)]
model = keras.Model(deep_in + wide_in, keras.layers.Dense(1, activation="sigmoid")(keras.layers.concatenate([deep] + encoded)))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["binary_accuracy"])
n = 10036
rng = np.random.default_rng(1)
x = {f"d{i}": rng.normal(size=(n, 1)).astype("float32") for i in range(3)}
x |= {f"w{i}": rng.integers(0, k, size=(n, 1)) for i, k in enumerate(wide)}
data = tf.data.Dataset.from_tensor_slices((x, rng.integers(0, 2, size=(n, 1)))).shuffle(n).repeat().batch(40).prefetch(4)
model.fit(data, steps_per_epoch=50, verbose=0)
start = time.monotonic()
model.fit(data, steps_per_epoch=500, verbose=0)
print("STEPS", 500 / (time.monotonic() - start))
"""

if args.peer:
    print("\n== beside the Python libraries in this run")
    csv = f"{args.data}/data.csv"
    root = tempfile.mkdtemp()
    try:
        ours = statistics.median(run(["build/bin/tfx", "data", "statistics", f"--input={csv}", f"--output={root}/stats.pb"])[1]
                                 for _ in range(args.runs))
        script = ("import sys,time,resource;import tensorflow_data_validation as tfdv;"
                  "b=resource.getrusage(resource.RUSAGE_SELF);"
                  f"s=tfdv.generate_statistics_from_csv({csv!r});"
                  "e=resource.getrusage(resource.RUSAGE_SELF);"
                  "assert s.datasets[0].num_examples==15002;"
                  "print('CPU',e.ru_utime+e.ru_stime-b.ru_utime-b.ru_stime)")
        output = run([args.peer, "-c", script], env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})[3]
        peer = float(output.split("CPU ")[-1].split()[0])
        report("statistics of the CSV, CPU", ours, peer, "TFDV generate_statistics_from_csv, without imports")
    finally:
        shutil.rmtree(root)

    ours = our_steps_per_second()
    if ours:
        output = run([args.peer, "-c", KERAS], env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_USE_LEGACY_KERAS": "1"})[3]
        peer = float(output.split("STEPS ")[-1].split()[0])
        for name, rate in ours:
            report(f"training, {name}", rate, peer, "Keras fit", unit="steps/s", higher_is_better=True)
