"""awsmfa as a program, against an endpoint that answers from a script."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
from scripted import (HANG_UP, SILENCE, Endpoint,  # noqa: E402
                      Talk, failure, message, prompt, result, wait)
import taprun  # noqa: E402

try:
    import pexpect
except ImportError:
    pexpect = None

AWSMFA = os.environ.get("AWSMFA") or os.path.join(
    os.environ["top_builddir"], "tests/cli/awsmfa-at")
DATA = os.path.join(HERE, "data")
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ARN = "arn:aws:iam::000000000000:mfa/alice/phone"
URI = f"otpauth://totp/bastion:alice?secret={SEED}&issuer=bastion"
CREATED = result(VirtualMFADevice={
    "SerialNumber": ARN, "Base32StringSeed": SEED, "OtpauthUri": URI})
KEY_ARN = "arn:aws:iam::000000000000:u2f/user/alice/blue-0123456789abcdef"
KEY = ["enable-mfa-device", "--type", "security-key", "--device-name", "blue"]
TAP = "Insert and tap your security key"
PIN = "PIN of the security key (8 tries left): "
ENABLED = result(SerialNumber=KEY_ARN)
PAIR = ["--serial-number", "GAHT12345678", "--authentication-code1", "123456",
        "--authentication-code2", "654321"]


def run(endpoint, *arguments, **more):
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([AWSMFA, *arguments], text=True, check=False,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=endpoint.environment(), timeout=60,
                          start_new_session=True, **more)


def device(number):
    return {"UserName": "alice", "SerialNumber": f"GAHT{number:08}",
            "EnableDate": "2026-11-22T13:50:14+00:00", "Type": "hardware",
            "DeviceName": f"GAHT{number:08}"}


def pages(parameters):
    """Seven devices, three at a time or fewer."""
    at = int(parameters.get("Marker", 0))
    end = min(at + min(parameters.get("MaxItems", 3), 3), 7)
    members = {"Marker": str(end)} if end < 7 else {}
    return result(MFADevices=[device(n) for n in range(at, end)],
                  IsTruncated=end < 7, **members)


def an_operation_sends_its_parameters_and_prints_nothing():
    with Endpoint(EnableMFADevice=result()) as endpoint:
        done = run(endpoint, "enable-mfa-device", "--user-name", "alice", *PAIR)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert endpoint.asked == [("EnableMFADevice", {
            "UserName": "alice", "SerialNumber": "GAHT12345678",
            "AuthenticationCode1": "123456", "AuthenticationCode2": "654321"})]


def a_refusal_reads_as_in_aws_and_exits_254():
    with Endpoint(EnableMFADevice=failure(
            "EntityAlreadyExists", "It is \x1b[2Jtaken.")) as endpoint:
        done = run(endpoint, "enable-mfa-device", *PAIR)
        assert done.returncode == 254 and done.stdout == ""
        assert ("An error occurred (EntityAlreadyExists) when calling the "
                "EnableMFADevice operation: It is \\x1b[2Jtaken."
                ) in done.stderr.split("\n"), done.stderr


def a_configuration_that_is_not_valid_exits_253():
    with Endpoint(GetUser=failure("InvalidConfiguration", "x")) as endpoint:
        assert run(endpoint, "get-user").returncode == 253


def an_endpoint_that_says_nothing_exits_255():
    with Endpoint(GetUser=HANG_UP) as endpoint:
        done = run(endpoint, "get-user")
        assert done.returncode == 255
        assert "(ServiceUnavailable)" in done.stderr, done.stderr


def garbage_is_no_answer():
    for answer in ((65, b"[]"), (65, b"{"), (66, b"{}"), (32, b"Code: "),
                   (65, b'{"User": {}, "User": {}}'), (66, b'{"Error": 1}')):
        with Endpoint(GetUser=answer) as endpoint:
            done = run(endpoint, "get-user")
            assert done.returncode == 255 and done.stdout == "", answer


def usage_exits_252_and_asks_nothing():
    with Endpoint() as endpoint:
        for arguments in (["enable-mfa-device"], ["nonsense"], [], ["--x"],
                          ["get-user", "--output", "yaml"], ["--output"],
                          ["create-virtual-mfa-device", "--outfile", "x",
                           "--virtual-mfa-device-name", "phone"],
                          ["enable-mfa-device", "--serial-number", "s"],
                          ["enable-mfa-device", "--type", "security-key"],
                          ["enable-mfa-device", "--type", "sms"],
                          ["enable-mfa-device", "--device-name", "blue"],
                          ["enable-mfa-device", "--device-name", "x", *PAIR],
                          [*KEY, "--serial-number", "GAHT12345678"],
                          [*KEY, "--authentication-code1", "123456"],
                          [*KEY, "--authentication-code2", "123456"],
                          ["doctor", "x"],
                          ["verify"], ["import-tokens"], ["get-user", "x"]):
            done = run(endpoint, *arguments)
            assert done.returncode == 252, (arguments, done)
            assert done.stderr.startswith("usage: awsmfa"), arguments
            assert done.stdout == ""
        assert endpoint.asked == []


def what_a_key_does_not_take_is_named():
    with Endpoint() as endpoint:
        for option in ("--serial-number", "--authentication-code2"):
            done = run(endpoint, *KEY, option, "123456789")
            assert f"{option}: not with --type" in done.stderr, done.stderr
        done = run(endpoint, "enable-mfa-device", "--device-name", "x", *PAIR)
        assert "only with --type security-key" in done.stderr


def a_key_is_enabled_by_a_tap_and_told_its_serial_number():
    with Endpoint(EnableMFADevice=Talk((
            message(TAP), wait(30), message("Tap it \x1b[2J\nnow"),
            ENABLED))) as endpoint:
        done = run(endpoint, *KEY, "--user-name", "alice")
        assert done.returncode == 0, done
        assert json.loads(done.stdout) == {"SerialNumber": KEY_ARN}
        assert done.stderr == f"{TAP}\nTap it \\x1b[2J\\x0anow\n", done.stderr
        assert endpoint.asked == [("EnableMFADevice", {
            "Type": "security-key", "DeviceName": "blue",
            "UserName": "alice"})]


SSH_LINE = ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29"
            "t alice@laptop")
SIGNATURE = ["U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAA",
             "BnNoYTUxMgAAAGcAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAABA8yi",
             "QkCDBQEAAAAq"]
ARMOUR = ["-----BEGIN SSH SIGNATURE-----", *SIGNATURE,
          "-----END SSH SIGNATURE-----"]


def with_file(content, *arguments, **more):
    """awsmfa with the name of a file of CONTENT at the end; what was asked."""
    with tempfile.NamedTemporaryFile() as file, \
            Endpoint(EnableMFADevice=ENABLED) as endpoint:
        file.write(content.encode("utf-8", "surrogateescape"))
        file.flush()
        done = run(endpoint, *arguments, file.name, **more)
        return done, [parameters for _, parameters in endpoint.asked]


def an_ssh_key_is_sent_as_one_line():
    for end in ("\n", "", "\r\n", " \n\n"):
        done, asked = with_file(SSH_LINE + end, *KEY, "--ssh-public-key")
        assert done.returncode == 0, done
        assert asked == [{"Type": "security-key", "DeviceName": "blue",
                          "SSHPublicKey": SSH_LINE}], asked
    with Endpoint(EnableMFADevice=ENABLED) as endpoint:
        done = subprocess.run(
            [AWSMFA, *KEY, "--ssh-public-key", "-"], input=SSH_LINE + "\n",
            text=True, capture_output=True, env=endpoint.environment(),
            timeout=60, check=False)
        assert done.returncode == 0, done
        assert endpoint.asked[0][1]["SSHPublicKey"] == SSH_LINE


def what_is_no_public_key_is_sent_nowhere():
    for content in ("", "\n", SSH_LINE + "\n" + SSH_LINE, "x" * 20000,
                    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n",
                    SSH_LINE + "\0", "sk-ssh \udcff\n"):
        done, asked = with_file(content, *KEY, "--ssh-public-key")
        assert done.returncode == 252 and asked == [], (content, done)
        assert "b3BlbnNz" not in done.stderr
    with Endpoint() as endpoint:
        done = run(endpoint, *KEY, "--ssh-public-key", "/nowhere/KEY.pub")
        assert done.returncode == 252 and "No such file" in done.stderr
        done = run(endpoint, "enable-mfa-device", "--ssh-public-key", "x",
                   *PAIR)
        assert done.returncode == 252, done
        assert "only with --type security-key" in done.stderr
        assert endpoint.asked == []


def a_refusal_after_messages_is_a_refusal():
    with Endpoint(EnableMFADevice=Talk((
            wait(5), message(TAP), failure("AccessDenied", "not tapped"))
            )) as endpoint:
        done = run(endpoint, *KEY)
        assert done.returncode == 254 and done.stdout == ""
        assert "(AccessDenied)" in done.stderr and TAP in done.stderr


def a_wait_that_was_announced_is_waited_for():
    with Endpoint(EnableMFADevice=Talk((
            wait(2), message(TAP), 6.5, ENABLED))) as endpoint:
        assert run(endpoint, *KEY).returncode == 0
    with Endpoint(EnableMFADevice=Talk((message(TAP), SILENCE))) as endpoint:
        began = time.monotonic()
        done = run(endpoint, *KEY)
        assert done.returncode == 255 and "(ServiceUnav" in done.stderr
        assert 5 < time.monotonic() - began < 9


def a_conversation_against_the_protocol_is_no_answer():
    for frames in ((wait(0),), (wait(301),), (wait("01"),), (wait(""),),
                   (wait(" 5"),), (wait("5\x00"),), (message("a\0b"),),
                   (message("x" * 1025),), (message("x"),) * 65,
                   (wait(1),) * 65,
                   ((9, b"PIN"),), ((34, b"AWSMFA_X=1"),), ((35, b"Success"),)):
        with Endpoint(EnableMFADevice=Talk((*frames, ENABLED))) as endpoint:
            done = run(endpoint, *KEY)
            assert done.returncode == 255 and done.stdout == "", frames
            assert "(ServiceUnavailable)" in done.stderr, (frames, done)


def sixty_four_messages_are_no_breach():
    with Endpoint(EnableMFADevice=Talk((
            *(message("x"), wait(1)) * 64, ENABLED))) as endpoint:
        assert run(endpoint, *KEY).returncode == 0


def a_question_without_a_terminal_is_given_up():
    with Endpoint(EnableMFADevice=Talk((prompt(PIN), ENABLED))) as endpoint:
        done = run(endpoint, *KEY)
        is_root = os.geteuid() == 0     # others lack a proof, mostly
        assert done.returncode == (255 if is_root else 254)
        assert ("(RequestAborted)" if is_root else "(AccessDenied)") \
            in done.stderr, done.stderr
        assert "no terminal" in done.stderr and endpoint.typed == []
        assert done.stdout == ""


def the_token_code_goes_along_wherever_it_stands():
    with Endpoint(GetMFADevice=result()) as endpoint:
        get = ["get-mfa-device", "--serial-number", "GAHT12345678"]
        assert run(endpoint, *get).returncode == 0
        assert run(endpoint, *get, "--token-code", "123456").returncode == 0
        assert run(endpoint, "--token-code", "654321", *get).returncode == 0
        assert endpoint.tokens == [None, "123456", "654321"]
        assert endpoint.asked[1] == endpoint.asked[0]


def the_last_device_of_ones_own_is_confirmed():
    only, both = result(MFADevices=[device(1)], IsTruncated=False), \
        result(MFADevices=[device(1), device(2)], IsTruncated=False)
    off = ["deactivate-mfa-device", "--serial-number", "GAHT00000001"]

    def deactivated(listed, *more):
        with Endpoint(ListMFADevices=listed,
                      DeactivateMFADevice=result()) as endpoint:
            done = run(endpoint, *off, *more)
            return done.returncode, [name for name, _ in endpoint.asked]

    assert deactivated(only) == (252, ["ListMFADevices"])
    assert deactivated(failure("AccessDenied", "no")) == \
        (252, ["ListMFADevices"])
    assert deactivated(only, "--yes") == (0, ["DeactivateMFADevice"])
    assert deactivated(only, "--user-name", "alice") == \
        (0, ["DeactivateMFADevice"])
    assert deactivated(both) == (0, ["ListMFADevices", "DeactivateMFADevice"])


def the_session_is_shown_and_ended():
    with Endpoint(GetSession=result(Session={"LoginSession": 7}),
                  EndSession=result()) as endpoint:
        done = run(endpoint, "session", "show")
        assert json.loads(done.stdout)["Session"]["LoginSession"] == 7
        assert run(endpoint, "session", "end").returncode == 0
        assert run(endpoint, "session", "begin").returncode == 252
        assert [name for name, _ in endpoint.asked] == ["GetSession",
                                                        "EndSession"]


def certifications_are_names_and_levels():
    with Endpoint(GetMFADevice=result(
            UserName="alice", SerialNumber=KEY_ARN, EnableDate="now",
            Certifications={"FIPS-CMVP-2": "1", "FIDO": "2"})) as endpoint:
        asked = ["get-mfa-device", "--serial-number", KEY_ARN]
        assert json.loads(run(endpoint, *asked).stdout)["Certifications"] == {
            "FIPS-CMVP-2": "1", "FIDO": "2"}
        text = run(endpoint, *asked, "--output", "text").stdout
        assert "CERTIFICATIONS\t2\t1\n" in text, text
        table = run(endpoint, *asked, "--output", "table").stdout
        assert "FIPS-CMVP-2" in table and "Certifications" in table


def the_doctor_says_what_it_found():
    with Endpoint() as endpoint:
        asked = {"text": True, "check": False, "stdout": subprocess.PIPE,
                 "stderr": subprocess.PIPE,
                 "env": endpoint.environment(MFA_TEST_ACCOUNT="daemon")}
        done = subprocess.run([AWSMFA, "doctor"], **asked)
        if os.geteuid() != 0:
            assert done.returncode == 255 and "only root" in done.stderr
            return
        lines = [line for line in done.stdout.strip().split("\n")
                 if not line.startswith("    ")]
        assert all(line.split()[0] in ("note", "warning", "error")
                   for line in lines), done
        assert done.returncode == ("\nerror" in "\n" + done.stdout)
        done = subprocess.run([AWSMFA, "doctor", "--output", "json"], **asked)
        found = json.loads(done.stdout)["Findings"]
        assert len(found) == len(lines)
        assert all(set(one) == {"Severity", "Name", "Check", "File", "Line",
                                "Detail", "Mend"} for one in found), found
        asked["env"]["MFA_TEST_ACCOUNT"] = "root"
        done = subprocess.run([AWSMFA, "doctor"], **asked)
        assert done.returncode == 1 and "error account-missing" in done.stdout
        # Whether its settings are valid is the endpoint's to say.
        assert {name for name, _ in endpoint.asked} == {"GetUser"}
        done = subprocess.run([AWSMFA, "doctor", "--root", "/nonexistent"],
                              **asked)
        assert done.returncode == 255 and "/nonexistent" in done.stderr


def every_subcommand_has_help_with_an_example():
    with Endpoint() as endpoint:
        listing = run(endpoint, "help").stdout
        assert max(map(len, listing.split("\n"))) <= 80
        names = [line.strip().split("  ")[0] for line in
                 listing.split("Subcommands:\n")[1].split("\n\n")[0].split("\n")]
        assert len(names) >= 17
        for name in names:
            done = run(endpoint, *name.split(), "--help")
            assert done.returncode == 0 and "Example:\n  awsmfa" in done.stdout
            assert max(map(len, done.stdout.split("\n"))) <= 80, name
        assert run(endpoint, "--version").stdout.startswith("awsmfa ")


def all_pages_are_joined():
    with Endpoint(ListMFADevices=pages) as endpoint:
        done = run(endpoint, "list-mfa-devices", "--user-name", "alice")
        answer = json.loads(done.stdout)
        assert answer == {"MFADevices": [device(n) for n in range(7)]}
        assert endpoint.connections == 1 and len(endpoint.asked) == 3


def max_items_cuts_and_the_token_goes_on():
    with Endpoint(ListMFADevices=pages) as endpoint:
        first = json.loads(run(endpoint, "list-mfa-devices", "--max-items",
                               "5").stdout)
        assert [d["SerialNumber"] for d in first["MFADevices"]] == [
            f"GAHT{n:08}" for n in range(5)]
        rest = json.loads(run(
            endpoint, "list-mfa-devices", "--starting-token",
            first["NextToken"]).stdout)
        assert rest == {"MFADevices": [device(5), device(6)]}
        text = run(endpoint, "list-mfa-devices", "--max-items", "1",
                   "--output", "text").stdout
        assert "MFADEVICES\tGAHT00000000" in text and "1\n" in text


def no_paginate_prints_the_page_as_it_came():
    with Endpoint(ListMFADevices=pages) as endpoint:
        done = run(endpoint, "list-mfa-devices", "--no-paginate")
        answer = json.loads(done.stdout)
        assert len(answer["MFADevices"]) == 3
        assert answer["IsTruncated"] is True and answer["Marker"] == "3"


def a_list_that_does_not_end_is_refused():
    with Endpoint(ListMFADevices=result(
            MFADevices=[], IsTruncated=True, Marker="0")) as endpoint:
        assert run(endpoint, "list-mfa-devices").returncode == 255


def the_seed_goes_to_json_where_there_is_no_terminal():
    with Endpoint(CreateVirtualMFADevice=CREATED) as endpoint:
        done = run(endpoint, "create-virtual-mfa-device",
                   "--virtual-mfa-device-name", "phone", "--tags",
                   "Key=a,Value=b", "Key=c,Value=d")
        assert json.loads(done.stdout) == {"VirtualMFADevice": {
            "SerialNumber": ARN, "Base32StringSeed": SEED}}
        assert endpoint.asked[0][1] == {
            "VirtualMFADeviceName": "phone", "Tags": [
                {"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]}


def the_outfile_is_new_and_private_and_has_the_seed():
    with Endpoint(CreateVirtualMFADevice=CREATED) as endpoint, \
            tempfile.TemporaryDirectory() as folder:
        for method, start in (("QRCodePNG", b"\x89PNG\r\n"),
                              ("QRCodeSVG", b"<?xml"),
                              ("Base32StringSeed", SEED.encode() + b"\n")):
            path = os.path.join(folder, method)
            arguments = ["create-virtual-mfa-device", "--outfile", path,
                         "--virtual-mfa-device-name", "phone",
                         "--bootstrap-method", method]
            done = run(endpoint, *arguments)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout) == {
                "VirtualMFADevice": {"SerialNumber": ARN}}
            assert os.stat(path).st_mode & 0o7777 == 0o600
            with open(path, "rb") as file:
                assert file.read().startswith(start)
            # A second time the name is taken, and nothing is created.
            asked = len(endpoint.asked)
            assert run(endpoint, *arguments).returncode == 255
            assert len(endpoint.asked) == asked


def a_failure_leaves_no_outfile():
    with Endpoint(CreateVirtualMFADevice=failure("LimitExceeded", "x")
                  ) as endpoint, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "seed")
        done = run(endpoint, "create-virtual-mfa-device", "--outfile", path,
                   "--virtual-mfa-device-name", "phone",
                   "--bootstrap-method", "Base32StringSeed")
        assert done.returncode == 254 and not os.path.exists(path)


def a_seed_that_could_not_be_printed_is_taken_back():
    with Endpoint(CreateVirtualMFADevice=CREATED,
                  DeleteVirtualMFADevice=result()) as endpoint, \
            open("/dev/full", "w", encoding="ascii") as full:
        done = run(endpoint, "create-virtual-mfa-device",
                   "--virtual-mfa-device-name", "phone", stdout=full)
        assert done.returncode == 255
        assert endpoint.asked[-1] == ("DeleteVirtualMFADevice",
                                      {"SerialNumber": ARN})


def a_full_disk_or_a_closed_pipe_is_noticed():
    with Endpoint(ListMFADevices=pages) as endpoint:
        with open("/dev/full", "w", encoding="ascii") as full:
            done = run(endpoint, "list-mfa-devices", stdout=full)
        assert done.returncode == 255 and "No space" in done.stderr
        reader, writer = os.pipe()
        os.close(reader)
        done = run(endpoint, "list-mfa-devices", stdout=writer)
        os.close(writer)
        assert done.returncode == 255 and "Broken pipe" in done.stderr


def import_file(endpoint, text, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(text)
        file.flush()
        return run(endpoint, "import-tokens", file.name, *arguments)


def imported(parameters):
    if parameters["Commit"]:
        return result(Imported=1234)
    return result(Staged=len(parameters["Tokens"]), Errors=[])


def tokens_are_staged_in_chunks_and_committed_on_one_connection():
    rows = "".join(f"GAHT{n:08},{SEED},SHA-256,8,60\n" for n in range(1234))
    with Endpoint(ImportTokens=imported) as endpoint:
        done = import_file(
            endpoint, "serial_number,seed_base32,algorithm,digits,period\n"
            + rows)
        assert json.loads(done.stdout) == {"Imported": 1234}, done.stderr
        assert done.returncode == 0 and done.stderr == ""
        chunks = [asked["Tokens"] for _, asked in endpoint.asked]
        assert len(chunks[-1]) == 0 and sum(map(len, chunks)) == 1234
        assert [asked["Commit"] for _, asked in endpoint.asked] == (
            [False] * (len(chunks) - 1) + [True])
        assert chunks[0][0] == {
            "SerialNumber": "GAHT00000000", "Base32StringSeed": SEED,
            "Algorithm": "SHA256", "Digits": 8, "Period": 60}
        assert endpoint.connections == 1


def bad_rows_of_both_sides_are_named_by_line_and_nothing_is_committed():
    with Endpoint(ImportTokens=result(Staged=1, Errors=[{
            "Index": 1, "Code": "EntityAlreadyExists",
            "Message": "it is there"}])) as endpoint:
        done = import_file(endpoint, "serial_number,seed_base32\n"
                           f"GAHT00000001,{SEED}\nbad,{SEED}\n"
                           f"GAHT00000003,{SEED}\nGAHT00000004,!\n")
        assert done.returncode == 254 and done.stdout == ""
        lines = [line.split(": ", 2)[2] for line in done.stderr.split("\n")
                 if line.startswith("awsmfa: ")]
        assert [line.split(":")[0] for line in lines] == [
            "line 3", "line 4", "line 5"], done.stderr
        assert "EntityAlreadyExists" in lines[1]
        assert "(InvalidInput)" in done.stderr
        assert "3 bad lines; nothing was imported" in done.stderr
        assert not any(asked["Commit"] for _, asked in endpoint.asked)
        assert SEED not in done.stderr


def a_container_is_imported_with_its_key_or_passphrase():
    for figure, option, secret in (
            ("6", "--key-file", b"12345678901234567890123456789012\n"),
            ("6", "--key-file",
             bytes.fromhex("12345678901234567890123456789012")),
            ("7", "--passphrase-file", b"qwerty\n")):
        with open(f"{DATA}/rfc6030-figure{figure}.xml",
                  encoding="ascii") as file:
            text = file.read()
        with Endpoint(ImportTokens=imported) as endpoint, \
                tempfile.NamedTemporaryFile() as key:
            key.write(secret)
            key.flush()
            done = import_file(endpoint, text, option, key.name)
            assert done.returncode == 254 and "HOTP" in done.stderr
            assert "key package 1: serial number 987654321" in done.stderr
            done = import_file(endpoint, text.replace(":hotp", ":totp"),
                               option, key.name)
            assert done.returncode == 0, done.stderr
            assert endpoint.asked[-2][1]["Tokens"] == [{
                "SerialNumber": "987654321", "Base32StringSeed": SEED,
                "Algorithm": "SHA1", "Digits": 8, "Period": 30}]
            assert import_file(endpoint, text).returncode == 254


def a_file_that_can_not_be_read_exits_255():
    with Endpoint() as endpoint:
        for path in ("/nonexistent", "/", "/dev/null"):
            assert run(endpoint, "import-tokens", path).returncode == 255


# On a terminal


class Terminal:
    """awsmfa on a terminal of its own."""

    def __init__(self, endpoint, *arguments, **environment):
        self.child = pexpect.spawn(
            AWSMFA, list(arguments), env=endpoint.environment(**environment),
            encoding="utf-8", timeout=15, dimensions=(60, 100))

    def __enter__(self):
        return self.child

    def __exit__(self, *_):
        self.child.close(force=True)


def ended(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def paste(*lines):
    """What the endpoint gets where LINES are pasted at its prompt."""
    with Endpoint(EnableMFADevice=Talk((
            message("Run this"), prompt("Signature: "), ENABLED))) as endpoint:
        with Terminal(endpoint, *KEY) as child:
            child.expect("Signature: ")
            child.waitnoecho(timeout=5)
            child.send("\n".join((*lines, "")))
            status = ended(child)
            assert SIGNATURE[1] not in child.before, child.before
        return status, endpoint.typed


def a_signature_is_pasted_in_armour_or_without():
    joined = "".join(SIGNATURE).encode()
    assert paste(*ARMOUR) == (0, [joined])
    assert paste(*(f" {line}\t" if line in SIGNATURE else line
                   for line in ARMOUR)) == (0, [joined])
    assert paste(joined.decode()) == (0, [joined])
    # Too long for an answer, and far too long for a line.
    assert paste(ARMOUR[0], *["x" * 60] * 10, ARMOUR[-1]) == (255, [])
    assert paste(ARMOUR[0], *["x" * 60] * 40, ARMOUR[-1],
                 *ARMOUR) == (0, [joined])


RECOVERY = result(RecoveryCodes={
    "UserName": "alice",
    "Codes": [f"ABCD-EFGH-IJKL-MNO{letter}" for letter in "ABCDEFGHIJ"]})
WIZARD = {
    "GetUser": lambda asked: result(User={"UserName": asked["UserName"]}),
    "CreateVirtualMFADevice": CREATED,
    "DeleteVirtualMFADevice": result(),
    "DeactivateMFADevice": result(),
    "EnableMFADevice": result(),
    "ListMFADevices": result(MFADevices=[
        {**device(1), "SerialNumber": ARN, "DeviceName": "phone",
         "Type": "virtual"}, device(2)], IsTruncated=False),
}


def to_menu(child):
    if os.geteuid() == 0:
        child.expect("User name \\[root\\]: ")
        child.sendline("alice")
        child.expect("MFA devices of alice")
    child.expect("Choose: ")


def to_code_1(child):
    to_menu(child)
    child.sendline("1")
    child.expect("Authenticator app")
    child.expect("Choose: ")
    child.sendline("1")
    child.expect("Device name: ")
    child.sendline("phone")
    child.expect(" ".join(SEED[i:i + 4] for i in range(0, 32, 4)))
    child.expect("MFA code 1: ")


def the_wizard_assigns_an_authenticator_app():
    with Endpoint(**WIZARD) as endpoint, Terminal(endpoint) as child:
        to_code_1(child)
        child.sendline("123456")
        child.expect("wait for the next code .*: \\d+ s")
        child.sendline("654321")
        child.expect("MFA device assigned: " + ARN)
        child.expect("Choose: ")
        child.sendline("q")
        assert ended(child) == 0
        operation, asked = endpoint.asked[-1]
        assert operation == "EnableMFADevice"
        assert asked["AuthenticationCode1"] == "123456"
        assert asked["AuthenticationCode2"] == "654321"


def the_countdown_counts_and_a_past_code_needs_none():
    with Endpoint(**WIZARD) as endpoint, Terminal(endpoint) as child:
        to_code_1(child)
        if time.time() % 30 > 25:
            time.sleep(6)
        child.sendline("123456")
        child.expect(": (\\d+) s")
        first = int(child.match[1])
        child.expect(": (\\d+) s")
        assert int(child.match[1]) == first - 1
        child.sendintr()
        assert ended(child) == 255
    with Endpoint(**WIZARD) as endpoint, Terminal(endpoint) as child:
        to_code_1(child)
        past = subprocess.run(
            ["oathtool", "--totp", "-b", "-N", "90 seconds ago", SEED],
            check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
        child.sendline(past)
        child.expect("MFA code 2: ", timeout=3)


def a_wrong_code_keeps_the_device_for_another_try():
    answers = [failure("InvalidAuthenticationCode", "no"), result()]
    with Endpoint(**{**WIZARD, "EnableMFADevice": answers}) as endpoint, \
            Terminal(endpoint) as child:
        to_code_1(child)
        child.sendline("111111")
        child.expect("\\d+ s")
        child.sendline("222222")
        child.expect("Error \\(InvalidAuthenticationCode\\): no")
        child.expect("MFA code 1: ")
        child.sendline("333333")
        child.expect("\\d+ s")
        child.sendline("444444")
        child.expect("MFA device assigned")
        assert [name for name, _ in endpoint.asked].count(
            "CreateVirtualMFADevice") == 1
        assert "DeleteVirtualMFADevice" not in dict(endpoint.asked)


def giving_up_deletes_the_device_and_leaves_a_clean_terminal():
    for give_up in ("\x03", "\x04", "\r", signal.SIGTERM, signal.SIGHUP):
        for at_countdown in (False, True):
            with Endpoint(**WIZARD) as endpoint, Terminal(endpoint) as child:
                to_code_1(child)
                if at_countdown and give_up != "\r":
                    child.sendline("123456")
                    child.expect("\\d+ s")
                if isinstance(give_up, str):
                    child.send(give_up)
                else:
                    child.kill(give_up)
                child.expect("it was deleted again")
                assert child.getecho()
                assert endpoint.asked[-1] == ("DeleteVirtualMFADevice",
                                              {"SerialNumber": ARN})
                if give_up == "\r":
                    child.expect("Choose: ")
                    child.sendline("q")
                assert ended(child) == (0 if give_up == "\r" else 255)


def the_wizard_removes_resyncs_and_lists():
    with Endpoint(**WIZARD) as endpoint, Terminal(endpoint) as child:
        to_menu(child)
        child.sendline("4")
        child.expect("phone \\(virtual\\)")
        child.expect("Choose: ")
        child.sendline("3")
        child.expect("Which device: ")
        child.sendline("1")
        child.expect("Remove phone from \\w+ \\(y, n\\)\\? ")
        child.sendline("y")
        child.expect("MFA device removed")
        assert [name for name, _ in endpoint.asked[-2:]] == [
            "DeactivateMFADevice", "DeleteVirtualMFADevice"]
        child.expect("Choose: ")
        child.sendline("2")
        child.expect("Which device: ")
        child.sendline("2")
        child.expect("MFA code 1: ")
        child.sendline("")
        child.expect("Choose: ")
        child.sendeof()
        assert ended(child) == 255


def recovery_codes_are_a_list_on_a_terminal_and_json_elsewhere():
    with Endpoint(CreateRecoveryCodes=RECOVERY) as endpoint:
        with Terminal(endpoint, "create-recovery-codes", "--user-name",
                      "alice") as child:
            for number in range(10):
                child.expect(f"    ABCD-EFGH-IJKL-MNO{'ABCDEFGHIJ'[number]}")
            child.expect("once only")
            assert ended(child) == 0
        made = run(endpoint, "create-recovery-codes")
        assert made.returncode == 0
        assert json.loads(made.stdout)["RecoveryCodes"]["Codes"][9] == \
            "ABCD-EFGH-IJKL-MNOJ"
        assert endpoint.asked == [
            ("CreateRecoveryCodes", {"UserName": "alice"}),
            ("CreateRecoveryCodes", {})]


def the_wizard_makes_no_recovery_codes_without_a_device():
    known = result(User={"UserName": "alice", "MFAEnabled": False,
                         "RecoveryCodesLeft": 0})
    with Endpoint(**{**WIZARD, "GetUser": known}) as endpoint, \
            Terminal(endpoint) as child:
        to_menu(child)
        child.sendline("5")
        child.expect("alice has no MFA device. Assign one first")
        child.expect("Choose: ")
        child.sendline("q")
        assert ended(child) == 0
        assert "CreateRecoveryCodes" not in dict(endpoint.asked)


def the_wizard_makes_recovery_codes_when_told_to():
    known = result(User={"UserName": "alice", "RecoveryCodesLeft": 3})
    with Endpoint(**{**WIZARD, "GetUser": known,
                     "CreateRecoveryCodes": RECOVERY}) as endpoint, \
            Terminal(endpoint) as child:
        to_menu(child)
        child.sendline("5")
        child.expect("has 3 left")
        child.expect("Make ten new codes \\(y, n\\)\\? ")
        child.sendline("n")
        child.expect("Choose: ")
        assert "CreateRecoveryCodes" not in dict(endpoint.asked)
        child.sendline("5")
        child.expect("Make ten new codes \\(y, n\\)\\? ")
        child.sendline("y")
        child.expect("ABCD-EFGH-IJKL-MNOJ")
        child.expect("Choose: ")
        child.sendline("q")
        assert ended(child) == 0


def a_grant_says_for_how_long_and_how_often():
    granted = result(Grant={"UserName": "alice", "Code": "ABCD-EFGH-IJKL-MNOP",
                            "ExpirationDate": "2026-11-22T13:50:14+00:00",
                            "Uses": 2})
    with Endpoint(Grant=granted, Invite=result()) as endpoint:
        done = run(endpoint, "grant", "--user-name", "alice", "--for", "90m",
                   "--uses", "2")
        assert json.loads(done.stdout)["Grant"]["Code"] == \
            "ABCD-EFGH-IJKL-MNOP"
        run(endpoint, "grant", "--user-name", "alice", "--revoke")
        run(endpoint, "invite", "--user-name", "alice", "--for", "2d")
        assert endpoint.asked == [
            ("Grant", {"UserName": "alice", "DurationSeconds": 5400,
                       "Uses": 2}),
            ("Grant", {"UserName": "alice", "Revoke": True}),
            ("Invite", {"UserName": "alice", "DurationSeconds": 172800})]
        assert run(endpoint, "grant", "--for", "1h").returncode == 252


SIMULATED = result(EvaluationResults=[{
    "EvalActionName": "pam:Authenticate",
    "EvalResourceName": "arn:aws:pam::000000000000:service/sshd",
    "EvalDecision": "allowed",
    "MatchedStatements": [{"SourcePolicyId": "/etc/awsmfa/policy.json",
                           "StatementId": "NoMFAForBackup"}]}])


def a_simulation_says_what_the_policy_would():
    with Endpoint(SimulatePolicy=SIMULATED) as endpoint:
        done = run(endpoint, "simulate", "--user-name", "alice", "--action",
                   "pam:Authenticate", "--context", "pam:Service=sshd",
                   "pam:Groups=users", "pam:Groups=backup", "pam:Tty=")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["EvaluationResults"][0][
            "EvalDecision"] == "allowed"
        assert endpoint.asked == [("SimulatePolicy", {
            "UserName": "alice", "ActionName": "pam:Authenticate",
            "ContextEntries": [
                {"ContextKeyName": "pam:Service",
                 "ContextKeyValues": ["sshd"]},
                {"ContextKeyName": "pam:Groups",
                 "ContextKeyValues": ["users", "backup"]},
                {"ContextKeyName": "pam:Tty", "ContextKeyValues": []}]})]
        for form in "text", "table":
            done = run(endpoint, "simulate", "--user-name", "alice",
                       "--action", "pam:Authenticate", "--resource", "*",
                       "--output", form)
            assert "allowed" in done.stdout
            assert "NoMFAForBackup" in done.stdout
        assert endpoint.asked[-1][1]["ResourceArn"] == "*"


def a_policy_is_validated_without_an_endpoint():
    cases = [
        ('{"Version": "2012-10-17", "Statement": {"Effect": "Allow",'
         ' "Action": "*", "Resource": "*"}}', 0, ""),
        ('{\n"Version" "2012-10-17"}', 253, "line 2, column "),
        ('{"Version": "2012-10-17", "Version": "2012-10-17"}', 253,
         "line 1, column "),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
         ' "Action": "*", "Resource": "*", "Condition": {"Boolean":'
         ' {"aws:MultiFactorAuthPresent": true}}}]}', 253,
         "/Statement/0/Condition/Boolean: "),
        ("{}\0", 253, "NUL"),
        (" " * (128 * 1024 + 1), 253, "larger than 131072 octets"),
        ("", 253, "line 1, column 0"),
    ]
    with Endpoint() as endpoint, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "policy.json")
        for text, status, why in cases:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            done = run(endpoint, "policy", "validate", path)
            assert done.returncode == status, done
            if status == 0:
                assert done.stdout == f"{path} is a valid policy document\n"
            else:
                assert done.stdout == ""
                assert done.stderr.startswith(f"awsmfa: {path}: ")
                assert why in done.stderr, done.stderr
        assert run(endpoint, "policy", "validate", folder).returncode == 255
        os.unlink(path)
        assert run(endpoint, "policy", "validate", path).returncode == 255
        for words in ["policy"], ["policy", "validate"], ["policy", "x", path],\
                ["policy", "validate", path, path], ["policy validate", path]:
            assert run(endpoint, *words).returncode == 252, words
        assert endpoint.connections == 0


def a_code_left_out_is_asked_for_without_echo():
    with Endpoint(Verify=result(SerialNumber="GAHT12345678")) as endpoint, \
            Terminal(endpoint, "verify", "--output", "text") as child:
        child.expect("MFA code: ")
        assert child.waitnoecho(5)
        child.sendline("123456")
        child.expect("GAHT12345678")
        assert "123456" not in child.before
        assert ended(child) == 0
        assert endpoint.asked == [("Verify", {"AuthenticationCode": "123456"})]


def the_qr_code_is_shown_on_a_terminal_and_tables_too():
    with Endpoint(CreateVirtualMFADevice=CREATED, ListMFADevices=pages
                  ) as endpoint:
        with Terminal(endpoint, "create-virtual-mfa-device",
                      "--virtual-mfa-device-name", "phone") as child:
            child.expect("GEZD GNBV")
            child.expect("\u2580")
            assert ended(child) == 0
        with Terminal(endpoint, "create-virtual-mfa-device", "--output",
                      "json", "--virtual-mfa-device-name", "phone") as child:
            child.expect("\"Base32StringSeed\": \"" + SEED)
            assert "\u2580" not in child.before and ended(child) == 0
        with Terminal(endpoint, "list-mfa-devices") as child:
            child.expect("MFADevices")
            child.expect("GAHT00000006")
            assert ended(child) == 0


def a_pin_is_asked_for_without_echo():
    with Endpoint(EnableMFADevice=Talk((
            message(TAP), wait(30), prompt(PIN),
            prompt("Wrong \x1b[2JPIN: "), wait(30), ENABLED))) as endpoint, \
            Terminal(endpoint, *KEY, "--output", "text") as child:
        child.expect(TAP)
        child.expect_exact(PIN)
        assert child.waitnoecho(5)
        child.sendline("12345")
        child.expect_exact("Wrong \\x1b[2JPIN: ")
        assert "12345" not in child.before
        child.sendline("p\u00efn \\")
        child.expect(KEY_ARN)
        assert "p\u00efn" not in child.before
        assert ended(child) == 0
        assert endpoint.typed == [b"12345", "p\u00efn \\".encode()]


def the_seventeenth_question_is_a_breach():
    for number, status in ((16, 0), (17, 255)):
        with Endpoint(EnableMFADevice=Talk((
                *(prompt(PIN),) * number, ENABLED))) as endpoint, \
                Terminal(endpoint, *KEY) as child:
            for _ in range(16):
                child.expect_exact(PIN)
                assert child.waitnoecho(5)
                child.sendline("1234")
            assert ended(child) == status
            assert len(endpoint.typed) == 16


def an_answer_that_is_not_given_ends_the_conversation():
    for give_up in ("\x03", "\x04"):
        with Endpoint(EnableMFADevice=Talk((prompt(PIN), ENABLED))
                      ) as endpoint, Terminal(endpoint, *KEY) as child:
            child.expect_exact(PIN)
            assert child.waitnoecho(5)
            child.send(give_up)
            child.expect("\\(RequestAborted\\)")
            assert ended(child) == 255 and endpoint.typed == []
            assert endpoint.left == 1


def an_endpoint_that_stopped_waiting_for_the_pin_says_so():
    class Impatient(Endpoint):
        def _hear(self, conn):
            return True

    refusal = failure("RequestAborted", "no answer in time")
    with Impatient(EnableMFADevice=Talk((
            prompt(PIN), refusal, HANG_UP))) as endpoint, \
            Terminal(endpoint, *KEY) as child:
        child.expect_exact(PIN)
        assert child.waitnoecho(5)
        time.sleep(0.3)
        child.sendline("1234")
        child.expect("no answer in time")
        assert ended(child) == 255


def to_key_name(child):
    to_menu(child)
    child.sendline("1")
    child.expect("3  Security key")
    child.expect("Choose: ")
    child.sendline("3")
    child.expect("Device name: ")
    child.sendline("blue")


def the_wizard_assigns_a_security_key():
    with Endpoint(**{**WIZARD, "EnableMFADevice": Talk((
            message(TAP), wait(30), prompt(PIN), wait(30), message("Tap it"),
            0.3, ENABLED))}) as endpoint, Terminal(endpoint) as child:
        to_key_name(child)
        child.expect(TAP)
        child.expect_exact(PIN)
        assert child.waitnoecho(5)
        child.sendline("1234")
        child.expect("Tap it")
        assert "1234" not in child.before
        child.expect("MFA device assigned: " + KEY_ARN)
        child.expect("Choose: ")
        child.sendline("q")
        assert ended(child) == 0
        assert endpoint.typed == [b"1234"]
        operation, asked = endpoint.asked[-1]
        assert operation == "EnableMFADevice"
        assert (asked["Type"], asked["DeviceName"]) == ("security-key", "blue")
        assert set(asked) == {"Type", "DeviceName", "UserName"}


def the_wizard_assigns_a_key_for_ssh():
    with Endpoint(**{**WIZARD, "EnableMFADevice": [
            failure("InvalidInput", "SSH public key: not in base64"),
            Talk((message("Run this"), prompt("Signature: "), ENABLED))]}
            ) as endpoint, Terminal(endpoint) as child:
        to_menu(child)
        for again in (True, False):
            child.sendline("1")
            child.expect("4  Security key for SSH")
            child.expect("Choose: ")
            child.sendline("4")
            child.expect("Public key: ")
            child.sendline(SSH_LINE)
            child.expect("Device name: ")
            child.sendline("laptop")
            if again:
                child.expect("not in base64")
                child.expect("was not assigned")
        child.expect("Signature: ")
        assert child.waitnoecho(5)
        child.send("\n".join((*ARMOUR, "")))
        child.expect("MFA device assigned: " + KEY_ARN)
        child.expect("Choose: ")
        child.sendline("q")
        assert ended(child) == 0
        assert endpoint.typed == ["".join(SIGNATURE).encode()]
        operation, asked = endpoint.asked[-1]
        del asked["UserName"]
        assert (operation, asked) == ("EnableMFADevice", {
            "Type": "security-key", "DeviceName": "laptop",
            "SSHPublicKey": SSH_LINE})


def the_wizard_asks_for_another_name_where_one_is_taken():
    with Endpoint(**{**WIZARD, "EnableMFADevice": [
            failure("EntityAlreadyExists", "taken"), ENABLED, Talk((
                wait(9), failure("AccessDenied", "not tapped in time")))]}
            ) as endpoint, Terminal(endpoint) as child:
        to_key_name(child)
        child.expect("Error \\(EntityAlreadyExists\\): taken")
        child.expect("Device name: ")
        child.sendline("red")
        child.expect("MFA device assigned: ")
        child.expect("Choose: ")
        child.sendline("1")
        child.expect("Choose: ")
        child.sendline("3")
        child.expect("Device name: ")
        child.sendline("green")
        child.expect("not tapped in time")
        child.expect("The device was not assigned")
        child.expect("Choose: ")


def a_wait_for_a_tap_in_the_wizard_can_be_given_up():
    with Endpoint(**{**WIZARD, "EnableMFADevice": Talk((
            wait(60), message(TAP), SILENCE))}) as endpoint, \
            Terminal(endpoint) as child:
        to_key_name(child)
        child.expect(TAP)
        child.sendintr()
        child.expect("Given up", timeout=3)
        assert ended(child) == 255
        assert endpoint.left == 1


def the_wizard_does_not_resync_a_key():
    with Endpoint(**{**WIZARD, "ListMFADevices": result(MFADevices=[
            {**device(1), "SerialNumber": KEY_ARN, "DeviceName": "blue",
             "Type": "security-key"}], IsTruncated=False)}) as endpoint, \
            Terminal(endpoint) as child:
        to_menu(child)
        child.sendline("2")
        child.expect("blue \\(security-key\\)")
        child.expect("Which device: ")
        child.sendline("1")
        child.expect("nothing to resync")
        child.expect("Choose: ")
        child.sendline("3")
        child.expect("Which device: ")
        child.sendline("1")
        child.expect("\\(y, n\\)\\? ")
        child.sendline("y")
        child.expect("MFA device removed")
        assert endpoint.asked[-1][0] == "DeactivateMFADevice"


ON_A_PIPE = [
    an_operation_sends_its_parameters_and_prints_nothing,
    a_refusal_reads_as_in_aws_and_exits_254,
    a_configuration_that_is_not_valid_exits_253,
    an_endpoint_that_says_nothing_exits_255,
    garbage_is_no_answer,
    usage_exits_252_and_asks_nothing,
    what_a_key_does_not_take_is_named,
    a_key_is_enabled_by_a_tap_and_told_its_serial_number,
    a_refusal_after_messages_is_a_refusal,
    a_wait_that_was_announced_is_waited_for,
    a_conversation_against_the_protocol_is_no_answer,
    sixty_four_messages_are_no_breach,
    a_question_without_a_terminal_is_given_up,
    the_token_code_goes_along_wherever_it_stands,
    the_last_device_of_ones_own_is_confirmed,
    the_session_is_shown_and_ended,
    an_ssh_key_is_sent_as_one_line,
    what_is_no_public_key_is_sent_nowhere,
    certifications_are_names_and_levels,
    the_doctor_says_what_it_found,
    every_subcommand_has_help_with_an_example,
    all_pages_are_joined,
    max_items_cuts_and_the_token_goes_on,
    no_paginate_prints_the_page_as_it_came,
    a_list_that_does_not_end_is_refused,
    the_seed_goes_to_json_where_there_is_no_terminal,
    the_outfile_is_new_and_private_and_has_the_seed,
    a_failure_leaves_no_outfile,
    a_seed_that_could_not_be_printed_is_taken_back,
    a_full_disk_or_a_closed_pipe_is_noticed,
    tokens_are_staged_in_chunks_and_committed_on_one_connection,
    bad_rows_of_both_sides_are_named_by_line_and_nothing_is_committed,
    a_container_is_imported_with_its_key_or_passphrase,
    a_file_that_can_not_be_read_exits_255,
    a_grant_says_for_how_long_and_how_often,
    a_simulation_says_what_the_policy_would,
    a_policy_is_validated_without_an_endpoint,
]
ON_A_TERMINAL = [
    the_wizard_assigns_an_authenticator_app,
    the_countdown_counts_and_a_past_code_needs_none,
    a_wrong_code_keeps_the_device_for_another_try,
    a_signature_is_pasted_in_armour_or_without,
    giving_up_deletes_the_device_and_leaves_a_clean_terminal,
    the_wizard_removes_resyncs_and_lists,
    the_wizard_makes_no_recovery_codes_without_a_device,
    the_wizard_makes_recovery_codes_when_told_to,
    recovery_codes_are_a_list_on_a_terminal_and_json_elsewhere,
    a_code_left_out_is_asked_for_without_echo,
    the_qr_code_is_shown_on_a_terminal_and_tables_too,
    a_pin_is_asked_for_without_echo,
    the_seventeenth_question_is_a_breach,
    an_answer_that_is_not_given_ends_the_conversation,
    an_endpoint_that_stopped_waiting_for_the_pin_says_so,
    the_wizard_assigns_a_security_key,
    the_wizard_assigns_a_key_for_ssh,
    the_wizard_asks_for_another_name_where_one_is_taken,
    a_wait_for_a_tap_in_the_wizard_can_be_given_up,
    the_wizard_does_not_resync_a_key,
]


def needs(test):
    return "pexpect" if test in ON_A_TERMINAL and pexpect is None else None


sys.exit(taprun.run(ON_A_PIPE + ON_A_TERMINAL, needs=needs))
