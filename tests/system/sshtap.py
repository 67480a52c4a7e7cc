"""SSH keys of security keys in software, the agents that have them, and sshds
in which they count."""
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pexpect

from host import DENIAL_SECONDS, ENV, as_user, awsmfa, password_of, wait_until
from sshkeys import PROVIDER, Key

FOLDER = Path("/run/bed/ssh")
TAP = "Tap your security key"
EITHER = "MFA code, or Enter to tap your security key: "
CODE = "MFA code: "
TYPES = {"ed25519-sk": "sk-ssh-ed25519@openssh.com",
         "ecdsa-sk": "sk-ecdsa-sha2-nistp256@openssh.com"}
SESSION = "in as "

# sshd's stack, with the password first, as Debian has it where it matters.
STACK = """\
@include common-auth
auth     required  pam_awsmfa.so{arguments}
@include common-account
account  required  pam_awsmfa.so{arguments}
session  required  pam_loginuid.so
session  required  pam_awsmfa.so{arguments}
@include common-session
session  required  pam_env.so
session  required  pam_env.so user_readenv=1 envfile=/etc/default/locale
"""
# The same where the key is the first factor.
STACK_WITHOUT_PASSWORD = STACK.replace("@include common-auth\n", "")


class Sk(Key):
    """A key of OWNER's that this process can use too."""

    def __init__(self, name, kind="ed25519-sk", owner="alice", plain=False):
        FOLDER.mkdir(mode=0o755, exist_ok=True)
        super().__init__(FOLDER / name)
        kind = "ed25519" if plain else kind
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "",
                        "-C", f"{owner}@laptop", "-f", self.path],
                       env=self.env, check=True, stdin=subprocess.DEVNULL)

    def sign(self, text, namespace="awsmfa"):
        """What "ssh-keygen -Y sign" makes of TEXT."""
        done = subprocess.run(["ssh-keygen", "-Y", "sign", "-n", namespace,
                               "-f", self.path], input=text, text=True,
                              env=self.env, capture_output=True, check=True)
        return done.stdout


def one_line(signature):
    """The armour and the line ends stripped."""
    return "".join(line for line in signature.splitlines()
                   if not line.startswith("-----"))


