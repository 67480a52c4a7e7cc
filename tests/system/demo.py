"""The demo's transcript: what a person types, and what real programs say.

A command stands behind a prompt ("root@bed# ", "alice@laptop$ "), what a person
types without an echo stands in <angle brackets>, and lines with ">" explain.
Every step is checked; the first that does not go as it should ends the demo.
"""
import os
import re
import subprocess
import sys
import time

import pexpect

from host import ENV, Host, Token, as_user, password_of
from keys import EITHER, TAP, Keys, configure
from sshtap import Agent, Sk

SEED = "3132333435363738393031323334353637383930"
SERIAL = "GAHT12345678"
TOKENS = f"""serial_number,seed_hex
{SERIAL},{SEED}
GAHT12345679,a5c1b7e02f9d4836c1d2b3a4958677685f4e3d2c
GAHT12345680,0f1e2d3c4b5a69788796a5b4c3d2e1f001122334
"""
TERMINAL = dict(ENV, TERM="linux", LC_ALL="C.UTF-8")
DENIED = "The sign-in was not accepted."


class Wrong(Exception):
    pass


def say(text=""):
    print(text, flush=True)


def explain(text):
    say()
    for line in text.strip().splitlines():
        say("> " + line.strip())
    say()


def check(true, what):
    if not true:
        raise Wrong(what)


class Terminal:
    """A command on a terminal of its own; all it says is in the transcript."""

    def __init__(self, prompt, shown, argv=None):
        print(f"{prompt} {shown}", flush=True)
        argv = argv or ["sh", "-c", shown]
        self.child = pexpect.spawn(argv[0], list(argv[1:]), env=TERMINAL,
                                   timeout=15, encoding="utf-8",
                                   codec_errors="replace",
                                   dimensions=(60, 100))
        self.child.delaybeforesend = None
        self.child.logfile_read = self
        self.text = ""

    def write(self, text):
        """Called by pexpect with what the program says."""
        self.text += text
        text = text.replace("\r\x1b[K", "\n")
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
        sys.stdout.write(text.replace("\r", ""))

    def flush(self):
        sys.stdout.flush()

    def expect(self, pattern, what):
        try:
            self.child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Wrong(what) from None

    def type_hidden(self, text):
        self.child.waitnoecho(timeout=3)
        sys.stdout.write(f"<{text}>")
        self.child.sendline(text)

    def password(self, user):
        self.expect(r"[Pp]assword[^\n]*: ", "no password was asked for")
        self.type_hidden(password_of(user))

    def code(self, code):
        self.expect("MFA code[^\n]*: ", "no code was asked for")
        self.type_hidden(code)

    def end(self, status=0):
        self.expect(pexpect.EOF, "it did not end")
        self.child.close()
        if self.text and not self.text.endswith("\n"):
            say()
        ended = self.child.exitstatus
        check(ended == 0 if status == 0 else ended != 0,
              f"the exit status is {ended}")
        return self.text


def root(command, status=0):
    return Terminal("root@bed#", command).end(status)


def show_code(seed, now="now"):
    """oathtool as the token: the code that it shows NOW."""
    when = "" if now == "now" else f" --now='{now}'"
    return Terminal("token$", f"oathtool --totp{when} {seed}").end().strip()


def wait_for_next_code(token):
    """As a person does: until the token shows a code that was not used."""
    token.settle(2)
    if token.step() <= token.last:
        left = token.period - time.time() % token.period
        explain(f"The code was used: wait {left:.0f} s for the next one.")
        time.sleep(left + 0.2)


def enrol_token():
    explain("""1. The administrator loads the vendor's file of hardware
               tokens, and gives one of them to alice.""")
    with open("/root/tokens.csv", "w") as file:
        file.write(TOKENS)
    os.chdir("/root")
    root("cat tokens.csv")
    check("3" in root("awsmfa import-tokens tokens.csv"), "3 were imported")
    explain("""The token is enabled by the serial number on its back and two
               consecutive codes. oathtool is the token here: these are the
               codes that it showed a minute and half a minute ago.""")
    token = Token(SERIAL)
    token.seed = SEED
    token.settle(5)
    pair = [show_code(SEED, f"{ago} seconds ago")
            for ago in (60, 30)]
    token.spend(token.step() - 1, pair=True)
    root(f"awsmfa enable-mfa-device --user-name alice "
         f"--serial-number {SERIAL} --authentication-code1 {pair[0]} "
         f"--authentication-code2 {pair[1]}")
    return token


