"""Whole logins with the module in auth, account and session, by real programs:
tickets, MFA sessions, enrolment at the sign-in, public keys alone."""
import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from host import (CONF, DENIAL_SECONDS, ENV, SOCKET, STATE, Session, awsmfa,
                  password_of, sign_in, wait_until)
from test_phases import App, FRESH, RECENT, SESSIONS, policy, sessions

KEY_PORT = "2223"
READY = 4                               # workers that wait
PAM = Path("/etc/pam.d")


class Lines:
    """PAM files of sshd and login with our lines in all three parts."""

    def __init__(self):
        self.before = {name: (PAM / name).read_text()
                       for name in ("sshd", "login")}

    def write(self, name, auth="", account="", session=""):
        """None leaves a line out."""
        ours = [f"{kind} required pam_awsmfa.so {words}" if words is not None
                else "" for kind, words in (("auth", auth),
                                            ("account", account),
                                            ("session", session))]
        (PAM / name).write_text(
            f"@include common-auth\n{ours[0]}\n"
            f"@include common-account\n{ours[1]}\n"
            "session required pam_loginuid.so\n"
            f"@include common-session\n{ours[2]}\n")

    def restore(self):
        for name, text in self.before.items():
            (PAM / name).write_text(text)


@pytest.fixture
def lines(host):
    for path in SESSIONS.iterdir():
        path.unlink()
    lines = Lines()
    lines.write("sshd")
    yield lines
    lines.restore()


@pytest.fixture
def loud():
    """sshd shows what it was told for the user."""
    files = [Path(f"/home/{user}/.hushlogin") for user in ("alice", "carol")]
    for file in files:
        file.unlink()
    yield
    for file in files:
        file.touch()


@pytest.fixture
def key_sshd():
    """An sshd that lets in with a public key alone, as far as it goes."""
    pid = Path("/run/bed/sshd-key.pid")
    subprocess.run(["/usr/sbin/sshd", "-p", KEY_PORT,
                    "-o", "PubkeyAuthentication=yes",
                    "-o", f"PidFile={pid}"], check=True)
    wait_until(pid.exists)
    yield
    subprocess.run(["kill", pid.read_text().strip()], check=True)
    pid.unlink(missing_ok=True)


def ssh_key(user, *command):
    """What ssh with a public key and nothing else comes to."""
    return subprocess.run(
        ["ssh", "-i", "/run/bed/id", "-p", KEY_PORT,
         "-o", "PreferredAuthentications=publickey", f"{user}@bed", *command],
        env=ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=30)


class Shell:
    """An interactive ssh session, up to where it asks for a code."""

    def __init__(self, user="alice", *options, password=None):
        self.user = user
        self.child = pexpect.spawn(
            "ssh", ["-tt", *options, f"{user}@bed"], env=ENV, timeout=20,
            encoding="utf-8", codec_errors="replace")
        self.child.delaybeforesend = None
        self.said = ""
        self.type("assword: ", password or password_of(user))

    def expect(self, what):
        index = self.child.expect(what)
        self.said += self.child.before + str(self.child.after)
        return index

    def type(self, prompt, text):
        self.expect(prompt)
        self.child.waitnoecho(timeout=2)
        self.child.sendline(text)

    def shell(self):
        self.expect("bed:~[$] ")
        return self

    def run(self, command):
        self.child.sendline(command)
        self.expect("bed:~[$] ")
        return self.child.before

    def leave(self):
        self.child.sendline("exit")
        self.expect(pexpect.EOF)
        self.child.close()


def logged_in(host, user="alice", token=None):
    token = token or host.enrol(user)
    shell = Shell(user)
    shell.type("MFA code: ", token.fresh())
    return token, shell.shell()


# Sessions

def test_login_has_an_mfa_session_until_the_logout(host, way, lines):
    _, shell = logged_in(host)
    audit = re.search(r"\d+", shell.run("cat /proc/self/sessionid")
                      .split("sessionid")[-1]).group()
    assert sessions() == [audit]
    environment = shell.run("env")
    assert "AWSMFA_TICKET" not in environment
    assert "AWSMFA_DEVICE=GAHT" in environment
    shell.leave()
    wait_until(lambda: sessions() == [])
    host.log.has("operation=OpenSession user=alice", "outcome=Success")
    host.log.has("operation=CloseSession user=alice", "outcome=Success")


