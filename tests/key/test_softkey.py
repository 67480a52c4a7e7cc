"""The software key of the tests, against libfido2's own programs."""
import base64
import os
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import taprun  # noqa: E402
from bedb import Bed  # noqa: E402

RP = "awsmfa.example"
NODE = "/dev/hidraw0"
OTHER = "/dev/hidraw1"
PROGRAMS = ["umockdev-run", "fido2-token", "fido2-cred", "fido2-assert",
            "openssl"]

bed = None
folder = None


def path(name):
    return os.path.join(folder, name)


def random(size=32):
    return base64.b64encode(os.urandom(size)).decode()


def fresh(name):
    """A path for libfido2's programs, which do not truncate."""
    if os.path.exists(path(name)):
        os.unlink(path(name))
    return path(name)


def write(name, *lines):
    with open(path(name), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return path(name)


def read(name):
    with open(path(name), encoding="ascii") as file:
        return file.read().splitlines()


def done(result, error=None):
    """RESULT is a success, or ends with libfido2's ERROR."""
    said = result.stderr + result.stdout
    if error is None:
        assert result.returncode == 0, said
    else:
        assert result.returncode != 0 and error in said, said
    return result


class Credential:
    def __init__(self, ident, public, algorithm):
        self.ident = ident
        self.public = public
        self.algorithm = algorithm


def make(algorithm="es256", *options, node=NODE, pin=None, verified=False,
         error=None):
    """Makes a credential and lets fido2-cred verify it."""
    request = write("make", random(), RP, "alice", random())
    done(bed.run("fido2-cred", "-M", *options, "-i", request, "-o",
                 fresh("made"), node, algorithm, answer=pin and pin + "\n"),
         error)
    if error:
        return None
    done(bed.run("fido2-cred", "-V", *(["-v"] if verified else []), "-i", path("made"), "-o",
                 fresh("verified"), algorithm))
    ident, *public = read("verified")
    return Credential(ident, write(f"public{ident[:8].replace('/', '_')}",
                                   *public), algorithm)


def ask(credential, *options, node=NODE, pin=None, error=None):
    """Gets an assertion; does not verify it."""
    request = write("ask", random(), RP, credential.ident)
    return done(bed.run("fido2-assert", "-G", *options, "-i", request, "-o",
                        fresh("asserted"), node, answer=pin and pin + "\n"),
                error)


def verify(credential, *options):
    return bed.run("fido2-assert", "-V", *options, "-i", path("asserted"),
                   credential.public, credential.algorithm)


def sign_in(credential, *options, **more):
    ask(credential, *options, **more)
    done(verify(credential, *(o for o in options if o in ("-p", "-v"))))


def count():
    """The counter of the last assertion; its authdata is wrapped in CBOR."""
    authdata = base64.b64decode(read("asserted")[2])
    return int.from_bytes(authdata[-4:], "big")


def logged(line, seconds=20):
    """Waits until LINE is in the key's log."""
    end = time.monotonic() + seconds
    while line not in bed.log():
        assert time.monotonic() < end, bed.log()
        time.sleep(0.005)


def drained(seconds=20):
    """Waits until what the key has said before is out of the way."""
    end = time.monotonic() + seconds
    while bed.run("fido2-token", "-I", NODE).returncode != 0:
        assert time.monotonic() < end


def libfido2_lists_the_keys():
    said = done(bed.run("fido2-token", "-L")).stdout
    assert NODE + ": " in said and OTHER + ": " in said, said
    assert "Softkey Security Key 0" in said, said


def the_information_is_read():
    said = done(bed.run("fido2-token", "-I", NODE)).stdout
    assert "version strings: U2F_V2, FIDO_2_0" in said, said
    assert "algorithms: es256 (public-key), eddsa (public-key)" in said, said
    assert "noclientPin" in said, said
    assert "certifications: FIDO 2, FIPS-CMVP-2 1" in said, said


def es256_is_made_and_asserted():
    sign_in(make("es256"), "-p")


def eddsa_is_made_and_asserted():
    sign_in(make("eddsa"), "-p")


def the_attestation_is_signed_by_the_root():
    make()
    pem = write("x5c", "-----BEGIN CERTIFICATE-----", *re.findall(
        ".{1,64}", read("made")[6]), "-----END CERTIFICATE-----")
    done(bed.run("openssl", "verify", "-x509_strict", "-CAfile",
                 path("root"), pem))
    text = done(bed.run("openssl", "x509", "-in", pem, "-noout", "-text"))
    assert "1.3.6.1.4.1.45724.1.1.4" in text.stdout, text.stdout


def self_attestations_verify():
    bed.tell("attestation self")
    for algorithm in "es256", "eddsa":
        make(algorithm)
        assert len(read("made")) == 6, read("made")


def an_assertion_without_presence_needs_no_touch():
    credential = make()
    bed.tell("touch never")
    ask(credential, "-t", "up=false")
    done(verify(credential))
    done(verify(credential, "-p"), "FIDO_ERR_INVALID_PARAM")


def another_keys_credential_is_none():
    credential = make()
    ask(credential, node=OTHER, error="FIDO_ERR_NO_CREDENTIALS")
    bed.tell("seed ff")
    ask(credential, error="FIDO_ERR_NO_CREDENTIALS")
    bed.tell("seed 00")
    sign_in(credential, "-p")


def an_altered_assertion_does_not_verify():
    credential = make()
    ask(credential)
    lines = read("asserted")
    write("asserted", random(), *lines[1:])
    done(verify(credential), "FIDO_ERR_INVALID_SIG")


def a_u2f_key_registers_and_authenticates():
    bed.tell("u2f-only on")
    credential = make("es256", "-u")
    sign_in(credential, "-p", "-u")
    assert "U2F register" in bed.log(), bed.log()
    bed.tell("u2f-only off")
    sign_in(credential, "-p")


def a_u2f_key_is_found_without_being_told():
    bed.tell("u2f-only on")
    sign_in(make(), "-p")
    assert "getInfo" not in bed.log(), bed.log()


def a_u2f_key_waits_for_its_touch():
    bed.tell("u2f-only on")
    credential = make()
    bed.tell("log clear")
    bed.tell("touch after 150")
    started = time.monotonic()
    sign_in(credential, "-p")
    assert time.monotonic() - started > 0.15
    assert bed.log().count("U2F authenticate") > 1, bed.log()


def a_pin_is_set_used_and_changed():
    for protocol in "1", "2":
        bed.tell("reset")
        bed.tell("pin-protocol", protocol)
        done(bed.run("fido2-token", "-S", NODE, answer="1234\n1234\n"))
        credential = make("es256", pin="1234", verified=True)
        sign_in(credential, "-p", "-v", pin="1234")
        done(bed.run("fido2-token", "-C", NODE,
                     answer="1234\n98765\n98765\n"))
        sign_in(credential, "-p", "-v", pin="98765")
        ask(credential, "-v", pin="1234", error="FIDO_ERR_PIN_INVALID")
        said = done(bed.run("fido2-token", "-I", NODE)).stdout
        assert "pin retries: 7" in said, said


def without_its_pin_a_key_asserts_but_does_not_make():
    credential = make()
    bed.tell("pin set 1234")
    sign_in(credential, "-p")
    done(verify(credential, "-v"), "FIDO_ERR_INVALID_PARAM")
    make(error="invalid PIN length")  # asked for one


def three_wrong_pins_need_a_replug_and_eight_are_the_end():
    credential = make()
    bed.tell("pin set 1234")
    for wrong in range(8):
        error = ("FIDO_ERR_PIN_BLOCKED" if wrong == 7 else
                 "FIDO_ERR_PIN_AUTH_BLOCKED" if wrong % 3 == 2 else
                 "FIDO_ERR_PIN_INVALID")
        ask(credential, "-v", pin="9999", error=error)
        if wrong == 2:
            ask(credential, "-v", pin="1234",
                error="FIDO_ERR_PIN_AUTH_BLOCKED")
        if wrong % 3 == 2:
            bed.tell("unplug")
            bed.tell("replug")
    ask(credential, "-v", pin="1234", error="FIDO_ERR_PIN_BLOCKED")
    bed.tell("pin set 1234")
    sign_in(credential, "-v", pin="1234")
    bed.tell("pin blocked")
    ask(credential, "-v", pin="1234", error="FIDO_ERR_PIN_BLOCKED")


def a_finger_verifies_the_user():
    credential = make()
    ask(credential, "-t", "uv=true", error="FIDO_ERR_UNSUPPORTED_OPTION")
    bed.tell("uv works")
    ask(credential, "-t", "uv=true")
    done(verify(credential, "-v"))
    bed.tell("uv fails")
    ask(credential, "-t", "uv=true", error="FIDO_ERR_UV_INVALID")


def a_touch_comes_later():
    credential = make()
    bed.tell("touch later")
    started = time.monotonic()
    sign_in(credential, "-p")
    assert 0.2 < time.monotonic() - started < 10


def a_touch_never_comes():
    credential = make()
    bed.tell("touch never")
    bed.tell("touch timeout 200")
    ask(credential, error="FIDO_ERR_USER_ACTION_TIMEOUT")
    bed.tell("touch now")
    sign_in(credential, "-p")


def a_touch_comes_when_the_test_says():
    credential = make()
    bed.tell("touch never")
    try:
        bed.tell("touch once")
        raise AssertionError("touched while nothing waits")
    except ValueError:
        pass
    request = write("ask", random(), RP, credential.ident)
    bed.tell("log clear")
    with bed.popen("fido2-assert", "-G", "-i", request, "-o",
                   fresh("asserted"), NODE) as process:
        logged("touch asked")
        bed.tell("touch once")
        assert process.wait(5) == 0
    done(verify(credential, "-p"))


def a_client_that_dies_spoils_the_next_try():
    credential = make()
    bed.tell("touch never")
    bed.tell("log clear")
    request = write("ask", random(), RP, credential.ident)
    with bed.popen("fido2-assert", "-G", "-i", request, "-o",
                   fresh("asserted"), NODE) as process:
        logged("touch asked")
        process.send_signal(signal.SIGKILL)
    assert "CANCEL" not in bed.log(), bed.log()
    ask(credential, error="FIDO_ERR_")
    assert "ERROR 06" in bed.log(), bed.log()
    bed.tell("unplug")
    bed.tell("replug")
    bed.tell("touch now")
    sign_in(credential, "-p")


def the_counter_does_as_it_is_told():
    credential = make()

    def counts():
        found = []
        for _ in range(3):
            ask(credential)
            found.append(count())
        return found

    bed.tell("counter set 41")
    assert counts() == [42, 43, 44]
    bed.tell("counter stuck")
    assert counts() == [44, 44, 44]
    bed.tell("counter back")
    assert counts() == [43, 42, 41]
    bed.tell("counter zero")
    assert counts() == [0, 0, 0]


def a_busy_key_is_busy_that_often():
    credential = make()
    bed.tell("busy 2")
    bed.tell("log clear")
    ask(credential, error="FIDO_ERR_")
    while "ERROR 06" in bed.log():
        bed.tell("log clear")
        bed.run("fido2-token", "-I", NODE)
    sign_in(credential, "-p")


def a_slow_key_is_slow():
    credential = make()
    bed.tell("slow 150")
    started = time.monotonic()
    sign_in(credential, "-p")
    assert time.monotonic() - started > 0.3  #  getInfo, getAssertion


def garbage_is_an_error():
    credential = make()
    for kind in "messages", "reports":
        bed.tell("garbage", kind)
        ask(credential, error="fido2-assert: ")
    bed.tell("garbage off")
    drained()
    sign_in(credential, "-p")


def a_key_is_unplugged_half_way_and_comes_back():
    credential = make()
    bed.tell("touch never")
    bed.tell("log clear")
    request = write("ask", random(), RP, credential.ident)
    with bed.popen("fido2-assert", "-G", "-i", request, "-o",
                   fresh("asserted"), NODE) as process:
        logged("touch asked")
        bed.tell("unplug")
        assert process.wait(5) != 0
    assert NODE not in bed.run("fido2-token", "-L").stdout
    bed.tell("replug")
    assert NODE in bed.run("fido2-token", "-L").stdout
    bed.tell("touch now")
    sign_in(credential, "-p")


def pamu2fcfgs_credential_is_asserted():
    said = done(bed.run("pamu2fcfg", "-u", "alice", "-o", RP, "-i", RP))
    user, rest = said.stdout.strip().split(":")
    ident, public, algorithm, flags = rest.split(",")
    assert (user, algorithm, flags) == ("alice", "es256", "+presence")
    header = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107"
                           "03420004")
    der = base64.b64encode(header + base64.b64decode(public)).decode()
    sign_in(Credential(ident, write("pamu2f", "-----BEGIN PUBLIC KEY-----",
                                    *re.findall(".{1,64}", der),
                                    "-----END PUBLIC KEY-----"), "es256"),
            "-p")


