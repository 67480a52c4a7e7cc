"""Ordinary users and their own devices, through the users' socket."""
import json
import os
import re
import subprocess

import pexpect
import pytest

from host import ENV, Token, as_user, awsmfa

ALICE = "arn:aws:iam::000000000000:mfa/alice/"


@pytest.fixture
def users(host):
    """The host with both instances of the endpoint."""
    host.start_service()
    host.start_users()
    return host


def mine(user, *argv, status=0):
    """awsmfa as USER, without a terminal: its answer, or what it said."""
    done = subprocess.run([*as_user(user, "awsmfa"), *map(str, argv)],
                          env=ENV, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60,
                          start_new_session=True)
    assert done.returncode == status, \
        f"exit status {done.returncode}: {done.stderr}{done.stdout}"
    if status:
        assert not done.stdout.strip()
        return done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def denied(user, *argv, name="AccessDenied"):
    """awsmfa ARGV as USER is refused with the error NAME."""
    text = mine(user, *argv, status=254)
    assert re.match(rf"\s*An error occurred \({name}\) when calling the "
                    r"\w+ operation: \S", text), text
    return text


def create(user, name="phone", *more):
    """A virtual device of USER, not enabled."""
    made = mine(user, "create-virtual-mfa-device",
                "--virtual-mfa-device-name", name, *more)["VirtualMFADevice"]
    token = Token(made["SerialNumber"])
    import base64
    seed = made["Base32StringSeed"]
    token.seed = base64.b32decode(seed + "=" * (-len(seed) % 8)).hex()
    return token


def codes_of(token, pair=None):
    code1, code2 = pair or token.pair()
    return ("--serial-number", token.serial, "--authentication-code1", code1,
            "--authentication-code2", code2)


def enable(user, token, pair=None):
    mine(user, "enable-mfa-device", *codes_of(token, pair))


def devices_of(user):
    return [device["SerialNumber"]
            for device in mine(user, "list-mfa-devices")["MFADevices"]]


def test_user_enrols_a_virtual_device_and_signs_in_with_it(users):
    token = create("alice")
    assert token.serial == ALICE + "phone"
    enable("alice", token)
    assert devices_of("alice") == [token.serial]
    assert mine("alice", "get-user")["User"]["MFADeviceCount"] == 1
    assert users.pam("alice", token.fresh())
    users.log.has("operation=EnableMFADevice", "user=alice ", "caller=2001 ")


def test_user_enrols_a_hardware_token(users):
    token, = users.tokens()
    enable("alice", token)
    assert users.pam("alice", token.fresh())
