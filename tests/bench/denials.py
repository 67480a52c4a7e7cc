"""The time of each kind of denial, which is to tell nothing."""
import time

import batch
import peers

COUNT = 5                               # of a batch, so that cases take turns
FREE = 6                                # wrong codes until one is throttled
FAR = 2000                              # steps off: hours


def sign_in(way, code, users, wanted):
    found = batch.sign_in(way, code, users, *way.denial_options)
    if [result == 0 for _, _, result in found] != [wanted] * len(users):
        raise AssertionError(f"{way.name}, {code}: {found[:5]}")
    return [(end - begin) / 1000 for begin, end, _ in found]


def unknown(way):
    return sign_in(way, peers.code(3), peers.UNKNOWN[:COUNT], False)


def unenrolled(way):
    return sign_in(way, peers.code(3), peers.BARE[:COUNT], False)


def wrong(way):
    return sign_in(way, peers.wrong(), peers.USERS[:COUNT], False)


def far(way):
    """The right code of another time."""
    step = int(time.time()) // peers.PERIOD
    near = {peers.totp(step + i) for i in range(-3, 4)}
    code = next(c for c in (peers.totp(step + FAR + i) for i in range(100))
                if c not in near)
    return sign_in(way, code, peers.USERS[:COUNT], False)


def used(way):
    code = peers.code(6)
    sign_in(way, code, peers.USERS[:COUNT], True)
    return sign_in(way, code, peers.USERS[:COUNT], False)


def throttled(way):
    """The right code, which is denied for all those that were wrong."""
    users = peers.USERS[:COUNT]
    sign_in(way, peers.wrong(), users * FREE, False)
    return sign_in(way, peers.code(3), users, False)


def recovery(way):
    """A recovery code that is none."""
    return sign_in(way, "ABCD-EFGH-IJKL-MNOP", peers.USERS[:COUNT], False)


CASES = (unknown, unenrolled, wrong, used, far, throttled, recovery)


def compare(way, rounds):
    """{case: microseconds}, the cases taking turns."""
    samples = {case.__name__: [] for case in CASES}
    for i in range(rounds):
        for case in CASES[i % len(CASES):] + CASES[:i % len(CASES)]:
            way.enter()
            try:
                way.reset()
                samples[case.__name__] += case(way)
            finally:
                way.leave()
    return samples
