"""The protocol of the endpoint, spoken without the module: the phases of a
sign-in, from this process or from others."""
import os
import pickle
import socket
import struct

from host import SOCKET

(USER, SERVICE, RHOST, TTY, CONF, UNENROLLED, PROMPT_TEXT, SIGN_IN, ANSWER,
 PHASE, TICKET, SSH_KEYS, PENDING, ENROLL_BY, MANUAL) = range(1, 16)
PROMPT, MESSAGE, ENVIRONMENT, OUTCOME, PROMPT_OPTIONAL, WAIT = range(32, 38)
HEADER = struct.Struct(">BBHI")


class Result:
    """What the endpoint said until its outcome."""

    def __init__(self):
        self.outcome = None             # it hung up without one
        self.messages, self.prompts, self.environment = [], [], {}
        self.frames = []                # (type, text) of all of it

    @property
    def ticket(self):
        return self.environment.get("AWSMFA_TICKET")

    @property
    def said(self):
        return "\n".join(self.messages)

    def __repr__(self):
        return f"{self.outcome} {self.prompts} {self.messages}"


def send(sock, kind, text=""):
    data = text.encode()
    sock.sendall(HEADER.pack(1, kind, 0, len(data)) + data)


def receive(sock):
    """Type and text of the next frame; None at the end."""
    def octets(count):
        data = b""
        while len(data) < count:
            try:
                part = sock.recv(count - len(data))
            except ConnectionResetError:
                part = b""              # it has not read all there was
            if not part:
                return None
            data += part
        return data
    header = octets(HEADER.size)
    if header is None:
        return None
    version, kind, _, length = HEADER.unpack(header)
    assert version == 1
    return kind, octets(length).decode()


def converse(sock, answers):
    """Answers prompts with ANSWERS, which may be functions of what was said so
    far; hangs up where there are no more."""
    result, answers = Result(), list(answers)
    while (got := receive(sock)) is not None:
        kind, text = got
        result.frames.append(got)
        if kind in (PROMPT, PROMPT_OPTIONAL):
            result.prompts.append(text)
            if not answers:
                break
            answer = answers.pop(0)
            send(sock, ANSWER, answer(result) if callable(answer) else answer)
        elif kind == MESSAGE:
            result.messages.append(text)
        elif kind == ENVIRONMENT:
            name, _, value = text.partition("=")
            result.environment[name] = value
        elif kind == OUTCOME:
            result.outcome = text
    return result


def ask(user, *answers, service="sshd", phase=None, unenrolled="deny",
        path=SOCKET, fields=()):
    """A whole phase; FIELDS are (type, text), beside those that have names."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        send(sock, USER, user)
        send(sock, SERVICE, service)
        send(sock, UNENROLLED, unenrolled)
        if phase:
            send(sock, PHASE, phase)
        for kind, text in fields:
            send(sock, kind, text)
        send(sock, SIGN_IN)
        return converse(sock, answers)


def account(user, ticket=None, *answers, pending=False, **rest):
    fields = [(TICKET, ticket)] if ticket else []
    fields += [(PENDING, "1")] if pending else []
    fields += rest.pop("fields", [])
    return ask(user, *answers, phase="account", fields=fields, **rest)


def open_session(user, ticket=None, **rest):
    fields = [(TICKET, ticket)] if ticket else []
    return ask(user, phase="open_session", fields=fields, **rest)


def close_session(user, **rest):
    return ask(user, phase="close_session", **rest)


def elsewhere(function, login=None, uid=0):
    """FUNCTION's result in a process of its own, a child of this one: in a new
    audit login session of the uid LOGIN, where it is given, and as UID."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if login is not None:
                with open("/proc/self/loginuid", "w") as file:
                    file.write(str(login))
            if uid:
                os.setresgid(uid, uid, uid)
                os.setgroups([])
                os.setresuid(uid, uid, uid)
            with os.fdopen(writer, "wb") as file:
                pickle.dump(function(), file)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    os.waitpid(pid, 0)
    return pickle.loads(data)
