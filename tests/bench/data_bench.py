"""Times the statistics of files beside DuckDB's SUMMARIZE, Polars' describe, pandas and TFDV, and checks the answers.

Makes the taxi CSV 10 and 100 times as long, a wide Parquet file and one of unique strings in a scratch folder. All that is
compared runs in this run, in turns, each in a process of its own; medians of several runs. CPU is user and system time of
the process, wall its whole life with start and imports, except for TFDV and pandas, whose imports are left out.

Lines that begin with "promise" hold a figure against what is promised; the exit code is 1 where one is missed or a result
is wrong. Throughput beside TFDV and pandas goes by CPU seconds at one thread, which a busy machine changes least.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--tfx", default="build/bin/tfx")
parser.add_argument("--data", required=True, help="the taxi sample, data.csv")
parser.add_argument("--peer", help="Python with TFDV installed")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--scratch", help="folder for the files (default: in memory, /dev/shm, where there is one)")
parser.add_argument("--unique_rows", type=int, default=20_000_000)
parser.add_argument("--step", help="make, or the name of a file to check: a part of the work in a process of its own")
args = parser.parse_args()


def run(command, **kwargs):
    """Wall seconds, CPU seconds, peak memory in MB and output of a command that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{output}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024, "output": output}


def medians(results):
    return {key: statistics.median(r[key] for r in results) for key in ("wall", "cpu", "mb")}


def interleaved(commands, runs):
    """Medians by name; every round runs each command once, so that a busy spell of the machine meets all of them."""
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(run(**command) if isinstance(command, dict) else run(command))
    return {name: medians(r) for name, r in results.items()}


def show(name, figures, ours=None):
    ratio = "" if ours is None else f"   ours: {figures['wall'] / ours['wall']:6.1f}x wall, {figures['cpu'] / ours['cpu']:6.1f}x CPU"
    print(f"{name:46} {figures['wall']:8.2f} s wall {figures['cpu']:8.2f} s CPU {figures['mb']:6.0f} MB{ratio}", flush=True)


missed = []


def promise(what, figure, at_least=None, at_most=None):
    """Prints a figure beside the promise; a missed one ends the program with 1 when all is measured."""
    kept = figure >= at_least if at_least is not None else figure <= at_most
    bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    print(f"promise {'kept  ' if kept else 'MISSED'}  {what}: {figure:.2f} ({bound})", flush=True)
    if not kept:
        missed.append(what)


# A process counts the memory of the one it was started from as its own, so this one stays small.
scratch = args.scratch if args.step else tempfile.mkdtemp(dir=args.scratch or ("/dev/shm" if os.path.isdir("/dev/shm") else None))


def path(name):
    return os.path.join(scratch, name)


def step(name):
    """Runs a part of this program that needs large libraries."""
    command = [sys.executable, __file__, f"--tfx={args.tfx}", f"--data={args.data}", f"--unique_rows={args.unique_rows}"]
    print(run(command + [f"--scratch={scratch}", f"--step={name}"])["output"], end="", flush=True)


def make_files():
    import numpy
    import pyarrow
    import pyarrow.parquet
    with open(args.data, "rb") as file:
        header = file.readline()
        body = file.read()
    for times in (1, 10, 100):
        with open(path(f"taxi{times}.csv"), "wb") as file:
            file.write(header)
            for _ in range(times):
                file.write(body)
    random = numpy.random.default_rng(1)
    rows = 50_000
    wide = {f"c{i:04}": random.normal(size=rows) if i % 2 else random.integers(0, 1_000_000, rows) for i in range(2000)}
    pyarrow.parquet.write_table(pyarrow.table(wide), path("wide.parquet"))
    with pyarrow.parquet.ParquetWriter(path("unique.parquet"), pyarrow.schema([("id", pyarrow.string())])) as writer:
        for begin in range(0, args.unique_rows, 1_000_000):
            end = min(begin + 1_000_000, args.unique_rows)
            ids = [f"user-{i * 2654435761 % 2**40:013}" for i in range(begin, end)]
            writer.write_table(pyarrow.table({"id": ids}))
            with open(path("unique.csv"), "a") as file:
                file.write("\n".join(([] if begin else ["id"]) + ids) + "\n")


def ours(name, threads):
    return [args.tfx, "data", "statistics", f"--input={path(name)}", f"--output={path('stats.pbtxt')}", f"--threads={threads}"]


