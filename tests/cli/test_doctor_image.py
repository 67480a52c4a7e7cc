"""awsmfa doctor --root, over images with one fault each, and with none.

An image has Debian's own sshd and cvtsudoers, the example files of conf/pam.d,
and what "awsmfa init" and "make install" make.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ["top_builddir"])
AWSMFA = os.path.join(BUILD, "tests/cli/awsmfa-at")
TIMEOUT = 120       # for what never ends
UID = 990           # of the account, in images
PASSWD = """root:x:0:0:root:/root:/bin/bash
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
awsmfa:x:990:990::/nonexistent:/usr/sbin/nologin
alice:x:1000:1000::/home/alice:/bin/bash
"""
GROUP = """root:x:0:
sudo:x:27:alice
awsmfa:x:990:
"""
# As Debian 12 has them.
COMMON = {
    "common-auth": """auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
""",
    "common-account":
        """account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
""",
    "common-session": """session [default=1] pam_permit.so
session requisite pam_deny.so
session required pam_permit.so
session required pam_unix.so
session optional pam_systemd.so
""",
    "common-session-noninteractive": """session [default=1] pam_permit.so
session requisite pam_deny.so
session required pam_permit.so
session required pam_unix.so
""",
    "common-password": """password [success=1 default=ignore] pam_unix.so yescrypt
password requisite pam_deny.so
password required pam_permit.so
""",
    "other": """@include common-auth
@include common-account
@include common-password
@include common-session
""",
    "su-l": "auth include su\naccount include su\npassword include su\n"
            "session optional pam_keyinit.so force revoke\nsession include su\n",
    "cron": "@include common-auth\nsession required pam_loginuid.so\n"
            "@include common-account\n@include common-session-noninteractive\n",
}
README_SSHD = """UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
"""
OURS = "auth       required     pam_awsmfa.so"


def variables():
    """The folders of the build, from its Makefile."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
        found = dict(re.findall(r"^(\w+) = (.*)$", file.read(), re.M))

    def expand(text):
        return re.sub(r"\$[{(](\w+)[})]", lambda m: expand(found[m[1]]), text)
    return {name: expand(found[name]) for name in (
        "sysconfdir", "localstatedir", "runstatedir", "libexecdir", "pamdir")}


DIRS = variables()
CONF = DIRS["sysconfdir"] + "/awsmfa"
STATE = DIRS["localstatedir"] + "/lib/awsmfa"
RUN = DIRS["runstatedir"] + "/awsmfa"


def add_program(root, path):
    """Copies PATH and the libraries that it is linked with."""
    said = subprocess.run(["ldd", path], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    for name in [path, *re.findall(r"(/\S+) \(0x", said)]:
        target = root + os.path.abspath(name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.realpath(name), target)


def make_template(root):
    for folder in ("dev", "run/sshd", "etc/ssh/sshd_config.d",
                   "etc/sudoers.d"):
        os.makedirs(os.path.join(root, folder))
    os.mknod(root + "/dev/null", 0o20666, os.makedev(1, 3))
    os.chmod(root + "/dev/null", 0o666)
    for path in ("/usr/sbin/sshd", "/usr/bin/cvtsudoers"):
        add_program(root, path)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    root + "/etc/ssh/ssh_host_ed25519_key"], check=True)
    for name in ("nsswitch.conf", "localtime"):
        if os.path.exists("/etc/" + name):
            shutil.copy("/etc/" + name, root + "/etc/" + name)


