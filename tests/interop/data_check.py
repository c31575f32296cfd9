"""Reads what `tfx data`, ExampleDiff and DistributionValidator write with Python's TFDV: statistics with slices and options,
schemas, anomalies with drift, feature skew; shows them, and compares feature skew, distributions and mutual information with
what TFDV computes of the same data.

The last line is 'N passed, N failed'.
"""
import argparse
import functools
import glob
import json
import os
import subprocess
import sys
import tempfile
import traceback

import apache_beam as beam
import numpy as np
import pandas as pd
import pyarrow as pa
import tensorflow_data_validation as tfdv
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tensorflow_data_validation.skew import feature_skew_detector
from tensorflow_data_validation.skew.protos import feature_skew_results_pb2
from tensorflow_data_validation.statistics.generators import mutual_information
from tensorflow_data_validation.statistics.generators import sklearn_mutual_information
from tensorflow_data_validation.utils import display_util
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--tfx", required=True)
parser.add_argument("--components", required=True, help="the program data_components")
parser.add_argument("--csv", required=True)
parser.add_argument("--examples", required=True, help="pattern of TFRecord files of tf.Examples")
args = parser.parse_args()
work = tempfile.mkdtemp()


def path(name):
    return os.path.join(work, name)


def tfx(*words, findings=False):
    done = subprocess.run([args.tfx, "data", *words], capture_output=True, text=True)
    assert done.returncode == (3 if findings else 0), done.stdout + done.stderr
    return done.stdout


def options(**values):
    with open(path("options.json"), "w", encoding="utf-8") as stream:
        json.dump(values, stream)
    return "--stats_options=" + path("options.json")


def check_sliced_statistics():
    tfx("statistics", "--input=" + args.csv, "--output=" + path("sliced.pb"),
        options(TYPE_NAME="StatsOptions", slicing_config_json=json.dumps({"slicing_specs": [{"feature_keys": ["payment_type"]}]})))
    stats = tfdv.load_stats_binary(path("sliced.pb"))
    names = {dataset.name for dataset in stats.datasets}
    assert {"All Examples", "payment_type_Cash", "payment_type_Credit Card"} <= names, names
    cash = tfdv.get_slice_stats(stats, "payment_type_Cash").datasets[0]
    rows = pd.read_csv(args.csv)
    assert cash.num_examples == (rows.payment_type == "Cash").sum()
    assert len(display_util.get_statistics_html(stats)) > 1000


def check_text_and_records():
    tfx("statistics", "--input=" + args.csv, "--output=" + path("stats.pbtxt"))
    tfx("statistics", "--input=" + args.csv, "--output=" + path("stats.pb"))
    text = tfdv.load_stats_text(path("stats.pbtxt"))
    assert text == tfdv.load_stats_binary(path("stats.pb"))
    assert text.datasets[0].num_examples == len(pd.read_csv(args.csv))


def check_statistics_of_every_kind():
    """Semantic domains, natural language, sparse features, lift: messages that TFDV can parse, list and show."""
    with open(path("rich.pbtxt"), "w", encoding="utf-8") as stream:
        stream.write('feature { name: "company" type: BYTES string_domain { is_categorical: CATEGORICAL_YES } }\n'
                     'feature { name: "payment_type" type: BYTES string_domain { is_categorical: CATEGORICAL_YES } }\n'
                     'sparse_feature { name: "place" index_feature { name: "pickup_latitude" } '
                     'value_feature { name: "pickup_longitude" } }\n')
    tfx("statistics", "--input=" + args.csv, "--output=" + path("rich.pb"), "--schema=" + path("rich.pbtxt"),
        options(TYPE_NAME="StatsOptions", enable_semantic_domain_stats=True, _label_feature="payment_type"))
    stats = tfdv.load_stats_binary(path("rich.pb"))
    paths = {tuple(feature.path.step) for feature in stats.datasets[0].features}
    assert ("place",) in paths, paths
    assert len(display_util.get_statistics_html(stats)) > 1000