def as_carol(command, *env):
    return Terminal("carol@bed$", command,
                    as_user("carol", "env", "LC_ALL=C.UTF-8", "TERM=linux",
                            *env, "sh", "-c", command))


def virtual_device(run, options=""):
    """A virtual device, created and enabled by RUN; the app that shows it."""
    text = run(f"awsmfa create-virtual-mfa-device{options} "
               "--virtual-mfa-device-name phone")
    found = re.search(r"^\s+((?:[A-Z2-7]{4} ?){8})\s*$", text, re.M)
    check(found, "the key is shown below the QR code")
    check(len([line for line in text.splitlines()
               if re.search("[█▀▄]|##", line)]) > 10, "a QR code is shown")
    seed = found.group(1).replace(" ", "").strip()
    serial = re.search(r"arn:aws:iam::\d{12}:mfa/\S+", text).group()
    phone = Token(serial)
    phone.seed = "--base32 " + seed
    phone.settle(5)
    pair = [show_code(phone.seed, f"{ago} seconds ago")
            for ago in (60, 30)]
    phone.spend(phone.step() - 1, pair=True)
    run(f"awsmfa enable-mfa-device{options} --serial-number {serial} "
        f"--authentication-code1 {pair[0]} --authentication-code2 {pair[1]}")
    return phone


def enrol_virtual():
    explain("""2. A second device for alice: an app on the phone, which scans
               this QR code. (oathtool will be the app, with the key below
               the QR code.)""")
    phone = virtual_device(root, " --user-name alice")
    text = root("awsmfa list-mfa-devices --user-name alice")
    check(SERIAL in text and phone.serial in text, "both devices are listed")
    return phone


def ssh(code, user="alice"):
    terminal = Terminal(f"{user}@laptop$", f"ssh {user}@bed",
                        ["ssh", f"{user}@bed"])
    terminal.password(user)
    terminal.code(code)
    return terminal


def let_in(terminal, user="alice"):
    """At the shell that a login gives: who am I?"""
    terminal.expect(r"@bed:~\$ ", "no shell: the sign-in was denied")
    terminal.child.sendline("id; exit")
    terminal.expect(rf"uid=\d+\({user}\)", f"it is not {user}'s shell")
    terminal.end()


def show_ssh(token):
    explain("""3. sshd, sudo and login ask for a code now: one line in each
               service's PAM file does that.""")
    root("grep ^auth.*awsmfa /etc/pam.d/sshd /etc/pam.d/sudo /etc/pam.d/login")
    explain("alice signs in by ssh: her password, then the token's code.")
    code = show_code(SEED)
    token.spend(token.step())
    let_in(ssh(code))
    explain("The same code again, at once: it was used, and opens nothing.")
    terminal = ssh(code)
    terminal.expect("Permission denied", "the code was not refused")
    terminal.end(status=255)


def show_sudo(phone):
    explain("4. sudo asks too; this time with a code of alice's phone.")
    code = show_code(phone.seed)
    phone.spend(phone.step())
    terminal = Terminal("alice@bed$", "sudo id",
                        as_user("alice", "sudo", "id"))
    terminal.password("alice")
    terminal.code(code)
    terminal.expect(r"uid=0\(root\)", "sudo did not let alice in")
    terminal.end()


def show_login(token):
    explain("5. The console: login(1) on a terminal.")
    wait_for_next_code(token)
    code = show_code(SEED)
    token.spend(token.step())
    terminal = Terminal("bed login:", "alice", ["login", "alice"])
    terminal.password("alice")
    terminal.code(code)
    let_in(terminal)


def show_tap():
    explain("""6. A security key, with a tap. Software stands in for it here:
               the key is a program of the tests behind a terminal device, in
               which awsmfa-key and libfido2 find it, and "touch" is a word to
               that program. As this copy has no login sessions of systemd,
               its awsmfa.conf lets a key be asked for all the same.""")
    configure(key_timeout=20)
    keys = Keys()
    try:
        key = keys.plug()
        key.tell("touch never")
        terminal = Terminal("root@bed#", "awsmfa enable-mfa-device --user-name "
                            "alice --type security-key --device-name yubikey")
        terminal.expect(TAP, "the key is not asked for")
        touch(key)
        terminal.end()
        explain("alice has two devices that show codes, and a key: one prompt.")
        terminal = Terminal("alice@bed$", "sudo id",
                            as_user("alice", "sudo", "id"))
        terminal.password("alice")
        terminal.expect(re.escape(EITHER), "there is no prompt for a key")
        terminal.type_hidden("")
        touch(key)
        terminal.expect(r"uid=0\(root\)", "sudo did not let alice in")
        terminal.end()
    finally:
        keys.stop()


