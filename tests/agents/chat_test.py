#!/usr/bin/env python3
"""Replays the shop's chat and the railway's call against unmodified programs that ask a completion model over HTTPS, and
says in TAP what came of it.

    chat_test.py RINGBACK
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import agents
import tap
from tap import expect

RINGBACK = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "traces/support-chat.yaml"
WATCHDOG_S = 120
FOLDER = tempfile.TemporaryDirectory()
suite = tap.Suite()
case = suite.case


def trace_of(protocol):
    """The shop's chat as a model of this protocol would have had it."""
    trace = pathlib.Path(FOLDER.name) / f"{protocol}.rbt"
    if not trace.exists():
        script = trace.with_suffix(".yaml")
        script.write_text(SCRIPT.read_text(encoding="utf-8").replace("openai-chat", protocol), encoding="utf-8")
        subprocess.run([RINGBACK, "import", str(script), "-o", str(trace)], check=True, capture_output=True)
    return trace


def replay(words, fault=None, options=(), trace="traces/support-chat.rbt", program=("python3", "tests/agents/plain/chat.py")):
    """Exit code, result, and what the agent printed."""
    overlay, log = pathlib.Path(FOLDER.name) / "fault.yaml", pathlib.Path(FOLDER.name) / "log"
    faults = []
    if fault:
        overlay.write_text(f"ringback: 1\nfaults:\n  - {fault}\n", encoding="utf-8")
        faults = ["--faults", str(overlay)]
    run = subprocess.run([RINGBACK, "replay", str(trace), "--json", "--agent-log", str(log), *faults, *options, "--", *program,
                          *words], cwd=ROOT, capture_output=True, text=True, timeout=WATCHDOG_S,
                         check=False)
    try:
        return run.returncode, json.loads(run.stdout), log.read_text(encoding="utf-8").splitlines()
    except json.JSONDecodeError:
        raise AssertionError(f"exit {run.returncode}: {run.stdout[-500:]}{run.stderr[-1500:]}") from None


def goes_on(fault, first_line, wanted=0):
    """The agent meets the fault, tries again, and the chat goes on."""
    code, result, printed = replay(["chat"], fault, ["--verify"])
    expect(code, wanted, f"{result['properties']} {printed}")
    expect(printed[0], first_line, str(printed))


@case
def a_streamed_chat_goes_as_it_was_recorded_twice_the_same():
    code, result, printed = replay(["chat"], None, ["--verify"])
    expect(code, 0, f"{result.get('divergence')} {printed}")
    expect((result["level"], result["taints"], result["divergence"]), ("B", [], None))
    expect(result["origins"]["recorded"], 9)


@case
def an_answer_in_one_piece_and_the_other_vendors_are_the_same_chat():
    for protocol, words in (("openai-chat", ["chat", "whole"]), ("openai-responses", ["responses"]),
                            ("openai-responses", ["responses", "whole"]), ("anthropic-messages", ["messages"]),
                            ("anthropic-messages", ["messages", "whole"])):
        code, result, printed = replay(words, trace=trace_of(protocol))
        expect(code, 0, f"{words} {result.get('divergence')} {printed}")
        expect(result["origins"]["recorded"], 9, str(words))


@case
def a_stream_that_is_cut_is_asked_for_again():
    goes_on("{where: model, at: {response: 2, token: 5}, do: {cut: {code: 1006}}}",
            "model attempt 1 EOFError the stream ended early")


@case
def a_stream_that_stalls_runs_into_the_time_out_of_its_reader():
    goes_on("{where: model, at: {response: 2}, do: {stall: {after: 2}}}", "model attempt 1 TimeoutError The read operation timed out",
            wanted=1)  # it is dead air for too long


@case
def too_many_requests_are_429():
    goes_on("{where: model, at: {response: 1}, do: rate_limit}", "model attempt 1 HTTPError HTTP Error 429: Too Many Requests")


