"""Attacks on the endpoint through the users' socket: each is repelled, and
nobody else notices."""
import concurrent.futures
import contextlib
import json
import os
import pwd
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from host import (ACCOUNT, CONF, ENV, STATE, USER_SOCKET, as_user, awsmfa,
                  wait_until)

HEADER = struct.Struct(">BBHI")
USER, SERVICE, RHOST, TTY, CONF_FIELD, UNENROLLED = 1, 2, 3, 4, 5, 6
SIGN_IN, ANSWER, PHASE, TICKET, SSH_KEYS, PENDING = 8, 9, 10, 11, 12, 13
AGENT = 16
PROMPT, MESSAGE, ENVIRONMENT, OUTCOME, PROMPT_OPTIONAL = 32, 33, 34, 35, 36
OPERATION, RESULT, FAILURE = 64, 65, 66
PER_USER = 8                    # max_user_conversations
GET_USER = {"Operation": "GetUser", "Parameters": {}}


@pytest.fixture
def users(host):
    host.start_service()
    host.start_users()
    return host


def frame(kind, payload=b"", length=None):
    if isinstance(payload, dict):
        payload = json.dumps(payload)
    if isinstance(payload, str):
        payload = payload.encode()
    return HEADER.pack(1, kind, 0, len(payload) if length is None
                       else length) + payload


class Raw:
    """A connection of USER's to the users' socket."""

    def __init__(self, user):
        self.sock = socket.socket(socket.AF_UNIX)
        # Who connects is what the kernel keeps.
        os.seteuid(user if isinstance(user, int)
                   else pwd.getpwnam(user).pw_uid)
        try:
            self.sock.connect(str(USER_SOCKET))
        finally:
            os.seteuid(0)
        self.sock.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, kind, payload=b"", length=None):
        self.sock.sendall(frame(kind, payload, length))

    def receive(self):
        """A frame, or None at the end."""
        try:
            header = self.sock.recv(HEADER.size, socket.MSG_WAITALL)
            if len(header) < HEADER.size:
                return None
            _, kind, _, length = HEADER.unpack(header)
            return kind, self.sock.recv(length, socket.MSG_WAITALL).decode()
        except ConnectionResetError:
            return None

    def call(self, request=GET_USER):
        self.send(OPERATION, request)
        return self.receive()

    def sign_in(self, user, **fields):
        # At once: who is refused is hung up on after the first.
        self.sock.sendall(frame(USER, user) + b"".join(
            frame(globals()[kind], text) for kind, text in fields.items()) +
            frame(SIGN_IN))

    def outcome(self, answer=None):
        """Answers one prompt; the outcome, and what came before it."""
        said = []
        while received := self.receive():
            kind, text = received
            if kind in (PROMPT, PROMPT_OPTIONAL):
                self.send(ANSWER, answer)
            elif kind == OUTCOME:
                return text, said
            else:
                said.append(received)
        return None, said


def works(users, user="bob"):
    """Users and sign-ins are served."""
    with Raw(user) as raw:
        try:
            kind, text = raw.call() or (None, "")
        except OSError:                 # hung up on at once
            return False
    return kind == RESULT and json.loads(text)["User"]["UserName"] == user


def test_flood_of_one_user_stops_nobody_else(users):
    token = users.enrol("bob")
    held = []
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            held.append(stack.enter_context(Raw("alice")))
        # alice has her few; the others were hung up on.
        wait_until(lambda: sum(is_open(raw) for raw in held) <= PER_USER)
        assert sum(is_open(raw) for raw in held) == PER_USER
        assert works(users)
        assert users.pam("bob", token.fresh())
        assert awsmfa("get-user", "--user-name", "bob")
        users.log.has("refused uid 2001")
        lines = users.log.text().count("refused uid")
        assert lines < 30, f"{lines} lines in the log"
    wait_until(lambda: works(users, "alice"))


def is_open(raw):
    if not select.select([raw.sock], [], [], 0)[0]:
        return True
    try:
        return raw.sock.recv(1, socket.MSG_PEEK) != b""
    except OSError:
        return False


def test_flood_that_hits_and_runs_stops_nobody_else(users):
    token = users.enrol("bob")
    stop = time.monotonic() + 3

    def hit():
        hits = 0
        while time.monotonic() < stop:
            with contextlib.suppress(OSError):
                with Flood() as flood:
                    flood.sendall(os.urandom(64))
                    hits += 1
        return hits

    class Flood(socket.socket):
        def __init__(self):
            super().__init__(socket.AF_UNIX)
            self.connect(str(USER_SOCKET))

    pid = os.fork()
    if pid == 0:
        os.setresuid(2001, 2001, 2001)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: hit(), range(4)))
        os._exit(0)
    try:
        assert users.pam("bob", token.fresh())
        assert works(users)
        assert users.pam("bob", token.fresh())
    finally:
        os.waitpid(pid, 0)
    wait_until(lambda: works(users, "alice"))