class Image:
    """A host that is well."""

    def __init__(self, template, root):
        subprocess.run(["cp", "-al", template, root], check=True)
        self.root = root
        self.write("/etc/passwd", PASSWD)
        self.write("/etc/group", GROUP)
        for name, text in COMMON.items():
            self.write("/etc/pam.d/" + name, text)
        for path in glob.glob(os.path.join(TOP, "conf/pam.d/*")):
            with open(path, encoding="utf-8") as file:
                self.write("/etc/pam.d/" + os.path.basename(path), file.read())
        self.write("/etc/pam.d/sudo-i", self.read("/etc/pam.d/sudo"))
        self.write("/etc/ssh/sshd_config", "Include "
                   "/etc/ssh/sshd_config.d/*.conf\nSubsystem sftp "
                   "/usr/lib/openssh/sftp-server\n")
        self.write("/etc/ssh/sshd_config.d/awsmfa.conf", README_SSHD)
        self.write("/etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL"
                   "\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
                   0o440)
        self.write("/usr/lib/udev/rules.d/70-awsmfa-fido.rules", "rule\n")
        self.write(DIRS["libexecdir"] + "/awsmfa-endpoint", "", 0o755)
        self.write(DIRS["libexecdir"] + "/awsmfa-key", "", 0o755)
        self.write(DIRS["pamdir"] + "/pam_awsmfa.so", "")
        self.make_folder(CONF, 0, 0o755)
        self.write(CONF + "/host.key", "k" * 32, 0o600, UID)
        for name in ("", "/devices", "/ledger", "/claims", "/inventory"):
            self.make_folder(STATE + name, UID, 0o700)
        self.write(STATE + "/devices/alice", "devices\n", 0o600, UID)
        self.make_folder(RUN, 0, 0o755)
        self.make_folder(RUN + "/sessions", UID, 0o700)

    def path(self, path):
        return self.root + path

    def read(self, path):
        with open(self.path(path), encoding="utf-8",
                  errors="surrogateescape") as file:
            return file.read()

    def write(self, path, text, mode=0o644, uid=0):
        target = self.path(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # What is linked to the template stays as it is.
        if os.path.lexists(target):
            os.unlink(target)
        with open(target, "w", encoding="utf-8",
                  errors="surrogateescape") as file:
            file.write(text)
        os.chmod(target, mode)
        os.chown(target, uid, uid)

    def append(self, path, text):
        self.write(path, self.read(path) + text)

    def make_folder(self, path, uid, mode):
        os.makedirs(self.path(path), exist_ok=True)
        os.chmod(self.path(path), mode)
        os.chown(self.path(path), uid, uid)

    def swap(self, service, old, new, count=1):
        """Writes NEW for OLD, which must be there, in /etc/pam.d/SERVICE."""
        path = "/etc/pam.d/" + service
        text = self.read(path)
        assert re.search(old, text, re.M), (service, old)
        self.write(path, re.sub(old, new, text, count, re.M))

    def sshd(self, text):
        self.write("/etc/ssh/sshd_config.d/awsmfa.conf", text)

    def settings(self, text):
        self.write(CONF + "/awsmfa.conf", text)

    def examine(self, *options):
        """(exit status, findings)"""
        done = subprocess.run(
            [AWSMFA, "doctor", "--root", self.root, "--output", "json",
             *options], text=True, check=False, timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "MFA_TEST_FOLDER": self.root,
                 "MFA_TEST_ACCOUNT": "awsmfa"})
        assert done.stderr == "", done.stderr
        return done.returncode, json.loads(done.stdout)["Findings"]


KEYS = 'ssh_verified_keys = ("sshd");\n'
# A line of session alone, as in the examples.
SESSION = r"^session +required +pam_awsmfa.so$"
ACCOUNT = r"^account +required +pam_awsmfa.so$"
AUTH = "^" + OURS.replace(" ", r"\s") + "$"


def other_conf(image, service):
    """The lines of SERVICE name another file of settings."""
    image.swap(service, r"pam_awsmfa\.so$",
               "pam_awsmfa.so conf=/etc/other.conf", 0)


def common_auth(image):
    """What an administrator does first: the line in common-auth alone."""
    for name in ("sshd", "sudo", "sudo-i", "su", "login"):
        image.write("/etc/pam.d/" + name, "@include common-auth\n"
                    "@include common-account\nsession required "
                    "pam_loginuid.so\n@include common-session\n")
    image.append("/etc/pam.d/common-auth", OURS + "\n")


def no_pam(image):
    for path in glob.glob(image.path("/etc/pam.d/*")):
        if "pam_awsmfa" in open(path, encoding="utf-8").read():
            os.unlink(path)


def link(image):
    os.link(image.path(STATE + "/devices/alice"),
            image.path(STATE + "/devices/bob"))


def stacks(image):
    """More ways through than can be told apart."""
    deep = "".join("auth [success=1 auth_err=ok ignore=bad default=reset] "
                   f"a{i}.so\nauth [success=ok default=ignore] b{i}.so\n"
                   for i in range(4))
    for i in range(15):
        image.write(f"/etc/pam.d/common-{i}", deep +
                    (f"auth substack common-{i + 1}\n" if i < 14 else "") + deep)
    image.swap("sudo", "^@include common-auth",
               "@include common-auth\nauth substack common-0")


