"""What an attacker was seen to be able to try on Debian 12, and where the test
of it is: here, or else in

a set-uid host with limits, descriptors, signals and an environment (OPENSSL_CONF)
of the attacker's     system/test_oneshot.py, pam/test_one_shot.c
a host that reaps every child, or blocks or ignores signals      pam/test_host.c
claims on the users' socket    system/test_users.py: claims of a user count for
                               nothing; system/test_locker.py
a user who asks for another, so as to throttle or to learn
                               system/test_users.py: user signs in for themselves
guesses by a user's own malware          system/test_users.py: guesses of a locker
a throttled user's recovery code and grant    system/test_recovery.py: throttle bars
                               neither; tap: system/test_key.py
floods, lingering sockets, uids without a name         system/test_users.py
SSH_AUTH_INFO_0, forged        system/test_ssh_tap.py: variable that a user sets;
                               unit/test_ssh_info.c
a public key alone             system/test_login.py: public key alone is denied
a ticket forged, stolen, of another user, process, boot or key
                               system/test_phases.py
PAM_USER that changes between the phases     pam/test_phases.c
enrolment by who has not given the password       system/test_login.py: wrong
                               password writes nothing; in sudo: here
an SSH agent that lies, hangs or answers with what is old  system/test_ssh_tap.py
taps for who is not at the machine     system/test_key.py, system/vm/test_key.py
a security key that sends rubbish      key/test_hostile.c, key/test_sandbox.c
units that hide who asks       lint/units.sh, system/vm/test_machine.py
libconfig: wide integers, @include, NUL        unit/test_devfile_damage.c,
                               system/test_badinput.py; its exit: test_faults.py
device files, ledgers and folders of someone else   system/test_badinput.py,
                               test_slots.py
"""
import concurrent.futures
import subprocess
from pathlib import Path

import pytest

from host import (CONF, ENV, PROGRAMS, STATE, Session, awsmfa, password_of,
                  sign_in, wait_until)

PAM = Path("/etc/pam.d")
OPEN = "unenrolled=enroll-open"
TRIES = 7                               # five are free


def devices():
    return sorted(path.name for path in (STATE / "devices").iterdir())


@pytest.fixture
def restored():
    """Gives back the files of services that a test writes to."""
    before = {path: path.read_bytes() for path in PAM.iterdir()
              if path.is_file()}
    yield
    for path in PAM.iterdir():
        if path not in before:
            path.unlink()
        elif path.read_bytes() != before[path]:
            path.write_bytes(before[path])


def guess(program, token):
    """A try of who does not have the first factor; what is said of it."""
    if program == "ssh-key":                    # a key that is not alice's
        return subprocess.run(
            ["ssh", "-p", "2222", "-o", "BatchMode=yes", "alice@bed", "true"],
            env=ENV, capture_output=True, text=True, timeout=60).stderr
    let_in, session = sign_in(program, "alice", token.wrong(),
                              password="wrong")
    assert not let_in and session.asked == 0, session.said
    return session.said


@pytest.mark.parametrize("program", PROGRAMS)
def test_stranger_without_the_first_factor_throttles_nobody(host, program):
    host.start_service()
    token = host.enrol("alice", period=60)
    ledger = (STATE / "ledger/alice").read_bytes()
    with concurrent.futures.ThreadPoolExecutor(TRIES) as pool:
        for said in pool.map(guess, [program] * TRIES, [token] * TRIES):
            assert "MFA" not in said
    assert (STATE / "ledger/alice").read_bytes() == ledger
    let_in, session = sign_in(program, "alice", token.fresh())
    assert let_in, session.said


def test_owner_who_is_throttled_has_other_ways_in(host, way):
    """By who knows the password, a user's own household say: codes alone are
    refused then, and only at this door."""
    token = host.enrol("alice", period=60)
    made = awsmfa("create-recovery-codes", "--user-name", "alice")
    for _ in range(TRIES):
        assert not host.pam("alice", token.wrong())
    assert not host.pam("alice", token.fresh())
    host.log.decision("alice", "Throttling")
    assert host.pam("alice", made["RecoveryCodes"]["Codes"][0])
    grant = awsmfa("grant", "--user-name", "alice", "--for", "1h")
    assert host.pam("alice", grant["Grant"]["Code"])
    awsmfa("unlock", "--user-name", "alice")
    assert host.pam("alice", token.fresh())


