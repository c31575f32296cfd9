#!/usr/bin/env python3
"""Checks what the design asks of the layout: calls go down, rooms are small, every folder has a README.

Exits 1 and lists every finding. Run by `./dev lint` and by the test `layout`.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A folder may include only itself and what stands before it.
ORDER = ["base", "expressions", "engine", "io", "dataset", "sketches", "testing", "tensorflow", "metadata", "metadata_service", "data_validation",
         "example_gen",
         "transform", "trainer", "model_analysis", "dsl", "orchestration", "components", "cli"]

# Edges that the order would allow and the design forbids.
FORBIDDEN = {
    "metadata": {"io", "dataset", "engine", "tensorflow"},
    "dsl": {"data_validation", "transform", "trainer", "model_analysis", "tensorflow"},
    "orchestration": {"data_validation", "transform", "trainer", "model_analysis", "tensorflow"},
}
MAX_LINES = 600
MAX_TEST_LINES = 800

findings = []
rooms = os.path.join(ROOT, "tfx")
for room in sorted(os.listdir(rooms)):
    path = os.path.join(rooms, room)
    if not os.path.isdir(path):
        continue
    if room not in ORDER:
        findings.append(f"tfx/{room}: not in the order of the house (tests/lint/check_layout.py)")
        continue
    if not os.path.exists(os.path.join(path, "README.md")):
        findings.append(f"tfx/{room}: no README.md")
    allowed = set(ORDER[: ORDER.index(room) + 1]) - FORBIDDEN.get(room, set())
    for directory, _, files in os.walk(path):
        for name in sorted(files):
            if not name.endswith((".h", ".cc")):
                continue
            file = os.path.join(directory, name)
            shown = os.path.relpath(file, ROOT)
            with open(file, encoding="utf-8") as stream:
                lines = stream.read().split("\n")
            is_test = name.endswith(("_test.cc", "_bench.cc")) or room == "testing"
            limit = MAX_TEST_LINES if is_test else MAX_LINES
            if len(lines) > limit:
                findings.append(f"{shown}: {len(lines)} lines, the limit is {limit}")
            for number, line in enumerate(lines, 1):
                match = re.match(r'#include "tfx/(\w+)/', line)
                if not match or is_test:
                    continue
                target = match.group(1)
                if target in ORDER and target not in allowed:
                    findings.append(f"{shown}:{number}: {room} may not include {target}")

for finding in findings:
    print(finding)
print(f"layout: {len(findings)} findings")
sys.exit(1 if findings else 0)
