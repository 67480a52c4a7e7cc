"""SIGKILL of the host and of the endpoint's processes: at every system call of
a sign-in (crash.c), and at random moments."""
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import fire
import host as bed
import ledger

AT_ONCE = 8                             # sign-ins without a service
# The end of one call and the begin of the next are the same to all others, so
# that every second stop is every call. The long form has them all.
STEP = 2 if fire.TIMES == 1 else 1


class Kills:
    """Sign-ins of a crowd, of which each is killed, and what must hold after
    it: nothing is left behind, what was told is on the disk, the same code is
    good once in all, and the next one is good."""

    def __init__(self, machine, crowd, way):
        self.machine, self.crowd, self.way = machine, crowd, way
        self.files = self.names()
        self.kills = 0
        self.good = self.later = None   # codes, the present ones and the next

    @staticmethod
    def names():
        return sorted(map(str, bed.STATE.rglob("*")))

    def revive(self):
        """The service runs, as systemd would see to."""
        if self.way == "service" and self.machine.service.poll() is not None:
            self.machine.stop_service()
            self.machine.start_service()

    def begin(self, wrong=False):
        """A code for each of the crowd."""
        self.crowd.settle()
        self.crowd.restore()
        self.good, self.later = (
            {user: self.crowd.code(user, later) for user in self.crowd.users}
            for later in (0, 1))
        if not wrong:
            return self.good
        return {user: token.wrong()
                for user, token in self.crowd.tokens.items()}

    def end(self, told, wrong=False):
        """What must hold where each of the crowd was TOLD this."""
        self.revive()
        bed.wait_until(lambda: self.way == "service" or
                       not self.machine.endpoints(),
                       what="endpoints did not end")
        self.check_state(told, wrong)
        self.check_codes(told)

    def check_state(self, told, wrong):
        assert self.names() == self.files
        for user, answer in told.items():
            octets = self.crowd.path(user).read_bytes()
            slots = ledger.slots(octets)
            # The second slot is written at the second commit.
            assert slots[0] and (slots[1] or not any(octets[4096:])), user
            if wrong and answer == "denied":
                assert ledger.newest(octets).failures[0] == 1, user
            assert not wrong or answer != "in"

    def check_codes(self, told):
        lines = fire.run("again", "mfa", *(
            f"{user}={self.good[user]},{self.good[user]},{self.later[user]}"
            for user in told))
        assert len(lines) == len(told)
        for user, *answers in lines:
            again = [told[user], *answers]
            assert again[:2].count("in") <= 1, (user, again)
            assert again[2:] == ["denied", "in"], (user, again)


@pytest.fixture
def kills(host, crowd, way):
    return Kills(host, crowd, way)


PARTS = {"service": ["host", "parent", "worker", "fresh"],
         "oneshot": ["host", "keeper", "endpoint"]}


def kill_at(kills, part, user, code, at):
    """What the host was told; and was there such a stop?"""
    kills.revive()
    service = kills.machine.service
    (told, what, _), = fire.run("crash", "mfa", user, code, part, at,
                                *([service.pid] if service else []))
    if what == "killed" and part == "parent":
        service.wait()
    return told, what == "killed"


def sweep(kills, part, wrong=False):
    """Kills PART at its first stop, its second, and so on to the end."""
    first, more = 1, True
    with ThreadPoolExecutor(1 if kills.way == "service" else AT_ONCE) as pool:
        while more:
            codes = kills.begin(wrong)
            done = list(pool.map(
                lambda i: kill_at(kills, part, *i[1], first + STEP * i[0]),
                enumerate(codes.items())))
            kills.end(dict(zip(codes, (told for told, _ in done))), wrong)
            kills.kills += sum(killed for _, killed in done)
            first, more = first + STEP * len(done), done[-1][1]
    assert kills.kills > 10, "nothing to kill"


def every(parts):
    return [pytest.param(way, part, id=f"{way}-{part}")
            for way in parts for part in parts[way]]


@pytest.mark.parametrize("way, part", every(PARTS), indirect=["way"])
def test_kill_at_any_system_call_leaves_state_whole(kills, part):
    sweep(kills, part)


@pytest.mark.parametrize("way, part", every(
    {"service": ["worker"], "oneshot": ["endpoint"]}), indirect=["way"])
def test_kill_at_any_system_call_of_a_denial_leaves_it_counted(kills, part):
    sweep(kills, part, wrong=True)


def children(pid):
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:                     # it has ended
        text = ""
    return [int(n) for n in text.split()]


def is_dead(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def shoot(kills, victims):
    """Everyone signs in at once. Kills one after the other of those that VICTIMS
    gives for the process that starts the hosts, at moments of no one's choice,
    until all have ended."""
    codes = kills.begin()
    hosts = subprocess.Popen(
        [fire.PROGRAMS / "again", "mfa",
         *(f"{user}={code}" for user, code in codes.items())],
        env=bed.ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    shot = []
    while hosts.poll() is None:
        time.sleep(random.random() * 0.01)
        pids = victims(hosts.pid)
        if pids:
            shot.append(random.choice(pids))
            kills.machine.kill(shot[-1])
            kills.kills += 1
    said = dict(line.split() for line in hosts.communicate()[0].splitlines())
    # Until then a worker could still take the next one's connection with it.
    bed.wait_until(lambda: all(map(is_dead, shot)), 30, "it does not die")
    if kills.way == "service" and not kills.machine.endpoints():
        kills.machine.service.wait()
    kills.end({user: said.get(user, "nothing") for user in codes})


VICTIMS = {
    "hosts": lambda kills: children,
    "endpoints": lambda kills: lambda pid: kills.machine.endpoints(),
    "workers": lambda kills: lambda pid: children(kills.machine.service.pid),
}


@pytest.mark.parametrize("way, who", every(
    {"service": ["hosts", "endpoints", "workers"],
     "oneshot": ["hosts", "endpoints"]}), indirect=["way"])
def test_kill_at_any_moment_leaves_state_whole(kills, who):
    volleys = 0
    while kills.kills < fire.rounds(60):
        shoot(kills, VICTIMS[who](kills))
        volleys += 1
        assert volleys < fire.rounds(60), "nothing to kill"
