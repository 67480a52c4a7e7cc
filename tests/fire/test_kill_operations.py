"""SIGKILL of the endpoint at each moment of an operation that is different to
others: before each call that changes a file or tells something. All users do the
same, each of them killed one such call later than the one before.

What must hold: what was told to be done is done; what was not can be done again;
the user signs in as before, with no code good twice; and in the end there are
the files that there would be without a kill."""
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

import pytest

import fire
import host as bed

AT_ONCE = 8
AGAIN = {"EntityAlreadyExists", "NoSuchEntity"}


class Scene:
    """The crowd, a second token and a file of tokens for each, and codes."""

    def __init__(self, machine, crowd):
        self.machine, self.crowd = machine, crowd
        self.second = dict(zip(crowd.users, machine.tokens(
            len(crowd.users), period=fire.PERIOD)))
        self.given = {}                 # what an operation said before
        self.settle()

    def settle(self):
        """The step that all codes are of from here."""
        self.crowd.settle(5)
        self.step = self.second[self.crowd.users[0]].step()

    def code(self, user, back):
        """Of the second token, BACK steps ago."""
        return self.second[user].code(self.step - back)

    def pair(self, user, back):
        """Two in a row, the first BACK steps ago, and whose they are."""
        code1, code2 = self.second[user].codes(self.step - back, 2)
        return ["--serial-number", self.second[user].serial,
                "--authentication-code1", code1,
                "--authentication-code2", code2]

    def tokens_of(self, user):
        """The path of a file of two tokens, which is made."""
        path = f"/run/bed/tokens.{user}.csv"
        with open(path, "w", encoding="ascii") as file:
            file.write("serial_number,seed_hex\n")
            for i in (1, 2):
                file.write(f"FIRE{user}{i},{i:040x}\n")
        return path

    def give(self, *argv):
        """Has ARGV done for every user, whose answers are kept."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.given = dict(zip(self.crowd.users, pool.map(
                lambda user: bed.awsmfa(*argv, "--user-name", user),
                self.crowd.users)))

    def throttle(self):
        fire.run("again", "mfa", *(
            f"{user}=" + ",".join(token.wrong() for _ in range(7))
            for user, token in self.crowd.tokens.items()))

    def names(self):
        found = {str(path.relative_to(bed.STATE))
                 for path in bed.STATE.rglob("*")}
        return {name for name in found if not name.endswith(".new")}


@dataclass
class Operation:
    argv: Callable                      # (scene, user)
    prepare: Callable = lambda scene: None
    again: Callable = None              # ARGV of a second time, in any case
    # (scene, user, what awsmfa said, was that the second time?): (answer, is it
    # good?) of sign-ins.
    answers: Callable = lambda scene, user, said, twice: []
    finish: Callable = lambda scene: None
    always: bool = False                # it can be done any number of times
    at_once: int = AT_ONCE


def of_user(name, *more):
    return lambda scene, user: [name, "--user-name", user, *more]


def with_pair(name, back):
    return lambda scene, user: [name, "--user-name", user,
                                *scene.pair(user, back)]


def enable_all(scene):
    argv = with_pair("enable-mfa-device", 7)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda user: bed.awsmfa(*argv(scene, user)),
                      scene.crowd.users))


def enable_next(scene):
    """A token that was given up is free for anyone: for the next of them."""
    for user, other in zip(scene.crowd.users,
                           scene.crowd.users[1:] + scene.crowd.users[:1]):
        bed.awsmfa("enable-mfa-device", "--user-name", other,
                   *scene.pair(user, 3))


def recovery_codes(answer):
    return answer["RecoveryCodes"]["Codes"]


OPERATIONS = {
    "resync": Operation(
        with_pair("resync-mfa-device", 5), prepare=enable_all,
        again=with_pair("resync-mfa-device", 3),
        answers=lambda scene, user, said, twice: [
            (scene.code(user, 4), False), (scene.code(user, 1), True),
            (scene.code(user, 1), False)], always=True),
    "enable": Operation(
        with_pair("enable-mfa-device", 5),
        again=with_pair("enable-mfa-device", 3),
        answers=lambda scene, user, said, twice: [
            (scene.code(user, 4), False),
            (scene.code(user, 1 if twice else 3), True),
            (scene.code(user, 1 if twice else 3), False)]),
    "deactivate": Operation(
        lambda scene, user: ["deactivate-mfa-device", "--user-name", user,
                             "--serial-number", scene.second[user].serial],
        prepare=enable_all,
        answers=lambda scene, user, said, twice: [
            (scene.code(user, 5), False)], finish=enable_next),
    "recovery-codes": Operation(
        of_user("create-recovery-codes"),
        prepare=lambda scene: scene.give("create-recovery-codes"),
        answers=lambda scene, user, said, twice: [
            (recovery_codes(scene.given[user])[0], False),
            (recovery_codes(said)[0], True),
            (recovery_codes(said)[0], False)], always=True),
    "grant": Operation(
        of_user("grant", "--for", "1h"),
        prepare=lambda scene: scene.give("grant", "--for", "1h"),
        answers=lambda scene, user, said, twice: [
            (scene.given[user]["Grant"]["Code"], False),
            (said["Grant"]["Code"], True),
            (said["Grant"]["Code"], False)], always=True),
    "revoke": Operation(
        of_user("grant", "--revoke"),
        prepare=lambda scene: scene.give("grant", "--for", "1h"),
        answers=lambda scene, user, said, twice: [
            (scene.given[user]["Grant"]["Code"], False)]),
    "unlock": Operation(of_user("unlock"), prepare=Scene.throttle,
                        always=True),
    "import": Operation(
        lambda scene, user: ["import-tokens", scene.tokens_of(user)],
        at_once=1),
    "create-virtual": Operation(
        of_user("create-virtual-mfa-device", "--virtual-mfa-device-name",
                "phone")),
    "delete-virtual": Operation(
        lambda scene, user: [
            "delete-virtual-mfa-device", "--serial-number",
            scene.given[user]["VirtualMFADevice"]["SerialNumber"]],
        prepare=lambda scene: scene.give(
            "create-virtual-mfa-device", "--virtual-mfa-device-name",
            "phone")),
    "tag": Operation(
        lambda scene, user: ["tag-mfa-device", "--serial-number",
                             scene.crowd.tokens[user].serial, "--tags",
                             "Key=room,Value=12"], always=True),
}


def said_by(text):
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return None


def crash(scene, operation, user, part, at):
    """(was it told to be done, what was said, was there such a moment)"""
    service = scene.machine.service
    done = subprocess.run(
        [fire.PROGRAMS / "crash", "-c", str(service.pid if service else 0),
         part, str(at), "awsmfa", *operation.argv(scene, user)], env=bed.ENV,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    *said, last = done.stdout.splitlines()
    status, what = last.split()
    return status == "0", said_by("\n".join(said)), what == "killed"


def complete(scene, operation, user, told, said):
    """The operation once more, if there is a doubt: what was said last, and was
    it done then?"""
    if told and operation.again is None:
        return said, False
    try:
        said = bed.awsmfa(*(operation.again or operation.argv)(scene, user))
        assert operation.always or not told, user
        return said, True
    except bed.Failure as failure:
        assert not operation.always, (user, failure)
        assert any(name in failure.text for name in AGAIN), (user, failure)
    return said, False


def check_sign_ins(scene, operation, said):
    crowd, expected = scene.crowd, {}
    for user in crowd.users:
        present = crowd.code(user, later=1)
        expected[user] = [*operation.answers(scene, user, *said[user]),
                          (present, True), (present, False)]
    lines = fire.run("again", "mfa", *(
        f"{user}=" + ",".join(answer for answer, _ in answers)
        for user, answers in expected.items()))
    told = {user: answers for user, *answers in lines}
    for user, answers in expected.items():
        good = [answer == "in" for answer in told[user]]
        assert good == [is_good for _, is_good in answers], (user, answers)


def volley(scene, operation, part, first):
    """Kills at FIRST and so on, or not at all (0); how many were killed."""
    def one(i, user):
        told, said, killed = crash(scene, operation, user, part,
                                   first and first + i)
        return told, said, killed

    users = scene.crowd.users
    with ThreadPoolExecutor(operation.at_once if part == "endpoint" else 1) as pool:
        done = list(pool.map(one, range(len(users)), users))
        said = dict(zip(users, pool.map(
            lambda i: complete(scene, operation, *i),
            ((user, told, answer)
             for user, (told, answer, _) in zip(users, done)))))
    bed.wait_until(lambda: scene.machine.service or
                   not scene.machine.endpoints())
    check_sign_ins(scene, operation, said)
    operation.finish(scene)
    return sum(killed for _, _, killed in done)


PARTS = [("oneshot", "endpoint")] + [("service", "worker")] * (fire.TIMES > 1)


@pytest.mark.parametrize("way, part", PARTS, indirect=["way"],
                         ids=[way for way, _ in PARTS])
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_kill_at_any_change_of_an_operation_leaves_state_whole(
        host, crowd, way, part, operation):
    scene = Scene(host, crowd)
    operation.prepare(scene)
    host.save()
    assert volley(scene, operation, part, 0) == 0
    names, kills, more = scene.names(), 0, len(crowd.users)
    while more == len(crowd.users):
        host.restore()
        scene.settle()
        more = volley(scene, operation, part, 1 + kills)
        kills += more
        assert scene.names() == names
    fire.say(f"{kills} kills")
    assert kills > 3, "nothing to kill"
