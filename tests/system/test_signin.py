"""Sign-ins through pamtester: everything that decides who gets in."""
import re

import pytest

from host import CONF, awsmfa


def test_right_code_lets_in(host, way):
    token = host.enrol("alice")
    assert host.pam("alice", token.fresh())
    assert host.said.count("MFA code: ") == 1
    host.log.decision("alice", "Success", service="mfa")
    host.log.has("user=alice ", f"serial={token.serial} ", "outcome=Success")


def test_wrong_code_is_denied(host, way):
    token = host.enrol("alice")
    assert not host.pam("alice", token.wrong())
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")
    assert host.pam("alice", token.fresh())


def test_used_code_is_denied(host, way):
    token = host.enrol("alice")
    code = token.fresh()
    assert host.pam("alice", code)
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "already used")
    assert host.pam("alice", token.fresh())


def test_codes_that_enabled_a_device_are_spent(host, way):
    token, = host.tokens()
    token.settle()
    pair = token.pair(back=1)
    host.enable("alice", token, pair)
    for code in pair:
        assert not host.pam("alice", code)
        host.log.decision("alice", "InvalidAuthenticationCode", "already used")
        host.log.mark()


def test_code_before_the_last_accepted_one_is_denied(host, way):
    token, = host.tokens(period=5)
    token.settle(3)
    host.enable("alice", token)
    token.settle(5)                         # the next step begins just now
    after = token.centre() + 1
    assert host.pam("alice", token.code(after))
    assert not host.pam("alice", token.code(after - 1))
    host.log.decision("alice", "InvalidAuthenticationCode", "already used")


@pytest.mark.parametrize("off", [-2, 2, 5])
def test_code_outside_the_window_is_denied(host, way, off):
    token = host.enrol("alice")
    token.settle()
    assert not host.pam("alice", token.code(token.centre() + off))
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")


def test_twelve_digits_resynchronise(host, way):
    token = host.enrol("alice")
    token.drift = 300                       # ten steps fast from now on
    code1, code2 = token.pair()
    assert not host.pam("alice", code2)
    assert host.pam("alice", code1 + code2)
    host.log.decision("alice", "Success")
    assert not host.pam("alice", code1 + code2)
    assert host.pam("alice", token.fresh())


def test_twelve_digits_of_a_token_that_was_slow_resynchronise(host, way):
    token = host.enrol("alice", drift=-480)
    token.drift = -120
    code1, code2 = token.pair()
    assert not host.pam("alice", code2)
    assert host.pam("alice", code1 + " " + code2)
    assert host.pam("alice", token.fresh())


def test_twelve_digits_far_away_are_denied(host, way):
    token = host.enrol("alice")
    codes = token.codes(token.centre() - 120, 2)    # an hour ago
    assert not host.pam("alice", "".join(codes))
    host.log.decision("alice", "InvalidAuthenticationCode")


def test_twelve_digits_not_consecutive_are_denied(host, way):
    token = host.enrol("alice")
    first, _, third = token.codes(token.centre() + 4, 3)
    assert not host.pam("alice", first + third)
    assert not host.pam("alice", third + first)
    host.log.decision("alice", "InvalidAuthenticationCode")


def test_code_of_another_users_token_is_denied(host, way):
    host.enrol("alice")
    other = host.enrol("bob")
    code = other.fresh()
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "wrong code")
    assert host.pam("bob", code)


def test_unknown_user_is_denied(host, way):
    assert not host.pam("nobody-here", "123456")
    host.log.decision("nobody-here", "NoSuchEntity", "user unknown")


def test_unenrolled_user_is_denied(host, way):
    assert not host.pam("dave", "123456")
    host.log.decision("dave", "NotEnrolled", "no device")


def test_unenrolled_user_is_let_in_where_the_stack_allows_it(host, way):
    assert host.pam("dave", service="mfa-allow")
    assert "MFA code" not in host.said
    host.log.has("user=dave ", "outcome=Success", "unenrolled")


def test_unknown_user_is_denied_where_the_stack_allows_unenrolled(host, way):
    assert not host.pam("nobody-here", "123456", service="mfa-allow")
    host.log.decision("nobody-here", "NoSuchEntity")


def test_enrolled_user_needs_a_code_where_unenrolled_are_allowed(host, way):
    token = host.enrol("alice")
    assert not host.pam("alice", token.wrong(), service="mfa-allow")
    assert host.pam("alice", token.fresh(), service="mfa-allow")


