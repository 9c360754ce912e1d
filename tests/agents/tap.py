"""Test cases of a Python program, told in TAP.

    suite = tap.Suite()

    @suite.case
    def a_name_that_is_a_sentence():
        tap.expect(found, wanted)       # raises; returning a text skips and says why

    suite.run()
"""

import subprocess
import sys


def expect(found, wanted, context=""):
    if found != wanted:
        raise AssertionError(f"expected {wanted!r}, found {found!r} {context}")


class Suite:
    def __init__(self, missing=None):
        self.missing = missing  # why none of them can run here
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def run(self):
        """Runs all of them and exits."""
        print(f"1..{len(self.cases)}")
        failed = 0
        for number, function in enumerate(self.cases, 1):
            name = function.__name__.replace("_", " ")
            try:
                skipped = self.missing or function()
                print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
            except (AssertionError, subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
                failed += 1
                told = str(error).replace("\n", "\n# ")
                print(f"not ok {number} - {name}\n# {told}", flush=True)
        sys.exit(1 if failed else 0)
