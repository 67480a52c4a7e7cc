"""Software keys for tests: one on a socket pair, or bed B around a test."""
import os
import socket
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SOFTKEY = os.environ.get("SOFTKEY") or os.path.join(
    os.environ.get("top_builddir", os.path.join(HERE, "../..")),
    "tests/support/softkey")


def tell(control, command):
    """What the softkey at the socket CONTROL says to COMMAND."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(control)
        connection.sendall(command.encode() + b"\n")
        said = ""
        for line in connection.makefile():
            if line == "ok\n":
                return said
            if line.startswith("error: "):
                raise ValueError(line[7:].strip())
            said += line
    raise ConnectionError(f"no answer to {command}")


class Bed:
    """Bed B: run() is in a place with KEYS software keys."""

    def __init__(self, keys=1, options=()):
        arguments = [os.path.join(HERE, "bedb"), "-n", str(keys)]
        for option in options:
            arguments += ["-k", option]
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=dict(os.environ, SOFTKEY=SOFTKEY))
        self.variables = {}
        for line in self.process.stdout:
            if line == "ready\n":
                break
            name, value = line.rstrip("\n").split("=", 1)
            self.variables[name] = value
        else:
            raise RuntimeError("bedb did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def node(self, number=0):
        """Where /dev/hidrawN is for a program that is not in the bed."""
        return os.path.join(self.variables["UMOCKDEV_DIR"],
                            f"dev/hidraw{number}")

    def tell(self, *words, key=0):
        return tell(os.path.join(self.variables["SOFTKEYS"], str(key)),
                    " ".join(words))

    def log(self, key=0):
        return self.tell("log", key=key).splitlines()

    def environment(self):
        return dict(os.environ, **self.variables)

    def popen(self, *arguments, **more):
        """Without a terminal, so that a PIN is read from standard input."""
        more.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(arguments, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(), **more)

    def run(self, *arguments, answer=None):
        with self.popen(*arguments, stdin=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(answer, timeout=20)
            finally:
                process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, out,
                                           err)


class Softkey:
    """A softkey on a socket pair: `host` is the host's end."""

    def __init__(self, *options, kind=socket.SOCK_SEQPACKET):
        self.host, end = socket.socketpair(socket.AF_UNIX, kind)
        self.host.settimeout(20)
        with end:
            self.process = subprocess.Popen(
                [SOFTKEY, "--with-parent", "--fd", str(end.fileno()),
                 *options],
                pass_fds=[end.fileno()], stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("softkey did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.host.close()
        try:
            self.process.wait(5)
        finally:
            self.process.kill()
        self.process.stdout.close()
