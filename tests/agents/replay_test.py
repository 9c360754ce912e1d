#!/usr/bin/env python3
"""Replays the clinic's call against unmodified programs, as a user would, and says in TAP what came of it.

    replay_test.py RINGBACK AGENT      an agent of agents.py
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import agents
import tap
from tap import expect

RINGBACK, KIND = sys.argv[1:3]
AGENT = agents.AGENTS[KIND]
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACE = "traces/clinic-lookup.rbt"
MALFORMED = ["--faults", "traces/overlays/ehr-malformed.yaml"]
WATCHDOG_S = 240
suite = tap.Suite(AGENT.missing())
case = suite.case


def replay(mode, *options, before=(), agent=AGENT):
    run = subprocess.run([*before, RINGBACK, "replay", TRACE, "--json", *options, "--", *agent.command(mode)], cwd=ROOT,
                         capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    try:
        return run.returncode, json.loads(run.stdout), run.stderr
    except json.JSONDecodeError:
        raise AssertionError(f"exit {run.returncode}: {run.stdout[-500:]}{run.stderr[-1500:]}") from None


def struck(fault, *options, mode="fragile"):
    """A replay under one fault, twice where asked; the run's exit code, result, and what became of the process."""
    with tempfile.TemporaryDirectory() as folder:
        overlay, run = pathlib.Path(folder) / "fault.yaml", pathlib.Path(folder) / "run.rbt"
        overlay.write_text(f"ringback: 1\nfaults:\n{fault}\n", encoding="utf-8")
        code, result, _ = replay(mode, "--faults", str(overlay), "-o", str(run), *options)
        lines = subprocess.run([RINGBACK, "cat", str(run), "--channel", "agent"], capture_output=True, text=True, check=True).stdout
        lives = [json.loads(line) for line in lines.splitlines()]
        return code, result, [(each["kind"], each["at_ns"] / 1e9) for each in lives if each["kind"].startswith("process_")]


@case
def without_faults_the_call_goes_as_it_was_recorded_twice_the_same():
    code, result, errors = replay("fragile", "--verify")
    expect(code, 0, f"{result.get('divergence')} {errors}")
    expect(result["level"], "B")
    expect(result["taints"], [])
    expect(result["divergence"], None)


@case
def malformed_records_make_dead_air_for_the_fragile_agent():
    code, result, _ = replay("fragile", *MALFORMED)
    expect(code, 1)
    expect(result["metrics"]["dead_air_max_ns"], 20_000_000_000)
    expect(result["metrics"]["identical_requests_max"], 6)


@case
def the_repaired_agent_says_something_and_the_call_ends_cleanly():
    code, result, _ = replay("repaired", *MALFORMED)
    expect(code, 0, str(result["properties"]))
    if result["metrics"]["dead_air_max_ns"] >= 5_000_000_000:
        raise AssertionError(f"dead air of {result['metrics']['dead_air_max_ns']} ns")


