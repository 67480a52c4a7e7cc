"""Ordinary users and their own devices, through the users' socket."""
import base64
import concurrent.futures
import json
import os
import pwd
import re
import subprocess

import pexpect
import pytest

from host import ENV, POLICY, Token, as_user, awsmfa, password_of

ALICE = "arn:aws:iam::000000000000:mfa/alice/"
ASKED = "MFA code: "


@pytest.fixture
def users(host):
    """The host with both instances of the endpoint."""
    host.start_service()
    host.start_users()
    return host


def in_login(user, *argv):
    """ARGV as USER, in an audit login session of its own."""
    return ("sh", "-c", 'echo "$0" > /proc/self/loginuid && exec "$@"',
            str(pwd.getpwnam(user).pw_uid), *as_user(user, *map(str, argv)))


def run(argv, status=0):
    """Runs ARGV without a terminal: its answer, or what it said."""
    done = subprocess.run(argv, env=ENV, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60,
                          start_new_session=True)
    assert done.returncode == status, \
        f"exit status {done.returncode}: {done.stderr}{done.stdout}"
    if status:
        assert not done.stdout.strip()
        return done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def mine(user, *argv, status=0):
    return run(as_user(user, "awsmfa", *map(str, argv)), status)


def denied(user, *argv, name="AccessDenied"):
    """awsmfa ARGV as USER is refused with the error NAME."""
    text = mine(user, *argv, status=254)
    assert re.search(rf"^An error occurred \({name}\) when calling the "
                     r"\w+ operation: \S", text, re.M), text
    return text


def create(user, name="phone", *more):
    """A virtual device of USER, not enabled."""
    made = mine(user, "create-virtual-mfa-device",
                "--virtual-mfa-device-name", name, *more)["VirtualMFADevice"]
    token = Token(made["SerialNumber"])
    seed = made["Base32StringSeed"]
    token.seed = base64.b32decode(seed + "=" * (-len(seed) % 8)).hex()
    return token


def codes_of(token, pair=None):
    code1, code2 = pair or token.pair()
    return ("--serial-number", token.serial, "--authentication-code1", code1,
            "--authentication-code2", code2)


def enable(user, token, *more, pair=None):
    mine(user, "enable-mfa-device", *codes_of(token, pair), *more)


def deactivate(token, *more):
    return ("deactivate-mfa-device", "--yes", "--serial-number", token.serial,
            *more)


def devices_of(user):
    return [device["SerialNumber"]
            for device in mine(user, "list-mfa-devices")["MFADevices"]]


def test_user_enrols_a_virtual_device_and_signs_in_with_it(users):
    token = create("alice")
    assert token.serial == ALICE + "phone"
    enable("alice", token)
    assert devices_of("alice") == [token.serial]
    assert mine("alice", "get-user")["User"]["MFADeviceCount"] == 1
    assert users.pam("alice", token.fresh())
    users.log.has("operation=EnableMFADevice", "user=alice ", "caller=2001 ")


def test_user_enrols_a_hardware_token(users):
    token, = users.tokens()
    enable("alice", token)
    assert users.pam("alice", token.fresh())


def test_each_operation_is_done_on_ones_own(users):
    token = users.enrol("alice")

    def proved(*argv):
        return mine("alice", *argv, "--token-code", token.fresh())
    serial = "--serial-number", token.serial
    proved("tag-mfa-device", *serial, "--tags", "Key=room,Value=12")
    assert proved("list-mfa-device-tags", *serial)["Tags"] == \
        [{"Key": "room", "Value": "12"}]
    token, = users.enrol_many("alice", 1)       # codes are spent
    assert proved("get-mfa-device", "--serial-number", token.serial)[
        "UserName"] == "alice"
    proved("untag-mfa-device", *serial, "--tag-keys", "room")
    phone = create("alice")
    assert [device["SerialNumber"] for device in
            mine("alice", "list-virtual-mfa-devices")["VirtualMFADevices"]] \
        == [phone.serial]
    mine("alice", "delete-virtual-mfa-device", "--serial-number",
         phone.serial)
    token, = users.enrol_many("alice", 1)
    assert mine("alice", "verify", "--authentication-code",
                token.fresh())["SerialNumber"] == token.serial
    proved(*deactivate(token))
    assert token.serial not in devices_of("alice")


