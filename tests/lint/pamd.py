"""The example PAM service files: valid lines, the module in its place."""
import os
import re

import tap

TYPES = "auth account session password".split()
CONTROL = re.compile(r"(required|requisite|sufficient|optional|"
                     r"\[\w+=\w+( \w+=\w+)*\])$")
ARGUMENTS = re.compile(r"(debug|echo|use_first_pass|try_first_pass|"
                       r"forward_pass(=[68])?|manual|"
                       r"unenrolled=(deny|allow|enroll|enroll-open)|"
                       r"enroll_by=\d{4}-\d\d-\d\d|"
                       r"conf=/\S+|prompt=\S+)$")


def parse(path):
    """(number, type, control, module, arguments) of each line; None: include."""
    for number, line in enumerate(tap.read(path).split("\n"), 1):
        line = line.split("#")[0].strip()
        if line.startswith("@include"):
            yield number, "@include", None, line.split()[1], []
        elif line:
            match = re.match(r"(\S+)\s+(\[[^]]*\]|\S+)\s+(\S+)\s*(.*)$", line)
            if match:
                yield (number, match[1], match[2], match[3], match[4].split())
            else:
                yield number, None, None, line, []


def bad_lines(path):
    problems = []
    for number, kind, control, module, arguments in parse(path):
        where = f"{path}:{number}"
        if kind == "@include":
            if not re.match(r"common-(auth|account|password|"
                            r"session(-noninteractive)?)$", module):
                problems.append(f"{where}: includes {module}")
        elif kind not in TYPES:
            problems.append(f"{where}: not a line of PAM")
        elif not CONTROL.match(control):
            problems.append(f"{where}: control {control}")
        elif not module.endswith(".so"):
            problems.append(f"{where}: module {module}")
        elif module == "pam_awsmfa.so":
            problems += [f"{where}: argument {word}" for word in arguments
                         if not ARGUMENTS.match(word)]
    return problems


def place(path):
    """pam_awsmfa.so stands in auth, in sshd's file in account and session too,
    once in each and right after common-auth and the like."""
    lines = list(parse(path))
    ours = [i for i, line in enumerate(lines) if line[3] == "pam_awsmfa.so"]
    types = [lines[i][1] for i in ours]
    wanted = ["auth"]
    if os.path.basename(path) == "sshd":
        wanted += ["account", "session"]
    if types != wanted:
        return [f"pam_awsmfa.so in {types}, not {wanted}"]
    problems = []
    for i in ours:
        _, kind, control, _, _ = lines[i]
        if control not in ("required", "requisite"):
            problems.append(f"{kind} {control}")
        if lines[i - 1][1] != "@include" or \
                lines[i - 1][3] != f"common-{kind}":
            problems.append(f"not after @include common-{kind}")
    return problems


def main():
    for name in ("login", "sshd", "su", "sudo"):
        path = os.path.join("conf/pam.d", name)
        tap.ok(bad_lines(path), f"{path} has valid lines only")
        tap.ok(place(path), f"{path} has the module after the password")
        text = tap.read(path)
        tap.ok([word for word in ("locks people out", "root shell open",
                                  "requisite") if word not in text],
               f"{path} warns of what locks people out")
    examples = [path for path in tap.files(["conf/examples"], "")
                if "/etc/pam.d/" in path]
    tap.ok([] if len(examples) > 5 else ["not found"],
           "there are examples of whole hosts")
    for path in examples:
        tap.ok(bad_lines(path) + place(path),
               f"{path} has valid lines, and the module after the password")
    tap.done()


main()
