"""An endpoint that answers from a script, for tests of the command line."""
import contextlib
import json
import os
import pwd
import socket
import struct
import tempfile
import threading
import time

OPERATION, RESULT, FAILURE = 64, 65, 66
ANSWER, PROMPT, MESSAGE, PROMPT_OPTIONAL, WAIT = 9, 32, 33, 36, 37
HEADER = struct.Struct(">BBHI")


def result(**members):
    return RESULT, json.dumps(members).encode()


def failure(code, message):
    return FAILURE, json.dumps(
        {"Error": {"Code": code, "Message": message}}).encode()


def message(text):
    return MESSAGE, text.encode()


def wait(seconds):
    return WAIT, str(seconds).encode()


def prompt(text):
    return PROMPT, text.encode()


HANG_UP = (None, b"")
# Says nothing until the other side has hung up.
SILENCE = (None, None)


class Talk(tuple):
    """Frames one after the other; a number is so many seconds without one."""


class Endpoint:
    """Listens in a folder of its own; `answers` maps an operation to what is
    said to it: one answer for always, a list of one after the other, or a
    function of the parameters. `asked` is what was asked, `tokens` the codes
    that came with it, `typed` the answers to prompts, and `left` how often SILENCE was hung up on."""

    def __init__(self, **answers):
        self.folder = tempfile.TemporaryDirectory()
        self.answers = answers
        self.asked = []
        self.typed = []
        self.tokens = []
        self.left = 0
        self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder.name, "login.sock"))
        self.listener.listen()
        self.server = threading.Thread(target=self._serve, daemon=True)
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The thread must be gone before its descriptor is another's.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.server.join()
        self.listener.close()
        self.folder.cleanup()

    def environment(self, **more):
        return {**os.environ, "MFA_TEST_FOLDER": self.folder.name,
                "MFA_TEST_ACCOUNT": pwd.getpwuid(os.geteuid()).pw_name,
                "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **more}

    def _serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._converse, args=(conn,),
                             daemon=True).start()

    def _converse(self, conn):
        # What the other side did not want to hear any more is reset.
        with conn, contextlib.suppress(ConnectionResetError):
            while self._exchange(conn):
                pass

    def _exchange(self, conn):
        header = conn.recv(HEADER.size, socket.MSG_WAITALL)
        if len(header) < HEADER.size:
            return False
        _, kind, _, length = HEADER.unpack(header)
        request = json.loads(conn.recv(length, socket.MSG_WAITALL))
        assert kind == OPERATION
        self.asked.append((request["Operation"], request["Parameters"]))
        self.tokens.append(request.get("TokenCode"))
        answer = self._answer(*self.asked[-1])
        frames = answer if isinstance(answer, Talk) else (answer,)
        return all(self._say(conn, frame) for frame in frames)

    def _say(self, conn, frame):
        if isinstance(frame, (int, float)):
            time.sleep(frame)
            return True
        kind, payload = frame
        if kind is None:
            self.left += payload is None and conn.recv(1) == b""
            return False
        try:
            conn.sendall(HEADER.pack(1, kind, 0, len(payload)) + payload)
            return kind != PROMPT or self._hear(conn)
        except OSError:
            return False

    def _hear(self, conn):
        header = conn.recv(HEADER.size, socket.MSG_WAITALL)
        if len(header) < HEADER.size:
            self.left += 1
            return False
        _, kind, _, length = HEADER.unpack(header)
        assert kind == ANSWER
        self.typed.append(conn.recv(length, socket.MSG_WAITALL))
        return True

    def _answer(self, operation, parameters):
        answer = self.answers.get(
            operation, failure("InvalidInput", f"no script for {operation}"))
        if callable(answer):
            answer = answer(parameters)
        if isinstance(answer, list):
            answer = answer.pop(0)
        return answer
