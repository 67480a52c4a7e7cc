"""The virtual machine: qemu without any acceleration that the host must have.

    with VM(rootfs, overlay, log) as vm:
        vm.run("id -u").out                     as root, without a terminal
        terminal = vm.spawn("sudo", "-k", "id", user="alice")
        terminal.expect("password"); terminal.sendline("…"); terminal.finish()
        vm.console.expect("login: ")            ttyS0, with a real getty

What is changed in the machine is forgotten at its end.
"""
import base64
import json
import os
import shlex
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pexpect
from pexpect.fdpexpect import fdspawn

BOOT_SECONDS = 600              # on a busy host; by itself it needs about 15
RUN_SECONDS = 40


class GuestError(AssertionError):
    """A command in the machine failed; what it said."""


class Result:
    def __init__(self, argv, status, out, err):
        self.argv, self.status = argv, status
        self.out, self.err = out, err

    def check(self):
        if self.status:
            raise GuestError(f"{shlex.join(self.argv)}: exit status "
                             f"{self.status}\n{self.err}{self.out}")
        return self


class Line(fdspawn):
    """One end of a socket as something to expect text on. Everything that was
    seen is in `said`."""

    def __init__(self, end, timeout):
        self.end = end          # kept, as it is closed with its last reference
        self.said = ""
        super().__init__(end.fileno(), timeout=timeout, encoding="utf-8",
                         codec_errors="replace")
        self.delaybeforesend = None
        self.logfile_read = self

    def write(self, text):              # of logfile_read
        self.said += text

    def flush(self):
        pass

    def sendline(self, text=""):        # what Enter sends
        return self.send(text + "\r")

    def send(self, text):
        data = text.encode()
        self.end.sendall(data)
        return len(data)

    def drain(self):
        """Forgets what has been said up to now."""
        while self.expect([r"(?s).+", pexpect.TIMEOUT], timeout=0.1) == 0:
            pass

    def control(self, letter):
        """Types a control character: control("c") interrupts."""
        return self.send(chr(ord(letter.upper()) - 64))


class Terminal(Line):
    """A command in the machine on a terminal of its own."""

    def __init__(self, agent, number, argv, timeout):
        ours, self.theirs = socket.socketpair()
        self.agent, self.number, self.argv = agent, number, argv
        self.status = None
        self.ended = threading.Event()
        super().__init__(ours, timeout)
        threading.Thread(target=self.type, daemon=True).start()

    def type(self):
        while data := self.theirs.recv(4096):
            self.agent.say(id=self.number,
                           data=base64.b64encode(data).decode())

    def receive(self, message):
        """Something that the agent says of this command."""
        if "data" in message:
            self.theirs.sendall(base64.b64decode(message["data"]))
            return
        self.status = message["status"]
        self.theirs.shutdown(socket.SHUT_WR)
        self.ended.set()

    def signal(self, number=signal.SIGKILL):
        self.agent.say(id=self.number, signal=int(number))

    def finish(self, timeout=-1):
        """Waits for its end; returns its exit status, or -signal."""
        self.expect(pexpect.EOF, timeout=timeout)
        self.ended.wait()
        return self.status


class Agent:
    """The other end of tests/support/vm-agent."""

    def __init__(self, end):
        self.end = end
        self.lock = threading.Lock()
        self.ready = threading.Event()
        self.count = 0
        self.waiting = {}               # id: how the answer is taken
        threading.Thread(target=self.listen, daemon=True).start()

    def say(self, **message):
        with self.lock:
            self.end.sendall(json.dumps(message).encode() + b"\n")

    def number(self, receive):
        with self.lock:
            self.count += 1
            self.waiting[self.count] = receive
            return self.count

    def listen(self):
        rest = b""
        try:
            while data := self.end.recv(65536):
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    self.take(json.loads(line))
        except OSError:                 # the machine has been switched off
            pass

    def take(self, message):
        if message["id"] == 0:
            self.ready.set()
            return
        receive = self.waiting[message["id"]]
        if "status" in message:
            del self.waiting[message["id"]]
        receive(message)

    def call(self, argv, seconds, **request):
        answers, answered = [], threading.Event()

        def receive(message):
            answers.append(message)
            answered.set()
        self.say(id=self.number(receive), **request)
        if not answered.wait(seconds + 30):
            raise GuestError(f"{shlex.join(argv)}: the machine is silent")
        answer, = answers
        return Result(argv, answer["status"], answer["out"], answer["err"])

    def run(self, argv, text, timeout):
        return self.call(argv, timeout, run=argv, input=text, timeout=timeout)

    def ask(self, path, line):
        return self.call([path, line], RUN_SECONDS, ask=path, line=line)

    def start(self, argv, timeout):
        terminal = None

        def receive(message):
            made.wait()
            terminal.receive(message)
        made = threading.Event()
        number = self.number(receive)
        terminal = Terminal(self, number, argv, timeout)
        made.set()
        self.say(id=number, start=argv)
        return terminal


