"""What the tests of this folder share: many users, and programs that sign them
in."""
import os
import subprocess
from pathlib import Path

import pytest

import host

SOURCE = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(os.environ["BED_BUILD"]) / "tests/fire"
TIMES = int(os.environ.get("FIRE_TIMES", "1"))
USERS = [f"user{i}" for i in range(20)]
PERIOD = 60                             # seconds of a step


def rounds(count):
    """COUNT in the short form, and as many more as FIRE_TIMES says."""
    return count * TIMES


def run(program, *argv, timeout=60 * TIMES, status=(0,)):
    """Runs tests/fire/PROGRAM, which ends with one of STATUS; what it prints,
    by lines, in words."""
    done = subprocess.run([PROGRAMS / program, *map(str, argv)], env=host.ENV,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout)
    assert done.returncode in status, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def say(text):
    """A remark between the points, for who reads the log."""
    os.write(int(os.environ.get("TAP_FD", "1")), f"# {text}\n".encode())


class Crowd:
    """USERS, each with a token, and their ledgers as they were before."""

    def __init__(self, machine, users):
        self.users = users
        tokens = machine.tokens(len(users), period=PERIOD)
        self.tokens = dict(zip(users, tokens))
        for user, token in self.tokens.items():
            machine.enable(user, token)
        self.ledgers = {user: self.path(user).read_bytes() for user in users}

    @staticmethod
    def path(user):
        return host.STATE / "ledger" / user

    def settle(self, seconds=10):
        """Makes sure that codes stay the present ones for some seconds."""
        self.tokens[self.users[0]].settle(seconds)

    def code(self, user, later=0):
        """The present code, or the next: good once after restore()."""
        token = self.tokens[user]
        return token.code(token.centre() + later)

    def restore(self, users=None):
        """Forgets every code that was used and every wrong one, as if they had
        not been."""
        for user in users or self.users:
            with self.path(user).open("r+b", buffering=0) as file:
                file.write(self.ledgers[user])


@pytest.fixture(scope="session")
def users():
    """USERS have accounts."""
    for user in USERS:
        subprocess.run(["useradd", "-M", user], check=True)
    return USERS


@pytest.fixture
def crowd(host, users):
    return Crowd(host, users)
