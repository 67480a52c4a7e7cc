"""Users and their own devices in a whole system: the users' socket by systemd's
units, and a key that only who sits at the machine may enrol."""
from guest import PROMPT, SERVICES, SHELL, SOCKETS

KEY = "awsmfa enable-mfa-device --type security-key --device-name mine"


def test_users_service_is_started_by_its_socket_and_hardened(guest):
    vm = guest.vm
    vm.run("awsmfa get-user", user="alice")
    units = SOCKETS[1], SERVICES[1]
    assert vm.run("systemctl is-active", *units).out.split() == ["active"] * 2
    pid = vm.run("systemctl show -P MainPID", SERVICES[1]).out.strip()
    status = dict(line.split(":\t", 1) for line in
                  vm.run("cat", f"/proc/{pid}/status").out.splitlines()
                  if ":\t" in line)
    account = vm.run("id -u awsmfa").out.strip()
    assert status["Uid"].split() == [account] * 4 != ["0"] * 4
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert int(status["CapBnd"], 16) == 0
    # It is another than that of the sign-ins, and comes back by itself.
    vm.run("systemctl kill --signal=KILL", SERVICES[1])
    vm.run("awsmfa get-user", user="alice")


def test_session_of_a_console_login_is_its_own(guest):
    first, second = guest.enrol("alice"), guest.enrol("alice")
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(first.fresh())
    line.expect(SHELL)
    line.sendline(f"awsmfa get-session-token --token-code {second.fresh()}")
    line.expect_exact("Expiration")
    line.expect(SHELL)
    line.sendline("awsmfa session end && awsmfa session show")
    line.expect_exact("(NoSuchEntity)")
    # A process in no login session has none.
    refused = guest.vm.run("awsmfa session show", user="alice", check=False)
    assert refused.status == 254 and "AccessDenied" in refused.err


def test_user_at_the_console_enrols_a_key_there(guest, keys):
    first, second = guest.enrol("alice"), guest.enrol("alice")
    keys[0].start()
    keys[0].plug()
    line = guest.console_login("alice")
    line.expect_exact(PROMPT)
    line.sendline(first.fresh())
    line.expect(SHELL)
    line.sendline(f"awsmfa session end; {KEY}")
    line.expect_exact("that you have already")
    line.expect_exact(PROMPT)
    line.sendline(second.fresh())
    line.expect_exact("u2f/user/alice/mine-")
    guest.logged("operation=EnableMFADevice", "user=alice ",
                 "outcome=Success")


def test_user_over_ssh_can_not_ask_for_a_key_at_the_console(guest, keys):
    first, second = guest.enrol("alice"), guest.enrol("alice")
    keys[0].start()
    keys[0].plug()
    terminal = guest.ssh("alice", f"awsmfa session end; {KEY}")
    terminal.expect_exact(PROMPT)
    terminal.sendline(first.fresh())
    terminal.expect_exact(PROMPT)
    terminal.sendline(second.fresh())
    terminal.expect_exact("(AccessDenied)")
    terminal.finish()
    guest.logged("operation=EnableMFADevice", "outcome=AccessDenied",
                 "at its console")
