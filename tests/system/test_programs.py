"""The same by real sshd, sudo, login(1) and su."""
import subprocess
import time

import pytest

from host import (DENIAL_SECONDS, PROGRAMS, SERVICES, Session, awsmfa, sign_in)

ASKS_PASSWORD = [p for p in PROGRAMS if p != "ssh-key"]
EXAMPLES = ["sshd", "sshd-awsmfa", "sudo", "login", "su"]


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


@pytest.fixture
def unenrolled_allowed():
    files = [f"/etc/pam.d/{name}" for name in EXAMPLES]
    subprocess.run(["sed", "-i", "s/pam_awsmfa.so.*/pam_awsmfa.so "
                    "unenrolled=allow/", *files], check=True)
    yield
    subprocess.run(["sed", "-i", "s/pam_awsmfa.so.*/pam_awsmfa.so/", *files],
                   check=True)


def service_of(program):
    return SERVICES.get(program, program) + " "


def test_right_code_lets_in_and_is_spent(host, way, program):
    token = host.enrol("alice")
    code = token.fresh()
    let_in, session = sign_in(program, "alice", code)
    assert let_in, session.said
    assert session.asked == 1
    host.log.decision("alice", "Success", service=service_of(program))
    let_in, session = sign_in(program, "alice", code)
    assert not let_in and session.asked == 1, session.said
    host.log.decision("alice", "InvalidAuthenticationCode", "already used",
                      service=service_of(program))


def test_wrong_code_is_denied(host, way, program):
    token = host.enrol("alice")
    let_in, session = sign_in(program, "alice", token.wrong())
    assert not let_in and session.asked == 1, session.said
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code",
                      service=service_of(program))


def test_code_of_another_users_token_is_denied(host, way, program):
    host.enrol("alice")
    other = host.enrol("bob")
    let_in, session = sign_in(program, "alice", other.fresh())
    assert not let_in and session.asked == 1, session.said
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")


def test_twelve_digits_resynchronise(host, way, program):
    token = host.enrol("alice")
    token.drift = 300
    let_in, session = sign_in(program, "alice", "".join(token.pair()))
    assert let_in, session.said
    let_in, session = sign_in(program, "alice", token.fresh())
    assert let_in, session.said


def test_unenrolled_user_is_denied(host, way, program):
    user = "carol"
    let_in, session = sign_in(program, user, "123456")
    assert not let_in and session.asked == 1, session.said
    host.log.decision(user, "NotEnrolled", service=service_of(program))


def test_unenrolled_user_is_let_in_where_allowed(host, way, program,
                                                 unenrolled_allowed):
    session = Session(program, "carol")
    what = session.next()
    if what == "password":
        session.hush()
        session.child.sendline(session.password)
        what = session.next()
    session.end()
    assert what in ("in", "shell") and session.asked == 0, session.said
    host.log.has("user=carol ", "outcome=Success", "unenrolled")


@pytest.mark.parametrize("program", ["ssh", "ssh-key", "login", "su"])
def test_unknown_user_is_denied(host, way, program):
    let_in, session = sign_in(program, "nobody-here", "123456", "password")
    assert not let_in, session.said


@pytest.mark.parametrize("program", ASKS_PASSWORD)
def test_wrong_password_asks_for_no_code(host, way, program):
    token = host.enrol("alice")
    let_in, session = sign_in(program, "alice", token.fresh(), "wrong")
    assert not let_in and session.asked == 0, session.said


def test_throttled_user_is_denied_until_unlocked(host, way, program):
    token = host.enrol("alice")
    for _ in range(6):
        assert not host.pam("alice", token.wrong())
    code = token.fresh()
    let_in, session = sign_in(program, "alice", code)
    assert not let_in and session.asked == 1, session.said
    host.log.decision("alice", "Throttling", service=service_of(program))
    awsmfa("unlock", "--user-name", "alice")
    let_in, session = sign_in(program, "alice", code)
    assert let_in, session.said


def test_each_of_eight_devices_is_let_in(host, way, program):
    for token in host.enrol_many("alice", 8):
        let_in, session = sign_in(program, "alice", token.fresh())
        assert let_in, session.said
        host.log.has("outcome=Success", f"serial={token.serial} ")


def test_damaged_device_file_denies(host, way, program):
    token = host.enrol("alice")
    with open("/var/lib/awsmfa/devices/alice", "a") as file:
        file.write("more = 1;\n")
    began = time.monotonic()
    let_in, session = sign_in(program, "alice", token.fresh())
    assert not let_in, session.said
    assert time.monotonic() - began < DENIAL_SECONDS
    host.log.decision("alice", "ServiceFailure", "devices/alice",
                      service=service_of(program))


def test_remote_host_and_terminal_are_in_the_log(host, way):
    token = host.enrol("alice")
    assert sign_in("ssh", "alice", token.fresh())[0]
    host.log.has("user=alice service=sshd rhost=127.0.0.1 tty=ssh ",
                 "outcome=Success")
