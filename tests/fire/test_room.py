"""No room, no disk, no descriptors: a right code still gets in where it can be
recorded, and is denied where it can't; the log says what is wrong."""
import contextlib
import os
import subprocess
from pathlib import Path

import pytest

import faulty
import powercut
from host import (ACCOUNT, ENDPOINT, ENV, SOCKET, STATE, SUPPORT, Failure,
                  awsmfa, wait_until)

SIZE = 4 << 20


def mount_tmpfs():
    powercut.run("mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=64,mode=700",
                 "room", STATE)


def mount_ext4():
    powercut.make_loops()
    image = "/run/bed/room"
    with open(image, "wb") as file:
        file.truncate(SIZE)
    powercut.run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "1024",
                 "-N", "64", image)
    powercut.run("mount", "-o", "loop", image, STATE)
    os.rmdir(STATE / "lost+found")


@pytest.fixture(params=[mount_tmpfs, mount_ext4], ids=["tmpfs", "ext4"])
def room(request, host):
    """The state is on a small file system of its own."""
    request.param()
    powercut.run("awsmfa", "init")
    yield host
    host.stop_service()
    subprocess.run(["umount", STATE], check=True)


def fill():
    """Until not an octet is free."""
    with open(STATE / "fill", "wb", buffering=0) as file:
        for size in 65536, 512, 1:
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    assert os.statvfs(STATE).f_bavail == 0


def use_up_inodes():
    """And names, so that no file can be made."""
    for number in range(100000):
        try:
            (STATE / f"inode{number}").touch()
        except OSError:
            break
    assert os.statvfs(STATE).f_ffree == 0


def make_room():
    for path in STATE.iterdir():
        if path.name.startswith(("fill", "inode")):
            path.unlink()


USED_UP = {"octets": fill, "inodes": use_up_inodes}


def kept(host):
    """What is not to change unless an operation succeeds."""
    return {path: what for path, what in host.digest().items()
            if "/fill" not in path and "/inode" not in path and
            not os.path.isdir(path)}


@pytest.mark.parametrize("what", USED_UP.values(), ids=USED_UP)
def test_right_code_gets_in_on_a_full_disk_and_is_recorded(room, way, what):
    token = room.enrol("alice", period=60)
    codes = awsmfa("create-recovery-codes", "--user-name", "alice")
    recovery = codes["RecoveryCodes"]["Codes"][0]
    what()
    for answer in token.fresh(), recovery, token.fresh():
        assert room.pam("alice", answer)
        assert not room.pam("alice", answer)
    for _ in range(6):                          # each is counted
        assert not room.pam("alice", token.wrong())
    assert not room.pam("alice", token.wrong())
    room.log.decision("alice", "Throttling")
    make_room()
    awsmfa("unlock", "--user-name", "alice")
    assert not room.pam("alice", recovery)


@pytest.mark.parametrize("what", USED_UP.values(), ids=USED_UP)
def test_enrolment_on_a_full_disk_fails_cleanly_and_can_be_repeated(room, way,
                                                                    what):
    first = room.enrol("alice", period=60)
    second, third = room.tokens(2, period=60)
    before = kept(room)
    what()
    with pytest.raises(Failure) as failure:
        room.enable("alice", second)
    assert "ServiceFailure" in failure.value.text
    with pytest.raises(Failure):                # a user's first: no ledger yet
        room.enable("bob", third)
    room.log.has("awsmfa-endpoint", "operation=EnableMFADevice", "user=alice",
                 "ServiceFailure", "No space left on device")
    now = kept(room)
    assert {path for path in before if now.get(path) != before[path]} <= {
        str(STATE / "ledger/alice")}
    assert room.pam("alice", first.fresh())
    make_room()
    room.enable("alice", second, second.codes(second.step(), 2))
    room.enable("bob", third, third.codes(third.step(), 2))
    assert len(awsmfa("list-mfa-devices", "--user-name", "alice")
               ["MFADevices"]) == 2
    assert room.pam("alice", second.code(second.step() + 2))
    assert room.pam("bob", third.code(third.step() + 2))


