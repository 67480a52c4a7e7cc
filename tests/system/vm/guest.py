"""awsmfa in the virtual machine, and what signs in there."""
import os
import re
import time

PROMPT = "MFA code: "
DENIED = (r"Permission denied|[Ll]ogin incorrect|"
          r"incorrect (?:password|authentication) attempt")
SHELL = r"@vm:[^\n]*[$#] "
PASSWORD = r"[Pp]assword[^:\n]*: ?"
STATE = "/var/lib/awsmfa"
SESSIONS = "/run/awsmfa/sessions"
SOCKETS = ("awsmfa-login.socket", "awsmfa-user.socket")
SERVICES = ("awsmfa-login.service", "awsmfa-user.service")


def password_of(user):
    return f"{user}'s password"


class Token:
    """A token whose codes oathtool computes, by the machine's clock. Three
    sign-ins are good for one token; enrol another rather than wait."""

    def __init__(self, guest, serial):
        self.guest, self.serial = guest, serial
        self.seed = os.urandom(20).hex()
        self.last = 0

    def codes(self, offset, count):
        """The codes of COUNT steps from OFFSET after the step now on, which
        lasts a little more, or from the one after the last that was used."""
        while True:
            now, first, *codes = self.guest.vm.run(
                f"now=$(date +%s); step=$((now / 30 + {offset})); "
                f"[ $step -gt {self.last} ] || step={self.last + 1}; "
                f"echo $now $step; oathtool --totp --now=@$((step * 30)) "
                f"--window={count - 1} {self.seed}").out.split()
            if int(now) % 30 < 28:
                return int(first), codes
            time.sleep(30 - int(now) % 30)

    def pair(self):
        first, codes = self.codes(-2, 2)
        self.last = first + 1
        return codes

    def fresh(self):
        self.last, codes = self.codes(0, 1)
        return codes[0]

    def wrong(self):
        near = self.codes(-10, 31)[1]
        return next(code for code in ("000000", "111111", "222222", "333333")
                    if code not in near)


class Guest:
    def __init__(self, vm):
        self.vm = vm
        self.count = 0
        self.cursor = None
        self.listens = True

    # Store and service

    def prepare(self):
        """What an administrator does after "make install"."""
        self.vm.run("awsmfa", "init")
        self.vm.run("systemctl enable --now", *SOCKETS)

    def reset(self):
        """No user has a device, the service can be had, and the journal is read
        from here on."""
        start = "true" if self.listens else \
            "systemctl start " + " ".join(SOCKETS)
        shown = self.vm.run(f"find {STATE} -mindepth 2 -delete && "
                            f"rm -f {SESSIONS}/* && {start} && "
                            "journalctl -n 0 --show-cursor").out
        self.cursor = shown.rpartition("cursor: ")[2].strip()
        self.listens = True

    def stop(self):
        """The service and its socket: what signs in has to help itself."""
        self.vm.run("systemctl stop", *SOCKETS, *SERVICES)
        self.listens = False

    def awsmfa(self, *argv, **how):
        return self.vm.run("awsmfa", *argv, **how)

    # Devices

    def enrol(self, user):
        """A hardware token of USER."""
        self.count += 1
        token = Token(self, f"GAHT{self.count:08}")
        self.vm.run("cat > /run/token.csv && awsmfa import-tokens",
                    "/run/token.csv", text="serial_number,seed_hex\n"
                    f"{token.serial},{token.seed}\n")
        code1, code2 = token.pair()
        self.awsmfa("enable-mfa-device", "--user-name", user,
                    "--serial-number", token.serial,
                    "--authentication-code1", code1,
                    "--authentication-code2", code2)
        return token

    # Journal

    def journal(self, *arguments):
        return self.vm.run("journalctl", "--no-pager", "-o", "short",
                           f"--after-cursor={self.cursor}", *arguments).out

    def logged(self, *patterns, seconds=10):
        """Waits for one line in which every one of PATTERNS is found."""
        end = time.monotonic() + seconds
        while True:
            text = self.journal()
            for line in text.splitlines():
                if all(re.search(pattern, line) for pattern in patterns):
                    return line
            if time.monotonic() > end:
                raise AssertionError(f"no line with {patterns} in the "
                                     f"journal:\n{text}")
            time.sleep(0.2)

    # Sign-ins

    def console_login(self, user, password=None):
        """Types name and password at getty's and login's prompts on ttyS0;
        returns the line, where the second factor is to be asked for."""
        line = self.vm.console
        self.console_logout()
        line.expect_exact("vm login: ")
        line.sendline(user)
        line.expect(PASSWORD)
        line.sendline(password_of(user) if password is None else password)
        return line

    def console_logout(self):
        """Back to a new getty, whatever is there."""
        self.vm.run("systemctl stop serial-getty@ttyS0.service")
        self.vm.console.drain()         # nobody says anything more there
        self.vm.run("systemctl start serial-getty@ttyS0.service")

    def ssh(self, user, command):
        """ssh over the machine's loopback, at sshd's prompt for a code."""
        terminal = self.vm.spawn("ssh", "-tt", f"{user}@vm", command)
        terminal.expect(PASSWORD)
        terminal.sendline(password_of(user))
        return terminal

    def sudo(self, user, *command):
        """sudo of USER outside of any login, at its prompt for a code."""
        terminal = self.vm.spawn("sudo", "-k", *command, user=user)
        terminal.expect(PASSWORD)
        terminal.sendline(password_of(user))
        return terminal
