"""Who has lost a device: recovery codes, grants and invitations."""
import json
import re
import subprocess

import pytest

import wire
from host import CONF, ENV, STATE, as_user, awsmfa, refused, sign_in
from keys import TAP, Keys, Talk, configure

CODE = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}")


@pytest.fixture(params=["ssh", "ssh-key", "sudo", "login"])
def program(request):
    return request.param


def recovery_codes(user="alice"):
    made = awsmfa("create-recovery-codes", "--user-name", user)
    codes = made["RecoveryCodes"]["Codes"]
    assert len(set(codes)) == 10
    assert all(CODE.fullmatch(code) for code in codes)
    return codes


def grant(user="alice", *more):
    return awsmfa("grant", "--user-name", user, *more)["Grant"]


def user_of(name="alice"):
    return awsmfa("get-user", "--user-name", name)["User"]


def nowhere(host, *codes):
    """None of CODES is in the log or in a file of the store."""
    texts = [host.log.text().encode()]
    texts += [path.read_bytes() for path in STATE.rglob("*")
              if path.is_file()]
    for code in codes:
        for form in (code, code.replace("-", "")):
            assert not any(form.encode() in text for text in texts), form


def test_recovery_code_lets_in_once(host, way, program):
    host.enrol("alice")
    codes = recovery_codes()
    let_in, session = sign_in(program, "alice", codes[0])
    assert let_in, session.said
    assert session.asked == 1
    host.log.decision("alice", "Success", "recovery code accepted")
    assert user_of()["RecoveryCodesLeft"] == 9
    let_in, session = sign_in(program, "alice", codes[0])
    assert not let_in, session.said
    host.log.decision("alice", "InvalidAuthenticationCode",
                      "recovery code already used")
    typed = codes[1].replace("-", " ").lower()
    let_in, session = sign_in(program, "alice", typed)
    assert let_in, session.said
    nowhere(host, *codes)


def test_grant_lets_in_for_its_uses(host, way, program):
    host.enrol("alice")
    given = grant("alice", "--for", "1h", "--uses", "2")
    assert given["Uses"] == 2 and given["UserName"] == "alice"
    host.log.has("Grant", "user=alice ", "outcome=Success",
                 r"until \S+, uses: 2")
    assert user_of()["GrantUsesLeft"] == 2
    for _ in range(2):
        let_in, session = sign_in(program, "alice", given["Code"])
        assert let_in, session.said
    host.log.decision("alice", "Success", "grant accepted")
    let_in, session = sign_in(program, "alice", given["Code"])
    assert not let_in, session.said
    assert "GrantUsesLeft" not in user_of()
    nowhere(host, given["Code"])


def test_grant_lets_in_who_has_no_device(host, way, program):
    given = grant("carol", "--for", "10m")
    let_in, session = sign_in(program, "carol", given["Code"])
    assert let_in, session.said
    let_in, session = sign_in(program, "carol", given["Code"])
    assert not let_in, session.said
    let_in, session = sign_in(program, "carol", "123456")
    assert not let_in, session.said
    host.log.decision("carol", "NotEnrolled")


def test_codes_are_the_users_own(host, way):
    host.enrol("alice")
    host.enrol("bob")
    codes, others = recovery_codes("alice"), recovery_codes("bob")
    given = grant("bob")
    assert not host.pam("alice", others[0])
    assert not host.pam("alice", given["Code"])
    assert not host.pam("bob", codes[0])
    assert not host.pam("nobody-here", codes[0])
    assert host.pam("bob", others[0])
    assert host.pam("bob", given["Code"])


def test_new_set_ends_the_old_one(host, way):
    token = host.enrol("alice")
    old = recovery_codes()
    assert host.pam("alice", old[0])
    codes = recovery_codes()
    assert not any(host.pam("alice", code) for code in old[:3])
    host.log.decision("alice", "InvalidAuthenticationCode",
                      "wrong recovery code")
    assert host.pam("alice", codes[0])
    assert host.pam("alice", token.fresh())


def test_throttle_bars_neither(host, way):
    token = host.enrol("alice")
    codes, given = recovery_codes(), grant()
    for _ in range(6):
        assert not host.pam("alice", token.wrong())
    assert not host.pam("alice", token.fresh())
    host.log.decision("alice", "Throttling")
    assert host.pam("alice", codes[0])
    assert host.pam("alice", given["Code"])


def test_wrong_recovery_codes_do_not_throttle(host, way):
    token = host.enrol("alice")
    for _ in range(12):
        assert not host.pam("alice", "ABCD-EFGH-IJKL-MNOP")
    assert host.pam("alice", token.fresh())


def test_one_code_for_many_at_once_lets_one_in(host, way):
    host.enrol("alice")
    code = recovery_codes()[0]
    children = [host.pam_at_prompt("alice") for _ in range(6)]
    for child in children:
        child.sendline(code)
    assert sum(host.finish(child) for child in children) == 1