# name: [(what breaks, which file is named, its line or a part of the text)]
FAULTS = {
    "pam-unused": [(no_pam, "/etc/pam.d", "")],
    "pam-broken": [
        (lambda i: i.swap("sudo", AUTH, OURS + "\natuh required pam_x.so"),
         "/etc/pam.d/sudo", "atuh"),
        (lambda i: i.swap("sudo", "^@include common-auth",
                          "@include common-atuh"),
         "/etc/pam.d/sudo", "refuses the whole service"),
        (lambda i: i.swap("sudo", "^@include common-account",
                          "account [success=yes] pam_unix.so"),
         "/etc/pam.d/sudo", "success=yes")],
    "pam-file": [
        (lambda i: os.chmod(i.path("/etc/pam.d/sudo"), 0o664),
         "/etc/pam.d/sudo", "write"),
        (lambda i: os.chown(i.path("/etc/pam.d/common-account"), 1000, 0),
         "/etc/pam.d/common-account", "write")],
    "pam-skipped": [
        (lambda i: i.swap("sudo", AUTH, "auth sufficient pam_wheel.so trust\n"
                          + OURS), "/etc/pam.d/sudo", "pam_wheel.so"),
        (lambda i: i.swap("login", "^@include common-auth",
                          "auth [success=done default=die] pam_unix.so"),
         "/etc/pam.d/login", "pam_unix.so"),
        (lambda i: i.swap("sshd", "^@include common-account",
                          "account sufficient pam_localuser.so"),
         "/etc/pam.d/sshd", "account of sshd")],
    "pam-jumped": [
        (lambda i: i.swap("sudo", AUTH, "auth [success=1 default=ignore] "
                          "pam_succeed_if.so user = bob\n" + OURS +
                          "\nauth required pam_permit.so"),
         "/etc/pam.d/sudo", "pam_succeed_if.so")],
    "pam-not-required": [
        (lambda i: i.swap("sudo", AUTH, "auth optional pam_awsmfa.so"),
         "/etc/pam.d/sudo", ""),
        (lambda i: i.swap("sudo", AUTH,
                          "auth [success=ok default=ignore] pam_awsmfa.so"),
         "/etc/pam.d/sudo", ""),
        (lambda i: i.swap("sshd", SESSION, "session optional pam_awsmfa.so"),
         "/etc/pam.d/sshd", "session of sshd")],
    "pam-reset": [
        (lambda i: i.swap("sudo", AUTH, "auth required pam_awsmfa.so\nauth "
                          "[default=reset] pam_warn.so\nauth required "
                          "pam_permit.so"), "/etc/pam.d/sudo", "pam_warn.so")],
    "pam-unclear": [(stacks, "/etc/pam.d/sudo", "too many ways")],
    "pam-never": [
        (lambda i: (i.write("/etc/pam.d/common-auth", COMMON["common-auth"]
                            .replace("auth requisite", OURS +
                                     "\nauth requisite"))),
         "/etc/pam.d/common-auth", "nobody")],
    "pam-argument": [
        (lambda i: i.swap("sudo", AUTH, OURS + " nullok"),
         "/etc/pam.d/sudo", "nullok"),
        (lambda i: i.swap("sudo", AUTH, OURS + " enroll_by=2026-13-01"),
         "/etc/pam.d/sudo", "enroll_by"),
        (lambda i: i.swap("sudo", AUTH, OURS + " caf\udce9"),
         "/etc/pam.d/sudo", r'"caf\xe9"')],
    "pam-twin": [
        (lambda i: i.swap("sudo-i", AUTH, ""), "/etc/pam.d/sudo-i",
         "sudo -i")],
    "code-alone": [
        (lambda i: i.swap("login", "^@include common-auth", ""),
         "/etc/pam.d/login", "without a password"),
        (lambda i: i.swap("sudo", "^@include common-auth",
                          "auth optional pam_unix.so"),
         "/etc/pam.d/sudo", "without a password")],
    "first-factor": [
        (lambda i: i.swap("sudo", "^@include common-auth",
                          "auth required pam_unix.so"),
         "/etc/pam.d/sudo", "strangers"),
        (lambda i: i.swap("sshd", "^@include common-auth", "") or
         i.swap("sshd", AUTH, OURS + " forward_pass\n"
                "auth required pam_unix.so use_first_pass"),
         "/etc/pam.d/sshd", "strangers")],
    "unenrolled-allow": [
        (lambda i: i.swap("sudo", AUTH, OURS + " unenrolled=allow"),
         "/etc/pam.d/sudo", "without MFA")],
    "unenrolled-open": [
        (lambda i: i.swap("sshd", r"pam_awsmfa.so$",
                          "pam_awsmfa.so unenrolled=enroll-open", 3),
         "/etc/pam.d/sshd", "in the user's place")],
    "lines-differ": [
        (lambda i: i.swap("sshd", AUTH, OURS + " unenrolled=enroll"),
         "/etc/pam.d/sshd", "unenrolled")],
    "auth-absent": [
        (lambda i: i.swap("sshd", AUTH, ""), "/etc/pam.d/sshd", "not in auth")],
    "account-absent": [
        (lambda i: i.swap("sshd", ACCOUNT, "") or
         i.swap("sshd", "pam_awsmfa.so$", "pam_awsmfa.so unenrolled=enroll", 2),
         "/etc/pam.d/sshd", "enrol there")],
    "session-absent": [
        (lambda i: i.swap("sshd", SESSION, ""), "/etc/pam.d/sshd", "session")],
    "enroll-unattended": [
        (lambda i: i.swap("sshd", AUTH, OURS + " unenrolled=enroll") or
         i.swap("sshd", ACCOUNT, "account optional pam_awsmfa.so") or
         i.swap("sshd", SESSION, ""), "/etc/pam.d/sshd", "without one")],
    "phases-ignored": [
        (lambda i: i.swap("login", "^@include common-account",
                          "@include common-account\naccount required "
                          "pam_awsmfa.so"), "/etc/pam.d/login", "login")],
    "env-first": [
        (lambda i: i.settings(KEYS) or i.sshd(README_SSHD + "PubkeyAuthOptions "
                                              "touch-required\n") or
         i.swap("sshd", SESSION, "session required pam_env.so "
                "user_readenv=1\nsession required pam_awsmfa.so"),
         "/etc/pam.d/sshd", "before pam_awsmfa.so")],
    "loginuid-absent": [
        (lambda i: i.swap("sshd", "^session.*pam_loginuid.so", ""),
         "/etc/pam.d/sshd", "remembered")],
    "ssh-unknown": [
        (lambda i: i.sshd("Nonsense yes\n"), "/usr/sbin/sshd", "")],
    "ssh-no-pam": [
        (lambda i: i.sshd("UsePAM no\n"), "/etc/ssh/sshd_config", "UsePAM")],
    "ssh-no-prompt": [
        (lambda i: i.sshd("UsePAM yes\nPasswordAuthentication no\n"
                          "KbdInteractiveAuthentication no\n"),
         "/etc/ssh/sshd_config", "keyboard-interactive"),
        (lambda i: i.sshd(README_SSHD + "AuthenticationMethods publickey\n"),
         "/etc/ssh/sshd_config", "keyboard-interactive"),
        (lambda i: i.sshd(README_SSHD + "Match User alice\n"
                          "  KbdInteractiveAuthentication no\n"),
         "/etc/ssh/sshd_config.d/awsmfa.conf", "Match User alice")],
    "ssh-password": [
        (lambda i: i.sshd("UsePAM yes\nKbdInteractiveAuthentication yes\n"),
         "/etc/ssh/sshd_config", "PasswordAuthentication")],
    "ssh-key-alone": [
        (common_auth, "/etc/ssh/sshd_config", "public key alone"),
        (lambda i: i.settings('account_services = ("login");\n'),
         "/etc/ssh/sshd_config", "public key alone"),
        (lambda i: other_conf(i, "sshd") or i.write(
            "/etc/other.conf", 'account_services = ("login");\n'),
         "/etc/ssh/sshd_config", "public key alone"),
        (lambda i: i.settings("/* keys */ " + KEYS) or i.swap(
            "sshd", SESSION, "") or i.sshd(
                README_SSHD + "PubkeyAuthOptions touch-required\n"),
         "/etc/ssh/sshd_config", "public key alone"),
        (lambda i: common_auth(i) or i.sshd(
            README_SSHD + "AuthenticationMethods publickey,"
            "keyboard-interactive:pam\nMatch Address 10.0.0.0/8\n"
            "  AuthenticationMethods publickey\n"),
         "/etc/ssh/sshd_config.d/awsmfa.conf", "10.0.0.0/8"),
        (lambda i: common_auth(i) or i.sshd(
            README_SSHD + "AuthenticationMethods publickey,"
            "keyboard-interactive:pam\nMatch Group nobody-is-in-it\n"
            "  AuthenticationMethods publickey\nMatch Group sudo\n"
            "  AuthenticationMethods publickey\n"),
         "/etc/ssh/sshd_config.d/awsmfa.conf", "Match Group sudo"),
        (lambda i: common_auth(i) or i.sshd(
            README_SSHD + "AuthenticationMethods gssapi-keyex "
            "publickey,keyboard-interactive:pam\n"),
         "/etc/ssh/sshd_config", "verifies by itself"),
        (lambda i: common_auth(i) or i.sshd(
            "UsePAM yes\nKbdInteractiveAuthentication yes\n"
            "PubkeyAuthentication no\nMatch User alice\n"
            "  KerberosAuthentication yes\n"),
         "/etc/ssh/sshd_config.d/awsmfa.conf", "Match User alice")],
    "ssh-code-alone": [
        (lambda i: i.swap("sshd", "^@include common-auth", ""),
         "/etc/ssh/sshd_config", "all that it takes")],
    "ssh-grace": [
        (lambda i: i.sshd(README_SSHD + "LoginGraceTime 45\n"),
         "/etc/ssh/sshd_config", "45 seconds")],
    "ssh-no-touch": [
        (lambda i: i.settings(KEYS), "/etc/ssh/sshd_config", "touch-required")],
    "ssh-no-verify": [
        (lambda i: i.settings(KEYS + 'user_verification = "required";\n') or
         i.sshd(README_SSHD + "PubkeyAuthOptions touch-required\n"),
         "/etc/ssh/sshd_config", "verify-required")],
    "ssh-match": [
        (lambda i: i.sshd(README_SSHD + "Match User *,!root\n"
                          "  AuthenticationMethods publickey\n"),
         "/etc/ssh/sshd_config.d/awsmfa.conf", "*,!root")],
    "sudo-unknown": [
        (lambda i: i.append("/etc/sudoers", "nonsense\n"), "/etc/sudoers", "")],
    "sudo-nopasswd": [
        (lambda i: i.append("/etc/sudoers", "bob ALL=NOPASSWD: ALL\n"),
         "/etc/sudoers", "rule of bob"),
        (lambda i: i.write("/etc/sudoers.d/x", "Defaults:bob !authenticate\n"),
         "/etc/sudoers", "!authenticate"),
        (lambda i: i.append("/etc/sudoers", "Defaults exempt_group=users\n"),
         "/etc/sudoers", "who is in users")],
    "sudo-never-again": [
        (lambda i: i.append("/etc/sudoers", "Defaults timestamp_timeout=-1\n"),
         "/etc/sudoers", "negative")],
    "sudo-service": [
        (lambda i: i.append("/etc/sudoers", "Defaults pam_service=cron\n"),
         "/etc/pam.d/cron", ""),
        (lambda i: i.append("/etc/sudoers",
                            "Defaults pam_askpass_service=cron\n"),
         "/etc/pam.d/cron", "")],
    "sudo-target": [
        (lambda i: i.append("/etc/sudoers", "Defaults targetpw\n"),
         "/etc/sudoers", "targetpw")],
    "policy-invalid": [
        (lambda i: i.write(CONF + "/policy.json", "{"),
         CONF + "/policy.json", "line 1"),
        (lambda i: i.write(CONF + "/policy.json", "{}", 0o666),
         CONF + "/policy.json", "others than root")],
    "settings-file": [
        (lambda i: i.write(CONF + "/awsmfa.conf", "", 0o600),
         CONF + "/awsmfa.conf", "read"),
        (lambda i: i.write(CONF + "/awsmfa.conf", "", 0o664),
         CONF + "/awsmfa.conf", "written"),
        (lambda i: other_conf(i, "sudo"), "/etc/other.conf", "not there"),
        (lambda i: other_conf(i, "sudo") or i.write("/etc/other.conf", "",
                                                    0o646),
         "/etc/other.conf", "written")],
    "conf-folder": [
        (lambda i: os.chmod(i.path(CONF), 0o775), CONF, "by others"),
        (lambda i: shutil.rmtree(i.path(CONF)), CONF, "not there")],
    "host-key": [
        (lambda i: os.unlink(i.path(CONF + "/host.key")),
         CONF + "/host.key", "not there"),
        (lambda i: i.write(CONF + "/host.key", "short", 0o600, UID),
         CONF + "/host.key", "32 octets"),
        (lambda i: i.write(CONF + "/host.key", "k" * 32, 0o640, UID),
         CONF + "/host.key", "others"),
        (lambda i: i.write(CONF + "/host.key", "k" * 32, 0o600),
         CONF + "/host.key", "someone else")],
    "state": [
        (lambda i: os.chmod(i.path(STATE), 0o755), STATE, "others"),
        (lambda i: os.rmdir(i.path(STATE + "/claims")), STATE + "/claims",
         "not there"),
        (lambda i: i.write(STATE + "/devices/bob", "", 0o644, UID),
         STATE + "/devices", "bob"),
        (link, STATE + "/devices", "more than one link")],
    "run": [
        (lambda i: os.chmod(i.path(RUN), 0o777), RUN, "others"),
        (lambda i: os.chown(i.path(RUN + "/sessions"), 0, 0),
         RUN + "/sessions", "someone else")],
    "endpoint": [
        (lambda i: os.unlink(i.path(DIRS["libexecdir"] + "/awsmfa-endpoint")),
         DIRS["libexecdir"] + "/awsmfa-endpoint", "not there"),
        (lambda i: i.write(DIRS["libexecdir"] + "/awsmfa-endpoint", "", 0o777),
         DIRS["libexecdir"] + "/awsmfa-endpoint", "only root")],
    "key-worker": [
        (lambda i: i.write(DIRS["libexecdir"] + "/awsmfa-key", "", 0o700),
         DIRS["libexecdir"] + "/awsmfa-key", "run")],
    "module": [
        (lambda i: os.unlink(i.path(DIRS["pamdir"] + "/pam_awsmfa.so")),
         DIRS["pamdir"] + "/pam_awsmfa.so", "not there")],
    "udev-rule": [
        (lambda i: os.unlink(i.path(
            "/usr/lib/udev/rules.d/70-awsmfa-fido.rules")), "", "installed"),
        (lambda i: i.write("/etc/udev/rules.d/70-awsmfa-fido.rules", ""),
         "/etc/udev/rules.d/70-awsmfa-fido.rules", "masked")],
    "account-missing": [
        (lambda i: i.write("/etc/passwd", PASSWD.replace("awsmfa:", "mfa:")),
         "", "no account")],
    "account-shell": [
        (lambda i: i.write("/etc/passwd", PASSWD.replace(
            "/nonexistent:/usr/sbin/nologin", "/:/bin/sh")), "", "/bin/sh")],
    "account-shared": [
        (lambda i: i.append("/etc/passwd",
                            "eve:x:990:1::/:/usr/sbin/nologin\n"), "", "eve")],
}
# Of the running host, and shown by test_doctor.c.
LIVE = {"service-down", "socket-mode", "key-unreadable", "key-ready", "clock",
        "proc-hidden", "account-groups", "settings-invalid", "users-unknown",
        "user-without-device", "admins-locked-out", "sudo-agent"}


