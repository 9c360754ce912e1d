"""The unmodified programs that the tests use as agents: how each is started, and why it cannot be on this machine."""

import pathlib
import shutil

FOLDER = pathlib.Path(__file__).resolve().parent
NODE_USUAL = "22"  # 20 and 24 are pinned too
REALTIME_TRACES = ("broadband-handoff", "clinic-lookup", "hour-of-readings", "incident-ehr-retry", "pharmacy-menu")


class Agent:
    def __init__(self, name, command, missing=lambda: None, soak=None, bench=None, takes_moved_addresses=False,
                 traces=REALTIME_TRACES):
        self.name = name
        self.command = command  # mode -> the words that start it
        self.missing = missing  # -> why it cannot run here, or None
        self.soak = soak  # the mode that takes every call of `traces`, for soak.py
        self.traces = traces
        self.bench = bench  # the mode that takes the benchmarks' long call
        self.takes_moved_addresses = takes_moved_addresses  # whether it runs the same where the system moves addresses


def node_program(version=NODE_USUAL):
    """The pinned Node of that version; else the machine's, where the usual one is asked for; else None."""
    pinned = FOLDER / f"runtimes/node_modules/node{version}/bin/node"
    if pinned.exists():
        return str(pinned)
    return shutil.which("node") if version == NODE_USUAL else None


def node_agent(version=NODE_USUAL):
    def missing():
        if node_program(version) is None:
            return f"Node {version} is not there: tools/dev agents fetches it"
        if not (FOLDER / "node/node_modules").is_dir():
            return "the SDK is not there: tools/dev agents fetches it"
        return None

    is_usual = version == NODE_USUAL
    return Agent("node" if is_usual else f"node{version}",
                 lambda mode: [node_program(version) or "node", str(FOLDER / f"node/{mode}.mjs")], missing, soak="switchboard",
                 bench="reception" if is_usual else None, takes_moved_addresses=True)


def pipecat_agent():
    python = FOLDER / "pipecat/.venv/bin/python"
    return Agent("pipecat", lambda mode: [str(python), str(FOLDER / f"pipecat/{mode}.py")],
                 lambda: None if python.exists() else "pipecat is not there: tools/dev agents fetches it", soak="switchboard",
                 bench="reception")


def fastapi_agent():
    python = FOLDER / "pipecat/.venv/bin/python"  # pipecat brings all that it needs
    return Agent("fastapi", lambda mode: [str(python), str(FOLDER / "fastapi/bridge.py"), mode],
                 lambda: None if python.exists() else "FastAPI is not there: tools/dev agents fetches it with pipecat")


PLAIN = Agent("plain", lambda mode: ["python3", str(FOLDER / "plain/bridge.py"), mode])
CASCADE = Agent("cascade", lambda mode: ["python3", str(FOLDER / "plain/cascade.py"), mode], soak="messages",
                traces=("cascaded-call",))
NODE = node_agent()
PIPECAT = pipecat_agent()
AGENTS = {agent.name: agent for agent in (PLAIN, CASCADE, fastapi_agent(), NODE, PIPECAT, node_agent("20"), node_agent("24"))}
