"""Files, names and answers that no one should have: each is denied with a log
line that names the cause, and nothing on disk changes."""
import os
import shutil
import socket
import struct

import pytest

import pamhost
from host import CONF, SOCKET, STATE, Failure, awsmfa

BAD_FILES = {}


def bad(function):
    BAD_FILES[function.__name__.replace("_", " ")] = function
    return function


@bad
def truncated(path):
    os.truncate(path, path.stat().st_size - 3)


@bad
def empty_or_cut_to_an_octet(path):
    os.truncate(path, 1)


@bad
def binary(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(os.urandom(max(size, 64)))


@bad
def oversized(path):
    with path.open("ab") as file:
        file.write(b"# " + b"x" * (1 << 20) + b"\n")


@bad
def with_a_nul(path):
    with path.open("ab") as file:
        file.write(b"\0")


@bad
def wrong_owner(path):
    os.chown(path, 2005, 2005)


@bad
def wrong_mode(path):
    path.chmod(0o666)


@bad
def symlinked(path):
    real = path.with_name("real")
    path.rename(real)
    path.symlink_to(real)


@bad
def hard_linked(path):
    os.link(path, path.with_name("second"))


@bad
def fifo(path):
    st = path.stat()
    path.unlink()
    os.mkfifo(path, 0o600)
    os.chown(path, st.st_uid, st.st_gid)


@bad
def folder(path):
    st = path.stat()
    path.unlink()
    path.mkdir(mode=0o700)
    os.chown(path, st.st_uid, st.st_gid)


def denied_and_unchanged(host, user, code, cause, service="mfa"):
    before = host.digest()
    assert not host.pam(user, code, service=service)
    host.log.has("awsmfa", user, cause)
    assert host.digest() == before


@pytest.mark.parametrize("how", BAD_FILES)
def test_bad_device_file_denies(host, way, how):
    token = host.enrol("alice")
    host.enrol("bob")
    BAD_FILES[how](STATE / "devices/alice")
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*devices/alice")


def test_device_file_of_another_user_denies(host, way):
    token, other = host.enrol("alice"), host.enrol("bob")
    shutil.copy(STATE / "devices/bob", STATE / "devices/alice")
    for code in (token.fresh(), other.fresh()):
        denied_and_unchanged(host, "alice", code,
                             r"ServiceFailure.*devices/alice")


def test_device_file_with_another_uid_denies(host, way):
    token = host.enrol("alice")
    path = STATE / "devices/alice"
    text = path.read_text()
    assert text.count("2001") == 1
    path.write_text(text.replace("2001", "2002"))
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*devices/alice.*uid")


def test_device_file_that_includes_another_denies(host, way):
    token = host.enrol("alice")
    path = STATE / "devices/alice"
    path.write_text(path.read_text() + '@include "/etc/passwd"\n')
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*devices/alice")


@pytest.mark.parametrize("how", BAD_FILES)
def test_bad_ledger_denies(host, way, how):
    token = host.enrol("alice")
    path = STATE / "ledger/alice"
    if how == "binary":                 # both slots
        path.write_bytes(os.urandom(path.stat().st_size))
    else:
        BAD_FILES[how](path)
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*ledger")


def test_ledger_of_another_user_denies(host, way):
    token = host.enrol("alice")
    host.enrol("bob")
    shutil.copy(STATE / "ledger/bob", STATE / "ledger/alice")
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*ledger")


def test_missing_ledger_denies(host, way):
    token = host.enrol("alice")
    (STATE / "ledger/alice").unlink()
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*ledger")


def test_torn_write_of_one_slot_lets_no_older_code_in(host, way):
    # Whichever slot is lost, what the other one knows still holds.
    token = host.enrol("alice")
    first, second = token.fresh(), token.fresh()
    assert host.pam("alice", first)
    assert host.pam("alice", second)
    path = STATE / "ledger/alice"
    whole = path.read_bytes()
    for at in (0, 4096):
        torn = bytearray(whole)
        torn[at + 16:at + 1024] = bytes(1008)
        path.write_bytes(torn)
        assert not host.pam("alice", first)
    path.write_bytes(bytes(len(whole)))
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"ServiceFailure.*ledger")


@pytest.mark.parametrize("name", ["devices", "ledger", "claims", "inventory",
                                  ""])
