"""Devices by awsmfa: who gets one, how many, and with which codes."""
import base64
import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from host import (ENV, STATE, Failure, Token, awsmfa, refused, wait_until)


def devices_of(user):
    return awsmfa("list-mfa-devices", "--user-name", user)["MFADevices"]


def settings_of(text):
    """The device groups of a device file, as text."""
    start = text.index("(", text.index("devices")) + 1
    depth, groups, begin = 0, [], None
    for i in range(start, len(text)):
        if text[i] == "{":
            depth += 1
            begin = i if depth == 1 else begin
        elif text[i] == "}":
            depth -= 1
            if depth == 0:
                groups.append(text[begin:i + 1])
        elif text[i] == ")" and depth == 0:
            return text[:start], groups, text[i:]
    raise AssertionError(text)


def test_each_of_eight_devices_lets_in(host, way):
    tokens = host.enrol_many("alice", 8)
    assert len(devices_of("alice")) == 8
    for token in tokens:
        assert host.pam("alice", token.fresh())
        host.log.has("outcome=Success", f"serial={token.serial} ")


def test_ninth_device_is_limit_exceeded(host, way):
    host.enrol_many("alice", 8)
    ninth, = host.tokens()
    before = host.digest()
    text = refused("LimitExceeded", *host.enable_arguments("alice", ninth))
    assert "MFADevicesPerUser: 8" in text
    assert len(devices_of("alice")) == 8
    after = host.digest()
    assert before == after
    assert not host.pam("alice", ninth.fresh())
    # Nobody's still: another user can have it.
    ninth.last = 0
    host.enable("bob", ninth, ninth.pair(back=1))
    assert host.pam("bob", ninth.fresh())


def test_device_file_with_nine_entries_is_refused_whole(host, way):
    tokens = host.enrol_many("alice", 8)
    path = STATE / "devices/alice"
    head, eight, tail = settings_of(path.read_text())
    gone = tokens.pop(0)
    awsmfa("deactivate-mfa-device", "--user-name", "alice",
           "--serial-number", gone.serial)
    ninth = host.enrol("alice")
    _, others, _ = settings_of(path.read_text())
    new, = [group for group in others if ninth.serial in group]
    st = path.stat()
    path.write_text(head + ", ".join(eight + [new]) + tail)
    os.chown(path, st.st_uid, st.st_gid)
    before = host.digest()
    for token in (*tokens, ninth):
        assert not host.pam("alice", token.fresh())
    host.log.decision("alice", "ServiceFailure", "devices/alice")
    refused("ServiceFailure", "list-mfa-devices", "--user-name", "alice")
    assert host.digest() == before


def test_serial_taken_by_another_user_is_entity_already_exists(host, way):
    token = host.enrol("alice")
    refused("EntityAlreadyExists",
            *host.enable_arguments("bob", token, token.pair(back=-1)))
    assert devices_of("bob") == []
    assert devices_of("alice")[0]["SerialNumber"] == token.serial


def test_unknown_serial_is_no_such_entity(host, way):
    token = Token("GAHT99999999")
    refused("NoSuchEntity", *host.enable_arguments("alice", token))


def test_unknown_user_is_no_such_entity(host, way):
    token, = host.tokens()
    refused("NoSuchEntity", *host.enable_arguments("nobody-here", token))


@pytest.mark.parametrize("steps", [(-2, -4), (-3, -1), (-1, -2), (-2, -2)])
def test_codes_not_consecutive_are_invalid(host, way, steps):
    token, = host.tokens()
    now = token.step()
    before = host.digest()
    refused("InvalidAuthenticationCode", *host.enable_arguments(
        "alice", token, [token.code(now + s) for s in steps]))
    assert devices_of("alice") == []
    assert not host.pam("alice", token.code(now))
    host.log.decision("alice", "NotEnrolled")
    assert {k: v for k, v in host.digest().items() if "ledger" not in k} == \
        {k: v for k, v in before.items() if "ledger" not in k}


def test_codes_out_of_the_window_do_not_enable(host, way):
    token, = host.tokens(drift=-30 * 24)
    refused("InvalidAuthenticationCode", *host.enable_arguments("alice", token))


@pytest.mark.parametrize("drift,back", [(600, 1), (-600, 0)])
def test_token_that_drifted_ten_minutes_is_enrolled(host, way, drift, back):
    token, = host.tokens(drift=drift)
    token.settle()
    host.enable("alice", token, token.pair(back))
    assert host.pam("alice", token.fresh())