@pytest.mark.parametrize("word", [False, True], ids=["silent", "slow"])
def test_uids_without_a_name_do_not_use_up_the_places(users, word):
    """One user may have 65536 of them: subuid(5)."""
    (CONF / "awsmfa.conf").write_text("max_conversations = 16;\n")
    assert works(users)                         # and it is read anew
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(Raw(70000 + n)) for n in range(48)]
        for raw in held if word else ():
            with contextlib.suppress(OSError):
                raw.send(USER, "alice")
        wait_until(lambda: works(users), 3)
    users.log.has("70000")


def test_huge_requests_are_hung_up_on(users):
    for length in 64 * 1024 + 1, 1024 * 1024, 2**32 - 1:
        with Raw("alice") as raw:
            raw.send(OPERATION, b"{", length)
            assert raw.receive() is None
    padded = json.dumps(GET_USER) + " " * 60000
    with Raw("alice") as raw:
        assert raw.call(padded)[0] == RESULT
        # The second is limited as the first is.
        raw.send(OPERATION, b"{", 65 * 1024)
        assert raw.receive() is None
    assert works(users)


DEEP = {"lists": "[" * 60000, "objects": '{"a":' * 12000,
        "nine": "[" * 9 + "]" * 9,
        "parameters": '{"Operation": "GetUser", "Parameters": ' +
                      '{"a":' * 8 + "1" + "}" * 9,
        "string": '"' + "\\" * 4001, "closed": "{" * 20 + "]" * 40000}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_json_is_refused(users, text):
    with Raw("alice") as raw:
        kind, answer = raw.call(text)
        assert kind == FAILURE and "InvalidInput" in answer
        assert raw.receive() is None
    assert works(users)


def test_depth_within_strings_is_none(users):
    with Raw("alice") as raw:
        kind, answer = raw.call({"Operation": "GetUser" + "[{\\\"" * 20,
                                 "Parameters": {}})
        assert kind == FAILURE and "there is no operation" in answer


NONE = [
    '{"Operation": "GetUser", "Operation": "Unlock", "Parameters": {}}',
    '{"Operation": "GetUser", "Parameters": {}, "Uid": 0}',
    '{"Operation": "GetUser", "Parameters": {}, "TokenCode": 123456}',
    '{"Operation": "GetUser", "Parameters": {"UserName": "bob\\u0000x"}}',
    '{"Operation": "GetUser", "Parameters": {"Uid": "0"}}',
    '{"Operation": "GetUser", "Parameters": []}', "null", "", "\xff\xfe"]


@pytest.mark.parametrize("request_", NONE, ids=range(len(NONE)))
def test_requests_that_are_none_are_refused(users, request_):
    with Raw("alice") as raw:
        kind, answer = raw.call(request_)
        assert kind == FAILURE and "InvalidInput" in answer


def test_slow_streams_end_in_time(users):
    began = time.monotonic()
    with Raw("alice") as raw, Raw("alice") as silent:
        text = json.dumps(GET_USER).encode()
        frame = HEADER.pack(1, OPERATION, 0, len(text)) + text
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for octet in frame:
                raw.sock.send(bytes([octet]))
                time.sleep(0.25)
        assert raw.receive() is None
        assert silent.receive() is None
    assert 4 < time.monotonic() - began < 12
    assert works(users)


def test_half_closed_streams_are_answered_or_ended(users):
    with Raw("alice") as raw:
        raw.send(OPERATION, GET_USER)
        raw.sock.shutdown(socket.SHUT_WR)
        assert raw.receive()[0] == RESULT
        assert raw.receive() is None
    with Raw("alice") as raw:
        raw.sock.sendall(b"\x01\x40\x00")
        raw.sock.shutdown(socket.SHUT_WR)
        assert raw.receive() is None
    token = users.enrol("alice")
    with Raw("alice") as raw:
        raw.send(OPERATION, {"Operation": "DeactivateMFADevice", "Parameters":
                             {"SerialNumber": token.serial}})
        raw.sock.shutdown(socket.SHUT_WR)
        while frame := raw.receive():
            assert frame[0] != RESULT
    with Raw("alice") as raw:                    # who does not read
        for _ in range(2000):
            try:
                raw.send(OPERATION, {"Operation": "x" * 60000,
                                     "Parameters": {}})
            except OSError:
                break
    assert works(users)


def test_descriptors_that_nobody_asked_for_go_nowhere(users):
    text = json.dumps(GET_USER).encode()
    frame = HEADER.pack(1, OPERATION, 0, len(text)) + text
    with Raw("alice") as raw, open("/dev/null") as file:
        for _ in range(50):
            socket.send_fds(raw.sock, [frame], [file.fileno()] * 200)
            assert raw.receive()[0] == RESULT
        held = [pid for pid in users.endpoints()
                for fd in os.listdir(f"/proc/{pid}/fd") if int(fd) > 2 and
                os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"]
        assert held == []


def pass_lingering(address):
    """In a process of its own: whoever closes it last waits for an hour."""
    pid = os.fork()
    if pid == 0:
        try:
            sock = socket.create_connection(address)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 3600))
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while sock.send(bytes(65536)):          # to nobody
                    pass
            raw = Raw("alice")
            socket.send_fds(raw.sock, [HEADER.pack(1, AGENT, 0, 1)],
                            [sock.fileno()])
            socket.send_fds(raw.sock, [b"1"], [sock.fileno()])
            sock.close()
            time.sleep(3600)
        finally:
            os._exit(0)
    return pid


