"""Whole sign-ins by programs as they are: sshd, sudo, login."""
import os
import pty
import re
import subprocess
import time
from pathlib import Path

import host
import peers

PROMPT = re.compile(rb"code: ?$")
USER = peers.USERS[0]
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
PubkeyAuthentication no
PrintMotd no
PrintLastLog no
PidFile none
"""


def stack(way, phases):
    """The service file in which WAY is the only module of each phase."""
    line = Path("/etc/pam.d", way.service).read_text().splitlines()[0]
    module = line.removeprefix("auth required ")
    later = module if way.name == "service" and phases else "pam_permit.so"
    return (f"auth required {module}\naccount required {later}\n"
            f"session required {later}\n")


class Ssh:
    name = "ssh"

    def __init__(self, ways):
        self.argv = {}
        self.processes = []
        for port, way in enumerate(ways, 2301):
            program = f"sshd-bench-{way.name}"
            os.symlink("/usr/sbin/sshd", f"/usr/local/sbin/{program}")
            config = Path(f"/etc/ssh/{program}")
            config.write_text(CONFIG.format(port=port))
            Path("/etc/pam.d", program).write_text(stack(way, True))
            self.processes.append(subprocess.Popen(
                [f"/usr/local/sbin/{program}", "-D", "-f", config]))
            self.argv[way.name] = ["ssh", "-p", str(port), f"{USER}@bed",
                                   "true"]
        time.sleep(0.5)

    def prepare(self, way):
        return self.argv[way.name]

    def end(self):
        for process in self.processes:
            process.terminate()
            process.wait()


class Local:
    """A program whose service file is rewritten for each way."""

    def __init__(self, name, argv):
        self.name, self.argv = name, argv

    def prepare(self, way):
        Path("/etc/pam.d", self.name).write_text(stack(way, False))
        return list(self.argv)

    def end(self):
        pass


def sign_in(argv, code):
    """Microseconds from the start of ARGV on a terminal to its end."""
    begin = time.monotonic_ns()
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, host.ENV)
    said, answered = b"", False
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:
            piece = b""
        if not piece:
            break
        said += piece
        if not answered and PROMPT.search(said):
            os.write(fd, code.encode() + b"\n")
            answered = True
    status = os.waitpid(pid, 0)[1]
    took = (time.monotonic_ns() - begin) / 1000
    os.close(fd)
    if status != 0:
        raise AssertionError(f"{argv} ended with {status}: {said}")
    return took


def compare(program, ways, rounds):
    samples = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            way.enter()
            way.reset()
            argv = program.prepare(way)
            code = peers.code(3)
            samples[way.name].append(sign_in(argv, code))
            way.leave()
    program.end()
    return samples


def programs(ways):
    return [Ssh(ways),
            Local("sudo", host.as_user(USER, "sudo", "-k", "true")),
            Local("login", ("login", USER))]
