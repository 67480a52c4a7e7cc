"""Functions of at most 80 lines, files of fewer than 500, 80 columns."""
import re

import tap

FUNCTION_LINES = 80
FILE_LINES = 500
COLUMNS = 80


def functions(path, lines):
    """(name, line, length) of each function; its brace stands in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{" or re.match(r"\w.*\)\s*\{$", line):
            start = number
        elif line == "}" and start:
            head = " ".join(lines[max(0, start - 6):start])
            names = re.findall(r"(\w+)\s*\(", head)
            yield (names[-1] if names else "?", start, number - start - 1)
            start = None
    if start:
        yield ("a function that does not end", start, len(lines) - start)


def width(line):
    return len(line.expandtabs(8))


def main():
    paths = tap.files(["src", "pam", "tests/support"], ".c", ".h")
    texts = {path: tap.read(path).split("\n") for path in paths}
    found = [(path, *function) for path in paths if path.endswith(".c")
             for function in functions(path, texts[path])]
    tap.ok([] if len(found) > 50 else [f"{len(found)} functions only"],
           "the functions are found")
    tap.ok([f"{path}:{line}: {name}: {length} lines"
            for path, name, line, length in found if length > FUNCTION_LINES],
           f"no function is longer than {FUNCTION_LINES} lines")
    tap.ok([f"{path}: {len(lines) - 1} lines" for path, lines in texts.items()
            if len(lines) - 1 >= FILE_LINES],
           f"every file has fewer than {FILE_LINES} lines")
    tap.ok([f"{path}:{number}: {width(line)} columns"
            for path, lines in texts.items()
            for number, line in enumerate(lines, 1) if width(line) > COLUMNS],
           f"no line is wider than {COLUMNS} columns")
    lengths = sorted(length for _, _, _, length in found)
    if lengths:
        print(f"# {len(found)} functions: median {lengths[len(lengths) // 2]}, "
              f"longest {lengths[-1]} lines")
    tap.done()


main()