TESTS = [
    libfido2_lists_the_keys,
    the_information_is_read,
    es256_is_made_and_asserted,
    eddsa_is_made_and_asserted,
    the_attestation_is_signed_by_the_root,
    self_attestations_verify,
    an_assertion_without_presence_needs_no_touch,
    another_keys_credential_is_none,
    an_altered_assertion_does_not_verify,
    a_u2f_key_registers_and_authenticates,
    a_u2f_key_is_found_without_being_told,
    a_u2f_key_waits_for_its_touch,
    a_pin_is_set_used_and_changed,
    without_its_pin_a_key_asserts_but_does_not_make,
    three_wrong_pins_need_a_replug_and_eight_are_the_end,
    a_finger_verifies_the_user,
    a_touch_comes_later,
    a_touch_never_comes,
    a_touch_comes_when_the_test_says,
    a_client_that_dies_spoils_the_next_try,
    the_counter_does_as_it_is_told,
    a_busy_key_is_busy_that_often,
    a_slow_key_is_slow,
    garbage_is_an_error,
    a_key_is_unplugged_half_way_and_comes_back,
    pamu2fcfgs_credential_is_asserted,
]
NEEDS = {pamu2fcfgs_credential_is_asserted: "pamu2fcfg"}


def begin():
    bed.tell("reset")
    bed.tell("seed 00")


def needs(test):
    program = NEEDS.get(test)
    return program if program and not shutil.which(program) else None


def main():
    global bed, folder
    if taprun.lack(PROGRAMS):
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = scratch
        with Bed(2, ["--root", path("root")]) as bed:
            return taprun.run(TESTS, before=begin, needs=needs)


sys.exit(main())
