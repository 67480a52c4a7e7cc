"""Security keys in a whole system: USB devices that udev gives to the account,
and taps at the console, where the person is."""
import json
import time

import pytest

from guest import DENIED, PASSWORD, PROMPT, SHELL

EITHER = "MFA code, or Enter to tap your security key: "
INSERT = "Insert and tap your security key"
NOW = "Tap your security key"
CONF = "/etc/awsmfa/awsmfa.conf"
MASK = "/etc/udev/rules.d/70-awsmfa-fido.rules"


def enable(guest, name, user="alice"):
    """Whatever key is plugged in, and touched, is the user's."""
    guest.awsmfa("enable-mfa-device", "--user-name", user, "--type",
                 "security-key", "--device-name", name)


def enrol(guest, key, name="k1", user="alice"):
    """KEY is plugged in, the user's, and from now on touched by the test."""
    key.start()
    key.plug()
    enable(guest, name, user)
    key.tell("touch", "never")
    key.tell("log", "clear")
    return key


def serials(guest, user="alice"):
    """The serial numbers of the user's security keys, by their names."""
    listed = guest.awsmfa("--output", "json", "list-mfa-devices",
                          "--user-name", user).out
    return {device["DeviceName"]: device["SerialNumber"]
            for device in json.loads(listed)["MFADevices"]
            if device["Type"] == "security-key"}


def doctor(guest, node):
    """What "awsmfa doctor" says of NODE."""
    said = guest.awsmfa("doctor", check=False).out.splitlines()
    line, = [line for line in said if f" {node}:" in line]
    return line


@pytest.fixture
def settings(guest):
    """Makes its text awsmfa.conf; what was there is put back."""
    before = guest.vm.run("cat", CONF).out

    def write(text):
        guest.vm.run(f"cat > {CONF}", text=text + "\n")
    yield write
    write(before)


class Desk:
    """Alice at ttyS0, in one session for all tests."""

    def __init__(self, guest):
        self.guest, self.line = guest, guest.vm.console

    def sit_down(self):
        """She is signed in and at her shell; by a token, which is gone then."""
        if self.guest.vm.run("pkill -KILL -t ttyS0 -x sudo; "
                             "pgrep -u alice -t ttyS0 -x bash",
                             check=False).status == 0:
            self.line.drain()
            self.line.sendline("echo $((20 + 22))")
            self.line.expect_exact("42\r")
        else:
            token = self.guest.enrol("alice")
            self.guest.console_login("alice").expect_exact(PROMPT)
            self.line.sendline(token.fresh())
            self.guest.awsmfa("deactivate-mfa-device", "--user-name", "alice",
                              "--serial-number", token.serial)
        self.line.expect(SHELL)

    def sudo(self):
        """sudo, after the password."""
        self.line.sendline("sudo -k id -un")
        self.line.expect(PASSWORD)
        self.line.sendline("alice's password")
        return self.line

    def is_let_in(self):
        self.line.expect_exact("\nroot")
        self.line.expect(SHELL)

    def is_denied(self):
        self.line.expect(DENIED)
        self.line.expect(SHELL)

    def tap(self, key):
        """A whole sudo, with a tap."""
        self.sudo().expect_exact(NOW)
        key.tap()
        self.is_let_in()


@pytest.fixture
def desk(guest):
    desk = Desk(guest)
    desk.sit_down()
    return desk


def test_key_doctor_is_content_with_the_node_of_a_key(guest, keys):
    node = keys[0].start().plug()
    assert guest.vm.run("stat -c %G:%a", node).out == "awsmfa:660\n"
    assert " udev-rule" not in guest.awsmfa("doctor", check=False).out
    assert doctor(guest, node).startswith("note key-ready ")


def test_key_doctor_sees_that_the_rule_is_not_in_force(guest, keys):
    vm, key = guest.vm, keys[0].start()
    try:
        vm.run(f"ln -s /dev/null {MASK} && udevadm control --reload")
        node = key.plug()
        assert doctor(guest, node).startswith("error key-unreadable ")
        assert "warning udev-rule " in guest.awsmfa("doctor", check=False).out
        assert guest.awsmfa("doctor", check=False).status != 0
    finally:
        vm.run(f"rm -f {MASK} && udevadm control --reload")
    # As README says; the key stays where it is.
    vm.run("udevadm trigger --subsystem-match=hidraw && udevadm settle")
    assert doctor(guest, node).startswith("note key-ready ")


