"""awsmfa-endpoint with one call that fails, in the endpoint's place: see
plan.h, whose numbers these are."""
import collections
import mmap
import os
import re
import shutil
import struct
import subprocess
import time
from pathlib import Path

import fire
import host as bed

FAIL, LASTING, SHORT, INTERRUPTED, LATE, CRYPTO = range(6)
HOWS = {"fails": FAIL, "fails from then on": LASTING, "is cut short": SHORT,
        "is interrupted": INTERRUPTED, "fails when it is done": LATE,
        "has no memory in libcrypto": CRYPTO}
CONVERSATION, AROUND = 1, 2
# FIRE_FAULTY: that of another build, with sanitizers.
FAULTY = os.environ.get("FIRE_FAULTY") or fire.PROGRAMS / "faulty"
PLAN = "/run/bed/plan"
SANITIZED = "/run/bed/sanitizer"  # a folder: what sanitizers report


def install():
    """Puts it in the endpoint's place; returns what undoes that."""
    away = bed.ENDPOINT + ".away"
    os.rename(bed.ENDPOINT, away)
    shutil.copy(FAULTY, bed.ENDPOINT)
    with open(PLAN, "wb") as file:      # there before anyone starts it
        file.truncate(4096)
    os.chmod(PLAN, 0o666)
    os.makedirs(SANITIZED, exist_ok=True)
    os.chmod(SANITIZED, 0o1777)

    def undo():
        os.rename(away, bed.ENDPOINT)
        shutil.rmtree(SANITIZED)
    return undo


# libconfig does not look whether there was memory, and the process ends there.
IN_LIBCONFIG = re.compile(
    r"SEGV.*?#[0-2] 0x\w+ in (config_|libconfig_|strbuf_|strvec_)", re.DOTALL)


def reports():
    """What sanitizers have found, other than that."""
    texts = [path.read_text() for path in Path(SANITIZED).iterdir()]
    return [text for text in texts if not IN_LIBCONFIG.search(text)]


class Outcome:
    """What became of each call: Counters of calls by their names."""

    def __init__(self, lines):
        self.bad = [" ".join(line) for line in lines if line[0] == "!"]
        lines = [line for line in lines if line[0] != "!"]
        self.count = len(lines)
        self.calls = {what: collections.Counter() for what in
                      ("in", "denied", "silent")}
        for line in lines:
            self.calls[line[-1]][" ".join(line[1:-1])] += 1

    def __str__(self):
        names = sum(self.calls.values(), collections.Counter())
        return f"{self.count} calls ({names.most_common(5)}): " + ", ".join(
            f"{sum(names.values())} {what}"
            for what, names in self.calls.items())


def run(scenario, how, where, some, user, token, *arguments):
    """SOME: of calls of one name so many are tried, and then of so many one."""
    began = time.monotonic()
    done = subprocess.run(
        [fire.PROGRAMS / "faults", scenario, str(how), str(where), *map(str, some),
         user, token.seed, *arguments], env=bed.ENV, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=3600)
    outcome = Outcome([line.split() for line in done.stdout.splitlines()])
    what = " ".join([scenario, *arguments[:scenario == "operation"]])
    fire.say(f"{what}, {list(HOWS)[how]}: {outcome}, "
             f"{time.monotonic() - began:.1f} s")
    assert done.returncode in (0, 1), done.stderr or done.returncode
    found = outcome.bad + reports()
    assert not found, "\n".join(found)
    assert done.returncode == 0, done.stderr
    return outcome


class Plan:
    """struct plan, where this process is the one that arms it."""

    LAYOUT = struct.Struct("=IIII40s")
    ONLY = struct.Struct("=40s")
    ONLY_AT = 16 + 40 + 4 + 4 + 512

    def __init__(self):
        with open(PLAN, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)

    def arm(self, ordinal, how, where, only=""):
        self.ONLY.pack_into(self.map, self.ONLY_AT, only.encode())
        self.LAYOUT.pack_into(self.map, 0, ordinal, how, where, 0, b"")

    def disarm(self):
        struct.pack_into("=I", self.map, 0, 0)

    @property
    def failed(self):
        """What failed; empty where there was no such call."""
        return self.LAYOUT.unpack_from(self.map)[4].rstrip(b"\0").decode()

    def __str__(self):
        return f"{self.failed}, call {self.LAYOUT.unpack_from(self.map)[3]}"


def launch(host, plan):
    """The service, which may end before it has a worker."""
    bed.SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
    host.service = subprocess.Popen(
        [bed.SUPPORT / "activate", bed.SOCKET, bed.ACCOUNT, bed.ENDPOINT,
         "--listen"], env=bed.ENV, stdin=subprocess.DEVNULL)
    pid = host.service.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    bed.wait_until(lambda: host.service.poll() is not None or plan.failed or
                   children.read_text())
