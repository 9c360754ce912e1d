#!/usr/bin/env python3
"""The checks of this folder as test cases (TAP): each finds what is planted for it, and nothing in the tree."""

import pathlib
import sys

import definitions
import includes

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = [
    ("a forbidden include is found where it is planted", includes.self_test),
    ("every include of the tree is one that docs/architecture.md allows", lambda: includes.complaints_in(ROOT)),
    ("a type that is defined twice is found where it is planted", definitions.self_test),
    ("no type of the tree is defined twice", lambda: definitions.complaints_in(includes.sources(ROOT))),
]

failed = 0
print(f"1..{len(CASES)}")
for number, (name, complaints) in enumerate(CASES, 1):
    found = complaints()
    failed += bool(found)
    print(f"{'not ok' if found else 'ok'} {number} - {name}")
    for line in found:
        print(f"# {line}")
sys.exit(failed != 0)
