"""Checks that no type is defined twice under one name in one namespace. Two such in one program are undefined behaviour that no
compiler sees until a file includes both, and the linker keeps either's destructor. tools/lint/lint_test.py runs it.

Reads the layout that clang-format leaves: namespaces end in a comment, and what is in one begins in the first column.
"""

import collections
import re

NAMESPACE = re.compile(r"(?:inline )?namespace ?([\w:]*) ?\{")
END = re.compile(r"\}\s*// namespace")
DEFINITION = re.compile(r"(?:class|struct|union|enum class|enum)\s+(?:\[\[\w+\]\] )?(\w+)(?: final)?\s*(?:$|\{|: )")
UNNAMED = ""  # its types are the file's own


def definitions_in(text):
    """(line, qualified name) of each type that other files could know."""
    inside = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := NAMESPACE.match(line):
            inside.append(match.group(1))
        elif END.match(line):
            inside.pop()
        elif (match := DEFINITION.match(line)) and UNNAMED not in inside:
            yield number, "::".join([*inside, match.group(1)])


def complaints_in(files):
    places = collections.defaultdict(list)
    for path, text in files:
        for number, name in definitions_in(text):
            places[name].append(f"{path}:{number}")
    return [f"{where[0]}: {name} is defined in {' and '.join(where[1:])} too" for name, where in sorted(places.items()) if len(where) > 1]


def self_test():
    def of(second, first="struct A {\n};\n"):
        def inside(text):
            return f"namespace ringback {{\n{text}}}  // namespace ringback\n"
        return complaints_in([("sim/a.h", inside(first)), ("sim/b.cc", inside(second))])

    failures = []
    for second in ("struct A {\n};\n", "class A final {\n};\n", "class A : public B {\n};\n", "enum class A { one };\n"):
        if of(second) != ["sim/a.h:2: ringback::A is defined in sim/b.cc:2 too"]:
            failures.append(f"planted: {second!r}: found {of(second)}")
    for second in ("struct A;\n", "namespace {\nstruct A {\n};\n}  // namespace\n", "namespace sim {\nstruct A {\n};\n}  // namespace sim\n",
                   "struct B {\n  struct A {\n  };\n};\n", "struct A make();\n"):
        if of(second):
            failures.append(f"allowed, and refused: {second!r}: {of(second)}")
    return failures
