"""Security keys in software, in reach of the host of the tests."""
import os
import subprocess
from pathlib import Path

import pexpect

from bedb import tell
from host import ACCOUNT, CONF, DENIAL_SECONDS, ENV, PROGRAMS, awsmfa, \
    password_of, wait_until

FOLDER = Path("/run/bed/key")
WORKER = Path("/usr/libexec/awsmfa-key")
TAP = "Insert and tap your security key"
NOW = "Tap your security key"
EITHER = "MFA code, or Enter to tap your security key: "
CODE = "MFA code: "


def configure(**settings):
    """The configuration, in which keys may be asked for in the bed."""
    values = {"keys_for_remote": True, "key_timeout": 10, **settings}
    with (CONF / "awsmfa.conf").open("w") as file:
        for name, value in values.items():
            if isinstance(value, bool):
                value = str(value).lower()
            elif isinstance(value, str):
                value = f'"{value}"'
            elif isinstance(value, tuple):
                value = "(" + ", ".join(f'"{v}"' for v in value) + ")"
            file.write(f"{name} = {value};\n")


def workers():
    """The process ids of awsmfa-key, whatever program that is."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            argv = Path("/proc", entry, "cmdline").read_bytes()
        except OSError:
            continue
        if b"awsmfa-key" in argv and entry.isdigit():
            found.append(int(entry))
    return found


def one_waits():
    """Does an awsmfa-key watch /dev for a key to be inserted?"""
    for pid in workers():
        try:
            for fd in Path(f"/proc/{pid}/fd").iterdir():
                if os.readlink(fd) == "anon_inode:inotify":
                    return True
        except OSError:                     # it has ended
            pass
    return False


def set_worker(program):
    """PROGRAM is awsmfa-key from now on."""
    fresh = WORKER.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(program)
    fresh.rename(WORKER)


def set_script(text):
    """awsmfa-key is a shell script from now on."""
    path = FOLDER / "script"
    path.write_text(f"#!/bin/sh\n# awsmfa-key\n{text}\n")
    path.chmod(0o755)
    set_worker(path)


class Key:
    """A software key that is plugged in, as a pty that the account owns."""

    def __init__(self, number, node):
        self.control = str(FOLDER / "dev" / f"control{number}")
        argv = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}",
                "--clear-groups", FOLDER / "softkey", "--with-parent",
                "--pty", FOLDER / "dev" / f"hidraw{node}",
                "--control", self.control]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE,
                                        text=True)
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, command):
        return tell(self.control, command)

    def log(self):
        return self.tell("log").splitlines()

    def wait(self, line, seconds=20):
        wait_until(lambda: line in self.log(), seconds,
                   f"the key did not log {line}")

    def tap(self):
        """Touches the key once it asks for it."""
        def tapped():
            try:
                self.tell("touch once")
                return True
            except ValueError:
                return False
        wait_until(tapped, 20, "the key was not asked to be touched")

    def stop(self):
        self.process.terminate()
        self.process.wait(5)
        self.process.stdout.close()


class Keys:
    """The keys of a test, and the worker that finds them."""

    def __init__(self):
        self.keys = []
        self.saved = WORKER.with_suffix(".real")
        WORKER.rename(self.saved)
        set_worker(FOLDER / "awsmfa-key")

    def plug(self, node=None):
        """One more key, at /dev/hidrawNODE."""
        number = len(self.keys)
        key = Key(number, number if node is None else node)
        self.keys.append(key)
        return key

    def enrol(self, user="alice", name="k1", node=None):
        """A key that USER has, and that has to be told to be touched."""
        key = self.plug(node)
        enable(user, name)
        key.tell("touch never")
        key.tell("log clear")
        return key

    def stop(self):
        for key in self.keys:
            key.stop()
        for path in (FOLDER / "dev").iterdir():
            path.unlink()
        self.saved.rename(WORKER)
        wait_until(lambda: not workers(), 20, "awsmfa-key did not end")


def enable_arguments(user, name):
    return ("enable-mfa-device", "--type", "security-key",
            "--device-name", name, "--user-name", user)


def enable(user, name):
    awsmfa(*enable_arguments(user, name))


SHELL = "@bed:~$ "


class Talk:
    """One try to sign in, or another command, on a terminal of its own."""

    def __init__(self, user="alice", program=None, service="mfa", argv=None):
        if argv is None:
            argv = ("pamtester", service, user, "authenticate")
        if program is not None:
            argv = PROGRAMS[program](user)
        self.child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV,
                                   timeout=DENIAL_SECONDS + 5,
                                   encoding="utf-8")
        self.child.delaybeforesend = None
        self.said = ""
        if program is not None:
            self.expect("assword")
            self.answer(password_of(user))

    def expect(self, text):
        self.child.expect_exact(text)
        self.said += self.child.before + self.child.after

    def answer(self, text=""):
        self.child.waitnoecho(timeout=10)
        self.child.sendline(text)

    def finish(self):
        """Waits for the end, or for the shell of a login; has it let in?"""
        if self.child.expect_exact([pexpect.EOF, SHELL]) == 1:
            self.said += self.child.before
            self.child.sendline("exit")
            self.child.expect(pexpect.EOF)
        self.said += self.child.before
        self.child.ptyproc.delayafterclose = 0
        self.child.close()
        return self.child.exitstatus == 0