class Agent:
    """An ssh-agent with KEYS, as the OWNER's."""

    def __init__(self, *keys, owner="root"):
        self.folder = tempfile.mkdtemp(prefix="agent-")
        os.chmod(self.folder, 0o711)
        self.socket = f"{self.folder}/socket"
        env = {**ENV, **(keys[0].env if keys else {})}
        argv = ["ssh-agent", "-D", "-a", self.socket, "-P", PROVIDER]
        if owner != "root":
            subprocess.run(["chown", owner, self.folder], check=True)
            argv = ["setpriv", f"--reuid={owner}", f"--regid={owner}",
                    "--init-groups", *argv]
        self.process = subprocess.Popen(argv, env=env,
                                        stdout=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(self.socket))
        self.env = {**env, "SSH_AUTH_SOCK": self.socket}
        for key in keys:
            self.add(key)

    def add(self, key):
        subprocess.run(["ssh-add", "-q", "-S", PROVIDER, key.path],
                       env=self.env, check=True, stdin=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(5)


class Sshd:
    """An sshd with a PAM service and a configuration of its own."""
    port = 2300

    def __init__(self, service="sshd-sk", stack=STACK, arguments="", env=None,
                 **options):
        Sshd.port += 1
        self.port, self.service = Sshd.port, service
        self.pam = Path("/etc/pam.d", service)
        self.pam.write_text(stack.format(
            arguments=f" {arguments}" if arguments else ""))
        link = Path("/usr/local/sbin", service)
        if service != "sshd" and not link.is_symlink():
            link.symlink_to("/usr/sbin/sshd")
        program = link if service != "sshd" else "/usr/sbin/sshd"
        config = FOLDER / f"{service}.config"
        values = {"Port": self.port, "UsePAM": "yes", "PidFile": "none",
                  "KbdInteractiveAuthentication": "yes",
                  "PasswordAuthentication": "no", "PrintMotd": "no",
                  "PrintLastLog": "no", "PermitRootLogin": "yes",
                  "PubkeyAuthOptions": "touch-required", **options}
        config.write_text("".join(f"{name} {value}\n"
                                  for name, value in values.items()) +
                          "Subsystem sftp /usr/lib/openssh/sftp-server\n")
        self.process = subprocess.Popen(
            [program, "-D", "-f", config], env={**ENV, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        wait_until(self.listens, what="sshd does not listen")

    def listens(self):
        wanted = f":{self.port:04X} "
        return any(wanted in line and " 0A " in line for line in
                   Path("/proc/net/tcp").read_text().splitlines()[1:])

    def argv(self, user, *options, key=None, command=None):
        argv = ["ssh", "-p", str(self.port), "-o", "LogLevel=ERROR",
                "-o", f"SecurityKeyProvider={PROVIDER}"]
        if key is not None:
            argv += ["-o", "IdentitiesOnly=yes", "-i", str(key.path)]
        argv += [*options, f"{user}@bed"]
        return argv + [command or f"echo '{SESSION}'$USER"]

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


def authorize(user, *lines):
    """LINES are all that USER's authorized_keys has."""
    path = Path(f"/home/{user}/.ssh/authorized_keys")
    path.write_text("".join(f"{line}\n" for line in lines))


class Ssh:
    """One connection to a Sshd, on a terminal of its own."""

    def __init__(self, sshd, user, *options, key=None, env=None, command=None):
        self.user = user
        argv = sshd.argv(user, *options, key=key, command=command)
        self.child = pexpect.spawn(
            argv[0], argv[1:], env=env or (key.env if key else ENV),
            timeout=DENIAL_SECONDS + 5, encoding="utf-8",
            codec_errors="replace", maxread=65536)
        self.child.delaybeforesend = None
        self.said = ""

    def expect(self, text):
        self.child.expect_exact(text)
        self.said += self.child.before + self.child.after

    def answer(self, text):
        self.child.waitnoecho(timeout=2)
        self.child.sendline(text)

    def password(self):
        self.expect("assword")
        self.answer(password_of(self.user))

    def finish(self):
        """Waits for the end; has it let in?"""
        self.child.expect(pexpect.EOF)
        self.said += self.child.before
        self.child.ptyproc.delayafterclose = 0
        self.child.close()
        return self.child.exitstatus == 0 and \
            SESSION + self.user in self.said


def run(sshd, user, *options, key=None, env=None, command=None):
    """A connection in which nothing can be typed: (let in, output)."""
    done = subprocess.run(
        sshd.argv(user, "-o", "BatchMode=yes", *options, key=key,
                  command=command),
        env=env or (key.env if key else ENV), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=DENIAL_SECONDS + 10)
    return done.returncode == 0, done.stdout + done.stderr


def enable_arguments(key, user="alice", name="laptop"):
    return ("awsmfa", "enable-mfa-device", "--type", "security-key",
            "--ssh-public-key", str(key.public), "--device-name", name,
            "--user-name", user)


def enable(key, agent, user="alice", name="laptop", status=0):
    """USER, who has AGENT, enrols KEY; what awsmfa said."""
    argv = as_user(user, "env", f"SSH_AUTH_SOCK={agent.socket}",
                   *enable_arguments(key, user, name))
    done = subprocess.run(argv, env=ENV, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stdout + done.stderr
    wanted = status if isinstance(status, tuple) else (status,)
    assert done.returncode in wanted, said
    return said


def enrol(key, agent, user="alice", name="laptop"):
    """The same, where it has to succeed; the serial number."""
    enable(key, agent, user, name)
    return serial_of(user, name)


def command_in(text):
    """The challenge of the command that TEXT asks to run."""
    return re.search(r"printf %s '([^']*)' \| ssh-keygen -Y sign -n awsmfa ",
                     text)[1]


def enrol_by_hand(key, user="alice", name="laptop", agent=None,
                  user_self=False):
    """KEY is USER's device, by a signature that is pasted: root's doing, or
    the user's own."""
    argv = enable_arguments(key, user, name)
    if agent is not None:
        argv = ("env", f"SSH_AUTH_SOCK={agent.socket}", *argv)
    if user_self:
        argv = as_user(user, *argv)
    child = pexpect.spawn(argv[0], list(argv[1:]), env=ENV, encoding="utf-8",
                          timeout=DENIAL_SECONDS + 5, maxread=65536)
    child.setwinsize(50, 2000)
    child.delaybeforesend = None
    child.expect_exact("Signature: ")
    said = child.before
    child.waitnoecho()
    child.sendline(one_line(key.sign(command_in(said))))
    child.expect(pexpect.EOF)
    said += child.before
    child.close()
    assert child.exitstatus == 0, said
    return serial_of(user, name)


def serial_of(user="alice", name="laptop"):
    serial, = [d["SerialNumber"] for d in
               awsmfa("list-mfa-devices", "--user-name", user)["MFADevices"]
               if d.get("DeviceName") == name]
    return serial