def test_descriptors_that_linger_keep_no_place(users):
    """Neither where one is taken for an agent, nor where it goes with a
    connection that is refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        pids = [pass_lingering(server.getsockname()) for _ in range(40)]
        try:
            time.sleep(0.5)
            wait_until(lambda: works(users), 5)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        wait_until(lambda: works(users, "alice"))


def test_claims_of_a_user_count_for_nothing(users):
    """alice has no device; what lets root's programs in lets nobody in here,
    whatever a caller says of itself."""
    other = CONF / "other.conf"
    other.write_text("keys_for_remote = true;\n")
    claims = {"SERVICE": "login", "RHOST": "", "TTY": "tty1",
              "CONF_FIELD": str(other), "UNENROLLED": "allow"}
    del claims["RHOST"]
    for user in "alice", "bob", "root":
        with Raw("alice") as raw:
            raw.sign_in(user, **claims)
            assert raw.outcome("123456")[0] == "AccessDenied"
    for phase in "account", "open_session", "close_session":
        with Raw("alice") as raw:
            raw.sign_in("alice", PHASE=phase, PENDING="1", TICKET="x",
                        SSH_KEYS="publickey ssh-ed25519 AAAA", **claims)
            outcome, said = raw.outcome("123456")
            assert outcome in ("Ignored", "AccessDenied")
            assert not any(kind == ENVIRONMENT for kind, _ in said)
    assert list((STATE / "devices").iterdir()) == []
    users.log.has("operation=SignIn", "service=- ", "rhost=- ", "tty=- ",
                  "caller=2001 ")


def test_user_signs_in_for_themselves_and_gets_no_ticket(users):
    alices, bobs = users.enrol("alice"), users.enrol("bob")
    with Raw("alice") as raw:
        raw.sign_in("alice", SERVICE="sshd", UNENROLLED="deny")
        outcome, said = raw.outcome(alices.fresh())
        assert outcome == "Success"
        assert [text.partition("=")[0] for kind, text in said
                if kind == ENVIRONMENT] == ["AWSMFA_DEVICE", "AWSMFA_TIME"]
    code = bobs.fresh()
    with Raw("alice") as raw:
        raw.sign_in("bob", SERVICE="sshd", UNENROLLED="deny")
        assert raw.outcome(code)[0] == "AccessDenied"
    assert users.pam("bob", code)               # it was not even looked at


def test_guesses_of_a_locker_do_not_bar_the_sign_in(users):
    token = users.enrol("alice")
    for _ in range(7):
        with Raw("alice") as raw:
            raw.sign_in("alice", UNENROLLED="deny")
            assert raw.outcome(token.wrong())[0] == "AccessDenied"
    users.log.decision("alice", "Throttling")
    assert users.pam("alice", token.fresh())


def test_limit_of_conversations_is_a_setting(users):
    (CONF / "awsmfa.conf").write_text("max_user_conversations = 2;\n")
    assert works(users)                         # and it is read anew
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(Raw("alice")) for _ in range(6)]
        wait_until(lambda: sum(is_open(raw) for raw in held) == 2)
        assert works(users)


def test_worker_killed_at_each_moment_leaves_whole_state(users):
    """The endpoint of a user's operation is killed again and again while the
    user adds and removes a device."""
    token = users.enrol("alice")
    pid = users.users.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children")
    for delay in range(12):
        before = list_of("alice")
        process = subprocess.Popen(
            as_user("alice", "awsmfa", "create-virtual-mfa-device",
                    "--virtual-mfa-device-name", f"phone{delay}"), env=ENV,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.002 * delay)
        for pid in workers.read_text().split():
            users.kill(int(pid))
        process.wait()
        assert list_of("alice") == before
        listed = awsmfa("list-virtual-mfa-devices")["VirtualMFADevices"]
        for device in listed:
            awsmfa("delete-virtual-mfa-device", "--serial-number",
                   device["SerialNumber"])
    assert users.pam("alice", token.fresh())
    wait_until(lambda: works(users, "alice"))


def list_of(user):
    return [device["SerialNumber"] for device in
            awsmfa("list-mfa-devices", "--user-name", user)["MFADevices"]]


def test_account_is_no_user(users):
    with Raw(ACCOUNT) as raw:
        kind, text = raw.call()
        assert kind == FAILURE and "AccessDenied" in text
    with Raw("nobody") as raw:
        raw.sign_in("nobody", UNENROLLED="deny")
        assert raw.outcome("123456")[0] == "AccessDenied"
