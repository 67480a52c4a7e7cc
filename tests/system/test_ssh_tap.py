"""Taps over SSH: real ssh, sshd, ssh-agent, sudo and su, with keys of a
software provider."""
import base64
import os
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import pexpect
import pytest

from host import DENIAL_SECONDS, ENV, as_user, awsmfa, password_of
from keys import configure
from sshtap import (CODE, EITHER, PROVIDER, SESSION, STACK_WITHOUT_PASSWORD,
                    TAP, TYPES, Agent, Sk, Ssh, Sshd, authorize, command_in,
                    enable, enrol, enrol_by_hand, one_line, run, serial_of)

SERVICE = "sshd-sk"
PAM = Path("/etc/pam.d")
HAND = "Signature: "
BOTH = "publickey,keyboard-interactive:pam"


@pytest.fixture
def ssh(host):
    """Makes keys, agents and sshds, and ends what goes on."""
    class Made:
        def __init__(self):
            self.things = []

        def keep(self, thing):
            self.things.append(thing)
            return thing

        def agent(self, *keys, **options):
            return self.keep(Agent(*keys, **options))

        def sshd(self, **options):
            return self.keep(Sshd(**options))

    made = Made()
    host.start_users()
    saved = {name: Path(name).read_text()
             for name in ("/etc/pam.d/su", "/etc/pam.d/sudo", "/etc/sudoers")}
    settings()
    yield made
    for thing in made.things:
        thing.stop()
    for name, text in saved.items():
        Path(name).write_text(text)
    for user in ("alice", "bob"):
        authorize(user, Path("/run/bed/id.pub").read_text().strip())


def settings(**more):
    configure(keys_for_remote=False, key_timeout=5,
              account_services=("sshd", SERVICE), **more)


def verified(**more):
    settings(ssh_verified_keys=(SERVICE,), **more)


def keep_variable():
    with open("/etc/sudoers", "a", encoding="utf-8") as file:
        file.write('Defaults env_keep += "SSH_AUTH_SOCK"\n')


class Elevation:
    """sudo or su for ALICE on a terminal, with the environment ENV."""

    def __init__(self, program, agent=None, user="alice", password=None):
        keep = ["env", f"SSH_AUTH_SOCK={agent.socket}"] if agent else []
        argv = {
            "sudo": as_user(user, *keep, "sudo", "-k", "sh", "-c",
                            f"echo '{SESSION}'$SUDO_USER"),
            "su": as_user("mallory", *keep, "su", user, "-c",
                          f"echo '{SESSION}'$USER"),
        }[program]
        self.user = user
        self.child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV,
                                   timeout=DENIAL_SECONDS + 5,
                                   encoding="utf-8")
        self.child.delaybeforesend = None
        self.said = ""
        self.expect("assword")
        self.answer(password or password_of(user))

    expect = Ssh.expect
    answer = Ssh.answer
    finish = Ssh.finish


def sudo(agent, **options):
    """Has sudo, with nothing typed but the password, let in?"""
    elevation = Elevation("sudo", agent, **options)
    return elevation.finish(), elevation.said


# Enrolment


@pytest.mark.parametrize("kind", TYPES)
def test_key_is_enrolled_by_an_agent(host, ssh, kind):
    key = Sk("k", kind)
    enrol(key, agent=ssh.agent(key, owner="alice"))
    assert key.used() == 1
    device, = awsmfa("list-mfa-devices", "--user-name",
                     "alice")["MFADevices"]
    assert (device["Type"], device["DeviceName"]) == \
        ("security-key", "laptop")
    host.log.has("operation=EnableMFADevice ", "user=alice ",
                 "outcome=Success ")


@pytest.mark.parametrize("kind", TYPES)
def test_key_is_enrolled_by_a_pasted_signature(host, ssh, kind):
    key = Sk("k", kind)
    enrol_by_hand(key)
    assert key.used() == 1
    assert serial_of("alice")


