"""Devices of other modules, made by their own programs, and then signed in
with here."""
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import bedb
from host import ENV, Token, as_user, sign_in
from keys import FOLDER, TAP, Keys, Talk, configure

HOME = Path("/home/alice")
GOOGLE = HOME / ".google_authenticator"
OATH = Path("/etc/users.oath")
KEYS = HOME / ".config/Yubico/u2f_keys"


@pytest.fixture(autouse=True)
def sources():
    """None from another test."""
    yield
    OATH.unlink(missing_ok=True)
    for home in Path("/home").iterdir():
        shutil.rmtree(home / ".config", ignore_errors=True)
        path = home / ".google_authenticator"
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    for name in "google", "oath":
        Path(f"/etc/pam.d/{name}").unlink(missing_ok=True)


class Run:
    """awsmfa import, and what it said of each device."""

    def __init__(self, *argv, status=0):
        done = subprocess.run(["awsmfa", "--output", "json", "import", *argv],
                              env=ENV, text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.said = done.stderr
        assert done.returncode == status, done.stderr + done.stdout
        self.devices = re.findall(r'"SerialNumber": "([^"]*)"', done.stdout)

    def says(self, *parts):
        assert any(all(part in line for part in parts)
                   for line in self.said.splitlines()), (parts, self.said)


def import_for(source, *more, status=0, user="alice"):
    return Run("--from", source, "--user-name", user, *more, status=status)


def own(path, user="alice", mode=0o600):
    entry = pwd.getpwnam(user)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    path.chmod(mode)


def module(name, line):
    """A service that asks for a code by another module."""
    Path(f"/etc/pam.d/{name}").write_text(
        f"auth required {line}\naccount required pam_permit.so\n")


def google(user="alice", *options):
    """What google-authenticator wrote for USER: the seed in base32."""
    subprocess.run(as_user(user, "google-authenticator", "-t", "-f", "-q",
                           "-d", "-r", "3", "-R", "30", "-W", "-C", *options),
                   check=True, env=ENV, capture_output=True)
    path = Path(f"/home/{user}/.google_authenticator")
    return path.read_text().splitlines()[0]


def token_of(base32, **kind):
    """The app that has this seed."""
    token = Token("-", **kind)
    out = subprocess.run(["oathtool", "-v", "-b", base32], check=True,
                         capture_output=True, text=True).stdout
    token.seed = re.search("Hex secret: ([0-9a-f]+)", out)[1]
    return token


def next_code(token):
    """The code after the present one: what is shown now counts as used."""
    token.settle(5)
    return token.code(token.step() + 1)


def test_google_authenticator_signs_in_as_before(host, way):
    token = token_of(google())
    before, text = host.digest(), GOOGLE.read_bytes()
    dry = import_for("google-authenticator")
    assert len(dry.devices) == 1
    dry.says("would be imported")
    dry.says("nothing was changed; --apply does it")
    dry.says(".google_authenticator:6: alice: left out: 5 scratch codes",
             "create-recovery-codes")
    assert host.digest() == before
    host.log.has("operation=ImportDevices ", "user=alice ", "a dry run")
    done = import_for("google-authenticator", "--apply")
    host.log.has("operation=ImportDevice ", "user=alice ",
                 f"serial={done.devices[0]} ", "outcome=Success")
    assert done.devices == dry.devices
    assert GOOGLE.read_bytes() == text
    assert not sign_in("ssh", "alice", text.split()[-1].decode())[0]
    code = next_code(token)
    assert sign_in("ssh", "alice", code)[0]
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "code already used")
    again = import_for("google-authenticator", "--apply")
    again.says("alice: imported already", done.devices[0])
    assert again.devices == []


def test_code_that_google_authenticator_took_is_not_good_again(host, way):
    token = token_of(google())
    module("google", "pam_google_authenticator.so")
    token.settle(15)
    code = token.code(token.step())
    assert host.pam("alice", code, service="google"), host.said
    assert "DISALLOW_REUSE " in GOOGLE.read_text()
    import_for("google-authenticator", "--apply")
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "code already used")
    assert host.pam("alice", token.code(token.step() + 1))


