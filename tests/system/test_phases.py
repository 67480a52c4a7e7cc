"""The phases of a sign-in after auth, spoken to the endpoint as the module
does: tickets, MFA sessions, the policy, enrolment at the sign-in."""
import base64
import json
import os
import re
import time
from pathlib import Path

import pytest

import wire
from host import CONF, STATE, Token, awsmfa
from wire import account, ask, close_session, elsewhere, open_session

SESSIONS = Path("/run/awsmfa/sessions")
ALICE = 2001


@pytest.fixture(autouse=True)
def service(host):
    for path in SESSIONS.iterdir():
        path.unlink()
    host.start_service()


def policy(host, *statements):
    """Makes STATEMENTS the policy, which they are until the test ends."""
    (CONF / "policy.json").write_text(json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))


def allow(**condition):
    return {"Effect": "Allow", "Action": "pam:Authenticate", "Resource": "*",
            **({"Condition": condition} if condition else {})}


FRESH = allow(NumericEquals={"aws:MultiFactorAuthAge": "0"})
RECENT = allow(NumericLessThanEquals={"aws:MultiFactorAuthAge": "900"})
ENROL = {"Effect": "Allow", "Action": "iam:EnableMFADevice", "Resource": "*"}


def sessions():
    return sorted(p.name for p in SESSIONS.iterdir() if p.name != "lock")


def signed_in(host, user="alice", **rest):
    """A ticket of USER's for this process."""
    token = host.enrol(user)
    result = ask(user, token.fresh(), **rest)
    assert result.outcome == "Success", result
    assert result.ticket
    return result.ticket


# Tickets

def test_ticket_of_auth_goes_through_account_and_session(host):
    ticket = signed_in(host)
    assert account("alice", ticket).outcome == "Success"
    assert open_session("alice", ticket).outcome == "Success"
    for operation in ("SignIn", "Account", "OpenSession"):
        host.log.has(f"operation={operation} user=alice service=sshd",
                     "serial=GAHT", "outcome=Success")


def test_ticket_is_for_services_of_account_services_only(host):
    token = host.enrol("alice")
    assert ask("alice", token.fresh(), service="sudo").ticket is None
    (CONF / "awsmfa.conf").write_text('account_services = ("login");\n')
    assert ask("alice", token.fresh(), service="sshd").ticket is None
    assert ask("alice", token.fresh(), service="login").ticket


def test_other_services_are_ignored_after_auth(host):
    for service in ("sudo", "cron", "systemd-user", "su", "login"):
        for phase in ("account", "open_session", "close_session"):
            result = ask("alice", service=service, phase=phase)
            assert result.outcome == "Ignored", (service, phase)
            assert not result.said


@pytest.mark.parametrize("phase", [account, open_session])
def test_login_without_auth_is_denied(host, phase):
    host.enrol("alice")
    result = phase("alice")
    assert result.outcome == "AccessDenied" and not result.prompts
    assert "ask your administrator" in result.said
    host.log.decision("alice", "AccessDenied")


@pytest.mark.parametrize("phase", [account, open_session])
def test_forged_ticket_is_denied(host, phase):
    ticket = signed_in(host)
    fields = ticket.split(";")
    for number, forged in ((1, "bob".encode().hex()), (2, "2002"),
                           (11, str(int(fields[11]) + 1)), (13, "0" * 64)):
        bad = fields[:number] + [forged] + fields[number + 1:]
        result = phase("alice", ";".join(bad))
        assert result.outcome == "AccessDenied", number
        host.log.decision("alice", "AccessDenied", "forged")
        host.log.mark()
    for bad in ("1", "x" * 900, ";" * 14):
        assert phase("alice", bad).outcome == "AccessDenied"
        host.log.decision("alice", "AccessDenied", "ticket")
    assert sessions() == []
    assert phase("alice", ticket).outcome == "Success"


@pytest.mark.parametrize("phase", [account, open_session])
def test_ticket_replayed_by_another_process_is_denied(host, phase):
    ticket = signed_in(host)
    result = elsewhere(lambda: phase("alice", ticket))
    assert result.outcome == "AccessDenied"
    host.log.decision("alice", "AccessDenied", "another process")


