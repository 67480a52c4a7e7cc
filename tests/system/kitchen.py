"""Files of the host that a test replaces, and puts back."""
import subprocess
from pathlib import Path

from host import ENV
from sshtap import FOLDER, Sshd

# What Debian ships, which reads what is put into a folder.
DEBIAN_SSHD = "/usr/share/openssh/sshd_config"


class Kitchen:
    """Writes files, and puts back what was there."""

    def __init__(self):
        self.saved, self.things = {}, []

    def write(self, path, text):
        path = Path(path)
        if path not in self.saved:
            self.saved[path] = path.read_text() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o440 if "sudoers" in str(path) else 0o644)

    def keep(self, thing):
        self.things.append(thing)
        return thing

    def clean(self):
        for thing in self.things:
            thing.stop()
        for path, text in self.saved.items():
            if text is None:
                path.unlink()
            else:
                path.write_text(text)


class DebiansSshd(Sshd):
    """sshd as Debian ships it, with what is in sshd_config.d."""

    def __init__(self):
        Sshd.port += 1
        self.port = Sshd.port
        FOLDER.mkdir(mode=0o755, exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", DEBIAN_SSHD, "-o",
             f"Port={self.port}", "-o", "PidFile=none"], env=ENV,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.wait()
