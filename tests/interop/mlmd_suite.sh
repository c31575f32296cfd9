#!/usr/bin/env bash
# ML Metadata with upstream on the other end, three ways:
#   1. the official Python client's own test suite (inside its wheel) against our server, on SQLite, MariaDB, PostgreSQL;
#   2. our client, under our conformance suite, against upstream's C++ store (mlmd_reference_server.py serves it);
#   3. the messages of our service against the wheel's descriptors, field by field.
# The client with its 70 MB is installed in a throw-away environment, kept in the cache.
#   tests/interop/mlmd_suite.sh [sqlite|mariadb|postgresql|client|descriptors ...]     default: all
set -euo pipefail
cd "$(dirname "$0")/../.."
CACHE=${TFX_DEPS_DIR:-$HOME/.cache/tfx-cpp}
ENVIRONMENT=$CACHE/mlmd-$(sha256sum tests/interop/mlmd_requirements.txt | cut -c1-12)
PYTHON=python3.11
command -v $PYTHON >/dev/null || { echo "mlmd: the client needs Python 3.11, which Debian 12 has" >&2; exit 1; }
if [ ! -e "$ENVIRONMENT/ready" ]; then
  echo "== installing the official ML Metadata client into the cache"
  rm -rf "$ENVIRONMENT"
  $PYTHON -m venv "$ENVIRONMENT"
  "$ENVIRONMENT/bin/pip" install --quiet --disable-pip-version-check -r tests/interop/mlmd_requirements.txt
  touch "$ENVIRONMENT/ready"
fi
[ -n "${TFX_NO_BUILD:-}" ] || ./dev build metadata_store_server tfx_metadata_service_test

WORK=$(mktemp -d)
chmod 755 "$WORK"
PIDS=()
stop() {
  for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$WORK"
}
trap stop EXIT
free_port() { $PYTHON -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
die() { echo "mlmd: $*" >&2; exit 1; }
# await PID COMMAND...: until the command succeeds; fails when the process ends first.
await() {
  local pid=$1; shift
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.05
  done
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }
# Both databases refuse to run as root.
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
own() { mkdir -p "$1"; [ "$(id -u)" != 0 ] || chown nobody:nogroup "$1"; }

# start_database KIND: sets CONFIG, the connection config of an empty database on a free port.
start_database() {
  local port data=$WORK/$1 pid
  port=$(free_port)
  own "$data"
  case $1 in
    sqlite) CONFIG="sqlite { filename_uri: \"$WORK/metadata.db\" }" ;;
    mariadb)
      command -v mariadb-install-db >/dev/null || die "mariadb-server is not installed (apt-get install mariadb-server)"
      own "$data/tmp"
      as_nobody mariadb-install-db --no-defaults --datadir="$data/data" --tmpdir="$data/tmp" --auth-root-authentication-method=normal \
        --skip-test-db >"$data/init.log" 2>&1 || { cat "$data/init.log"; die "mariadb-install-db failed"; }
      as_nobody mariadbd --no-defaults --datadir="$data/data" --tmpdir="$data/tmp" --socket="$data/socket" --pid-file="$data/pid" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --innodb-flush-log-at-trx-commit=2 >"$data/log" 2>&1 &
      pid=$!; PIDS+=($pid)
      await $pid answers "$port" || { cat "$data/log"; die "mariadbd did not start"; }
      CONFIG="mysql { host: \"127.0.0.1\" port: $port database: \"mlmd\" user: \"root\" }" ;;
    postgresql)
      local bin
      bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
      [ -n "$bin" ] || die "postgresql is not installed (apt-get install postgresql)"
      (cd "$data" && as_nobody "$bin/initdb" -D "$data/data" -U postgres -A trust --no-sync >init.log 2>&1) || { cat "$data/init.log"; die "initdb failed"; }
      pushd "$data" >/dev/null
      as_nobody "$bin/postgres" -D "$data/data" -p "$port" -h 127.0.0.1 -k "$data" -c fsync=off >"$data/log" 2>&1 &
      pid=$!; PIDS+=($pid)
      popd >/dev/null
      await $pid "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" || { cat "$data/log"; die "postgres did not start"; }
      CONFIG="postgresql { host: \"127.0.0.1\" port: \"$port\" user: \"postgres\" dbname: \"mlmd\" }" ;;
  esac
}

