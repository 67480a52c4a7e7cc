"""Sign-ins by code in a whole system: systemd's units, getty and login(1) on
the serial line, sshd and sudo."""
from guest import DENIED, PROMPT, SERVICES, SHELL, SOCKETS


def test_console_login_takes_a_code(guest, way):
    token = guest.enrol("alice")
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(token.fresh())
    line.expect(SHELL)
    line.sendline("echo $(id -un) on $(tty)")
    line.expect_exact("alice on /dev/ttyS0")
    guest.logged("awsmfa-endpoint", "user=alice ", "service=login",
                 "tty=/?(dev/)?ttyS0", token.serial, "outcome=Success")
    guest.console_logout()


def test_console_login_refuses_a_wrong_code(guest):
    token = guest.enrol("alice")
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(token.wrong())
    line.expect(DENIED)
    guest.logged("awsmfa-endpoint", "user=alice ", "service=login",
                 "outcome=InvalidAuthenticationCode", "wrong code")


def test_console_login_refuses_a_code_without_the_password(guest):
    token = guest.enrol("alice")
    line = guest.console_login("alice", password="not it")
    assert line.expect([PROMPT, DENIED]) == 1
    # The code is still good.
    guest.awsmfa("verify", "--user-name", "alice",
                 "--authentication-code", token.fresh())


def test_console_login_denies_who_has_no_device(guest):
    line = guest.console_login("bob")
    line.expect_exact(PROMPT)
    line.sendline("123456")
    line.expect(DENIED)
    guest.logged("user=bob ", "outcome=NotEnrolled")


def test_code_is_good_once_over_console_and_sudo(guest):
    token = guest.enrol("alice")
    code = token.fresh()
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(code)
    line.expect(SHELL)
    terminal = guest.sudo("alice", "id", "-un")
    terminal.expect_exact(PROMPT)
    terminal.sendline(code)
    terminal.expect(DENIED)
    assert terminal.finish() == 1
    guest.logged("service=sudo", "code already used")


def test_sudo_in_a_console_session_takes_a_code(guest):
    first, second = guest.enrol("alice"), guest.enrol("alice")
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(first.fresh())
    line.expect(SHELL)
    line.sendline("sudo id -un")
    line.expect_exact("password for alice")
    line.sendline("alice's password")
    line.expect_exact(PROMPT)
    line.sendline(second.fresh())
    line.expect_exact("\nroot")
    guest.logged("service=sudo", second.serial, "outcome=Success")


def test_sshd_takes_a_password_and_a_code(guest, way):
    token = guest.enrol("alice")
    terminal = guest.ssh("alice", "echo hello from $(id -un)")
    terminal.expect_exact(PROMPT)
    terminal.sendline(token.fresh())
    terminal.expect_exact("hello from alice")
    assert terminal.finish() == 0
    guest.logged("service=sshd", r"rhost=127\.0\.0\.1", token.serial,
                 "outcome=Success")


def test_sshd_refuses_a_wrong_code(guest):
    token = guest.enrol("alice")
    terminal = guest.ssh("alice", "echo hello from $(id -un)")
    terminal.expect_exact(PROMPT)
    terminal.sendline(token.wrong())
    terminal.expect(DENIED)
    assert terminal.finish() == 255


def test_service_is_started_by_its_socket_and_hardened(guest):
    vm = guest.vm
    token = guest.enrol("alice")
    guest.awsmfa("verify", "--user-name", "alice",
                 "--authentication-code", token.fresh())
    units = SOCKETS[0], SERVICES[0]
    assert vm.run("systemctl is-active", *units).out.split() == ["active"] * 2
    shown = vm.run("systemctl status", SERVICES[0]).out
    assert "active (running)" in shown and "awsmfa-endpoint --listen" in shown
    pid = vm.run("systemctl show -P MainPID", SERVICES[0]).out.strip()
    status = dict(line.split(":\t", 1) for line in
                  vm.run("cat", f"/proc/{pid}/status").out.splitlines()
                  if ":\t" in line)
    account = vm.run("id -u awsmfa").out.strip()
    assert status["Uid"].split() == [account] * 4 != ["0"] * 4
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    for capabilities in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        assert int(status[capabilities], 16) == 0
    assert vm.run("readlink", f"/proc/{pid}/ns/net").out != \
        vm.run("readlink /proc/1/ns/net").out


def test_service_that_was_killed_comes_back(guest):
    token = guest.enrol("alice")
    guest.vm.run("systemctl kill --signal=KILL", SERVICES[0])
    terminal = guest.sudo("alice", "id", "-un")
    terminal.expect_exact(PROMPT)
    terminal.sendline(token.fresh())
    terminal.expect_exact("root")
    assert terminal.finish() == 0


def test_oneshot_leaves_no_process(guest):
    token = guest.enrol("alice")
    guest.stop()
    terminal = guest.sudo("alice", "id", "-un")
    terminal.expect_exact(PROMPT)
    assert "--one-shot" in guest.vm.run("pgrep -ax awsmfa-endpoint || "
                                        "pgrep -a awsmfa-endpoin").out
    terminal.sendline(token.fresh())
    terminal.expect_exact("root")
    assert terminal.finish() == 0
    assert guest.vm.run("pgrep awsmfa-endpoin", check=False).status == 1
    guest.logged("user=alice ", "service=sudo", "outcome=Success")
