"""The host of the tests: its log, its store, its service, its programs."""
import csv
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pexpect

SUPPORT = Path(__file__).resolve().parent.parent / "support"
ENDPOINT = "/usr/libexec/awsmfa-endpoint"
ACCOUNT = "awsmfa"
SOCKET = Path("/run/awsmfa/login.sock")
USER_SOCKET = Path("/run/awsmfa/user.sock")
SESSIONS = Path("/run/awsmfa/sessions")
STATE = Path("/var/lib/awsmfa")
FOLDERS = ("devices", "ledger", "claims", "inventory")
CONF = Path("/etc/awsmfa")
POLICY = CONF / "policy.json"
DENIAL_SECONDS = 10
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
       "HOME": "/root", "TERM": "dumb", "LANG": "C.UTF-8"}


def password_of(user):
    return f"{user}'s password"


def wait_until(true, seconds=10.0, what="it did not happen"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what} within {seconds} s")


class Log:
    """What reached /dev/log since the test began."""

    MARK = "bed: all before this was said"

    def __init__(self, path="/run/bed/syslog"):
        self.path = path
        self.marks = 0
        self.start = os.path.getsize(path)

    def read(self):
        with open(self.path, "rb") as log:
            log.seek(self.start)
            return log.read().decode("utf-8", "backslashreplace")

    def text(self):
        """All that was said before this call: who collects it may be behind,
        so a line of the bed's own is waited for, and left out."""
        self.marks += 1
        mark = f"{self.MARK} ({self.marks})"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.connect("/dev/log")
            log.send(mark.encode())
        wait_until(lambda: mark in self.read(), 30, "the log is not written")
        return "".join(line for line in self.read().splitlines(True)
                       if self.MARK not in line)

    def mark(self):
        self.text()
        self.start = os.path.getsize(self.path)

    def has(self, *patterns, seconds=30.0):
        """Waits for one line in which every one of PATTERNS is found."""
        def found():
            return any(all(re.search(p, line) for p in patterns)
                       for line in self.read().splitlines())
        try:
            wait_until(found, seconds)
        except AssertionError:
            raise AssertionError(
                f"no line with {patterns} in the log:\n{self.text()}") from None

    def decision(self, user, outcome, detail="", service=""):
        self.has(r"awsmfa-endpoint", f"user={re.escape(user)} ",
                 f"service={service}", f"outcome={outcome} ",
                 f'detail=".*{detail}')

    def complaint(self, user, detail):
        """A line of the module or the endpoint about USER with DETAIL."""
        self.has(r"awsmfa", rf"user[ =]\"?{re.escape(user)}\b", detail)


class Failure(Exception):
    """What awsmfa said on stderr, and its exit status."""

    def __init__(self, status, text):
        super().__init__(f"exit status {status}: {text}")
        self.status, self.text = status, text


def awsmfa(*argv, status=0):
    done = subprocess.run(["awsmfa", *map(str, argv)], env=ENV, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30)
    if done.returncode != status:
        raise Failure(done.returncode, done.stderr + done.stdout)
    if status:
        return done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def refused(name, *argv):
    """awsmfa ARGV is refused with the error NAME; returns its text."""
    text = awsmfa(*argv, status=254)
    assert re.match(rf"\s*An error occurred \({name}\) when calling the "
                    r"\w+ operation: \S", text), text
    return text