def profile(image):
    """What pam-auth-update makes of conf/packaging/debian/pam-configs."""
    path = os.path.join(TOP, "conf/packaging/debian/pam-configs")
    with open(glob.glob(path + "/*")[0] if os.path.isdir(path) else path,
              encoding="utf-8") as file:
        blocks = re.findall(r"^(Auth|Account|Session):\n((?:\t.*\n)+)",
                            file.read(), re.M)
    assert {kind for kind, _ in blocks} == {"Auth", "Session"}
    for name in ("sshd", "sudo", "sudo-i", "su", "login"):
        text = image.read("/etc/pam.d/" + name)
        image.write("/etc/pam.d/" + name,
                    re.sub(r"^[^#\n]*pam_awsmfa.so.*\n", "", text, flags=re.M))
    for kind, lines in blocks:
        image.append("/etc/pam.d/common-" + kind.lower(), "".join(
            f"{kind.lower()} {line.strip()}\n" for line in lines.split("\n")
            if line))


def recipes():
    """{name: {path: text}} of pam_awsmfa(8)."""
    found = {}
    with open(os.path.join(TOP, "pam/pam_awsmfa.8"), encoding="utf-8") as file:
        for name, path, text in re.findall(
                r'^\.\\" recipe (\S+) (\S+)\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$',
                file.read(), re.M | re.S):
            found.setdefault(name, {})[path] = text
    return found


