"""conf/examples, as they are delivered: what each README promises."""
import re
import subprocess
from pathlib import Path

import pexpect
import pytest

from host import ENV, as_user, awsmfa, password_of, sign_in
from kitchen import DebiansSshd, Kitchen
from sshtap import Ssh

EXAMPLES = Path(__file__).resolve().parents[2] / "conf/examples"
SUDOERS = """Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
%sudo ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
"""
INSIDE = "10.9.9.9"
KEY = ("-i", "/run/bed/id", "-o", "IdentitiesOnly=yes")
CODE = "MFA code: "


def run(*argv):
    subprocess.run(argv, check=True, env=ENV, capture_output=True)


class Example(Kitchen):
    def install(self, name):
        """All of the folder, as it lies under /."""
        top = EXAMPLES / name
        for path in sorted((top / "etc").rglob("*")):
            if path.is_file():
                self.write("/" / path.relative_to(top), path.read_text())
        self.groups = []

    def join(self, user, group):
        run("groupadd", "--force", "--system", group)
        run("gpasswd", "-a", user, group)
        self.groups.append((user, group))

    def clean(self):
        super().clean()
        for user, group in self.groups:
            run("gpasswd", "-d", user, group)

    def sshd(self):
        return self.keep(DebiansSshd())


@pytest.fixture
def example(host):
    example = Example()
    yield example
    example.clean()


def test_each_has_a_readme_and_is_in_the_list():
    names = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    text = (EXAMPLES / "README").read_text()
    assert names == set(re.findall(r"^    ([a-z-]+)  ", text, re.M))
    for name in names:
        assert (EXAMPLES / name / "README").read_text().strip()


def connect(sshd, user, *options, key=True):
    return Ssh(sshd, user, *(KEY if key else ()), *options)


def test_bastion_takes_key_password_and_code(host, way, example):
    token = host.enrol("alice")
    example.install("bastion")
    sshd = example.sshd()
    talk = connect(sshd, "alice")
    talk.password()
    talk.expect(CODE)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
    talk = connect(sshd, "alice", key=False)
    assert not talk.finish() and "assword" not in talk.said
    talk = connect(sshd, "alice")
    talk.password()
    talk.expect(CODE)
    talk.answer(token.wrong())
    assert not talk.finish()


def test_bastion_takes_a_key_alone_from_inside_for_automation(host, example):
    example.install("bastion")
    example.join("carol", "automation")
    run("ip", "address", "replace", f"{INSIDE}/32", "dev", "lo")
    sshd = example.sshd()
    inside = ("-b", INSIDE, "-o", f"HostName={INSIDE}")
    assert connect(sshd, "carol", *inside).finish()
    host.log.has("user=carol ", f"rhost={INSIDE} ", "outcome=Success")
    assert not connect(sshd, "carol").finish()
    host.log.has("user=carol ", "rhost=127.0.0.1 ", "outcome=NotEnrolled")
    talk = connect(sshd, "alice", *inside)
    talk.password()
    talk.expect(CODE)
    talk.child.close(force=True)


def debians_ssh(example):
    """sshd as it was: nothing of awsmfa in it."""
    text = (EXAMPLES / "bastion/etc/pam.d/sshd").read_text()
    example.write("/etc/pam.d/sshd", "".join(
        line for line in text.splitlines(True) if "pam_awsmfa" not in line))
    return example.sshd()


class Shell:
    """alice's, by ssh."""

    def __init__(self, sshd):
        argv = sshd.argv("alice", "-t", *KEY, command="bash --norc")
        self.child = pexpect.spawn(argv[0], argv[1:], env=ENV, timeout=20,
                                   encoding="utf-8")
        self.child.delaybeforesend = None
        self.child.expect(r"bash-[\d.]+\$ ")

    def sudo(self, code=None, command="sudo id -u"):
        self.child.sendline(command)
        self.child.expect(r"\[sudo\] password for alice: ")
        self.child.waitnoecho(timeout=5)
        self.child.sendline(password_of("alice"))
        if code is not None:
            self.child.expect_exact(CODE)
            self.child.waitnoecho(timeout=5)
            self.child.sendline(code)
        found = self.child.expect_exact(["\r\n0\r\n", CODE, "try again"])
        return found == 0


def test_sudo_fleet_asks_for_a_code_once_in_a_while(host, way, example):
    token = host.enrol("alice")
    example.install("sudo-fleet")
    example.write("/etc/sudoers", SUDOERS)
    example.join("alice", "sudo")
    shell = Shell(debians_ssh(example))
    assert shell.sudo(token.fresh())
    host.log.decision("alice", "Success", service="sudo ")
    # Long enough for a session to be a second old.
    shell.child.expect(r"bash-[\d.]+\$ ")
    shell.child.sendline("sleep 1.5")
    shell.child.expect(r"bash-[\d.]+\$ ")
    assert shell.sudo()
    shell.child.expect(r"bash-[\d.]+\$ ")
    assert shell.sudo(command="sudo -i id -u")
    shell.child.close(force=True)
    again = Shell(debians_ssh(example))
    assert not again.sudo()
    again.child.close(force=True)