def test_key_of_either_is_enrolled_and_lets_in(guest, keys, desk):
    first = enrol(guest, keys[0], "k1")
    first.unplug()
    second = enrol(guest, keys[1], "k2")
    first.plug()
    serial = serials(guest)
    assert set(serial) == {"k1", "k2"}
    desk.tap(first)
    guest.logged("service=sudo", serial["k1"], "outcome=Success",
                 "tap accepted")
    desk.tap(second)
    guest.logged("service=sudo", serial["k2"], "outcome=Success")


def test_key_lets_in_at_the_console(guest, way, keys):
    key = enrol(guest, keys[0])
    guest.enrol("alice")
    line = guest.console_login("alice")
    line.expect_exact(EITHER)
    line.sendline()
    line.expect_exact(INSERT)
    line.expect_exact(NOW)
    key.tap()
    line.expect(SHELL)
    line.sendline("echo $(id -un) on $(tty)")
    line.expect_exact("alice on /dev/ttyS0")
    guest.logged("service=login", serials(guest)["k1"], "outcome=Success")


def test_key_is_not_asked_for_at_the_console_without_the_password(guest,
                                                                  keys):
    key = enrol(guest, keys[0])
    line = guest.console_login("alice", password="not it")
    assert line.expect([EITHER, INSERT, DENIED]) == 2
    assert key.log() == []


def test_key_or_code_lets_in_by_sudo_in_a_console_session(guest, keys, desk):
    key = enrol(guest, keys[0])
    token = guest.enrol("alice")
    desk.sudo().expect_exact(EITHER)
    desk.line.sendline()
    desk.line.expect_exact(NOW)
    key.tap()
    desk.is_let_in()
    key.tell("log", "clear")
    desk.sudo().expect_exact(EITHER)
    desk.line.sendline(token.fresh())
    desk.is_let_in()
    assert key.log() == []


def test_key_is_not_asked_for_over_the_network(guest, keys):
    key = enrol(guest, keys[0])
    first, second = guest.enrol("alice"), guest.enrol("alice")
    terminal = guest.ssh("alice", "sudo id -un")
    terminal.expect_exact(PROMPT)
    terminal.sendline(first.fresh())
    terminal.expect_exact("password for alice")
    terminal.sendline("alice's password")
    terminal.expect_exact(PROMPT)
    terminal.sendline(second.fresh())
    terminal.expect_exact("\nroot")
    assert terminal.finish() == 0
    assert "security key" not in terminal.said
    assert key.log() == []


def test_key_alone_does_not_let_in_over_the_network(guest, keys):
    key = enrol(guest, keys[0])
    terminal = guest.ssh("alice", "id -un")
    terminal.expect_exact(PROMPT)
    terminal.sendline("123456")
    terminal.expect(DENIED)
    assert terminal.finish() == 255
    guest.logged("service=sshd", "outcome=AccessDenied", "only security keys")
    assert key.log() == []


def test_key_is_not_asked_for_by_sudo_outside_of_a_session(guest, keys):
    key = enrol(guest, keys[0])
    terminal = guest.sudo("alice", "id", "-un")
    terminal.expect_exact(PROMPT)
    terminal.sendline("123456")
    assert terminal.finish() == 1
    assert key.log() == []


def test_key_is_unplugged_half_way_and_plugged_in_again(guest, keys, desk):
    key = enrol(guest, keys[0])
    desk.sudo().expect_exact(NOW)
    key.wait("touch asked")
    key.unplug()
    key.tell("log", "clear")
    key.plug()
    key.wait("touch asked")
    key.tap()
    desk.is_let_in()


def test_key_is_plugged_in_after_the_prompt(guest, keys, desk):
    key = enrol(guest, keys[0])
    key.unplug()
    desk.sudo().expect_exact(INSERT)
    guest.vm.run("until pgrep -x awsmfa-key; do sleep 0.1; done")
    key.plug()
    key.tap()
    desk.is_let_in()


