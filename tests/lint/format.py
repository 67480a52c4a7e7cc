"""Statements are laid out as .clang-format says; "--fix" lays them out.

Only the statements of functions are looked at: the tables, macros and aligned
declarations of KNF are beyond what clang-format can be told.
"""
import os
import re
import shutil
import subprocess
import sys

import tap

INITIALISER = re.compile(r"=\s*(__extension__\s*)?(\([^()]*\)\s*)?\{$")


def is_declaration(line):
    line = re.sub(r"_cleanup_\(\w+\)", "", line).strip()
    return bool(re.match(r"(static |const |struct |enum |unsigned |volatile )*"
                         r"\w+[ \t]+\**\w+[^()]*(=.*)?[;,{]$", line)
                and not re.match(r"(return|goto|case|break|continue)\b", line))


def statements(lines):
    """Ranges of lines, from 1, that hold a function's statements."""
    inside = declaring = False
    start = table = None
    for number, line in enumerate(lines, 1):
        if not inside:
            inside = declaring = line == "{"
            continue
        if table is not None:
            if line == table + "};" or line == table + "}":
                table = None
            continue
        if declaring and (line == "" or not is_declaration(line)
                          and not line.startswith("\t    ")):
            declaring = False
        if INITIALISER.search(line):
            if start:
                yield start, number - 1
            start = None
            table = re.match(r"\s*", line)[0]
        elif line == "}":
            if start and start < number:
                yield start, number - 1
            inside, start = False, None
        elif not declaring and start is None and line != "":
            start = number


def clang_format(path, *options):
    with open(os.path.join(tap.SRC, path), encoding="utf-8") as file:
        ranges = [f"--lines={first}:{last}" for first, last in
                  statements(file.read().split("\n"))]
    if not ranges:
        return ""
    result = subprocess.run(["clang-format", *options, *ranges, path],
                            cwd=tap.SRC, text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.stdout


def main():
    if not shutil.which("clang-format"):
        print("1..0 # SKIP clang-format is not installed")
        return
    for path in tap.files(["src", "pam"], ".c"):
        if sys.argv[1:] == ["--fix"]:
            clang_format(path, "-i")
            continue
        said = clang_format(path, "--dry-run", "-Werror")
        tap.ok(re.findall(r"^(\S+:\d+:\d+): error", said, re.M), path)
    if sys.argv[1:] != ["--fix"]:
        tap.done()


main()