def test_users_may_not_touch_someone_else(users):
    bobs, alices = users.enrol("bob"), users.enrol("alice")
    roots = users.enrol("root")
    phone = create("bob")
    before = users.digest()
    for user, token in ("bob", bobs), ("root", roots):
        name = "--user-name", user
        for argv in (
                ("create-virtual-mfa-device", "--virtual-mfa-device-name",
                 "x", *name),
                ("enable-mfa-device", *codes_of(token), *name),
                ("resync-mfa-device", *codes_of(token), *name),
                ("list-mfa-devices", *name), ("get-user", *name),
                ("get-mfa-device", "--serial-number", token.serial, *name),
                (*deactivate(token), *name), ("unlock", *name),
                ("create-recovery-codes", *name),
                ("verify", "--authentication-code", token.wrong(), *name)):
            denied("alice", *argv, "--token-code", alices.wrong())
        for argv in (("tag-mfa-device", "--tags", "Key=a,Value=b"),
                     ("untag-mfa-device", "--tag-keys", "a"),
                     ("list-mfa-device-tags",)):
            denied("alice", *argv, "--serial-number", token.serial)
        # Without a name it is one's own that is not there.
        denied("alice", *deactivate(token), "--token-code", alices.fresh(),
               name="NoSuchEntity")
    denied("alice", "delete-virtual-mfa-device", "--serial-number",
           phone.serial)
    assert mine("alice", "list-virtual-mfa-devices") == \
        {"VirtualMFADevices": []}
    after = users.digest()
    assert {k: v for k, v in after.items() if "/alice" not in k} == \
        {k: v for k, v in before.items() if "/alice" not in k}


def test_what_is_roots_alone_is_denied(users):
    token, = users.tokens()
    alices = users.enrol("alice")
    before = users.digest()
    for argv in (("delete-token", "--serial-number", token.serial),
                 ("unlock",), ("import-tokens", "/run/bed/tokens.csv"),
                 ("grant", "--user-name", "alice", "--for", "1h"),
                 ("invite", "--user-name", "alice")):
        denied("alice", *argv, "--token-code", alices.wrong())
    assert users.digest() == before


def test_deactivation_needs_mfa(users):
    token, other = users.enrol_many("alice", 2)
    denied("alice", *deactivate(token))
    denied("alice", *deactivate(token), "--token-code", token.wrong(),
           name="InvalidAuthenticationCode")
    assert len(devices_of("alice")) == 2
    mine("alice", *deactivate(token), "--token-code", other.fresh())
    assert devices_of("alice") == [other.serial]
    # A code is one proof.
    code = other.fresh()
    third = users.enrol("alice")
    mine("alice", *deactivate(third), "--token-code", code)
    denied("alice", *deactivate(other), "--token-code", code,
           name="InvalidAuthenticationCode")
    users.log.has("operation=DeactivateMFADevice", "code already used")


def test_who_has_no_device_is_told_so(users):
    assert "without MFA, and has no MFA device" in \
        denied("alice", "create-recovery-codes")
    assert "without" not in denied("alice", "unlock")


def test_second_device_needs_mfa(users):
    first, second = users.tokens(2)
    enable("alice", first)
    pair = second.pair()
    denied("alice", "enable-mfa-device", *codes_of(second, pair))
    enable("alice", second, "--token-code", first.fresh(), pair=pair)
    assert len(devices_of("alice")) == 2


def test_code_is_asked_for_on_the_terminal(users):
    token, other = users.enrol_many("alice", 2)
    argv = as_user("alice", "awsmfa", *deactivate(token))
    child = pexpect.spawn(argv[0], [*argv[1:]], env=ENV, timeout=15,
                          encoding="utf-8")
    child.expect_exact("This needs a code or a tap of an MFA device that you")
    child.expect_exact(ASKED)
    child.waitnoecho(timeout=2)
    child.sendline(other.fresh())
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert devices_of("alice") == [other.serial]


def test_last_device_is_confirmed_and_replaced(users):
    token, other = users.tokens(2)
    enable("alice", token)
    argv = as_user("alice", "awsmfa", "deactivate-mfa-device",
                   "--serial-number", token.serial)
    for answer in "n", "y":
        child = pexpect.spawn(argv[0], [*argv[1:]], env=ENV, timeout=15,
                              encoding="utf-8")
        child.expect_exact("last MFA device")
        child.expect_exact("(y, n)? ")
        child.sendline(answer)
        if answer == "y":
            child.expect_exact(ASKED)
            child.waitnoecho(timeout=2)
            child.sendline(token.fresh())
        child.expect(pexpect.EOF)
        child.close()
        assert (child.exitstatus == 0) == (answer == "y")
    enable("alice", other)
    assert devices_of("alice") == [other.serial]


