"""The filter for fail2ban, on the lines that the endpoint wrote."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from host import ENV, refused, sign_in

CONF = Path(__file__).resolve().parents[2] / "conf/fail2ban"
PLACE = Path("/etc/fail2ban")
FILTER = PLACE / "filter.d/awsmfa.conf"


@pytest.fixture(autouse=True)
def installed():
    """Both files, as the README says."""
    for name in "filter.d/awsmfa.conf", "jail.d/awsmfa.conf":
        shutil.copy(CONF / name, PLACE / name)
    yield
    for name in "filter.d/awsmfa.conf", "jail.d/awsmfa.conf":
        (PLACE / name).unlink()


def lines_of(host):
    """The log as rsyslog would have it in a file."""
    found = []
    for line in host.log.text().splitlines():
        line = re.sub(r"^<\d+>", "", line)
        stamp = re.match(r"\w{3} [ \d]\d \d\d:\d\d:\d\d ", line)
        if stamp:                       # libc's, without the host's name
            found.append(stamp[0] + "bed " + line[stamp.end():])
        else:                           # the module's, without the time
            found.append("Nov 22 13:50:14 bed " + line)
    return found


def banned(lines, *options):
    """The addresses that LINES count against, each as often as it does."""
    path = Path("/run/bed/auth.log")
    path.write_text("".join(line + "\n" for line in lines))
    done = subprocess.run(["fail2ban-regex", "--usedns", "no", "--out", "ip",
                           *options, path, FILTER], env=ENV, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout.split()


def tried(host, user, answer, rhost):
    """Has pamtester let USER in from RHOST?"""
    return subprocess.run(["pamtester", "-I", f"rhost={rhost}", "mfa", user,
                           "authenticate"], input=answer + "\n", env=ENV,
                          capture_output=True, text=True,
                          timeout=30).returncode == 0


def test_denials_count_and_nothing_else_does(host, way):
    token = host.enrol("alice")
    host.log.mark()
    assert not tried(host, "alice", token.wrong(), "10.1.2.3")
    assert not tried(host, "alice", "not a code", "10.1.2.3")
    assert not tried(host, "bob", "123456", "10.1.2.3")         # no device
    assert not tried(host, "nobody-here", "123456", "2001:db8::7")
    host.log.decision("nobody-here", "NoSuchEntity")
    assert banned(lines_of(host)) == 3 * ["10.1.2.3"] + ["2001:db8::7"]
    host.log.mark()
    assert tried(host, "alice", token.fresh(), "10.1.2.3")
    assert not tried(host, "alice", token.wrong(), "a.name.example")
    assert not tried(host, "alice", token.wrong(), "")
    refused("NoSuchEntity", "get-user", "--user-name", "nobody-here")
    (host_conf := Path("/etc/awsmfa/awsmfa.conf")).write_text("nonsense = 1;\n")
    assert not tried(host, "alice", token.wrong(), "10.1.2.3")
    host_conf.unlink()
    assert len([line for line in lines_of(host) if "outcome=" in line]) >= 4
    assert banned(lines_of(host)) == []


def test_denials_by_sshd_count(host, way):
    token = host.enrol("alice")
    host.log.mark()
    assert not sign_in("ssh", "alice", token.wrong())[0]
    host.log.decision("alice", "InvalidAuthenticationCode")
    assert banned(lines_of(host)) == ["127.0.0.1"]


FORGED = "operation=SignIn user=x service=sshd rhost=6.6.6.6 tty=ssh " \
    'serial=- caller=0 outcome=InvalidAuthenticationCode detail="wrong code"'


@pytest.mark.parametrize("user", [
    "x rhost=6.6.6.6 tty=ssh serial=- caller=0 outcome=AccessDenied",
    "x\nNov 22 13:50:14 bed awsmfa-endpoint[1]: " + FORGED, FORGED,
    'x" awsmfa-endpoint[1]: ' + FORGED])
def test_address_can_not_be_forged_by_what_is_typed(host, user):
    assert not tried(host, user, "123456", "10.1.2.3")
    assert not tried(host, "alice", FORGED, "10.1.2.3")
    assert not tried(host, "alice", "123456", "x rhost=6.6.6.6")
    host.log.has("awsmfa-endpoint", "outcome=")
    subprocess.run(["logger", "-t", "sshd", "awsmfa-endpoint[1]: " + FORGED],
                   check=True)
    host.log.has("sshd", "6.6.6.6")
    assert "6.6.6.6" in host.log.text()
    assert set(banned(lines_of(host))) == {"10.1.2.3"}


def test_lines_of_the_journal_count(host):
    assert not tried(host, "bob", "123456", "10.1.2.3")
    host.log.decision("bob", "NotEnrolled")
    lines = [re.sub(r"^\w{3} [ \d]\d \d\d:\d\d:\d\d ", "", line)
             for line in lines_of(host) if "awsmfa-endpoint" in line]
    stamped = ["2026-11-22T13:50:14 " + line for line in lines]
    text = FILTER.read_text()
    assert "journalmatch = _SYSTEMD_UNIT=awsmfa-login.service" in text
    assert banned(stamped, "-l", "ERROR") == ["10.1.2.3"]


def test_jail_is_one_that_fail2ban_takes():
    done = subprocess.run(["fail2ban-client", "--dump"], env=ENV, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if "'awsmfa'" in line]
    assert any("'add', 'awsmfa', 'systemd'" in line for line in said), said
    assert any("addfailregex" in line for line in said), said
    assert any("'maxretry', 5" in line for line in said), said
