"""Reads every artifact of a taxi run with the Python libraries and compares what they say with what we said.

Each check prints one line; the last line is 'N passed, N failed'.
"""
import argparse
import glob
import os
import sys
import traceback

import numpy as np
import tensorflow as tf
import tensorflow_data_validation as tfdv
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tensorflow_data_validation.utils import display_util
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorboard.backend.event_processing import event_accumulator


parser = argparse.ArgumentParser()
parser.add_argument("--pipeline_root", required=True)
parser.add_argument("--metadata_path", required=True)
parser.add_argument("--serving_model_dir", required=True)
args = parser.parse_args()


def artifact(node, key):
    """The newest artifact directory of an output."""
    folders = glob.glob(os.path.join(args.pipeline_root, node, key, "*"))
    assert folders, f"no artifact {node}.{key}"
    return max(folders, key=lambda path: int(os.path.basename(path)))


def records(pattern):
    return [r.numpy() for r in tf.data.TFRecordDataset(sorted(glob.glob(pattern)), compression_type="GZIP")]


def check_statistics():
    for split, rows in (("train", 10036), ("eval", 4966)):
        path = os.path.join(artifact("StatisticsGen", "statistics"), f"Split-{split}", "FeatureStats.pb")
        stats = tfdv.load_stats_binary(path)
        assert stats.datasets[0].num_examples == rows, stats.datasets[0].num_examples
        python = tfdv.generate_statistics_from_tfrecord(
            os.path.join(artifact("CsvExampleGen", "examples"), f"Split-{split}", "*"))
        ours = {tuple(f.path.step): f for f in stats.datasets[0].features}
        for feature in python.datasets[0].features:
            mine = ours[tuple(feature.path.step)]
            assert mine.type == feature.type
            for kind in ("num_stats", "string_stats"):
                if not feature.HasField(kind):
                    continue
                theirs, own = getattr(feature, kind), getattr(mine, kind)
                assert theirs.common_stats.num_non_missing == own.common_stats.num_non_missing
                for field in ("mean", "std_dev", "num_zeros", "min", "median", "max", "unique", "avg_length"):
                    if hasattr(theirs, field):
                        assert np.isclose(getattr(theirs, field), getattr(own, field), rtol=1e-6), (feature.path, field)


def check_schema_and_anomalies():
    schema = tfdv.load_schema_text(os.path.join(artifact("SchemaGen", "schema"), "schema.pbtxt"))
    assert len(schema.feature) == 18, len(schema.feature)
    stats = tfdv.load_stats_binary(os.path.join(artifact("StatisticsGen", "statistics"), "Split-train", "FeatureStats.pb"))
    inferred = tfdv.infer_schema(stats, infer_feature_shape=True)
    assert {f.name: f for f in inferred.feature}.keys() == {f.name: f for f in schema.feature}.keys()
    for split in ("train", "eval"):
        anomalies = anomalies_pb2.Anomalies()
        with open(os.path.join(artifact("ExampleValidator", "anomalies"), f"Split-{split}", "SchemaDiff.pb"), "rb") as stream:
            anomalies.ParseFromString(stream.read())
        assert len(display_util.get_anomalies_dataframe(anomalies)) == len(anomalies.anomaly_info)
        split_stats = tfdv.load_stats_binary(
            os.path.join(artifact("StatisticsGen", "statistics"), f"Split-{split}", "FeatureStats.pb"))
        python = tfdv.validate_statistics(split_stats, schema)
        assert dict(python.anomaly_info) == dict(anomalies.anomaly_info)


