"""Calls per second of ML Metadata over gRPC: our server beside upstream's own store, by the same official Python client
in the same run, on new SQLite files with the same durability; and each answer is checked.

Upstream's wheel has no server, so its column is the in-process store: no network, an easier case than ours.
usage: PYTHON_WITH_ML_METADATA tests/bench/metadata_grpc_bench.py [--seconds=1] [--runs=3]
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=1.0, help="for each figure")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--server", default="build/bin/metadata_store_server")
parser.add_argument("--native", default="build/bench/tfx_metadata_service_bench", help="our C++ client's benchmark")
args = parser.parse_args()


def fill(store, rows):
    """Types, and one context of `rows` artifacts; what the calls below need."""
    artifact_type = store.put_artifact_type(mlmd.ArtifactType(name="A", properties={"span": mlmd.INT}))
    execution_type = store.put_execution_type(mlmd.ExecutionType(name="E"))
    context_type = store.put_context_type(mlmd.ContextType(name="C"))
    artifact = mlmd.Artifact(type_id=artifact_type, uri="some/uri")
    artifact.properties["span"].int_value = 1
    artifact.custom_properties["version"].string_value = "1"
    event = mlmd.Event(type=mlmd.Event.OUTPUT, path=mlmd.Event.Path(
        steps=[mlmd.Event.Path.Step(key="o"), mlmd.Event.Path.Step(index=0)]))
    execution = mlmd.Execution(type_id=execution_type)
    _, _, contexts = store.put_execution(execution, [(artifact, event)] * rows,
                                         [mlmd.Context(type_id=context_type, name="big")])
    return artifact, event, execution, mlmd.Context(type_id=context_type, name="run"), contexts[0]


def rate(call):
    """Calls per second over at least the given time and three calls."""
    call()
    count, start = 0, time.perf_counter()
    while count < 3 or time.perf_counter() - start < args.seconds:
        call()
        count += 1
    return count / (time.perf_counter() - start)


# Our C++ client's benchmark, and the ratio of the official client that is promised, if any.
CALLS = {"put_execution, 2 artifacts, 1 context": ("PutExecution", None),
         "get_artifacts_by_id, 1": ("GetArtifactsByID", None),
         "get_artifacts_by_context, 2,000 rows": ("GetArtifactsByContext", 8)}


def calls(store):
    """What is measured, in the order of CALLS."""
    artifact, event, execution, run, big = fill(store, 2000)

    def put_execution():
        _, artifacts, _ = store.put_execution(execution, [(artifact, event)] * 2, [run],
                                              reuse_context_if_already_exist=True)
        assert len(artifacts) == 2 and min(artifacts) > 0

    def get_by_context():
        assert len(store.get_artifacts_by_context(big)) == 2000

    def get_by_id():
        assert store.get_artifacts_by_id([7])[0].properties["span"].int_value == 1

    return [put_execution, get_by_id, get_by_context]


def native_rates():
    """Of our C++ client, by name of the benchmark."""
    if not os.path.exists(args.native):
        return {}
    text = subprocess.run([args.native, f"--benchmark_min_time={args.seconds}", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True).stdout
    return {item["name"].split("/")[0]: item["items_per_second"] for item in json.loads(text)["benchmarks"]}


def main():
    work = tempfile.mkdtemp()
    server = None
    try:
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = os.path.join(work, "upstream.db")
        upstream = calls(metadata_store.MetadataStore(config))

        with open(os.path.join(work, "server.pbtxt"), "w", encoding="utf-8") as out:
            out.write(f'connection_config {{ sqlite {{ filename_uri: "{work}/ours.db" }} }}\n')
        server = subprocess.Popen([args.server, f"--metadata_store_server_config_file={work}/server.pbtxt",
                                   "--bind_address=127.0.0.1", "--grpc_port=0", "--request_log=none"],
                                  stderr=subprocess.PIPE, text=True)
        port = None
        for line in server.stderr:
            if '"event":"serving"' in line:
                port = int(re.search(r'"grpc_port":(\d+)', line).group(1))
                break
        assert port, "the server did not start"
        ours = calls(metadata_store.MetadataStore(mlmd.MetadataStoreClientConfig(host="127.0.0.1", port=port)))
        # In turns, so that all meet the same machine.
        runs = []
        for _ in range(args.runs):
            native = native_rates()
            runs.append([(rate(theirs), rate(own), native.get(name))
                         for theirs, own, (name, _) in zip(upstream, ours, CALLS.values())])
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(work)

    print(f"calls per second on a SQLite file, medians of {args.runs} runs; ratios are medians of each run's")
    print(f"{'':40} {'upstream, in process':>21} {'ours over gRPC':>15} {'':>7} {'our C++ client over gRPC':>25}")
    missed = []
    for i, (name, (_, promise)) in enumerate(CALLS.items()):
        theirs, own, native = zip(*(run[i] for run in runs))
        ratio = statistics.median(o / t for o, t in zip(own, theirs))
        line = f"{name:40} {statistics.median(theirs):21,.1f} {statistics.median(own):15,.1f}"
        line += f" {ratio:6.1f}x"
        if native[0] is not None:
            line += f" {statistics.median(native):17,.1f} {statistics.median(n / t for n, t in zip(native, theirs)):6.1f}x"
        if promise:
            line += f"  promised: {promise}x"
            if ratio < promise:
                missed.append(name)
        print(line)
    if missed:
        print(f"\nBelow what is promised: {', '.join(missed)}")
    return 1 if missed else 0


sys.exit(main())
