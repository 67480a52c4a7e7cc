"""The recipes of "SECURITY KEYS OVER SSH" in pam_awsmfa(8), as written there."""
import re
import subprocess
from pathlib import Path

import pexpect
import pytest

from host import DENIAL_SECONDS, ENV, PROGRAMS, password_of
from kitchen import DebiansSshd, Kitchen
from sshtap import (CODE, FOLDER, SESSION, TAP, Agent, Sk, Ssh, Sshd,
                    authorize, command_in, enrol_by_hand, one_line)

PAGE = Path(__file__).resolve().parents[2] / "pam" / "pam_awsmfa.8"
# What Debian ships, which reads what a recipe puts into a folder.
DEBIAN_SUDOERS = "@includedir /etc/sudoers.d\n"


def recipes():
    """{name: {path: text}} of the page's literal blocks with a mark."""
    found = {}
    for name, path, text in re.findall(
            r'^\.\\" recipe (\S+) (\S+)\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$',
            PAGE.read_text(), re.M | re.S):
        assert "\\" not in text, text
        found.setdefault(name, {})[path] = text
    return found


def cook(kitchen, name):
    for path, text in recipes()[name].items():
        kitchen.write(path, text)


@pytest.fixture
def kitchen(host):
    kitchen = Kitchen()
    host.start_users()
    yield kitchen
    kitchen.clean()
    authorize("alice", Path("/run/bed/id.pub").read_text().strip())


def test_there_are_three_recipes_of_whole_files(host):
    assert {name: sorted(files) for name, files in recipes().items()} == {
        "bastion": ["/etc/awsmfa/awsmfa.conf", "/etc/pam.d/sshd",
                    "/etc/ssh/sshd_config.d/awsmfa.conf"],
        "jump-host": ["/etc/pam.d/sudo", "/etc/sudoers.d/awsmfa"],
        "console": ["/etc/pam.d/login"],
    }


def test_bastion_takes_a_password_and_a_tap(host, way, kitchen):
    cook(kitchen, "bastion")
    key, plain = Sk("k"), Sk("plain", plain=True)
    enrol_by_hand(key)
    token = host.enrol("alice")
    authorize("alice", key.line, plain.line)
    sshd = kitchen.keep(DebiansSshd())
    talk = Ssh(sshd, "alice", key=key)
    talk.password()
    assert talk.finish(), talk.said
    assert CODE not in talk.said
    host.log.decision("alice", "Success", "as sshd has verified it",
                      service="sshd ")
    talk = Ssh(sshd, "alice", key=plain)
    talk.password()
    talk.expect(CODE)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said


def test_bastion_takes_no_tap_without_the_password(host, kitchen):
    cook(kitchen, "bastion")
    key = Sk("k")
    enrol_by_hand(key)
    authorize("alice", key.line)
    talk = Ssh(kitchen.keep(DebiansSshd()), "alice", key=key)
    talk.expect("assword")
    talk.answer("wrong")
    assert not talk.finish(), talk.said


def test_bastion_takes_the_key_alone_where_it_has_a_pin(host, way, kitchen):
    """As the paragraph below the recipe says."""
    cook(kitchen, "bastion")
    conf = "/etc/awsmfa/awsmfa.conf"
    sshd = "/etc/ssh/sshd_config.d/awsmfa.conf"
    bastion = recipes()["bastion"]
    kitchen.write(conf, bastion[conf].replace("password_services",
                                              "single_factor_ok"))
    kitchen.write(sshd, bastion[sshd].replace(
        "publickey,keyboard-interactive:pam", "publickey").replace(
        "touch-required", "touch-required verify-required"))
    key, plain = Sk("k"), Sk("plain", plain=True)
    enrol_by_hand(key)
    authorize("alice", key.line, plain.line)
    sshd = kitchen.keep(DebiansSshd())
    assert not Ssh(sshd, "alice", key=key).finish()     # no PIN was asked for
    key.set(flags=5)
    assert Ssh(sshd, "alice", key=key).finish()
    assert not Ssh(sshd, "alice", key=plain).finish()


def test_jump_host_takes_a_tap_at_the_far_end(host, way, kitchen):
    kitchen.write("/etc/sudoers",
                  Path("/etc/sudoers").read_text() + DEBIAN_SUDOERS)
    cook(kitchen, "jump-host")
    key = Sk("k")
    agent = kitchen.keep(Agent(key))
    sshd = kitchen.keep(Sshd(
        service="sshd-plain", stack="account required pam_permit.so\n"
        "session required pam_permit.so\n"))
    # The user enrols there, too.
    public = Path("/home/alice/id_sk.pub")
    public.write_text(key.line + "\n")
    talk = Ssh(sshd, "alice", "-A", "-i", "/run/bed/id", env=agent.env,
               command="awsmfa enable-mfa-device --type security-key "
               "--device-name laptop --ssh-public-key id_sk.pub && "
               f"echo '{SESSION}'$USER")
    assert talk.finish(), talk.said
    talk = Ssh(sshd, "alice", "-A", "-t", "-i", "/run/bed/id", env=agent.env,
               command=f"sudo -k sh -c \"echo '{SESSION}'\\$SUDO_USER\"")
    talk.password()
    assert talk.finish(), talk.said
    assert TAP in talk.said and CODE not in talk.said
    assert key.used() == 2
    public.unlink()


def test_console_takes_a_signature(host, way, kitchen):
    cook(kitchen, "console")
    key = Sk("k")
    enrol_by_hand(key)
    argv = PROGRAMS["login"]("alice")
    child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV, encoding="utf-8",
                          timeout=DENIAL_SECONDS + 5, maxread=65536,
                          dimensions=(50, 2000))
    child.delaybeforesend = None
    child.expect_exact("assword: ")
    child.waitnoecho()
    child.sendline(password_of("alice"))
    child.expect_exact("Signature: ")
    command = command_in(child.before)
    child.waitnoecho()
    child.sendline(one_line(key.sign(command)))
    child.expect(r"@bed:~[$#] ")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    host.log.decision("alice", "Success", "signature accepted",
                      service="login ")


def doctor():
    done = subprocess.run(["awsmfa", "doctor"], env=ENV, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30)
    return done.stdout.splitlines()


def test_doctor_is_content_with_the_bastion(host, kitchen):
    kitchen.write("/etc/ssh/sshd_config",
                  "Include /etc/ssh/sshd_config.d/*.conf\n")
    cook(kitchen, "bastion")
    said = [line for line in doctor() if "/etc/pam.d/sshd:" in line or
            "/etc/ssh" in line or " ssh-" in line or "policy" in line]
    assert said == [], said
    stack = recipes()["bastion"]["/etc/pam.d/sshd"].splitlines(keepends=True)
    ours = "session  required  pam_awsmfa.so\n"
    stack.remove(ours)
    kitchen.write("/etc/pam.d/sshd", "".join([*stack, ours]))
    kitchen.write("/etc/ssh/sshd_config", "UsePAM yes\n")
    said = doctor()
    assert any(line.startswith("error env-first /etc/pam.d/sshd:")
               for line in said), said
    assert any(line.startswith("error ssh-no-touch /etc/ssh/sshd_config: ")
               for line in said), said
