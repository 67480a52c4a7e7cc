"""A Debian with the packages: what an administrator and the users do there."""
import json

from guest import Guest

# What is there, but for what changes by itself: path, owner and mode, and what
# is in the files that a package's scripts may change.
SNAPSHOT = r"""
import hashlib, json, os, re
volatile = re.compile(
    "/(dev|proc|sys|tmp|home|root|mnt|boot|var/log|var/cache|var/lib/apt)(/|$)"
    "|/var/lib/dpkg/(status|available|lock|triggers|updates"
    "|info/(?!.*awsmfa))"
    "|/var/lib/(systemd/(timers|random-seed|coredump)|misc|private)"
    "|/etc/(.*-|ld.so.cache|.pwd.lock|machine-id|resolv.conf)$"
    "|/run/(?!.*awsmfa)|.*/__pycache__")
read = re.compile("/(etc|var)/")
found = {}
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders
                  if not volatile.match(os.path.join(folder, name))]
    for name in folders + files:
        path = os.path.join(folder, name)
        if volatile.match(path):
            continue
        st = os.lstat(path)
        entry = [oct(st.st_mode), st.st_uid, st.st_gid]
        if os.path.isfile(path) and not os.path.islink(path):
            entry.append(st.st_size)
            if read.match(path):
                with open(path, "rb") as file:
                    entry.append(hashlib.sha256(file.read()).hexdigest())
        found[path] = entry
for name in "dpkg-statoverride --list", "dpkg-divert --list":
    found[name] = [os.popen(name).read()]
print(json.dumps(found))
"""
PAM_FILES = ("auth", "account", "password", "session",
             "session-noninteractive")
APT = ("DEBIAN_FRONTEND=noninteractive apt-get -qq -y "
       "--no-install-recommends -o Dpkg::Use-Pty=0")


class Debian(Guest):
    """Guest's sign-ins and tokens, on a host to which packages come and from
    which they go. VM is a machine, or a Chroot where SYSTEMD is false."""

    def __init__(self, vm, systemd):
        super().__init__(vm)
        self.systemd = systemd
        self.kept = {}              # what a test leaves for the later ones
        if systemd:
            self.reset_log()

    def listen(self):
        """sshd; in the chroot there is nobody else to start it."""
        if not self.systemd:
            self.vm.run("ssh-keygen -q -A && /usr/sbin/sshd")

    # Log

    def reset_log(self):
        shown = self.vm.run("journalctl -n 0 --show-cursor").out
        self.cursor = shown.rpartition("cursor: ")[2].strip()

    def log(self):
        """In the chroot nothing listens on /dev/log."""
        return self.journal() if self.systemd else ""

    # Packages

    def apt(self, *words, check=True):
        return self.vm.run(APT, *words, timeout=300, check=check)

    def install(self, version):
        """The packages in /root/packages/VERSION."""
        names = self.vm.run("ls", f"/root/packages/{version}").out.split()
        return self.apt("install", *(f"/root/packages/{version}/{name}"
                                     for name in names))

    def version(self, package):
        return self.vm.run("dpkg-query", "-W", "-f",
                           "${db:Status-Abbrev}${Version}", package,
                           check=False).out

    def snapshot(self):
        return json.loads(self.vm.run("python3", "-c", SNAPSHOT,
                                      timeout=120).out)

    # PAM

    def common(self, name=None):
        """The lines that count of common-NAME; of all of them, by name."""
        if name is None:
            return {name: self.common(name) for name in PAM_FILES}
        text = self.vm.run("cat", f"/etc/pam.d/common-{name}").out
        return [" ".join(line.split()) for line in text.splitlines()
                if line.strip() and not line.startswith("#")]
