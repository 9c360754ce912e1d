#!/usr/bin/env python3
"""How long a call of ten minutes takes with each agent on a real SDK, and whose time that is.

    bench.py RINGBACK [--agents A,B] [--repetitions N]

Two calls are made of one script, about one minute and about ten, and replayed without faults: the line through both times
tells the start-up from the rest. Medians. The processor time is that of the simulator and of the agent with the shim in it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

import agents

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")

HEAD = """ringback: 1
title: A long call
instructions: Be brief.
tools:
  - name: ehr.lookup_patient
    description: Finds a patient's record by name and date of birth.
    url: https://ehr.example/v1/patients
    parameters: {type: object, properties: {name: {type: string}, date_of_birth: {type: string}}}
steps:
  - agent: Good morning, what can I do for you?
"""
TURN = """  - caller: Please find the patient with the number {0}, and tell me when the next visit is planned.
    after: 900ms
  - agent: One moment, please, I look it up.
    latency: 600ms
  - tool: ehr.lookup_patient
    arguments: {{name: Patient {0}, date_of_birth: "1961-03-12"}}
    result: {{id: {0}, name: Ann, next_visit: "2026-03-12"}}
    latency: 1200ms
  - agent: The patient's name is Ann, and the next visit is planned for the twelfth of March in the morning at nine. Is there anything else that I can do for you?
    latency: 600ms
"""
HANG_UP = "  - hang_up: caller\n    after: 1s\n"
TURNS = (3, 31)


def make_call(ringback, folder, turns):
    script, trace = folder / f"{turns}.yaml", folder / f"{turns}.rbt"
    script.write_text(HEAD + "".join(TURN.format(i + 1) for i in range(turns)) + HANG_UP)
    subprocess.run([ringback, "import", str(script), "-o", str(trace)], check=True, stdout=subprocess.DEVNULL)
    return trace


class Watcher(threading.Thread):
    """The processor time and the most memory of one process, while it lasts."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.seconds, self.megabytes = process, 0.0, 0.0

    def run(self):
        folder = pathlib.Path(f"/proc/{self.process}")
        try:
            while True:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                self.seconds = (int(fields[11]) + int(fields[12])) / TICKS
                for line in (folder / "status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.megabytes = int(line.split()[1]) / 1024
                time.sleep(0.01)
        except (OSError, IndexError):
            pass


def replay(ringback, agent, trace):
    """(wall, simulator's time, agent's time, simulator's memory, virtual), seconds and megabytes."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen([ringback, "replay", str(trace), "--json", "--", *agent.command("fragile")], cwd=ROOT, stdout=output,
                                   stderr=subprocess.DEVNULL)
        watcher = Watcher(process.pid)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        watcher.join()
        output.seek(0)
        result = json.load(output)
    if os.waitstatus_to_exitcode(status) != 0 or result["divergence"] or result["taints"]:
        raise SystemExit(f"{agent.name}: {result['divergence']} {result['taints']}")
    return wall, watcher.seconds, usage.ru_utime + usage.ru_stime - watcher.seconds, watcher.megabytes, result["virtual_ns"] / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ringback")
    parser.add_argument("--agents", default=",".join(agent.name for agent in agents.AGENTS.values() if agent.soak))
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    ringback = str(pathlib.Path(options.ringback).resolve())
    print("| agent | call | start-up | the call after start-up | times real time | agent and shim, CPU | simulator, CPU | simulator, memory |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        traces = [make_call(ringback, pathlib.Path(folder), turns) for turns in TURNS]
        for name in options.agents.split(","):
            agent = agents.AGENTS[name]
            if agent.missing():
                print(f"{name}: left out, {agent.missing()}")
                continue
            short, long = ([statistics.median(column) for column in zip(*(replay(ringback, agent, trace) for _ in range(options.repetitions)))]
                           for trace in traces)
            share = long[4] / (long[4] - short[4])  # of the call in what the longer one takes more
            call, simulator, program = ((long[i] - short[i]) * share for i in range(3))
            print(f"| {name} | {long[4]:.0f} s | {long[0] - call:.2f} s | {call:.2f} s | {long[4] / call:.0f} | {program:.2f} s | "
                  f"{simulator:.2f} s | {long[3]:.0f} MB |", flush=True)


main()
