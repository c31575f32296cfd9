"""Runs every recorded case of TensorFlow Data Validation through `tfx data` and compares what comes out.

Needs the recorded results (TFX_GOLDEN_DIR) and the build (TFX_BINARY_DIR); skipped (77) without the first.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
EXIT_ERROR, EXIT_FINDINGS = 1, 3


class CaseFailed(Exception):
    pass


class Case:
    """One recorded case: its files, and the commands and comparisons that it takes."""

    def __init__(self, entry, root, work_dir, binary, allowed):
        self.entry = entry
        self.key = f"{entry['kind']}/{entry['id']}"
        self.folder = root / entry["folder"]
        self.out = work_dir / entry["kind"] / entry["id"]
        self.binary = binary
        self.tolerance = allowed.get("tolerance", 1e-6)
        self.margin = {"covariance_margin": allowed["covariance_margin"]} if "covariance_margin" in allowed else {}
        self.compat = ["--tfdv_compat"] if allowed.get("tfdv_compat") else []
        self.commands = []
        self.comparisons = []

    def has(self, name):
        return (self.folder / name).exists()

    def options(self, name="options.json"):
        return json.loads((self.folder / name).read_text()) if self.has(name) else {}

    def tfx(self, *arguments, exits):
        """Runs `tfx data ...` in the case's folder, as vocabulary paths are relative to it."""
        command = [str(self.binary), "data", *[str(a) for a in arguments]]
        self.commands.append(" ".join(command))
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        if done.returncode not in exits:
            raise CaseFailed(f"exit code {done.returncode}: {done.stderr.strip()}")
        return done

    def refused(self, *arguments):
        """The command must fail and say why."""
        done = self.tfx(*arguments, exits=[EXIT_ERROR])
        if not done.stderr.startswith("tfx: "):
            raise CaseFailed(f"no message: {done.stderr!r}")

    def compare(self, message, expected, actual, **more):
        if not (self.out / actual).exists():
            raise CaseFailed(f"{actual} was not written")
        self.comparisons.append({
            "id": self.key, "type": message, "expected": str(self.folder / expected),
            "actual": str(self.out / actual), "tolerance": self.tolerance, **more})


def run_stats(case):
    arguments = [*case.compat, "--stats_options=options.json", f"--output={case.out / 'stats.pb'}", "--threads=1"]
    if case.has("input.csv"):
        arguments.append("--input=input.csv")
        csv = case.options("csv.json")
        if "delimiter" in csv:
            arguments.append(f"--delimiter={csv['delimiter']}")
        if csv.get("column_names"):
            arguments.append("--column_names=" + ",".join(csv["column_names"]))
    else:
        arguments.append("--input=input.tfrecord.gz")
        if case.entry["input_format"] == "tf.SequenceExample":
            arguments.append("--payload_format=sequence_example")
    if case.has("extra_generators.json"):
        arguments.append("--extra_generators=extra_generators.json")
        # The recorded options hold no schema then: it is an argument of the generator.
        if case.has("schema.pbtxt") and not case.options().get("schema_json"):
            arguments.append("--schema=schema.pbtxt")
    case.tfx("statistics", *arguments, exits=[0])
    more = dict(case.margin)
    if case.entry.get("approximate_quantiles"):
        more["approximate"] = {"input": str(case.folder / "input.tfrecord.gz"), "epsilon": case.options()["epsilon"]}
    case.compare("tensorflow.metadata.v0.DatasetFeatureStatisticsList", "stats.pbtxt", "stats.pb", **more)


def run_infer(case):
    options = case.options()
    arguments = ["schema", "--statistics=stats.pbtxt", f"--output={case.out / 'schema.pbtxt'}",
                 f"--infer_feature_shape={'true' if options['infer_feature_shape'] else 'false'}",
                 f"--max_string_domain_size={options['max_string_domain_size']}"]
    if case.has("error.json"):
        return case.refused(*arguments)
    case.tfx(*arguments, exits=[0])
    case.compare("tensorflow.metadata.v0.Schema", "schema.pbtxt", "schema.pbtxt")


def validate_arguments(case):
    arguments = []
    for control in ("previous", "serving", "previous_version"):
        if case.has(f"{control}_stats.pbtxt"):
            arguments.append(f"--{control}_statistics={control}_stats.pbtxt")
    options = case.options()
    if options.get("environment"):
        arguments.append(f"--environment={options['environment']}")
    if options.get("new_features_are_warnings"):
        arguments.append("--new_features_are_warnings")
    for anomaly, severity in options.get("severity_overrides") or []:
        arguments.append(f"--severity={anomaly}={severity}")
    for path in options.get("features_needed") or []:
        arguments.append("--feature_needed=" + ".".join(path))
    return arguments


