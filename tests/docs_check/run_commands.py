#!/usr/bin/env python3
"""Runs every command that README.md and docs/guide show, in order, and fails when one fails.

A command is a line that starts with '$ ' in a fenced block marked 'console'. Set-up commands (./dev ...) are what started
this test, so only their verbs are checked against ./dev help.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
failed = ran = 0
help_text = subprocess.run(["./dev", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
pages = ["README.md"] + [os.path.join("docs/guide", name) for name in sorted(os.listdir(os.path.join(ROOT, "docs/guide")))]
blocks = []
for page in pages:
    with open(os.path.join(ROOT, page), encoding="utf-8") as text:
        blocks += re.findall(r"```console\n(.*?)```", text.read(), re.S)
environment = dict(os.environ)
environment.setdefault("DATA", os.path.join(environment["TFX_SAMPLE_DATA_DIR"], "examples/chicago_taxi_pipeline/data/simple"))
environment["PATH"] = os.path.join(environment["TFX_BINARY_DIR"], "bin") + ":" + environment["PATH"]
work = os.path.abspath(sys.argv[1])
shutil.rmtree(work, ignore_errors=True)
environment["TMPDIR"] = os.path.join(work, "tmp")
os.makedirs(environment["TMPDIR"])
for block in blocks:
    for command in re.findall(r"^\$ (.*)$", block, re.M):
        ran += 1
        if command.startswith("./dev "):
            verb = command.split()[1]
            if not re.search(rf"^  {verb}\b", help_text, re.M):
                failed += 1
                print(f"FAIL {command}: ./dev help does not know '{verb}'")
            continue
        result = subprocess.run(["bash", "-c", command], cwd=work, env=environment, capture_output=True, text=True)
        if result.returncode not in (0, 3):  # 3: done, with findings
            failed += 1
            print(f"FAIL {command}\n{result.stdout}{result.stderr}")
print(f"{ran - failed} passed, {failed} failed")
sys.exit(1 if failed or not ran else 0)