def our_features(name):
    """The number of rows; by feature how many are not missing, and of numbers minimum, maximum and mean."""
    output = run([args.tfx, "data", "statistics", f"--input={path(name)}", "--output=-", "--json"])["output"]
    dataset = json.loads(output)["datasets"][0]
    features = {}
    for feature in dataset["features"]:
        numbers = feature.get("num_stats")
        common = (numbers or feature["string_stats"])["common_stats"]
        features[feature["path"]["step"][0]] = (int(common.get("num_non_missing", 0)),
                                                numbers and [float(numbers.get(k, 0)) for k in ("min", "max", "mean")])
    return int(dataset["num_examples"]), features


def check(name, source):
    """Ours against DuckDB's exact aggregates: counts equal, the rest to 1e-6 (floats of CSV are float32 here as in TFDV)."""
    import duckdb
    rows, features = our_features(name)
    connection = duckdb.connect()
    columns = [c[0] for c in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    assert rows == connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0]
    assert sorted(features) == sorted(columns), (sorted(features), sorted(columns))
    for column in columns:
        present, numbers = features[column]
        cast = f'CAST("{column}" AS DOUBLE)' if numbers else f'"{column}"'
        expected = connection.execute(f"SELECT count({cast}), min({cast}), max({cast}), "
                                      + (f"avg({cast})" if numbers else "0") + f" FROM {source}").fetchone()
        assert present == expected[0], (column, present, expected)
        if numbers:
            for ours_, theirs in zip(numbers, expected[1:]):
                assert abs(ours_ - theirs) <= 1e-6 * max(abs(theirs), 1e-3), (column, numbers, expected)
    print(f"{name}: {rows:,} rows, {len(columns)} columns: counts, minimum, maximum and mean equal DuckDB's")


def check_unique(name):
    """Every row has a string of its own; beyond the exact counts their number is an estimate of 0.8% standard error."""
    output = run([args.tfx, "data", "statistics", f"--input={path(name)}", "--output=-", "--json"])["output"]
    feature = json.loads(output)["datasets"][0]["features"][0]["string_stats"]
    assert int(feature["common_stats"]["num_non_missing"]) == args.unique_rows
    error = abs(int(feature["unique"]) / args.unique_rows - 1)
    assert error < 0.04, f"{feature['unique']} different strings of {args.unique_rows}"
    print(f"{name}: {args.unique_rows:,} rows, the number of different strings is off by {error:.2%}")


def same_bytes(name, all_threads=(1, 2, 4)):
    """The same bytes with every number of threads."""
    outputs = []
    for threads in all_threads:
        run(ours(name, threads))
        with open(path("stats.pbtxt"), "rb") as file:
            outputs.append(file.read())
    assert all(output == outputs[0] for output in outputs), f"{name}: the result depends on the number of threads"
    print(f"{name}: the same bytes with {', '.join(map(str, all_threads))} threads")


def duck(name, threads, reader="read_csv"):
    return [sys.executable, "-c", f"import duckdb; c = duckdb.connect(); c.execute('SET threads={threads}'); "
            f"assert len(c.execute(\"SUMMARIZE SELECT * FROM {reader}('{path(name)}')\").fetchall()) > 0"]


def polars(name, threads):
    return {"command": [sys.executable, "-c", f"import polars; polars.scan_csv({path(name)!r}, infer_schema_length=None).describe()"],
            "env": {**os.environ, "POLARS_MAX_THREADS": str(threads)}}