def test_key_that_the_agent_does_not_have_is_enrolled_by_hand(host, ssh):
    key, other = Sk("k"), Sk("other")
    agent = ssh.agent(other, owner="alice")
    enrol_by_hand(key, agent=agent, user_self=True)
    assert (key.used(), other.used()) == (1, 0)


def test_key_is_enrolled_once(host, ssh):
    key = Sk("k")
    agent = ssh.agent(key, owner="alice")
    enrol(key, agent=agent)
    said = enable(key, agent, name="again", status=254)
    assert "(EntityAlreadyExists)" in said, said
    theirs = ssh.agent(key, owner="bob")
    said = enable(key, theirs, user="bob", status=254)
    assert "(EntityAlreadyExists)" in said, said


def test_key_of_someone_else_is_not_enrolled(host, ssh):
    key, other = Sk("k"), Sk("other")
    agent = ssh.agent(other, owner="alice")
    said = enable(key, agent, status=(252, 253, 254, 255))
    assert "An error occurred" in said, said
    assert awsmfa("list-mfa-devices", "--user-name",
                  "alice")["MFADevices"] == []


def test_plain_key_is_not_enrolled(host, ssh):
    key = Sk("k", plain=True)
    said = enable(key, ssh.agent(key, owner="alice"), status=254)
    assert "(InvalidInput)" in said, said


def test_key_that_is_not_touched_is_not_enrolled(host, ssh):
    key = Sk("k")
    key.set(flags=0)
    said = enable(key, ssh.agent(key, owner="alice"), status=254)
    assert "(AccessDenied)" in said, said


# Login, by what sshd has verified


@pytest.mark.parametrize("kind", TYPES)
def test_password_and_a_tap_let_in_with_nothing_else_typed(host, way, ssh,
                                                           kind):
    verified(password_services=(SERVICE,))
    key = Sk("k", kind)
    enrol_by_hand(key)
    authorize("alice", key.line)
    sshd = ssh.sshd(AuthenticationMethods=BOTH)
    talk = Ssh(sshd, "alice", key=key)
    talk.password()
    assert talk.finish(), talk.said
    assert CODE not in talk.said and TAP not in talk.said
    host.log.decision("alice", "Success", "as sshd has verified it",
                      service=SERVICE)


def test_tap_is_no_second_factor_where_no_password_is_verified(host, ssh):
    verified()
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    authorize("alice", key.line)
    sshd = ssh.sshd(AuthenticationMethods=BOTH, stack=STACK_WITHOUT_PASSWORD)
    talk = Ssh(sshd, "alice", key=key)
    talk.expect(CODE)
    talk.answer(token.wrong())
    assert not talk.finish(), talk.said
    host.log.has("awsmfa-endpoint", "would be the only factor")
    talk = Ssh(sshd, "alice", key=key)
    talk.expect(CODE)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said


def test_second_key_is_another_factor(host, ssh):
    verified()
    key, plain = Sk("k"), Sk("plain", plain=True)
    enrol_by_hand(key)
    authorize("alice", key.line, plain.line)
    sshd = ssh.sshd(AuthenticationMethods="publickey,publickey")
    assert run(sshd, "alice", "-i", plain.path, key=key)[0]
    host.log.decision("alice", "Success", "as sshd has verified it",
                      service=SERVICE)


@pytest.mark.parametrize("command", ["exec", "sftp", "forwarding"])
def test_public_key_alone_lets_in_where_it_is_said_to_suffice(host, way, ssh,
                                                              command):
    verified(single_factor_ok=(SERVICE,))
    key, plain, other = Sk("k"), Sk("plain", plain=True), Sk("other")
    enrol_by_hand(key)
    authorize("alice", key.line, plain.line, other.line)
    sshd = ssh.sshd()
    for who in (plain, other):
        assert not reaches(sshd, who, command)
        host.log.decision("alice", "AccessDenied",
                          "no SSH key that sshd verified", service=SERVICE)
    assert reaches(sshd, key, command)
    host.log.decision("alice", "Success", "as sshd has verified it",
                      service=SERVICE)