def test_ticket_of_a_child_is_good_in_sshd_alone(host):
    """As sshd does it: auth in a child of what opens the session."""
    token = host.enrol("alice")
    (CONF / "awsmfa.conf").write_text(
        'account_services = ("sshd", "login");\n')
    ticket = elsewhere(lambda: ask("alice", token.fresh()).ticket)
    assert open_session("alice", ticket).outcome == "Success"
    token.last += 1                     # the child's token has moved on
    ticket = elsewhere(lambda: ask("alice", token.fresh(),
                                   service="login").ticket)
    result = open_session("alice", ticket, service="login")
    assert result.outcome == "AccessDenied"


@pytest.mark.parametrize("phase", [account, open_session])
def test_ticket_of_another_user_is_denied(host, phase):
    ticket = signed_in(host)
    host.enrol("bob")
    assert phase("bob", ticket).outcome == "AccessDenied"
    host.log.decision("bob", "AccessDenied", "another user")
    assert phase("nobody-here", ticket).outcome == "AccessDenied"


def test_ticket_of_another_service_is_denied(host):
    (CONF / "awsmfa.conf").write_text(
        'account_services = ("sshd", "login");\n')
    ticket = signed_in(host)
    result = open_session("alice", ticket, service="login")
    assert result.outcome == "AccessDenied"
    host.log.decision("alice", "AccessDenied", "another service")


def test_ticket_of_a_later_host_key_is_denied(host):
    ticket = signed_in(host)
    key = CONF / "host.key"
    before = key.read_bytes()
    try:
        key.write_bytes(os.urandom(32))
        assert open_session("alice", ticket).outcome != "Success"
    finally:
        key.write_bytes(before)


def test_phase_that_is_none_is_a_breach(host):
    assert ask("alice", phase="session").outcome is None
    assert ask("alice", unenrolled="maybe").outcome is None
    assert ask("alice", fields=[(wire.PENDING, "0")]).outcome is None
    assert ask("alice", fields=[(wire.TICKET, "a"),
                                (wire.TICKET, "b")]).outcome is None


# MFA sessions

def in_login(host, function):
    """FUNCTION's result in a new audit login session of alice's."""
    return elsewhere(function, login=ALICE)


def test_session_is_written_at_open_and_ended_at_close(host):
    token = host.enrol("alice")

    def login():
        audit = Path("/proc/self/sessionid").read_text()
        ticket = ask("alice", token.fresh()).ticket
        before = sessions()
        opened = open_session("alice", ticket).outcome
        during = sessions()
        closed = close_session("alice").outcome
        return audit, before, opened, during, closed, sessions()
    audit, *seen = in_login(host, login)
    assert seen == [[], "Success", [audit], "Success", []]


def test_unset_audit_session_is_no_session(host):
    ticket = signed_in(host)
    if Path("/proc/self/sessionid").read_text() != "4294967295":
        pytest.skip("this process is in a login session")
    assert open_session("alice", ticket).outcome == "Success"
    policy(host, RECENT)
    assert ask("alice", service="sudo").prompts
    assert sessions() == []


def test_sudo_asks_once_within_the_policys_age(host):
    token = host.enrol("alice")
    policy(host, RECENT)

    def sudo():
        first = ask("alice", token.fresh(), service="sudo")
        second = ask("alice", service="sudo")
        other = ask("alice", service="sshd")
        bob = ask("bob", service="sudo")
        return first, second, other, bob
    first, second, other, bob = in_login(host, sudo)
    assert first.outcome == "Success" and len(first.prompts) == 1
    assert second.outcome == "Success" and not second.prompts
    assert "AWSMFA_DEVICE" not in second.environment
    # What opens a login session has none, and neither has anyone else.
    assert other.prompts and bob.prompts
    host.log.has("service=sudo", "outcome=Success", "recent enough")


def test_who_serves_others_has_no_session_of_its_own(host):
    """A daemon that was started by hand is in the login session of whoever
    did."""
    token = host.enrol("alice")
    policy(host, RECENT)

    def daemons():
        ask("alice", token.fresh(), service="sudo")
        return [ask("alice", service="ftpd",
                    fields=[(wire.RHOST, "192.0.2.7")]),
                ask("alice", service="sshd-other"),
                ask("alice", service="login")]
    assert all(result.prompts for result in in_login(host, daemons))