def test_token_that_drifted_two_hours_is_resynchronised(host, way):
    token = host.enrol("alice")
    token.drift = 7200
    assert not host.pam("alice", token.code(token.step()))
    assert not host.pam("alice", "".join(token.codes(token.step() - 1, 2)))
    code1, code2 = token.pair()
    awsmfa("resync-mfa-device", "--user-name", "alice", "--serial-number",
           token.serial, "--authentication-code1", code1,
           "--authentication-code2", code2)
    assert not host.pam("alice", code2)
    assert host.pam("alice", token.fresh())


def test_resync_with_codes_not_consecutive_is_invalid(host, way):
    token = host.enrol("alice")
    first, _, third = token.codes(token.step() + 100, 3)
    refused("InvalidAuthenticationCode", "resync-mfa-device", "--user-name",
            "alice", "--serial-number", token.serial,
            "--authentication-code1", first, "--authentication-code2", third)
    assert host.pam("alice", token.fresh())


def test_deactivated_device_does_not_let_in(host, way):
    token, other = host.enrol("alice"), host.enrol("alice")
    awsmfa("deactivate-mfa-device", "--user-name", "alice",
           "--serial-number", token.serial)
    assert not host.pam("alice", token.fresh())
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")
    assert host.pam("alice", other.fresh())
    token.last = 0
    host.enable("bob", token, token.pair(back=-1))
    assert host.pam("bob", token.fresh())


def test_virtual_device_from_its_seed_to_a_sign_in(host, way, tmp_path):
    file = tmp_path / "seed"
    made = awsmfa("create-virtual-mfa-device", "--user-name", "alice",
                  "--virtual-mfa-device-name", "phone",
                  "--bootstrap-method", "Base32StringSeed",
                  "--outfile", file)
    serial = made["VirtualMFADevice"]["SerialNumber"]
    assert serial == "arn:aws:iam::000000000000:mfa/alice/phone"
    assert file.stat().st_mode & 0o777 == 0o600
    token = Token(serial)
    seed = file.read_text().strip()
    token.seed = base64.b32decode(seed).hex()
    host.enable("alice", token)
    assert host.pam("alice", token.fresh())
    device, = devices_of("alice")
    assert device["Type"] == "virtual" and device["DeviceName"] == "phone"
    assert device["LastUsed"]
    refused("DeleteConflict", "delete-virtual-mfa-device", "--serial-number",
            serial)
    awsmfa("deactivate-mfa-device", "--user-name", "alice",
           "--serial-number", serial)
    awsmfa("delete-virtual-mfa-device", "--serial-number", serial)
    refused("NoSuchEntity", *host.enable_arguments("alice", token))


def test_get_user_tells_how_many_devices(host, way):
    host.enrol_many("alice", 2)
    user = awsmfa("get-user", "--user-name", "alice")["User"]
    assert user["MFADeviceCount"] == 2 and user["MFAEnabled"] is True
    assert user["UserId"] == str(pwd.getpwnam("alice").pw_uid)


def records(seen):
    """What is in the inventory but for its lock, which stays."""
    digest = seen if isinstance(seen, dict) else seen.digest()
    return {name: what[:3] + what[4:] for name, what in digest.items()
            if not name.endswith(".lock")}


def test_import_with_one_bad_row_imports_nothing(host, way):
    path = Path("/run/bed/bad.csv")
    seed = "00112233445566778899aabbccddeeff00112233"
    path.write_text("serial_number,seed_hex\n"
                    f"GAHT70000001,{seed}\nGAHT70000002,zz\n"
                    f"GAHT70000003,{seed}\n")
    before = host.digest()
    with pytest.raises(Failure) as failure:
        awsmfa("import-tokens", path)
    assert failure.value.status in (254, 255)
    assert re.search(r"line 3|:3:", failure.value.text), failure.value.text
    wait_until(lambda: records(host) == records(before))


def test_import_of_a_serial_twice_imports_nothing(host, way):
    path = Path("/run/bed/twice.csv")
    path.write_text("serial_number,seed_hex\n"
                    f"GAHT70000001,{'00' * 20}\nGAHT70000001,{'01' * 20}\n")
    before = host.digest()
    with pytest.raises(Failure):
        awsmfa("import-tokens", path)
    wait_until(lambda: records(host) == records(before))


def test_ordinary_users_need_the_service_for_users(host, way):
    done = subprocess.run(
        ["setpriv", "--reuid=alice", "--regid=alice", "--init-groups",
         "awsmfa", "list-mfa-devices"], env=ENV, capture_output=True,
        text=True, timeout=30)
    assert done.returncode != 0 and not done.stdout.strip()
    assert "only root can do without" in done.stderr, done.stderr


def test_init_again_changes_nothing(host, way):
    token = host.enrol("alice")
    before = host.digest()
    subprocess.run(["awsmfa", "init"], env=ENV, check=True,
                   stdout=subprocess.DEVNULL)
    assert host.digest() == before
    assert host.pam("alice", token.fresh())
