"""The host's clock steps back, and far forward. What the endpoint takes for the
time is set by tests/support/clock.c."""
import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import fire
import host as bed
import ledger
import wire

PRELOAD = Path("/etc/ld.so.preload")
CLOCK = Path("/run/bed/clock")
PERIOD = 30
YEAR = 365 * 86400
FUTURE = 73 * YEAR


class Clock:
    """The host's, which stands still: AHEAD seconds from the middle of the real
    one's step."""

    def __init__(self):
        self.base = int(time.time()) // PERIOD * PERIOD + PERIOD // 2
        self.set(0)

    def set(self, ahead):
        self.now = self.base + ahead
        CLOCK.write_text(str(self.now))

    def codes(self, token, later, count):
        return token.codes(self.now // PERIOD + later, count)

    def code(self, token, later=0):
        """The code of a token whose clock is the host's."""
        return self.codes(token, later, 1)[0]

    def pair(self, token, later=0):
        return self.codes(token, later, 2)

    def enrol(self, host):
        token, = host.tokens()
        host.enable("alice", token, self.pair(token, -3))
        return token


@pytest.fixture
def clock():
    library = Path("/usr/local/lib/bedclock.so")
    shutil.copy(fire.PROGRAMS.parent / "support/.libs/clock.so", library)
    PRELOAD.write_text(f"{library}\n")
    yield Clock()
    PRELOAD.unlink()
    CLOCK.unlink(missing_ok=True)


def used(host):
    host.log.decision("alice", "InvalidAuthenticationCode",
                      "code already used")


def test_clock_of_the_tests_is_the_endpoints(clock, host, way):
    token = clock.enrol(host)
    present = clock.code(token)
    clock.set(FUTURE)
    assert not host.pam("alice", present)
    assert host.pam("alice", clock.code(token))


def test_code_stays_spent_when_the_clock_steps_back(clock, host, way):
    token = clock.enrol(host)
    code, later = clock.code(token, 1), clock.code(token, 2)
    clock.set(PERIOD)
    assert host.pam("alice", code)
    for back in (0, -PERIOD):
        clock.set(back)
        assert not host.pam("alice", code)
    clock.set(0)
    for earlier in (0, -1):
        assert not host.pam("alice", clock.code(token, earlier))
    clock.set(PERIOD)
    assert host.pam("alice", later)


def test_codes_of_long_ago_are_not_good_when_the_clock_goes_there(clock, host,
                                                                  way):
    token = clock.enrol(host)
    clock.set(YEAR)
    assert host.pam("alice", clock.code(token))
    clock.set(2 * YEAR)
    assert host.pam("alice", clock.code(token))
    clock.set(-YEAR)
    assert not host.pam("alice", clock.code(token))
    assert not host.pam("alice", "".join(clock.pair(token)))
    used(host)


def test_login_in_the_wrong_year_is_undone_by_two_codes_in_a_row(clock, host,
                                                                 way):
    token = clock.enrol(host)
    clock.set(FUTURE)
    future = clock.code(token)
    assert host.pam("alice", future)
    clock.set(0)
    assert not host.pam("alice", clock.code(token, 1))
    host.log.decision("alice", "InvalidAuthenticationCode",
                      "code already used, by a clock that was wrong: the last "
                      "one was of 20..-..-..T.*; type two codes in a row")
    pair = "".join(clock.pair(token))
    assert host.pam("alice", pair)
    assert not host.pam("alice", pair)
    assert not host.pam("alice", clock.code(token))
    assert not host.pam("alice", clock.code(token, 1))
    clock.set(PERIOD)
    assert host.pam("alice", clock.code(token, 1))
    clock.set(FUTURE)
    assert not host.pam("alice", future)
    used(host)


def test_two_codes_from_before_are_not_good_after_the_wrong_year(clock, host,
                                                                 way):
    token = clock.enrol(host)
    pair = "".join(clock.pair(token))
    assert host.pam("alice", pair)
    clock.set(FUTURE)
    assert host.pam("alice", clock.code(token))
    clock.set(0)
    assert not host.pam("alice", pair)
    used(host)


def test_device_enrolled_in_the_wrong_year_is_brought_back_by_root(clock, host,
                                                                   way):
    token, = host.tokens()
    clock.set(FUTURE)
    host.enable("alice", token, clock.pair(token, -1))
    clock.set(0)
    code1, code2 = clock.pair(token)
    assert not host.pam("alice", code1 + code2)
    bed.awsmfa("resync-mfa-device", "--user-name", "alice",
               "--serial-number", token.serial,
               "--authentication-code1", code1,
               "--authentication-code2", code2)
    assert not host.pam("alice", code2)
    clock.set(PERIOD)
    assert host.pam("alice", clock.code(token, 1))


def test_throttle_of_a_wrong_year_ends_within_an_hour(clock, host, way):
    token = clock.enrol(host)
    clock.set(FUTURE)
    for _ in range(8):
        assert not host.pam("alice", token.wrong())
    clock.set(0)
    assert not host.pam("alice", clock.code(token))
    host.log.decision("alice", "Throttling", "refused until")
    until = ledger.newest(fire.Crowd.path("alice").read_bytes()).until[0]
    assert until == clock.now + 3600
    clock.set(3610)
    assert host.pam("alice", clock.code(token))


def test_wrong_codes_of_a_wrong_year_count_when_the_clock_is_right(clock, host,
                                                                   way):
    """A clock that goes back forgives no guesses."""
    token = clock.enrol(host)
    clock.set(FUTURE)
    for _ in range(5):
        assert not host.pam("alice", token.wrong())
    clock.set(0)
    assert not host.pam("alice", token.wrong())
    assert not host.pam("alice", clock.code(token))
    host.log.decision("alice", "Throttling", "refused until")


def test_tickets_and_sessions_do_not_go_by_the_hosts_clock(clock, host):
    host.start_service()
    token = clock.enrol(host)
    bed.POLICY.write_text(json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "pam:Authenticate", "Resource": "*",
            "Condition": {"NumericLessThanEquals": {
                "aws:MultiFactorAuthAge": "900"}}}]}))

    def login():
        ticket = wire.ask("alice", clock.code(token)).ticket
        clock.set(-YEAR)
        outcomes = [wire.open_session("alice", ticket).outcome]
        for seconds in (0, FUTURE, -YEAR):
            clock.set(seconds)
            result = wire.ask("alice", service="sudo")
            outcomes.append(result.outcome if not result.prompts else "asked")
        return outcomes
    uid = int(subprocess.check_output(["id", "-u", "alice"]))
    assert wire.elsewhere(login, login=uid) == ["Success"] * 4
