"""Functions as tests, reported as TAP."""
import shutil
import sys
import time
import traceback


def attempt(test, before):
    """What went wrong, as lines; none where all is well."""
    try:
        before()
        test()
    except Exception:  # pylint: disable=broad-except
        return traceback.format_exc().strip().split("\n")
    return []


def lack(programs):
    """Says so, where one of PROGRAMS is not there."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP not installed: {' '.join(missing)}")
    return bool(missing)


def run(tests, before=lambda: None, needs=lambda test: None):
    """Runs TESTS, or those of them that the command line names, each after
    BEFORE(); skips those for which NEEDS() names something that is not there.
    The status to exit with."""
    chosen = [test for test in tests
              if not sys.argv[1:] or test.__name__ in sys.argv[1:]]
    failed = 0
    for number, test in enumerate(chosen, 1):
        if missing := needs(test):
            print(f"ok {number} - {test.__name__} # SKIP no {missing}")
            continue
        started = time.monotonic()
        problems = attempt(test, before)
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {test.__name__}")
        print(f"# {(time.monotonic() - started) * 1000:.0f} ms")
        for line in problems:
            print("# " + line)
        sys.stdout.flush()
    print(f"1..{len(chosen)}")
    return 1 if failed else 0
