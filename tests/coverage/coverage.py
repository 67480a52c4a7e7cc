"""
Line coverage of the parsers: coverage.py BUILD, of a build with --coverage in
which the tests have run. A parser is what reads text or octets from outside:
files, sockets, people. Fails under 95 % of the lines of all of them.
"""
import glob
import json
import os
import subprocess
import sys

LEAST = 95.0

PARSERS = """
pam/answer.c pam/arguments.c pam/signin.c
src/base/text.c
src/cli/doctor/pam_control.c src/cli/doctor/pam_line.c
src/cli/doctor/pam_stack.c src/cli/doctor/settings.c
src/cli/doctor/sshd_config.c src/cli/doctor/sshd_match.c
src/cli/import_google.c src/cli/import_oath.c src/cli/import_u2f.c
src/cli/options.c
src/cli/csv.c src/cli/pskc.c src/cli/pskc_crypt.c src/cli/token.c
src/endpoint/agent.c src/endpoint/agent_signer.c
src/endpoint/operations_import_devices.c
src/endpoint/operation.c src/endpoint/params.c src/endpoint/process.c
src/endpoint/request.c src/endpoint/row.c
src/fido/agent_message.c src/fido/authdata.c src/fido/base64.c
src/fido/certificate.c src/fido/ssh_key.c src/fido/ssh_private.c
src/fido/u2f_keys.c src/fido/ssh_signature.c src/fido/ssh_wire.c
src/fido/sshsig.c
src/mfa/longcode.c src/mfa/settings.c src/mfa/ssh_info.c src/mfa/ticket.c
src/otp/base32.c src/otp/otpauth.c
src/policy/arn.c src/policy/condition.c src/policy/keys.c src/policy/moment.c
src/policy/operator.c src/policy/parse.c src/policy/pattern.c
src/policy/reader.c src/policy/scalar.c src/policy/statement.c
src/store/claim.c src/store/devfile.c src/store/devgroup.c src/store/devkey.c
src/store/devlang.c src/store/devrecovery.c src/store/ledger.c
src/store/record.c src/store/session.c
src/wire/fields.c src/wire/frame.c src/wire/keymsg.c
""".split()


def data_files(build):
    """What the tests have left, of objects of the parsers alone."""
    names = {os.path.splitext(os.path.basename(path))[0] for path in PARSERS}
    for path in glob.glob(f"{build}/**/*.gcda", recursive=True,
                          include_hidden=True):
        name = os.path.basename(path).removesuffix(".gcda")
        # Objects of a program or a library have its name before their own.
        if name in names or name.rsplit("-", 1)[-1] in names:
            yield path


def read_lines(build, top):
    """How often each line was run in all objects together, by source."""
    sources = {path: {} for path in PARSERS}
    for path in data_files(build):
        result = subprocess.run(
            ["gcov", "--json-format", "--stdout", path], cwd=build,
            capture_output=True, text=True, check=True)
        for text in result.stdout.splitlines():
            for file in json.loads(text)["files"]:
                name = os.path.relpath(
                    os.path.join(build, file["file"]), top)
                lines = sources.get(name)
                if lines is None:
                    continue
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]
    return sources


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def main():
    build = os.path.abspath(sys.argv[1])
    top = os.environ.get("abs_top_srcdir", os.getcwd())
    total = reached = 0
    unknown = []
    print(f"{'parser':34} {'lines':>6} {'run':>6} {'%':>6}  not run")
    for name, lines in sorted(read_lines(build, top).items()):
        if not lines:
            unknown.append(name)
            continue
        run = sum(count > 0 for count in lines.values())
        missing = ranges(n for n, count in lines.items() if count == 0)
        total += len(lines)
        reached += run
        print(f"{name:34} {len(lines):6} {run:6} "
              f"{100 * run / len(lines):6.1f}  {missing}".rstrip())
    share = 100 * reached / total if total else 0
    print(f"{'all parsers':34} {total:6} {reached:6} {share:6.1f}")
    if unknown:
        sys.exit(f"coverage: nothing was run of {' '.join(unknown)}")
    if share < LEAST:
        sys.exit(f"coverage: under {LEAST:g} %")


main()
