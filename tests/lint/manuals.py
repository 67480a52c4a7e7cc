"""Manual pages: clean mdoc, and every option, argument and setting in them."""
import os
import re
import shutil
import subprocess

import tap

OURS = {("awsmfa", "1"), ("awsmfa.conf", "5"),
        ("awsmfa-policy", "5"), ("awsmfa-endpoint", "8"),
        ("awsmfa-key", "8"), ("pam_awsmfa", "8")}


def find(name):
    for path in tap.files(["src", "pam", "conf"], name):
        if os.path.basename(path) == name:
            return path
    return None


def lint(path):
    result = subprocess.run(["mandoc", "-Tlint", path], cwd=tap.SRC, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            check=False)
    # Whether another project's page is installed is a matter of the host.
    return [line for line in result.stdout.split("\n")
            if line and "referenced manual not found" not in line]


def references(path):
    """What the page refers to as ours, and is not a page of ours."""
    return [f"{name}({section})" for name, section in
            re.findall(r"^\.Xr (\S+) (\d)", tap.read(path), re.M)
            if "awsmfa" in name and (name, section) not in OURS]


def plain(path):
    """The page as a person reads it, without overstrikes and line breaks."""
    page = subprocess.run(["mandoc", "-Tascii", "-Owidth=1000", path],
                          cwd=tap.SRC, text=True, stdout=subprocess.PIPE,
                          check=True).stdout
    return re.sub(r".\x08", "", page)


def has(page, word):
    return re.search(r"(?<![\w-])" + re.escape(word) + r"(?![\w-])", page)


def run_help(program, *arguments):
    result = subprocess.run([program, *arguments], text=True, check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    return result.stdout


def long_options():
    """Those of "awsmfa --help" and of each subcommand's --help."""
    program = os.path.join(tap.BUILD, "awsmfa")
    text = run_help(program, "--help")
    commands = [word for word in
                re.findall(r"^\s+([a-z][a-z-]+)\b", text, re.M)
                if word != "awsmfa"]
    for command in commands:
        text += run_help(program, command, "--help")
    return commands, sorted(set(re.findall(r"--[a-z][a-z0-9-]+", text)))


def conf_keys():
    return re.findall(r"^#?(\w+) = ", tap.read("conf/awsmfa.conf"), re.M)


def source_strings(*paths):
    return set(re.findall(r'"([a-z_]+)=?"', "".join(
        tap.read(path) for path in paths if path)))


def pam_arguments():
    """The words that stand in a table row ({ "debug", ...) of pam/."""
    text = "".join(tap.read(path) for path in tap.files(["pam"], "arguments.c"))
    return sorted({word.rstrip("=") for word in
                   re.findall(r'\{\s*"([a-z_]+)=?"\s*,', text)})


def check_words(page, words, at_least, name):
    problems = [f"{word} is missing" for word in words if not has(page, word)]
    if len(words) < at_least:
        problems.append(f"only {len(words)} found to look for: {words}")
    tap.ok(problems, name)


def main():
    if not shutil.which("mandoc"):
        tap.skip("manual pages", "mandoc is not installed")
        tap.done()
    pages = {}
    for name, section in sorted(OURS):
        path = find(f"{name}.{section}")
        tap.ok([] if path else ["not there"], f"{name}({section}) is there")
        if path:
            pages[name] = plain(path)
            tap.ok(lint(path), f"{path} is clean mdoc")
            tap.ok(references(path), f"{path} refers to pages that exist")
    commands, options = long_options()
    check_words(pages.get("awsmfa", ""), commands, 15,
                "every subcommand is in awsmfa(1)")
    check_words(pages.get("awsmfa", ""), options, 15,
                "every option of --help is in awsmfa(1)")
    check_words(pages.get("pam_awsmfa", ""), pam_arguments(), 8,
                "every argument of the module is in pam_awsmfa(8)")
    check_words(pages.get("awsmfa.conf", ""), conf_keys(), 7,
                "every setting of conf/awsmfa.conf is in awsmfa.conf(5)")
    known = source_strings(*tap.files(["src/mfa"], "settings.c"))
    tap.ok([f"{key} is unknown to src/mfa/settings.c" for key in conf_keys()
            if key not in known],
           "every setting of conf/awsmfa.conf is read")
    tap.done()


main()
