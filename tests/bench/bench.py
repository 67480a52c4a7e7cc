"""bench.py [--users N] [--rounds N] [--waiting N] [--only PART,...]

Measures pam_awsmfa beside pam_google_authenticator, pam_oath and pam_permit, in
the bed. Leaves table.txt, samples.json and bench.svg on the disk of the bed.
"""
import argparse
import functools
import json
import os
import subprocess
import sys

import batch
import denials
import figures
import peers
import plot
import trace
import whole
from peers import DISK, MFA

PACED = ("-p", "10000")                 # 100 a second
DENIALS = 15                            # of a batch: each takes 50 ms


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, options):
        self.options = options
        peers.add_users()
        peers.configure()
        self.store = peers.Store("base")
        self.permit = peers.Way("permit", "pam_permit.so")
        self.ask = peers.Way("ask", "pam_bench.so ask")
        self.service = peers.Service("service", self.store)
        self.oneshot = peers.OneShot("oneshot", self.store)
        self.google = peers.Google("google")
        self.oath = peers.Oath("oath")
        self.ways = [self.permit, self.service, self.oneshot, self.google,
                     self.oath]
        self.store.use()
        MFA.start_service()

    def wall(self):
        """Microseconds of an accepted code, and of each denial."""
        rounds = self.options.rounds
        ways = [w for w in self.ways if w is not self.oneshot]
        found = {
            "paced": batch.compare(ways, "accepted", rounds, PACED),
            "loop": batch.compare(ways, "accepted", rounds),
            "cold": batch.compare(ways, "accepted", rounds, ("-f",)),
            "ordinary": batch.compare(self.ways, "accepted", rounds,
                                      (batch.ORDINARY_TOO,)),
            "ordinary cold": batch.compare(self.ways, "accepted", rounds,
                                           (batch.ORDINARY_TOO, "-f")),
        }
        for case in batch.CASES[1:]:
            found[case] = batch.compare(self.ways[1:], case,
                                        max(1, rounds // 3), count=DENIALS)
        return found

    def denials(self):
        """Microseconds of each kind of denial."""
        return {way.name: denials.compare(way, self.options.rounds)
                for way in (self.service, self.oneshot)}

    def rate(self):
        """Sign-ins a second of two processes at once."""
        return batch.compare_rates([self.service, self.google, self.oath],
                                   self.options.rounds)

    def instructions(self):
        """In the host, over all of pam_start(3) to pam_end(3)."""
        return {way.name: trace.host_instructions(way)
                for way in self.ways if way is not self.oneshot}

    def endpoint(self):
        """Instructions in the endpoint, of each case."""
        MFA.stop_service()
        found = {case: trace.endpoint_instructions(self.service, case)
                 for case in batch.CASES}
        MFA.start_service()
        return found

    def calls(self, case="accepted", ways=None):
        """System calls, fsyncs and octets written, of a sign-in."""
        found = {way.name: trace.system_calls(way, case)
                 for way in ways or self.ways if way is not self.service}
        MFA.stop_service()
        found["service"] = trace.system_calls(self.service, case, True)
        MFA.start_service()
        return found

    def cases(self):
        """What an accepted code costs in instructions and calls, of denials."""
        ways = [way for way in self.ways if way is not self.permit]
        found = {}
        for case in batch.CASES[1:]:
            found[case] = self.calls(case, ways)
            for way in ways:
                if way is not self.oneshot:
                    found[case][way.name]["instructions"] = \
                        trace.host_instructions(way, case)
        return found

    def memory(self):
        return {way.name: trace.host_memory(way) for way in self.ways}

    def waiting(self):
        """PSS of the endpoint, and an accepted code's time, beside sign-ins
        that wait."""
        MFA.stop_service()
        MFA.start_service()
        rest = trace.pss()
        found = {}
        for count in (0, 1, 10, 100, 1000):
            if count > self.options.waiting:
                break
            waiting = trace.Waiting(self.service, count)
            times = batch.compare([self.service], "accepted", 3, PACED)
            found[count] = {"pss": trace.pss(), **times}
            waiting.end()
        return {"rest": rest, "waiting": found}

    def grow(self, counts, way_of):
        ways = [way_of(count) for count in counts]
        rounds = max(2, self.options.rounds)
        found = batch.compare(ways, "accepted", rounds, PACED)
        return {count: found[way.name] for count, way in zip(counts, ways)}

    def users(self):
        """An accepted code's time by users in the store; and pam_oath's."""
        def store(count):
            say(f"making {count} users")
            return peers.Service(f"users-{count}", peers.Store(
                f"users-{count}", others=count - len(peers.USERS)))
        least = len(peers.USERS)
        counts = [least, *(n for n in (10000, 100000, 1000000)
                           if n <= self.options.users)]
        found = {"service": self.grow(counts, store), "oath": {}}
        for count in counts:
            if count > 100000:
                break
            self.oath.fill(count - least)
            found["oath"][count] = batch.compare(
                [self.oath], "accepted", 1, count=5)["oath"]
        self.oath.fill(0)
        return found

    def devices(self):
        return self.grow((1, 2, 4, 8), lambda count: peers.Service(
            f"devices-{count}", peers.Store(f"devices-{count}",
                                            devices=count)))

    @functools.cached_property
    def programs(self):
        return whole.programs(self.permit, self.ask, self.service, self.google,
                              self.options.rounds)

    def whole(self):
        """Microseconds of whole sign-ins: ssh, sudo, login."""
        return {program.name: whole.compare(program)
                for program in self.programs}

    def phases(self):
        """Microseconds in each phase of an ssh login."""
        return whole.phases(self.programs[0])


PARTS = ("wall", "denials", "rate", "instructions", "endpoint", "calls",
         "cases", "memory", "waiting", "users", "devices", "whole", "phases")


def parse():
    parser = argparse.ArgumentParser(prog="bench.py")
    parser.add_argument("--users", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--only", default=",".join(PARTS))
    return parser.parse_args()


def place():
    """Where it was measured."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", DISK], text=True,
                          capture_output=True, check=True).stdout.strip()
    return (f"Linux {os.uname().release}, {os.cpu_count()} processors, "
            f"load {os.getloadavg()[0]:.1f}, the state on {kind}")


def main():
    options = parse()
    found = {"place": place()}
    bench = Bench(options)
    try:
        for part in options.only.split(","):
            say(part)
            found[part] = getattr(bench, part)()
    finally:
        MFA.stop_service()
        (DISK / "samples.json").write_text(json.dumps(found))
    found = json.loads(json.dumps(found))   # as figures are told again later
    text = figures.table(found)
    (DISK / "table.txt").write_text(text)
    print(text)
    plot.draw(found, DISK / "bench.svg")


main()
