"""Whole sign-ins by programs as they are: sshd, sudo, login."""
import os
import pty
import random
import re
import subprocess
import time
from pathlib import Path

import host
import peers

PROMPT = re.compile(rb"code: ?$")
CONNECTED = b"SSH2_MSG_SERVICE_ACCEPT received"
USER = peers.USERS[0]
SSHD = "sshd-bench"
PORT = 2301
# The usual key exchange may take some tens of milliseconds more or less.
CONFIG = f"""\
Port {PORT}
ListenAddress 127.0.0.1
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
PubkeyAuthentication no
PrintMotd no
PrintLastLog no
PidFile none
KexAlgorithms curve25519-sha256
"""
PHASES = ("auth", "account", "open", "close")
STAMPS = Path("/run/bed/stamps")


def stack(way, later):
    """The lines in which WAY is the only module, of the LATER phases too."""
    module = way.line if later else "pam_permit.so"
    return [f"auth required {way.line}", f"account required {module}",
            f"session required {module}"]


def stamped(lines):
    """LINES with a note of the time before and after each."""
    found = []
    for line in lines:
        stamp = f"{line.split()[0]} required pam_bench.so stamp {STAMPS}"
        found += [stamp, line, stamp]
    return found


class Program:
    """Its service file is rewritten for each way to sign in, by COLUMNS: a name
    for the way, the way, and whether it is in the later phases too."""

    def __init__(self, name, service, argv, columns, rounds):
        self.name, self.argv, self.columns = name, argv, columns
        self.service = Path("/etc/pam.d", service)
        self.rounds = rounds

    def write(self, lines):
        self.service.write_text("".join(line + "\n" for line in lines))

    def settle(self):
        """What the last sign-in has left to do is not the next one's."""


class Ssh(Program):
    """
    All of the ways have the same sshd: each try that does not let in at once it
    draws out by a time of some milliseconds that comes from its configuration,
    its keys and the user.
    """

    def __init__(self, columns, rounds):
        super().__init__("ssh", SSHD, ("ssh", "-v", "-p", str(PORT),
                                       f"{USER}@bed", "true"), columns, rounds)
        # Neither end waits 40 ms before it acknowledges, and lets the other
        # wait meanwhile, in which whatever a module does would be hidden.
        peers.run("ip", "route", "replace", "local", "127.0.0.1", "dev", "lo",
                  "src", "127.0.0.1", "proto", "kernel", "scope", "host",
                  "table", "local", "quickack", "1")
        os.symlink("/usr/sbin/sshd", f"/usr/local/sbin/{SSHD}")
        config = Path("/etc/ssh", SSHD)
        config.write_text(CONFIG)
        self.write(stack(columns[0][1], False))
        sshd = subprocess.Popen([f"/usr/local/sbin/{SSHD}", "-D", "-f",
                                 config])
        self.children = Path(f"/proc/{sshd.pid}/task/{sshd.pid}/children")
        time.sleep(0.5)

    def settle(self):
        host.wait_until(lambda: self.children.read_text() == "")


def sign_in(argv, code):
    """Microseconds from the start of ARGV on a terminal to its end, and of them
    those before any PAM module has a part in it."""
    begin = connected = time.monotonic_ns()
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
        if connected == begin and CONNECTED in said:
            connected = time.monotonic_ns()
        if not answered and PROMPT.search(said):
            os.write(fd, code.encode() + b"\n")
            answered = True
    status = os.waitpid(pid, 0)[1]
    end = time.monotonic_ns()
    os.close(fd)
    if status != 0:
        raise AssertionError(f"{argv} ended with {status}: {said}")
    return (end - begin) / 1000, (connected - begin) / 1000


def once(program, way, lines):
    """One sign-in, once all is as before the first."""
    program.settle()
    way.enter()
    way.reset()
    program.write(lines)
    found = sign_in(program.argv, peers.code(3))
    way.leave()
    return found


def compare(program):
    """{column: microseconds}, one of each in each round, in any order, of the
    whole and of what comes before any module."""
    whole, before = ({column: [] for column, _, _ in program.columns}
                     for _ in range(2))
    for _ in range(program.rounds):
        for column, way, later in random.sample(program.columns,
                                                len(program.columns)):
            found = once(program, way, stack(way, later))
            whole[column].append(found[0])
            before[column].append(found[1])
    return {"whole": whole, "before": before}


def read_stamps(found):
    """Adds to FOUND, by phase, the microseconds between its two stamps."""
    stamps = {phase: [] for phase in PHASES}
    for line in STAMPS.read_text().splitlines():
        phase, at = line.split()
        stamps[phase].append(int(at))
    STAMPS.unlink()
    for phase, (before, after) in stamps.items():
        found[phase].append((after - before) / 1000)


def phases(program):
    """{column: {phase: microseconds}} in the module."""
    samples = {column: {phase: [] for phase in PHASES}
               for column, _, _ in program.columns}
    for _ in range(program.rounds // 4 + 1):
        for column, way, later in program.columns:
            once(program, way, stamped(stack(way, later)))
            program.settle()
            read_stamps(samples[column])
    return samples


def programs(permit, ask, service, google, rounds):
    columns = [("permit", permit, False), ("ask", ask, False),
               ("service", service, False), ("google", google, False)]
    # Its example has the module in the later phases too.
    ssh = [("service", service, True) if name == "service" else
           (name, way, later) for name, way, later in columns]
    return [Ssh(ssh + [("auth", service, False)], 10 * rounds),
            Program("sudo", "sudo", host.as_user(USER, "sudo", "-k", "true"),
                    columns, 4 * rounds),
            Program("login", "login", ("login", USER), columns, 4 * rounds)]
