"""Ledgers that are torn, rotten, of someone else or of another day.

What holds: a code that was used is denied as long as the newer slot is whole,
or where it was used before the last time that the ledger was written. Where the
newer slot is lost, the older one rules, as after a power cut: one code, the
last that was used, is good again, once, until it is two steps old. A ledger
from a backup has forgotten what was used since."""
import shutil

import pytest

import faulty
import fire
import ledger
from host import STATE

LEDGER = STATE / "ledger/alice"


@pytest.fixture
def quick(host):
    """The endpoint whose denials take no time."""
    undo = faulty.install()
    host.start_service()
    yield host
    host.stop_service()
    undo()


def run_slots(host, what):
    token = host.enrol("alice", period=60)
    lines = fire.run("slots", what, 9 if fire.TIMES == 1 else 1, "alice",
                     token.seed, timeout=600 * fire.TIMES,
                     status=(0, 1))
    assert not [line for line in lines if line[0] == "!"]
    fire.say(f"ledgers, {what}: {lines[-1][0]}")
    assert int(lines[-1][0]) > 200


def test_bit_that_is_flipped_in_a_slot_lets_the_other_rule(quick):
    run_slots(quick, "flips")


def test_slot_that_is_written_in_part_lets_the_other_rule(quick):
    run_slots(quick, "torn")


def test_ledger_that_is_cut_short_or_too_long_denies(host, way):
    token = host.enrol("alice", period=60)
    whole = LEDGER.read_bytes()
    code = token.fresh()
    for size in (0, 1, 511, 512, 1024, 4096, 5119, 5120, 8191, 8193, 12288):
        with LEDGER.open("r+b") as file:
            file.truncate(size)
        assert not host.pam("alice", code)
        host.log.has("awsmfa-endpoint", "user=alice", "ledger/alice: damaged")
        host.log.mark()
        LEDGER.write_bytes(whole)
    assert host.pam("alice", code)


def swapped(octets):
    return octets[4096:] + octets[:4096]


def test_slots_that_are_swapped_know_what_they_knew(host, way):
    token = host.enrol("alice", period=60)
    used = [token.fresh(), token.fresh()]
    for code in used:
        assert host.pam("alice", code)
        LEDGER.write_bytes(swapped(LEDGER.read_bytes()))
        assert not host.pam("alice", code)
    assert not any(host.pam("alice", code) for code in used)
    assert host.pam("alice", token.fresh())


def test_slot_that_is_copied_over_the_other_denies(host, way):
    """Two of one generation are nothing that a commit leaves."""
    token = host.enrol("alice", period=60)
    whole = LEDGER.read_bytes()
    code = token.fresh()
    for half in whole[:4096], whole[4096:]:
        LEDGER.write_bytes(half * 2)
        assert not host.pam("alice", code)
        host.log.has("awsmfa-endpoint", "user=alice", "damaged")
        host.log.mark()
    LEDGER.write_bytes(whole)
    assert host.pam("alice", code)


def test_ledger_of_another_user_denies_and_spends_nothing(host, way):
    token, other = (host.enrol(user, period=60) for user in ("alice", "bob"))
    whole = LEDGER.read_bytes()
    shutil.copyfile(STATE / "ledger/bob", LEDGER)
    code = token.fresh()
    for answer in code, other.fresh():
        assert not host.pam("alice", answer)
        host.log.has("awsmfa-endpoint", "user=alice", "of another user")
        host.log.mark()
    LEDGER.write_bytes(whole)
    assert host.pam("alice", code)


def test_one_slot_of_another_user_denies(host, way):
    """It was not torn: someone has been at it."""
    token = host.enrol("alice", period=60)
    host.enrol("bob", period=60)
    whole, bobs = LEDGER.read_bytes(), (STATE / "ledger/bob").read_bytes()
    code = token.fresh()
    for mixed in bobs[:4096] + whole[4096:], whole[:4096] + bobs[:4096]:
        LEDGER.write_bytes(mixed)
        assert not host.pam("alice", code)
        host.log.has("awsmfa-endpoint", "user=alice", "of another user")
        host.log.mark()
    LEDGER.write_bytes(whole)
    assert host.pam("alice", code)


def test_ledger_of_a_backup_has_forgotten_the_codes_used_since(host, way):
    """And those alone: what was used before (by enabling) or is out of the
    window is not good again, nor is anything good twice."""
    token = host.enrol("alice", period=60)
    token.settle(8)
    step = token.step()
    backup = LEDGER.read_bytes()
    assert host.pam("alice", token.code(step))
    LEDGER.write_bytes(backup)
    enabled, = ledger.newest(backup).last_steps
    assert not host.pam("alice", token.code(enabled))
    assert host.pam("alice", token.code(step))
    assert not host.pam("alice", token.code(step))
    assert not host.pam("alice", token.code(step - 2))
    assert host.pam("alice", token.code(step + 1))