def check_transform():
    output = tft.TFTransformOutput(artifact("Transform", "transform_graph"))
    assert output.vocabulary_size_by_name("vocab_compute_and_apply_vocabulary_vocabulary") == 6
    assert output.vocabulary_size_by_name("vocab_compute_and_apply_vocabulary_1_vocabulary") == 45
    raw = records(os.path.join(artifact("CsvExampleGen", "examples"), "Split-eval", "*"))[:500]
    materialised = records(os.path.join(artifact("Transform", "transformed_examples"), "Split-eval", "*"))[:500]
    features = tf.io.parse_example(raw, output.raw_feature_spec())
    transformed = output.transform_features_layer()(features)
    expected = tf.io.parse_example(materialised, output.transformed_feature_spec())
    assert set(transformed) == set(expected), set(transformed) ^ set(expected)
    for key, tensor in transformed.items():
        ours, theirs = expected[key], tensor
        if isinstance(ours, tf.SparseTensor):
            ours = tf.sparse.to_dense(ours)
        if isinstance(theirs, tf.SparseTensor):
            theirs = tf.sparse.to_dense(theirs)
        np.testing.assert_allclose(np.squeeze(theirs.numpy()), np.squeeze(ours.numpy()), rtol=1e-6, atol=1e-6, err_msg=key)


def overall_metrics():
    result = tfma.load_eval_result(artifact("Evaluator", "evaluation"), model_name="candidate")
    metrics = {}
    for slice_key, by_output in result.slicing_metrics:
        if slice_key == ():
            for name, value in by_output[""][""].items():
                metrics[name] = next(iter(value.values()))
    return result, metrics


def check_saved_model():
    model = tf.saved_model.load(sorted(glob.glob(os.path.join(args.serving_model_dir, "*")))[-1])
    raw = records(os.path.join(artifact("CsvExampleGen", "examples"), "Split-eval", "*"))
    outputs = model.signatures["serving_default"](examples=tf.constant(raw))
    predictions = next(iter(outputs.values())).numpy().reshape(-1).astype(np.float64)
    labels = model.signatures["transform_features"](examples=tf.constant(raw))["tips_xf"].numpy().reshape(-1)
    _, metrics = overall_metrics()
    assert np.isclose(np.mean((predictions > 0.5) == labels), metrics["binary_accuracy"], atol=1e-9)
    if "mean_prediction" in metrics:
        assert np.isclose(np.mean(predictions), metrics["mean_prediction"], rtol=1e-5)


def check_evaluation():
    result, metrics = overall_metrics()
    assert len(result.slicing_metrics) == 109, len(result.slicing_metrics)
    assert metrics["auc"] > 0.9, metrics
    validation = tfma.load_validation_result(artifact("Evaluator", "evaluation"))
    assert validation.validation_ok


def check_metadata():
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = args.metadata_path
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    store = metadata_store.MetadataStore(config)
    pushed = store.get_artifacts_by_type("PushedModel")
    assert pushed
    seen, frontier = set(), [pushed[-1].id]
    while frontier:
        outputs = [e for e in store.get_events_by_artifact_ids(frontier) if e.type in (metadata_store_pb2.Event.OUTPUT,)]
        executions = [e.execution_id for e in outputs]
        events = store.get_events_by_execution_ids(executions) if executions else []
        inputs = {e.artifact_id for e in events if e.type == metadata_store_pb2.Event.INPUT}
        frontier = sorted(inputs - seen)
        seen |= inputs
    types = {t.id: t.name for t in store.get_artifact_types()}
    names = {types[a.type_id] for a in store.get_artifacts_by_id(sorted(seen))}
    assert {"Examples", "Model", "ModelBlessing", "Schema", "TransformGraph"} <= names, names


def check_event_files():
    run = artifact("Trainer", "model_run")
    folders = sorted({os.path.dirname(p) for p in glob.glob(os.path.join(run, "**", "events.out.tfevents.*"), recursive=True)})
    assert folders, f"no event files below {run}"
    graphs, scalars = 0, set()
    for folder in folders:
        events = event_accumulator.EventAccumulator(folder, size_guidance={event_accumulator.TENSORS: 0})
        events.Reload()
        graphs += bool(events.Tags()["graph"])
        scalars |= set(events.Tags()["tensors"]) | set(events.Tags()["scalars"])
    assert graphs, "no graph in the event files"
    assert any("loss" in tag for tag in scalars), scalars


passed = failed = 0
for check in (check_statistics, check_schema_and_anomalies, check_transform, check_saved_model, check_evaluation, check_metadata,
              check_event_files):
    try:
        check()
        passed += 1
        print(f"ok    {check.__name__[6:]}")
    except Exception:  # every check is run and reported
        failed += 1
        print(f"FAIL  {check.__name__[6:]}")
        traceback.print_exc()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