def test_revoked_and_expired_grants_are_over(host, way):
    host.enrol("alice")
    given = grant("alice", "--for", "7d", "--uses", "100")
    awsmfa("grant", "--user-name", "alice", "--revoke")
    assert not host.pam("alice", given["Code"])
    refused("NoSuchEntity", "grant", "--user-name", "alice", "--revoke")
    for time_, uses in (("8d", 1), ("59s", 1), ("1h", 101)):
        refused("InvalidInput", "grant", "--user-name", "alice", "--for",
                time_, "--uses", str(uses))
    refused("InvalidInput", "grant", "--user-name", "alice", "--for", "1h",
            "--revoke")


def test_codes_go_with_the_last_device(host, way):
    token = host.enrol("alice")
    codes = recovery_codes()
    awsmfa("deactivate-mfa-device", "--user-name", "alice",
           "--serial-number", token.serial)
    assert not host.pam("alice", codes[0])
    assert "recovery" not in (STATE / "devices/alice").read_text()
    refused("NoSuchEntity", "create-recovery-codes", "--user-name", "alice")
    host.enrol("alice")
    assert not host.pam("alice", codes[0])


def test_damaged_codes_deny_and_say_so(host, way):
    token = host.enrol("alice")
    codes = recovery_codes()
    path = STATE / "devices/alice"
    path.write_text(path.read_text().replace("recovery = {",
                                             "recovery = { more = 1;"))
    for answer in (codes[0], token.fresh()):
        assert not host.pam("alice", answer)
        host.log.decision("alice", "ServiceFailure", "unknown setting more")
        host.log.mark()


def test_users_make_their_own_and_root_alone_gives_out(host):
    token = host.enrol("alice")
    host.enrol("bob")
    host.start_service()
    host.start_users()

    def as_alice(*argv, text=""):
        return subprocess.run(
            as_user("alice", "awsmfa", *argv), env=ENV, text=True,
            input=text, capture_output=True, timeout=30, check=False,
            start_new_session=True)

    for argv in (("grant", "--user-name", "alice"),
                 ("invite", "--user-name", "alice"),
                 ("create-recovery-codes", "--user-name", "bob")):
        done = as_alice(*argv)
        assert done.returncode == 254 and "AccessDenied" in done.stderr, argv
    done = as_alice("create-recovery-codes")
    assert done.returncode != 0 and not CODE.search(done.stdout)
    done = as_alice("create-recovery-codes", "--token-code", token.fresh())
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stdout)["RecoveryCodes"]["Codes"]
    assert len(codes) == 10
    assert host.pam("alice", codes[0])
    # One of them is a proof for the next ten.
    done = as_alice("create-recovery-codes", "--token-code", codes[1])
    assert done.returncode == 0, done.stderr
    assert not host.pam("alice", codes[2])


def test_who_lost_the_only_key_types_a_code_at_the_machine(host, way):
    configure(key_timeout=5)
    keys = Keys()
    try:
        key = keys.enrol("alice")
        talk = Talk("alice")
        talk.expect(TAP)
        talk.expect("no key was tapped in time")
        assert not talk.finish()            # there is nothing to type
        code = recovery_codes()[0]
        talk = Talk("alice")
        talk.expect(TAP)
        talk.expect("no key was tapped in time")
        talk.expect("MFA code: ")
        talk.answer(code)
        assert talk.finish()
        host.log.decision("alice", "Success", "recovery code accepted")
        assert "touched" not in key.log()
    finally:
        keys.stop()


def opened(user, answer):
    """What the session phase says after a sign-in with ANSWER."""
    result = wire.ask(user, answer)
    assert result.outcome == "Success", result
    result = wire.open_session(user, result.ticket)
    assert result.outcome == "Success", result
    return result.said


def test_session_tells_how_many_codes_are_left(host):
    host.start_service()
    token = host.enrol("alice")
    assert "recovery code" not in opened("alice", token.fresh())
    codes = recovery_codes()
    assert "recovery code" not in opened("alice", token.fresh())
    assert "9 recovery codes left" in opened("alice", codes[0])
    assert "recovery code" not in opened("alice", token.fresh())
    for code in codes[1:7]:
        assert host.pam("alice", code)
    assert "2 recovery codes left" in opened("alice", codes[7])
    assert "2 recovery codes left" in opened("alice", token.fresh())
    assert "1 recovery code left" in opened("alice", codes[8])
    assert "0 recovery codes left" in opened("alice", codes[9])


def test_session_tells_of_failed_recovery_codes(host):
    host.start_service()
    token = host.enrol("alice")
    for _ in range(2):
        assert not host.pam("alice", "ABCD-EFGH-IJKL-MNOP")
    assert "2 failed MFA attempts" in opened("alice", token.fresh())
    assert "failed MFA" not in opened("alice", token.fresh())


def test_policy_can_refuse_recovery_codes(host, way):
    token = host.enrol("alice")
    codes = recovery_codes()
    (CONF / "policy.json").write_text(json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "pam:Authenticate", "Resource": "*",
             "Condition": {"NumericEquals": {"aws:MultiFactorAuthAge": "0"},
                           "StringNotEquals": {"pam:MfaDeviceType":
                                               ["recovery-code", "grant"]}}}]}
    ))
    assert not host.pam("alice", codes[0])
    host.log.decision("alice", "AccessDenied", "no statement of the policy")
    assert not host.pam("alice", grant()["Code"])
    assert host.pam("alice", token.fresh())