def test_skew_of_google_authenticator_is_known_here(host, way):
    token = token_of(google())
    own(GOOGLE, mode=0o600)
    with GOOGLE.open("a") as file:
        file.write('" TIME_SKEW 11\n')
    import_for("google-authenticator", "--apply")
    token.settle(5)
    assert not host.pam("alice", token.code(token.step() + 1))
    assert host.pam("alice", token.code(token.step() + 12))


def test_everybody_is_imported_and_the_rest_is_said(host, way):
    for user in "alice", "bob":
        google(user)
    subprocess.run(as_user("carol", "google-authenticator", "-c", "-f", "-q",
                           "-u", "-W", "-C"), check=True, env=ENV,
                   capture_output=True)
    GOOGLE.chmod(0o644)
    shared = Path("/home/bob/.google_authenticator").read_bytes()
    path = Path("/home/dave/.google_authenticator")
    path.write_bytes(shared)
    own(path, "dave")
    dry = Run("--from", "google-authenticator", "--all", status=1)
    done = Run("--from", "google-authenticator", "--all", "--apply", status=1)
    assert dry.devices == done.devices
    assert [d.split(":mfa/")[1] for d in done.devices] == \
        ["bob/google-authenticator"]
    done.says("/home/alice/.google_authenticator: left out")
    done.says("/home/carol/.google_authenticator:", ": carol: left out: "
              "HOTP_COUNTER: HOTP")
    done.says("/home/dave/.google_authenticator:1: dave: left out: the same "
              "device as an earlier line's")
    assert token_of(shared.split()[0].decode()).seed not in host.log.text()
    later = Run("--from", "google-authenticator", "--user-name", "dave",
                "--apply", status=1)
    later.says("dave: left out: EntityAlreadyExists: it is bob's already")


def test_hostile_files_are_left_out_and_nothing_is_read_with_privilege(host):
    secret = Path("/etc/hidden")
    secret.write_text("JBSWY3DPEHPK3PXPJBSWY3DPEH\n\" TOTP_AUTH\n")
    secret.chmod(0o600)
    bobs = Path("/home/bob/.google_authenticator")
    bobs.write_text(secret.read_text())
    own(bobs, "bob")
    # Somebody has made this home one in which everybody can make links.
    ways = {
        "symlink": lambda: GOOGLE.symlink_to(secret),
        "link": lambda: os.link(bobs, GOOGLE),
        "fifo": lambda: os.mkfifo(GOOGLE),
        "folder": GOOGLE.mkdir,
        "huge": lambda: GOOGLE.write_bytes(b"A" * 70000),
        "nul": lambda: GOOGLE.write_bytes(b"JBSWY3DP\0EHPK3PXP\n"),
        "long": lambda: GOOGLE.write_bytes(b"A" * 60000),
        "binary": lambda: GOOGLE.write_bytes(bytes(range(1, 256))),
        "writable": lambda: GOOGLE.write_text(secret.read_text()),
        "roots": lambda: GOOGLE.symlink_to("/etc/shadow"),
    }
    before = host.digest()
    for name, make in ways.items():
        make()
        if name in ("huge", "nul", "long", "binary", "fifo"):
            own(GOOGLE)
        if name == "writable":
            own(GOOGLE, mode=0o666)
        run = import_for("google-authenticator", "--apply", status=1)
        run.says("/home/alice/.google_authenticator", "left out: ")
        assert "JBSWY" not in run.said and "root:" not in run.said, run.said
        assert run.devices == [], name
        if name == "folder":
            GOOGLE.rmdir()
        else:
            GOOGLE.unlink()
    secret.unlink()
    digest = host.digest()
    assert {k: v for k, v in digest.items() if "ledger" not in k} == \
        {k: v for k, v in before.items() if "ledger" not in k}


def test_file_is_opened_as_its_user(host):
    google()
    trace = Path("/run/bed/trace")
    subprocess.run(["strace", "-f", "-o", trace, "-e",
                    "trace=openat,setresuid,setgroups", "awsmfa", "import",
                    "--from", "google-authenticator", "--user-name", "alice"],
                   env=ENV, check=True, capture_output=True)
    lines = trace.read_text().splitlines()
    opened, = [line for line in lines if ".google_authenticator" in line]
    child = opened.split()[0]
    mine = [line for line in lines if line.split()[0] == child]
    uid = pwd.getpwnam("alice").pw_uid
    assert f"setresuid({uid}, {uid}, {uid}) = 0" in \
        " ".join(" ".join(mine[:mine.index(opened)]).split())
    assert "O_NOFOLLOW" in opened and "O_NONBLOCK" in opened


