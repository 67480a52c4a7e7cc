"""An endpoint that answers from a script, for tests of the command line."""
import json
import os
import pwd
import socket
import struct
import tempfile
import threading

OPERATION, RESULT, FAILURE = 64, 65, 66
HEADER = struct.Struct(">BBHI")


def result(**members):
    return RESULT, json.dumps(members).encode()


def failure(code, message):
    return FAILURE, json.dumps(
        {"Error": {"Code": code, "Message": message}}).encode()


HANG_UP = (None, b"")


class Endpoint:
    """Listens in a folder of its own; `answers` maps an operation to what is
    said to it: one answer for always, a list of one after the other, or a
    function of the parameters. `asked` is what was asked."""

    def __init__(self, **answers):
        self.folder = tempfile.TemporaryDirectory()
        self.answers = answers
        self.asked = []
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
        with conn:
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
        kind, payload = self._answer(*self.asked[-1])
        if kind is None:
            return False
        conn.sendall(HEADER.pack(1, kind, 0, len(payload)) + payload)
        return True

    def _answer(self, operation, parameters):
        answer = self.answers.get(
            operation, failure("InvalidInput", f"no script for {operation}"))
        if callable(answer):
            answer = answer(parameters)
        elif isinstance(answer, list):
            answer = answer.pop(0)
        return answer
