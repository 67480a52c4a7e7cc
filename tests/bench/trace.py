"""What does not depend on the machine: instructions, system calls, what is
written, memory."""
import os
import re
import resource
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import batch
import host
import peers

FEW, MANY = 5, 15                       # sign-ins; the difference is counted
STATE = ("/var/lib/awsmfa", "/disk")
CALL = re.compile(r"^\d+ +(\w+)\((?:\d+<([^>]*)>)?.*?(?:= (\d+))?[^=]*$")


def calls(lines):
    """(name, path of the first descriptor, result) of each call in a log."""
    begun = {}
    for line in lines:
        pid = line.split(" ", 1)[0]
        if line.rstrip().endswith("<unfinished ...>"):
            begun[pid] = line.rstrip().removesuffix("<unfinished ...>")
            continue
        if " resumed>" in line and pid in begun:
            line = begun.pop(pid) + line.split(" resumed>", 1)[1]
        found = CALL.match(line.rstrip())
        if found:
            yield found[1], found[2] or "", int(found[3] or 0)


def count(log):
    total = {"calls": 0, "fsync": 0, "bytes": 0}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for name, path, result in calls(lines):
            total["calls"] += 1
            total["fsync"] += name in ("fsync", "fdatasync", "syncfs")
            if name in ("write", "pwrite64", "writev", "pwritev2") and \
                    path.startswith(STATE):
                total["bytes"] += result
    return total


def strace(log):
    return ["strace", "-f", "-y", "-qq", "-s", "0", "-o", log]


def start_service(around=(), inside=()):
    """The service, its start traced by AROUND, or itself run by INSIDE."""
    process = subprocess.Popen(
        [*around, host.SUPPORT / "activate", host.SOCKET, host.ACCOUNT,
         *inside, host.ENDPOINT, "--listen"],
        env=host.ENV, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    host.wait_until(host.SOCKET.exists, 30)
    return process


def prepare(way, case, seconds):
    """As batch.prepare(), with the code used where that is the CASE."""
    code, users = batch.prepare(way, case, seconds)
    if case == "used":
        batch.check(way, "accepted",
                    batch.sign_in(way, code, users[:MANY]))
    return code, users


def counted(way, case, number, traced):
    """The log's totals for NUMBER sign-ins: of the host, and the service."""
    log, served = "/run/bed/trace", "/run/bed/trace.service"
    way.enter()
    try:
        service = None
        code, users = prepare(way, case, 12)
        if traced:
            service = start_service(around=strace(served))
            host.wait_until(lambda: len(peers.MFA.endpoints()) == 5, 30)
        subprocess.run([*strace(log), *batch.argv(way, code, users[:number])],
                       check=True, stdout=subprocess.DEVNULL)
        if service is not None:
            os.kill(min(peers.MFA.endpoints()), signal.SIGTERM)
            service.wait()
            host.SOCKET.unlink()
    finally:
        way.leave()
    return count(log), count(served) if traced else {}


def system_calls(way, case="accepted", traced=False):
    """{what: a sign-in} of CASE, host and service together."""
    few, many = (counted(way, case, n, traced) for n in (FEW, MANY))
    found = {}
    for key in ("calls", "fsync", "bytes"):
        sums = [sum(part.get(key, 0) for part in parts)
                for parts in (few, many)]
        found[key] = (sums[1] - sums[0]) / (MANY - FEW)
    found["calls in the host"] = \
        (many[0]["calls"] - few[0]["calls"]) / (MANY - FEW)
    return found


def callgrind(function, out):
    return ["/usr/bin/valgrind", "-q", "--tool=callgrind",
            f"--toggle-collect={function}", f"--callgrind-out-file={out}"]


def total(path):
    found = re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.M)
    return int(found[1]) if found else 0


def host_instructions(way, case="accepted"):
    """From before pam_start(3) to after pam_end(3); None where it can't be
    told."""
    out = Path("/run/bed/callgrind")
    way.enter()
    try:
        code, users = prepare(way, case, 8)
        subprocess.run([*callgrind("sign_in", out),
                        *batch.argv(way, code, users[:1])], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        way.leave()
    return total(out)


def endpoint_instructions(way, case):
    """In the worker that serves a sign-in, the median of some."""
    # One of its own, as workers of the case before may still write.
    folder = Path(tempfile.mkdtemp(dir="/run/bed"))
    folder.chmod(0o777)
    way.enter()
    code, users = batch.prepare(way, case, 20)
    service = start_service(inside=callgrind("serve", folder / "%p"))
    try:
        for _ in range(2 if case == "used" else 1):
            batch.sign_in(way, code, users[:5])
        time.sleep(3)                   # workers write when they end
    finally:
        service.terminate()
        service.wait()
        host.SOCKET.unlink()
        way.leave()
    latest = sorted((p for p in folder.iterdir() if total(p)),
                    key=lambda p: p.stat().st_mtime)[-4:]
    return statistics.median_low(map(total, latest))


def field(text, name):
    return int(re.search(rf"^{name}: +(\d+) kB", text, re.M)[1])


def host_memory(way):
    """KiB in a process that has just signed in, and the libraries in it."""
    way.enter()
    try:
        code, users = batch.prepare(way, "accepted")
        text = subprocess.run(batch.argv(way, code, users[:1], "-m"),
                              check=True, capture_output=True,
                              text=True).stdout
    finally:
        way.leave()
    libraries = set(re.findall(r"/\S+\.so\S*$", text, re.M))
    return {"rss": field(text, "Rss"), "libraries": len(libraries),
            "private": field(text, "Private_Dirty") +
            field(text, "Private_Clean")}


def pss():
    """KiB of all endpoints together."""
    sum_of = 0
    for pid in peers.MFA.endpoints():
        try:
            sum_of += field(Path(f"/proc/{pid}/smaps_rollup").read_text(),
                            "Pss")
        except (OSError, TypeError):
            pass
    return sum_of


class Waiting:
    """COUNT sign-ins that wait at their prompts."""

    def __init__(self, way, count):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        ours, theirs = os.pipe()
        self.all = [subprocess.Popen(
            batch.argv(way, "0", [peers.USERS[i % 50]], "-w"),
            stdin=subprocess.DEVNULL, stdout=theirs) for i in range(count)]
        os.close(theirs)
        said = b""
        while said.count(b"\n") < count:
            said += os.read(ours, 65536)
        os.close(ours)

    def end(self):
        for process in self.all:
            process.kill()
        for process in self.all:
            process.wait()
        host.wait_until(lambda: len(peers.MFA.endpoints()) == 5, 60)