def test_sudo_asks_again_after_the_policys_age(host):
    token = host.enrol("alice")
    policy(host, allow(NumericLessThanEquals={
        "aws:MultiFactorAuthAge": "2"}))

    def sudo():
        first = ask("alice", token.fresh(), service="sudo")
        soon = ask("alice", service="sudo")
        audit = Path("/proc/self/sessionid").read_text()
        host_time = time.clock_gettime(time.CLOCK_BOOTTIME)
        proved = int(re.search(r"proved (\d+)", (SESSIONS / audit)
                               .read_text()).group(1))
        time.sleep(max(0, proved + 3.01 - host_time))
        return first, soon, ask("alice", service="sudo")
    first, soon, late = in_login(host, sudo)
    assert first.outcome == "Success"
    assert not soon.prompts
    assert late.prompts


def test_sudo_asks_every_time_by_the_default_policy(host):
    token = host.enrol("alice")

    def sudo():
        return [ask("alice", token.fresh(), service="sudo")
                for _ in range(2)]
    assert [len(r.prompts) for r in in_login(host, sudo)] == [1, 1]


def test_session_of_a_deactivated_device_does_not_count(host):
    token, other = host.enrol_many("alice", 2)
    policy(host, RECENT)

    def sudo():
        first = ask("alice", token.fresh(), service="sudo")
        awsmfa("deactivate-mfa-device", "--user-name", "alice",
               "--serial-number", token.serial)
        return first, ask("alice", service="sudo")
    first, second = in_login(host, sudo)
    assert first.outcome == "Success"
    assert second.prompts


def test_session_copied_to_another_login_session_does_not_count(host):
    token = host.enrol("alice")
    policy(host, RECENT)

    def sudo():
        ask("alice", token.fresh(), service="sudo")
        return Path("/proc/self/sessionid").read_text()
    audit = in_login(host, sudo)

    def copy():
        mine = Path("/proc/self/sessionid").read_text()
        path = SESSIONS / mine
        path.write_bytes((SESSIONS / audit).read_bytes())
        st = (SESSIONS / audit).stat()
        os.chown(path, st.st_uid, st.st_gid)
        path.chmod(0o600)
        return ask("alice", service="sudo")
    assert in_login(host, copy).prompts


def test_sign_ins_go_on_without_the_folder(host):
    token = host.enrol("alice")
    SESSIONS.rename("/run/awsmfa/away")
    try:
        def login():
            ticket = ask("alice", token.fresh()).ticket
            return open_session("alice", ticket), close_session("alice")
        opened, closed = in_login(host, login)
        assert opened.outcome == "Success" and closed.outcome == "Success"
        host.log.has("no MFA session is kept", "awsmfa init")
    finally:
        Path("/run/awsmfa/away").rename(SESSIONS)


# The policy

def test_policy_lets_in_without_mfa(host):
    host.enrol("alice")
    policy(host, allow(IpAddress={"aws:SourceIp": "192.0.2.0/24"}), FRESH)
    near = [(wire.RHOST, "192.0.2.7")]
    result = ask("alice", fields=near)
    assert result.outcome == "Success" and not result.prompts
    assert open_session("alice", result.ticket).outcome == "Success"
    assert sessions() == []
    assert ask("alice", phase="account", fields=near).ticket
    assert ask("alice", phase="open_session", fields=near).outcome == "Success"
    for far in ("198.51.100.1", "192.0.2.7.example.org"):
        assert ask("alice", fields=[(wire.RHOST, far)]).prompts
    assert account("alice").outcome == "AccessDenied"


def test_policy_that_denies_asks_as_of_anyone(host):
    token = host.enrol("alice")
    policy(host, FRESH, {"Sid": "NotNow", "Effect": "Deny",
                         "Action": "pam:Authenticate", "Resource": "*"})
    code = token.fresh()
    alice, dave = ask("alice", code), ask("dave", code)
    nobody = ask("nobody-here", code)
    assert alice.outcome == "AccessDenied"
    assert repr(alice) == repr(dave) == repr(nobody)
    host.log.decision("alice", "AccessDenied", "NotNow")
    (CONF / "policy.json").unlink()
    assert ask("alice", code).outcome == "Success"      # it was not spent


def test_only_kinds_that_the_policy_allows_are_taken(host):
    token = host.enrol("alice")
    policy(host, allow(StringEquals={"pam:MfaDeviceType": "virtual"}))
    assert ask("alice", token.fresh()).outcome == "AccessDenied"
    host.log.decision("alice", "AccessDenied")
    policy(host, allow(StringEquals={"pam:MfaDeviceType": "hardware"}))
    assert ask("alice", token.fresh()).outcome == "Success"


