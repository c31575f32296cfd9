"""Compares filtered lists and lineage subgraphs with the official ml-metadata client, on one SQLite file.

  python filter_check.py METADATA_PROBE [--filters=400] [--lineages=120] [--seed=1]

A random store is written by the Python client. Generated filters of every construct, in every order, and generated
lineage queries go through both; the ids must be equal. A list of invalid filters must be refused by both. Exits 1 and
prints every difference.

Left out, because upstream 1.17 has faults there: strings with a backslash (it hands SQLite the escaped text), strings that
look like an enum term (it rewrites their text), != and NOT IN on the state of a context's neighbour (it refuses its own
rewriting as a syntax error). A query with the same enum term twice it refuses; such queries are counted, not compared.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile

from absl import logging
from google.protobuf import text_format
from ml_metadata import errors
from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb
from ml_metadata.proto import metadata_store_service_pb2 as service

WORDS = ["alpha", "Beta", "gamma_1", "50%", "a!b", "it's", "日本", ""]
INVALID = {
    "artifacts": [
        "a == 'a'", "a", "a = 'a'", "'a'", "type_id", "id = 'a'", "type = 1", "uri = 1", "name = a", "contexts", "contexts_0",
        "contexts_0.foo", "contexts_0.id.", "contexts_0.id.bar", "properties", "properties.foo", "properties.bar.",
        "properties.baz.int", "properties.0:b.int_value = 1", "state = 'LIVE'", "state = 1", "state = RUNNING",
        "state IN RUNNING", "state IN ()", "state IN (LIVE", "state = ABANDONED", "events_0.type = SOME_ENUM",
        "events_0.type = PENDING_OUTPUT", "events_0.artifact_id = 1", "artifacts_0.id = 1", "executions_0.id = 1",
        "parent_contexts_0.id = 1", "last_known_state = RUNNING", "id =", "(id = 1", "id = 1)", "id = 1 id = 2", "NULL", "1",
        "NOT NULL", "id = NULL", "name = 'a' = true", "name = \"a", "id.bar = 1", "NOT id", "id AND true", "uri + 1 = 2",
        "uri LIKE 1", "id IN ('a')", "id BETWEEN 'a' AND 'b'", "contexts_.id = 1", "@p = 1", "id <=> 1", "type = state"
    ],
    "executions": ["last_known_state IN ()", "last_known_state = LIVE", "state = LIVE", "uri = 'a'", "events_0.execution_id = 1",
                   "contexts_0.uri = 'a'", "last_known_state NOT IN (PENDING)"],
    "contexts": ["contexts_0.id = 1", "events_0.type = INPUT", "state = LIVE", "artifacts_0.type_id = 1",
                 "artifacts_0.last_known_state = NEW", "executions_0.uri = 'a'", "parent_contexts_0.uri = 'a'",
                 "child_contexts_0.state = LIVE"],
}


def make_store(path, rng):
  config = pb.ConnectionConfig()
  config.sqlite.filename_uri = path
  store = metadata_store.MetadataStore(config)
  kinds = {"i": pb.INT, "d": pb.DOUBLE, "s": pb.STRING, "b": pb.BOOLEAN}

  def types(message, put):
    ids = []
    for name in ("One", "Two", "it's"):
      t = message(name=name)
      for key, kind in kinds.items():
        t.properties[key] = kind
      ids.append(put(t))
    return ids

  def fill(node, name):
    if name:
      node.name = name
    if rng.random() < 0.3:
      node.external_id = f"ext-{name}-{rng.random()}"
    for target, keys in ((node.properties, list(kinds)), (node.custom_properties, ["i", "s", "odd name:0"])):
      for key in keys:
        if rng.random() < 0.5:
          continue
        kind = key if key in kinds else "s"
        if kind == "i":
          target[key].int_value = rng.choice([-5, 0, 1, 2, 3, 2**40])
        elif kind == "d":
          target[key].double_value = rng.choice([-0.5, 0.0, 0.25, 1.0, 1e300])
        elif kind == "s":
          target[key].string_value = rng.choice(WORDS)
        else:
          target[key].bool_value = rng.random() < 0.5
    return node

  at = types(pb.ArtifactType, store.put_artifact_type)
  et = types(pb.ExecutionType, store.put_execution_type)
  ct = types(pb.ContextType, store.put_context_type)
  artifacts, executions, contexts = [], [], []
  for i in range(120):
    node = fill(pb.Artifact(type_id=rng.choice(at), uri=rng.choice(["", "gs://a/b", "GS://c", "50%_x"])), f"a{i}" if i % 3 else "")
    if rng.random() < 0.7:
      node.state = rng.choice([0, 1, 2, 3, 4])
    artifacts += store.put_artifacts([node])
  for i in range(60):
    node = fill(pb.Execution(type_id=rng.choice(et)), f"e{i}" if i % 3 else "")
    if rng.random() < 0.7:
      node.last_known_state = rng.choice([0, 1, 2, 3, 4, 5, 6])
    executions += store.put_executions([node])
  for i in range(20):
    contexts += store.put_contexts([fill(pb.Context(type_id=rng.choice(ct)), f"c{i}")])
  events = {}
  for i, execution in enumerate(executions):
    for _ in range(rng.randint(0, 3)):
      events[(rng.choice(artifacts[:2 * i + 1]), execution, rng.choice([pb.Event.INPUT, pb.Event.DECLARED_INPUT]))] = 1
    for _ in range(rng.randint(0, 2)):
      kind = rng.choice([pb.Event.OUTPUT, pb.Event.INTERNAL_OUTPUT, pb.Event.PENDING_OUTPUT])
      events[(rng.choice(artifacts[2 * i:]), execution, kind)] = 1
  store.put_events([pb.Event(artifact_id=a, execution_id=e, type=t) for a, e, t in events])
  store.put_attributions_and_associations(
      [pb.Attribution(artifact_id=rng.choice(artifacts), context_id=rng.choice(contexts)) for _ in range(150)],
      [pb.Association(execution_id=rng.choice(executions), context_id=rng.choice(contexts)) for _ in range(60)])
  parents = {(max(a, b), min(a, b)) for a, b in ((rng.choice(contexts), rng.choice(contexts)) for _ in range(25)) if a != b}
  store.put_parent_contexts([pb.ParentContext(child_id=a, parent_id=b) for a, b in parents])
  return store


def literal(word):
  return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Filters:
  """Random filters of one kind of node."""

  STATES = ["UNKNOWN", "PENDING", "LIVE", "MARKED_FOR_DELETION", "DELETED"]
  EXECUTION_STATES = ["UNKNOWN", "NEW", "RUNNING", "COMPLETE", "FAILED", "CACHED", "CANCELED"]
  EVENTS = ["INPUT", "OUTPUT", "DECLARED_INPUT", "DECLARED_OUTPUT", "INTERNAL_OUTPUT"]

  def __init__(self, kind, rng):
    self.kind, self.rng = kind, rng

  def columns(self):
    """(integer columns, text columns, [(enum column, its names)])"""
    n = self.rng.randint(0, 1)
    ints = ["id", "type_id", "create_time_since_epoch", "last_update_time_since_epoch"]
    texts, enums = ["name", "external_id", "type"], []
    if self.kind == "artifacts":
      texts.append("uri")
      enums.append(("state", self.STATES))
    if self.kind == "executions":
      enums.append(("last_known_state", self.EXECUTION_STATES))
    if self.rng.random() < 0.4:
      if self.kind == "contexts":
        other = self.rng.choice(["artifacts", "executions", "parent_contexts", "child_contexts"])
        ints, texts, enums = [f"{other}_{n}.id"], [f"{other}_{n}.name", f"{other}_{n}.type"], []
        if other == "artifacts":
          texts.append(f"artifacts_{n}.uri")
          enums = [(f"artifacts_{n}.state", self.STATES)]
        if other == "executions":
          enums = [(f"executions_{n}.last_known_state", self.EXECUTION_STATES)]
      elif self.rng.random() < 0.5:
        ints = [f"contexts_{n}.id", f"contexts_{n}.create_time_since_epoch"]
        texts, enums = [f"contexts_{n}.name", f"contexts_{n}.type"], []
      else:
        other = "execution_id" if self.kind == "artifacts" else "artifact_id"
        ints, texts, enums = [f"events_{n}.{other}", f"events_{n}.milliseconds_since_epoch"], [], [(f"events_{n}.type", self.EVENTS)]
    return ints, texts, enums

  def number(self, ints):
    r = self.rng
    choice = r.random()
    if choice < 0.5:
      return r.choice(ints)
    if choice < 0.7:
      return r.choice(["properties.i.int_value", "properties.d.double_value", "custom_properties.i.int_value"])
    if choice < 0.9:
      return str(r.choice([0, 1, 2, 3, 10, 40, -5, 0.25, 1.0, 2**40]))
    return f"({self.number(ints)} {r.choice('+-*')} {r.choice([1, 2, 3])})"

  def text(self, texts):
    r = self.rng
    if texts and r.random() < 0.7:
      return r.choice(texts)
    return r.choice(["properties.s.string_value", "custom_properties.`odd name:0`.string_value"])

  def word(self):
    r = self.rng
    return literal(r.choice(WORDS + ["One", "Two", "it's", "c3", "a1", "e2", "gs://a/b"]))

  def term(self):
    r = self.rng
    ints, texts, enums = self.columns()
    choice = r.randint(0, 11)
    if choice <= 2:
      return f"{self.number(ints)} {r.choice(['=', '!=', '<>', '<', '<=', '>', '>='])} {self.number(ints)}"
    if choice == 3:
      return f"{self.text(texts)} {r.choice(['=', '!=', '<', '>='])} {self.word()}"
    if choice == 4:
      pattern = r.choice(["a%", "%1", "A_", "gs%", "GS://%", "%\\\\%", "50!%%", "%!%", "%日%", "", "%", "_%_"])
      return f"{self.text(texts)} {r.choice(['', 'not '])}like \"{pattern}\""
    if choice == 5:
      return f"{self.text(texts)} {r.choice(['', 'NOT '])}IN ({', '.join(self.word() for _ in range(r.randint(1, 3)))})"
    if choice == 6:
      return f"{r.choice(ints)} {r.choice(['', 'NOT '])}in ({', '.join(str(r.randint(1, 60)) for _ in range(r.randint(1, 6)))})"
    if choice == 7:
      return f"{r.choice(ints)} {r.choice(['', 'NOT '])}BETWEEN {r.randint(0, 30)} AND {r.randint(10, 90)}"
    if choice == 8:
      column = r.choice(ints + texts + [e[0] for e in enums] + ["properties.i.double_value", "properties.s.string_value"])
      return f"{column} IS {r.choice(['', 'NOT '])}NULL"
    if choice == 9:
      return r.choice(["properties.b.bool_value", "properties.b.bool_value = true", "properties.b.bool_value != true", "true", "1 = 1"])
    if not enums:
      return f"ABS({r.choice(ints)} - 30) < 20"
    column, names = r.choice(enums)
    if self.kind == "contexts" and "." in column:
      return f"{column} IN ({', '.join(r.sample(names, r.randint(1, 3)))})"
    if choice == 10:
      return f"{column} {r.choice(['=', '!='])} {r.choice(names)}"
    return f"{column} {r.choice(['IN', 'NOT IN'])} ({', '.join(r.sample(names, r.randint(1, 3)))})"

  def generate(self, depth=2):
    r = self.rng
    choice = r.random()
    if depth == 0 or choice < 0.35:
      return self.term()
    if choice < 0.5:
      return f"NOT ({self.generate(depth - 1)})"
    op = r.choice([" AND ", " OR ", " and ", " or "])
    return op.join(f"({self.generate(depth - 1)})" if r.random() < 0.6 else self.term() for _ in range(r.randint(2, 3)))


def upstream_ids(store, kind, order, filter_query):
  call = {"artifacts": store.get_artifacts, "executions": store.get_executions, "contexts": store.get_contexts}[kind]
  column = {"id": metadata_store.OrderByField.ID, "create": metadata_store.OrderByField.CREATE_TIME,
            "update": metadata_store.OrderByField.UPDATE_TIME}[order.lstrip("-")]
  options = metadata_store.ListOptions(filter_query=filter_query, order_by=column, is_asc=not order.startswith("-"))
  try:
    return "OK " + " ".join(str(n.id) for n in call(list_options=options))
  except errors.StatusError as e:
    return f"ERR {e.error_code if hasattr(e, 'error_code') else ''} {e}"


def upstream_lineage(store, text):
  request = service.GetLineageSubgraphRequest()
  text_format.Parse(text, request.lineage_subgraph_query_options)
  response = service.GetLineageSubgraphResponse()
  try:
    store._call("GetLineageSubgraph", request, response)
  except errors.StatusError as e:
    return f"ERR {e}"
  g = response.lineage_subgraph
  ids = lambda nodes: " ".join(str(i) for i in sorted(n.id for n in nodes))
  tuples = lambda items: " ".join("-".join(str(v) for v in t) for t in sorted(items))
  return "OK " + "|".join([
      ids(g.artifacts), ids(g.executions), tuples((e.artifact_id, e.execution_id, e.type) for e in g.events), ids(g.contexts),
      tuples((a.artifact_id, a.context_id) for a in g.attributions), tuples((a.execution_id, a.context_id) for a in g.associations),
      ids(g.artifact_types), ids(g.execution_types), ids(g.context_types)])


def lineage_query(rng):
  starting = rng.choice(["artifacts", "executions"])
  field = lambda name, body: f'{name} {{ {body} }} '
  quoted = lambda kind: "filter_query: '" + Filters(kind, rng).generate(1).replace("\\", "\\\\").replace("'", "\\'") + "'"
  simple = f'filter_query: "id in ({", ".join(str(rng.randint(1, 70)) for _ in range(3))})"'
  text = field("starting_" + starting, simple if rng.random() < 0.8 else quoted(starting))
  if rng.random() < 0.8:
    text += f"max_num_hops: {rng.choice([0, 1, 2, 3, 5, 20, 1000])} "
  if rng.random() < 0.7:
    text += f"direction: {rng.choice(['UPSTREAM', 'DOWNSTREAM', 'BIDIRECTIONAL'])} "
  for kind in ("artifacts", "executions"):
    if rng.random() < 0.4:
      include = rng.choice(["", " include_ending_nodes: true"])
      text += field("ending_" + kind, (quoted(kind) if rng.random() < 0.5 else f'filter_query: "id > {rng.randint(5, 100)}"') + include)
  return text.strip()


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("probe")
  parser.add_argument("--filters", type=int, default=400)
  parser.add_argument("--lineages", type=int, default=120)
  parser.add_argument("--seed", type=int, default=1)
  args = parser.parse_args()
  logging.set_verbosity(logging.FATAL)
  rng = random.Random(args.seed)
  with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "metadata.db")
    store = make_store(path, rng)
    requests, expected = [], []
    for i in range(args.filters):
      kind = ["artifacts", "executions", "contexts"][i % 3]
      order = rng.choice(["id", "id", "-id", "create", "-create", "update", "-update"])
      query = Filters(kind, rng).generate()
      requests.append(f"{kind}\t{order}\t{rng.choice([1, 7, 20, 1000])}\t{query}")
      expected.append(upstream_ids(store, kind, order, query))
    for kind, queries in INVALID.items():
      for query in queries:
        requests.append(f"{kind}\tid\t20\t{query}")
        expected.append(upstream_ids(store, kind, "id", query))
        assert expected[-1].startswith("ERR"), (query, expected[-1])
    for _ in range(args.lineages):
      query = lineage_query(rng)
      requests.append(f"lineage\t{query}")
      expected.append(upstream_lineage(store, query))
    run = subprocess.run([args.probe, path], input="\n".join(requests) + "\n", capture_output=True, text=True)
    answers = run.stdout.splitlines()
  if run.returncode != 0 or len(answers) != len(requests):
    print(f"{args.probe}: exit {run.returncode}, {len(answers)} answers to {len(requests)} requests: {run.stderr}")
    return 1
  differences = refused = empty = faults = 0
  for request, want, got in zip(requests, expected, answers):
    if "cannot be rewritten successfully" in want:
      faults += 1
      continue
    both_refuse = want.startswith("ERR") and got.startswith("ERR 3 ")
    not_found = want.startswith("ERR Cannot find qualified") and got.startswith("ERR 5 ")
    refused += both_refuse or not_found
    empty += want.strip() == "OK"
    if want.strip() != got.strip() and not both_refuse and not not_found:
      differences += 1
      print(f"{request}\n  upstream: {want}\n  ours:     {got}")
  print(f"{len(requests)} requests: {args.filters} filters, {sum(map(len, INVALID.values()))} invalid filters, {args.lineages} lineages; "
        f"{refused} refused by both, {empty} found nothing, {faults} not compared, {differences} differ")
  return 1 if differences else 0


if __name__ == "__main__":
  sys.exit(main())