def reaches(sshd, key, command):
    """Does ssh with KEY alone get COMMAND from SSHD?"""
    if command == "exec":
        return SESSION + "alice" in run(sshd, "alice", key=key)[1]
    if command == "forwarding":
        let_in, said = run(sshd, "alice", "-W", f"127.0.0.1:{sshd.port}",
                           key=key, command="")
        return "SSH-2.0-" in said
    done = subprocess.run(
        ["sftp", "-b", "-", "-P", str(sshd.port), "-o", "LogLevel=ERROR",
         "-o", "BatchMode=yes", "-o", f"SecurityKeyProvider={PROVIDER}",
         "-o", "IdentitiesOnly=yes", "-i", key.path,
         "alice@bed"], input="pwd\n", text=True, env=key.env,
        capture_output=True, timeout=30)
    return "/home/alice" in done.stdout


def test_public_key_alone_is_denied_where_it_is_one_factor(host, ssh):
    verified(password_services=(SERVICE,))
    key = Sk("k")
    enrol_by_hand(key)
    authorize("alice", key.line)
    let_in, said = run(ssh.sshd(), "alice", key=key)
    assert SESSION not in said
    host.log.decision("alice", "AccessDenied", "would be the only factor",
                      service=SERVICE)


def test_setting_that_is_off_denies_every_public_key(host, ssh):
    settings(single_factor_ok=(SERVICE,), password_services=(SERVICE,))
    key = Sk("k")
    enrol_by_hand(key)
    authorize("alice", key.line)
    assert SESSION not in run(ssh.sshd(), "alice", key=key)[1]
    host.log.has("awsmfa-endpoint", "user=alice ", "outcome=AccessDenied ")


def test_key_enrolled_by_another_user_is_refused(host, ssh):
    verified(single_factor_ok=(SERVICE,))
    mine, theirs = Sk("k"), Sk("theirs", owner="bob")
    enrol_by_hand(mine)
    enrol_by_hand(theirs, user="bob")
    authorize("alice", theirs.line)
    assert SESSION not in run(ssh.sshd(), "alice", key=theirs)[1]
    host.log.decision("alice", "AccessDenied",
                      "no SSH key that sshd verified", service=SERVICE)


def test_certificate_counts_as_its_key(host, ssh):
    verified(single_factor_ok=(SERVICE,))
    key, authority = Sk("k"), Sk("authority", plain=True)
    enrol_by_hand(key)
    subprocess.run(["ssh-keygen", "-q", "-s", authority.path, "-I", "alice",
                    "-n", "alice", key.public], check=True)
    authorize("alice", f"cert-authority {authority.line}")
    let_in, said = run(ssh.sshd(), "alice", key=key)
    assert SESSION + "alice" in said, said


def test_key_whose_tap_sshd_does_not_need_is_refused_by_sshd(host, ssh):
    verified(single_factor_ok=(SERVICE,))
    key = Sk("k")
    enrol_by_hand(key)
    key.set(flags=0)
    authorize("alice", f"no-touch-required {key.line}")
    assert SESSION not in run(ssh.sshd(), "alice", key=key)[1]


def test_variable_that_a_user_sets_is_not_believed(host, way, ssh):
    """~/.pam_environment can replace it, for what comes after pam_env."""
    verified(single_factor_ok=(SERVICE,))
    key, plain = Sk("k"), Sk("plain", plain=True)
    enrol_by_hand(key)
    authorize("alice", plain.line)
    words = " ".join(key.line.split()[:2])
    environment = Path("/home/alice/.pam_environment")
    environment.write_text(f'SSH_AUTH_INFO_0 DEFAULT="publickey {words}"\n')
    try:
        sshd = ssh.sshd()
        assert SESSION not in run(sshd, "alice", key=plain)[1]
        host.log.decision("alice", "AccessDenied",
                          "no SSH key that sshd verified", service=SERVICE)
        # The attack is one: the other way round it works.
        lines = sshd.pam.read_text().splitlines(keepends=True)
        ours = next(line for line in lines if line.startswith("session") and
                    "awsmfa" in line)
        lines.remove(ours)
        sshd.pam.write_text("".join([*lines, ours]))
        assert SESSION in run(sshd, "alice", key=plain)[1]
    finally:
        environment.unlink()