def check_schema():
    tfx("schema", "--statistics=" + path("stats.pb"), "--output=" + path("schema.pbtxt"))
    schema = tfdv.load_schema_text(path("schema.pbtxt"))
    assert schema == tfdv.infer_schema(tfdv.load_stats_binary(path("stats.pb")), infer_feature_shape=True)
    features, domains = display_util.get_schema_dataframe(schema)
    assert len(features) == 18 and len(domains) >= 1


def check_anomalies_with_drift():
    schema = tfdv.load_schema_text(path("schema.pbtxt"))
    tfdv.get_feature(schema, "payment_type").drift_comparator.infinity_norm.threshold = 0.001
    tfdv.write_schema_text(schema, path("drift.pbtxt"))
    tfx("statistics", "--input=" + args.examples, "--output=" + path("part.pb"))
    tfx("validate", "--statistics=" + path("part.pb"), "--previous_statistics=" + path("stats.pb"),
        "--schema=" + path("drift.pbtxt"), "--output=" + path("anomalies.pbtxt"), findings=True)
    ours = tfdv.load_anomalies_text(path("anomalies.pbtxt"))
    theirs = tfdv.validate_statistics(tfdv.load_stats_binary(path("part.pb")), schema,
                                      previous_statistics=tfdv.load_stats_binary(path("stats.pb")))
    assert set(ours.anomaly_info) == set(theirs.anomaly_info)
    assert abs(ours.drift_skew_info[0].drift_measurements[0].value - theirs.drift_skew_info[0].drift_measurements[0].value) < 1e-9
    assert len(display_util.get_anomalies_dataframe(ours)) == len(ours.anomaly_info)


def check_feature_skew():
    tfx("skew", args.examples, args.examples, "--identifier_features=trip_start_timestamp", "--identifier_features=fare",
        "--output_directory=" + path("skew"))
    skews = []
    for file in sorted(glob.glob(path("skew/skew_stats*"))):
        for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
            skews.append(feature_skew_results_pb2.FeatureSkew.FromString(record))
    assert skews and all(skew.diff_count == 0 for skew in skews), skews
    assert len(display_util.get_skew_result_dataframe(skews)) == len(skews)


def records(pattern, message, compression=""):
    found = sorted(glob.glob(pattern))
    assert found, pattern
    return [message.FromString(record) for record in tf.data.TFRecordDataset(found, compression).as_numpy_iterator()]


