"""What changes while the endpoint waits for a user."""
import concurrent.futures
import json
import os
import pwd
import re
import socket
import threading
import time

import pytest

from host import USER_SOCKET, awsmfa
from sshkeys import COMMAND, SshKey
from test_phases import App
from test_users import (ANSWER, FAILURE, MESSAGE, OPERATION, PROMPT, RESULT,
                        Raw)
from wire import account, elsewhere


@pytest.fixture
def users(host):
    host.start_service()
    host.start_users()
    return host


class Caller(Raw):
    """One connection of USER's, for several operations."""

    @classmethod
    def of(cls, sock):
        """The same, over SOCK, which has connected already."""
        caller = cls.__new__(cls)
        caller.sock = sock
        sock.settimeout(20)
        return caller

    def call(self, operation, token=None, **parameters):
        """Type and text of the answer, or of what it is that is asked for."""
        request = {"Operation": operation, "Parameters": parameters}
        if token:
            request["TokenCode"] = token
        self.send(OPERATION, request)
        return self.answer()

    def answer(self):
        self.said = ""
        while (got := self.receive())[0] == MESSAGE:
            self.said += got[1] + "\n"
        return got

    def look(self, token, code=None):
        return self.call("GetMFADevice", code, SerialNumber=token.serial)[0]


def off(user, token):
    awsmfa("deactivate-mfa-device", "--user-name", user, "--serial-number",
           token.serial)


def test_proof_of_a_connection_goes_with_its_device(users):
    stolen, other = users.enrol_many("alice", 2)
    with Caller("alice") as caller:
        assert caller.look(other, stolen.fresh()) == RESULT
        assert caller.look(other) == RESULT     # it counts for a while
        off("alice", stolen)
        assert caller.look(other) == PROMPT


def test_second_device_can_not_wait_for_the_first(users):
    key = SshKey("alice")
    with Caller("alice") as caller:
        kind, _ = caller.call(
            "EnableMFADevice", Type="security-key", DeviceName="mine",
            SSHPublicKey=key.line)
        assert kind == PROMPT
        signature = key.run(re.search(COMMAND, caller.said)[0])
        token = users.enrol("alice")
        caller.send(ANSWER, "".join(
            line for line in signature.split("\n") if "-----" not in line))
        kind, text = caller.answer()
    assert kind == FAILURE
    assert json.loads(text)["Error"]["Code"] == "ConcurrentModification"
    held = awsmfa("list-mfa-devices", "--user-name", "alice")["MFADevices"]
    assert [device["SerialNumber"] for device in held] == [token.serial]


def test_device_of_someone_else_looks_as_if_it_were_not_there(users):
    alices, bobs = users.enrol("alice"), users.enrol("bob")
    free, = users.tokens()
    for token in bobs, free:
        with Caller("alice") as caller:
            kind, text = caller.call("GetMFADevice", alices.fresh(),
                                     SerialNumber=token.serial)
        assert kind == FAILURE
        assert json.loads(text)["Error"] == {
            "Code": "NoSuchEntity", "Message":
            f"You have no MFA device with serial number {token.serial}"}
    with Caller("alice") as caller:
        kind, text = caller.call("GetMFADevice", alices.fresh(),
                                 SerialNumber="GAHT00000000")
    assert "You have no MFA device with serial number GAHT" in text


def test_two_sign_ins_at_once_enrol_one_first_device(users):
    last = threading.Barrier(2)

    def enrol(_):
        app = App()

        def second(result):
            last.wait(timeout=20)
            return app(result)
        return account("carol", None, app, second, pending=True,
                       unenrolled="enroll-open").outcome
    with concurrent.futures.ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(enrol, range(2)))
    assert outcomes.count("Success") == 1, outcomes
    held = awsmfa("list-mfa-devices", "--user-name", "carol")["MFADevices"]
    assert len(held) == 1


def connect_and_end(login):
    """A connection of LOGIN's that outlives the process that has made it, of
    whose number it is; in a login session of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)

    def connect():
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(USER_SOCKET))
            caller = Caller.of(sock)
            assert caller.call("GetUser")[0] == RESULT
            socket.send_fds(theirs, [b"x"], [sock.fileno()])
        return os.getpid()
    pid = elsewhere(connect, login=login, uid=login)
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    ours.close()
    theirs.close()
    return socket.socket(fileno=fds[0]), pid


def start_as(pid, login):
    """A process of that number, in a new login session of LOGIN; where to say
    that it may end, and its session's number. None: someone else has it."""
    reader, writer = os.pipe()
    end, ended = os.pipe()
    # The kernel tells when a process began in hundredths of a second.
    time.sleep(0.05)
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(pid - 1))
        file.flush()
        child = os.fork()
    if child == 0:
        if os.getpid() == pid:
            os.close(ended)
            with open("/proc/self/loginuid", "w") as file:
                file.write(str(login))
            with open("/proc/self/sessionid") as file:
                os.write(writer, file.read().encode())
            os.read(end, 1)
        os._exit(0)
    os.close(writer)
    os.close(end)
    audit = os.read(reader, 32).decode()
    os.close(reader)
    if not audit:
        os.close(ended)
        os.waitpid(child, 0)
    return (child, ended, audit) if audit else None


def test_number_of_a_process_that_ended_is_not_who_has_connected(users):
    """Else a connection would be in the login session of whoever came later."""
    login = pwd.getpwnam("alice").pw_uid
    for _ in range(1000):
        sock, pid = connect_and_end(login)
        if started := start_as(pid, login):
            break
        sock.close()
    else:
        pytest.fail("the number of a process is always taken at once")
    child, ended, _ = started
    try:
        with Caller.of(sock) as caller:
            kind, text = caller.call("GetSession")
            assert kind == FAILURE
            assert "There is no login session here" in text
    finally:
        os.close(ended)
        os.waitpid(child, 0)