if AGENT.soak:

    @case
    def on_a_busy_machine_the_runs_are_the_same_and_another_seed_is_another_run():
        run = subprocess.run([str(ROOT / "tests/agents/soak.py"), RINGBACK, "--agents", KIND, "--runs", "4", "--moved", "2", "--traces",
                              "incident-ehr-retry", "--faults", "with"], capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
        expect(run.returncode, 0, run.stdout + run.stderr)


if KIND == "plain":

    @case
    def a_host_that_no_channel_answers_is_refused_and_told_of():
        _, result, _ = replay("stranger")
        if not any("telemetry.example" in text for text in result.get("notices", [])):
            raise AssertionError(f"nothing was said of it: {result.get('notices')}")

    @case
    def an_agent_that_dies_in_the_middle_of_the_call_has_failed():
        code, result, errors = replay("crash", "--lenient")
        expect(code, 1, errors)
        if not any("exited with status 3" in text for text in result.get("notices", [])):
            raise AssertionError(f"nothing was said of it: {result.get('notices')}")

    @case
    def a_process_that_is_killed_at_a_token_takes_the_call_with_it():
        code, result, lives = struck("  - {id: dies, where: model, at: {response: 2, token: 3}, do: crash}", "--verify")
        expect(code, 1)
        expect(lives, [("process_started", 0.0), ("process_signalled", 9.78), ("process_exited", 9.78)])
        expect([text for text in result["notices"] if "dies" in text],
               ["the agent failed: it was ended by signal 9 (fault 'dies')"])

    @case
    def a_process_that_comes_back_gets_the_call_again_and_the_same_each_time():
        code, result, lives = struck("  - {id: back, where: model, at: {response: 2, token: 3}, do: {restart_after: 2s}}", "--verify")
        expect(code, 0, str(result))
        expect(result["metrics"]["dead_air_max_ns"], 2_700_000_000)
        expect(lives[2:], [("process_exited", 9.78), ("process_started", 11.78)])

    @case
    def sigterm_leaves_a_grace_period_and_then_kills():
        fault = "  - {id: stop, where: agent, at: {time: 8s}, do: {terminate: {grace: 1s}}}"
        code, result, lives = struck(fault, mode="deaf")
        expect(code, 1)
        expect(lives[1:], [("process_signalled", 8.0), ("process_signalled", 9.0), ("process_exited", 9.0)])
        _, result, lives = struck(fault)
        expect(lives[1:], [("process_signalled", 8.0), ("process_exited", 8.0)])
        expect([text for text in result["notices"] if "stop" in text],
               ["the agent failed: it was ended by signal 15 (fault 'stop')"])

    @case
    def a_process_that_stands_still_is_late_and_goes_on():
        code, result, _ = struck("  - {id: still, where: agent, at: {time: 8s}, do: {pause: 3s}}")
        expect(code, 0, str(result))
        if not 2_500_000_000 < result["metrics"]["dead_air_max_ns"] < 3_500_000_000:
            raise AssertionError(f"dead air of {result['metrics']['dead_air_max_ns']} ns")

    @case
    def a_clock_that_jumps_is_the_wall_clock_alone():
        with tempfile.NamedTemporaryFile() as log:
            struck("  - {where: agent, at: {time: 20.5s}, do: {clock_step: -1h}}", "--agent-log", log.name, mode="clocks")
            steps = [line.split()[1:] for line in open(log.name, encoding="utf-8") if line.startswith("clocks ")]
        jumps = [(wall, monotonic) for wall, monotonic in steps if abs(float(wall)) > 60]
        expect(len(jumps), 1, str(steps[:5]))
        expect((round(float(jumps[0][0])), round(float(jumps[0][1]))), (-3599, 1))

    @case
    def a_clock_that_jumps_while_there_is_no_process_has_jumped_for_the_next():
        with tempfile.NamedTemporaryFile() as log:
            struck("  - {where: agent, at: {time: 20s}, do: {restart_after: 3s}}\n  - {where: agent, at: {time: 21s}, do: {clock_step: -1h}}",
                   "--agent-log", log.name, mode="clocks")
            begun = [float(line.split()[1]) for line in open(log.name, encoding="utf-8") if line.startswith("begun ")]
        expect(len(begun), 2)
        expect(round(begun[1] - begun[0]), 23 - 3600)

    @case
    def an_agent_inside_ringback_cannot_be_struck_as_a_process():
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as overlay:
            overlay.write("ringback: 1\nfaults:\n  - {where: model, do: crash}\n")
            overlay.flush()
            run = subprocess.run([RINGBACK, "replay", TRACE, "--faults", overlay.name, "--agent", "builtin:voice"], cwd=ROOT,
                                 capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
        expect(run.returncode, 2)
        expect(run.stderr.split(":3:5: ")[1], "'crash' strikes the agent's process, and this agent runs inside ringback: give it "
               "as a command behind --\n")

    @case
    def a_command_that_cannot_be_started_is_wrong_input():
        run = subprocess.run([RINGBACK, "replay", TRACE, "--", "no-such-program"], cwd=ROOT, capture_output=True, text=True,
                             timeout=WATCHDOG_S, check=False)
        expect(run.returncode, 2, run.stderr)
        expect(run.stderr, "ringback: no-such-program: expected a program on the PATH, found none\n")

    @case
    def without_any_network_the_run_is_the_same():
        probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            return "network namespaces are not permitted here"
        _, with_network, _ = replay("fragile")
        code, without, errors = replay("fragile", before=["unshare", "-rn"])
        expect(code, 0, errors)
        expect(without["digest"], with_network["digest"])
        return None


if KIND in ("node", "fastapi"):

    # A runtime does more, and reads the clock more often, the longer the names of its files are.
    @case
    def where_the_agent_lies_makes_no_other_run():
        absolute = AGENT.command("fragile")
        relative = [os.path.relpath(word, ROOT) if word.startswith("/") else word for word in absolute]
        if relative == absolute:
            raise AssertionError(f"all names are relative: {absolute}")
        digests = [replay("fragile", agent=agents.Agent(KIND, lambda mode: words))[1]["digest"] for words in (absolute, relative)]
        expect(digests[0], digests[1])


if KIND == "node":

    def gives_the_same_digest_twice(version):
        agent = agents.node_agent(version)
        if agent.missing():
            return agent.missing()
        code, result, errors = replay("fragile", "--verify", agent=agent)
        expect(code, 0, errors)
        expect(result["taints"], [])
        return None

    @case
    def where_addresses_cannot_be_fixed_the_run_is_the_same():
        refused = [str(ROOT / "tests/agents/no_personality.py")]
        _, usual, _ = replay("switchboard")
        _, result, errors = replay("switchboard", before=refused)
        expect(result["digest"], usual["digest"], errors)
        expect(result["taints"], [])

    @case
    def on_node_20_the_call_goes_twice_the_same():
        return gives_the_same_digest_twice("20")

    @case
    def on_node_24_the_call_goes_twice_the_same():
        return gives_the_same_digest_twice("24")


suite.run()
