"""Every call of the endpoint that can fail fails in turn: who signs in is
denied, or let in rightly, never unrecorded, and the next good code is let in.

A test of a scenario is named by how calls fail; see faults.c and plan.h."""
import re
import subprocess
import time

import pytest

import faulty
import fire
from faulty import (AROUND, CONVERSATION, CRYPTO, FAIL, HOWS, INTERRUPTED,
                    LASTING, LATE)
from host import CONF, ENDPOINT, awsmfa

SIGN_INS = ["right", "wrong", "used", "recovery", "login"]
OPERATIONS = ["enable", "deactivate"]
# How these go on from a failure is the store's, and tried by those two: in the
# short form their calls fail in two ways.
OTHERS = ["resync", "session", "end", "create-recovery-codes", "grant",
          "revoke", "unlock", "import-tokens", "create-virtual", "tag"]
# Where its caller has gone an import goes on, as another round begins.
SHORT_OTHERS = [other for other in OTHERS if other != "import-tokens"]
SHORT_HOWS = [FAIL, LATE]
ALL = (1, 1)

CONF_TEXT = """\
account_services = ["sshd", "fire"];
max_conversations = 64;
"""


@pytest.fixture
def faults(host):
    undo = faulty.install()
    (CONF / "awsmfa.conf").write_text(CONF_TEXT)
    (CONF / "policy.json").write_bytes(
        (fire.SOURCE / "conf/policy.json").read_bytes())
    with open("/etc/pam.d/fire", "w") as file:
        for kind in "auth", "account", "session":
            file.write(f"{kind} required pam_awsmfa.so\n")
    yield host
    undo()


def arguments_of(host, scenario):
    """What the scenario needs beside alice's token."""
    if scenario == "recovery":
        made = awsmfa("create-recovery-codes", "--user-name", "alice")
        return [made["RecoveryCodes"]["Codes"][0]]
    if scenario not in ("enable", "deactivate", "resync"):
        return []
    second, = host.tokens(1, period=60)
    if scenario != "enable":
        back = 2 if scenario == "deactivate" else 7
        host.enable("alice", second, second.codes(second.step() - back, 2))
    return [second.serial, second.seed]


def command_of(host, name, token):
    """The arguments of awsmfa, and what has to be there before."""
    alice = ["--user-name", "alice"]
    if name == "import-tokens":
        with open("/run/bed/some.csv", "w") as file:
            file.write("serial_number,seed_hex\n" + "".join(
                f"FIRE0000{i},{i:040x}\n" for i in (1, 2)))
        return [name, "/run/bed/some.csv"]
    if name == "revoke":
        awsmfa("grant", *alice)
        return ["grant", *alice, "--revoke"]
    if name == "create-virtual":
        return ["create-virtual-mfa-device", *alice,
                "--virtual-mfa-device-name", "phone"]
    if name == "tag":
        return ["tag-mfa-device", "--serial-number", token.serial, "--tags",
                "Key=room,Value=12"]
    if name == "unlock":
        for _ in range(7):
            assert not host.pam("alice", token.wrong())
    return [name, *alice]


def fail(host, scenario, how, where=CONVERSATION, some=ALL):
    """Each call of SCENARIO in turn; SOME in the short form."""
    user = "root" if scenario in ("session", "end") else "alice"
    token = host.enrol(user, period=60)
    arguments = arguments_of(host, scenario)
    if scenario in OTHERS and not arguments and user == "alice":
        arguments = command_of(host, scenario, token)
        scenario = "operation"
    outcome = faulty.run(scenario, how, where,
                         some if fire.TIMES == 1 else ALL, user, token,
                         *arguments)
    assert outcome.count > 0
    return outcome


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("scenario", SIGN_INS)
def test_each_call_of_a_sign_in_denies_or_lets_in_rightly(faults, scenario,
                                                          how):
    faults.start_service()
    outcome = fail(faults, scenario, how)
    if how == INTERRUPTED and scenario == "right":
        # Who knows what became of a flush that was interrupted?
        assert set(outcome.calls["denied"]) == {"fdatasync"}
        assert not outcome.calls["silent"]


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("scenario", OPERATIONS)
def test_each_call_of_an_operation_can_fail_and_be_repeated(faults, scenario,
                                                            how):
    faults.start_service()
    fail(faults, scenario, how,
         some={FAIL: (3, 23), LASTING: (2, 37)}.get(how, ALL))


@pytest.mark.parametrize("how", SHORT_HOWS if fire.TIMES == 1 else
                         HOWS.values(), ids=lambda how: list(HOWS)[how])
@pytest.mark.parametrize("operation", SHORT_OTHERS if fire.TIMES == 1 else
                         OTHERS)
def test_each_call_of_other_operations_can_fail_and_they_be_repeated(
        faults, operation, how):
    faults.start_service()
    fail(faults, operation, how, some=(2, 300))


# In the others the calls are the same as in the service.
WHOLE = ["right"] if fire.TIMES == 1 else SIGN_INS + OPERATIONS


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("scenario", WHOLE)
def test_each_call_of_a_whole_process_denies_or_lets_in_rightly(faults,
                                                                scenario, how):
    some = {FAIL: (6, 4), LASTING: (4, 12), CRYPTO: (16, 200)}
    fail(faults, scenario, how, CONVERSATION | AROUND, some.get(how, ALL))


def test_each_call_of_the_service_itself_bars_nobody_for_good(faults):
    """A service that ends is started again by systemd; here the next sign-in
    does without."""
    (CONF / "policy.json").unlink()             # read as above
    token = faults.enrol("alice", period=60)
    faults.save()
    plan = faulty.Plan()
    ordinal, ended, began = 1, 0, time.monotonic()
    while True:
        plan.arm(ordinal, FAIL, AROUND)
        faulty.launch(faults, plan)
        step = token.step()
        first = faults.pam("alice", token.code(step))
        plan.disarm()
        assert not (first and faults.pam("alice", token.code(step))), plan
        assert faults.pam("alice", token.code(step + 1)), plan
        ended += faults.service.poll() is not None
        faults.stop_service()
        if not plan.failed:
            break
        faults.restore()
        ordinal += 8 if fire.TIMES == 1 else 1
    fire.say(f"the service itself: up to {ordinal} calls, {ended} ended it, "
             f"{time.monotonic() - began:.1f} s")
    assert ordinal > 50


def words(name):
    """Of a file of this folder, without what is said of them."""
    text = (fire.SOURCE / "tests/fire" / name).read_text()
    return {word for line in text.splitlines() if not line.startswith("#")
            for word in line.split()}


def test_every_function_that_the_endpoint_calls_fails_here_or_is_named():
    """A new call is to be wrapped, or to be said why not (in unwrapped)."""
    def undefined(path):
        out = subprocess.run(["nm", "-D", "-u", path], text=True, check=True,
                             capture_output=True).stdout
        names = {line.split()[-1].partition("@")[0]
                 for line in out.splitlines()}
        # __read_chk is read, checked.
        return {re.sub(r"^__(\w+)_chk$", r"\1", name) for name in names}

    wrapped = {word.removeprefix("--wrap=") for word in words("wraps")}
    named = words("unwrapped")
    assert not wrapped & named
    assert undefined(ENDPOINT) - wrapped - named == set()