def sudo(shell, code=None):
    """Has sudo asked for a code?"""
    shell.child.sendline("sudo -k id -un")
    shell.type("assword[^:]*: ", password_of(shell.user))
    if shell.expect(["MFA code: ", "root\r\n"]) == 1:
        shell.shell()
        return False
    shell.child.waitnoecho(timeout=2)
    shell.child.sendline(code or "")
    if code:
        shell.expect("root\r\n")
    shell.shell()
    return True


def test_sudo_asks_no_more_within_the_policys_age(host, way, lines):
    policy(host, RECENT)
    token = host.enrol("alice")
    _, shell = logged_in(host, token=token)
    assert not sudo(shell)
    host.log.has("service=sudo", "user=alice", "outcome=Success",
                 "recent enough")
    awsmfa("deactivate-mfa-device", "--user-name", "alice",
           "--serial-number", token.serial)
    host.enrol("alice")
    assert sudo(shell)
    shell.leave()


def test_sudo_asks_again_after_the_policys_age(host, way, lines):
    policy(host, {"Effect": "Allow", "Action": "pam:Authenticate",
                  "Resource": "*", "Condition": {"NumericLessThanEquals": {
                      "aws:MultiFactorAuthAge": "3"}}})
    token, shell = logged_in(host)
    audit, = sessions()

    def proved():
        text = (SESSIONS / audit).read_text()
        return int(re.search(r"^proved (\d+)$", text, re.M).group(1))
    first = proved()
    time.sleep(max(0, first + 4.01 - time.clock_gettime(time.CLOCK_BOOTTIME)))
    assert sudo(shell, token.fresh())
    assert proved() > first
    assert not sudo(shell)              # its own proof counts from now on
    shell.leave()


def test_sudo_asks_every_time_by_default(host, way, lines):
    token, shell = logged_in(host)
    assert sudo(shell, token.fresh())
    assert sudo(shell, token.fresh())
    shell.leave()


def test_two_logins_have_nothing_in_common(host, way, lines):
    policy(host, RECENT)
    token, first = logged_in(host)
    _, second = logged_in(host, token=token)
    assert len(sessions()) == 2
    first.leave()
    wait_until(lambda: len(sessions()) == 1)
    assert not sudo(second)
    second.leave()


def test_failed_attempts_are_told_after_the_login(host, way, lines, loud):
    token = host.enrol("alice")
    shell = Shell()
    shell.type("MFA code: ", token.wrong())
    shell.expect("Permission denied")
    assert "failed MFA" not in shell.said
    _, shell = logged_in(host, token=token)
    assert "1 failed MFA attempt since your last sign-in, last from " \
        "127.0.0.1" in shell.said
    shell.leave()
    _, shell = logged_in(host, token=token)
    assert "failed MFA" not in shell.said
    shell.leave()


# Public keys

def test_public_key_alone_is_denied(host, way, lines, key_sshd):
    host.enrol("alice")
    done = ssh_key("alice", "touch /tmp/was-here")
    assert done.returncode == 255, done
    assert not Path("/tmp/was-here").exists()
    host.log.has("operation=Account user=alice service=sshd",
                 "outcome=AccessDenied", "no ticket")


def test_session_denies_a_public_key_where_account_is_missing(
        host, way, lines, key_sshd):
    host.enrol("alice")
    lines.write("sshd", account=None)
    for command in ("touch /tmp/was-here", ""):
        assert ssh_key("alice", command).returncode != 0
    done = subprocess.run(
        ["sftp", "-i", "/run/bed/id", "-P", KEY_PORT, "-b", "-",
         "alice@bed"], env=ENV, input="put /etc/hostname was-here\n",
        capture_output=True, text=True, timeout=30)
    assert done.returncode != 0, done
    assert not Path("/tmp/was-here").exists()
    assert not Path("/home/alice/was-here").exists()
    host.log.has("operation=OpenSession user=alice", "outcome=AccessDenied",
                 "no ticket")


