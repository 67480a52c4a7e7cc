"""What a one-shot endpoint gets of a caller that is set-uid and hostile:
nothing."""
import os
import pwd
import subprocess
from pathlib import Path

import pexpect
import pytest

from host import ACCOUNT, ENV, SUPPORT, password_of


def read_status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {k: v.strip() for k, v in (line.split(":", 1) for line in lines)}


def look_at(pid):
    """What the process PID was given."""
    proc = Path(f"/proc/{pid}")
    return {
        "status": read_status(pid),
        "environ": (proc / "environ").read_bytes(),
        "cmdline": (proc / "cmdline").read_bytes(),
        "cwd": os.readlink(proc / "cwd"),
        "root": os.readlink(proc / "root"),
        "exe": os.readlink(proc / "exe"),
        "limits": (proc / "limits").read_text(),
        "fds": {int(p.name): os.readlink(p) for p in (proc / "fd").iterdir()},
        "stat": (proc / "stat").read_text().rsplit(")", 1)[1].split(),
        "maps": (proc / "maps").read_text(),
    }


def harmless(host):
    """What it is given by a caller that means no harm."""
    child = host.pam_at_prompt("alice")
    pid, = host.endpoints()
    seen = look_at(pid)
    child.close(force=True)
    return seen


COMMANDS = {
    "su": ["/usr/bin/su", "alice", "-c", "echo signed in as $USER >&2"],
    "sudo": ["/usr/bin/sudo", "-k", "sh", "-c",
             "echo signed in as $SUDO_USER >&2"],
}


def can_raise_limits():
    """Has root CAP_SYS_RESOURCE here? Containers often go without."""
    return int(read_status("self")["CapBnd"], 16) >> 24 & 1 == 1


def start_hostile(program, limits):
    """A hostile su or sudo by a user, after the right password."""
    caller = "mallory" if program == "su" else "alice"
    child = pexpect.spawn(str(SUPPORT / "hostile"),
                          [limits, caller, *COMMANDS[program]], env=ENV,
                          timeout=15, encoding="utf-8")
    child.delaybeforesend = None
    child.expect_exact("assword")
    child.expect_exact(": ")
    child.waitnoecho(2)
    child.sendline(password_of("alice"))
    return child


@pytest.fixture(params=COMMANDS)
def hostile(request, host):
    """The same by a user with a device, at the code's prompt."""
    token = host.enrol("alice")
    expected = harmless(host)
    child = start_hostile(request.param,
                          "hard" if can_raise_limits() else "soft")
    child.expect_exact("MFA code: ")
    pid, = host.endpoints()
    yield child, pid, look_at(pid), expected, token
    child.close(force=True)


def test_one_shot_gets_nothing_of_a_hostile_caller(hostile):
    child, pid, seen, expected, token = hostile
    account = pwd.getpwnam(ACCOUNT)
    status = seen["status"]
    assert seen["environ"] == b""
    assert seen["cmdline"] == b"awsmfa-endpoint\0--one-shot\0"
    assert seen["exe"] == "/usr/libexec/awsmfa-endpoint"
    assert seen["cwd"] == "/" and seen["root"] == "/"
    assert status["Umask"] == "0077"
    assert status["Uid"].split() == [str(account.pw_uid)] * 4
    assert status["Gid"].split() == [str(account.pw_gid)] * 4
    assert status["Groups"] == ""
    assert status["NoNewPrivs"] == "1"
    for sort in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[sort], 16) == 0, sort
    assert int(status["SigBlk"], 16) == 0
    # SIGPIPE may be ignored by its own choice, as with a harmless caller.
    assert status["SigIgn"] == expected["status"]["SigIgn"]
    assert int(status["SigIgn"], 16) & ~(1 << 12) == 0
    assert status["SigCgt"] == expected["status"]["SigCgt"]
    assert seen["limits"] == expected["limits"]
    for name in ("Max file size", "Max cpu time", "Max address space"):
        line, = [s for s in seen["limits"].splitlines() if s.startswith(name)]
        assert line.split()[-3] == line.split()[-2] == "unlimited", line
    # A session of its own, no terminal, ordinary priority.
    session, terminal, nice = seen["stat"][3], seen["stat"][4], seen["stat"][16]
    assert os.getsid(pid) == int(session) != os.getsid(child.pid)
    assert terminal == "0"
    assert nice == expected["stat"][16] == "0"


def test_one_shot_has_no_descriptor_of_a_hostile_caller(hostile):
    child, pid, seen, expected, token = hostile
    fds = seen["fds"]
    assert {fds[n] for n in (0, 1, 2)} == {"/dev/null"}
    assert fds[3].startswith("socket:")
    for number, target in fds.items():
        assert "hostile" not in target and "spare" not in target
        assert "pts" not in target and "tty" not in target
    def kinds(table):
        return sorted((n, t.split(":")[0]) for n, t in table.items())
    assert kinds(fds) == kinds(expected["fds"])
    assert "hostile" not in seen["maps"] and "evil" not in seen["maps"]


def test_hostile_caller_can_still_sign_in(hostile):
    child, pid, seen, expected, token = hostile
    child.sendline(token.fresh())
    index = child.expect(["signed in as ", pexpect.EOF])
    assert index == 0, child.before


@pytest.mark.parametrize("program", COMMANDS)
def test_limits_that_cannot_be_raised_deny(host, program):
    if can_raise_limits():
        pytest.skip("root can raise hard limits here")
    token = host.enrol("alice")
    child = start_hostile(program, "hard")
    child.expect(pexpect.EOF)
    assert "signed in" not in child.before
    child.close()
    host.log.complaint("alice", "ServiceUnavailable")
    assert host.pam("alice", token.fresh())


def test_nobody_may_look_at_the_keepers_memory_as_the_account(host):
    """It is the host's, and the endpoint's until that is executed: the kernel
    would have it open again after a change of ids (fs.suid_dumpable)."""
    trace = Path("/run/bed/trace")
    subprocess.run(["strace", "-f", "-o", trace, "-e",
                    "trace=prctl,setresuid,execve", "pamtester", "mfa",
                    "alice", "authenticate"], env=ENV, input="1\n", text=True,
                   check=False, capture_output=True, timeout=30)
    lines = trace.read_text().splitlines()
    executed, = [line for line in lines if '"awsmfa-endpoint"' in line]
    child = executed.split()[0]
    mine = [line for line in lines if line.split()[0] == child]
    uid = pwd.getpwnam(ACCOUNT).pw_uid
    became, = [line for line in mine if f"setresuid({uid}, " in line]
    between = mine[mine.index(became):mine.index(executed)]
    assert any("PR_SET_DUMPABLE, SUID_DUMP_DISABLE" in line
               for line in between), mine
