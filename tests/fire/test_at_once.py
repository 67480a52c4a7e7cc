"""The same code from many processes at once."""
import fire


def test_of_8_at_once_with_the_same_code_one_is_let_in(host, way):
    token = host.enrol("alice", period=60)
    token.settle(10)
    step = max(token.last + 1, token.centre())
    told = fire.run("race", "mfa", 8, 20, "alice", token.code(step))
    assert told == [["alice", "1", "7", "0"]] * 20
