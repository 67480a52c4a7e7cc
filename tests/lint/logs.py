"""Every test has a log of its own: of two with one automake runs one alone."""
import os
import re

import tap


def words(text, name):
    """What NAME is set to in a local.mk, variables of its own filled in."""
    found = []
    for line in re.findall(rf"^{name} \+?= (.*)$", text, re.M):
        for word in line.split():
            variable = re.fullmatch(r"\$\((\w+)\)", word)
            found += words(text, variable[1]) if variable else [word]
    return found


def main():
    tests = []
    for path in tap.files(["tests"], ".mk"):
        text = tap.read(path).replace("\\\n", " ")
        text = text.replace("%D%", os.path.dirname(path))
        tests += words(text, "TESTS")
    logs = [re.sub(r"\.(py|sh)$", "", test) for test in tests]
    tap.ok([] if len(tests) > 100 else [f"{len(tests)} tests only"],
           "the tests are found")
    tap.ok([test for test, log in zip(tests, logs) if logs.count(log) > 1],
           "no two tests have names that differ in their suffix alone")
    tap.done()


main()