def test_console_asks_for_a_code(host, way, example):
    tokens = {user: host.enrol(user) for user in ("alice", "root")}
    example.install("console")
    assert sign_in("login", "alice", tokens["alice"].fresh())[0]
    assert not sign_in("login", "alice", tokens["root"].fresh())[0]
    session = pexpect.spawn("login", ["bob"], env=ENV, encoding="utf-8")
    session.expect("assword: ")
    session.waitnoecho(timeout=5)
    session.sendline(password_of("bob"))
    session.expect_exact(CODE)
    session.close(force=True)


def sudo_awsmfa(user, *argv):
    argv = as_user(user, "sudo", "-k", "awsmfa", *argv)
    child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV,
                          encoding="utf-8", timeout=20)
    child.delaybeforesend = None
    return child


def helped(user, token, *argv):
    """What sudo awsmfa ARGV says to USER, and whether it was run."""
    child = sudo_awsmfa(user, *argv)
    child.expect("password for")
    child.waitnoecho(timeout=5)
    child.sendline(password_of(user))
    child.expect_exact(CODE)
    child.waitnoecho(timeout=5)
    child.sendline(token.fresh())
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus == 0, child.before


def test_help_desk_lets_people_in_and_not_root(host, example):
    host.start_service()
    token = host.enrol("dave")
    example.install("help-desk")
    example.write("/etc/sudoers", SUDOERS)
    example.join("dave", "helpdesk")
    done, said = helped("dave", token, "grant", "--user-name", "alice")
    assert done, said
    code = re.search(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", said)[0]
    assert sign_in("ssh", "alice", code)[0]
    host.log.has("operation=Grant ", "user=alice ", "outcome=Success")
    for more in (("unlock", "--user-name", "alice"),
                 ("get-user", "--user-name", "bob"),
                 ("list-mfa-devices", "--user-name", "bob"),
                 ("invite", "--user-name", "bob")):
        assert helped("dave", token, *more)[0], more


@pytest.mark.parametrize("argv", [
    ("grant", "--user-name", "root"), ("get-user", "--user-name", "root"),
    ("grant", "--user-name", "alice", "--for", "7d"),
    ("grant", "--user-name=root"), ("--output", "json", "grant",
                                    "--user-name", "alice"),
    ("deactivate-mfa-device", "--user-name", "alice", "--serial-number", "x"),
    ("import", "--from", "oath", "--all", "--apply"), ()])
def test_help_desk_can_do_nothing_else(host, example, argv):
    token = host.enrol("dave")
    example.install("help-desk")
    example.write("/etc/sudoers", SUDOERS)
    example.join("dave", "helpdesk")
    child = sudo_awsmfa("dave", *argv)
    child.expect("password for")
    child.waitnoecho(timeout=5)
    child.sendline(password_of("dave"))
    if child.expect_exact([CODE, "is not allowed to execute"]) == 0:
        child.waitnoecho(timeout=5)
        child.sendline(token.fresh())
        child.expect_exact("is not allowed to execute")
    child.close(force=True)


@pytest.fixture
def breakglass(host, example):
    """The account, made as the README says."""
    run("useradd", "--create-home", "--shell", "/bin/bash", "breakglass")
    subprocess.run(["chpasswd"], input="breakglass:breakglass's password\n",
                   text=True, check=True)
    Path("/home/breakglass/.hushlogin").touch()
    made = awsmfa("create-virtual-mfa-device", "--user-name", "breakglass",
                  "--virtual-mfa-device-name", "safe")["VirtualMFADevice"]
    assert made["SerialNumber"] in (EXAMPLES / "break-glass/README").read_text()
    codes = subprocess.run(
        ["oathtool", "--totp", "-b", "-w", "1", made["Base32StringSeed"]],
        check=True, capture_output=True, text=True).stdout.split()
    awsmfa("enable-mfa-device", "--user-name", "breakglass",
           "--serial-number", made["SerialNumber"],
           "--authentication-code1", codes[0],
           "--authentication-code2", codes[1])
    yield awsmfa("create-recovery-codes", "--user-name",
                 "breakglass")["RecoveryCodes"]["Codes"]
    run("userdel", "-r", "breakglass")


def test_break_glass_signs_in_at_the_console_alone(host, way, example,
                                                   breakglass):
    token = host.enrol("alice")
    example.install("break-glass")
    assert sign_in("login", "breakglass", breakglass[0])[0]
    host.log.decision("breakglass", "Success", "recovery code", "login ")
    assert not sign_in("login", "breakglass", breakglass[0])[0]
    sshd = example.sshd()
    talk = Ssh(sshd, "breakglass")
    talk.password()
    talk.expect(CODE)
    talk.answer(breakglass[1])
    assert not talk.finish(), talk.said
    host.log.decision("breakglass", "AccessDenied",
                      "BreakGlassAtTheConsoleAlone", "sshd ")
    talk = Ssh(sshd, "alice")
    talk.password()
    talk.expect(CODE)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
