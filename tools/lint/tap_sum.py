#!/usr/bin/env python3
"""Sums up the TAP results that `meson test` left.

    tools/lint/tap_sum.py build/meson-logs/testlog.json 0
    tools/lint/tap_sum.py --self-test

The second argument is meson's exit code. Prints every failure with what its test said, and last the line
"N passed, N failed[, N skipped]". Exit code 1 where anything failed; a program that crashed or gave no results counts as one
failure, so that nothing is lost silently.
"""

import contextlib
import io
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b[ ]*(\d+)?[ -]*(.*?)(?:\s+#\s*(skip|todo)\b[ ]*(.*))?$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)")


class Sums:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def add_program(self, name, log, return_code):
        """Takes one test program's output; prints what failed."""
        results = 0
        planned = None
        failed_before = self.failed
        telling = False
        for line in log.splitlines():
            plan = PLAN.match(line)
            result = RESULT.match(line)
            if plan:
                planned = int(plan.group(1))
            elif result:
                results += 1
                telling = bool(result.group(1))
                if telling:
                    self.failed += 1
                    print(f"FAILED {name}: {result.group(3)}")
                elif (result.group(4) or "").lower() == "skip":
                    self.skipped += 1
                    print(f"skipped {name}: {result.group(3)}: {result.group(5)}")
                else:
                    self.passed += 1
            elif telling and line.startswith("#"):
                print(f"    {line[1:].strip()}")
        if planned != results or planned is None or (return_code != 0 and self.failed == failed_before):
            self.failed += 1
            print(f"FAILED {name}: {results} results of {planned} planned, exit code {return_code}")

    def line(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def sum_up(log_path, meson_code):
    sums = Sums()
    with open(log_path, encoding="utf-8") as log:
        for line in log:
            if line.strip():
                entry = json.loads(line)
                sums.add_program(entry["name"], entry.get("stdout", ""), entry.get("returncode", 1))
    if meson_code != 0 and sums.failed == 0:
        sums.failed += 1
        print(f"FAILED meson test: exit code {meson_code}")
    if sums.passed + sums.failed + sums.skipped == 0:
        sums.failed += 1
        print("FAILED meson test: no test ran")
    return sums


# Output of a test program, its exit code, and what it counts as: passed, failed, skipped.
SAMPLES = [
    ("ok 1 - a\nok 2 - b\n1..2\n", 0, (2, 0, 0)),
    ("ok 1 - a\nnot ok 2 - b\n# x.cc:3: failed\n1..2\n", 1, (1, 1, 0)),
    ("ok 1 - a # SKIP no data\nok 2 - b\n1..2\n", 0, (1, 0, 1)),
    ("ok 1 - a\n", -11, (1, 1, 0)),  # crashed
    ("ok 1 - a\n1..2\n", 0, (1, 1, 0)),  # a result is missing
    ("ok 1 - a\n1..1\n", 1, (1, 1, 0)),  # says ok, exits otherwise
    ("", 127, (0, 1, 0)),
]


def self_test():
    failures = []
    for log, code, expected in SAMPLES:
        sums = Sums()
        with contextlib.redirect_stdout(io.StringIO()):
            sums.add_program("sample", log, code)
        if (sums.passed, sums.failed, sums.skipped) != expected:
            failures.append(f"{log!r} with exit code {code}: expected {expected}, found '{sums.line()}'")
    return failures


def main():
    if sys.argv[1:] == ["--self-test"]:
        failures = self_test()
        print("\n".join(failures), end="\n" if failures else "")
        sys.exit(1 if failures else 0)
    if len(sys.argv) != 3:
        sys.exit("usage: tools/lint/tap_sum.py TESTLOG.json MESON_EXIT_CODE")
    sums = sum_up(sys.argv[1], int(sys.argv[2]))
    print(sums.line())
    sys.exit(1 if sums.failed else 0)


if __name__ == "__main__":
    main()