def test_wizard_serves_a_user(users):
    token = users.enrol("alice")
    argv = as_user("alice", "awsmfa")
    child = pexpect.spawn(argv[0], [*argv[1:]], env=ENV, timeout=15,
                          encoding="utf-8")
    child.expect_exact("MFA devices of alice")
    child.expect_exact("Choose: ")
    child.sendline("3")
    child.expect_exact("Which device: ")
    child.sendline("1")
    child.expect_exact("(y, n)? ")
    child.sendline("y")
    child.expect_exact(ASKED)
    child.sendline(token.fresh())
    child.expect_exact("MFA device removed")
    child.sendline("q")
    child.expect(pexpect.EOF)
    assert devices_of("alice") == []


# The inventory


def test_virtual_device_of_someone_else_can_not_be_enabled(users):
    phone = create("bob")
    denied("alice", "enable-mfa-device", *codes_of(phone),
           name="NoSuchEntity")
    enable("bob", phone, pair=phone.pair(back=0))
    assert devices_of("bob") == [phone.serial]


def test_paths_of_others_can_not_be_squatted(users):
    for path in "/", "/bob/", "/alicia/", "/Alice/", "/alice":
        text = mine("alice", "create-virtual-mfa-device",
                    "--virtual-mfa-device-name", "x", "--path", path,
                    status=254)
        assert "AccessDenied" in text, text
    assert create("alice", "x", "--path", "/alice/old/").serial == \
        ALICE + "old/x"


def test_inventory_can_not_be_filled_or_emptied(users):
    token, = users.tokens()
    for number in range(8):
        create("alice", f"phone{number}")
    denied("alice", "create-virtual-mfa-device", "--virtual-mfa-device-name",
           "ninth", name="LimitExceeded")
    create("bob")
    denied("alice", "delete-token", "--serial-number", token.serial)
    enable("bob", token)
    denied("alice", *deactivate(token))
    assert devices_of("bob") == [token.serial]


def test_codes_of_tokens_can_not_be_guessed(users):
    token, mine_too = users.tokens(2)
    for _ in range(6):
        denied("alice", "enable-mfa-device",
               *codes_of(token, (token.wrong(), token.wrong())),
               name="InvalidAuthenticationCode")
    denied("alice", "enable-mfa-device", *codes_of(token), name="Throttling")
    # The door of sign-ins is another, and bob's is bob's.
    users.enable("alice", mine_too)
    assert users.pam("alice", mine_too.fresh())
    token.last = 0
    enable("bob", token, pair=token.pair(back=1))


def test_guesses_of_a_user_do_not_bar_the_sign_in(users):
    token = users.enrol("alice")
    for _ in range(7):
        denied("alice", *deactivate(token), "--token-code", token.wrong(),
               name="InvalidAuthenticationCode")
    users.log.has("operation=DeactivateMFADevice", "too many wrong codes")
    code = token.fresh()
    denied("alice", *deactivate(token), "--token-code", code,
           name="InvalidAuthenticationCode")
    assert users.pam("alice", code)


def test_resync_looks_no_further_than_ten_minutes(users):
    token, other = users.enrol_many("alice", 2)
    token.drift = 7200
    far = token.codes(token.step() - 1, 2)
    denied("alice", "resync-mfa-device", *codes_of(token, far),
           name="InvalidAuthenticationCode")
    # A code of the device itself vouches for nothing.
    mine("alice", "resync-mfa-device", *codes_of(token, far), "--token-code",
         other.fresh())
    token.spend(token.step(), pair=True)
    assert users.pam("alice", token.fresh())


def test_name_with_another_uid_has_none_of_the_devices(users):
    token = users.enrol("dave")
    phone = users.enrol("dave")
    subprocess.run(["usermod", "-u", "3004", "dave"], check=True)
    try:
        for argv in (("list-mfa-devices",), ("get-user",),
                     (*deactivate(token), "--token-code", phone.fresh())):
            text = mine("dave", *argv, status=254)
            assert token.serial not in text and "ServiceFailure" in text
        denied("dave", "get-mfa-device", "--serial-number", token.serial,
               name="ServiceFailure")
        assert not users.pam("dave", token.fresh())
    finally:
        subprocess.run(["usermod", "-u", "2004", "dave"], check=True)
    assert len(devices_of("dave")) == 2


def test_one_code_proves_for_one_of_two_at_once(users):
    tokens = users.enrol_many("alice", 3)
    code = tokens[2].fresh()

    def off(token):
        return subprocess.run(
            as_user("alice", "awsmfa", *deactivate(token, "--token-code",
                                                   code)),
            env=ENV, capture_output=True, timeout=60,
            start_new_session=True).returncode
    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert sorted(pool.map(off, tokens[:2])) == [0, 254]
    assert len(devices_of("alice")) == 2


