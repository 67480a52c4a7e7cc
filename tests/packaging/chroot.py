"""A Debian in a folder, as something to run commands in: what boot.VM is, but
without systemd. Needs namespaces of its own; see run.sh."""
import shutil
import subprocess
from pathlib import Path

import pexpect

from boot import RUN_SECONDS, VM, Result

ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
       "TERM": "dumb", "LANG": "C.UTF-8"}
DEVICES = "null zero full random urandom tty".split()


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


class Terminal(pexpect.spawn):
    """A command on a terminal of its own."""

    def __init__(self, argv, timeout):
        super().__init__("chroot", argv, env=ENV, timeout=timeout,
                         encoding="utf-8", codec_errors="replace")
        self.delaybeforesend = None

    def finish(self, timeout=-1):
        """Waits for its end; returns its exit status, or -signal."""
        self.expect(pexpect.EOF, timeout=timeout)
        self.close()
        return -self.signalstatus if self.signalstatus else self.exitstatus


class Chroot:
    """LOWER with TREE laid over it; what is changed is forgotten with the
    namespaces."""
    argv = staticmethod(VM.argv)

    def __init__(self, lower, tree, place):
        place = Path(place)
        place.mkdir(parents=True)
        mount("-t", "tmpfs", "-o", "mode=0755", "chroot", place)
        self.root = place / "root"
        for name in ("upper", "work", "root"):
            (place / name).mkdir()
        mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={place}/upper,"
              f"workdir={place}/work", "chroot", self.root)
        shutil.copytree(tree, self.root, symlinks=True, dirs_exist_ok=True)
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "tmpfs", "-o", "mode=0755", "run", self.root / "run")
        for name in ("sshd", "lock"):
            (self.root / "run" / name).mkdir()
        (self.root / "run/utmp").touch()
        self.make_devices(self.root / "dev")

    @staticmethod
    def make_devices(dev):
        mount("-t", "tmpfs", "-o", "mode=0755", "dev", dev)
        for name in DEVICES:
            (dev / name).touch()
            mount("--bind", f"/dev/{name}", dev / name)
        (dev / "pts").mkdir()
        mount("--bind", "/dev/pts", dev / "pts")
        (dev / "ptmx").symlink_to("pts/ptmx")
        (dev / "fd").symlink_to("/proc/self/fd")

    def command(self, argv, user):
        return [str(self.root), *self.argv(argv, user)]

    def run(self, *argv, text="", timeout=RUN_SECONDS, check=True, user=None):
        """As VM.run()."""
        argv = self.command(argv, user)
        done = subprocess.run(["chroot", *argv], input=text, env=ENV,
                              text=True, errors="backslashreplace",
                              capture_output=True, timeout=timeout,
                              check=False)
        result = Result(argv, done.returncode, done.stdout, done.stderr)
        return result.check() if check else result

    def spawn(self, *argv, user=None, timeout=RUN_SECONDS):
        """As VM.spawn()."""
        return Terminal(self.command(argv, user), timeout)
