#!/usr/bin/env python3
"""Makes the corpora that are text: make_text_seeds.py TOP, of the source."""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys

TOP = sys.argv[1]
CORPUS = os.path.join(TOP, "tests/fuzz/corpus")


def save(target, name, text):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


def read(path):
    with open(os.path.join(TOP, path), "rb") as file:
        return file.read()


def save_all(target, seeds):
    for name, text in seeds.items():
        save(target, name, text)


def arguments():
    words = {
        "valid_none": "",
        "valid_all": "debug\nconf=/etc/awsmfa/other.conf\n"
                     "unenrolled=enroll-open\nenroll_by=2026-12-31\nmanual\n"
                     "prompt=Code: \necho\ntry_first_pass\nforward_pass=8",
        "valid_six": "forward_pass=6\nuse_first_pass",
        "valid_forward": "forward_pass",
        "valid_enroll": "unenrolled=enroll",
        "valid_allow": "unenrolled=allow",
        "valid_deny": "unenrolled=deny\nenroll_by=2028-02-29",
        "allow_until": "unenrolled=allow\nenroll_by=2026-12-31",
        "both_passes": "use_first_pass\ntry_first_pass",
        "both_passes_turned": "try_first_pass\nuse_first_pass",
        "empty_prompt": "prompt=",
        "long_conf": "conf=/" + 1024 * "a",
        "long_prompt": "prompt=" + 1025 * "a",
        "no_day": "enroll_by=2026-02-29",
        "no_value": "conf\n",
        "not_a_flag": "manual=1",
        "relative": "conf=awsmfa.conf",
        "seven": "forward_pass=7",
        "twice": "debug\ndebug",
        "unknown": "nullok",
        "wrong_word": "unenrolled=maybe",
    }
    for flag in "debug", "echo", "manual", "use_first_pass":
        words[f"valued_{flag}"] = flag + "=yes"
    save_all("arguments", words)


def typed():
    save_all("typed", {
        "valid_code": "c123456",
        "valid_code_spaced": "c123 456",
        "code_space_before": "c 123456",
        "valid_code_eight": "c12345678",
        "valid_code_two": "c123456 654321",
        "valid_code_longest": "c1234567812345678",
        "code_short": "c12345",
        "code_long": "c12345678123456781",
        "code_letter": "c12345a",
        "code_nul": "c123456\0",
        "valid_long": "lABCD-EFGH-IJKL-MNOP",
        "valid_long_lower": "labcd efgh ijkl mnop",
        "long_digits": "l2345-6723-4567-2345",
        "long_longer": "lABCD-EFGH-IJKL-MNOPQ",
        "long_short": "lABCD-EFGH-IJKL-MNO",
        "long_other": "lABCD-EFGH-IJKL-MN01",
        "long_padded": "lABCDEFGHIJKLMN==",
        "valid_base32": "bGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "valid_base32_grouped": "bgezd gnbv-gy3t qojq",
        "valid_base32_padded": "bGEZDGNBV",
        "valid_base32_two": "bGE======",
        "valid_base32_longest": "b" + 204 * "A" + "A===",
        "base32_bits": "bGF======",
        "base32_empty": "b",
        "base32_length": "bGEZ",
        "base32_long": "b" + 216 * "A",
        "base32_other": "bGEZD0NBV",
        "base32_pads": "bGE====",
        "base32_padded_within": "bGE==GE==",
        "valid_uri": "uExample & Söhne\nalice@example.org",
        "valid_uri_empty": "u\n",
        "uri_long": "u" + 700 * "ä" + "\n" + 700 * "ß",
        "valid_number": "n18446744073709551615",
        "valid_number_negative": "n-9223372036854775808",
        "valid_number_none": "n0",
        "valid_day": "n2028-02-29",
        "valid_day_first": "n1970-01-01",
        "day_before": "n1969-12-31",
        "day_none": "n2026-02-29",
        "day_month": "n2026-13-01",
        "day_shape": "n2026-1-01",
        "number_empty": "n",
        "number_large": "n18446744073709551616",
        "number_leading": "n007",
        "number_minus": "n-0",
        "number_spaced": "n 1",
        "number_too_negative": "n-9223372036854775809",
        "valid_name": "falice",
        "valid_name_dot": "f.ssh",
        "valid_name_other": "fEXAMPLE\\jane doe",
        "valid_name_path": "f/division/team/",
        "valid_name_serial": "farn:aws:iam::000000000000:mfa/alice/phone",
        "valid_name_utf8": "fJürgen Müßig 日本 🔑",
        "valid_name_account": "f000000000000",
        "name_empty": "f",
        "name_long": "f" + 256 * "a",
        "name_long_encoded": "f" + 86 * "/",
        "valid_name_not_utf8": b"f\xc3\x28\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf\xff",
        "valid_name_control": b"f\x1b[31m\x7f\n\xc2\x85",
        "valid_algorithm": "aSHA1",
        "valid_algorithm_long": "aHMAC-SHA-256",
        "valid_algorithm_java": "aHmacSHA512",
        "algorithm_other": "aMD5",
        "other_kind": "x",
    })


