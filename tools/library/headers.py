#!/usr/bin/env python3
"""Puts the public headers, and every header of the tree that they include, where other projects find them.

    headers.py INCLUDE_FOLDER [HEADER...]    copies the closure of the public headers to INCLUDE_FOLDER/ringback
    headers.py --install FOLDER HEADER...    the same in `meson install`, FOLDER relative to the prefix
    headers.py --list HEADER...              names the closure, one path a line

A header keeps its path below include/ringback (sim/kernel/task.h becomes ringback/sim/kernel/task.h), and its includes are
written accordingly: an installed header names no folder but ringback, so none can be taken for one of the user's own.
"""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLIC = "include/ringback/"
INCLUDE = re.compile(r'^(\s*#\s*include\s+)"([^"]+)"', re.MULTILINE)


def path_of(name):
    """The path in the tree of what an include line names."""
    return "include/" + name if name.startswith("ringback/") else name


def closure(headers):
    found = []
    waiting = list(headers)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        text = (ROOT / path).read_text(encoding="utf-8")
        waiting.extend(path_of(name.removeprefix("include/")) if name.startswith("include/") else path_of(name)
                       for _, name in INCLUDE.findall(text))
    return sorted(found)


def installed_name(path):
    """What an installed include line calls the header of that path."""
    return path.removeprefix("include/") if path.startswith(PUBLIC) else "ringback/" + path


def installed_text(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    return INCLUDE.sub(lambda match: f'{match[1]}"{installed_name(path_of(match[2]))}"', text)


def install(folder, headers):
    for path in closure(headers):
        target = pathlib.Path(folder) / installed_name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(installed_text(path), encoding="utf-8")
        target.chmod(0o644)


def main():
    words = sys.argv[1:]
    if len(words) >= 2 and words[0] == "--list":
        print("\n".join(closure(words[1:])))
    elif len(words) >= 3 and words[0] == "--install":
        install(pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"]) / words[1], words[2:])
    elif len(words) >= 2 and not words[0].startswith("-"):
        install(words[0], words[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