def test_key_that_is_never_tapped_leaves_the_code(guest, keys, desk,
                                                  settings):
    key = enrol(guest, keys[0])
    token = guest.enrol("alice")
    settings("key_timeout = 5;")
    desk.sudo().expect_exact(EITHER)
    desk.line.sendline()
    desk.line.expect_exact(NOW)
    start = time.monotonic()
    desk.line.expect_exact("no key was tapped in time")
    desk.line.expect_exact(PROMPT)
    assert 3 < time.monotonic() - start < 25
    assert "CANCEL" in key.log()
    code = token.fresh()
    start = time.monotonic()
    desk.line.sendline(code)
    desk.is_let_in()
    assert time.monotonic() - start < 10


def test_key_is_left_by_control_c(guest, keys, desk):
    key = enrol(guest, keys[0])
    desk.sudo().expect_exact(NOW)
    key.wait("touch asked")
    start = time.monotonic()
    desk.line.control("c")
    desk.line.expect(SHELL)
    assert time.monotonic() - start < 15
    key.wait("CANCEL")
    desk.tap(key)


def test_key_is_idle_after_its_host_was_killed(guest, way, keys, desk):
    key = enrol(guest, keys[0])
    desk.sudo().expect_exact(NOW)
    key.wait("touch asked")
    guest.vm.run("pkill -KILL -t ttyS0 -x sudo")
    desk.line.expect_exact("Killed")
    desk.line.expect(SHELL)
    key.wait("CANCEL")
    desk.tap(key)
    assert guest.vm.run("pgrep -x awsmfa-key", check=False).status == 1


def test_key_asks_for_its_pin(guest, keys, desk, settings):
    key = enrol(guest, keys[0])
    key.tell("pin", "set", "1234")
    settings('user_verification = "required";')
    line = desk.sudo()
    line.expect_exact("PIN of the security key (8 tries left): ")
    line.sendline("1235")
    line.expect_exact("Wrong PIN. PIN of the security key (7 tries left): ")
    line.sendline("1234")
    key.tap()
    desk.is_let_in()
    assert "1234" not in line.said and "1235" not in line.said
    for secret in ("1234", "1235"):
        assert f'"{secret}' not in guest.journal()


def test_key_whose_pin_is_blocked_leaves_the_code(guest, keys, desk,
                                                  settings):
    key = enrol(guest, keys[0])
    token = guest.enrol("alice")
    key.tell("pin", "set", "1234")
    key.tell("pin", "blocked")
    settings('user_verification = "required";')
    desk.sudo().expect_exact(EITHER)
    desk.line.sendline()
    desk.line.expect_exact("the PIN of the key is blocked")
    desk.line.expect_exact(PROMPT)
    desk.line.sendline(token.fresh())
    desk.is_let_in()


def test_key_of_someone_else_is_refused(guest, keys, desk, settings):
    enrol(guest, keys[0]).unplug()
    other = enrol(guest, keys[1], "theirs", "bob")
    other.tell("touch", "now")
    settings("key_timeout = 5;")
    desk.sudo().expect_exact("the key is not one of the user's")
    desk.is_denied()
    guest.logged("user=alice ", "outcome=AccessDenied",
                 "not one of the user's")


def test_key_that_was_copied_is_refused_with_an_alarm(guest, keys, desk):
    key = enrol(guest, keys[0])
    desk.tap(key)
    desk.tap(key)
    key.tell("counter", "back")
    desk.sudo().expect_exact(NOW)
    key.tap()
    desk.is_denied()
    guest.logged("user=alice ", "outcome=AccessDenied", "CLONE ALARM",
                 "k1")


def test_key_is_asked_by_a_process_of_the_account(guest, keys, desk):
    key = enrol(guest, keys[0])
    desk.sudo().expect_exact(NOW)
    key.wait("touch asked")
    account = guest.vm.run("id -u awsmfa").out.strip()
    pids = guest.vm.run("pgrep -x awsmfa-key").out.split()
    assert pids
    filters = set()
    for pid in pids:
        status = dict(line.split(":\t", 1) for line in
                      guest.vm.run("cat", f"/proc/{pid}/status").out
                      .splitlines() if ":\t" in line)
        assert status["Uid"].split() == [account] * 4
        assert status["NoNewPrivs"] == "1"
        filters.add(status["Seccomp"])
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    # The one that waits for another key has heard of none yet.
    assert "2" in filters
    key.tap()
    desk.is_let_in()
    assert guest.vm.run("pgrep -x awsmfa-key", check=False).status == 1