def test_throttle_refuses_the_right_code_until_unlocked(host, way):
    token = host.enrol("alice")
    for _ in range(6):
        assert not host.pam("alice", token.wrong())
    code = token.fresh()
    host.log.mark()
    assert not host.pam("alice", code)
    host.log.decision("alice", "Throttling", r"refused until \d{4}-")
    awsmfa("unlock", "--user-name", "alice")
    assert host.pam("alice", code)


def test_throttle_of_one_user_does_not_bar_another(host, way):
    token, other = host.enrol("alice"), host.enrol("bob")
    for _ in range(7):
        assert not host.pam("alice", token.wrong())
    assert host.pam("bob", other.fresh())


def test_five_wrong_codes_are_free(host, way):
    token = host.enrol("alice")
    for _ in range(5):
        assert not host.pam("alice", token.wrong())
    assert host.pam("alice", token.fresh())


def test_answers_of_the_wrong_shape_are_no_guesses(host, way):
    token = host.enrol("alice")
    assert not host.pam("alice", "")
    host.log.complaint("alice", "nothing was typed")
    for answer in (" ", "1", "12345", "1234567", "abcdef", "12345a", "-12345",
                   "+12345", "1" * 500, "0x1234", "١٢٣٤٥٦"):
        assert not host.pam("alice", answer), answer
        host.log.decision("alice", "InvalidAuthenticationCode", "not a code")
        host.log.mark()
    assert host.pam("alice", token.fresh())


def test_spaces_between_the_digits_are_dropped(host, way):
    token = host.enrol("alice")
    code = token.fresh()
    assert host.pam("alice", code[:3] + " " + code[3:])


@pytest.mark.parametrize("algorithm,digits,period", [
    ("SHA1", 8, 30), ("SHA256", 6, 30), ("SHA256", 8, 60), ("SHA512", 6, 60),
    ("SHA512", 8, 15)])
def test_tokens_of_every_kind_sign_in(host, way, algorithm, digits, period):
    token = host.enrol("alice", algorithm=algorithm, digits=digits,
                       period=period)
    assert not host.pam("alice", token.wrong())
    assert host.pam("alice", token.fresh())


def test_prompt_of_the_stack_is_shown(host, way):
    token = host.enrol("alice")
    assert host.pam("alice", token.fresh(), service="mfa-prompt")
    assert "The code, please: " in host.said


def test_prompt_and_sentence_of_the_configuration_are_shown(host, way):
    token = host.enrol("alice")
    (CONF / "awsmfa.conf").write_text(
        'prompt = "Second factor: ";\ndenied_message = "Not so.";\n')
    assert host.pam("alice", token.fresh())
    assert "Second factor: " in host.said
    assert not host.pam("alice", token.wrong())
    assert "Not so." in host.said


def test_configuration_that_the_stack_names_is_used(host, way):
    token = host.enrol("alice")
    code = token.fresh()
    assert not host.pam("alice", code, service="mfa-conf")
    host.log.complaint("alice", "other.conf")
    (CONF / "other.conf").write_text('prompt = "Elsewhere: ";\n')
    assert host.pam("alice", code, service="mfa-conf")
    assert "Elsewhere: " in host.said


def test_unknown_argument_denies(host, way):
    assert not host.pam("dave", "123456", service="mfa-typo")
    host.log.has("pam_awsmfa", "unenroled")


def test_code_after_the_password_is_taken_apart(host, way):
    token = host.enrol("alice")
    assert host.pam("alice", "alice's password" + token.fresh(),
                    service="mfa-forward")
    assert not host.pam("alice", "other password" + token.fresh(),
                        service="mfa-forward")
    assert not host.pam("alice", "alice's password" + token.wrong(),
                        service="mfa-forward")


def test_nothing_secret_is_in_the_log(host, way):
    token = host.enrol("alice")
    right, wrong = token.fresh(), token.wrong()
    assert host.pam("alice", right, service="mfa-debug")
    assert not host.pam("alice", wrong, service="mfa-debug")
    text = host.log.text()
    for secret in (right, wrong, token.seed):
        assert secret not in text
        assert secret.upper() not in text


def test_verify_spends_a_code_as_a_sign_in_does(host, way):
    token = host.enrol("alice")
    code = token.fresh()
    answer = awsmfa("verify", "--user-name", "alice",
                    "--authentication-code", code)
    assert re.search(token.serial, str(answer))
    assert not host.pam("alice", code)
    host.log.decision("alice", "InvalidAuthenticationCode", "already used")