@functools.lru_cache
def run_components():
    """Runs the program data_components once. Two CSV files of which the second has rows dropped, added, changed and without an identifier."""
    rng = np.random.default_rng(7)
    rows = 1500
    base = pd.DataFrame({
        "id": [f"trip {i}" for i in range(rows)],
        "city": rng.choice(["Chicago", "Evanston", "Oak Park"], rows, p=[0.7, 0.2, 0.1]),
        "fare": rng.gamma(2, 8, rows).round(4),
        "stops": rng.integers(0, 4, rows),
        "note": [f"base {i}" for i in range(rows)],
    })
    base.loc[rng.choice(rows, 40, replace=False), "fare"] = np.nan
    test = base.sample(frac=0.95, random_state=3).reset_index(drop=True)
    test["note"] = "test"
    test.loc[rng.choice(len(test), 90, replace=False), "city"] = "Evanston"
    test.loc[rng.choice(len(test), 30, replace=False), "fare"] += 0.001  # lost in rounding, or not
    test.loc[rng.choice(len(test), 30, replace=False), "stops"] += 1
    test.loc[rng.choice(len(test), 12, replace=False), "id"] = np.nan
    test = pd.concat([test, test.sample(5, random_state=1)])  # identifiers that are there twice
    for name, frame in (("base", base), ("test", test)):
        os.makedirs(path("components/" + name), exist_ok=True)
        frame.to_csv(path(f"components/{name}/rows.csv"), index=False)
    root = path("components/pipeline")
    done = subprocess.run([args.components, "run", "--data_root=" + path("components"),
                           "--pipeline_root=" + root, "--metadata_path=" + path("components/metadata.db")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def check_example_diff_component():
    root = run_components()
    examples = {name: records(f"{root}/{name}/examples/*/Split-all/*", tf.train.Example, "GZIP") for name in ("base", "test")}
    with beam.Pipeline() as pipeline:
        sides = tuple(pipeline | name >> beam.Create(examples[name]) for name in ("base", "test"))
        results = sides | feature_skew_detector.DetectFeatureSkewImpl(
            ["id"], ["note"], sample_size=7, float_round_ndigits=2,
            confusion_configs=[feature_skew_detector.ConfusionConfig("city")])
        _ = results[feature_skew_detector.SKEW_RESULTS_KEY] | "skew" >> feature_skew_detector.skew_results_sink(path("theirs_skew"))
        _ = results[feature_skew_detector.MATCH_STATS_KEY] | "match" >> feature_skew_detector.match_stats_sink(path("theirs_match"))
        _ = results[feature_skew_detector.CONFUSION_KEY] | "confusion" >> feature_skew_detector.confusion_count_sink(path("theirs_confusion"))
    ours = f"{root}/ExampleDiff/example_diff_result/*/SplitPair-all_all/"
    pb = feature_skew_results_pb2
    for own, their, message in (("skew_stats", "theirs_skew", pb.FeatureSkew), ("match_stats", "theirs_match", pb.MatchStats),
                                ("confusion", "theirs_confusion", pb.ConfusionCount)):
        a, b = (sorted(map(str, records(pattern, message))) for pattern in (ours + own + "*", path(their) + "*"))
        assert a and a == b, f"{own}\nours\n{a}\ntheirs\n{b}"
    skews = records(ours + "skew_stats*", pb.FeatureSkew)
    assert {skew.feature_name for skew in skews if skew.diff_count} == {"city", "fare", "stops"}, skews
    assert len(display_util.get_skew_result_dataframe(skews)) == len(skews)
    pairs = records(ours + "sample_pairs*", pb.SkewPair)
    by_id = {name: {tuple(e.features.feature["id"].bytes_list.value): e for e in examples[name]} for name in examples}
    assert len(pairs) == 7
    for pair in pairs:
        base, test = tf.train.Example.FromString(pair.base), tf.train.Example.FromString(pair.test)
        key = tuple(base.features.feature["id"].bytes_list.value)
        assert base == by_id["base"][key] and test == by_id["test"][key] and pair.mismatched_features, pair


def check_distribution_validator_component():
    root = run_components()
    (file,) = glob.glob(f"{root}/DistributionValidator/anomalies/*/SplitPair-all_all/SchemaDiff.pb")
    ours = anomalies_pb2.Anomalies()
    with open(file, "rb") as stream:
        ours.ParseFromString(stream.read())
    base, test = (tfdv.load_stats_binary(*glob.glob(f"{root}/{name}_statistics/statistics/*/Split-all/FeatureStats.pb"))
                  for name in ("base", "test"))
    schema = tfdv.infer_schema(base)
    tfdv.get_feature(schema, "city").drift_comparator.infinity_norm.threshold = 0.01
    tfdv.get_feature(schema, "fare").drift_comparator.jensen_shannon_divergence.threshold = 0.5
    schema.dataset_constraints.num_examples_drift_comparator.min_fraction_threshold = 0.99
    theirs = tfdv.validate_statistics(test, schema, previous_statistics=base)
    assert set(ours.anomaly_info) == {"city", "absent"}, ours
    types = anomalies_pb2.AnomalyInfo
    assert [r for r in theirs.anomaly_info["city"].reason if r.type == types.COMPARATOR_L_INFTY_HIGH] == list(
        ours.anomaly_info["city"].reason)
    assert ours.anomaly_info["absent"].reason[0].type == types.STATS_NOT_AVAILABLE
    assert list(ours.dataset_anomaly_info.reason) == list(theirs.dataset_anomaly_info.reason)
    measured = [[(tuple(info.path.step), m.type, round(m.value, 12)) for info in a.drift_skew_info for m in info.drift_measurements]
                for a in (ours, theirs)]
    assert len(measured[0]) == 2 and measured[0] == measured[1], measured
    assert len(display_util.get_anomalies_dataframe(ours)) >= 2
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = path("components/metadata.db")
    (artifact,) = metadata_store.MetadataStore(config).get_artifacts_by_uri(os.path.dirname(os.path.dirname(file)))
    assert artifact.custom_properties["blessed"].struct_value["all_all"] == 0
    assert artifact.properties["split_names"].string_value == '["all_all"]'


# Two runs of either side differ by the shuffled label, by the noise that breaks ties and by the sample; on 2,000 rows by
# less than this, in bits.
MUTUAL_INFORMATION_TOLERANCE = 0.06


def custom_statistics(dataset, suffix):
    return {tuple(feature.path.step): custom.num for feature in dataset.features for custom in feature.custom_stats
            if custom.name == suffix}


def check_mutual_information():
    """Ours beside TFDV's own of the same rows; what a feature tells about the label is known, too."""
    rng = np.random.default_rng(11)
    rows = 2000
    label = rng.integers(0, 4, rows)
    frame = pd.DataFrame({
        "label": label,
        "same": [f"code {i}" for i in label],  # 2 bits
        "half": [f"half {i // 2}" for i in label],  # 1 bit
        "near": label + rng.normal(0, 0.05, rows),  # 2 bits
        "noisy": label + rng.normal(0, 2.0, rows),
        "nothing": rng.normal(0, 1, rows),
        "count": label * 10 + rng.integers(0, 8, rows),  # 2 bits
    })
    frame.to_csv(path("information.csv"), index=False)
    schema = schema_pb2.Schema()
    for name in frame.columns:
        text = frame[name].dtype == object
        feature = schema.feature.add(name=name, type=schema_pb2.BYTES if text else
                                     schema_pb2.INT if frame[name].dtype.kind == "i" else schema_pb2.FLOAT)
        feature.value_count.min = feature.value_count.max = 1
        if name == "label":
            feature.int_domain.is_categorical = True
    tfdv.write_schema_text(schema, path("information.pbtxt"))
    batch = pa.RecordBatch.from_arrays(
        [pa.array([[v.encode() if isinstance(v, str) else v] for v in frame[name].tolist()]) for name in frame.columns],
        list(frame.columns))
    path_of_label = tfdv.types.FeaturePath(["label"])
    truth = {"same": 2, "half": 1, "near": 2, "nothing": 0, "count": 2}
    for generator, function, theirs, key in (
            ("MutualInformation", {"label_feature": "label"},
             mutual_information.MutualInformation(path_of_label, schema), "adjusted_mutual_information"),
            ("SkLearnMutualInformation", {"label_feature": "label", "seed": 5},
             sklearn_mutual_information.SkLearnMutualInformation(path_of_label, schema, 5), "sklearn_mutual_information")):
        with open(path("generators.json"), "w", encoding="utf-8") as stream:
            json.dump({"NonStreamingCustomStatsGenerator": {"stats_fn": {generator: function}, "num_partitions": 1,
                                                            "min_partitions_stat_presence": 1,
                                                            "max_examples_per_partition": rows}}, stream)
        tfx("statistics", "--input=" + path("information.csv"), "--schema=" + path("information.pbtxt"),
            "--extra_generators=" + path("generators.json"), "--output=" + path("information.pb"))
        ours = custom_statistics(tfdv.load_stats_binary(path("information.pb")).datasets[0], "mean_" + key)
        expected = custom_statistics(theirs.compute(batch), key)
        assert set(ours) == set(expected) and len(ours) == 6, (ours, expected)
        for feature, value in expected.items():
            assert abs(ours[feature] - value) < MUTUAL_INFORMATION_TOLERANCE, (generator, feature, ours[feature], value)
        if generator == "MutualInformation":  # scikit-learn's is in nats
            for feature, value in truth.items():
                assert abs(ours[(feature,)] - value) < 2 * MUTUAL_INFORMATION_TOLERANCE, (feature, ours[(feature,)], value)


passed = failed = 0
for check in [value for name, value in list(globals().items()) if name.startswith("check_")]:
    try:
        check()
        passed += 1
        print(f"ok    {check.__name__[6:]}")
    except Exception:  # one failed check must not hide the others
        failed += 1
        print(f"FAIL  {check.__name__[6:]}")
        traceback.print_exc()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
