"""Reads what `tfx data` writes with Python's TFDV: statistics with slices and options, schemas, anomalies with drift, feature
skew; and shows them.

The last line is 'N passed, N failed'.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import traceback

import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.skew.protos import feature_skew_results_pb2
from tensorflow_data_validation.utils import display_util
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--tfx", required=True)
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
