"""Checks who includes whom: the table of docs/architecture.md, as data. tools/lint/lint_test.py runs it."""

import pathlib
import re
import tempfile

# A module and the other modules that it may include. A module may always include itself.
ALLOWED = {
    "src/base": [],
    "src/trace": ["src/base"],
    "src/wire": ["src/base"],
    "src/host": ["src/base"],
    "src/audio": ["src/base"],
    "src/record": ["src/base", "src/trace", "src/host"],
    "src/capi": ["src/base", "src/trace", "src/record", "include/ringback"],
    "include/ringback": ["src/base", "src/trace", "src/wire", "src/audio", "sim/kernel", "sim/faults", "sim/peers", "sim/agents", "sim/run",
                         "sim/check", "sim/explore"],
    "ringback/shim": [],  # subprojects/shim/include
    "sim/kernel": ["src/base"],
    "src/formats": ["src/base", "src/trace", "src/wire", "src/audio"],
    "sim/dialog": ["src/base", "src/trace", "src/audio", "src/wire", "sim/kernel"],
    "sim/faults": ["src/base", "src/trace", "src/wire", "src/audio", "sim/kernel"],
    "sim/agents": ["src/base", "src/trace", "src/wire", "src/audio", "sim/kernel", "sim/dialog"],
    "sim/peers": ["src/base", "src/trace", "src/wire", "src/audio", "sim/kernel", "sim/faults", "sim/dialog", "sim/agents"],
    "sim/run": ["src/base", "src/trace", "src/wire", "src/audio", "sim/kernel", "sim/faults", "sim/dialog", "sim/peers",
                "sim/agents"],
    "src/process": ["src/base", "src/trace", "src/wire", "src/host", "src/audio", "sim/kernel", "sim/faults", "sim/agents",
                    "ringback/shim"],
    "sim/check": ["src/base", "src/trace", "src/wire", "src/audio", "sim/faults", "sim/dialog", "sim/run"],
    "sim/explore": ["src/base", "src/trace", "src/wire", "src/audio", "sim/faults", "sim/dialog", "sim/peers", "sim/agents",
                    "sim/run", "sim/check"],
    "sim/report": ["src/base", "src/trace", "src/wire", "src/audio", "sim/dialog", "sim/run", "sim/check"],
}
# These may include every module: the composition root and the tests.
FREE = ["tools", "tests"]
# A project of its own, which uses the installed headers.
OUTSIDE = "tests/example-project/"
# By tools/dev agents.
FETCHED = {"node_modules", ".venv"}

# Libraries that stay in one place: a pattern of the include line, and the folders that may have it.
FENCED = [
    (re.compile(r"<(capnp|kj)/|<zstd\.h>|\.capnp\.h[\">]"), ["src/trace/codec", "src/trace/schema"]),
    (re.compile(r"<CLI/"), ["tools/ringback/parse.cc"]),
    (re.compile(r"<xxhash\.h>"), ["src/base"]),
    (re.compile(r"<openssl/"), ["src/base", "src/wire"]),
    (re.compile(r"<boost/(asio|beast)/"), ["src/wire/http.cc"]),
    (re.compile(r"<yaml-cpp/"), ["src/formats", "sim/faults", "sim/check", "tools"]),
    (re.compile(r"<(ctime|random|unistd\.h|sys/time\.h|thread|fstream|filesystem)>"), ["src/host", "src/record", "src/formats", "src/process", "tools"]),
    # <chrono> reads clocks; inside the simulation time comes from the kernel alone.
    (re.compile(r"<chrono>"), ["src/host", "src/record", "tools"]),
    (re.compile(r"<unordered_(map|set)>"), ["src/host", "tools"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"][^>"]+[>"])')


def module_of(path):
    """The module of a path such as src/trace/codec/spine.h, or None outside the modules."""
    parts = path.split("/")
    return "/".join(parts[:2]) if "/".join(parts[:2]) in ALLOWED else None


def complaints_about(path, text):
    found = []
    module = module_of(path)
    free = path.split("/")[0] in FREE
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        where = f"{path}:{number}: "
        if not free and module is None:
            found.append(where + "this file is in no module of tools/lint/includes.py")
            return found
        if target.startswith('"'):
            name = target.strip('"')
            if name.startswith("ringback/") and not name.startswith("ringback/shim/"):  # as users write it
                name = "include/" + name
            other = module_of(name)
            if "/" not in name or name.startswith("."):
                found.append(where + f"includes {target}, expected a path from the project's root")
            elif not free and other is None:
                found.append(where + f"includes {target}, which is in no module")
            elif not free and other != module and other not in ALLOWED[module]:
                found.append(where + f"{module} may not include {other}")
        for pattern, folders in FENCED:
            fenced = pattern.search(target) and path.split("/")[0] != "tests"
            if fenced and not any(path == folder or path.startswith(folder + "/") for folder in folders):
                found.append(where + f"{target} belongs in {' or '.join(folders)}")
    return found


def sources(root):
    for folder in ["include", "src", "sim", "tools", "tests"]:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            is_ours = not name.startswith(OUTSIDE) and not FETCHED & set(path.parts)
            if path.suffix in (".h", ".cc") and is_ours:
                yield name, path.read_text(encoding="utf-8")


def complaints_in(root):
    return [complaint for path, text in sources(root) for complaint in complaints_about(path, text)]


PLANTED = [
    ("src/base/a.h", '#include "src/trace/event.h"', "src/base may not include src/trace"),
    ("src/trace/a.cc", '#include "src/wire/realtime.h"', "src/trace may not include src/wire"),
    ("src/audio/a.cc", '#include "src/trace/event.h"', "src/audio may not include src/trace"),
    ("sim/kernel/a.h", '#include "sim/faults/link.h"', "sim/kernel may not include sim/faults"),
    ("sim/agents/a.cc", '#include "sim/peers/tools.h"', "sim/agents may not include sim/peers"),
    ("sim/faults/a.cc", '#include "sim/dialog/floor.h"', "sim/faults may not include sim/dialog"),
    ("sim/check/a.cc", '#include "src/host/file.h"', "sim/check may not include src/host"),
    ("sim/run/a.cc", '#include "tools/ringback/cli.h"', "which is in no module"),
    ("src/trace/reader.cc", "#include <capnp/message.h>", "belongs in src/trace/codec"),
    ("tools/ringback/cat.cc", "#include <CLI/App.hpp>", "belongs in tools/ringback/parse.cc"),
    ("sim/kernel/a.cc", "#include <chrono>", "belongs in"),
    ("sim/check/a.h", "#include <unordered_map>", "belongs in"),
    ("include/ringback/a.h", '#include "sim/report/text.h"', "include/ringback may not include sim/report"),
    ("src/wire/a.cc", '#include "realtime.h"', "expected a path from the project's root"),
    ("src/other/a.cc", "#include <string>", "in no module"),
]


def self_test():
    failures = []
    for path, line, expected in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / path
            target.parent.mkdir(parents=True)
            target.write_text(f"// planted\n{line}\n", encoding="utf-8")
            found = complaints_in(pathlib.Path(folder))
        if len(found) != 1 or expected not in found[0] or not found[0].startswith(f"{path}:2: "):
            failures.append(f"planted in {path}: {line}: expected '{expected}', found {found}")
    allowed = complaints_about("sim/run/a.cc", '#include "sim/peers/x.h"\n#include <string>\n#include "sim/run/b.h"\n')
    if allowed:
        failures.append(f"an allowed include is refused: {allowed}")
    return failures
