"""Makes the corpus of fuzz_sshsig of the vectors: make_ssh_seeds.py TESTS"""
import base64
import re
import struct
import sys
from pathlib import Path

tests = Path(sys.argv[1])
folder = tests / "fuzz/corpus/sshsig"
folder.mkdir(exist_ok=True)


def vectors():
    """The strings of the header, by name."""
    text = (tests / "unit/ssh_vectors.h").read_text()
    for name, value in re.findall(r"char (\w+)\[\] =([^;]*);", text):
        parts = re.findall(r'"([^"]*)"', value)
        yield name, "".join(parts).replace("\\n", "\n")


def octets_of(armour):
    return base64.b64decode("".join(armour.split("\n")[1:-2]))


def agents(blob):
    """The last string of a signature's octets: what an agent answered."""
    at = 10
    while at < len(blob):
        length, = struct.unpack_from(">I", blob, at)
        last = blob[at + 4:at + 4 + length]
        at += 4 + length
    return last


def save(name, kind, octets):
    (folder / name).write_bytes(kind + octets)


for name, text in vectors():
    name = name.removeprefix("ssh_")
    if name.endswith("_fingerprint"):
        continue
    if not text.startswith("-----"):
        valid = "" if name == "plain_key" else "valid_"
        save(f"{valid}{name}", b"K", text.encode())
        continue
    refused = name.endswith(("_absent", "_of_file")) or "plain" in name
    valid = "" if refused else "valid_"
    blob = octets_of(text)
    save(f"{valid}{name}_blob", b"B", blob)
    if name.endswith(("_signature", "_verified", "_absent")):
        save(f"{valid}{name}_agent", b"A", agents(blob))
    if name.endswith("_signature"):
        save(f"{valid}{name}_text", b"T", text.encode())
        bare = base64.b64encode(blob)
        save(f"{valid}{name}_line", b"T", bare)
