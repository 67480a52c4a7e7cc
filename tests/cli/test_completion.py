"""awsmfa's completion in a real bash: all that --help says, and what it can
know of arguments."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import taprun  # noqa: E402

try:
    import pexpect
except ImportError:
    pexpect = None

AWSMFA = os.path.abspath(os.path.join(os.environ["top_builddir"], "awsmfa"))
SCRIPT = os.path.abspath(os.path.join(
    HERE, "../../conf/bash-completion/awsmfa"))
# Completes the words of each line, the last one being what is typed.
ASK = """
source "$1" || exit 1
while IFS= read -r line; do
	mapfile -t -d '|' COMP_WORDS < <(printf %s "$line")
	[[ $line != *'|' ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_awsmfa awsmfa
	printf '%s|' "${COMPREPLY[@]}"
	echo
done
"""


def environment():
    """With awsmfa of this build in PATH."""
    folder = os.path.dirname(AWSMFA)
    return dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}",
                LC_ALL="C.UTF-8")


def complete(*lines, cwd=None):
    """What is offered for each of LINES, words each."""
    text = "".join("|".join(("awsmfa", *line)) + "\n" for line in lines)
    done = subprocess.run(["bash", "-c", ASK, "bash", SCRIPT], input=text,
                          env=environment(), capture_output=True, text=True,
                          timeout=60, check=True, cwd=cwd)
    assert done.stderr == "", done.stderr
    found = [{word.rstrip() for word in line.split("|") if word}
             for line in done.stdout.splitlines()]
    assert len(found) == len(lines), done.stdout
    return found


def helped(*words):
    return subprocess.run([AWSMFA, *words, "--help"], capture_output=True,
                          text=True, timeout=20, check=True).stdout


def subcommands():
    text = helped().split("Subcommands:\n")[1].split("\n\n")[0]
    found = [re.match(r"  (\S+(?: \S+)?)  ", line)[1].split()
             for line in text.splitlines()]
    assert len(found) > 20, found
    return found


def every_subcommand_is_offered():
    names = subcommands()
    first, help_ = complete(("",), ("hel",))
    assert {words[0] for words in names} <= first, first
    assert help_ == {"help"}
    longer = [words for words in names if len(words) > 1]
    assert longer
    for words, found in zip(longer, complete(*((w[0], "") for w in longer))):
        assert words[1] in found, (words, found)


def every_option_of_every_subcommand_is_offered():
    names = subcommands()
    for words, found in zip(names, complete(*((*w, "--") for w in names))):
        wanted = set(re.findall(r"^\s*\[?(--[a-z0-9-]+)", helped(*words), re.M))
        wanted |= {"--output", "--token-code", "--help"}
        assert found == wanted, (words, found ^ wanted)


def an_option_is_offered_once():
    before, after, again = complete(
        ("import", "--"), ("import", "--all", "--"),
        ("import", "--from", "oath", "--fr"))
    assert before - after == {"--all"}
    assert again == set()


def values_that_are_known_are_offered():
    found = complete(
        ("import", "--from", ""), ("import", "--from", "=", "u"),
        ("--output", ""), ("get-user", "--output", "="),
        ("--output", "json", "list-virtual-mfa-devices",
         "--assignment-status", ""),
        ("create-virtual-mfa-device", "--bootstrap-method", "QRCode"),
        ("session", ""))
    assert found == [
        {"google-authenticator", "oath", "u2f"}, {"u2f"},
        {"json", "text", "table"}, {"json", "text", "table"},
        {"Assigned", "Unassigned", "Any"}, {"QRCodePNG", "QRCodeSVG"},
        {"show", "end"}], found


def nothing_is_offered_where_nothing_is_known():
    assert complete(("import", "--origin", ""), ("no-such", "--"),
                    ("--token-code", ""),
                    ("verify", "--authentication-code", "")) == \
        [set(), set(), set(), set()]


def users_are_offered():
    found, = complete(("get-user", "--user-name", "roo"))
    assert "root" in found, found


def files_are_offered():
    with tempfile.TemporaryDirectory() as folder:
        for name in "tokens.csv", "to keep":
            with open(os.path.join(folder, name), "w", encoding="ascii"):
                pass
        found = complete(("import-tokens", "to"), ("policy", "validate", "to"),
                         ("import", "--file", "to"),
                         ("import-tokens", "--key-file", "to"), cwd=folder)
        assert found == [{"tokens.csv", "to keep"}] * 4, found


def a_person_gets_it_by_the_tab_key():
    child = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"],
                          env=dict(environment(), PS1="> ", TERM="dumb"),
                          encoding="utf-8", timeout=20)
    child.sendline(f"PS1='ready> '; source {SCRIPT}")
    child.expect("\nready> |\rready> ")
    child.send("awsmfa list-virtual-mfa-devices --ass\tUnas\t")
    child.expect("--assignment-status Unassigned ")
    child.send("\x15awsmfa polic\tvalid\t")
    child.expect("awsmfa policy validate ")
    child.close(force=True)


def needs(test):
    if not shutil.which("bash"):
        return "bash"
    if test is a_person_gets_it_by_the_tab_key and pexpect is None:
        return "pexpect"
    return None


sys.exit(taprun.run([
    every_subcommand_is_offered,
    every_option_of_every_subcommand_is_offered,
    an_option_is_offered_once,
    values_that_are_known_are_offered,
    nothing_is_offered_where_nothing_is_known,
    users_are_offered,
    files_are_offered,
    a_person_gets_it_by_the_tab_key,
], needs=needs))