@pytest.fixture
def password_sshd(host):
    """An sshd with the method "password", which answers every hidden prompt
    with the login password."""
    text = Path("/etc/ssh/sshd_config").read_text()
    for before, after in (("Port 22", "Port 2223"),
                          ("KbdInteractiveAuthentication yes",
                           "KbdInteractiveAuthentication no"),
                          ("PasswordAuthentication no",
                           "PasswordAuthentication yes")):
        assert before in text
        text = text.replace(before, after)
    config = Path("/run/bed/sshd_config_password")
    config.write_text(text)
    sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", config],
                            stderr=subprocess.DEVNULL)

    def attempt(password):
        done = subprocess.run(
            ["sshpass", "-p", password, "ssh", "-p", "2223", "alice@bed",
             "-o", "PreferredAuthentications=password", "echo in"],
            env=ENV, capture_output=True, text=True, timeout=30)
        return "in" in done.stdout.split(), done.stderr
    wait_until(lambda: "refused" not in attempt("wrong")[1])
    host.log.mark()
    yield attempt
    sshd.terminate()
    sshd.wait()


def test_password_in_place_of_a_code_denies_and_is_no_guess(host,
                                                            password_sshd):
    host.start_service()
    token = host.enrol("alice", period=60)
    ledger = (STATE / "ledger/alice").read_bytes()
    with concurrent.futures.ThreadPoolExecutor(TRIES) as pool:
        tries = pool.map(password_sshd, [password_of("alice")] * TRIES)
        assert not any(let_in for let_in, _ in tries)
    host.log.decision("alice", "InvalidAuthenticationCode", "not a code",
                      service="sshd")
    assert password_of("alice") not in host.log.text()
    assert (STATE / "ledger/alice").read_bytes() == ledger
    assert sign_in("ssh", "alice", token.fresh())[0]


def test_right_code_after_a_wrong_password_denies_and_is_spent(host, way,
                                                               restored):
    """Where the stack goes on; so README wants the first factor to end it."""
    (PAM / "fire-required").write_text(
        "auth required pam_unix.so nodelay\nauth required pam_awsmfa.so\n"
        "account required pam_permit.so\n")
    token = host.enrol("alice", period=60)
    code = token.fresh()
    assert not host.pam("alice", "wrong", code, service="fire-required")
    assert not host.pam("alice", password_of("alice"), code,
                        service="fire-required")
    assert host.pam("alice", password_of("alice"), token.fresh(),
                    service="fire-required")


@pytest.mark.parametrize("services", ['"sshd"', '"sshd", "sudo"'],
                         ids=["by default", "sudo among them"])
def test_sudo_hands_nobody_the_enrolment_of_root(host, way, restored,
                                                 services):
    """PAM_USER is root when sudo opens the session, and sudo runs what it was
    told to although session and setcred fail."""
    (CONF / "awsmfa.conf").write_text(f"account_services = [{services}];\n")
    lines = "".join(f"{kind} required pam_awsmfa.so {OPEN}\n"
                    for kind in ("account", "session"))
    (PAM / "sudo").write_text(
        f"@include common-auth\nauth required pam_awsmfa.so {OPEN}\n{lines}"
        "@include common-account\n@include common-session-noninteractive\n")
    session = Session("sudo", "carol")
    assert session.next() == "password"
    session.hush()
    session.child.sendline(session.password)
    enrols = session.child.expect(["MFA code: ", "MFA code 1: "])
    assert enrols == ("sudo" in services)
    said = session.child.before
    if enrols:
        assert "otpauth://totp/" in said and "carol" in said
    assert "root" not in said
    session.child.sendline("123456")
    session.end()
    wait_until(lambda: devices() == [])
    # Nor where nobody is asked for anything: sudo runs account alone then.
    done = subprocess.run(["sudo", "-n", "true"], env=ENV, timeout=30,
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert b"otpauth" not in done.stdout + done.stderr
    assert devices() == []
    token = host.enrol("carol", period=60)
    sign_in("sudo", "carol", token.fresh())
    assert devices() == ["carol"]