def oath(*lines):
    OATH.write_text("# of the host\n" + "\n".join(lines) + "\n")
    OATH.chmod(0o600)


def test_users_of_oath_sign_in_as_before(host, way):
    app, slow = Token("-"), Token("-", period=60)
    eight = Token("-", digits=8)
    oath(f"HOTP/T30 alice - {app.seed}",
         f"HOTP/T60/6 bob + {slow.seed}",
         f"HOTP/T30/8\tcarol\t1234\t{eight.seed}",
         "HOTP dave - 00112233445566778899", "nonsense",
         "HOTP/T30/7 alice - 00112233445566778899",
         "HOTP/T30 alice - 0011", "HOTP/T30 nobody-here - " + "ab" * 20)
    done = Run("--from", "oath", "--all", "--apply", status=1)
    assert len(done.devices) == 3
    done.says("/etc/users.oath:4: carol: left out: its PIN")
    done.says("/etc/users.oath:5: dave: left out: HOTP")
    done.says("/etc/users.oath:6: -: left out: not a line")
    done.says("/etc/users.oath:7: alice: left out: codes of seven digits")
    done.says("/etc/users.oath:8: alice: left out: InvalidInput")
    done.says("/etc/users.oath:9: nobody-here: left out: NoSuchEntity")
    assert sign_in("login", "alice", next_code(app))[0]
    assert sign_in("ssh", "bob", next_code(slow))[0]
    assert sign_in("sudo", "carol", next_code(eight))[0]


def test_code_that_oath_took_is_not_good_again(host, way):
    app = Token("-")
    oath(f"HOTP/T30\talice\t-\t{app.seed}")
    module("oath", f"pam_oath.so usersfile={OATH} window=10 digits=6")
    app.settle(15)
    code = app.code(app.step() + 1)
    assert host.pam("alice", code, service="oath"), host.said
    assert f"\t{code}\t" in OATH.read_text()
    import_for("oath", "--apply")
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "code already used")
    assert host.pam("alice", app.code(app.step() + 2))


def test_home_that_is_no_utf_8_hides_nothing_that_was_imported(host):
    home = Path(os.fsdecode(b"/home/alic\xe9"))
    passwd = Path("/etc/passwd").read_bytes()
    Path("/etc/passwd").write_bytes(
        passwd.replace(b":/home/alice:", b":" + os.fsencode(home) + b":"))
    try:
        home.mkdir()
        file = home / ".google_authenticator"
        file.write_text(f"{'ABCDEFGH' * 4}\n\" TOTP_AUTH\n")
        own(home, mode=0o700)
        own(file)
        done = import_for("google-authenticator", "--apply")
    finally:
        Path("/etc/passwd").write_bytes(passwd)
        shutil.rmtree(home)
    assert len(done.devices) == 1
    done.says("1 imported, 0 imported already")


def test_ninth_device_is_said_in_the_dry_run_already(host):
    host.enrol_many("alice", 6)
    oath(*(f"HOTP/T30 alice - {Token('-').seed}" for _ in range(3)))
    for more in (), ("--apply",):
        run = import_for("oath", *more, status=1)
        assert len(run.devices) == 2
        run.says("/etc/users.oath:4: alice: left out: LimitExceeded")


def test_only_root_imports(host):
    host.start_service()
    host.start_users()
    done = subprocess.run(as_user("alice", "awsmfa", "import", "--from",
                                  "google-authenticator", "--user-name",
                                  "alice"), env=ENV, capture_output=True,
                          text=True)
    assert done.returncode == 254 and "AccessDenied" in done.stderr


@pytest.fixture
def keys(host):
    configure()
    keys = Keys()
    yield keys
    keys.stop()


@pytest.fixture
def place():
    """Where other programs find the software key."""
    bedb.SOFTKEY = str(FOLDER / "softkey")
    with bedb.Bed(1) as bed:
        bed.tell("seed 00")
        yield bed


def made(result):
    assert result.returncode == 0, result.stderr + result.stdout
    return result.stdout


