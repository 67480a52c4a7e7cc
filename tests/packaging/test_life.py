"""The life of the packages on one Debian, from test to test: installed, used,
upgraded, removed and purged. Who has no device is denied as ever."""
import re

import pexpect
import pytest

from debian import PAM_FILES
from guest import DENIED, PASSWORD, PROMPT, SERVICES, SOCKETS, password_of

LINE = {"auth": "auth required pam_awsmfa.so",
        "session": "session required pam_awsmfa.so"}
PACKAGES = "awsmfa", "libpam-awsmfa"
# As Debian's package cron has it.
CRON = """@include common-auth
session required pam_loginuid.so
session required pam_env.so
@include common-account
@include common-session-noninteractive
session required pam_limits.so
"""


@pytest.fixture(autouse=True)
def _log_from_here(debian):
    if debian.systemd:
        debian.reset_log()


def says_who(terminal, user):
    terminal.expect_exact(f"it is {user}")
    assert terminal.finish() == 0


def ssh(debian, user):
    return debian.ssh(user, "echo it is $(id -un)")


def ssh_by_password_alone(debian, user):
    says_who(ssh(debian, user), user)


def ssh_with_code(debian, user, code):
    terminal = ssh(debian, user)
    terminal.expect_exact(PROMPT)
    terminal.sendline(code)
    says_who(terminal, user)


def ssh_is_denied(debian, user, code="123456"):
    terminal = ssh(debian, user)
    terminal.expect_exact(PROMPT)
    terminal.sendline(code)
    terminal.expect(DENIED)
    assert terminal.finish() == 255


def test_password_is_enough_before_anything_is_installed(debian):
    debian.listen()
    debian.kept["pam"] = debian.common()
    debian.kept["snapshot"] = debian.snapshot()
    ssh_by_password_alone(debian, "alice")


def test_packages_are_installed(debian):
    debian.install("old")
    for package in PACKAGES:
        assert re.match(r"ii .*~before-1$", debian.version(package))
    owners = debian.vm.run("stat -c '%n %a %U' /etc/awsmfa/host.key "
                           "/var/lib/awsmfa /run/awsmfa").out
    assert owners == ("/etc/awsmfa/host.key 600 awsmfa\n"
                      "/var/lib/awsmfa 700 awsmfa\n/run/awsmfa 755 root\n")
    if debian.systemd:
        said = debian.vm.run("systemctl is-enabled", *SOCKETS).out.split()
        said += debian.vm.run("systemctl is-active", *SOCKETS).out.split()
        assert said == ["enabled", "enabled", "active", "active"]
        modes = debian.vm.run("stat -c %a /run/awsmfa/*.sock").out.split()
        assert modes == ["600", "666"]


@pytest.mark.once
def test_installing_changes_no_sign_in(debian):
    assert debian.common() == debian.kept["pam"]
    ssh_by_password_alone(debian, "alice")


def test_devices_are_enrolled(debian):
    for user in "alice", "alice", "alice", "root":
        debian.kept.setdefault(user, []).append(debian.enrol(user))
    doctor = debian.awsmfa("doctor", check=False)
    assert "host.key" not in doctor.err + doctor.out


def test_profile_is_chosen(debian):
    debian.vm.run("pam-auth-update --enable awsmfa")
    before, after = debian.kept["pam"], debian.common()
    for name in PAM_FILES:
        assert [line for line in after[name] if line != LINE.get(name)] == \
            before[name]
        assert after[name].count(LINE.get(name)) == (name in LINE)
    auth = after["auth"]
    place = auth.index(LINE["auth"])
    assert place > auth.index("auth requisite pam_deny.so")
    assert place > auth.index("auth required pam_permit.so")


def test_ssh_asks_for_a_code(debian):
    token = debian.kept["alice"][0]
    ssh_with_code(debian, "alice", token.fresh())
    ssh_is_denied(debian, "alice", token.wrong())
    ssh_is_denied(debian, "bob")


