"""The policy document in its place, and what awsmfa says of it."""
import json
import os
import subprocess

import pytest

from host import ENV, POLICY, as_user, awsmfa, refused

SERVICE = "arn:aws:pam::000000000000:service/"


@pytest.fixture(autouse=True)
def service(host):
    host.start_service()


def write(*statements):
    POLICY.write_text(json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))


def statement(sid, effect="Allow", action="pam:Authenticate", resource="*",
              **condition):
    found = {"Sid": sid, "Effect": effect, "Action": action,
             "Resource": resource}
    if condition:
        found["Condition"] = condition
    return found


FRESH = statement("Fresh", NumericEquals={"aws:MultiFactorAuthAge": "0"})


def simulate(user, action, *more):
    """(decision, names of the statements, resource, document)"""
    one, = awsmfa("simulate", "--user-name", user, "--action", action,
                  *more)["EvaluationResults"]
    assert one["EvalActionName"] == action
    return (one["EvalDecision"],
            [each["StatementId"] for each in one["MatchedStatements"]],
            one["EvalResourceName"],
            {each["SourcePolicyId"] for each in one["MatchedStatements"]})


def test_simulation_without_a_file_is_of_the_default(host):
    assert simulate("alice", "pam:Authenticate", "--context",
                    "pam:Service=sshd") == (
        "implicitDeny", [], SERVICE + "sshd", set())
    assert simulate("alice", "pam:Authenticate", "--context",
                    "pam:Service=sshd", "aws:MultiFactorAuthPresent=true",
                    "aws:MultiFactorAuthAge=0") == (
        "allowed", ["AllowLoginWithMFA"], SERVICE + "sshd", {"default"})
    arn = "arn:aws:iam::000000000000:user/alice"
    assert simulate("alice", "iam:EnableMFADevice") == (
        "allowed", ["AllowManageOwnUserMFA"], arn, {"default"})
    # What holds of the user counts: there is a device now.
    host.enrol("alice")
    assert simulate("alice", "iam:EnableMFADevice")[:2] == (
        "explicitDeny", ["DenyFurtherDevicesIfNoMFA"])
    assert simulate("alice", "iam:EnableMFADevice", "--context",
                    "pam:MfaDeviceCount=0")[0] == "allowed"
    assert simulate("alice", "iam:EnableMFADevice", "--resource",
                    arn.replace("alice", "bob"))[0] == "implicitDeny"
    assert simulate("alice", "iam:CreateVirtualMFADevice")[:2] == (
        "allowed", ["AllowManageOwnVirtualMFADevice"])


def test_simulation_names_the_statements_of_the_file(host):
    write(FRESH,
          statement("Backup", IpAddress={"aws:SourceIp": "10.0.0.0/8"},
                    **{"ForAnyValue:StringEquals": {"pam:Groups": "backup"}}),
          statement("Never", "Deny", StringEquals={"aws:username": "bob"}))
    inside = ("--context", "aws:SourceIp=10.1.2.3")
    assert simulate("alice", "pam:Authenticate", *inside)[0] == "implicitDeny"
    assert simulate("alice", "pam:Authenticate", *inside, "pam:Groups=users",
                    "pam:Groups=backup") == (
        "allowed", ["Backup"], SERVICE + "-", {str(POLICY)})
    assert simulate("bob", "pam:Authenticate", *inside,
                    "pam:Groups=backup")[:2] == ("explicitDeny", ["Never"])
    # The host's own groups, where none are given.
    write(statement("Own", **{"ForAnyValue:StringEquals":
                              {"pam:Groups": "alice"}}))
    assert simulate("alice", "pam:Authenticate")[:2] == ("allowed", ["Own"])
    assert simulate("alice", "pam:Authenticate", "--context",
                    "pam:Groups=")[0] == "implicitDeny"
    assert simulate("bob", "pam:Authenticate")[0] == "implicitDeny"


def test_simulation_refuses_what_is_no_question(host):
    ask = ("simulate", "--user-name", "alice", "--action", "pam:Authenticate",
           "--context")
    refused("InvalidInput", *ask, "pam:User=alice")
    refused("InvalidInput", *ask, "username=alice")
    refused("InvalidInput", *ask, "aws:username=a", "AWS:UserName=b")
    refused("InvalidInput", *ask, *(f"aws:k{n}=v" for n in range(65)))
    refused("InvalidInput", *ask, *(f"aws:k={n}" for n in range(65)))
    refused("NoSuchEntity", "simulate", "--user-name", "nobody-here",
            "--action", "pam:Authenticate")


def test_simulation_is_for_root_alone(host):
    host.start_users()
    done = subprocess.run(
        as_user("alice", "awsmfa", "simulate", "--user-name", "alice",
                "--action", "pam:Authenticate"),
        env=ENV, text=True, capture_output=True, timeout=30,
        stdin=subprocess.DEVNULL)
    assert done.returncode == 254 and "(AccessDenied)" in done.stderr


def test_what_simulation_says_holds_at_the_sign_in(host):
    host.enrol("alice")
    write(FRESH, statement("NoMFA", resource=SERVICE + "mfa",
                           StringEquals={"aws:username": "alice"}))
    assert simulate("alice", "pam:Authenticate", "--context",
                    "pam:Service=mfa")[:2] == ("allowed", ["NoMFA"])
    assert host.pam("alice")
    assert not host.pam("alice", service="mfa-echo")
    write(FRESH)
    assert simulate("alice", "pam:Authenticate", "--context",
                    "pam:Service=mfa")[0] == "implicitDeny"
    assert not host.pam("alice")


BROKEN = [
    ('{"Version": "2012-10-17"', "line 1, column "),
    ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
     '"Action": "*", "Resource": "*", "Condition": {"Boolean": {}}}]}',
     "/Statement/0/Condition/Boolean"),
]


@pytest.mark.parametrize("text, place", BROKEN, ids=["syntax", "meaning"])
def test_document_that_is_none_denies_and_its_place_is_logged(host, text,
                                                              place):
    token = host.enrol("alice")
    POLICY.write_text(text)
    assert place in awsmfa("policy", "validate", POLICY, status=253)
    assert not host.pam("alice", token.fresh())
    host.log.decision("alice", "InvalidConfiguration", place)
    assert place in awsmfa("simulate", "--user-name", "alice", "--action",
                           "pam:Authenticate", status=253)
    # What is root's goes on, so that it can be put right.
    awsmfa("list-mfa-devices", "--user-name", "alice")
    POLICY.unlink()
    assert host.pam("alice", token.fresh())


@pytest.mark.parametrize("spoil", [
    lambda: os.chmod(POLICY, 0o664),
    lambda: os.chmod(POLICY, 0o646),
    lambda: os.chown(POLICY, 1, 0),
    lambda: os.chmod(POLICY, 0o600),
    lambda: (POLICY.rename("/etc/awsmfa/p"), POLICY.symlink_to("p")),
    lambda: os.link(POLICY, "/etc/awsmfa/p"),
], ids=["group", "others", "owner", "unreadable", "link", "two-names"])
def test_document_that_is_not_roots_alone_denies(host, spoil):
    token = host.enrol("alice")
    write(FRESH)
    assert host.pam("alice", token.fresh())
    try:
        spoil()
        assert not host.pam("alice", token.fresh())
        host.log.decision("alice", "InvalidConfiguration", "policy.json")
    finally:
        POLICY.unlink()
        if os.path.lexists("/etc/awsmfa/p"):
            os.unlink("/etc/awsmfa/p")
