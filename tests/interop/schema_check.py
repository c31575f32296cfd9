"""Stores that we create and stores that ml-metadata creates are one: on SQLite, MariaDB and PostgreSQL.

  python schema_check.py --tool=build/bin/metadata_tool [sqlite|mariadb|postgresql ...]

Per database: both create a store, and its tables, columns, constraints and indexes are compared; each reads in the
other's store what the other put there, and puts more; and for every schema version that ml-metadata can go down to, its
own store of that version is upgraded by us, and ours by it, with the data compared afterwards.
Needs ml_metadata 1.17 in the Python that runs it, and the server programs of the databases named.
"""
import argparse
import collections
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from google.protobuf import text_format
from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb

parser = argparse.ArgumentParser()
parser.add_argument("--tool", default="build/bin/metadata_tool")
parser.add_argument("databases", nargs="*", default=["sqlite", "mariadb", "postgresql"])
args = parser.parse_args()
args.databases = args.databases or ["sqlite", "mariadb", "postgresql"]
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("  FAILED:", what)


def tool(*arguments):
    result = subprocess.run([args.tool, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"metadata_tool {' '.join(arguments[:-1])}: {result.stderr}")
    return result.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sqlite:
    oldest = 0

    def __init__(self, directory):
        self.directory = directory

    def config(self, name):
        config = pb.ConnectionConfig()
        config.sqlite.filename_uri = f"{self.directory}/{name}.db"
        return config

    def layout(self, name):
        db = sqlite3.connect(f"{self.directory}/{name}.db")
        rows = []
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            rows += [(table, "column", *row[1:]) for row in db.execute(f"PRAGMA table_info('{table}')")]
            for _, index, unique, origin, partial in db.execute(f"PRAGMA index_list('{table}')").fetchall():
                columns = tuple(row[2] for row in db.execute(f"PRAGMA index_info('{index}')"))
                rows.append((table, "index", index if origin == "c" else origin, unique, partial, columns))
        db.close()
        return sorted(map(str, rows))

    def stop(self):
        pass


class Server:
    def start(self, directory, commands):
        """Prepares with all commands but the last, which is the server; as nobody where we are root."""
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        paths = [directory, directory + "/data", directory + "/tmp"]
        for path in paths:
            os.makedirs(path, mode=0o700, exist_ok=True)
        if user:
            for path in paths:
                os.chown(path, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        self.log = open(directory + "/log", "w")
        for command, text in commands[:-1]:
            subprocess.run(command, input=text, stdout=self.log, stderr=self.log, check=True, cwd=directory, text=True, **identity)
        self.process = subprocess.Popen(commands[-1][0], stdout=self.log, stderr=self.log, cwd=directory, **identity)
        deadline = time.monotonic() + 60
        while True:
            try:
                tool("dump", text_format.MessageToString(self.config("ready"), as_one_line=True))
                return
            except RuntimeError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{commands[-1][0][0]} does not start, see {directory}/log: {error}")
                time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGINT if isinstance(self, Postgresql) else signal.SIGTERM)
        self.process.wait()


class MariaDb(Server):
    oldest = 0

    def __init__(self, directory):
        self.port = free_port()
        share = "/usr/share/mysql"
        files = [open(f"{share}/{name}.sql").read() for name in
                 ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")]
        bootstrap = "\n".join(["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket = NULL;", *files])
        common = ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={directory}/data", f"--tmpdir={directory}/tmp"]
        self.start(directory, [
            (common + ["--bootstrap"], bootstrap),
            (common + [f"--socket={directory}/s", f"--pid-file={directory}/pid", "--bind-address=127.0.0.1",
                       f"--port={self.port}", "--skip-name-resolve"], None)])

    def config(self, name):
        config = pb.ConnectionConfig()
        config.mysql.host, config.mysql.port, config.mysql.user, config.mysql.database = "127.0.0.1", self.port, "root", name
        return config

    def layout(self, name):
        query = (f"SELECT table_name, 'column', column_name, column_type, is_nullable, IFNULL(column_default, '-'), extra "
                 f"FROM information_schema.columns WHERE table_schema = '{name}' UNION ALL SELECT table_name, 'index', "
                 f"index_name, non_unique, GROUP_CONCAT(column_name, IFNULL(sub_part, '') ORDER BY seq_in_index), '', '' "
                 f"FROM information_schema.statistics WHERE table_schema = '{name}' GROUP BY table_name, index_name")
        rows = subprocess.run(["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uroot", "-N", "-e", query],
                              capture_output=True, text=True, check=True).stdout
        return sorted(rows.splitlines())


class Postgresql(Server):
    oldest = 1

    def __init__(self, directory):
        self.port = str(free_port())
        binaries = sorted(p for p in os.listdir("/usr/lib/postgresql"))[-1]
        bin_directory = f"/usr/lib/postgresql/{binaries}/bin"
        self.start(directory, [
            ([f"{bin_directory}/initdb", "-D", f"{directory}/data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"], None),
            ([f"{bin_directory}/postgres", "-D", f"{directory}/data", "-p", self.port, "-h", "127.0.0.1", "-k", directory,
              "-c", "fsync=off"], None)])

    def config(self, name):
        config = pb.ConnectionConfig()
        config.postgresql.host, config.postgresql.port = "127.0.0.1", self.port
        config.postgresql.user, config.postgresql.dbname = "postgres", name
        return config

    def layout(self, name):
        query = ("SELECT table_name, 'column', column_name, data_type, is_nullable, coalesce(column_default, '-') FROM "
                 "information_schema.columns WHERE table_schema = 'public' UNION ALL SELECT tablename, 'index', indexname, "
                 "indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'")
        rows = subprocess.run(["psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-At", name, "-c", query],
                              capture_output=True, text=True, check=True).stdout
        return sorted(rows.splitlines())


def theirs(config, upgrade=False):
    return metadata_store.MetadataStore(config, enable_upgrade_migration=upgrade)


def dump(store):
    graph = pb.LineageGraph()
    graph.artifact_types.extend(sorted(store.get_artifact_types(), key=lambda t: t.id))
    graph.artifacts.extend(sorted(store.get_artifacts(), key=lambda a: a.id))
    graph.executions.extend(sorted(store.get_executions(), key=lambda e: e.id))
    graph.contexts.extend(sorted(store.get_contexts(), key=lambda c: c.id))
    if graph.executions:
        graph.events.extend(store.get_events_by_execution_ids([e.id for e in graph.executions]))
    return graph


def as_text(config):
    return text_format.MessageToString(config, as_one_line=True)


def ours(config):
    return text_format.Parse(tool("dump", as_text(config)), pb.LineageGraph())


def same(a, b, what):
    # An unset uri and state read differently in an old store that never had them.
    for graph in (a, b):
        for artifact in graph.artifacts:
            if not artifact.uri:
                artifact.ClearField("uri")
    check(a == b, f"{what}: the stores differ\n--- one\n{a}\n--- other\n{b}" if a != b else what)


def put_theirs(store):
    kinds = {"i": pb.INT, "d": pb.DOUBLE, "s": pb.STRING, "t": pb.STRUCT, "p": pb.PROTO, "b": pb.BOOLEAN}
    artifact_type = pb.ArtifactType(name="Theirs", properties=kinds, base_type=pb.ArtifactType.DATASET)
    artifact = pb.Artifact(type_id=store.put_artifact_type(artifact_type), uri="their/uri", name="é世", external_id="theirs",
                           state=pb.Artifact.PENDING)
    artifact.properties["i"].int_value = 2**31 - 1
    artifact.properties["d"].double_value = 1 / 3
    artifact.properties["s"].string_value = "é世😀"
    artifact.properties["t"].struct_value["k"] = [1, "x"]
    artifact.properties["p"].proto_value.Pack(pb.Artifact(uri="packed"))
    artifact.properties["b"].bool_value = True
    artifact.custom_properties["é"].bool_value = False
    event = pb.Event(type=pb.Event.INPUT)
    event.path.steps.add().key = "in"
    event.path.steps.add().index = 0
    execution = pb.Execution(type_id=store.put_execution_type(pb.ExecutionType(name="Theirs")), name="their run")
    context = pb.Context(type_id=store.put_context_type(pb.ContextType(name="Theirs")), name="c")
    store.put_execution(execution, [(artifact, event)], [context])


def upgrades_its_own(database, version):
    config = database.config(f"own_{version}")
    put_theirs(theirs(config))
    try:
        metadata_store.downgrade_schema(config, version)
        theirs(config, upgrade=True)
    except Exception:
        return False
    return True


def check_database(kind, database):
    print(f"== {kind}")
    # 1. The same tables.
    theirs(database.config("theirs"))
    tool("dump", as_text(database.config("ours")))
    a, b = database.layout("theirs"), database.layout("ours")
    check(len(a) > 80 and a == b, f"{kind}: tables differ: {sorted(set(a) ^ set(b))}")

    # 2. What one puts, the other reads; both ways, in stores that either made.
    for name in ("theirs", "ours"):
        config = database.config(name)
        put_theirs(theirs(config))
        tool("put", as_text(config))
        graph = dump(theirs(config))
        check(len(graph.artifacts) == 2, f"{kind}: two artifacts are expected in {name}")
        same(graph, ours(config), f"{kind}, store made by {name}")

    # 3. Every older version, made by either, upgraded by the other.
    for version in range(9, database.oldest - 1, -1):
        a, b = database.config(f"down_theirs_{version}"), database.config(f"down_ours_{version}")
        for config in (a, b):
            put_theirs(theirs(config))
        try:
            metadata_store.downgrade_schema(a, version)
        except Exception as error:  # its errors have no common class
            check(False, f"{kind}: ml-metadata cannot go down to {version}: {error}")
            continue
        tool("migrate", str(version), as_text(b))
        tool("migrate", "10", as_text(a))
        try:
            upgraded = dump(theirs(b, upgrade=True))
        except Exception as error:
            # On PostgreSQL 1.17.1 cannot upgrade what it made itself from version 8 down: its step to 9 keeps times in 32
            # bits. Then our two upgrades are compared.
            check(not upgrades_its_own(database, version), f"{kind}: ml-metadata cannot upgrade our version {version}: {error}")
            print(f"  version {version}: ml-metadata upgrades neither its own store nor ours")
            tool("migrate", "10", as_text(b))
            upgraded = ours(b)
        one = ours(a)
        for graph in (one, upgraded):  # stored at different milliseconds
            for node in [*graph.artifacts, *graph.executions, *graph.contexts]:
                node.ClearField("create_time_since_epoch")
                node.ClearField("last_update_time_since_epoch")
            for event in graph.events:
                event.ClearField("milliseconds_since_epoch")
        compare(kind, version, one, upgraded)


def compare(kind, version, one, upgraded):
    # Where it is named in LIMITATIONS: ml-metadata keeps values without a value when it goes below version 10, we drop
    # them; and on PostgreSQL it keeps external ids below version 9.
    for graph in (one, upgraded):
        for artifact in graph.artifacts:
            for properties in (artifact.properties, artifact.custom_properties):
                for name in [n for n, value in properties.items() if value.WhichOneof("value") is None]:
                    del properties[name]
            if kind == "postgresql" and version < 9:
                artifact.ClearField("external_id")
    same(one, upgraded, f"{kind}: down to {version} and up again")


classes = collections.OrderedDict(sqlite=Sqlite, mariadb=MariaDb, postgresql=Postgresql)
for kind in args.databases:
    root = tempfile.mkdtemp()
    os.chmod(root, 0o755)
    database = None
    try:
        database = classes[kind](root)
        check_database(kind, database)
    finally:
        if database:
            database.stop()
        shutil.rmtree(root, ignore_errors=True)
if failures:
    sys.exit(f"{len(failures)} differences")
print("all the same")