@pytest.mark.once
def test_wrong_password_never_reaches_the_code(debian):
    terminal = debian.vm.spawn("ssh", "-tt", "alice@vm", "true")
    terminal.expect(PASSWORD)
    terminal.sendline("not it")
    assert terminal.expect([PROMPT, DENIED]) == 1


@pytest.mark.once
def test_public_key_alone_is_denied(debian):
    debian.vm.run("umask 077; mkdir -p ~alice/.ssh && "
                  "ssh-keygen -q -t ed25519 -N '' -f /root/key && "
                  "cp /root/key.pub ~alice/.ssh/authorized_keys && "
                  "chown -R alice ~alice/.ssh")
    key = ("ssh", "-i", "/root/key", "-o", "PreferredAuthentications=publickey",
           "alice@vm", "echo it is $(id -un)")
    done = debian.vm.run(*key, check=False)
    assert done.status != 0 and "it is" not in done.out
    debian.kept["key"] = key


@pytest.mark.once
def test_sudo_asks_for_a_code(debian):
    terminal = debian.sudo("alice", "id", "-un")
    terminal.expect_exact(PROMPT)
    terminal.sendline(debian.kept["alice"][1].fresh())
    terminal.expect_exact("root")
    assert terminal.finish() == 0
    terminal = debian.sudo("bob", "id", "-un")
    terminal.expect_exact(PROMPT)
    terminal.sendline("123456")
    terminal.expect(DENIED)
    assert terminal.finish() == 1


@pytest.mark.once
def test_su_asks_for_a_code(debian):
    terminal = debian.vm.spawn("su", "root", "-c", "echo it is $(id -un)",
                               user="bob")
    terminal.expect(PASSWORD)
    terminal.sendline(password_of("root"))
    terminal.expect_exact(PROMPT)
    terminal.sendline(debian.kept["root"][0].fresh())
    says_who(terminal, "root")


@pytest.mark.once
def test_login_asks_for_a_code(debian):
    token = debian.enrol("alice")
    terminal = debian.vm.spawn("login", "alice")
    terminal.expect(PASSWORD)
    terminal.sendline(password_of("alice"))
    terminal.expect_exact(PROMPT)
    terminal.sendline(token.fresh())
    terminal.expect(r"\$ ")
    terminal.sendline("echo it is $(id -un); exit")
    terminal.expect_exact("it is alice")


@pytest.mark.once
def test_what_asks_for_nothing_goes_on_without_a_code(debian):
    run = debian.vm.run
    assert run("sudo", "-u", "bob", "id", "-un").out == "bob\n"
    assert run("su", "-", "bob", "-c", "id -un").out == "bob\n"
    run("cat > /etc/pam.d/cron", text=CRON)
    run("pamtester", "cron", "bob", "acct_mgmt",
        "setcred(PAM_ESTABLISH_CRED)", "open_session", "close_session")
    run("rm /etc/pam.d/cron")


def devices(debian):
    return debian.awsmfa("list-mfa-devices", "--user-name", "alice").out


def test_upgrade_keeps_the_users_and_lets_nobody_in(debian):
    """One waits at the prompt meanwhile, and one tries wrong codes."""
    run = debian.vm.run
    had = devices(debian), run("sha256sum /etc/awsmfa/host.key").out
    old = run("systemctl show -P MainPID", SERVICES[0]).out \
        if debian.systemd else None
    waiting = debian.sudo("alice", "id", "-un")
    waiting.expect_exact(PROMPT)
    pause = 1 if debian.systemd else 0.2    # the machine is slow
    guessing = debian.vm.spawn(
        f"while [ ! -e /run/upgraded ]; do sleep {pause}; echo 000000 | "
        "pamtester sudo-guess bob authenticate && echo in; done "
        "> /run/guesses 2>&1; echo end")
    run("echo auth required pam_awsmfa.so > /etc/pam.d/sudo-guess")
    debian.install("one")
    run("touch /run/upgraded")
    guessing.expect_exact("end", timeout=60)
    guesses = run("cat /run/guesses").out
    assert not re.search(r"^in$", guesses, re.M)
    assert "authentication failure" in guesses.lower()
    run("rm /run/upgraded /run/guesses /etc/pam.d/sudo-guess")
    for package in PACKAGES:
        assert re.match(r"ii .*0-1$", debian.version(package))
    assert (devices(debian), run("sha256sum /etc/awsmfa/host.key").out) == had
    if debian.systemd:
        assert run("systemctl is-active", *SOCKETS).out.split() == \
            ["active"] * 2
        pid = run("systemctl show -P MainPID", SERVICES[0]).out
        assert pid != old
    assert LINE["auth"] in debian.common("auth")
    waiting.sendline(debian.kept["alice"][1].fresh())
    served = waiting.expect([r"\broot\b", DENIED]) == 0
    assert (waiting.finish() == 0) == served


