"""Batches of sign-ins by signin(.c), one way after the other and again, so that
whatever else the machine does meanwhile meets them all."""
import statistics
import subprocess
import time

import peers

# Not in real time; the endpoint that a sign-in starts leaves that by itself.
ORDINARY = ["chrt", "--other", "0"]
ORDINARY_TOO = "ordinary"
CASES = ("accepted", "wrong", "used", "unknown")


def prepare(way, case, seconds=3.0):
    """Resets WAY for CASE. Returns the code and the users of the batch."""
    way.reset()
    users = peers.UNKNOWN if case == "unknown" else peers.USERS
    code = peers.wrong() if case == "wrong" else peers.code(seconds)
    return code, users


def argv(way, code, users, *options):
    return ["signin", *options, way.service, code, *users]


def parse(text):
    """[(begin, end, code)] of what signin printed; nanoseconds."""
    return [tuple(map(int, line.split())) for line in text.splitlines()]


def sign_in(way, code, users, *options):
    before = ORDINARY if ORDINARY_TOO in options else []
    options = [o for o in options if o != ORDINARY_TOO]
    done = subprocess.run([*before, *argv(way, code, users, *options)],
                          text=True,
                          stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE)
    return parse(done.stdout)


def check(way, case, found):
    """A figure of sign-ins that went another way would be worth nothing."""
    good = [code == 0 for _, _, code in found]
    wanted = case == "accepted" or way.service == "bench-permit"
    if good != [wanted] * len(found):
        raise AssertionError(f"{way.name}, {case}: {found[:5]}")


def run(way, case, options=(), count=None):
    """The durations of a batch, in microseconds."""
    way.enter()
    try:
        code, users = prepare(way, case)
        users = users[:count]
        if case == "used":
            check(way, "accepted", sign_in(way, code, users))
        found = sign_in(way, code, users, *options)
    finally:
        way.leave()
    check(way, case, found)
    return [(end - begin) / 1000 for begin, end, _ in found]


def compare(ways, case, rounds, options=(), count=None):
    """{name: durations} of WAYS that take turns."""
    samples = {way.name: [] for way in ways}
    for i in range(rounds):
        turn = ways[i % len(ways):] + ways[:i % len(ways)]
        for way in turn:
            samples[way.name] += run(way, case, options, count)
    return samples


def rate(way):
    """Accepted sign-ins a second by two processes at once."""
    way.enter()
    try:
        code, users = prepare(way, "accepted")
        half = len(users) // 2
        both = [subprocess.Popen(argv(way, code, part, "-s"), text=True,
                                 stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
                for part in (users[:half], users[half:])]
        time.sleep(0.05)                # until they wait for the octet
        for process in both:
            process.stdin.write("\n")
            process.stdin.flush()
        found = [one for p in both for one in parse(p.communicate()[0])]
    finally:
        way.leave()
    good = sum(code == 0 for _, _, code in found)
    if way.service != "bench-oath":     # which refuses valid codes then
        check(way, "accepted", found)
    begin = min(b for b, _, _ in found)
    return good / (max(e for _, e, _ in found) - begin) * 1e9


def compare_rates(ways, rounds):
    samples = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            samples[way.name].append(rate(way))
    return samples


def medians(samples):
    return {name: statistics.median(values)
            for name, values in samples.items()}
