"""Security keys, from enrolment to every way in which a tap can fail."""
import os
import re
import signal
import time
from pathlib import Path

import pytest

from host import awsmfa, wait_until
from keys import CODE, EITHER, FOLDER, NOW, TAP, Keys, Talk, configure, \
    enable, enable_arguments, one_waits, set_script, set_worker, workers


@pytest.fixture
def keys(host):
    configure()
    keys = Keys()
    yield keys
    keys.stop()


def serial_of(user="alice"):
    """The serial number of the user's only security key."""
    devices = awsmfa("list-mfa-devices", "--user-name", user)["MFADevices"]
    serial, = [d["SerialNumber"] for d in devices
               if d["Type"] == "security-key"]
    return serial


def tapped(key, user="alice", program=None):
    """A sign-in by keys alone, tapped when it asks; has it let in?"""
    talk = Talk(user, program)
    talk.expect(TAP)
    key.tap()
    return talk.finish()


def not_enrolled(error, user, name):
    """The key is not enrolled, because of ERROR."""
    said = awsmfa(*enable_arguments(user, name), status=254)
    assert f"An error occurred ({error}) when calling the EnableMFADevice " \
        "operation: " in said, said


def maps(pid):
    return Path(f"/proc/{pid}/maps").read_text()


def test_key_is_enrolled_by_a_tap_and_listed(host, way, keys):
    key = keys.plug()
    key.tell("touch after 200")
    enable("alice", "k1")
    assert "touched" in key.log()
    device, = awsmfa("list-mfa-devices", "--user-name",
                     "alice")["MFADevices"]
    assert device["Type"] == "security-key"
    assert device["DeviceName"] == "k1"
    assert re.fullmatch(r"arn:aws:iam::\d{12}:u2f/user/alice/k1-[0-9a-fA-F]+",
                        device["SerialNumber"])
    got = awsmfa("get-mfa-device", "--user-name", "alice",
                 "--serial-number", device["SerialNumber"])
    assert got["UserName"] == "alice"
    assert got["Certifications"] == {"FIDO": "2", "FIPS-CMVP-2": "1"}


def test_key_is_enrolled_once(host, keys):
    keys.plug()
    enable("alice", "k1")
    not_enrolled("EntityAlreadyExists", "alice", "k2")


def test_key_that_no_one_taps_is_not_enrolled(host, keys):
    configure(key_timeout=5)
    keys.plug().tell("touch never")
    start = time.monotonic()
    not_enrolled("AccessDenied", "alice", "k1")
    assert time.monotonic() - start < 20    # the key itself gives up at 30
    assert not awsmfa("list-mfa-devices", "--user-name",
                      "alice")["MFADevices"]


def test_key_that_has_eddsa_only_is_enrolled_and_lets_in(host, keys):
    key = keys.plug()
    key.tell("algorithms eddsa")
    enable("alice", "k1")
    key.tell("touch never")
    assert tapped(key)


class Enrolment(Talk):
    """awsmfa enable-mfa-device, on a terminal."""

    def __init__(self, user="alice", name="k1"):
        super().__init__(argv=("awsmfa", *enable_arguments(user, name)))


@pytest.mark.parametrize("algorithms", ["both", "eddsa"])
def test_key_is_enrolled_with_its_pin(host, way, keys, algorithms):
    key = keys.plug()
    key.tell("pin set 1234")
    key.tell(f"algorithms {algorithms}")
    key.tell("touch never")
    configure(user_verification="required")
    talk = Enrolment()
    talk.expect("PIN of the security key (8 tries left): ")
    talk.answer("1235")
    talk.expect("Wrong PIN. PIN of the security key (7 tries left): ")
    talk.answer("1234")
    talk.expect(NOW)
    key.tap()
    assert talk.finish(), talk.said
    assert "1234" not in talk.said and "1235" not in talk.said
    talk = Talk()
    talk.expect("PIN of the security key (8 tries left): ")
    talk.answer("1234")
    key.tap()
    assert talk.finish(), talk.said