def test_public_key_alone_is_enough_where_the_policy_says_so(
        host, way, lines, key_sshd):
    host.enrol("alice")
    policy(host, FRESH, {"Effect": "Allow", "Action": "pam:Authenticate",
                         "Resource": "*", "Condition": {
                             "StringEquals": {"aws:username": "alice"},
                             "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}})
    done = ssh_key("alice", "echo in; cat /proc/self/sessionid")
    assert done.stdout.startswith("in\n"), done
    assert sessions() == []             # there was no MFA
    assert ssh_key("bob", "echo in").returncode == 255


def test_public_key_of_a_user_without_a_device_follows_unenrolled(
        host, way, lines, key_sshd):
    assert ssh_key("carol", "echo in").returncode == 255
    lines.write("sshd", "unenrolled=allow", "unenrolled=allow",
                "unenrolled=allow")
    assert ssh_key("carol", "echo in").stdout == "in\n"


def test_services_without_a_sign_in_are_left_alone(host, way, lines):
    """What runs account and session alone, as cron and root's su do."""
    (PAM / "mfa-batch").write_text(
        "auth required pam_deny.so\naccount required pam_permit.so\n"
        "account required pam_awsmfa.so\nsession required pam_permit.so\n"
        "session required pam_awsmfa.so\n")
    host.enrol("alice")
    done = subprocess.run(["pamtester", "mfa-batch", "alice", "acct_mgmt",
                           "open_session", "close_session"], env=ENV,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


# Enrolment at the sign-in

class Enrolment:
    """Someone who enrols at a terminal, with what they are shown."""

    def __init__(self, child):
        self.child, self.messages = child, []
        self.app = App()

    @property
    def said(self):
        return "\n".join(self.messages)

    def read(self, what):
        index = self.child.expect(what)
        self.messages += [line.strip()
                          for line in self.child.before.splitlines()]
        return index

    def code(self, prompt):
        self.read(prompt)
        self.child.waitnoecho(timeout=2)
        self.child.sendline(self.app(self))

    def both(self):
        self.code("MFA code 1: ")
        self.code("MFA code 2: ")


def everything():
    return sorted(str(p) for folder in ("devices", "ledger", "claims",
                                        "inventory")
                  for p in (STATE / folder).iterdir())


OPEN = "unenrolled=enroll-open"


def assert_qr(who):
    """The half blocks on the terminal are the URI's, as a camera reads it."""
    rows = [line for line in who.messages if re.fullmatch("[█▀▄ ]{20,}", line)]
    uri, = [m for m in who.messages if m.startswith("otpauth://")]
    assert len(rows) >= 15 and len({len(row) for row in rows}) == 1
    if not shutil.which("zbarimg"):
        return
    light = [[c in half for c in row] for row in rows
             for half in ("█▀", "█▄")]
    scale = 8
    pixels = b"".join(bytes(255 * dot for dot in row for _ in range(scale))
                      * scale for row in light)
    picture = Path("/run/bed/qr.pgm")
    picture.write_bytes(b"P5 %d %d 255\n" % (
        scale * len(light[0]), scale * len(light)) + pixels)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", picture],
                          capture_output=True, text=True)
    assert read.stdout.strip() == uri, read.stderr


def test_user_enrols_at_an_ssh_login(host, way, lines):
    lines.write("sshd", OPEN, OPEN, OPEN)
    shell = Shell("carol")
    who = Enrolment(shell.child)
    who.both()
    assert_qr(who)
    assert re.fullmatch(r"[A-Z2-7]{4}( [A-Z2-7]{4})+",
                        who.messages[who.messages.index("Secret key:") + 1])
    shell.shell()
    assert len(sessions()) == 1
    shell.leave()
    who.app.token.settle()
    let_in, session = sign_in("ssh", "carol", who.app.token.fresh())
    assert let_in, session.said
    listed = awsmfa("list-mfa-devices", "--user-name", "carol")
    assert [d["SerialNumber"] for d in listed["MFADevices"]] == \
        ["arn:aws:iam::000000000000:mfa/carol/signin"]


def test_user_enrols_at_a_login_with_the_administrators_code(
        host, way, lines):
    (CONF / "awsmfa.conf").write_text('account_services = ("login");\n')
    lines.write("login", *["unenrolled=enroll"] * 3)
    made = awsmfa("invite", "--user-name", "carol")
    code, = re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b",
                       json.dumps(made))
    child = pexpect.spawn("login", ["carol"], env=ENV, timeout=20,
                          encoding="utf-8")
    child.delaybeforesend = None
    for prompt, text in (("assword: ", password_of("carol")),
                         ("Enrollment code: ", code)):
        child.expect(prompt)
        child.waitnoecho(timeout=2)
        child.sendline(text)
    who = Enrolment(child)
    who.both()
    child.expect("bed:~[$] ")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    assert "devices/carol" in " ".join(everything())


@pytest.mark.parametrize("auth", ["@include common-auth",
                                  "auth required pam_unix.so nodelay"])
def test_wrong_password_writes_nothing(host, way, lines, auth):
    """Also where PAM goes on to the line of awsmfa."""
    lines.write("sshd", OPEN, OPEN, OPEN)
    text = (PAM / "sshd").read_text()
    (PAM / "sshd").write_text(text.replace("@include common-auth", auth))
    shell = Shell("carol", password="wrong")
    assert shell.expect(["Permission denied", "MFA code"]) == 0
    assert "otpauth" not in shell.said
    assert everything() == []


def test_missing_account_line_denies_who_would_enrol(host, way, lines):
    lines.write("sshd", OPEN, None, OPEN)
    shell = Shell("carol")
    shell.expect(pexpect.EOF)
    assert "bed:~" not in shell.said and "otpauth" not in shell.said
    host.log.has("operation=OpenSession user=carol", "outcome=AccessDenied")
    assert everything() == []


def test_leaving_in_the_middle_leaves_nothing(host, way, lines):
    lines.write("sshd", OPEN, OPEN, OPEN)
    shell = Shell("carol")
    Enrolment(shell.child).code("MFA code 1: ")
    shell.expect("MFA code 2: ")
    shell.child.close(force=True)
    host.log.decision("carol", "RequestAborted")
    wait_until(lambda: everything() == [])


@pytest.mark.parametrize("program", ["sudo", "su"])
def test_elsewhere_who_would_enrol_is_denied(host, way, program):
    """su tells to run awsmfa; sudo has told the module to be silent."""
    text = (PAM / program).read_text()
    (PAM / program).write_text(
        re.sub("pam_awsmfa.so.*", f"pam_awsmfa.so {OPEN}", text))
    try:
        let_in, session = sign_in(program, "carol", "123456")
        assert not let_in
        assert session.asked == 1 and "otpauth" not in session.said
        assert ("run awsmfa" in session.said) == (program == "su")
        host.log.decision("carol", "NotEnrolled", "run 'awsmfa'")
    finally:
        (PAM / program).write_text(text)
    assert everything() == []


def test_enroll_by_lets_in_with_a_reminder(host, way, lines, loud):
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))
    lines.write("sshd", *[f"enroll_by={day}"] * 3)
    shell = Shell("carol").shell()
    assert f"Enrol an MFA device by {day}: run awsmfa" in shell.said
    shell.leave()