def examples():
    """{name: {path: text}} of conf/examples, a folder each."""
    found = {}
    top = os.path.join(TOP, "conf/examples")
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            parts = os.path.relpath(path, top).split(os.sep)
            if "etc" in parts[1:]:
                with open(path, encoding="utf-8") as file:
                    found.setdefault(parts[0], {})[
                        "/" + "/".join(parts[parts.index("etc"):])] = \
                        file.read()
    return found


class Tests:
    """Points of TAP."""

    def __init__(self, folder):
        self.folder, self.points, self.failed = folder, 0, 0
        self.template = os.path.join(folder, "template")
        make_template(self.template)

    def image(self):
        return Image(self.template, os.path.join(self.folder,
                                                 f"image{self.points}"))

    def point(self, name, function, *arguments):
        self.points += 1
        try:
            function(*arguments)
            print(f"ok {self.points} - {name}", flush=True)
        except Exception as error:      # whatever it is, the point failed
            self.failed += 1
            print(f"not ok {self.points} - {name}")
            print("#  " + repr(error)[:2000].replace("\n", "\n#  "), flush=True)

    def is_well(self, files):
        image = self.image()
        for path, text in files.items():
            path = path.replace("/etc/awsmfa", CONF)
            image.write(path, text, 0o440 if "sudoers" in path else 0o644)
        if "/etc/pam.d/sudo" in files and "/etc/pam.d/sudo-i" not in files:
            image.write("/etc/pam.d/sudo-i", files["/etc/pam.d/sudo"])
        # Who the examples are about.
        image.append("/etc/passwd", "bot:x:1001:1001::/:/bin/sh\n")
        image.append("/etc/group", "automation:x:1002:bot\n")
        status, findings = image.examine()
        assert (status, findings) == (0, []), findings

    def finds(self, name, fault, path, part):
        image = self.image()
        fault(image)
        status, findings = image.examine()
        found = [one for one in findings if one["Name"] == name]
        assert any(one["File"] == path and part in one["Detail"]
                   for one in found), findings
        errors = any(one["Severity"] == "error" for one in findings)
        assert status == (1 if errors else 0), findings
        for one in found:
            assert one["Mend"] and one["Check"], one
            if one["Line"]:
                lines = image.read(one["File"]).split("\n")
                assert lines[one["Line"] - 1].strip(), one

    def the_packages_profile_is_well(self):
        image = self.image()
        profile(image)
        assert "pam_awsmfa.so" in image.read("/etc/pam.d/common-auth")
        assert image.examine() == (0, []), image.examine()

    def settings_are_those_of_the_file_that_is_named(self):
        image = self.image()
        other_conf(image, "sshd")
        image.write("/etc/other.conf", "")
        image.settings('account_services = ("nothing");\n')
        assert image.examine() == (0, []), image.examine()

    def names_the_line(self):
        image = self.image()
        image.write("/etc/pam.d/sudo", "# one\n\n@include common-auth\n"
                    "auth sufficient \\\n  pam_wheel.so\n" + OURS + "\n")
        image.write("/etc/pam.d/sudo-i", image.read("/etc/pam.d/sudo"))
        lines = [(one["File"], one["Line"]) for one in image.examine()[1]]
        assert lines == [("/etc/pam.d/sudo", 4), ("/etc/pam.d/sudo-i", 4)]

    def a_connection_is_judged(self):
        image = self.image()
        image.sshd(README_SSHD + "Match User *,!root\n"
                   "  KbdInteractiveAuthentication no\n")
        asked = "--connection", "user=alice,host=h,addr=10.0.0.1"
        names = [one["Name"] for one in image.examine(*asked)[1]]
        assert names == ["ssh-no-prompt"], names
        asked = "--connection", "user=root,host=h,addr=10.0.0.1"
        assert image.examine(*asked) == (0, [])

    def no_link_leads_out_of_an_image(self):
        image = self.image()
        image.write("/etc/pam.d/x", "")
        os.unlink(image.path("/etc/pam.d/sudo"))
        os.symlink("/../../../../" + HERE, image.path("/etc/pam.d/sudo"))
        os.symlink("/etc/pam.d/sudo-i", image.path("/etc/pam.d/linked"))
        image.swap("sudo-i", AUTH, OURS + " no-such-argument")
        files = {one["File"] for one in image.examine()[1]}
        assert files == {"/etc/pam.d/linked", "/etc/pam.d/sudo-i"}, files

    def what_is_no_file_is_left_unopened(self):
        for path in ("/etc/passwd", "/etc/pam.d/sudo", CONF + "/policy.json"):
            image = self.image()
            image.write(path, "")
            os.unlink(image.path(path))
            # /dev/zero, which never ends.
            os.mknod(image.path(path), 0o20644, os.makedev(1, 5))
            image.examine()
        image = self.image()
        os.unlink(image.path("/etc/passwd"))
        with open(image.path("/etc/passwd"), "wb") as file:
            file.truncate(1 << 40)
        names = {one["Name"] for one in image.examine()[1]}
        assert "account-missing" in names, names

    def nothing_is_written(self):
        image = self.image()
        before = subprocess.run(["find", image.root, "-printf",
                                 "%p %m %s %T@ %C@\n"], check=True,
                                stdout=subprocess.PIPE).stdout
        image.examine()
        after = subprocess.run(["find", image.root, "-printf",
                                "%p %m %s %T@ %C@\n"], check=True,
                               stdout=subprocess.PIPE).stdout
        assert before == after

    def people_read_lines(self):
        image = self.image()
        image.swap("sudo", AUTH, "auth optional pam_awsmfa.so")
        done = subprocess.run(
            [AWSMFA, "doctor", "--root", image.root], text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            env={**os.environ, "MFA_TEST_FOLDER": image.root,
                 "MFA_TEST_ACCOUNT": "awsmfa"})
        assert done.returncode == 1
        assert re.fullmatch(
            r"error pam-not-required /etc/pam.d/sudo:\d+: the control of "
            r"pam_awsmfa.so lets in without MFA in auth of sudo\n"
            r'    write "required" as its control\n', done.stdout), done

    def all_findings_are_shown_and_documented(self):
        with open(os.path.join(TOP, "src/cli/doctor/finding.c"),
                  encoding="utf-8") as file:
            names = set(re.findall(r'= \{ "([a-z-]+)", [NWE]', file.read()))
        assert len(names) > 50
        assert names == set(FAULTS) | LIVE, names ^ (set(FAULTS) | LIVE)
        with open(os.path.join(TOP, "src/cli/awsmfa.1"),
                  encoding="utf-8") as file:
            page = set(re.findall(r"^\.It Cm ([a-z-]+) Pq ", file.read(), re.M))
        assert names == page, names ^ page


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP only root can examine an image")
        return 0
    with tempfile.TemporaryDirectory(prefix="test_doctor") as folder:
        os.chmod(folder, 0o755)
        tests = Tests(folder)
        tests.point("the examples of conf/pam.d and README are well",
                    tests.is_well, {})
        for name, files in sorted(recipes().items()):
            tests.point(f"the recipe {name} of pam_awsmfa(8) is well",
                        tests.is_well, files)
        for name, files in sorted(examples().items()):
            tests.point(f"conf/examples/{name} is well", tests.is_well, files)
        for name, faults in FAULTS.items():
            for number, (fault, path, part) in enumerate(faults, 1):
                tests.point(f"{name} is found ({number})", tests.finds, name,
                            fault, path, part)
        for function in (tests.the_packages_profile_is_well,
                         tests.settings_are_those_of_the_file_that_is_named,
                         tests.names_the_line, tests.a_connection_is_judged,
                         tests.no_link_leads_out_of_an_image,
                         tests.what_is_no_file_is_left_unopened,
                         tests.nothing_is_written, tests.people_read_lines,
                         tests.all_findings_are_shown_and_documented):
            tests.point(function.__name__, function)
        print(f"1..{tests.points}")
        return 1 if tests.failed else 0


sys.exit(main())
