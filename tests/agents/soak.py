#!/usr/bin/env python3
"""Many runs of each agent over each voice trace that it takes, with and without faults: one digest, whatever else the machine does.

    soak.py RINGBACK [--runs N] [--moved N] [--agents A,B] [--traces T,U] [--faults with|without|both]

Half of the runs go as many at a time as there are processors, the other half four times as many. One more run has another
seed and must give another digest; where the agent allows it, so many more as `--moved` says go where the system moves
addresses, four times as many at a time as there are processors, and must give the same. Prints a line for each combination;
exit code 1 where one does not hold, with the two runs that differ left to be compared.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import agents

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = "tests/agents/soak-faults.yaml"
PROCESSORS = len(os.sched_getaffinity(0))
WATCHDOG_S = 3000


class Combination:
    def __init__(self, options, agent, trace, faults):
        self.options, self.agent, self.trace, self.faults = options, agent, trace, faults

    def run(self, seed, folder, before=()):
        """(digest, seconds, the run's file); `before` is put before the command."""
        file = tempfile.NamedTemporaryFile(dir=folder, suffix=".rbt", delete=False).name
        command = [*before, self.options.ringback, "replay", f"traces/{self.trace}.rbt", "--lenient", "--json", "--seed", str(seed), "-o", file]
        if self.faults:
            command += ["--faults", FAULTS]
        begin = time.monotonic()
        done = subprocess.run([*command, "--", *self.agent.command(self.agent.soak)], cwd=ROOT, capture_output=True,
                              text=True, timeout=WATCHDOG_S, check=False)
        seconds = time.monotonic() - begin
        if done.returncode not in (0, 1):
            return f"exit code {done.returncode}: {done.stderr.strip()[-300:]}", seconds, file
        result = json.loads(done.stdout)
        return result["digest"] + "".join(f" TAINTED: {taint}" for taint in result["taints"]), seconds, file

    def part(self, count, at_once, folder, first, before=()):
        """Median of the time of `count` runs; `first` keeps one file of each digest."""
        seconds = []
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for digest, took, file in pool.map(lambda _: self.run(0, folder, before), range(count)):
                seconds.append(took)
                if digest in first:
                    os.unlink(file)
                first.setdefault(digest, file)
        return statistics.median(seconds) if seconds else 0

    def with_moved_addresses(self, folder, first):
        """What the table says of it, and whether it holds; a file of another digest is kept."""
        if not self.agent.takes_moved_addresses or self.options.moved == 0:
            return "-", True
        digests = len(first)
        self.part(self.options.moved, 4 * PROCESSORS, folder, first, before=[str(ROOT / "tests/agents/no_personality.py")])
        holds = len(first) == digests
        return f"{self.options.moved}, {'the same' if holds else 'ANOTHER'}", holds

    def soak(self):
        """A line of the table, and whether it holds."""
        folder = tempfile.mkdtemp(prefix="ringback-soak-")
        first = {}
        quiet = self.part(self.options.runs // 2, PROCESSORS, folder, first)
        overloaded = self.part(self.options.runs - self.options.runs // 2, 4 * PROCESSORS, folder, first)
        other, _, file = self.run(1, folder)
        os.unlink(file)
        differs = other not in first
        digests = len(first)
        moved, moved_holds = self.with_moved_addresses(folder, first)
        holds = digests == 1 and differs and moved_holds and not any("exit" in digest or "TAINT" in digest for digest in [*first, other])
        line = (f"| {self.agent.name} | {self.trace} | {'with' if self.faults else 'without'} | {self.options.runs} | {digests} | "
                f"{'another' if differs else 'THE SAME'} | {moved} | {quiet:.1f} s | {overloaded:.1f} s |")
        if not holds:
            line += "".join(f"\n  {digest}  {file}" for digest, file in first.items())
            return line, False
        for file in first.values():
            os.unlink(file)
        os.rmdir(folder)
        return line, True


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    soaked = [agent.name for agent in agents.AGENTS.values() if agent.soak]
    parser.add_argument("ringback")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--moved", type=int, default=10)
    parser.add_argument("--agents", default=",".join(soaked))
    parser.add_argument("--traces", help="of those that the agent takes; all where it is left out")
    parser.add_argument("--faults", choices=("with", "without", "both"), default="both")
    return parser.parse_args()


def main():
    options = parse()
    options.ringback = str(pathlib.Path(options.ringback).resolve())
    print(f"{PROCESSORS} processors: {PROCESSORS} runs at a time, then {4 * PROCESSORS}\n")
    print("| agent | trace | faults | runs | digests | another seed | addresses moved | median, quiet | median, overloaded |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    good = True
    for name in options.agents.split(","):
        agent = agents.AGENTS[name]
        if agent.missing():
            print(f"{name}: left out, {agent.missing()}")
            continue
        asked = agent.traces if options.traces is None else options.traces.split(",")
        for trace in (each for each in agent.traces if each in asked):
            for faults in (False, True):
                if options.faults != "both" and faults != (options.faults == "with"):
                    continue
                line, holds = Combination(options, agent, trace, faults).soak()
                print(line, flush=True)
                good = good and holds
    sys.exit(0 if good else 1)


main()