def ssh_file(cipher=b"none", again=b"ssh:"):
    """A key of ssh-keygen -t ecdsa-sk."""
    def text(octets):
        return struct.pack(">I", len(octets)) + octets

    def public(application):
        return text(b"sk-ecdsa-sha2-nistp256@openssh.com") + \
            text(b"nistp256") + text(b"\4" + bytes(range(64))) + \
            text(application)
    private = struct.pack(">II", 7, 7) + public(again) + b"\1" + \
        text(bytes(range(96))) + text(b"") + text(b"a comment") + b"\1\2\3"
    octets = b"openssh-key-v1\0" + text(cipher) + text(b"none") + text(b"") + \
        struct.pack(">I", 1) + text(public(b"ssh:")) + text(private)
    folded = re.sub("(.{70})", r"\1\n", base64.b64encode(octets).decode())
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + folded + \
        "\n-----END OPENSSH PRIVATE KEY-----\n"


def imports():
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEH\n"
    hexed = "3132333435363738393031323334353637383930"
    handle = base64.b64encode(bytes(range(66))).decode()
    web = base64.urlsafe_b64encode(bytes(range(65))).decode().rstrip("=")
    point = base64.b64encode(bytes(range(64))).decode()
    old = "04" + bytes(range(64)).hex()
    save_all("import", {
        "valid_google": f"g{secret}\" RATE_LIMIT 3 30\n\" WINDOW_SIZE 17\n"
                        "\" DISALLOW_REUSE 56666666\n\" TOTP_AUTH\n\" "
                        "STEP_SIZE 60\n\" TIME_SKEW -2\n12345678\n",
        "valid_oath": f"O# x\nHOTP/T30 alice - {hexed}\n",
        "valid_oath_used": f"oHOTP/T60/8\talice\t12\t{hexed}\t0\t12345678\t"
                           "2026-11-22T13:50:14L\n",
        "valid_u2f": f"ualice:{handle},{point},es256,+presence\n",
        "valid_u2f_old": f"Ualice:{web},{old}:{web},{old}\nbob:x\n",
        "valid_ssh": "u" + ssh_file(),
        "google_hotp": f"g{secret}\" HOTP_COUNTER 1\n\" TOTP_AUTH\n",
        "google_step": f"g{secret}\" TOTP_AUTH\n\" STEP_SIZE 0\n",
        "google_unused": f"g{secret}",
        "oath_hotp": f"oHOTP alice - {hexed}\n",
        "oath_other": f"oHOTP/T30 bob - {hexed}\n",
        "oath_odd": "oHOTP/T30 alice - 123\n",
        "oath_time": f"oHOTP/T30 alice - {hexed} 0 123456 yesterday\n",
        "u2f_resident": f"ualice:*,{point},es256,+presence\n",
        "u2f_rs256": f"ualice:{handle},{point},rs256,+presence\n",
        "u2f_short": f"ualice:{handle},AAAA,es256,+presence\n",
        "ssh_passphrase": "u" + ssh_file(cipher=b"aes256-ctr"),
        "ssh_twice": "u" + ssh_file(again=b"ssh:x"),
        "ssh_nobodys": "U" + ssh_file(),
        "other_kind": "x",
    })