def test_two_at_once_leave_whole_state(users):
    tokens = users.tokens(4)
    pairs = [token.pair() for token in tokens]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        statuses = list(pool.map(lambda n: subprocess.run(
            as_user("alice", "awsmfa", "enable-mfa-device",
                    *codes_of(tokens[n], pairs[n])), env=ENV,
            capture_output=True, timeout=60,
            start_new_session=True).returncode, range(4)))
    # The first needs no proof, and there is one first.
    assert sorted(statuses) == [0, 254, 254, 254]
    held = devices_of("alice")
    assert len(held) == statuses.count(0)
    for token, status in zip(tokens, statuses):
        assert (token.serial in held) == (status == 0)
        assert users.pam("alice", token.fresh()) == (status == 0)


# Who asks


@pytest.mark.parametrize("user", ["nobody", "awsmfa"])
def test_who_is_no_user_is_refused(users, user):
    text = run(("setpriv", f"--reuid={user}", "--clear-groups", "awsmfa",
                "get-user"), 254)
    assert "AccessDenied" in text and "no user" in text


def test_policy_of_the_host_decides(users):
    token = users.enrol("alice")
    POLICY.write_text(json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:List*",
                       "Resource": "*"}]}))
    assert devices_of("alice") == [token.serial]
    denied("alice", "get-user")
    denied("alice", *deactivate(token), "--token-code", token.fresh())
    assert awsmfa("get-user", "--user-name", "alice")
    POLICY.write_text("{")
    denied_text = mine("alice", "list-mfa-devices", status=253)
    assert "InvalidConfiguration" in denied_text


# Sessions


def test_session_stands_for_a_proof_in_its_login_alone(users):
    first, second, third = users.enrol_many("alice", 3)
    script = f"""
awsmfa get-session-token --serial-number {first.serial} \
    --token-code {first.fresh()} >/run/user-session || exit 9
awsmfa session show
awsmfa {' '.join(deactivate(second))} || exit 8
awsmfa session end || exit 7
awsmfa {' '.join(deactivate(third))} && exit 6
exit 0
"""
    users_file = "/run/user-session"
    open(users_file, "w").close()
    os.chmod(users_file, 0o666)
    shown = run(in_login("alice", "sh", "-c", script))
    assert shown["Session"]["UserName"] == "alice"
    assert sorted(devices_of("alice")) == sorted([first.serial, third.serial])


def test_session_is_of_one_login_and_ends_with_its_device(users):
    first, second, third = users.enrol_many("alice", 3)
    script = f"""
awsmfa get-session-token --token-code {first.fresh()} >/dev/null || exit 9
awsmfa {' '.join(deactivate(first))} || exit 8
awsmfa {' '.join(deactivate(second))} && exit 7
exit 0
"""
    run(in_login("alice", "sh", "-c", script))
    run(in_login("alice", "awsmfa", "get-session-token", "--token-code",
                 second.fresh()))
    # Another login, and none at all.
    run(in_login("alice", "awsmfa", *deactivate(third)), 254)
    denied("alice", *deactivate(third))
    denied("alice", "session", "show")
    denied("alice", "get-session-token", "--token-code", third.fresh())


def test_session_has_its_limits(users):
    token = users.enrol("alice")
    code = token.fresh()
    for argv, name in (
            (("--duration-seconds", 899), "InvalidInput"),
            (("--duration-seconds", 129601), "InvalidInput"),
            (("--serial-number", "GAHT99999999"),
             "InvalidAuthenticationCode")):
        text = run(in_login("alice", "awsmfa", "get-session-token",
                            "--token-code", code, *argv), 254)
        assert name in text, text
    text = run(in_login("alice", "awsmfa", "get-session-token",
                        "--token-code", code), 254)
    assert "InvalidAuthenticationCode" in text       # the third has spent it


# Keys of this machine


def test_who_is_not_at_the_console_may_not_ask_for_a_key_there(users):
    text = denied("alice", "enable-mfa-device", "--type", "security-key",
                  "--device-name", "blue")
    assert "console" in text
    token = users.enrol("alice")
    child = pexpect.spawn(
        "ssh", ["-tt", "alice@bed", "awsmfa enable-mfa-device --type "
                "security-key --device-name blue"], env=ENV, timeout=15,
        encoding="utf-8")
    child.expect("[Pp]assword: ?")
    child.waitnoecho(timeout=2)
    child.sendline(password_of("alice"))
    # The sign-in's MFA session is enough for a further device.
    child.expect_exact(ASKED)
    child.waitnoecho(timeout=2)
    child.sendline(token.fresh())
    child.expect_exact("AccessDenied")
    child.expect(pexpect.EOF)
