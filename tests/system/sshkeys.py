"""Users' security keys for SSH: in software, by a provider that OpenSSH loads."""
import pwd
import re
import subprocess
from pathlib import Path

import pexpect

from host import DENIAL_SECONDS, ENV

PROVIDER = "/usr/local/lib/skprovider.so"
PROMPT = "Signature: "
COMMAND = r"printf %s '[^']*' \| ssh-keygen -Y sign -n awsmfa -f \S+ -"


class Key:
    """A key at PATH, whose behaviour is a file: counter, step, flags, refuse;
    see tests/support/skprovider.c. Its half on disk is still to be made."""

    def __init__(self, path, **behaviour):
        self.path = path
        self.public = Path(f"{path}.pub")
        self.state = Path(f"{path}.state")
        for old in (self.path, self.public, self.state):
            old.unlink(missing_ok=True)
        self.state.write_text("counter 0\n")
        self.state.chmod(0o666)         # whoever has the key plugged in
        self.set(**behaviour)
        self.env = {**ENV, "SSH_SK_PROVIDER": PROVIDER,
                    "SKPROVIDER": str(self.state)}

    def set(self, **behaviour):
        """The key's behaviour from now on."""
        now = {**self.get(), **behaviour}
        self.state.write_text("".join(f"{name} {value}\n"
                                      for name, value in now.items()))

    def get(self):
        words = self.state.read_text().split()
        return {name: int(value)
                for name, value in zip(words[::2], words[1::2])}

    def used(self):
        """How many signatures it has made."""
        return self.get().get("used", 0)

    @property
    def line(self):
        return self.public.read_text().strip()


class SshKey(Key):
    """A key of the user USER, of the type KIND ("ed25519" or "ecdsa")."""

    def __init__(self, user, kind="ed25519", name=None, **behaviour):
        self.user = user
        folder = Path(pwd.getpwnam(user).pw_dir, ".ssh")
        subprocess.run(["install", "-d", "-o", user, "-g", user, "-m", "0700",
                        folder], check=True)
        super().__init__(folder / (name or f"id_{kind}_sk"), **behaviour)
        self.env["HOME"] = str(folder.parent)
        self.as_user("ssh-keygen", "-q", "-t", f"{kind}-sk", "-N", "",
                     "-C", f"{user}@laptop", "-f", str(self.path))

    def as_user(self, *argv, **more):
        argv = ("setpriv", f"--reuid={self.user}", f"--regid={self.user}",
                "--init-groups", *argv)
        done = subprocess.run(argv, env=self.env, text=True,
                              capture_output=True, timeout=30, **more)
        assert done.returncode == 0, (argv, done.stderr)
        return done.stdout

    def run(self, command):
        """What COMMAND, which says to sign, prints where the key is."""
        command = re.sub(r"-f \S+", f"-f {self.path}", command)
        return self.as_user("sh", "-c", command)


class Enrolment:
    """awsmfa enable-mfa-device with a key for SSH, on a terminal."""

    def __init__(self, user, name, public):
        self.said = ""
        self.child = pexpect.spawn(
            "awsmfa", ["enable-mfa-device", "--user-name", user, "--type",
                       "security-key", "--device-name", name,
                       "--ssh-public-key", str(public)],
            env=ENV, encoding="utf-8", timeout=DENIAL_SECONDS + 5,
            dimensions=(60, 1000))
        self.child.delaybeforesend = None

    def expect(self, text):
        self.child.expect(text)
        self.said += self.child.before + self.child.after

    def command(self):
        """The command that is shown, at the prompt for what it prints."""
        self.expect(COMMAND)
        command = self.child.after
        self.expect(re.escape(PROMPT))
        self.child.waitnoecho(timeout=5)
        return command

    def paste(self, text):
        self.child.send(text if text.endswith("\n") else text + "\n")

    def finish(self):
        """Waits for the end; the exit status."""
        self.child.expect(pexpect.EOF)
        self.said += self.child.before
        self.child.close()
        return self.child.exitstatus


def enrol(user, name, key):
    """Enrols KEY for USER by a signature that is pasted; what was said."""
    enrolment = Enrolment(user, name, key.public)
    enrolment.paste(key.run(enrolment.command()))
    assert enrolment.finish() == 0, enrolment.said
    return enrolment.said
