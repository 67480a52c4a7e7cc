"""The endpoint absent, killed, hung, or someone else in its place: each denies
within ten seconds, is in the log, and the next sign-in works."""
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from host import (ACCOUNT, DENIAL_SECONDS, ENDPOINT, ENV, SOCKET, SUPPORT,
                  Session, as_user, sign_in, wait_until)

PROGRAMS = ["ssh", "sudo", "login", "su"]


class Clock:
    def __init__(self):
        self.began = time.monotonic()

    def check(self):
        spent = time.monotonic() - self.began
        assert spent < DENIAL_SECONDS, f"the denial took {spent:.1f} s"


def denies_in_time(host, user, code):
    clock = Clock()
    assert not host.pam(user, code)
    clock.check()


@pytest.fixture
def fake():
    """Starts a fake endpoint; fake(account, how)."""
    started = []

    def start(account, how):
        process = subprocess.Popen(
            [SUPPORT / "fake-endpoint", SOCKET, account, how], env=ENV,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
    SOCKET.unlink(missing_ok=True)


@pytest.fixture
def endpoint_moved_away():
    away = ENDPOINT + ".away"
    os.rename(ENDPOINT, away)
    yield away
    if os.path.lexists(ENDPOINT):
        os.unlink(ENDPOINT)
    os.rename(away, ENDPOINT)


def test_one_shot_takes_over_where_no_service_was_started(host):
    token = host.enrol("alice")
    assert not SOCKET.exists()
    assert host.pam("alice", token.fresh())
    assert host.endpoints(alive=False) == []


def test_one_shot_takes_over_after_the_service_was_killed(host):
    host.start_service()
    token = host.enrol("alice")
    host.kill(host.service.pid)
    wait_until(lambda: not host.endpoints(), what="the workers live on")
    assert SOCKET.exists()
    assert host.pam("alice", token.fresh())


def test_service_takes_over_again(host):
    token = host.enrol("alice")
    assert host.pam("alice", token.fresh())
    host.start_service()
    assert host.pam("alice", token.fresh())
    host.stop_service()
    assert host.pam("alice", token.fresh())


def test_worker_killed_at_the_prompt_denies(host, way):
    token = host.enrol("alice")
    child = host.pam_at_prompt("alice")
    victims = host.workers() if way == "service" else host.endpoints()
    assert victims
    for pid in victims:
        host.kill(pid)
    clock = Clock()
    code = token.fresh()
    child.sendline(code)
    assert not host.finish(child)
    clock.check()
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable|RequestAborted")
    assert host.pam("alice", code)


def test_whole_service_killed_at_the_prompt_denies(host):
    host.start_service()
    token = host.enrol("alice")
    child = host.pam_at_prompt("alice")
    for pid in host.endpoints():
        host.kill(pid)
    clock = Clock()
    code = token.fresh()
    child.sendline(code)
    assert not host.finish(child)
    clock.check()
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable|RequestAborted")
    assert host.pam("alice", code)              # one-shot
    host.stop_service()
    host.start_service()
    assert host.pam("alice", token.fresh())


def test_killed_between_answer_and_outcome_denies(host, way):
    token = host.enrol("alice")
    child = host.pam_at_prompt("alice")
    for pid in host.endpoints():
        host.kill(pid, signal.SIGSTOP)
    code = token.fresh()
    child.sendline(code)
    time.sleep(0.3)
    clock = Clock()
    for pid in host.endpoints():
        host.kill(pid)
    assert not host.finish(child)
    clock.check()
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable|RequestAborted")
    host.stop_service()
    if way == "service":
        host.start_service()
    assert host.pam("alice", code)


def test_hung_after_the_answer_denies(host, way):
    token = host.enrol("alice")
    child = host.pam_at_prompt("alice")
    stopped = host.endpoints()
    for pid in stopped:
        host.kill(pid, signal.SIGSTOP)
    clock = Clock()
    code = token.fresh()
    child.sendline(code)
    assert not host.finish(child)
    clock.check()
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable")
    if way == "oneshot":                        # nothing is left behind
        wait_until(lambda: not host.endpoints(alive=False))
    for pid in stopped:
        host.kill(pid, signal.SIGCONT)
    # Whether the code was spent meanwhile or not: one login at most.
    first = host.pam("alice", code)
    assert not (first and host.pam("alice", code))
    assert host.pam("alice", token.fresh())


def test_hung_service_denies_in_all_programs_and_works_when_it_goes_on(host):
    host.start_service()
    token = host.enrol("alice")
    stopped = host.endpoints()
    for pid in stopped:
        host.kill(pid, signal.SIGSTOP)
    clock = Clock()
    sessions = [Session(program, "alice") for program in PROGRAMS]
    for session in sessions:
        assert session.next() == "password"
        session.hush()
        session.child.sendline(session.password)
    for session in sessions:
        assert session.next() == "denied", session.said
        session.end()
    clock.check()
    for service in ("sshd", "sudo", "login", "su"):
        host.log.has("pam_awsmfa", rf"\({service}:auth", "alice",
                     "ServiceUnavailable")
    for pid in stopped:
        host.kill(pid, signal.SIGCONT)
    for program in PROGRAMS:
        let_in, session = sign_in(program, "alice", token.fresh())
        assert let_in, session.said


def test_endpoint_missing_denies_and_says_what_to_do(host,
                                                     endpoint_moved_away):
    denies_in_time(host, "alice", "123456")
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable", ENDPOINT)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false", "/bin/cat",
                                     "/bin/yes", "/bin/dd"])