def test_read_only_file_system_denies_and_spends_nothing(room, way):
    token = room.enrol("alice", period=60)
    before = room.digest()
    powercut.run("mount", "-o", "remount,ro", STATE)
    code = token.fresh()
    assert not room.pam("alice", code)
    room.log.has("awsmfa-endpoint", "user=alice", "outcome=ServiceFailure",
                 "ledger/alice: Read-only file system")
    with pytest.raises(Failure):
        room.enrol("bob")
    assert room.digest() == before
    powercut.run("mount", "-o", "remount,rw", STATE)
    assert room.pam("alice", code)


def pam_under(limits, user, code):
    """pamtester, by a caller with LIMITS; has it let USER in?"""
    done = subprocess.run(["prlimit", *limits, "pamtester", "mfa", user,
                           "authenticate"], input=code + "\n", env=ENV,
                          capture_output=True, text=True, timeout=30)
    return done.returncode == 0


LIMITS = {
    "no file size": ["--fsize=0:0"],
    "little file size": ["--fsize=1024:1024"],
    "no processor time": ["--cpu=1:1"],
    "no locked memory": ["--memlock=0:0"],
    "no signals": ["--sigpending=0:0"],
    **{f"{n} descriptors": [f"--nofile={n}:{n}"] for n in range(3, 20)},
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_limits_of_a_caller_deny_or_let_in_rightly(host, way, limits):
    token = host.enrol("alice", period=60)
    code = token.fresh()
    first = pam_under(limits, "alice", code)
    assert not (first and host.pam("alice", code))
    assert first or host.pam("alice", code)     # it was not even asked for
    assert host.pam("alice", token.fresh())
    assert host.endpoints() == [] or host.service


def start_limited(host, limits):
    """The service, with limits of its own; it may end at once."""
    SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
    host.service = subprocess.Popen(
        [SUPPORT / "activate", SOCKET, ACCOUNT, "/usr/bin/prlimit", *limits,
         ENDPOINT, "--listen"], env=ENV, stdin=subprocess.DEVNULL)
    pid = host.service.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    wait_until(lambda: host.service.poll() is not None or
               children.read_text() or host.log.text())


@pytest.mark.parametrize("limits", [["--fsize=0:0"], ["--fsize=4096:4096"],
                                    *([f"--nofile={n}:{n}"]
                                      for n in range(5, 30, 3))],
                         ids=lambda limits: limits[0][2:])
def test_limits_of_the_service_deny_or_let_in_rightly(host, limits):
    token = host.enrol("alice", period=60)
    start_limited(host, limits)
    step = token.centre()
    for code in (token.code(step), token.code(step + 1)):
        if host.pam("alice", code):
            assert not host.pam("alice", code)
    host.stop_service()
    host.start_service()
    host.pam("alice", token.code(step + 1))     # where it was denied before
    assert not host.pam("alice", token.code(step + 1))
    assert not host.pam("alice", token.code(step))
    token.last, token.learned = step + 1, step + 1 - token.step()
    assert host.pam("alice", token.fresh())


@pytest.mark.parametrize("call", ["pwrite", "fdatasync", "__pread_chk",
                                  "fstat"])
def test_disk_that_fails_denies_and_is_named_in_the_log(host, way, call):
    undo = faulty.install()
    try:
        token = host.enrol("alice", period=60)
        host.stop_service()
        if way == "service":
            host.start_service()
        plan = faulty.Plan()
        code, wrong = token.fresh(), token.wrong()
        for answer in code, wrong:
            plan.arm(1, faulty.LASTING, faulty.CONVERSATION, call)
            assert not host.pam("alice", answer)
            plan.disarm()
            assert plan.failed == call
            host.log.has("awsmfa-endpoint", "user=alice",
                         "outcome=ServiceFailure",
                         "Input/output error|No space left")
            host.log.mark()
        host.pam("alice", code)
        assert not host.pam("alice", code)
        assert host.pam("alice", token.fresh())
        host.stop_service()
    finally:
        undo()
