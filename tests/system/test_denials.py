"""A denial tells nothing: what is said of one, for every reason there is. Its
time is measured by the benchmarks, and rounded by what test_person.c tests."""
import pytest

from wire import OUTCOME, PROMPT, ask

WRONG = 6                               # until codes are throttled
FAR = 2000                              # steps: hours


def reasons(host):
    """(user, answer, error name and detail of the log) of each."""
    token, other = host.enrol("alice"), host.enrol("bob")
    used = token.fresh()
    assert host.pam("alice", used)
    near = set(other.codes(other.centre() - 20, 41))
    far = next(c for c in other.codes(other.centre() + FAR, 100)
               if c not in near)
    throttled = host.enrol("carol")
    for _ in range(WRONG):
        assert not host.pam("carol", throttled.wrong())
    return [
        ("nobody-here", "123456", "NoSuchEntity", "user unknown"),
        ("dave", "123456", "NotEnrolled", "no device"),
        ("alice", token.wrong(), "InvalidAuthenticationCode", "wrong code"),
        ("alice", used, "InvalidAuthenticationCode", "already used"),
        ("bob", far, "InvalidAuthenticationCode", "wrong code"),
        ("carol", throttled.fresh(), "Throttling", "refused until"),
        ("alice", "12", "InvalidAuthenticationCode", "not a code"),
        ("dave", "12", "NotEnrolled", "no device"),
        ("nobody-here", "ABCD-EFGH-IJKL-MNOP", "NoSuchEntity", "user unknown"),
        ("dave", "ABCD-EFGH-IJKL-MNOP", "NotEnrolled", "no device"),
        ("alice", "ABCD-EFGH-IJKL-MNOP", "InvalidAuthenticationCode",
         "wrong recovery code"),
    ]


@pytest.mark.parametrize("unenrolled", ["deny", "enroll"])
def test_frames_of_all_denials_are_the_same(host, unenrolled):
    host.start_service()
    said = {}
    for user, answer, name, why in reasons(host):
        host.log.mark()
        # sudo has no phase in which to enrol anyone.
        result = ask(user, answer, service="sudo", unenrolled=unenrolled)
        host.log.decision(user, name, why)
        said[f"{user}, {answer}: {why}"] = result.frames
    kinds = [kind for kind, _ in next(iter(said.values()))]
    assert kinds[0] == PROMPT and kinds[-1] == OUTCOME
    assert len(set(map(tuple, said.values()))) == 1, said


def test_people_are_told_the_same_of_all_denials(host, way):
    said = {}
    for user, answer, name, why in reasons(host):
        host.log.mark()
        assert not host.pam(user, answer)
        host.log.decision(user, name, why)
        said[f"{user}, {answer}: {why}"] = host.said
    assert "ask your administrator" in host.said
    assert len(set(said.values())) == 1, said
