"""The ways to sign in that are compared, and what each of them keeps."""
import base64
import hashlib
import hmac
import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "system"), str(TESTS / "support")]
import host  # noqa: E402

DISK = Path("/disk")                    # a real file system
SEED = bytes(range(20))                 # of everyone: one code does for all
PERIOD = 30
USERS = [f"bench{i}" for i in range(50)]
UNKNOWN = [f"nobody{i}" for i in range(50)]
BARE = [f"bare{i}" for i in range(50)]  # of the host, and without a device
UID = 3000
FILL_UID = 1000000
MFA = host.Host()


def totp(step):
    mac = hmac.new(SEED, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = mac[-1] & 15
    number = int.from_bytes(mac[at:at + 4], "big") & 0x7fffffff
    return f"{number % 1000000:06}"


def code(seconds):
    """The code of now, which stays so for some SECONDS."""
    left = PERIOD - time.time() % PERIOD
    if left < seconds:
        time.sleep(left + 0.05)
    return totp(int(time.time()) // PERIOD)


def wrong():
    step = int(time.time()) // PERIOD
    near = {totp(step + i) for i in range(-4000, 4001)}
    return next(c for c in (f"{i:06}" for i in range(1000000))
                if c not in near)


def run(*argv):
    subprocess.run([str(a) for a in argv], check=True,
                   stdin=subprocess.DEVNULL)


def rewrite(path, data):
    """In place, so that the disk has the same to do for everyone."""
    with path.open("r+b") as file:
        file.write(data)
        file.truncate()
        os.fsync(file.fileno())


class Way:
    """A PAM module, or a way in which it works."""

    def __init__(self, name, line):
        self.name, self.line = name, line
        self.service = f"bench-{name}"
        Path("/etc/pam.d", self.service).write_text(
            f"auth required {line}\n")

    def enter(self):
        """Others are out of the way from here."""

    def leave(self):
        pass

    def reset(self):
        """No code is used, no one has failed."""


class Google(Way):
    FOLDER = DISK / "google"

    def __init__(self, name):
        super().__init__(name, "pam_google_authenticator.so user=root "
                         "secret=/disk/google/${USER}")
        self.FOLDER.mkdir(mode=0o700)
        secret = base64.b32encode(SEED).decode()
        self.text = f'{secret}\n" DISALLOW_REUSE\n" TOTP_AUTH\n'.encode()
        for user in USERS:
            path = self.FOLDER / user
            path.write_bytes(self.text)
            path.chmod(0o600)

    def reset(self):
        for user in USERS:
            path = self.FOLDER / user
            path.chmod(0o600)
            rewrite(path, self.text)


class Oath(Way):
    FILE = DISK / "oath" / "users"

    def __init__(self, name):
        super().__init__(name, f"pam_oath.so usersfile={self.FILE} window=2")
        self.FILE.parent.mkdir(mode=0o700)
        self.fill(0)

    def fill(self, count):
        users = [f"fill{i}" for i in range(count)] + USERS
        self.text = "".join(f"HOTP/T30 {user} - {SEED.hex()}\n"
                            for user in users).encode()
        self.FILE.touch(mode=0o600)
        self.reset()

    def reset(self):
        rewrite(self.FILE, self.text)


class Store:
    """A folder that is /var/lib/awsmfa while it is used."""

    now = None

    def __init__(self, name, devices=1, others=0):
        self.path = DISK / "stores" / name
        folders = [self.path, *(self.path / f for f in host.FOLDERS)]
        run("install", "-d", "-o", host.ACCOUNT, "-g", host.ACCOUNT, "-m",
            "0700", *folders)
        self.fill("bench", UID, len(USERS), devices)
        if others:
            self.fill("fill", FILL_UID, others, 1)
        self.ledgers = {}
        for user in USERS:
            path = self.path / "ledger" / user
            self.ledgers[path] = path.read_bytes()

    def fill(self, prefix, uid, count, devices):
        run("setpriv", f"--reuid={host.ACCOUNT}", f"--regid={host.ACCOUNT}",
            "--clear-groups", "fill", self.path, host.CONF / "host.key",
            prefix, uid, count, devices, SEED.hex())

    def use(self):
        if Store.now is not self:
            if Store.now is not None:
                run("umount", "-l", host.STATE)
            run("mount", "--bind", self.path, host.STATE)
            Store.now = self

    def reset(self):
        for path, data in self.ledgers.items():
            rewrite(path, data)


class Service(Way):
    """pam_awsmfa with the endpoint as a service."""

    denial_options = ()

    def __init__(self, name, store):
        super().__init__(name, "pam_awsmfa.so")
        self.store = store

    def enter(self):
        self.store.use()

    def reset(self):
        self.store.reset()


class OneShot(Service):
    """pam_awsmfa that starts the endpoint: no one listens."""

    # Outside real time, as the endpoint that it starts is.
    denial_options = ("ordinary",)
    AWAY = host.SOCKET.with_name("away")

    def enter(self):
        super().enter()
        if host.SOCKET.exists():
            host.SOCKET.rename(self.AWAY)

    def leave(self):
        if self.AWAY.exists():
            self.AWAY.rename(host.SOCKET)


def add_users():
    for name, line in (("passwd", "{0}:x:{1}:{1}::/root:/bin/true\n"),
                       ("shadow", "{0}:*:19000:0:99999:7:::\n"),
                       ("group", "{0}:x:{1}:\n")):
        with open(f"/etc/{name}", "a", encoding="ascii") as file:
            file.writelines(line.format(user, UID + i)
                            for i, user in enumerate(USERS + BARE))


def configure():
    # Read by every pam_start(3), with all modules that it names.
    Path("/etc/pam.d/other").write_text("")
    conf = host.CONF / "awsmfa.conf"
    conf.write_text("max_conversations = 4096;\n"
                    'account_services = ("sshd", "sshd-bench");\n')
    conf.chmod(0o644)