def csv():
    header = "serial_number,seed_base32,algorithm,digits,period\n"
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    hexed = "3132333435363738393031323334353637383930"
    save_all("csv", {
        "valid_base32": f"{header}TEST00000001,{seed},SHA256,8,60\n",
        "valid_hex": f"Serial Number,Seed-Hex\r\nTEST00000001,{hexed}\r\n",
        "valid_marked": "\ufeff" + f"{header}TEST00000001,{seed},,,\n",
        "valid_quoted": f'"serial_number","seed_hex"\n"TEST00000001","{hexed}"'
                        "\n",
        "valid_two": f"seed_hex,serial_number\n{hexed},TEST00000001\n\n"
                     f"{hexed},TEST00000002",
        "bad_algorithm": f"{header}TEST00000001,{seed},MD5,6,30\n",
        "bad_digits": f"{header}TEST00000001,{seed},SHA1,six,30\n",
        "bad_digits_seven": f"{header}TEST00000001,{seed},SHA1,7,30\n",
        "bad_hex": "serial_number,seed_hex\nTEST00000001,313\n",
        "bad_period": f"{header}TEST00000001,{seed},SHA1,6,x\n",
        "bad_period_large": f"{header}TEST00000001,{seed},SHA1,6,4294967296\n",
        "bad_seed": f"{header}TEST00000001,{seed}1,SHA1,6,30\n",
        "bad_serial": f"{header}TEST 1,{seed},SHA1,6,30\n",
        "empty": "",
        "few_fields": f"{header}TEST00000001,{seed}\n",
        "long_serial": f"{header}{257 * 'A'},{seed},,,\n",
        "long_field": f"{header}{3000 * 'A'},{seed},,,\n",
        "many_columns": "a,b,c,d,e,f,g\n",
        "many_fields": f"{header}TEST00000001,{seed},,,,,,\n",
        "no_seed": "serial_number\n1\n",
        "no_serial": "seed_hex\n31\n",
        "nul": f"{header}TEST\x0000000001,{seed},,,\n",
        "nul_header": "serial\x00_number,seed_hex\n",
        "open_quote": f'{header}"TEST00000001,{seed},SHA1,6,30\n',
        "quote_within": f'{header}TE"ST00000001,{seed},SHA1,6,30\n',
        "short_seed": "serial_number,seed_hex\nTEST00000001,3132\n",
        "twice": "serial_number,serial_number,seed_hex\n",
        "two_seeds": "serial_number,seed_hex,seed_base32\n",
        "unknown": "serial_number,seed_hex,colour\n",
        "valid_lines": f'serial_number,seed_hex\r\rTEST00000001,"{hexed}"\r',
    })


