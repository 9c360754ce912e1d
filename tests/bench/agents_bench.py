#!/usr/bin/env python3
"""Unmodified agents in virtual time, beside the same call in real time and under an in-language fake clock.

    agents_bench.py PROCESS_BENCH SHIM_PROGRAMS

Prints the tables of docs/benchmarks.md.
"""

import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/agents"))
import agents  # noqa: E402

PROCESS_BENCH, SHIM_PROGRAMS = sys.argv[1:3]
MINUTES = 10
RUNS = 5
# A tool answers after 1200 ms; every fourth call, in the fake clock's world, never, and the agent gives up after 2000.
RIGHT_MS = (1200, 2000)


def fake_clock(turns):
    runs = []
    for _ in range(RUNS):
        done = subprocess.run([agents.node_program(), "tests/agents/node/fake_clock.mjs", str(MINUTES), str(turns)], cwd=ROOT,
                              capture_output=True, text=True, timeout=900, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    waits = [wait for run in runs for wait in run["waits"]]
    wrong = [wait for wait in waits if wait not in RIGHT_MS]
    seconds = statistics.median(run["seconds"] for run in runs)
    print(f"| node, fake timers, {turns} turns of the loop a step | {seconds:.2f} s | {MINUTES * 60 / seconds:.0f} | "
          f"{len({run['hash'] for run in runs})} of {RUNS} | {len(wrong)} of {len(waits)}, by up to {max(map(off_by, waits))} ms |", flush=True)


def off_by(wait):
    return min(abs(wait - right) for right in RIGHT_MS)


def main():
    print("| what | real time, median | processor time |\n|---|---|---|", flush=True)
    subprocess.run([PROCESS_BENCH, "shim", SHIM_PROGRAMS], check=True)
    print(f"\n| a call of {MINUTES} minutes, after start-up | real time | times as fast | start-up | CPU: agent | CPU: shim and its kernel calls | "
          "CPU: simulator | memory of the run |\n|---|---|---|---|---|---|---|---|", flush=True)
    there = [agent for agent in agents.AGENTS.values() if agent.bench]
    for agent in there:
        if agent.missing():
            print(f"{agent.name}: left out, {agent.missing()}")
            continue
        subprocess.run([PROCESS_BENCH, "call", agent.name, *agent.command(agent.bench)], cwd=ROOT, check=True)
    print(f"| the same call in real time | {MINUTES * 60} s | 1 | | | | | |")
    if agents.NODE.missing():
        return
    print("\n| the agent under an in-language fake clock | real time | times as fast | different runs | waits of a tool that are wrong |\n"
          "|---|---|---|---|---|", flush=True)
    for turns in (1, 5):
        fake_clock(turns)


main()