def run_validate(case):
    common = ["validate", *case.compat, "--statistics=stats.pbtxt", "--schema=schema.pbtxt"]
    arguments = [*common, *validate_arguments(case), f"--output={case.out / 'anomalies.pb'}"]
    update = f"--update_schema={case.out / 'updated_schema.pbtxt'}"
    if case.has("error.json"):
        case.refused(*arguments)
        # The update knows nothing of environments and controls.
        if case.has("update_error.json"):
            case.refused(*common, update)
        else:
            case.tfx(*common, update, exits=[0, EXIT_FINDINGS])
    else:
        # Where the library aborts there is nothing to compare with, but ours must not.
        done = case.tfx(*arguments, update, exits=[0, EXIT_FINDINGS])
        found = bool(case.entry["anomaly_types"])
        if found and done.returncode != EXIT_FINDINGS:
            raise CaseFailed("anomalies must be told by the exit code 3")
        case.compare("tensorflow.metadata.v0.Anomalies", "anomalies.pbtxt", "anomalies.pb",
                     baseline=str(case.folder / "schema.pbtxt"),
                     cut_debug_text=bool(case.entry.get("unstable_description")))
    if case.has("updated_schema.pbtxt"):
        case.compare("tensorflow.metadata.v0.Schema", "updated_schema.pbtxt", "updated_schema.pbtxt")


def run_skew(case):
    case.tfx("skew", "base.tfrecord.gz", "test.tfrecord.gz", "--options=options.json",
             f"--output_directory={case.out / 'skew'}", exits=[0, EXIT_FINDINGS])
    prefix = "tensorflow.data_validation."
    for recorded, message, written in (("feature_skew", "FeatureSkew", "skew_stats"),
                                       ("match_stats", "MatchStats", "match_stats"),
                                       ("confusion", "ConfusionCount", "confusion"),
                                       ("skew_pairs", "SkewPair", "sample_pairs")):
        if case.has(f"{recorded}.pbtxt"):
            case.compare(prefix + message, f"{recorded}.pbtxt", f"skew/{written}-00000-of-00001")


KINDS = {"infer": run_infer, "skew": run_skew, "stats": run_stats, "validate": run_validate}


def run(case):
    """"" or why the case failed, before anything is compared."""
    case.out.mkdir(parents=True, exist_ok=True)
    for stale in case.out.glob("*.pb*"):
        stale.unlink()
    try:
        KINDS[case.entry["kind"]](case)
    except CaseFailed as failure:
        return str(failure)
    except subprocess.TimeoutExpired:
        return "took more than two minutes"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work_dir", default="build/conformance", help="where the commands write")
    parser.add_argument("--kind", choices=sorted(KINDS), help="only cases of this kind")
    parser.add_argument("--case", default="", help="only cases whose id contains this")
    parser.add_argument("-v", "--verbose", action="store_true", help="commands and whole differences")
    flags = parser.parse_args()

    golden = os.environ.get("TFX_GOLDEN_DIR", "")
    root = pathlib.Path(golden) / "tfdv"
    if not golden or not (root / "index.json").exists():
        print(f"skipped: no recorded results of TFDV in TFX_GOLDEN_DIR ('{golden}')")
        return SKIPPED
    build = pathlib.Path(os.environ.get("TFX_BINARY_DIR", "build")).resolve()
    work_dir = pathlib.Path(flags.work_dir).resolve()
    allowed = json.loads((HERE / "allowed_differences.json").read_text())

    entries = json.loads((root / "index.json").read_text())
    entries = entries["cases"] if isinstance(entries, dict) else entries
    known = {f"{entry['kind']}/{entry['id']}" for entry in entries}
    failures = {key: "allowed_differences.json names a case that is not recorded" for key in allowed if key not in known}
    cases = [Case(entry, root, work_dir, build / "bin" / "tfx",
                  allowed.get(f"{entry['kind']}/{entry['id']}", {}))
             for entry in entries
             if (not flags.kind or entry["kind"] == flags.kind) and flags.case in entry["id"]]

    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        problems = dict(zip([case.key for case in cases], pool.map(run, cases)))
    comparisons = [comparison for case in cases if not problems[case.key] for comparison in case.comparisons]
    done = subprocess.run([str(build / "test" / "compare_messages")], capture_output=True, text=True, timeout=120,
                          input="".join(json.dumps(comparison) + "\n" for comparison in comparisons))
    results = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(results) != len(comparisons):
        print(f"compare_messages failed: {done.stderr}")
        return 1
    single_precision = 0
    for result in results:
        single_precision += result["single_precision"]
        problems[result["id"]] += result["difference"]

    by_kind = {}
    expected_failures = with_compat = 0
    for case in cases:
        problem = problems[case.key]
        entry = allowed.get(case.key)
        expected_to_fail = entry is not None and not entry.keys() & {"tolerance", "covariance_margin", "tfdv_compat"}
        with_compat += bool(case.compat)
        count = by_kind.setdefault(case.entry["kind"], [0, 0])
        count[1 if problem else 0] += 1
        if problem and expected_to_fail:
            expected_failures += 1
        elif problem:
            failures[case.key] = problem
        elif expected_to_fail:
            failures[case.key] = "passes now: take it out of allowed_differences.json"
        if flags.verbose:
            print(f"{case.key}: {problem or 'passed'}")
            for command in case.commands:
                print(f"  {command}")

    for key, problem in sorted(failures.items()):
        print(f"FAILED {key}: {problem if flags.verbose else problem[:600].strip()}")
    for kind, (passed, failed) in sorted(by_kind.items()):
        print(f"{kind}: {passed} passed, {failed} failed")
    print(f"{with_compat} cases ran with --tfdv_compat: allowed_differences.json says where TFDV is wrong")
    print(f"{single_precision} STANDARD histograms of FLOAT features agree to float32 only")
    print(f"{sum(c[0] for c in by_kind.values())} passed, {sum(c[1] for c in by_kind.values())} failed"
          f" ({expected_failures} of them listed in allowed_differences.json)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