def pskc():
    keys = {2: "-", 3: "-", 4: "-", 5: "-", 6: "k", 7: "p", 10: "-"}
    for number, key in keys.items():
        text = read(f"tests/cli/data/rfc6030-figure{number}.xml").decode()
        save("pskc", f"figure{number}", key + text)
        totp = text.replace("hotp", "totp")
        good = "valid_" if number in (3, 6, 7) else ""
        save("pskc", f"{good}figure{number}_totp", key + totp)
    text = read("tests/cli/data/rfc6030-figure7.xml").decode()
    save("pskc", "figure7_locked", "-" + text)
    save("pskc", "figure7_count",
         "p" + text.replace(">1000<", ">99999999<"))
    text = read("tests/cli/data/rfc6030-figure6.xml").decode()
    save("pskc", "figure6_locked", "-" + text)
    save("pskc", "figure6_other_mac", "k" + text.replace("hmac-sha1",
                                                          "hmac-sha256"))
    save_all("pskc", {
        "cut": "-" + text[:len(text) // 2],
        "empty": "-",
        "entity": '-<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]>'
                  "<a>&d;</a>",
        "other_root": "-<?xml version=\"1.0\"?><KeyContainers/>",
        "not_xml": "-serial_number,seed_hex\n",
    })


def settings():
    conf = read("conf/awsmfa.conf").decode()
    save("settings", "valid_sample", conf)
    every = re.sub(r"(?m)^#([a-z_]+ *[=:])", r"\1", conf)
    every = re.sub(r"(?m)^#.*\n", "", every)
    save("settings", "valid_every", every)
    save_all("settings", {
        "valid_empty": "",
        "valid_lists": 'local_services = ("login", "gdm-password");\n'
                       'account_services = ["sshd"];\n'
                       'ssh_verified_keys = ("sshd");\n',
        "valid_roots": 'attestation_roots = "/etc/ssl/roots.pem";\n'
                       "allowed_aaguids = "
                       '("2fc0579f-8113-47ea-b116-bb5a8db9202a");\n',
        "valid_verification": 'user_verification = "required";\n',
        "include": '@include "/etc/shadow"\n',
        "wide": "prompt_timeout = 4294967356;\n",
        "wide_line": "prompt_timeout\n=\n4294967356;\n",
        "hex": "prompt_timeout = 0x3c;\n",
        "hex_wide": "prompt_timeout = 0x10000003c;\n",
        "twice": "prompt_timeout = 60;\nprompt_timeout = 60;\n",
        "unknown": "colour = 1;\n",
        "low": "prompt_timeout = 9;\n",
        "text": "prompt_timeout = \"60\";\n",
        "syntax": "prompt = \"\n",
        "control": 'prompt = "\\x1b";\n',
        "aaguids_alone": "allowed_aaguids = "
                         '("2fc0579f-8113-47ea-b116-bb5a8db9202a");\n',
        "nul": "prompt_timeout = 60;\0",
        "service": 'local_services = ("../login");\n',
        "many_services": "local_services = (" + ", ".join(
            f'"s{i}"' for i in range(17)) + ");\n",
    })


def record():
    session = ("session 1\naudit 7\nuser alice\nuid 1001\n"
               "device 00112233445566778899aabbccddeeff\n"
               "proved 900\nexpires 5000\n")
    claim = "claim 1\nuser alice\nserial TEST00000001\n"
    save_all("record", {
        "valid_claim": "C" + claim,
        "valid_claim_other": "C" + claim.replace("alice", "bob"),
        "claim_serial": "C" + claim.replace("01\n", "02\n"),
        "claim_version": "C" + claim.replace("claim 1", "claim 2"),
        "claim_trailed": "C" + claim + "\n",
        "claim_user": "C" + claim.replace("alice", ""),
        "claim_cut": "C" + claim[:-1],
        "claim_empty": "C",
        "claim_nul": "C" + claim + "\0",
        "valid_session": "S" + session,
        "session_unsigned": "s" + session,
        "session_signed_wrong": "s" + session + "mac " + 64 * "0" + "\n",
        "session_expired": "S" + session.replace("5000", "1000"),
        "session_future": "S" + session.replace("900", "1001"),
        "session_user": "S" + session.replace("alice", "bob"),
        "session_uid": "S" + session.replace("1001", "1002"),
        "session_audit": "S" + session.replace("audit 7", "audit 8"),
        "session_version": "S" + session.replace("session 1", "session 2"),
        "session_device": "S" + session.replace("00112233", "0011223x"),
        "session_number": "S" + session.replace("900", "0900"),
        "session_large": "S" + session.replace("5000", 20 * "9"),
        "session_long": "S" + session.replace("alice", 1000 * "a"),
        "session_cut": "S" + session[:40],
        "session_empty": "S",
    })


NOW = 1700000015    # FUZZBED_NOW
SEPARATOR = "\n%%\n"


def code(number, offset):
    """Of token NUMBER of fuzzbed.h, OFFSET steps from the present one."""
    seed = f"{number}2345678901234567890".encode()
    mac = hmac.new(seed, struct.pack(">Q", NOW // 30 + offset),
                   hashlib.sha1).digest()
    at = mac[19] & 15
    value, = struct.unpack(">I", mac[at:at + 4])
    return f"{(value & 0x7fffffff) % 1000000:06}"


def operation(name, **parameters):
    return "J" + json.dumps({"Operation": name, "Parameters": parameters})


def connection(by_user, *parts):
    return chr(by_user) + SEPARATOR.join(parts)


def signins():
    request = ["Ualice", "Ssshd", "R192.0.2.7", "Tssh", "Ndeny"]
    good, wrong, later = "A" + code(1, 0), "A000000", "A" + code(1, 1)
    yield "valid_signin", 0, [*request, "G", good]
    yield "valid_signin_second", 0, [*request, "G", "A" + code(2, -1)]
    yield "valid_signin_pair", 0, [
        *request, "G", "A" + code(1, 5) + " " + code(1, 6)]
    yield "signin_wrong", 0, [*request, "G", wrong]
    yield "signin_used", 0, [*request, "G", "A" + code(1, -2)]
    yield "signin_far", 0, [*request, "G", "A" + code(1, 3)]
    yield "signin_later", 0, [*request, "G", later]
    yield "signin_empty", 0, [*request, "G", "A"]
    yield "signin_hung_up", 0, [*request, "G"]
    yield "signin_unenrolled", 0, ["Ubob", "Slogin", "Ndeny", "G", wrong]
    yield "valid_signin_allowed", 0, ["Ubob", "Slogin", "Nallow", "G"]
    yield "valid_signin_reminded", 0, [
        "Ubob", "Slogin", "Ndeny", "B2030-01-01", "G"]
    yield "signin_unknown", 0, ["Unobody", "Slogin", "Ndeny", "G", wrong]
    yield "signin_enroll", 0, ["Ubob", "Ssshd", "Nenroll-open", "G"]
    yield "account_enroll", 0, [
        "Ubob", "Ssshd", "Nenroll-open", "Haccount", "D1", "G",
        "A000000", "A000000", "A000000"]
    yield "account", 0, ["Ualice", "Ssshd", "Ndeny", "Haccount", "G"]
    yield "session", 0, ["Ualice", "Ssshd", "Ndeny", "Hopen_session",
                         "Kawsmfa 2 alice", "G"]
    yield "valid_session_end", 0, ["Ualice", "Ssshd", "Ndeny", "Hclose_session",
                             "G"]
    yield "signin_keys", 0, [
        *request, "Ipublickey ssh-ed25519 AAAA\n", "M1", "G", wrong]
    yield "signin_agent", 0, [*request, "Z\0\0\0\5\x0c\0\0\0\0", "G",
                              wrong]
    yield "signin_prompt", 0, [*request, "QCode? ", "C/nowhere", "G", wrong]
    yield "signin_twice", 0, [*request, "Ubob", "G", wrong]
    yield "signin_no_user", 0, ["Ssshd", "Ndeny", "G"]
    yield "signin_no_day", 0, [*request, "B2026-02-30", "G"]
    yield "valid_signin_user", 1, ["Udaemon", "Ndeny", "G",
                                   "A" + code(3, 0)]
    yield "signin_user_other", 1, ["Ualice", "Ndeny", "G", good]
    yield "signin_other_type", 0, ["?\x40x", *request]


def imported():
    """Devices of another module, each of a kind and some that are none."""
    key = {"DeviceName": "key", "RpId": "pam://host",
           "KeyHandle": base64.b64encode(bytes(range(66))).decode(),
           "PublicKey": base64.b64encode(bytes(range(64))).decode(),
           "KeyType": "es256"}
    shows = {"DeviceName": "phone", "Base32StringSeed": "GEZDGNBVGY3TQOJQ"}
    alone = {"codes": shows, "key": key,
             "ssh": {"DeviceName": "ssh", "SSHPrivateKey": ssh_file()}}
    for name, device in alone.items():
        yield name, False, [device]
    yield "several", True, [
        {**shows, "Algorithm": "SHA256", "Digits": 8, "Period": 60,
         "Drift": -1, "LastStep": 5, "LastUsed": 9, "LastCode": "123456"},
        shows, {**shows, "DeviceName": "a b"}, {**shows, "Colour": "red"},
        {**shows, "Drift": "x"}, {**shows, "LastCode": "x"},
        {"Base32StringSeed": "A"}, {**key, "KeyType": "rs256"},
        {"DeviceName": "key", "KeyHandle": "x"},
        {"DeviceName": "ssh", "SSHPrivateKey": 1},
        {**key, "DeviceName": "ssh", "SSHPrivateKey": "x"}, 7, []]
    yield "many", True, [shows] * 65


# Operations of the seeds that go well, for root and for a user.
BY_ROOT = """
    CreateRecoveryCodes CreateVirtualMFADevice DeactivateMFADevice
    DeleteToken EnableMFADevice GetMFADevice GetUser Grant ImportTokens
    Invite ListMFADeviceTags ListMFADevices ListVirtualMFADevices
    ResyncMFADevice SimulatePolicy TagMFADevice Unlock UntagMFADevice
""".split()
BY_USER = """
    CreateRecoveryCodes DeactivateMFADevice EnableMFADevice GetMFADevice
    ListMFADeviceTags TagMFADevice UntagMFADevice
""".split()


def operations():
    alice, token = {"UserName": "alice"}, {"SerialNumber": "TEST00000001"}
    phone = {"SerialNumber": "arn:aws:iam::000000000000:mfa/bob/phone"}
    bob = {"UserName": "bob"}
    codes = {"AuthenticationCode1": code(4, -1),
             "AuthenticationCode2": code(4, 0)}
    tags = [{"Key": "team", "Value": "red"}]
    every = {
        "CreateVirtualMFADevice": {"VirtualMFADeviceName": "phone", **bob,
                                   "Path": "/x/", "Tags": tags},
        "EnableMFADevice": {**bob, **codes, "SerialNumber": "TEST00000004"},
        "ResyncMFADevice": {**alice, **token,
                            "AuthenticationCode1": code(1, 2),
                            "AuthenticationCode2": code(1, 3)},
        "DeactivateMFADevice": {**alice, **token},
        "DeleteToken": {"SerialNumber": "TEST00000005"},
        "Verify": {**alice, **token, "AuthenticationCode": code(1, 0)},
        "ImportTokens": {"Commit": True, "Tokens": [
            {"SerialNumber": "TEST00000006", "Seed": "GEZDGNBVGY3TQOJQ"}]},
        "ListMFADevices": {**alice, "MaxItems": 1},
        "ListVirtualMFADevices": {"AssignmentStatus": "Any"},
        "GetMFADevice": token,
        "GetUser": alice,
        "Unlock": alice,
        "SimulatePolicy": {**alice, "ActionName": "pam:Authenticate",
                           "ContextEntries": [{
                               "ContextKeyName": "pam:Service",
                               "ContextKeyValues": ["sshd"]}]},
        "CreateRecoveryCodes": alice,
        "Grant": {**bob, "DurationSeconds": 3600, "Uses": 2},
        "Invite": {**bob, "DurationSeconds": 3600},
        "GetSessionToken": {"TokenCode": code(3, 0),
                            "DurationSeconds": 900},
        "GetSession": {},
        "EndSession": {},
        "TagMFADevice": {**token, "Tags": tags},
        "UntagMFADevice": {**token, "TagKeys": ["team"]},
        "ListMFADeviceTags": token,
    }
    for name, parameters in every.items():
        good = "valid_" if name in BY_ROOT else ""
        yield good + "root_" + name, 0, [operation(name, **parameters)]
        own = {key: value for key, value in parameters.items()
               if key != "UserName"}
        if own.get("SerialNumber") == "TEST00000001":
            own["SerialNumber"] = "TEST00000003"
        good = "valid_" if name in BY_USER else ""
        yield good + "user_" + name, 1, [
            operation(name, **own), "A" + code(3, 0)]
    for name, dry, devices in imported():
        good = "" if name == "many" else "valid_"
        yield good + "import_" + name, 0, [operation(
            "ImportDevices", **bob, Devices=devices, DryRun=dry)]
    virtual = every["CreateVirtualMFADevice"]
    yield "virtual_twice", 0, [
        operation("CreateVirtualMFADevice", **virtual),
        operation("CreateVirtualMFADevice", **virtual)]
    yield "virtual_deleted", 0, [
        operation("CreateVirtualMFADevice", **virtual),
        operation("ListVirtualMFADevices"),
        operation("DeleteVirtualMFADevice", **phone)]
    yield "security_key", 0, [operation(
        "EnableMFADevice", UserName="bob", Type="security-key",
        DeviceName="key")]
    yield "ssh_key", 0, [operation(
        "EnableMFADevice", UserName="bob", Type="security-key",
        DeviceName="key", SSHPublicKey="sk-ssh-ed25519@openssh.com AAAA")]
    yield "valid_grant_revoked", 0, [
        operation("Grant", UserName="bob"),
        operation("Grant", UserName="bob", Revoke=True)]
    yield "deep", 0, ["J" + 9 * "["]
    yield "not_json", 0, ["J{"]
    yield "not_a_request", 0, ["J{}"]
    yield "unknown", 0, [operation("Nothing")]
    yield "unknown_parameter", 0, [operation("GetUser", Colour="red")]
    yield "valid_with_code", 1, [
        "J" + json.dumps({"Operation": "CreateVirtualMFADevice",
                          "Parameters": {"VirtualMFADeviceName": "phone"},
                          "TokenCode": code(3, 0)})]


def endpoint():
    for name, by_user, parts in [*signins(), *operations()]:
        save("endpoint", name, connection(by_user, *parts))
    frame = struct.pack(">BBHI", 1, 1, 0, 5) + b"alice"
    save("endpoint", "raw", b"\2" + frame + frame)
    save("endpoint", "raw_cut", b"\2" + frame[:-1])
    save("endpoint", "raw_long", b"\2" + struct.pack(">BBHI", 1, 1, 0, 4096))
    save("endpoint", "raw_version", b"\2\2\1\0\0")
    save("endpoint", "raw_empty", b"\2")


def relay():
    def save_one(name, phase, words, answers, *parts):
        save("relay", name, SEPARATOR.join([phase, words, answers, *parts]))

    prompt, success = "PMFA code: ", "OSuccess"
    save_one("valid_plain", "a", "", "123456", prompt, success)
    save_one("valid_environment", "a", "debug\necho", "123456", prompt,
             "EAWSMFA_TICKET=x", "EAWSMFA_DEVICE=TEST00000001", success)
    save_one("valid_tap", "aq", "", "123456", "MTap", "W30", "MStill",
             "pPIN", success)
    save_one("valid_unasked", "a", "", "", success)
    save_one("valid_forward", "a", "forward_pass", "secret123456", prompt,
             success)
    save_one("valid_first", "a\n123456", "use_first_pass", "", prompt,
             success)
    save_one("valid_pending", "a", "unenrolled=enroll", "",
             "OEnrollmentPending")
    save_one("valid_account", "c", "", "1\n2", "MScan", "P1", "P2", success)
    save_one("valid_session", "o", "", "", success)
    save_one("try_first", "a\n123456", "try_first_pass", "123456", prompt,
             "OAccessDenied")
    save_one("try_first_tap", "a\n123456", "try_first_pass", "123456",
             "W30", "OAccessDenied")
    save_one("forward_short", "a", "forward_pass", "12345", prompt, success)
    save_one("pending_unasked", "a", "", "", "OEnrollmentPending")
    save_one("ignored", "c", "", "", "OIgnored")
    save_one("ignored_auth", "a", "", "", "OIgnored")
    save_one("session_prompt", "o", "", "1", prompt, success)
    save_one("close", "l", "", "", "OAccessDenied")
    save_one("denied", "a", "", "123456", prompt, "MNo", "OAccessDenied")
    save_one("failed", "a", "", "123456", prompt, "OServiceFailure")
    save_one("gives_up", "a", "", "!", prompt, success)
    save_one("silent", "a", "", "", prompt, success)
    save_one("hangs_up", "a", "", "123456", prompt)
    save_one("trails", "a", "", "", success, success)
    save_one("trails_octet", "a", "", "", success, "=x")
    save_one("environment_other", "a", "", "", "ELD_PRELOAD=x", success)
    save_one("environment_many", "a", "", "",
             *(f"EAWSMFA_{i}=x" for i in range(17)), success)
    save_one("prompts_many", "a", "", 20 * "1\n", *(17 * [prompt]), success)
    save_one("messages_many", "a", "", "", *(65 * ["M."]), success)
    save_one("wait_none", "a", "", "", "W0", success)
    save_one("wait_long", "a", "", "", "W301", success)
    save_one("no_outcome", "a", "", "", "OFine")
    save_one("field", "a", "", "", "#\1alice", success)
    save_one("version", "a", "", "", "=\2\x23\0\0\0\0\0\0")
    save_one("arguments", "a", "nullok", "", success)


def pamd():
    def save_one(name, *files):
        save("pamd", name, SEPARATOR.join(files))

    common = ("auth [success=1 default=ignore] pam_unix.so nullok\n"
              "auth requisite pam_deny.so\nauth required pam_permit.so\n")
    ours = "auth required pam_awsmfa.so unenrolled=allow [prompt=The code: ]\n"
    save_one("valid_debian", "@include a\n" + ours +
             "session [success=ok ignore=ignore module_unknown=ignore "
             "default=bad] pam_selinux.so close\n", common)
    save_one("valid_substack", "auth substack a\n" + ours,
             "auth include b\nauth sufficient pam_x.so\n", common)
    save_one("valid_odd", "-auth\trequired \\\n  pam_unix.so # no\n# none\n"
             "AUTH Required /lib/security/pam_x.so a=[b\\]c]\nauth "
             "[default=die success=reset auth_err=2 ignore=done] pam_y.so\n")
    save_one("valid_long", "auth required pam_x.so " + 990 * "a" + "\n")
    save_one("too_long", "auth required pam_x.so " + 1100 * "a" + "\n")
    save_one("goes_on", ours + "auth required pam_x.so \\\n")
    save_one("itself", ours + "auth substack random\n")
    save_one("each_other", "@include a\n" + ours, "@include b\n",
             "@include a\n")
    save_one("nothing_there", "auth include nothing\n" + ours)
    save_one("no_type", "atuh required pam_x.so\n" + ours)
    save_one("no_control", "auth\n" + ours)
    save_one("no_module", "auth required\n" + ours)
    save_one("no_name", "auth include\n" + ours)
    save_one("bad_control", "auth [success=no default=1] pam_x.so\n" + ours)
    save_one("jump_none", "auth [success=0] pam_x.so\n" + ours)
    save_one("nul", "auth required pam_\0x.so\n" + ours)
    save_one("empty", "")


def doctor():
    for service in "sshd", "sudo", "login", "su":
        save("doctor", "valid_" + service,
             b"P" + read("conf/pam.d/" + service))
    conf = read("conf/awsmfa.conf").decode()
    save("doctor", "valid_conf",
         "A" + re.sub(r"(?m)^#([a-z_]+ *[=:])", r"\1", conf))
    save_all("doctor", {
        "valid_jumps": "Pauth [success=2 default=ignore] pam_unix.so nullok"
                       "\nauth requisite pam_deny.so\n-auth optional "
                       "pam_x.so [query=a b\\] c]\n",
        "valid_joined": "Pauth \\\n required \\\n pam_unix.so\n",
        "valid_included": "P@include common-auth\nauth include other\n"
                          "auth substack other\n",
        "valid_lines_long": "Pauth required pam_unix.so " + 1100 * "x",
        "lines_empty": "P",
        "valid_control": "Csuccess=ok new_authtok_reqd=ok ignore=ignore "
                         "user_unknown=bad default=die",
        "valid_control_word": "Csufficient",
        "control_other": "Cmandatory",
        "control_value": "Csuccess=well",
        "valid_sshd": "Susepam yes\nkbdinteractiveauthentication yes\n"
                      "passwordauthentication no\npubkeyauthentication yes"
                      "\nlogingracetime 120\nauthenticationmethods "
                      "publickey,keyboard-interactive:pam password\n",
        "sshd_empty": "S",
        "valid_match": "MUser alice,bob Address 192.0.2.0/24",
        "match_group": "MGroup wheel",
        "valid_match_all": "Mall",
    })


def call():
    def save_one(name, *parts):
        save("call", name, SEPARATOR.join(parts))

    devices = {"MFADevices": [
        {"UserName": "alice", "SerialNumber": "TEST00000001",
         "EnableDate": "2026-11-22T13:50:14+00:00", "Tags": [
             {"Key": "team", "Value": "red\x1b[31m"}]},
        {"UserName": "alice", "SerialNumber": "ünï", "Certifications": [
            {"FIDO": 2}]}], "IsTruncated": False, "Count": 2.5, "Of": None}
    save_one("valid_devices", "R" + json.dumps(devices))
    save_one("valid_text", "R" + json.dumps(devices, ensure_ascii=False))
    save_one("valid_names", "R" + json.dumps({"a\x1b": [{"b\r": 1}], "\x9b": {
        "c\n": [2]}}))
    save_one("valid_mixed", 'R{"a": [{"b": 1, "c": 2}, 3, {}, [4]]}')
    save_one("valid_empty", "R{}")
    save_one("valid_talk", "MTap your key", "W30", "MStill", "R{}")
    save_one("failure", "F" + json.dumps({"Error": {
        "Code": "AccessDenied", "Message": "No \x1b[31m"}}))
    save_one("failure_success", "F" + json.dumps({"Error": {
        "Code": "Success", "Message": "No"}}))
    save_one("failure_empty", "F{}")
    save_one("prompt", "PMFA code: ", "R{}")
    save_one("list", "R[]")
    save_one("twice", 'R{"a": 1, "a": 1}')
    save_one("cut", "R{")
    save_one("wait", "W301", "R{}")
    save_one("messages", *(65 * ["M."]), "R{}")
    save_one("turn", "#\x23Success")
    save_one("none", "")
    save_one("octets", "=\1\x41\0\0\0\0")


for make in (call, doctor, pamd, relay, endpoint, arguments, typed, csv, imports,
             pskc, settings, record):
    make()