@case
def a_malformed_chunk_is_seen_as_such():
    code, result, printed = replay(["chat"], "{where: model, at: {response: 2, event: 4}, do: corrupt}")
    expect(code, 0, f"{result['properties']} {printed}")
    expect(printed[0].split()[:4], ["model", "attempt", "1", "JSONDecodeError"])


@case
def refused_connections_names_that_are_not_found_and_broken_handshakes_look_like_that():
    for action, error in (("refuse", "[Errno 111] Connection refused"), ("dns_failure", "[Errno -2] Name or service not known"),
                          ("tls_failure", "handshake failure")):
        for where, what in (("tool:parcels.track", "track"), ("model", "model")):
            at = "call: 1" if where.startswith("tool") else "response: 2"
            code, result, printed = replay(["chat"], f"{{where: '{where}', at: {{{at}}}, do: {action}}}")
            expect(code, 0, f"{action} {result['properties']} {printed}")
            if len(printed) != 1 or not printed[0].startswith(f"{what} attempt 1 URLError") or error not in printed[0]:
                raise AssertionError(f"{action} on {where}: {printed}")
            expect(result["faults"][0]["fired"], 1, action)


@case
def an_answer_that_is_cut_arrives_in_part():
    _, _, printed = replay(["chat"], "{where: 'tool:parcels.track', at: {call: 1}, do: {partial: {byte: 20}}}")
    expect(printed, ["track attempt 1 IncompleteRead IncompleteRead(20 bytes read, 76 more expected)"])


@case
def a_throttled_answer_drips_and_does_not_run_into_the_time_out_of_each_read():
    code, result, printed = replay(["chat"], "{where: 'tool:parcels.track', do: {throttle: 10B/s}}")
    expect(printed, [])
    expect(code, 1, str(result["properties"]))
    if not 11_000_000_000 < result["metrics"]["dead_air_max_ns"] < 20_000_000_000:
        raise AssertionError(result["metrics"])


@case
def a_throttled_model_drips_too_and_no_read_of_it_times_out():
    # The part takes some 20 s, and the reader waits 6 s for octets. The request goes at its usual speed.
    code, result, printed = replay(["chat"], "{where: model, at: {response: 1, event: 2}, do: {throttle: 10B/s}}", ["--verify"])
    expect(printed, [])
    expect((code, result["divergence"]), (1, None), str(result["properties"]))
    if not result["metrics"]["dead_air_max_ns"] > 12_000_000_000:
        raise AssertionError(result["metrics"])


@case
def a_tool_that_swallows_is_a_time_out_and_the_chat_goes_on():
    code, result, printed = replay(["chat"], "{where: 'tool:parcels.track', at: {call: 1}, do: half_open}", ["--verify"])
    expect(code, 1, printed)
    expect(printed, ["track attempt 1 TimeoutError The read operation timed out"])
    expect(result["faults"][0]["fired"], 1)


@case
def a_process_that_comes_back_has_forgotten_the_chat():
    code, result, printed = replay(["chat"], "{where: agent, at: {time: 10s}, do: {restart_after: 1s}}", ["--verify"])
    expect(code, 0, printed)
    expect(result["faults"][0]["fired"], 1)
    if result["origins"].get("stub", 0) == 0:
        raise AssertionError(f"{code} {result['origins']}")


@case
def a_search_strikes_the_process_and_what_it_finds_comes_back():
    with tempfile.TemporaryDirectory() as folder:
        words = [RINGBACK, "explore", "traces/support-chat.rbt", "--only", "crash", "--cases", "3", "-o", folder, "--json", "--",
                 "python3", "tests/agents/plain/chat.py", "chat"]
        run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
        expect((run.returncode, run.stderr), (1, ""))
        died = [find for find in json.loads(run.stdout)["finds"] if find["signature"] == "ends_cleanly|agent|process|ended process"]
        expect([find["stable"] for find in died], [True], run.stdout)
        again = subprocess.run([RINGBACK, "repro", died[0]["repro"], "--trust"], cwd=ROOT, capture_output=True, text=True,
                               timeout=WATCHDOG_S, check=False)
        expect(again.returncode, 0, again.stdout + again.stderr)