class VM:
    """ROOTFS is what ./rootfs printed, OVERLAY what ./image made; the serial
    line is copied to LOG."""

    def __init__(self, rootfs, overlay, log):
        self.rootfs, self.overlay = Path(rootfs), Path(overlay)
        self.log = Path(log)
        self.qemu = self.console = self.agent = None

    def arguments(self, console, port):
        drive = "if=virtio,format=raw,cache=unsafe"
        return [                # it doesn't outlive whoever started it
            "setpriv", "--pdeathsig", "KILL",
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-M", "q35",
            "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults",
            "-display", "none", "-no-reboot", "-monitor", "none",
            "-kernel", self.rootfs / "vmlinuz",
            "-initrd", self.rootfs / "initrd",
            "-append", "console=ttyS0 root=/dev/vda quiet mitigations=off "
                       "net.ifnames=0",
            "-drive", f"file={self.rootfs}/root.ext4,{drive},snapshot=on",
            "-drive", f"file={self.overlay},{drive},snapshot=on",
            "-chardev", f"socket,id=console,fd={console},logfile={self.log}",
            "-serial", "chardev:console",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=port,fd={port}",
            "-device", "virtserialport,chardev=port,name=awsmfa"]

    def __enter__(self):
        console, console_end = socket.socketpair()
        port, port_end = socket.socketpair()
        with console_end, port_end:
            fds = console_end.fileno(), port_end.fileno()
            self.qemu = subprocess.Popen(
                self.arguments(*fds), pass_fds=fds, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.console = Line(console, RUN_SECONDS)
        self.agent = Agent(port)
        return self

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()

    def boot(self, timeout=BOOT_SECONDS):
        """Waits until the machine asks for a name and answers the tests."""
        try:
            self.console.expect_exact("login: ", timeout=timeout)
        except pexpect.ExceptionPexpect:
            said = self.qemu.stderr.read() if self.qemu.poll() else b""
            raise GuestError(f"no login: on ttyS0: {said.decode()}\n"
                             f"{self.console.said[-4000:]}") from None
        if not self.agent.ready.wait(timeout):
            raise GuestError("the machine's agent is silent")

    def run(self, *argv, text="", timeout=RUN_SECONDS, check=True, user=None):
        """Runs ARGV, in a shell where its first word is more than a word: the
        others come after it, quoted. A Result with status, out and err. Raises
        where the status isn't 0, unless check=False."""
        result = self.agent.run(self.argv(argv, user), text, timeout)
        return result.check() if check else result

    def ask(self, path, line, check=True):
        """Says LINE to the software key whose control socket is PATH."""
        result = self.agent.ask(path, line)
        return result.check() if check else result

    def spawn(self, *argv, user=None, timeout=RUN_SECONDS):
        """Starts ARGV, as run() does, on a Terminal."""
        return self.agent.start(self.argv(argv, user), timeout)

    @staticmethod
    def argv(argv, user):
        argv = [str(word) for word in argv]
        if len(argv[0].split()) > 1:
            argv = ["sh", "-c", f"{argv[0]} {shlex.join(argv[1:])}"]
        if user is None:
            return argv
        return ["setpriv", f"--reuid={user}", f"--regid={user}",
                "--init-groups", "--reset-env", *argv]

    def power_off(self, timeout=RUN_SECONDS):
        """Shuts down in order."""
        self.run("systemctl --no-block poweroff")
        self.qemu.wait(timeout)