# What goes on when things are missing

def test_login_is_denied_where_the_endpoint_is_gone_in_between(host, lines):
    """Auth was served, account and session are not: a time-out denies."""
    host.start_service()
    token = host.enrol("alice")
    shell = Shell()
    shell.expect("MFA code: ")
    began = time.monotonic()
    shell.child.waitnoecho(timeout=2)
    host.service.send_signal(19)        # SIGSTOP: no more workers
    taken = [socket.socket(socket.AF_UNIX) for _ in range(READY)]
    for connection in taken:
        connection.connect(str(SOCKET))
    shell.child.sendline(token.fresh())
    shell.expect(["Permission denied", "Connection closed", pexpect.EOF])
    for connection in taken:
        connection.close()
    assert "bed:~" not in shell.said
    assert time.monotonic() - began < 3 * DENIAL_SECONDS


def test_ticket_is_of_no_use_to_a_sign_in_of_another_user(host, way, lines):
    """One whole login after the other, by the same sshd."""
    token, other = host.enrol("alice"), host.enrol("bob")
    assert sign_in("ssh", "alice", token.fresh())[0]
    assert sign_in("ssh", "bob", other.fresh())[0]
    session = Session("ssh", "bob")
    assert session.to_prompt()
    assert not session.answer(token.fresh())