def test_another_program_in_the_endpoints_place_denies(
        host, endpoint_moved_away, program):
    shutil.copy(program, ENDPOINT)
    denies_in_time(host, "alice", "123456")
    host.log.has("pam_awsmfa", "alice", "Service")


def test_endpoint_that_sleeps_denies(host, endpoint_moved_away):
    Path(ENDPOINT).write_text("#!/bin/sh\nexec sleep 60\n")
    os.chmod(ENDPOINT, 0o755)
    denies_in_time(host, "alice", "123456")
    host.log.has("pam_awsmfa", "alice", "ServiceUnavailable")
    out = subprocess.run(["pgrep", "-x", "sleep"], capture_output=True)
    assert out.stdout == b""


@pytest.mark.parametrize("how", [
    "silent", "dribble", "hangup", "garbage", "version", "type", "long", "nul",
    "turn", "outcome", "prompts", "flood", "deaf"])
def test_fake_endpoint_that_misbehaves_denies(host, fake, how):
    token = host.enrol("alice")
    process = fake(ACCOUNT, how)
    clock = Clock()
    code = token.fresh()
    assert not host.pam("alice", code, code)
    clock.check()
    host.log.has("pam_awsmfa", "alice", "Service|Aborted")
    process.kill()
    process.wait()
    host.start_service()
    assert host.pam("alice", code)


def test_peer_of_another_uid_is_not_believed(host, fake):
    token = host.enrol("alice")
    fake("nobody", "success")
    denies_in_time(host, "alice", token.wrong())
    host.log.has("pam_awsmfa", "alice", "uid 65534")
    assert "MFA code" not in host.said


@pytest.mark.parametrize("program", PROGRAMS)
def test_peer_of_another_uid_denies_in_real_programs(host, fake, program):
    fake("nobody", "success")
    clock = Clock()
    let_in, session = sign_in(program, "alice", "123456")
    assert not let_in and session.asked == 0, session.said
    clock.check()
    host.log.has("pam_awsmfa", "alice", "uid 65534")


def test_peers_of_the_account_and_root_are_believed(host, fake):
    # So that the tests above can fail: the same answer from the right peer.
    fake(ACCOUNT, "success").kill()
    for account in (ACCOUNT, "root"):
        fake(account, "success")
        assert host.pam("alice")


# What the endpoint does once it is loaded, by system call: it is killed before
# the first of each kind, then before the second, and so on.
CALLS = ("pwrite64", "fdatasync", "fcntl", "sendmsg", "sendto", "recvfrom",
         "recvmsg", "poll", "clock_nanosleep", "getrandom", "exit_group")


def killed_at(host, call, number, code, real):
    """Has a sign-in let in whose endpoint was killed before its CALL number
    NUMBER? Test equipment stands in the endpoint's place: strace, which runs
    the REAL one and kills it."""
    Path(ENDPOINT).write_text(
        "#!/bin/sh\n"
        f"exec /usr/bin/strace -f -qq -o /dev/null -e trace={call} "
        f"-e inject={call}:signal=KILL:when={number} {real} --one-shot\n")
    os.chmod(ENDPOINT, 0o755)
    clock = Clock()
    let_in = host.pam("alice", code)
    clock.check()
    os.unlink(ENDPOINT)
    return let_in


def test_killed_at_every_step_never_lets_a_code_in_twice(host, request):
    token = host.enrol("alice")
    host.save()
    real = request.getfixturevalue("endpoint_moved_away")
    code, later = token.fresh(), token.fresh()
    spent = 0
    for call in CALLS:
        for number in range(1, 100):
            first = killed_at(host, call, number, code, real)
            os.link(real, ENDPOINT)
            again = host.pam("alice", code)
            assert not (first and again), f"{call} {number}: two logins"
            spent += not first and not again
            assert host.pam("alice", later)
            os.unlink(ENDPOINT)
            host.restore()
            if first:
                break                   # it ended before call NUMBER
    # It was killed after the code was spent and before anyone was told, too.
    assert spent >= 1


