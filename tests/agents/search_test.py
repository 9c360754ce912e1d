#!/usr/bin/env python3
"""From a call in which nothing went wrong to a regression test, with an unmodified agent: explore finds the silence, shrink ends at
one fault, the file is reproduced elsewhere, the repaired agent passes. Says in TAP what came of it.

    search_test.py RINGBACK
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import agents
import tap
from tap import expect

RINGBACK = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).resolve().parents[2]
WATCHDOG_S = 240
FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name) / "here"
ELSEWHERE = pathlib.Path(FOLDER.name) / "elsewhere"
FOUND = pathlib.Path(FOLDER.name) / "found"
SMALL = pathlib.Path(FOLDER.name) / "small.rbt"
NODE = agents.node_program() or "node"
suite = tap.Suite(agents.NODE.missing())


def checkout(folder):
    """The agents' folder as it would be in a clone there."""
    folder.mkdir()
    for name in ("fragile.mjs", "repaired.mjs", "bridge.mjs", "package.json", "package-lock.json"):
        shutil.copy(ROOT / "tests/agents/node" / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "tests/agents/node/node_modules")


def ringback(folder, *words):
    run = subprocess.run([RINGBACK, *words], cwd=folder, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    return run.returncode, run.stdout + run.stderr


@suite.case
def explore_finds_the_silence_in_a_call_in_which_nothing_went_wrong():
    checkout(HERE)
    trace = str(ROOT / "traces/clinic-lookup.rbt")
    code, said = ringback(HERE, "explore", trace, "--only", "tool:ehr.lookup_patient/malformed", "--cases", "2", "--seed", "1",
                          "-o", str(FOUND), "--", NODE, "fragile.mjs")
    expect(code, 1, said)
    expect("dead_air after a malformed answer of tool:ehr.lookup_patient\n    longest " in said, True, said)
    expect("Kept apart" in said, False, said)


@suite.case
def shrink_ends_at_one_fault():
    find = FOUND / "dead_air-after-a-malformed-answer-of-tool-ehr-lookup_patient.rbt"
    # The whole search takes 56 runs and ends at 4.6 kB; these find the fault and the end of what is needed.
    code, said = ringback(HERE, "shrink", str(find), "--trust", "-o", str(SMALL), "--runs", "16")
    expect(code, 0, said)
    expect(said.startswith("1 of 2 faults and mutations needed\n"), True, said)


@suite.case
def the_file_is_reproduced_in_another_checkout():
    checkout(ELSEWHERE)
    code, said = ringback(ELSEWHERE, "repro", str(SMALL), "--trust")
    expect(code, 0, said)
    expect(said.startswith("reproduced: dead_air after a malformed answer"), True, said)


@suite.case
def the_repaired_agent_passes_and_the_fragile_one_does_not():
    code, said = ringback(ELSEWHERE, "repro", str(SMALL), "--regression", "--", NODE, "repaired.mjs")
    expect(code, 0, said)
    code, said = ringback(ELSEWHERE, "repro", str(SMALL), "--regression", "--trust")
    expect(code, 1, said)


suite.run()