def peer(body, times):
    """A script of the environment with TFDV; its own figures, without imports."""
    script = ("import resource, time, pandas, tensorflow_data_validation as tfdv\n"
              "def use(): u = resource.getrusage(resource.RUSAGE_SELF); return u.ru_utime + u.ru_stime\n"
              f"w, c = time.monotonic(), use()\n{body}\n"
              f"assert s.datasets[0].num_examples == 15002 * {times}\n"
              "print('FIGURES', time.monotonic() - w, use() - c)")
    result = run([args.peer, "-W", "ignore", "-c", script], env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    wall, cpu = result["output"].split("FIGURES ")[-1].split()[:2]
    return {"wall": float(wall), "cpu": float(cpu), "mb": result["mb"]}


if args.step == "make":
    make_files()
    sys.exit()
if args.step:
    reader = "read_parquet" if args.step.endswith(".parquet") else "read_csv"
    check(args.step, f"{reader}('{path(args.step)}'{', sample_size=-1' if reader == 'read_csv' else ''})")
    sys.exit()

try:
    step("make")
    megabytes = os.path.getsize(path("taxi100.csv")) / 1e6
    print(f"== {megabytes:.0f} MB of taxi trips as CSV, load {os.getloadavg()[0]:.1f}")
    step("taxi100.csv")
    whole = {}  # ours by threads
    for threads in (1, 2):
        commands = {"tfx": ours("taxi100.csv", threads), "DuckDB SUMMARIZE": duck("taxi100.csv", threads),
                    "Polars describe": polars("taxi100.csv", threads)}
        figures = interleaved(commands, args.runs)
        whole[threads] = figures["tfx"]
        for name, figure in figures.items():
            show(f"{name}, threads: {threads}", figure, None if name == "tfx" else figures["tfx"])
        print(f"{'':46} {megabytes / figures['tfx']['wall']:8.0f} MB/s wall {megabytes / figures['tfx']['cpu']:8.0f} MB/s CPU")
        promise(f"times as fast as DuckDB's SUMMARIZE (wall), threads: {threads}",
                figures["DuckDB SUMMARIZE"]["wall"] / figures["tfx"]["wall"], at_least=2)
    small = medians([run(ours("taxi10.csv", 2)) for _ in range(args.runs)])
    show("tfx, threads: 2, a tenth of the file", small)
    promise("peak memory of 100 times the file, MB", whole[2]["mb"], at_most=500)
    promise("peak memory, 100 times against 10 times the file", whole[2]["mb"] / small["mb"], at_most=1.25)
    same_bytes("taxi100.csv")

    if args.peer:
        # TFDV takes minutes for the whole file, so its throughput is that on a tenth of it.
        print("\n== throughput beside TFDV, without its imports")
        rows = 15002

        def throughput(name, times, figure):
            """Prints it; ours by CPU seconds at one thread, as so many times as much."""
            wall, cpu = (figure[k] / times / (whole[threads][k] / 100) for k, threads in (("wall", 2), ("cpu", 1)))
            print(f"{name:46} {rows * times / figure['wall']:10,.0f} rows/s wall {rows * times / figure['cpu']:10,.0f} rows/s CPU "
                  f"{figure['mb']:6.0f} MB   ours: {wall:6.1f}x wall (2 threads), {cpu:6.1f}x CPU (1 thread)", flush=True)
            return cpu

        throughput("tfx, threads: 1, 100 times the file", 100, whole[1])
        throughput("tfx, threads: 2, 100 times the file", 100, whole[2])
        csv = f"s = tfdv.generate_statistics_from_csv({path('taxi10.csv')!r})"
        promise("times the throughput of generate_statistics_from_csv (CPU)",
                throughput("generate_statistics_from_csv, 10 times, once", 10, peer(csv, 10)), at_least=100)
        frame = f"s = tfdv.generate_statistics_from_dataframe(pandas.read_csv({path('taxi100.csv')!r}), n_jobs=1)"
        promise("times the throughput of pandas and generate_statistics_from_dataframe (CPU)",
                throughput("pandas + generate_statistics_from_dataframe", 100,
                           medians([peer(frame, 100) for _ in range(args.runs)])), at_least=3)

    print("\n== 2,000 columns of numbers, 50,000 rows, Parquet")
    step("wide.parquet")
    same_bytes("wide.parquet", (1, 2))
    figures = interleaved({"tfx": ours("wide.parquet", 2), "tfx, one thread": ours("wide.parquet", 1),
                           "DuckDB SUMMARIZE": duck("wide.parquet", 2, "read_parquet")}, args.runs)
    for name, figure in figures.items():
        show(f"{name}, threads: 2" if "thread" not in name else name, figure, None if name == "tfx" else figures["tfx"])
    promise("peak memory of the wide file, MB", figures["tfx"]["mb"], at_most=500)

    for name, reader in (("unique.csv", "read_csv"), ("unique.parquet", "read_parquet")):
        print(f"\n== {args.unique_rows:,} unique strings, {name}")
        check_unique(name)
        figures = interleaved({"tfx": ours(name, 2), "DuckDB SUMMARIZE": duck(name, 2, reader)}, 1)
        for who, figure in figures.items():
            show(f"{who}, threads: 2", figure, None if who == "tfx" else figures["tfx"])
        promise(f"peak memory of {name}, MB", figures["tfx"]["mb"], at_most=500)
finally:
    shutil.rmtree(scratch)
if missed:
    raise SystemExit("missed: " + "; ".join(missed))