@pytest.mark.parametrize("how", ["missing", "open", "owner", "file", "link"])
def test_bad_folder_denies(host, name, how):
    token = host.enrol("alice")
    code = token.fresh()
    path = STATE / name
    away = path.with_name("away")
    path.rename(away)
    try:
        if how == "open":
            shutil.copytree(away, path)
            path.chmod(0o755)
        elif how == "owner":
            shutil.copytree(away, path)
            path.chmod(0o700)
        elif how == "file":
            path.write_text("")
        elif how == "link":
            path.symlink_to(away)
        for user, service in (("alice", "mfa"), ("dave", "mfa"),
                              ("dave", "mfa-allow")):
            host.log.mark()
            denied_and_unchanged(host, user, code,
                                 r"ServiceFailure.*" + str(path),
                                 service=service)
    finally:
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
        away.rename(path)
    assert host.pam("alice", code)


@pytest.mark.parametrize("how", BAD_FILES)
def test_bad_host_key_denies(host, how):
    token = host.enrol("alice")
    path = CONF / "host.key"
    shutil.copy2(path, "/run/bed/host.key")
    st = path.stat()
    try:
        BAD_FILES[how](path)
        denied_and_unchanged(host, "alice", token.fresh(),
                             r"ServiceFailure.*host\.key|host\.key")
    finally:
        shutil.rmtree(path) if how == "folder" else path.unlink()
        for extra in ("real", "second"):
            (CONF / extra).unlink(missing_ok=True)
        shutil.copy2("/run/bed/host.key", path)
        os.chown(path, st.st_uid, st.st_gid)


@pytest.mark.parametrize("how", BAD_FILES)
def test_bad_configuration_denies(host, way, how):
    token = host.enrol("alice")
    path = CONF / "awsmfa.conf"
    path.write_text('issuer = "Example";\nprompt_timeout = 60;\n')
    code = token.fresh()
    assert host.pam("alice", code)
    try:
        BAD_FILES[how](path)
        denied_and_unchanged(host, "alice", token.fresh(),
                             r"InvalidConfiguration.*awsmfa\.conf")
    finally:
        shutil.rmtree(path) if how == "folder" else path.unlink()
        for extra in ("real", "second"):
            (CONF / extra).unlink(missing_ok=True)
    assert host.pam("alice", token.code(token.last))


@pytest.mark.parametrize("text", [
    "nonsense = 1;", 'account_id = "12";', "account_id = 123456789012;",
    "prompt_timeout = 9;", "prompt_timeout = 301;", "prompt_timeout = 1e9;",
    'prompt_timeout = "60";', 'prompt = "\\x01";', "max_conversations = 0;",
    "max_conversations = 4294967297;", "max_conversations_per_user = -1;",
    '@include "/etc/passwd"', "prompt = ", 'issuer = "' + "x" * 300 + '";'])
def test_bad_setting_denies_and_is_named(host, way, text):
    token = host.enrol("alice")
    (CONF / "awsmfa.conf").write_text("# one\n" + text + "\n")
    denied_and_unchanged(host, "alice", token.fresh(),
                         r"InvalidConfiguration.*awsmfa\.conf")


BAD_NAMES = {
    "dots": "..", "dot": ".", "slash": "a/b", "path": "../../../etc/passwd",
    "absolute": "/etc/passwd", "newline": "alice\nuser=bob", "escape":
    "al\033[2Jice", "tab": "a\tb", "bell": "\a", "latin": "ä", "quote": 'a"b',
    "percent": "%s%n%x", "space": "alice ", "long": "a" * 10000,
    "limit": "a" * 1024, "hundred": "a" * 129, "comma": "alice,bob",
    "hidden": ".alice.new", "dash": "-alice", "empty": "",
}


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("service", ["mfa", "mfa-allow"])
def test_bad_user_name_denies(host, way, name, service):
    host.enrol("alice")
    before = host.digest()
    # pam_start() with no name makes the module ask for one: give none.
    pam = pamhost.Host(service, BAD_NAMES[name].encode(), [b"123456"])
    code = pam.authenticate()
    pam.end(code)
    assert code != pamhost.PAM_SUCCESS
    host.log.has("awsmfa")
    for line in host.log.text().splitlines():
        assert line.isprintable(), line
        assert " user=bob" not in line or "\\x0a" in line or "\\n" in line
        assert len(line) < 4096
    assert host.digest() == before