# Four tests of the client's suite pass on no server: they call a helper without its argument, or use self.self.
IMPOSSIBLE=(
  test_connection_config_with_grpc_client_timeout_sec_errors
  test_connection_config_with_grpc_http2_max_ping_strikes
  test_connection_config_with_grpc_max_receive_message_length
  test_connection_config_with_grpc_max_receive_message_length_errors
)
EXPECTED="104 passed, 4 deselected, 2 xfailed"

# run_suite KIND: the client's tests against our server on that database.
run_suite() {
  local log=$WORK/$1.server.log port pid summary name tests
  start_database "$1"
  echo "connection_config { $CONFIG }" >"$WORK/$1.pbtxt"
  build/bin/metadata_store_server --metadata_store_server_config_file="$WORK/$1.pbtxt" --bind_address=127.0.0.1 \
    --grpc_port=0 --request_log=errors 2>"$log" &
  pid=$!; PIDS+=($pid)
  await $pid grep -q '"event":"serving"' "$log" || { cat "$log"; die "metadata_store_server did not start on $1"; }
  port=$(sed -n 's/.*"event":"serving".*"grpc_port":\([0-9]*\).*/\1/p' "$log")
  tests=$("$ENVIRONMENT/bin/python" -c 'import ml_metadata.metadata_store as m; print(m.__path__[0])' 2>/dev/null)
  local deselect=()
  for name in "${IMPOSSIBLE[@]}"; do deselect+=("--deselect=$tests/metadata_store_test.py::MetadataStoreTest::$name"); done
  (cd "$WORK" && "$ENVIRONMENT/bin/python" -m pytest -q -p no:cacheprovider --rootdir="$tests" --tb=short \
    "$tests/metadata_store_test.py" "$tests/mlmd_types_test.py" --use_grpc_backend --grpc_host=127.0.0.1 \
    --grpc_port="$port" "${deselect[@]/#--deselect=$tests\//--deselect=}") >"$WORK/$1.log" 2>&1 || true
  summary=$(tail -1 "$WORK/$1.log")
  echo "mlmd client's suite on our server, $1: $summary"
  case $summary in *"$EXPECTED"*) ;; *) tail -80 "$WORK/$1.log"; FAILED+=("$1"); esac
  kill -TERM $pid
  wait $pid || { echo "metadata_store_server ended with $? on SIGTERM"; FAILED+=("$1 (drain)"); }
}

# Where upstream's store differs from ours by design, or cannot take our test's clock; each with its reason.
DIFFERENT=$(sed -n 's/^\([A-Za-z]*\)  *#.*/*.\1\/Upstream/p' tests/interop/mlmd_differences.txt | paste -sd:)

run_client() {
  local log=$WORK/reference.log port pid summary
  port=$(free_port)
  "$ENVIRONMENT/bin/python" tests/interop/mlmd_reference_server.py --port="$port" >"$log" 2>&1 &
  pid=$!; PIDS+=($pid)
  await $pid grep -q '^ready' "$log" || { cat "$log"; die "the reference server did not start"; }
  MLMD_REFERENCE_SERVER=127.0.0.1:$port build/test/tfx_metadata_service_test \
    --gtest_filter="*/Upstream:-$DIFFERENT" >"$WORK/client.log" 2>&1 || true
  summary=$(grep -E '^\[  (PASSED|FAILED)  \] [0-9]+ tests?' "$WORK/client.log" | paste -sd' ' || true)
  echo "our client on upstream's store: ${summary:-nothing ran}; $(grep -c '#' tests/interop/mlmd_differences.txt) known differences left out"
  if ! grep -q '^\[  PASSED  \] [1-9]' "$WORK/client.log" || grep -q '^\[  FAILED  \]' "$WORK/client.log"; then
    grep -v '^\[ RUN\|^\[       OK' "$WORK/client.log" | tail -80
    FAILED+=(client)
  fi
  kill $pid
}

run_descriptors() {
  "$ENVIRONMENT/bin/python" tests/interop/mlmd_descriptors.py proto || FAILED+=(descriptors)
}

FAILED=()
for what in ${@:-descriptors sqlite mariadb postgresql client}; do
  case $what in
    sqlite|mariadb|postgresql) run_suite "$what" ;;
    client) run_client ;;
    descriptors) run_descriptors ;;
    *) die "unknown part '$what': use sqlite, mariadb, postgresql, client or descriptors" ;;
  esac
done
echo "impossible on any server, left out: ${IMPOSSIBLE[*]}"
[ ${#FAILED[@]} = 0 ] || die "failed: ${FAILED[*]}"