def test_key_without_the_required_pin_is_not_enrolled(host, keys):
    keys.plug()
    configure(user_verification="required")
    not_enrolled("AccessDenied", "alice", "k1")
    assert "the key has no PIN, and one is required" in host.log.text()


def test_key_whose_pin_is_blocked_is_not_enrolled(host, keys):
    key = keys.plug()
    key.tell("pin set 1234")
    key.tell("pin blocked")
    configure(user_verification="required")
    not_enrolled("AccessDenied", "alice", "k1")


def test_enrolment_that_is_left_leaves_the_key_idle(host, way, keys):
    configure(key_timeout=60)
    key = keys.plug()
    key.tell("touch never")
    talk = Enrolment()
    talk.expect(NOW)
    talk.child.sendintr()
    assert not talk.finish()
    key.wait("CANCEL")
    assert not awsmfa("list-mfa-devices", "--user-name",
                      "alice")["MFADevices"]
    key.tell("touch now")
    enable("alice", "k1")


def test_tap_lets_in_where_there_are_codes_too(host, way, keys):
    key = keys.enrol()
    host.enrol("alice")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer()
    talk.expect(TAP)
    talk.expect(NOW)
    key.tap()
    assert talk.finish(), talk.said
    host.log.has("user=alice ", f"serial={re.escape(serial_of())} ",
                 "outcome=Success", "tap accepted")


def test_tap_lets_in_who_is_throttled(host, way, keys):
    """What can't be guessed can't be locked out."""
    key = keys.enrol()
    token = host.enrol("alice")
    for _ in range(7):                          # five are free
        talk = Talk()
        talk.expect(EITHER)
        talk.answer(token.wrong())
        assert not talk.finish()
    host.log.decision("alice", "Throttling")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer()
    talk.expect(TAP)
    talk.expect(NOW)
    key.tap()
    assert talk.finish(), talk.said


def test_code_lets_in_at_the_prompt_for_both(host, way, keys):
    key = keys.enrol()
    token = host.enrol("alice")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
    host.log.decision("alice", "Success", "code accepted")
    assert key.log() == []


def test_wrong_code_at_the_prompt_for_both_is_denied(host, way, keys):
    keys.enrol()
    token = host.enrol("alice")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer(token.wrong())
    assert not talk.finish()
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")


def test_tap_lets_in_where_there_are_keys_only(host, way, keys):
    key = keys.enrol()
    assert tapped(key)
    assert tapped(key)                      # the counter counts on
    host.log.decision("alice", "Success", "tap accepted")


@pytest.mark.parametrize("program", ["login", "sudo", "su"])
def test_programs_let_in_by_a_tap(host, way, keys, program):
    key = keys.enrol()
    assert tapped(key, program=program)


@pytest.mark.parametrize("program", ["login", "ssh", "sudo", "su"])
def test_programs_let_in_by_enter_and_a_tap(host, keys, program):
    key = keys.enrol()
    host.enrol("alice")
    talk = Talk(program=program)
    talk.expect(EITHER)
    talk.answer()
    if program != "ssh":                    # sshd shows it with a prompt only
        talk.expect(TAP)
    key.tap()
    assert talk.finish(), talk.said


def test_no_key_is_asked_for_one_who_is_not_at_the_machine(host, way, keys):
    key = keys.enrol()
    token = host.enrol("alice")
    configure(keys_for_remote=False)
    talk = Talk()
    talk.expect(CODE)
    assert "Enter" not in talk.said and TAP not in talk.said
    talk.answer(token.fresh())
    assert talk.finish()
    assert key.log() == []


def test_one_with_keys_only_is_denied_far_from_them(host, way, keys):
    key = keys.enrol()
    configure(keys_for_remote=False)
    talk = Talk()
    talk.expect(CODE)
    talk.answer("123456")
    assert not talk.finish()
    host.log.decision("alice", "AccessDenied", "only security keys")
    assert key.log() == []


