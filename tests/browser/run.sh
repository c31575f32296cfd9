#!/usr/bin/env bash
# Draws the statistics pages and uses them in a real headless Chromium, which is installed where it is missing (Debian's
# package). Screenshots stay in build/browser.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  command -v apt-get >/dev/null || { echo "browser: install Chromium; there is no apt-get here to do it" >&2; exit 1; }
  echo "== installing chromium"
  AS_ROOT=
  [ "$(id -u)" = 0 ] || AS_ROOT=sudo
  $AS_ROOT apt-get update -qq
  $AS_ROOT env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
[ -n "${TFX_SKIP_BUILD:-}" ] || ./dev build browser_pages
export TFX_SAMPLE_DATA_DIR=${TFX_SAMPLE_DATA_DIR:-${TFX_DEPS_DIR:-$HOME/.cache/tfx-cpp}/tfx-1.21.0}
rm -rf build/browser
build/test/browser_pages build/browser
PYTHONDONTWRITEBYTECODE=1 python3 tests/browser/check_pages.py build/browser