@pytest.fixture
def proc():
    """Mounts /proc with other options, until the test ends."""
    def remount(options):
        subprocess.run(["mount", "-o", f"remount,{options}", "/proc"],
                       check=True)
    yield remount
    remount("hidepid=0,gid=0")


@pytest.mark.parametrize("hidepid", ["0", "2"])
def test_hundred_su_at_their_prompts_keep_nobody_out(host, proc, hidepid):
    # A /proc that hides root's processes from the account is common.
    proc(f"hidepid={hidepid}")
    host.start_service()
    host.enrol("mallory")
    token = host.enrol("bob")
    waiting = []
    for _ in range(100):
        argv = as_user("mallory", "su", "mallory", "-c", "true")
        child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV, timeout=20)
        child.delaybeforesend = None
        waiting.append(child)
    at_prompt = 0
    for child in waiting:
        child.expect_exact("Password: ")
        child.waitnoecho(2)
        child.sendline("mallory's password")
    for child in waiting:
        at_prompt += child.expect(["MFA code: ", "su: "]) == 0
    assert at_prompt >= 10
    for program in ("sudo", "login", "ssh"):
        if program == "ssh" and hidepid == "2":
            # Its session's ticket is for a process that must be seen.
            proc(f"gid={pwd.getpwnam('awsmfa').pw_gid}")
        clock = Clock()
        let_in, session = sign_in(program, "bob", token.fresh())
        assert let_in, f"{program}: {session.said}"
        clock.check()
    assert host.pam("bob", token.fresh())
    for child in waiting:
        host.kill(child.pid)
        child.ptyproc.delayafterclose = 0
        child.close(force=True)
    host.log.has("awsmfa-endpoint", "refused uid 2005")


def connect():
    """A caller of root's that has said nothing."""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(str(SOCKET))
    return caller


def test_callers_that_say_nothing_keep_nobody_out(host):
    """A su that its user stops before its first word, for one; the oldest make
    room, and no one is ended who speaks."""
    host.start_service()
    token = host.enrol("bob")
    with contextlib.ExitStack() as stack:
        stopped = [stack.enter_context(connect()) for _ in range(200)]
        assert host.pam("bob", token.fresh())
        child = host.pam_at_prompt("bob")
        stopped += [stack.enter_context(connect()) for _ in range(100)]
        clock = Clock()
        assert host.pam("bob", token.fresh())
        clock.check()
        wait_until(lambda: len(host.workers()) <= 80)
        for caller in stopped[:200]:
            caller.settimeout(5)
            assert caller.recv(1) == b""
        child.sendline(token.fresh())
        assert host.finish(child)
    wait_until(lambda: len(host.workers()) <= 8)
    host.log.has("awsmfa-endpoint", "refused uid 0: 64 ", "nothing was said")


def test_callers_that_come_and_go_keep_nobody_out(host):
    host.start_service()
    token = host.enrol("bob")
    for _ in range(4):
        for word in b"", b"\1", b"x" * 64:
            for _ in range(200):
                with connect() as caller:
                    caller.send(word)
        clock = Clock()
        assert host.pam("bob", token.fresh())
        clock.check()
    wait_until(lambda: len(host.workers()) <= 8)


def test_forks_that_fail_for_a_while_end_nothing(host):
    host.start_service()
    token = host.enrol("bob")
    child = host.pam_at_prompt("bob")

    def limit(count):
        subprocess.run([*as_user(ACCOUNT, "prlimit",
                                 f"--pid={host.service.pid}",
                                 f"--nproc={count}:")], check=True)
    wait_until(lambda: len(host.workers()) == 5)
    limit(1)
    waiting = [host.pam_at_prompt("bob") for _ in range(4)]
    late = pexpect.spawn("pamtester", ["mfa", "bob", "authenticate"], env=ENV,
                         timeout=DENIAL_SECONDS + 5, encoding="utf-8")
    host.log.has("awsmfa-endpoint", "a worker: Resource temporarily")
    limit(4000)
    late.delaybeforesend = None
    late.expect_exact("MFA code: ")
    late.sendline(token.fresh())
    assert host.finish(late)
    for one in [child, *waiting]:
        one.sendline(token.fresh())
        assert host.finish(one)


def test_hidden_proc_denies_where_the_session_decides(host, proc):
    """And nowhere else: sudo has no ticket, and needs none."""
    proc("hidepid=2")
    host.start_service()
    token = host.enrol("bob")
    assert sign_in("sudo", "bob", token.fresh())[0]
    assert not sign_in("ssh", "bob", token.fresh())[0]
    host.log.has("awsmfa-endpoint", "user bob: no ticket: /proc does not show")