def test_never_tapped_leaves_the_code(host, way, keys):
    configure(key_timeout=5)
    key = keys.enrol()
    token = host.enrol("alice")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer()
    talk.expect(NOW)
    start = time.monotonic()
    talk.expect("no key was tapped in time")
    talk.expect(CODE)
    assert 3 < time.monotonic() - start < 20
    assert "CANCEL" in key.log()
    assert "does not answer" not in host.log.text()
    talk.answer(token.fresh())
    start = time.monotonic()
    assert talk.finish(), talk.said
    assert time.monotonic() - start < 5


def test_pin_is_asked_for_where_it_is_required(host, way, keys):
    key = keys.enrol()
    key.tell("pin set 1234")
    configure(user_verification="required")
    talk = Talk()
    talk.expect("PIN of the security key (8 tries left): ")
    talk.answer("1235")
    talk.expect("Wrong PIN. PIN of the security key (7 tries left): ")
    talk.answer("1234")
    key.tap()
    assert talk.finish(), talk.said
    for secret in ("1234", "1235"):
        assert f'"{secret}' not in host.log.text()


def test_blocked_pin_leaves_the_code(host, way, keys):
    key = keys.enrol()
    key.tell("pin set 1234")
    key.tell("pin blocked")
    token = host.enrol("alice")
    configure(user_verification="required")
    talk = Talk()
    talk.expect(EITHER)
    talk.answer()
    talk.expect("the PIN of the key is blocked")
    talk.expect(CODE)
    talk.answer(token.fresh())
    assert talk.finish(), talk.said


def test_key_without_the_required_pin_is_denied(host, keys):
    keys.enrol()
    configure(user_verification="required")
    talk = Talk()
    talk.expect("the key has no PIN, and one is required")
    assert not talk.finish()
    host.log.decision("alice", "AccessDenied", "no PIN")


def test_key_can_be_taken_out_and_inserted_again(host, way, keys):
    key = keys.enrol()
    talk = Talk()
    talk.expect(NOW)
    key.wait("touch asked")
    wait_until(one_waits, 20, "no awsmfa-key waits")
    key.tell("unplug")
    wait_until(lambda: len(workers()) == 1, 20, "awsmfa-key did not notice")
    key.tell("log clear")
    key.tell("replug")
    key.tap()
    assert talk.finish(), talk.said
    assert key.log().count("INIT") == 1     # one worker only has it


def test_key_can_be_inserted_after_the_prompt(host, way, keys):
    key = keys.enrol()
    key.tell("unplug")
    talk = Talk()
    talk.expect(TAP)
    wait_until(one_waits, 20, "no awsmfa-key waits")
    key.tell("replug")
    key.tap()
    assert talk.finish(), talk.said


def test_key_of_someone_else_is_denied(host, way, keys):
    configure(key_timeout=5)
    keys.enrol().tell("unplug")
    keys.enrol("bob", "theirs").tell("touch now")
    talk = Talk()
    talk.expect("the key is not one of the user's")
    assert not talk.finish()
    host.log.decision("alice", "AccessDenied", "not one of the user's")


def test_wrong_key_can_be_changed_for_the_right_one(host, way, keys):
    right = keys.enrol()
    right.tell("unplug")
    wrong = keys.enrol("bob", "theirs", node=0)
    talk = Talk()
    talk.expect(TAP)
    wrong.wait("error 2e")                  # no credentials
    wait_until(one_waits, 20, "no awsmfa-key waits")
    wait_until(lambda: len(workers()) == 1, 20)
    wrong.tell("unplug")
    right.tell("replug")                    # at the node of the wrong one
    right.tap()
    assert talk.finish(), talk.said