@pytest.mark.parametrize("text", ["", "{", '{"Version": "2012-10-17"}'])
def test_policy_that_is_none_denies_everyone_alike(host, text):
    token = host.enrol("alice")
    (CONF / "policy.json").write_text(text)
    results = {repr(ask(user, token.fresh()))
               for user in ("alice", "dave", "nobody-here")}
    assert len(results) == 1
    assert "InvalidConfiguration" in results.pop()
    host.log.decision("alice", "InvalidConfiguration", "policy.json")


# Users without a device

def test_unenrolled_user_is_let_in_with_a_ticket_where_allowed(host):
    result = ask("dave", unenrolled="allow")
    assert result.outcome == "Success" and not result.prompts
    assert account("dave", result.ticket).outcome == "Success"
    assert open_session("dave", result.ticket).outcome == "Success"


def test_unenrolled_user_is_let_in_only_where_the_policy_would(host):
    policy(host, FRESH, {"Effect": "Deny", "Action": "pam:Authenticate",
                         "Resource": "*"})
    assert ask("dave", "123456", unenrolled="allow").outcome == \
        "AccessDenied"


def test_enroll_by_lets_in_until_the_end_of_that_day(host):
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 60))
    result = ask("dave", fields=[(wire.ENROLL_BY, today)])
    assert result.outcome == "Success" and not result.prompts
    assert f"by {today}: run awsmfa" in result.said
    past = ask("dave", "123456", fields=[(wire.ENROLL_BY, "2020-02-29")])
    assert past.outcome == "AccessDenied" and past.prompts
    token = host.enrol("alice")
    assert ask("alice", token.fresh(),
               fields=[(wire.ENROLL_BY, today)]).prompts
    for bad in ("2026-02-30", "2026-2-3", "26-02-03", "tomorrow",
                "2026-02-030", "2026-13-01", "2026/02/03"):
        result = ask("alice", fields=[(wire.ENROLL_BY, bad)])
        assert result.outcome == "InvalidConfiguration", bad


# Enrolment at the sign-in

def token_of(result):
    """The device that the person was shown, as an app would take it up."""
    uri, = [m for m in result.messages if m.startswith("otpauth://")]
    seed = re.search(r"[?&]secret=([A-Z2-7]+)", uri).group(1)
    assert seed in result.said.replace(" ", "")
    token = Token("arn:aws:iam::000000000000:mfa/carol/signin")
    token.seed = base64.b32decode(seed + "=" * (-len(seed) % 8)).hex()
    return token


class App:
    """Answers the two prompts for codes; keeps the token."""

    def __init__(self):
        self.token = self.codes = None

    def __call__(self, result):
        if self.codes is None:
            self.token = token_of(result)
            self.codes = self.token.pair()
        return self.codes.pop(0)


def nothing_is_written():
    for folder in ("devices", "ledger", "claims", "inventory"):
        assert not list((STATE / folder).iterdir()), folder


def test_enrolment_is_left_to_account_where_there_is_one(host):
    for mode in ("enroll", "enroll-open"):
        result = ask("carol", unenrolled=mode)
        assert result.outcome == "EnrollmentPending"
        assert not result.prompts and result.ticket is None
    nothing_is_written()
    # Unknown users and enrolled ones are asked as ever.
    token = host.enrol("alice")
    for user in ("alice", "nobody-here"):
        assert ask(user, token.wrong(), unenrolled="enroll-open").outcome == \
            "AccessDenied"


def test_elsewhere_users_are_denied_and_told_to_run_awsmfa(host):
    token = host.enrol("alice")
    said = set()
    for user in ("carol", "alice", "nobody-here"):
        result = ask(user, token.wrong(), service="sudo",
                     unenrolled="enroll-open")
        assert result.outcome == "AccessDenied" and len(result.prompts) == 1
        said.add(result.said)
    assert len(said) == 1
    assert "run awsmfa" in said.pop()
    host.log.decision("carol", "NotEnrolled", "run 'awsmfa'")