# sudo and su, by an agent


@pytest.mark.parametrize("kind", TYPES)
def test_sudo_lets_in_by_the_agent(host, way, ssh, kind):
    keep_variable()
    key = Sk("k", kind)
    enrol_by_hand(key)
    agent = ssh.agent(key, owner="alice")
    let_in, said = sudo(agent)
    assert let_in and TAP in said and CODE not in said, said
    assert sudo(agent)[0]                       # the counter counts on
    host.log.decision("alice", "Success", "by way of an SSH agent",
                      service="sudo ")


def test_su_lets_in_by_the_agent(host, way, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.agent(key, owner="mallory")
    elevation = Elevation("su", agent)
    assert elevation.finish(), elevation.said
    host.log.decision("alice", "Success", "by way of an SSH agent",
                      service="su ")


def test_sudo_lets_in_by_the_forwarded_agent(host, way, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.agent(key)
    authorize("alice", Path("/run/bed/id.pub").read_text().strip())
    sshd = ssh.sshd(stack="auth required pam_unix.so\n"
                    "account required pam_permit.so\n"
                    "session required pam_permit.so\n", service="sshd-plain")
    talk = Ssh(sshd, "alice", "-A", "-t", "-i", "/run/bed/id", env=agent.env,
               command=f"sudo -k sh -c \"echo '{SESSION}'\\$SUDO_USER\"")
    talk.password()
    assert talk.finish(), talk.said
    assert key.used() == 2


def test_sudo_hides_the_agent_unless_told_not_to(host, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    elevation = Elevation("sudo", ssh.agent(key, owner="alice"))
    elevation.expect(CODE)
    assert TAP not in elevation.said
    elevation.answer(token.fresh())
    assert elevation.finish()


def test_one_prompt_offers_the_tap_and_the_code(host, way, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    agent = ssh.agent(key, owner="alice")
    elevation = Elevation("sudo", agent)
    elevation.expect(EITHER)
    elevation.answer("")
    assert elevation.finish(), elevation.said
    elevation = Elevation("sudo", agent)
    elevation.expect(EITHER)
    elevation.answer(token.fresh())
    assert elevation.finish(), elevation.said
    assert key.used() == 2


def test_tap_that_fails_leaves_the_code(host, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    agent = ssh.agent(key, owner="alice")
    key.set(refuse=1)
    elevation = Elevation("sudo", agent)
    elevation.expect(EITHER)
    elevation.answer("")
    elevation.expect("gave no tap")
    elevation.expect(CODE)
    elevation.answer(token.fresh())
    assert elevation.finish(), elevation.said


def test_agent_without_the_users_keys_is_not_offered(host, ssh):
    """Another sk key of theirs, one of another user's, and a plain one."""
    keep_variable()
    key, other = Sk("k"), Sk("other")
    theirs, plain = Sk("theirs", owner="bob"), Sk("plain", plain=True)
    enrol_by_hand(key)
    enrol_by_hand(theirs, user="bob")
    token = host.enrol("alice")
    elevation = Elevation("sudo", ssh.agent(other, theirs, plain,
                                            owner="alice"))
    elevation.expect(CODE)
    assert TAP not in elevation.said and "Enter" not in elevation.said
    elevation.answer(token.fresh())
    assert elevation.finish()
    assert (other.used(), theirs.used()) == (0, 1)


def test_tap_without_presence_is_refused(host, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    key.set(flags=0)
    assert not sudo(ssh.agent(key, owner="alice"))[0]
    host.log.decision("alice", "AccessDenied", "presen|UP|touch")


def test_verification_is_needed_where_it_is_required(host, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    settings(user_verification="required")
    agent = ssh.agent(key, owner="alice")
    assert not sudo(agent)[0]
    host.log.has("user=alice ", "outcome=AccessDenied ", "verif")
    key.set(flags=5)
    assert sudo(agent)[0]


@pytest.mark.parametrize("step", [0, -1])
def test_counter_that_does_not_go_on_is_refused_and_logged(host, way, ssh,
                                                           step):
    keep_variable()
    key = Sk("k")
    key.set(counter=10)
    enrol_by_hand(key)
    agent = ssh.agent(key, owner="alice")
    assert sudo(agent)[0]
    key.set(step=step)
    assert not sudo(agent)[0]
    host.log.decision("alice", "AccessDenied", "CLONE ALARM")


def test_key_that_never_counts_is_accepted(host, ssh):
    keep_variable()
    key = Sk("k")
    key.set(step=0)
    enrol_by_hand(key)
    agent = ssh.agent(key, owner="alice")
    assert sudo(agent)[0] and sudo(agent)[0]


def test_program_without_root_lets_in_by_the_agent(host, ssh):
    """As a screen locker does."""
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.agent(key, owner="alice")
    done = subprocess.run(
        as_user("alice", "env", f"SSH_AUTH_SOCK={agent.socket}", "pamtester",
                "mfa", "alice", "authenticate"), env=ENV, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert key.used() == 2


def test_proof_that_an_operation_needs_is_a_tap(host, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    agent = ssh.agent(key, owner="alice")
    argv = as_user("alice", "env", f"SSH_AUTH_SOCK={agent.socket}", "awsmfa",
                   "deactivate-mfa-device", "--serial-number", token.serial)
    child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV, encoding="utf-8",
                          timeout=DENIAL_SECONDS + 5)
    child.expect_exact(EITHER)
    child.waitnoecho()
    child.sendline("")
    child.expect(pexpect.EOF)
    said = child.before
    child.close()
    assert child.exitstatus == 0, said
    assert key.used() == 2


def test_root_has_no_agent_to_ask(host, ssh):
    """su by root's own session, whose variable may be anyone's."""
    (PAM / "su").write_text("auth required pam_awsmfa.so\n"
                            "account required pam_permit.so\n")
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.agent(key)
    child = pexpect.spawn("su", ["alice", "-c", "true"],
                          env={**ENV, "SSH_AUTH_SOCK": agent.socket},
                          encoding="utf-8", timeout=DENIAL_SECONDS)
    child.expect_exact(CODE)
    child.sendline("123456")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus != 0 and key.used() == 1


def test_sshd_asks_no_agent(host, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.agent(key)
    token = host.enrol("alice")
    sshd = ssh.sshd(env={"SSH_AUTH_SOCK": agent.socket},
                    PubkeyAuthentication="no")
    talk = Ssh(sshd, "alice")
    talk.password()
    talk.expect(CODE)
    assert TAP not in talk.said
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
    assert key.used() == 1


# Agents that are hostile


class Hostile:
    """An agent that has KEY, and does as HOW says when asked to sign."""

    def __init__(self, key, how, real=None):
        self.how, self.real, self.key = how, real, key
        self.blob = base64.b64decode(key.line.split()[1])
        self.socket = f"/tmp/hostile-{os.getpid()}-{id(self)}"
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.socket)
        os.chmod(self.socket, 0o777)
        self.server.listen()
        self.recorded = None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,),
                             daemon=True).start()

    def talk(self, peer):
        try:
            while True:
                length, = struct.unpack(">I", peer.recv(4, socket.MSG_WAITALL))
                request = peer.recv(length, socket.MSG_WAITALL)
                if request[0] == 11 and self.how != "hangs at once":
                    answer = b"\x0c" + struct.pack(">I", 1) + \
                        string(self.blob) + string(b"k")
                    peer.sendall(string(answer))
                else:
                    self.sign(peer, request)
        except (OSError, struct.error):
            pass

    def ask_real(self, request):
        with socket.socket(socket.AF_UNIX) as real:
            real.connect(self.real.socket)
            real.sendall(string(request))
            length, = struct.unpack(">I", real.recv(4, socket.MSG_WAITALL))
            return real.recv(length, socket.MSG_WAITALL)

    def sign(self, peer, request):
        if self.how in ("hangs", "hangs at once"):
            time.sleep(60)
        elif self.how == "floods":
            while True:
                peer.sendall(b"\xff" * 65536)
        elif self.how == "sends megabytes":
            peer.sendall(struct.pack(">I", 200000) + b"\x0e" +
                         bytes(199999))
        elif self.how == "refuses":
            peer.sendall(string(b"\x05"))
        elif self.how == "hangs up":
            peer.close()
        elif self.how == "trickles":
            for octet in struct.pack(">I", 100) + bytes(100):
                peer.sendall(bytes([octet]))
                time.sleep(0.2)
        elif self.how == "replays":
            if self.recorded is None:
                self.recorded = self.ask_real(request)
            peer.sendall(string(self.recorded))
        else:                       # signs with the key of the real one
            blob = base64.b64decode(
                self.real.first.line.split()[1])
            rest = request[1 + 4 + struct.unpack(">I", request[1:5])[0]:]
            peer.sendall(string(self.ask_real(b"\x0d" + string(blob) + rest)))

    def stop(self):
        self.server.close()
        os.unlink(self.socket)


def string(octets):
    return struct.pack(">I", len(octets)) + octets


@pytest.mark.parametrize("how", [
    "hangs", "hangs at once", "hangs up", "refuses", "floods",
    "sends megabytes", "trickles"])
def test_hostile_agent_leaves_the_code_in_time(host, ssh, how):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    agent = ssh.keep(Hostile(key, how))
    start = time.monotonic()
    elevation = Elevation("sudo", agent)
    if how != "hangs at once":
        elevation.expect(EITHER)
        elevation.answer("")
    elevation.expect(CODE)
    assert time.monotonic() - start < 9
    elevation.answer(token.fresh())
    assert elevation.finish(), elevation.said


@pytest.mark.parametrize("whose", ["another", "plain"])
def test_signature_of_another_key_is_refused(host, ssh, whose):
    keep_variable()
    key, other = Sk("k"), Sk("other", plain=whose == "plain")
    enrol_by_hand(key)
    real = ssh.agent(other)
    real.first = other
    agent = ssh.keep(Hostile(key, "lies", real))
    assert not sudo(agent)[0]
    host.log.has("user=alice ", "outcome=AccessDenied ", "not verified|ignature")


def test_signature_of_an_earlier_sign_in_is_refused(host, way, ssh):
    keep_variable()
    key = Sk("k")
    enrol_by_hand(key)
    agent = ssh.keep(Hostile(key, "replays", ssh.agent(key)))
    assert sudo(agent)[0]
    assert key.used() == 2
    assert not sudo(agent)[0]
    assert key.used() == 2
    host.log.has("user=alice ", "outcome=AccessDenied ", "not verified|ignature")


# By hand


def by_hand(service="mfa-manual", user="alice"):
    (PAM / service).write_text("auth required pam_awsmfa.so manual\n"
                               "account required pam_permit.so\n")
    child = pexpect.spawn("pamtester", [service, user, "authenticate"],
                          env=ENV, timeout=DENIAL_SECONDS + 5,
                          encoding="utf-8", maxread=65536)
    child.setwinsize(50, 2000)
    child.delaybeforesend = None
    return child


def let_in(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus == 0


@pytest.mark.parametrize("kind", TYPES)
def test_signature_by_hand_lets_in(host, way, ssh, kind):
    key = Sk("k", kind)
    enrol_by_hand(key)
    child = by_hand()
    child.expect_exact(HAND)
    text = one_line(key.sign(command_in(child.before)))
    assert len(text) <= 511
    child.waitnoecho()
    child.sendline(text)
    assert let_in(child)
    host.log.decision("alice", "Success", "signature accepted")


def test_signature_by_hand_is_made_by_the_command_that_is_shown(host, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    child = by_hand()
    child.expect_exact(HAND)
    line = next(line for line in child.before.splitlines()
                if line.startswith("printf "))
    home = key.path.parent / "home"
    (home / ".ssh").mkdir(parents=True, exist_ok=True)
    for path, name in ((key.path, "id_ed25519_sk"),
                       (key.public, "id_ed25519_sk.pub")):
        (home / ".ssh" / name).write_bytes(path.read_bytes())
        (home / ".ssh" / name).chmod(0o600)
    done = subprocess.run(["sh", "-c", line], env={**key.env, "HOME": home},
                          text=True, capture_output=True)
    assert done.returncode == 0 and "\n" not in done.stdout, done
    assert len(done.stdout) <= 511
    child.waitnoecho()
    child.sendline(done.stdout)
    assert let_in(child)


def test_signature_by_hand_goes_over_keyboard_interactive(host, way, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    sshd = ssh.sshd(arguments="manual", PubkeyAuthentication="no")
    talk = Ssh(sshd, "alice")
    talk.password()
    talk.expect(HAND)
    talk.answer(one_line(key.sign(command_in(talk.said))))
    assert talk.finish(), talk.said


@pytest.mark.parametrize("answer", ["tap", "signature", "code"])
def test_one_prompt_offers_all_that_can_work(host, ssh, answer):
    keep_variable()
    (PAM / "sudo").write_text((PAM / "sudo").read_text().replace(
        "pam_awsmfa.so", "pam_awsmfa.so manual"))
    key = Sk("k")
    enrol_by_hand(key)
    token = host.enrol("alice")
    elevation = Elevation("sudo", ssh.agent(key, owner="alice"))
    elevation.child.setwinsize(50, 2000)
    elevation.expect("MFA code or signature, or Enter to tap your security "
                     "key: ")
    elevation.answer({
        "tap": lambda: "",
        "signature": lambda: one_line(key.sign(command_in(elevation.said))),
        "code": token.fresh}[answer]())
    assert elevation.finish(), elevation.said


def test_code_does_at_the_prompt_for_a_signature(host, ssh):
    enrol_by_hand(Sk("k"))
    token = host.enrol("alice")
    child = by_hand()
    child.expect_exact("MFA code or signature: ")
    child.waitnoecho()
    child.sendline(token.fresh())
    assert let_in(child)


def wrong_namespace(key, text):
    return key.sign(text, namespace="file")


def wrong_text(key, text):
    return key.sign(text + "0")


def wrong_key(key, text):
    return Sk("wrong").sign(text)


def no_touch(key, text):
    key.set(flags=0)
    return key.sign(text)


def damaged(key, text):
    lines = key.sign(text).splitlines()
    lines[1] = lines[1][:-3] + "AAA"
    return "\n".join(lines)


@pytest.mark.parametrize("how", [wrong_namespace, wrong_text, wrong_key,
                                 no_touch, damaged])
def test_signature_that_is_wrong_is_denied(host, ssh, how):
    key = Sk("k")
    enrol_by_hand(key)
    child = by_hand()
    child.expect_exact(HAND)
    child.waitnoecho()
    child.sendline(one_line(how(key, command_in(child.before))))
    assert not let_in(child)
    host.log.has("user=alice ", "outcome=AccessDenied ")


def test_signature_by_hand_is_good_once(host, ssh):
    key = Sk("k")
    enrol_by_hand(key)
    child = by_hand()
    child.expect_exact(HAND)
    text = one_line(key.sign(command_in(child.before)))
    child.waitnoecho()
    child.sendline(text)
    assert let_in(child)
    child = by_hand()
    child.expect_exact(HAND)
    child.waitnoecho()
    child.sendline(text)
    assert not let_in(child)


def test_nothing_is_to_be_signed_where_there_is_no_key(host, ssh):
    host.enrol("alice")
    for user in ("alice", "carol", "nobody-here"):
        child = by_hand(user=user)
        child.expect_exact(CODE)
        assert "ssh-keygen" not in child.before
        child.close()