def keys_file(text):
    KEYS.parent.mkdir(parents=True, exist_ok=True)
    KEYS.write_text(text)
    for path in KEYS, KEYS.parent, KEYS.parent.parent:
        own(path, mode=0o755 if path.is_dir() else 0o644)


def plugged(keys):
    key = keys.plug()
    key.tell("seed 00")
    key.tell("touch never")
    return key


def tapped(key, user="alice"):
    talk = Talk(user)
    talk.expect(TAP)
    key.tap()
    return talk.finish()


def test_key_of_pamu2fcfg_lets_in_by_a_tap(host, way, keys, place):
    keys_file(made(place.run("pamu2fcfg", "-u", "alice")))
    before = KEYS.read_bytes()
    import_for("u2f")
    done = import_for("u2f", "--apply")
    assert ":u2f/user/alice/u2f-" in done.devices[0]
    assert KEYS.read_bytes() == before
    assert tapped(plugged(keys))
    again = import_for("u2f", "--apply")
    again.says("imported already", done.devices[0])
    central = Path("/etc/u2f_mappings")
    central.write_bytes(before.replace(b"alice:", b"bob:"))
    run = Run("--from", "u2f", "--all", "--file", central, status=1)
    run.says("bob: left out: EntityAlreadyExists: it is alice's already")
    central.unlink()


def test_key_with_another_origin_lets_in(host, keys, place):
    keys_file(made(place.run("pamu2fcfg", "-u", "alice", "-o",
                             "pam://elsewhere", "-i", "pam://elsewhere")))
    import_for("u2f", "--apply", "--origin", "pam://elsewhere")
    assert tapped(plugged(keys))


def test_key_in_the_old_form_lets_in(host, keys, place):
    """As pamu2fcfg wrote it before 1.1: the same octets, in other letters."""
    import base64
    place.tell("u2f-only on")
    line = made(place.run("pamu2fcfg", "-u", "alice", "-o", "pam://old",
                          "-i", "pam://old")).strip()
    handle, public, _, _ = line.split(":")[1].split(",")
    handle = handle.replace("+", "-").replace("/", "_").rstrip("=")
    octets = base64.b64decode(public)
    octets = octets if len(octets) == 65 else b"\x04" + octets
    keys_file(f"bob:AAAA,{octets.hex()}\nalice:{handle},{octets.hex()}\n")
    run = import_for("u2f", "--apply", "--appid", "pam://old")
    run.says(f"{KEYS}:1: alice: left out: a line of another user, bob")
    key = plugged(keys)
    key.tell("u2f-only on")
    assert tapped(key)


def test_key_of_ssh_keygen_lets_in(host, keys, place, tmp_path):
    path = tmp_path / "id"
    made(place.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", path))
    keys_file(path.read_text())
    run = import_for("u2f", "--apply", "--file", "~/.config/Yubico/u2f_keys")
    assert len(run.devices) == 1
    assert tapped(plugged(keys))


def test_keys_without_attestation_are_not_brought_where_one_is_required(
        host, place):
    keys_file(made(place.run("pamu2fcfg", "-u", "alice")))
    configure(attestation_roots="/etc/ssl/certs/ca-certificates.crt")
    run = import_for("u2f", "--apply", status=1)
    run.says("left out: AccessDenied: attestation_roots is set")


@pytest.mark.parametrize("argv", [
    (), ("--from", "oath"), ("--from", "duo", "--all"),
    ("--from", "oath", "--all", "--user-name", "alice"),
    ("--from", "oath", "--all", "--origin", "pam://x"),
    ("--from", "google-authenticator", "--all", "--file", "/etc/ga")])
def test_arguments_that_do_not_go_together_are_refused(argv):
    assert "usage: awsmfa import" in Run(*argv, status=252).said


def test_central_files_by_user_are_root_s_own(host):
    google()
    folder = Path("/var/lib/ga")
    folder.mkdir()
    path = folder / "alice"
    shutil.copy(GOOGLE, path)
    path.chmod(0o600)
    more = ("--file", "/var/lib/ga/${USER}")
    assert len(import_for("google-authenticator", *more).devices) == 1
    os.chown(path, pwd.getpwnam("alice").pw_uid, 0)
    import_for("google-authenticator", *more, status=1).says(
        "/var/lib/ga/alice: left out")
    shutil.rmtree(folder)