ANSWERS = {
    "empty": b"", "NULL": None, "nothing but spaces": b"      ",
    "too long": b"1" * 511, "longer than a frame": b"1" * 513,
    "very long": b"1" * 100000, "not digits": b"abcdef",
    "control characters": b"12\t456\x1b", "a NUL in it": b"123\x00456",
    "not UTF-8": b"\xff\xfe\xfd\xfc\xfb\xfa", "the format": b"%n%n%n",
    "thirteen digits": b"1234567890123", "five digits": b"12345",
    "a failed conversation": pamhost.PAM_CONV_ERR,
    "an aborted conversation": 26, "no memory": pamhost.PAM_BUF_ERR,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_bad_answer_denies(host, way, answer):
    token = host.enrol("alice")
    before = host.digest()
    pam = pamhost.Host("mfa", b"alice", [ANSWERS[answer]])
    code = pam.authenticate()
    pam.end(code)
    assert code != pamhost.PAM_SUCCESS
    assert len([s for s, _ in pam.shown if s == 1]) == 1
    host.log.has("awsmfa", "alice")
    assert host.digest() == before
    assert host.pam("alice", token.fresh())


def frame(kind, payload=b"", version=1):
    return struct.pack(">BBHI", version, kind, 0, len(payload)) + payload


REQUEST = [(1, b"alice"), (2, b"mfa"), (6, b"deny")]


def talk(frames, answer=None):
    """Speaks to the service as root; what it said until it hung up."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        sock.connect(str(SOCKET))
        heard = b""
        try:
            sock.sendall(frames)
            if answer is not None:
                heard = sock.recv(4096)
                assert b"MFA code: " in heard
                sock.sendall(answer)
            sock.shutdown(socket.SHUT_WR)
            while True:
                more = sock.recv(4096)
                if not more:
                    return heard
                heard += more
        except (BrokenPipeError, ConnectionResetError):
            return heard


def request(*changes):
    return b"".join(frame(*field) for field in (*REQUEST, *changes)) + frame(8)


def test_code_with_a_nul_inside_is_not_a_code(host):
    host.start_service()
    token = host.enrol("alice")
    before = host.digest()
    code = token.fresh().encode()
    for answer in (code + b"\0", b"\0" + code, code[:3] + b"\0" + code[3:]):
        heard = talk(request(), frame(9, answer))
        assert b"Success" not in heard and b"AccessDenied" in heard
        host.log.decision("alice", "InvalidAuthenticationCode", "not a code")
        host.log.mark()
    assert host.digest() == before
    heard = talk(request(), frame(9, code))
    assert b"Success" in heard


BREACHES = {
    "another version": frame(1, b"alice", version=2),
    "an unknown type": frame(77, b"alice"),
    "a field twice": request((1, b"bob")),
    "a NUL in a field": frame(1, b"al\0ice"),
    "a field too long": frame(1, b"a" * 1025),
    "a field missing": frame(1, b"alice") + frame(8),
    "a bad unenrolled": b"".join((frame(1, b"dave"), frame(2, b"mfa"),
                                  frame(6, b"perhaps"), frame(8))),
    "an answer before the prompt": frame(9, b"123456"),
    "an outcome": frame(35, b"Success"),
    "an operation that is not JSON": frame(64, b"{"),
    "an operation unknown": frame(64, b'{"Operation": "X", "Parameters": {}}'),
    "an operation of depth": frame(64, b"[" * 100000),
    "random octets": os.urandom(65536),
    "half a header": b"\x01\x01\0",
    "length of 4 GiB": struct.pack(">BBHI", 1, 1, 0, 0xffffffff),
}


@pytest.mark.parametrize("how", BREACHES)
def test_breach_of_the_protocol_is_denied(host, how):
    host.start_service()
    token = host.enrol("alice")
    before = host.digest()
    heard = talk(BREACHES[how])
    assert b"Success" not in heard and b"MFA code" not in heard
    assert host.digest() == before
    host.log.has("awsmfa-endpoint")
    assert host.pam("alice", token.fresh())


def test_import_of_nonsense_imports_nothing(host, way, tmp_path):
    before = host.digest()
    for content in (b"", b"\0" * 100, os.urandom(4096), b"a,b\n1,2\n",
                    b"serial_number,seed_hex\n" + b"x" * 100000):
        path = tmp_path / "tokens"
        path.write_bytes(content)
        with pytest.raises(Failure) as failure:
            awsmfa("import-tokens", path)
        assert failure.value.status in (252, 253, 254, 255)
        assert failure.value.text.strip()
    assert host.digest() == before