class Token:
    """A token whose codes oathtool computes. DRIFT, in seconds, is how fast
    its clock is. What the endpoint learns about its drift is kept here too, so
    that fresh() finds a code without waiting for the next."""

    def __init__(self, serial, drift=0, algorithm="SHA1", digits=6, period=30):
        self.serial, self.drift = serial, drift
        self.algorithm, self.digits, self.period = algorithm, digits, period
        self.seed = os.urandom(20).hex()
        self.last = 0                   # step of the last code given out
        self.learned = 0                # drift in steps, by that code
        self.behind = 0                 # codes in a row that were older

    def step(self):
        """The step that the token's own clock shows."""
        return int((time.time() + self.drift) // self.period)

    def centre(self):
        """The step in the middle of the endpoint's window."""
        return int(time.time() // self.period) + self.learned

    def settle(self, seconds=4):
        """Makes sure that the host's step lasts some seconds more."""
        left = self.period - time.time() % self.period
        if left < seconds:
            time.sleep(left + 0.01)

    def codes(self, first, count):
        out = subprocess.run(
            ["oathtool", f"--totp={self.algorithm.lower()}",
             f"--digits={self.digits}", f"--time-step-size={self.period}s",
             f"--now=@{first * self.period}", f"--window={count - 1}",
             self.seed], check=True, capture_output=True, text=True)
        return out.stdout.split()

    def code(self, step):
        return self.codes(step, 1)[0]

    def spend(self, step, pair=False):
        """The code of STEP, which is going to be accepted."""
        offset = step - int(time.time() // self.period)
        self.last = step
        self.behind = 0 if pair or offset >= self.learned else self.behind + 1
        if pair:
            self.learned = offset + (offset < 0)
        elif offset >= self.learned:
            self.learned = offset
        elif self.behind == 2:
            self.learned, self.behind = self.learned - 1, 0

    def fresh(self):
        """A code that has not been used and is in the window."""
        self.settle(1)
        step = max(self.last + 1, self.centre())
        self.spend(step)
        return self.code(step)

    def pair(self, back=2):
        """Two consecutive codes, the first BACK steps ago."""
        self.settle(1)
        first = self.step() - back
        self.spend(first + 1, pair=True)
        return self.codes(first, 2)

    def wrong(self):
        near = set(self.codes(self.centre() - 5, 11))
        number = int.from_bytes(os.urandom(4), "big")
        while True:
            code = str(number % 10 ** self.digits).zfill(self.digits)
            if code not in near:
                return code
            number += 1


class Host:
    def __init__(self):
        self.log = Log()
        self.service = None
        self.users = None               # the instance on the users' socket
        self.count = 0
        self.said = ""                  # by the last pamtester

    # Store

    def reset(self):
        self.stop_service()
        for folder in FOLDERS:
            subprocess.run(["find", STATE / folder, "-mindepth", "1",
                            "-delete"], check=True)
        if SESSIONS.is_dir():
            subprocess.run(["find", SESSIONS, "-mindepth", "1", "-delete"],
                           check=True)
        for name in ("awsmfa.conf", "other.conf", "policy.json"):
            (CONF / name).unlink(missing_ok=True)

    def digest(self):
        """Every file of state and configuration: kind, owner, mode, content."""
        found = {}
        for top in (STATE, CONF):
            if not os.path.lexists(top):
                continue
            for path in (top, *sorted(top.rglob("*"))):
                st = path.lstat()
                what = ""
                if path.is_symlink():
                    what = os.readlink(path)
                elif path.is_file():
                    what = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path)] = (oct(st.st_mode), st.st_uid, st.st_gid,
                                    st.st_nlink, what)
        return found

    def save(self):
        subprocess.run(["rm", "-rf", "/run/bed/state"], check=True)
        subprocess.run(["cp", "-a", STATE, "/run/bed/state"], check=True)

    def restore(self):
        for folder in FOLDERS:
            subprocess.run(["find", STATE / folder, "-mindepth", "1",
                            "-delete"], check=True)
            subprocess.run(["cp", "-a", f"/run/bed/state/{folder}/.",
                            STATE / folder], check=True)

    # Devices

    def tokens(self, count=1, **kind):
        """COUNT tokens, imported and nobody's yet."""
        made = []
        for _ in range(count):
            self.count += 1
            made.append(Token(f"GAHT{self.count:08}", **kind))
        path = Path("/run/bed/tokens.csv")
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["serial_number", "seed_hex", "algorithm", "digits",
                           "period"])
            rows.writerows([t.serial, t.seed, t.algorithm, t.digits, t.period]
                           for t in made)
        awsmfa("import-tokens", path)
        return made

    @staticmethod
    def enable_arguments(user, token, pair=None):
        code1, code2 = pair or token.pair()
        return ("enable-mfa-device", "--user-name", user,
                "--serial-number", token.serial,
                "--authentication-code1", code1,
                "--authentication-code2", code2)

    def enable(self, user, token, pair=None):
        awsmfa(*self.enable_arguments(user, token, pair))

    def enrol(self, user, **kind):
        token, = self.tokens(1, **kind)
        self.enable(user, token)
        return token

    def enrol_many(self, user, count):
        tokens = self.tokens(count)
        for token in tokens:
            self.enable(user, token)
        return tokens

    # Endpoint

    def activate(self, socket):
        """An instance of the endpoint that listens on SOCKET, and waits."""
        SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
        service = subprocess.Popen(
            [SUPPORT / "activate", socket, ACCOUNT, ENDPOINT, "--listen"],
            env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        children = Path(f"/proc/{service.pid}/task/{service.pid}/children")
        wait_until(children.read_text, what="the service has no workers")
        return service

    def start_service(self):
        self.service = self.activate(SOCKET)

    def start_users(self):
        """The instance for users, beside the other or alone."""
        self.users = self.activate(f"{USER_SOCKET}:666")

    @staticmethod
    def terminate(service):
        service.send_signal(signal.SIGCONT)
        service.terminate()
        try:
            service.wait(timeout=20)
        finally:
            service.kill()
            service.wait()

    def stop_service(self):
        for service in (self.service, self.users):
            if service is not None:
                self.terminate(service)
        self.service = self.users = None
        for pid in self.endpoints():
            self.kill(pid)
        wait_until(lambda: not self.endpoints(), what="endpoints did not end")
        for socket in (SOCKET, USER_SOCKET):
            socket.unlink(missing_ok=True)

    def endpoints(self, alive=True):
        """The process ids of awsmfa-endpoint; zombies too, unless ALIVE."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            name = stat[stat.index("(") + 1:stat.rindex(")")]
            state = stat[stat.rindex(")") + 2]
            if name.startswith("awsmfa-endpoin") and \
                    (not alive or state != "Z"):
                found.append(int(entry))
        return sorted(found)

    def workers(self):
        return [pid for pid in self.endpoints() if pid != self.service.pid]

    @staticmethod
    def kill(pid, number=signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    # Sign-ins

    def pam(self, user, *answers, service="mfa"):
        """pamtester; has it let USER in? Its answers come from a pipe."""
        text = "".join(a + "\n" for a in answers)
        done = subprocess.run(["pamtester", service, user, "authenticate"],
                              input=text, env=ENV, capture_output=True,
                              text=True, timeout=30)
        self.said = done.stderr + done.stdout
        assert done.returncode in (0, 1), self.said
        success = "successfully authenticated" in self.said
        assert success == (done.returncode == 0), self.said
        return success

    def pam_at_prompt(self, user, service="mfa"):
        """pamtester on a terminal, waiting at its prompt for a code."""
        child = pexpect.spawn("pamtester", [service, user, "authenticate"],
                              env=ENV, timeout=DENIAL_SECONDS + 5,
                              encoding="utf-8")
        child.delaybeforesend = None
        child.expect_exact("MFA code: ")
        return child

    @staticmethod
    def finish(child):
        """Waits for the end of a pamtester; has it let in?"""
        child.expect(pexpect.EOF)
        child.close()
        return child.exitstatus == 0


SUCCESS = "signed in as "


def as_user(user, *argv):
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups",
            "--reset-env", *argv)


PROGRAMS = {
    # Each with the command by which a user signs in.
    "ssh": lambda user: ("ssh", f"{user}@bed", f"echo '{SUCCESS}'$USER"),
    "ssh-key": lambda user: ("ssh", "-i", "/run/bed/id", "-p", "2222",
                             f"{user}@bed", f"echo '{SUCCESS}'$USER"),
    "sudo": lambda user: as_user(user, "sudo", "-k", "sh", "-c",
                                 f"echo '{SUCCESS}'$SUDO_USER"),
    "login": lambda user: ("login", user),
    "su": lambda user: as_user("mallory" if user != "mallory" else "alice",
                               "su", user, "-c", f"echo '{SUCCESS}'$USER"),
}
SERVICES = {"ssh": "sshd", "ssh-key": "sshd-awsmfa"}


class Session:
    """One try to sign in by a real program, on a terminal of its own."""

    PROMPTS = [r"[Pp]assword[^:\n]*: ?", r"MFA code: ?", re.escape(SUCCESS),
               r"Permission denied|[Ll]ogin incorrect"
               r"|incorrect (?:password|authentication) attempt|Connection clo"
               r"|a password is required|su: [^\n]*(?i:fail|den|error|cannot)",
               r"@bed:~[$#] ", pexpect.EOF]

    def __init__(self, program, user, password=None):
        self.user, self.program = user, program
        self.password = password_of(user) if password is None else password
        argv = PROGRAMS[program](user)
        self.child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV,
                                   timeout=DENIAL_SECONDS + 5,
                                   encoding="utf-8", codec_errors="replace")
        self.child.delaybeforesend = None
        self.said = ""
        self.asked = 0                  # how often a code was asked for

    def next(self):
        index = self.child.expect(self.PROMPTS)
        after = self.child.after
        self.said += self.child.before
        self.said += after if isinstance(after, str) else ""
        return ("password", "code", "in", "denied", "shell", "denied")[index]

    def hush(self):
        """Programs turn echo off just before or after they ask."""
        self.child.waitnoecho(timeout=2)

    def to_prompt(self):
        """Goes on until a code is asked for; False where it comes to an end
        before."""
        while True:
            what = self.next()
            if what == "password":
                self.hush()
                self.child.sendline(self.password)
            elif what == "code":
                self.asked += 1
                self.hush()
                return True
            else:
                return False

    def answer(self, code):
        """Types CODE; has it let the user in?"""
        self.child.sendline(code)
        what = self.next()
        if what == "shell":
            self.child.sendline(f"echo '{SUCCESS}'$USER; exit")
            self.child.expect_exact("\n" + SUCCESS)
            what = "in"
        if what == "in":
            self.child.expect_exact(self.user)
        self.end()
        return what == "in"

    def end(self):
        self.child.ptyproc.delayafterclose = 0
        self.child.close(force=True)


def sign_in(program, user, code, password=None):
    """Has PROGRAM let USER in? Returns that and the session."""
    session = Session(program, user, password)
    if not session.to_prompt():
        session.end()
        return False, session
    return session.answer(code), session
