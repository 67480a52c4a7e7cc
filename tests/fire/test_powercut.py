"""Power cuts, right after the answer."""
import os
import random
import subprocess

import pytest

import fire
import host as bed
import ledger
import powercut


@pytest.fixture
def disk(host, tmp_path):
    """The state is on a disk of its own; whatever runs on it has ended before
    it goes."""
    disk = powercut.Disk(tmp_path)
    yield disk
    host.stop_service()
    disk.unmount()


@pytest.fixture
def people(host, users, disk):
    crowd = fire.Crowd(host, users)
    disk.sync()
    return crowd


def test_power_cut_loses_what_is_not_synced(disk):
    """By the method of the other tests."""
    lost, kept = (bed.STATE / name for name in ("lost", "kept"))
    lost.write_bytes(b"x" * 1024)
    disk.cut()
    disk.restart()
    assert not lost.exists()
    disk.forget()
    with kept.open("wb", buffering=0) as file:
        file.write(b"x" * 1024)
        os.fsync(file.fileno())
    disk.cut()
    disk.restart()
    assert kept.read_bytes() == b"x" * 1024
    disk.forget()


def test_power_cut_loses_what_a_slot_has_without_fdatasync(disk, people):
    """A record that is written like the ledger's and not synced is lost, so
    that those that are found below had been synced."""
    user = people.users[0]
    before = people.path(user).read_bytes()
    with people.path(user).open("r+b", buffering=0) as file:
        file.seek(ledger.STRIDE)
        file.write(b"x" * ledger.SLOT)
    disk.cut()
    disk.restart()
    assert people.path(user).read_bytes() == before
    disk.forget()
    people.restore()


def sign_in(people, answers, disk):
    """All sign in at once; the power is cut as soon as some have been told, and
    what they were told is returned."""
    process = subprocess.Popen(
        [fire.PROGRAMS / "again", "mfa",
         *(f"{user}={code}" for user, code in answers.items())],
        env=bed.ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True)
    count = random.randint(1, len(answers))
    told = dict(process.stdout.readline().split() for _ in range(count))
    disk.cut()
    process.communicate()
    return told


def cut_and_restart(host, disk, way):
    """As if the machine had lost its power, and got it back."""
    disk.cut()
    host.stop_service()
    disk.restart()
    if way == "service":
        host.start_service()


def test_power_cut_loses_no_recovery_code_or_grant_that_was_used(
        host, disk, people, way):
    users = people.users[:6]
    answers = {}
    for i, user in enumerate(users):
        if i % 2:
            made = bed.awsmfa("create-recovery-codes", "--user-name", user)
            answers[user] = made["RecoveryCodes"]["Codes"][0]
        else:
            made = bed.awsmfa("grant", "--user-name", user)
            answers[user] = made["Grant"]["Code"]
    disk.sync()
    told = sign_in(people, answers, disk)
    host.stop_service()
    disk.restart()
    if way == "service":
        host.start_service()
    lines = fire.run("again", "mfa", *(
        f"{user}={answer},{answer},{people.code(user, later=1)}"
        for user, answer in answers.items()))
    assert set(told.values()) == {"in"}
    for user, first, second, code in lines:
        assert (second, code) == ("denied", "in"), user
        assert first == "denied" or user not in told, user
    host.stop_service()
    disk.forget()


def test_power_cut_loses_no_operation_that_was_told_to_be_done(
        host, disk, people, way):
    """Each is cut right after its end."""
    user, other = people.users[:2]
    token, = host.tokens(1, period=fire.PERIOD)
    token.settle(8)
    step = token.step()

    def cut():
        cut_and_restart(host, disk, way)

    def go_on():
        host.stop_service()
        disk.forget()
        if way == "service":
            host.start_service()

    def devices(name):
        return [device["SerialNumber"] for device in bed.awsmfa(
            "list-mfa-devices", "--user-name", name)["MFADevices"]]

    host.enable(user, token, token.codes(step - 3, 2))
    cut()
    assert token.serial in devices(user)
    assert not host.pam(user, token.code(step - 2))
    assert host.pam(user, token.code(step - 1))
    go_on()
    old = bed.awsmfa("create-recovery-codes", "--user-name", user)
    disk.sync()
    new = bed.awsmfa("create-recovery-codes", "--user-name", user)
    cut()
    assert not host.pam(user, old["RecoveryCodes"]["Codes"][0])
    assert host.pam(user, new["RecoveryCodes"]["Codes"][0])
    go_on()
    grant = bed.awsmfa("grant", "--user-name", other)["Grant"]["Code"]
    disk.sync()
    bed.awsmfa("grant", "--user-name", other, "--revoke")
    cut()
    assert not host.pam(other, grant)
    go_on()
    bed.awsmfa("deactivate-mfa-device", "--user-name", user,
               "--serial-number", token.serial)
    cut()
    assert token.serial not in devices(user)
    assert not host.pam(user, token.code(step + 1))
    host.enable(other, token, token.codes(step, 2))
    host.stop_service()
    disk.forget()


def check(people, codes, told):
    """After the cut: what was told is known, and the next code is good."""
    for user, answer in told.items():
        slot = ledger.newest(people.path(user).read_bytes())
        assert slot.failures[0] == (answer == "denied"), (user, answer)
    lines = fire.run("again", "mfa", *(
        f"{user}={codes[user]},{people.code(user, later=1)}"
        for user in codes))
    for user, again, later in lines:
        assert later == "in", user
        if told.get(user) == "in":
            assert again == "denied", user


def test_power_cut_loses_nothing_that_was_told(host, disk, people, way):
    """Even users sign in, the odd ones type a wrong code."""
    counts = {"in": 0, "denied": 0}
    if way == "service":
        host.stop_service()
    for _ in range(fire.rounds(20)):
        people.settle()
        people.restore()
        disk.sync()
        codes = {user: people.code(user) for user in people.users}
        answers = {user: people.tokens[user].wrong() if i % 2 else codes[user]
                   for i, user in enumerate(people.users)}
        if way == "service":
            host.start_service()
        told = sign_in(people, answers, disk)
        host.stop_service()
        disk.restart()
        if way == "service":
            host.start_service()
        check(people, codes, told)
        host.stop_service()
        disk.forget()
        for answer in told.values():
            counts[answer] += 1
    assert min(counts.values()) >= 20, counts