def test_sign_in_after_the_upgrade(debian):
    token = debian.kept["alice"][2]     # enrolled before
    ssh_with_code(debian, "alice", token.fresh())
    ssh_is_denied(debian, "alice", token.wrong())


@pytest.mark.once
def test_what_was_added_to_the_lines_is_kept(debian):
    """As README says it, for the time in which devices are handed out."""
    debian.vm.run(r"sed -i 's/pam_awsmfa\.so.*/& unenrolled=allow/' "
                  "/etc/pam.d/common-auth /etc/pam.d/common-session")
    debian.vm.run("pam-auth-update --package")
    for name, line in LINE.items():
        assert line + " unenrolled=allow" in debian.common(name)
    ssh_by_password_alone(debian, "bob")
    ssh_with_code(debian, "alice", debian.kept["alice"][2].fresh())


@pytest.mark.once
@pytest.mark.parametrize("line", [
    "auth required pam_awsmfa.so", "-auth required pam_awsmfa.so",
    r"AUTH \\\n  required pam_awsmfa.so"],
    ids=["plain", "silent", "continued"])
def test_removal_is_refused_while_a_line_by_hand_needs_the_module(debian,
                                                                  line):
    before = debian.common()
    debian.vm.run("cp /etc/pam.d/su /root/su && "
                  f"printf '%b\\n' '{line}' >> /etc/pam.d/su")
    done = debian.apt("remove", *PACKAGES, check=False)
    assert done.status != 0
    assert "    /etc/pam.d/su\n" in done.err
    assert debian.common() == before
    debian.vm.run("cp /root/su /etc/pam.d/su")


def test_removal_lets_everyone_in_by_password_again(debian):
    debian.apt("remove", *PACKAGES)
    assert debian.common() == debian.kept["pam"]
    ssh_by_password_alone(debian, "alice")
    if "key" in debian.kept:
        assert "it is alice" in debian.vm.run(*debian.kept["key"]).out
    left = debian.vm.run("ls -d /run/awsmfa /usr/libexec/awsmfa-*; "
                         "pgrep awsmfa", check=False)
    assert left.out == ""


@pytest.mark.once
def test_purge_keeps_the_data_where_nobody_answers(debian):
    said = debian.apt("purge", *PACKAGES).err
    assert "kept: /etc/awsmfa, /var/lib/awsmfa" in said
    assert "rc" not in debian.version("awsmfa")
    debian.install("one")
    assert debian.kept["alice"][0].serial in devices(debian)


def test_purge_that_is_told_to_leaves_nothing(debian):
    terminal = debian.vm.spawn(
        "DEBIAN_FRONTEND=readline apt-get -y purge", *PACKAGES, timeout=300)
    terminal.expect_exact("Delete all MFA devices")
    terminal.expect(r"\[yes/no\]")
    terminal.sendline("yes")
    terminal.expect(pexpect.EOF)
    assert terminal.finish() == 0
    debian.vm.run("rm -rf ~alice/.ssh /root/su /root/key*")
    assert debian.vm.run("getent passwd awsmfa", check=False).out == ""
    before, after = debian.kept["snapshot"], debian.snapshot()
    changed = [(path, before.get(path), after.get(path))
               for path in sorted(before.keys() | after.keys())
               if before.get(path) != after.get(path)]
    assert changed == []
    assert debian.common() == debian.kept["pam"]
    ssh_by_password_alone(debian, "alice")
