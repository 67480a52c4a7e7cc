"""TAP for the lints: one point a rule or file, what broke it as comments."""
import os
import sys

SRC = os.path.abspath(os.environ.get("top_srcdir", "."))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))

_points = 0
_failed = 0


def ok(problems, name):
    """One point: PROBLEMS is a list of lines, empty where all is well."""
    global _points, _failed
    _points += 1
    print(f"{'not ok' if problems else 'ok'} {_points} - {name}")
    for problem in problems:
        print(f"#  {problem}")
    _failed += bool(problems)
    sys.stdout.flush()


def skip(name, reason):
    global _points
    _points += 1
    print(f"ok {_points} - {name} # SKIP {reason}")


def done():
    print(f"1..{_points}")
    sys.exit(1 if _failed else 0)


# Made by make, and in the source tree only where that is the build tree.
MADE = {os.path.join("src", "policy", "default.c")}


def files(folders, *suffixes):
    """Paths under FOLDERS, from the top of the source, in order."""
    found = []
    for folder in folders:
        for parent, _, names in os.walk(os.path.join(SRC, folder)):
            found += [os.path.relpath(os.path.join(parent, name), SRC)
                      for name in names if name.endswith(suffixes)]
    return sorted(set(found) - MADE)


def read(path):
    with open(os.path.join(SRC, path), encoding="utf-8") as file:
        return file.read()