@case
def the_openai_package_for_node_lives_through_the_same():
    if agents.NODE.missing() is not None:
        return agents.NODE.missing()
    program = agents.NODE.command("chat")
    code, result, printed = replay([], None, ["--verify"], program=program)
    expect(code, 0, f"{result.get('divergence')} {printed}")
    expect((result["taints"], result["origins"]["recorded"]), ([], 9))
    for fault in ("at: {response: 2, token: 5}, do: {cut: {code: 1006}}", "at: {response: 1}, do: rate_limit",
                  "at: {response: 2, event: 4}, do: corrupt", "at: {response: 2}, do: refuse"):
        code, result, printed = replay([], f"{{where: model, {fault}}}", program=program)
        expect(code, 0, f"{fault}: {result['properties']} {printed}")
    return None


def cascade(fault=None, options=()):
    return replay(["messages"], fault, options, "traces/cascaded-call.rbt", ("python3", "tests/agents/plain/cascade.py"))


@case
def a_call_on_services_of_their_own_for_hearing_and_speaking_goes_as_it_was_recorded():
    code, result, printed = cascade(options=["--verify"])
    expect(code, 0, f"{result.get('divergence')} {printed}")
    expect((result["level"], result["taints"], result["notices"], printed), ("B", [], [], []))
    expect(result["origins"]["recorded"], 18)
    expect(result["metrics"]["barge_in_max_ns"], 80_000_000)


@case
def a_synthesizer_that_swallows_is_dead_air_and_one_that_breaks_is_opened_anew():
    code, result, printed = cascade("{where: synthesizer, at: {time: 4s}, do: half_open}")
    expect((code, result["metrics"]["dead_air_max_ns"], printed), (1, 20_000_000_000, []))
    code, result, printed = cascade("{where: synthesizer, at: {response: 4}, do: reset}")
    expect((code, printed), (0, ["the synthesizer is gone"]), str(result["properties"]))
    code, result, printed = cascade("{where: transcriber, at: {time: 1s}, do: {cut: {code: 1011}}}", ["--verify"])
    expect((code, result["origins"]["recorded"], printed), (0, 18, ["the transcriber is gone"]), str(result["properties"]))


@case
def what_work_costs_is_the_same_each_time_and_a_fault_multiplies_it():
    free = replay(["chat"])[1]["metrics"]["first_audio_p95_ns"]
    code, result, _ = replay(["chat"], None, ["--verify", "--cpu", "call=20us,kilobyte=100us"])
    expect(code, 0, str(result.get("divergence")))
    dear = result["metrics"]["first_audio_p95_ns"]
    slow = replay(["chat"], "{where: agent, do: {cpu: {factor: 10}}}", ["--cpu", "call=20us,kilobyte=100us"])[1]
    if not free + 1_000_000 < dear < free + 500_000_000 or not slow["metrics"]["first_audio_p95_ns"] > dear + 5 * (dear - free):
        raise AssertionError(f"{free} {dear} {slow['metrics']['first_audio_p95_ns']}")


@case
def an_environment_that_changes_is_named():
    program = pathlib.Path(FOLDER.name) / "agent"
    program.mkdir()
    for name in ("bridge.py", "chat.py"):
        (program / name).write_text((ROOT / "tests/agents/plain" / name).read_text(encoding="utf-8"), encoding="utf-8")
    run = pathlib.Path(FOLDER.name) / "run.rbt"
    words = ("python3", str(program / "chat.py"))
    _, result, _ = replay(["chat"], None, ["-o", str(run)], program=words)
    expect(result.get("notices", []), [])
    _, result, _ = replay(["chat"], None, [], trace=run, program=words)
    expect(result.get("notices", []), [])
    (program / "more.py").write_text("", encoding="utf-8")
    _, result, _ = replay(["chat"], None, ["--env", "MORE=1"], trace=run, program=words)
    expect([text.split(":")[1].strip() for text in result["notices"]], ["files", "variables"], str(result["notices"]))


suite.run()