@pytest.mark.parametrize("counter", ["back", "stuck"])
def test_copied_key_is_denied_with_an_alarm(host, way, keys, counter):
    key = keys.enrol()
    assert tapped(key)
    assert tapped(key)
    key.tell(f"counter {counter}")
    assert not tapped(key)
    host.log.decision("alice", "AccessDenied", "CLONE ALARM")


def test_host_that_is_killed_leaves_the_key_idle(host, way, keys):
    key = keys.enrol()
    configure(key_timeout=60)
    talk = Talk()
    talk.expect(NOW)
    key.wait("touch asked")
    os.kill(talk.child.pid, signal.SIGKILL)
    key.wait("CANCEL")
    talk.finish()
    wait_until(lambda: not workers(), 20, "awsmfa-key did not end")
    key.tell("log clear")
    assert tapped(key)


@pytest.mark.parametrize("which", [0, 1])
def test_whichever_key_is_tapped_lets_in(host, way, keys, which):
    keys.enrol()
    keys.plug()
    keys.keys[0].tell("unplug")
    enable("alice", "k2")
    keys.keys[0].tell("replug")
    for key in keys.keys:
        key.tell("touch never")
        key.tell("log clear")
    talk = Talk()
    talk.expect(TAP)
    for key in keys.keys:
        key.wait("touch asked")
    keys.keys[which].tap()
    assert talk.finish(), talk.said
    assert "CANCEL" in keys.keys[1 - which].log()
    assert talk.said.count(NOW) == 1


def test_sign_in_by_code_runs_and_maps_nothing_of_keys(host, way, keys):
    keys.enrol()
    token = host.enrol("alice")
    trace = FOLDER / "started"
    trace.unlink(missing_ok=True)
    trace.touch()
    trace.chmod(0o666)
    set_script(f"echo started >> {trace}")
    talk = Talk()
    talk.expect(EITHER)
    pids = host.endpoints()
    assert pids
    for pid in pids:
        for library in ("libfido2", "libcbor", "libseccomp", "libudev"):
            assert library not in maps(pid), library
    assert not workers()
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
    assert trace.read_text() == ""
    talk = Talk()                           # it is seen where one is
    talk.expect(EITHER)
    talk.answer()
    talk.expect(CODE)
    assert trace.read_text() != ""
    talk.answer("123456")
    talk.finish()


BROKEN = {
    # Each with what awsmfa-key is, and whether its end is noticed at once.
    "fails": ("exit 1", True),
    "crashes": ("kill -SEGV $$", True),
    "talks nonsense": ("head -c 100000 /dev/urandom >&3; sleep 60", True),
    "floods": ("exec cat /dev/zero >&3", True),
    "hangs": ("exec sleep 60", False),
}


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_worker_that_is_broken_leaves_the_code(host, way, keys, how):
    text, at_once = BROKEN[how]
    configure(key_timeout=60 if at_once else 5)
    keys.enrol()
    token = host.enrol("alice")
    set_script(text)
    talk = Talk()
    talk.expect(EITHER)
    talk.answer()
    talk.expect(CODE)                       # it waits for less than a minute
    talk.answer(token.fresh())
    assert talk.finish(), talk.said
    wait_until(lambda: not workers(), 20, "awsmfa-key did not end")
    host.log.has("awsmfa-endpoint", "awsmfa-key at no key: " if at_once
                 else "awsmfa-key does not answer")


def test_worker_that_is_missing_is_logged_and_denied(host, way, keys):
    keys.enrol()
    set_worker("/nonexistent/awsmfa-key")
    talk = Talk()
    talk.expect(TAP)
    assert not talk.finish()
    host.log.has("awsmfa-endpoint", "awsmfa-key can't be started")


def test_worker_that_is_not_sane_never_lets_in(host, way, keys):
    keys.enrol()
    set_worker("/bin/true")
    talk = Talk()
    talk.expect(TAP)
    assert not talk.finish()
    host.log.decision("alice", "AccessDenied", "key")