def test_user_enrols_with_two_codes_and_is_in(host):
    app = App()
    result = account("carol", None, app, app, pending=True,
                     unenrolled="enroll-open")
    assert result.outcome == "Success", result
    assert result.prompts == ["MFA code 1: ", "MFA code 2: "]
    assert result.environment["AWSMFA_DEVICE"].endswith(":mfa/carol/signin")
    assert open_session("carol", result.ticket).outcome == "Success"
    host.log.has("operation=Account user=carol", "mfa/carol/signin",
                 "outcome=Success", "enabled")
    assert ask("carol", app.token.fresh()).outcome == "Success"


def test_enrolment_needs_the_administrators_code(host):
    made = awsmfa("invite", "--user-name", "carol")
    code, = re.findall(r"\b(?:[A-Za-z2-7]{4}-){3}[A-Za-z2-7]{4}\b", str(made))
    app = App()
    wrong = account("carol", None, "123456", "AAAA-AAAA-AAAA-AAAA", "",
                    pending=True, unenrolled="enroll")
    assert wrong.outcome == "AccessDenied"
    assert wrong.prompts == ["Enrollment code: "] * 3
    assert "otpauth" not in wrong.said
    result = account("carol", None, code, app, app, pending=True,
                     unenrolled="enroll")
    assert result.outcome == "Success", result
    again = account("bob", None, code, code, code, pending=True,
                    unenrolled="enroll")
    assert again.outcome == "AccessDenied"


def test_wrong_codes_enable_nothing_and_leave_nothing(host):
    result = account("carol", None, *["123456"] * 6, pending=True,
                     unenrolled="enroll-open")
    assert result.outcome == "AccessDenied" and len(result.prompts) == 6
    host.log.decision("carol", "InvalidAuthenticationCode")
    assert not list((STATE / "inventory").iterdir())
    assert not list((STATE / "devices").iterdir())
    left = account("carol", None, "123456", pending=True,
                   unenrolled="enroll-open")
    assert left.outcome is None         # the person has gone
    host.log.decision("carol", "RequestAborted")
    assert not list((STATE / "inventory").iterdir())


def test_second_try_has_a_second_chance(host):
    app = App()
    result = account("carol", None, "123456", "654321", app, app,
                     pending=True, unenrolled="enroll-open")
    assert result.outcome == "Success", result


def test_pending_enrolment_is_for_who_has_no_device(host):
    host.enrol("alice")
    result = account("alice", pending=True, unenrolled="enroll-open")
    assert result.outcome == "AccessDenied" and not result.prompts
    assert "otpauth" not in result.said


@pytest.mark.parametrize("mode", ["deny", "allow"])
def test_lines_of_auth_and_account_must_agree(host, mode):
    result = account("carol", pending=True, unenrolled=mode)
    assert result.outcome == "InvalidConfiguration"
    host.log.decision("carol", "InvalidConfiguration", "unenrolled=")
    nothing_is_written()


def test_enrolment_is_where_the_policy_allows_it(host):
    policy(host, FRESH, {**ENROL, "Condition": {
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}})
    far = account("carol", pending=True, unenrolled="enroll-open")
    assert far.outcome == "AccessDenied" and not far.prompts
    host.log.decision("carol", "AccessDenied", "iam:EnableMFADevice")
    nothing_is_written()
    app = App()
    near = account("carol", None, app, app, pending=True,
                   unenrolled="enroll-open",
                   fields=[(wire.RHOST, "192.0.2.7")])
    assert near.outcome == "Success"


# What the user is told

def test_failed_attempts_are_told_once_the_session_opens(host):
    token = host.enrol("alice")
    for number in (1, 2):
        for _ in range(number):
            ask("alice", token.wrong(), fields=[(wire.RHOST, "192.0.2.9")])
        result = ask("alice", token.fresh())
        assert "failed" not in result.said
        assert "failed" not in account("alice", result.ticket).said
        assert re.search(f"^{number} failed MFA attempts? since your last "
                         "sign-in, last from 192.0.2.9$",
                         open_session("alice", result.ticket).said, re.M)
        assert not open_session("alice", result.ticket).said


def test_recovery_codes_that_are_left_are_told_when_one_was_used(host):
    host.enrol("alice")
    made = awsmfa("create-recovery-codes", "--user-name", "alice")
    codes = re.findall(r"\b(?:[A-Za-z2-7]{4}-){3}[A-Za-z2-7]{4}\b", str(made))
    assert len(codes) == 10
    result = ask("alice", codes[0])
    assert result.outcome == "Success"
    assert "9 recovery codes" in open_session("alice", result.ticket).said
