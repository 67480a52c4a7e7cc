"""What the tests of this folder share."""
import os
import subprocess
from pathlib import Path

import host

PROGRAMS = Path(os.environ["BED_BUILD"]) / "tests/fire"
TIMES = int(os.environ.get("FIRE_TIMES", "1"))


def rounds(count):
    """COUNT in the short form, and as many more as FIRE_TIMES says."""
    return count * TIMES


def run(program, *argv, timeout=600):
    """Runs tests/fire/PROGRAM; what it prints, by lines, in words."""
    done = subprocess.run([PROGRAMS / program, *map(str, argv)], env=host.ENV,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]
