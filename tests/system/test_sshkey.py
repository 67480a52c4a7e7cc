"""Keys that users have for SSH: enrolled by a signature that is pasted."""
import re
import subprocess

import pytest

from host import ENV, awsmfa
from sshkeys import Enrolment, SshKey, enrol

KINDS = ["ed25519", "ecdsa"]


def devices_of(user):
    return awsmfa("list-mfa-devices", "--user-name", user)["MFADevices"]


def refused(error, user, name, key, paste=None):
    """It is not enrolled, because of ERROR; what was said."""
    before = devices_of(user)
    enrolment = Enrolment(user, name, key.public)
    if paste is not None:
        paste(enrolment)
    assert enrolment.finish() == 254, enrolment.said
    assert f"({error}) when calling the EnableMFADevice" in enrolment.said
    assert devices_of(user) == before
    return enrolment.said


def by(key):
    """Pastes what KEY signs."""
    return lambda enrolment: enrolment.paste(key.run(enrolment.command()))


@pytest.mark.parametrize("kind", KINDS)
def test_key_is_enrolled_by_a_pasted_signature_and_shown(host, way, kind):
    key = SshKey("alice", kind)
    said = enrol("alice", "laptop", key)
    assert "host=bed user=alice service=enable-mfa-device" in said
    device, = devices_of("alice")
    assert device["Type"] == "security-key"
    assert device["DeviceName"] == "laptop"
    serial = device["SerialNumber"]
    assert re.fullmatch(r"arn:aws:iam::\d{12}:u2f/user/alice/laptop-[0-9a-f]+",
                        serial)
    assert serial in said
    shown = awsmfa("get-mfa-device", "--serial-number", serial)
    assert key.line.startswith(shown["SSHPublicKey"] + " ")
    print_, = re.findall(r"SHA256:\S+", key.as_user(
        "ssh-keygen", "-l", "-f", str(key.public)))
    assert shown["Fingerprint"] == print_
    assert key.used() == 1
    host.log.has("operation=EnableMFADevice", "outcome=Success", serial)


@pytest.mark.parametrize("kind", KINDS)
def test_signature_may_be_one_line_without_armour(host, way, kind):
    key = SshKey("alice", kind)
    enrolment = Enrolment("alice", "laptop", key.public)
    lines = key.run(enrolment.command()).split("\n")
    bare = "".join(line for line in lines if not line.startswith("-----"))
    assert len(bare) < 512
    enrolment.paste(bare)
    assert enrolment.finish() == 0, enrolment.said


def test_key_comes_from_standard_input_and_a_certificate_will_do(host, way):
    key = SshKey("alice")
    authority = key.path.parent / "authority"
    authority.unlink(missing_ok=True)
    key.as_user("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                str(authority))
    key.as_user("ssh-keygen", "-q", "-s", str(authority), "-I", "a",
                str(key.public))
    certificate = key.path.parent / f"{key.path.name}-cert.pub"
    assert "-cert-v01@openssh.com " in certificate.read_text()
    enrol_from = Enrolment("alice", "laptop", certificate)
    enrol_from.paste(key.run(enrol_from.command()))
    assert enrol_from.finish() == 0, enrol_from.said
    done = subprocess.run(
        ["setsid", "awsmfa", "enable-mfa-device", "--user-name", "bob",
         "--type", "security-key", "--device-name", "x",
         "--ssh-public-key", "-"], input=key.line + "\n", env=ENV,
        text=True, capture_output=True, timeout=30)
    assert "printf %s '" in done.stderr and "no terminal" in done.stderr
    assert done.returncode == 255 and devices_of("bob") == []


def test_key_that_is_enrolled_is_nobodys_else(host, way):
    key = SshKey("alice")
    enrol("alice", "laptop", key)
    assert "as laptop" in refused("EntityAlreadyExists", "alice", "again", key)
    refused("EntityAlreadyExists", "bob", "stolen", key, by(key))
    refused("EntityAlreadyExists", "alice", "LAPTOP", SshKey("bob"))
    serial = devices_of("alice")[0]["SerialNumber"]
    awsmfa("deactivate-mfa-device", "--user-name", "alice", "--serial-number",
           serial)
    enrol("bob", "given", key)
    assert devices_of("bob")[0]["DeviceName"] == "given"


def test_signature_by_another_key_or_of_before_is_refused(host, way):
    key, other = SshKey("alice"), SshKey("bob")
    said = refused("AccessDenied", "alice", "laptop", key, by(other))
    assert "another key" in said
    first = Enrolment("alice", "laptop", key.public)
    old = key.run(first.command())
    first.child.sendintr()
    assert first.finish() != 0
    refused("AccessDenied", "alice", "laptop", key,
            lambda enrolment: (enrolment.command(), enrolment.paste(old)))
    host.log.has("operation=EnableMFADevice", "outcome=AccessDenied",
                 "not verified")
    enrol("alice", "laptop", key)


def test_signature_without_a_tap_or_for_something_else_is_refused(host, way):
    key = SshKey("alice", flags=0)
    said = refused("AccessDenied", "alice", "laptop", key, by(key))
    assert "not present" in said
    key.set(flags=1)

    def three_times(enrolment):
        command = enrolment.command()
        text = key.run(command.replace("-n awsmfa", "-n file"))
        for _ in range(3):
            enrolment.paste(text)
            enrolment.expect("for something else")
    refused("AccessDenied", "alice", "laptop", key, three_times)


def test_plain_key_is_refused(host, way):
    key = SshKey("alice", name="plain")
    key.path.unlink()
    key.as_user("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                str(key.path), input="y\n")
    said = refused("InvalidInput", "alice", "laptop", key)
    assert "type of a security key" in said


def test_key_that_does_not_count_is_logged(host, way):
    key = SshKey("alice", step=0)
    enrol("alice", "laptop", key)
    host.log.has("u2f/user/alice/laptop-", "does not count its signatures")


def test_ninth_key_is_limit_exceeded(host, way):
    for number in range(8):
        enrol("alice", f"key{number}", SshKey("alice", name=f"id{number}"))
    ninth = SshKey("alice")
    refused("LimitExceeded", "alice", "ninth", ninth)
    assert ninth.used() == 0
