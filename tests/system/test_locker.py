"""Programs without root that ask for their own user: pamtester, and i3lock, a
screen locker that is not set-uid, on a display in memory."""
import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from host import ENV, as_user, password_of, wait_until

DISPLAY = ":7"
PROGRAMS = ("Xvfb", "i3lock", "xdotool")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]
needs_display = pytest.mark.skipif(
    bool(MISSING), reason=f"{', '.join(MISSING)} not installed")


@pytest.fixture
def users(host):
    host.start_service()
    host.start_users()
    return host


def pamtester(user, whom, code, service="mfa"):
    return subprocess.run(
        as_user(user, "pamtester", service, whom, "authenticate"), env=ENV,
        input=code + "\n", capture_output=True, text=True,
        timeout=30).returncode == 0


def test_program_without_root_verifies_its_own_user(users):
    token = users.enrol("alice")
    assert not pamtester("alice", "alice", token.wrong())
    assert pamtester("alice", "alice", token.fresh())
    users.log.has("operation=SignIn", "user=alice ", "caller=2001 ",
                  "outcome=Success")


def test_program_without_root_verifies_no_one_else(users):
    bobs, roots = users.enrol("bob"), users.enrol("root")
    for whom, token in ("bob", bobs), ("root", roots):
        code = token.fresh()
        assert not pamtester("alice", whom, code)
        users.log.decision(whom, "AccessDenied", "another user")
        assert users.pam(whom, code)            # it was not spent


def test_settings_of_a_program_without_root_count_for_nothing(users):
    assert not pamtester("alice", "alice", "123456", service="mfa-allow")
    users.log.decision("alice", "NotEnrolled")


def test_program_without_root_needs_the_service(host):
    host.start_service()
    token = host.enrol("alice")
    assert not pamtester("alice", "alice", token.fresh())
    host.log.has("pam_awsmfa", "alice", "user.sock")


@pytest.fixture
def display():
    """A display of alice's."""
    Path("/tmp/.X11-unix").mkdir(mode=0o1777, exist_ok=True)
    os.chmod("/tmp/.X11-unix", 0o1777)
    server = subprocess.Popen(
        as_user("alice", "Xvfb", DISPLAY, "-screen", "0", "640x480x24"),
        env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(Path("/tmp/.X11-unix/X7").exists)
    yield DISPLAY
    server.terminate()
    server.wait()


class Locker:
    """i3lock of alice's; it ends when it unlocks."""

    def __init__(self):
        program = os.stat(shutil.which("i3lock"))
        assert not program.st_mode & (stat.S_ISUID | stat.S_ISGID)
        self.process = subprocess.Popen(
            self.on_display("i3lock", "-n", "--debug"), env=ENV,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = b""
        os.set_blocking(self.process.stdout.fileno(), False)
        self.until(b"redraw_screen")

    @staticmethod
    def on_display(*argv):
        return as_user("alice", "env", f"DISPLAY={DISPLAY}", *argv)

    def until(self, text, count=1, seconds=20):
        def heard():
            self.said += self.process.stdout.read() or b""
            return self.said.count(text) >= count
        wait_until(heard, seconds, f"no {text} from i3lock")

    def type(self, text):
        """Types TEXT and Enter; has it unlocked?"""
        wrong = self.said.count(b"Authentication failure")
        subprocess.run(self.on_display("xdotool", "type", text), env=ENV,
                       check=True)
        subprocess.run(self.on_display("xdotool", "key", "Return"), env=ENV,
                       check=True)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.said += self.process.stdout.read() or b""
            if self.process.poll() is not None:
                return self.process.returncode == 0
            if self.said.count(b"Authentication failure") > wrong:
                # It takes no keys while it shows that.
                self.until(b"clearing auth wrong")
                self.said = b""
                return False
            time.sleep(0.02)
        raise AssertionError(f"i3lock neither let in nor denied: {self.said}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def lock(display):
    started = []

    def start(service):
        Path("/etc/pam.d/i3lock").write_text(service)
        started.append(Locker())
        return started[-1]
    yield start
    for locker in started:
        locker.end()


@needs_display
def test_i3lock_unlocks_by_a_code(users, lock):
    token, bobs = users.enrol("alice"), users.enrol("bob")
    locker = lock("auth required pam_awsmfa.so\n"
                  "account required pam_permit.so\n")
    assert not locker.type(token.wrong())
    assert not locker.type(bobs.fresh())
    code = token.fresh()
    assert locker.type(code)
    users.log.has("operation=SignIn", "user=alice ", "caller=2001 ",
                  "outcome=Success")
    again = lock("auth required pam_awsmfa.so\n")
    assert not again.type(code)


@needs_display
def test_i3lock_unlocks_by_password_and_code_in_one(users, lock):
    token = users.enrol("alice")
    locker = lock("auth requisite pam_awsmfa.so forward_pass\n"
                  "auth required pam_unix.so use_first_pass nodelay\n")
    assert not locker.type(password_of("alice"))
    assert not locker.type("not it" + token.fresh())
    assert locker.type(password_of("alice") + token.fresh())
