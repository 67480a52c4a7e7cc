"""The same code from many processes, and many users at once."""
import pytest

import fire


@pytest.mark.parametrize("processes, count, rounds", [
    (2, 20, 20), (4, 20, 15), (8, 10, 20), (32, 5, 20)])
def test_code_that_many_type_at_once_lets_one_in(crowd, way, processes, count,
                                                 rounds):
    """The rounds are those of each user."""
    for _ in range(fire.rounds(1)):
        crowd.settle()
        codes = [word for user in crowd.users[:count]
                 for word in (user, crowd.code(user))]
        told = fire.run("race", "mfa", processes, rounds, *codes)
        assert len(told) == count * rounds
        wrong = [t for t in told if t[1:] != ["1", str(processes - 1), "0"]]
        assert not wrong


def test_users_at_once_are_let_in_each_with_their_own_code(crowd, way):
    for _ in range(fire.rounds(1)):
        crowd.settle()
        codes = [word for user in crowd.users
                 for word in (user, crowd.code(user))]
        told = fire.run("race", "mfa", 1, 25, *codes)
        assert len(told) == 25 * len(crowd.users)
        assert not [t for t in told if t[1:] != ["1", "0", "0"]]