def touch(key):
    key.tap()
    say("    (the key blinks, and is tapped)")


def show_wrong(token):
    explain("""7. A wrong code: bob knows alice's password, and guesses. He
               does not learn what was wrong, ...""")
    terminal = Terminal("bob@bed$", "su alice -c id",
                        as_user("bob", "su", "alice", "-c", "id"))
    terminal.password("alice")
    terminal.code(token.wrong())
    terminal.expect(re.escape(DENIED), "the neutral sentence is missing")
    terminal.end(status=1)
    explain("... the administrator does: one line for each decision.")
    text = root("grep -o 'awsmfa-endpoint.*SignIn.*' /var/log/auth.log "
                "| tail -n 6")
    lines = text.split("\r\n")
    for part in ("service=sshd .*outcome=Success",
                 'InvalidAuthenticationCode detail="code already used"',
                 "service=sudo .*outcome=Success",
                 "service=login .*outcome=Success",
                 'outcome=Success detail="tap accepted"',
                 'service=su .*InvalidAuthenticationCode detail="wrong code"'):
        check(any(re.search(part, line) for line in lines),
              f"the log has no line with {part}")


def show_self_service():
    explain("""8. carol does without the administrator: her first device is
               hers to enrol, and no proof is asked for.""")
    phone = virtual_device(lambda command: as_carol(command).end())
    explain("""Recovery codes, for when the phone is lost, need MFA. awsmfa
               asks for a code, or takes it as aws does.""")
    text = as_carol("awsmfa create-recovery-codes --token-code "
                    f"{show_code(phone.seed)}").end()
    codes = re.findall(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}", text)
    check(len(codes) == 10, "there are ten recovery codes")
    explain("One of them, in place of an MFA code:")
    os.unlink("/home/carol/.hushlogin")     # with which sshd shows nothing
    terminal = ssh(codes[0], "carol")
    terminal.expect("9 recovery codes left", "it is not said how many are left")
    let_in(terminal, "carol")
    return codes[1]


def show_agent(code):
    explain("""9. The key that carol has for OpenSSH becomes an MFA device, and
               her ssh-agent brings the tap to sudo, as it does from afar with
               "ssh -A". (A key in software again, which is always touched.)
               Another recovery code is the proof that a further device
               needs.""")
    with open("/etc/sudoers", "a") as file:
        file.write('Defaults env_keep += "SSH_AUTH_SOCK"\n')
    root("tail -n 1 /etc/sudoers")
    key = Sk("id_ed25519_sk", owner="carol")
    agent = Agent(key, owner="carol")
    try:
        socket = f"SSH_AUTH_SOCK={agent.socket}"
        as_carol("awsmfa enable-mfa-device --type security-key --device-name "
                 f"laptop --ssh-public-key {key.public} --token-code {code}",
                 socket).end()
        terminal = as_carol("sudo id", socket)
        terminal.password("carol")
        terminal.expect(re.escape(EITHER), "there is no prompt for a key")
        terminal.type_hidden("")
        terminal.expect(r"uid=0\(root\)", "sudo did not let carol in")
        terminal.end()
        check(key.used() == 2, "the key has signed twice")
    finally:
        agent.stop()


def main():
    began = time.monotonic()
    host = Host()
    os.symlink("/run/bed/syslog", "/var/log/auth.log")
    explain(f"""A copy of this host in memory, with awsmfa installed: nothing of
                the host is changed. sshd, ssh, sudo, login and oathtool are
                Debian's ({os.uname().nodename} is the copy's name).""")
    # As systemd would, when the first of them connects: root's, and users'.
    host.start_service()
    host.start_users()
    try:
        token = enrol_token()
        phone = enrol_virtual()
        show_ssh(token)
        show_sudo(phone)
        show_login(token)
        show_tap()
        show_wrong(token)
        show_agent(show_self_service())
    except Wrong as wrong:
        say(f"\n\ndemo: this went wrong: {wrong}")
        subprocess.run(["tail", "-n", "20", "/run/bed/syslog"], check=False)
        return 1
    finally:
        host.stop_service()
    spent = time.monotonic() - began
    explain(f"All of it went as it should, in {spent:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
