#!/usr/bin/env python3
"""Replays the clinic's call against unmodified programs, as a user would, and says in TAP what came of it.

    replay_test.py RINGBACK AGENT      an agent of agents.py
"""

import json
import pathlib
import subprocess
import sys

import agents

RINGBACK, KIND = sys.argv[1:3]
AGENT = agents.AGENTS[KIND]
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACE = "traces/clinic-lookup.rbt"
MALFORMED = ["--faults", "traces/overlays/ehr-malformed.yaml"]
WATCHDOG_S = 240
cases = []


def case(function):
    cases.append(function)
    return function


def replay(mode, *options, before=(), agent=AGENT):
    run = subprocess.run([*before, RINGBACK, "replay", TRACE, "--json", *options, "--", *agent.command(mode)], cwd=ROOT,
                         capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    try:
        return run.returncode, json.loads(run.stdout), run.stderr
    except json.JSONDecodeError:
        raise AssertionError(f"exit {run.returncode}: {run.stdout[-500:]}{run.stderr[-1500:]}") from None


def expect(found, wanted, context=""):
    if found != wanted:
        raise AssertionError(f"expected {wanted!r}, found {found!r} {context}")


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
        run = subprocess.run([str(ROOT / "tests/agents/soak.py"), RINGBACK, "--agents", KIND, "--runs", "6", "--traces",
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
    def on_node_20_the_call_goes_twice_the_same():
        return gives_the_same_digest_twice("20")

    @case
    def on_node_24_the_call_goes_twice_the_same():
        return gives_the_same_digest_twice("24")


def main():
    missing = AGENT.missing()
    print(f"1..{len(cases)}")
    failed = 0
    for number, function in enumerate(cases, 1):
        name = function.__name__.replace("_", " ")
        if missing:
            print(f"ok {number} - {name} # SKIP {missing}")
            continue
        try:
            skipped = function()
            print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"not ok {number} - {name}\n# {error}", flush=True)
    sys.exit(1 if failed else 0)


main()
