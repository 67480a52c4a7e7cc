"""Credentials that pam_u2f's own program made, verified by ours."""
import base64
import os
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import taprun  # noqa: E402
from bedb import Bed  # noqa: E402

VERIFY = os.path.join(os.environ.get("top_builddir", os.path.join(
    HERE, "../..")), "tests/key/verify_u2f")
RP = "pam://" + socket.gethostname()
NODE = "/dev/hidraw0"
PROGRAMS = ["umockdev-run", "pamu2fcfg", "fido2-assert"]

bed = None
folder = None


def path(name):
    return os.path.join(folder, name)


def done(result):
    assert result.returncode == 0, result.stderr + result.stdout
    return result.stdout


class Credential:
    """Of a line of pam_u2f: USER:KEY-HANDLE,PUBLIC-KEY,ALGORITHM,FLAGS"""

    def __init__(self, line, flags):
        self.user, rest = line.strip().split(":")
        self.handle, public, algorithm, found = rest.split(",")
        assert (algorithm, found) == ("es256", flags), line
        self.ident = base64.b64decode(self.handle, validate=True)
        self.public = base64.b64decode(public, validate=True)
        if len(self.public) == 65:
            # An uncompressed point, as pam_u2f before 1.1 wrote it.
            assert self.public[0] == 4, line
            self.public = self.public[1:]
        assert len(self.public) == 64, line


def make(*options, flags="+presence"):
    """As an administrator does it, with nothing but the defaults."""
    credential = Credential(done(bed.run("pamu2fcfg", "-u", "alice",
                                         *options)), flags)
    assert credential.user == "alice"
    return credential


class Assertion:
    def __init__(self, hash_, authdata, signature):
        self.hash = hash_
        self.authdata = authdata
        self.signature = signature

    def altered(self, name, at):
        changed = Assertion(self.hash, self.authdata, self.signature)
        octets = bytearray(getattr(self, name))
        octets[at] ^= 1
        setattr(changed, name, bytes(octets))
        return changed


def unwrapped(octets):
    """The content of a CBOR byte string of one octet's length."""
    assert octets[0] == 0x58 and octets[1] == len(octets) - 2, octets.hex()
    return octets[2:]


def ask(credential, rp=RP):
    """An assertion by the key, which libfido2's program asks for."""
    hash_ = os.urandom(32)
    with open(path("ask"), "w", encoding="ascii") as file:
        file.write("\n".join([base64.b64encode(hash_).decode(), rp,
                              credential.handle]) + "\n")
    if os.path.exists(path("asserted")):
        os.unlink(path("asserted"))
    done(bed.run("fido2-assert", "-G", "-p", "-i", path("ask"), "-o",
                 path("asserted"), NODE))
    with open(path("asserted"), encoding="ascii") as file:
        lines = [line.strip() for line in file]
    assert base64.b64decode(lines[0]) == hash_ and lines[1] == rp, lines
    return Assertion(hash_, unwrapped(base64.b64decode(lines[2])),
                     base64.b64decode(lines[3]))


def verify(credential, assertion, rp=RP):
    """What fido_verify_asserted() says."""
    result = subprocess.run(
        [VERIFY, rp, credential.ident.hex(), credential.public.hex(),
         assertion.hash.hex(), assertion.authdata.hex(),
         assertion.signature.hex()], capture_output=True, text=True,
        timeout=20, check=False)
    said = result.stdout.strip()
    assert (result.returncode == 0) == (said == "Success"), result
    return said


def denied(said, why=""):
    assert said.startswith("AccessDenied ") and why in said, said


def a_credential_of_pamu2fcfg_verifies():
    credential = make()
    for _ in range(3):
        said = verify(credential, ask(credential))
        assert said == "Success", said


def one_made_with_a_pin_verifies():
    bed.tell("pin set 1234")
    made = bed.run("pamu2fcfg", "-u", "alice", "-N", answer="1234\n")
    credential = Credential(done(made), "+presence+pin")
    said = verify(credential, ask(credential))
    assert said == "Success", said


def one_of_a_u2f_key_verifies():
    bed.tell("u2f-only on")
    credential = make()
    said = verify(credential, ask(credential))
    assert said == "Success", said
    assert "U2F authenticate" in " ".join(bed.log()), bed.log()


def an_altered_signature_is_denied():
    credential = make()
    assertion = ask(credential)
    for at in range(len(assertion.signature)):
        denied(verify(credential, assertion.altered("signature", at)),
               "not verified")
    assert verify(credential, assertion) == "Success"


def altered_data_is_denied():
    credential = make()
    assertion = ask(credential)
    for name in "authdata", "hash":
        for at in range(len(getattr(assertion, name))):
            denied(verify(credential, assertion.altered(name, at)))
    assert verify(credential, assertion) == "Success"


def another_credential_of_the_same_key_is_denied():
    first, second = make(), make()
    assert first.ident != second.ident
    denied(verify(first, ask(second)), "not verified")


def another_hosts_credential_is_denied():
    other = RP + ".example"
    credential = make("-o", other, "-i", other)
    assertion = ask(credential, other)
    denied(verify(credential, assertion), "relying party")
    assert verify(credential, assertion, other) == "Success"


TESTS = [
    a_credential_of_pamu2fcfg_verifies,
    one_made_with_a_pin_verifies,
    one_of_a_u2f_key_verifies,
    an_altered_signature_is_denied,
    altered_data_is_denied,
    another_credential_of_the_same_key_is_denied,
    another_hosts_credential_is_denied,
]


def begin():
    bed.tell("reset")
    bed.tell("seed 00")


def main():
    global bed, folder
    if taprun.lack(PROGRAMS):
        return 0
    with tempfile.TemporaryDirectory() as folder, Bed(1) as bed:
        return taprun.run(TESTS, before=begin)


sys.exit(main())
