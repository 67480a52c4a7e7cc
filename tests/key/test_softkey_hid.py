"""CTAPHID of the software key of the tests, and what no program of libfido2
asks it: cancelling, the exclude list, and how a request can be malformed."""
import hashlib
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../support"))
import taprun  # noqa: E402
from bedb import SOFTKEY, Softkey, tell  # noqa: E402

BROADCAST = 0xffffffff
PING, MSG, INIT, WINK, CBOR, CANCEL = 0x01, 0x03, 0x06, 0x08, 0x10, 0x11
KEEPALIVE, ERROR = 0x3b, 0x3f
MAKE, ASSERT, INFO = b"\x01", b"\x02", b"\x04"
RP = "awsmfa.example"


def cbor(value):
    """Enough of CBOR to ask; dicts are in the order of their members."""
    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 256:
            return bytes([major << 5 | 24, number])
        return bytes([major << 5 | 25]) + struct.pack(">H", number)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value)) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(
        cbor(key) + cbor(member) for key, member in value.items())


class Host:
    """A host's end; reports are written with WRITE and read with READ."""

    def __init__(self, write, read):
        self.write = write
        self.read = read
        self.channel = BROADCAST

    def report(self, data, channel=None):
        channel = self.channel if channel is None else channel
        self.write(struct.pack(">I", channel) + data.ljust(60, b"\0"))

    def send(self, command, data=b"", channel=None):
        self.report(bytes([0x80 | command]) + struct.pack(">H", len(data))
                    + data[:57], channel)
        for number, at in enumerate(range(57, len(data), 59)):
            self.report(bytes([number]) + data[at:at + 59], channel)

    def receive(self):
        """(channel, command, data) of the next message."""
        report = self.read()
        channel, command, size = struct.unpack(">IBH", report[:7])
        data = report[7:]
        number = 0
        while len(data) < size:
            report = self.read()
            assert report[:5] == struct.pack(">IB", channel, number), report
            data += report[5:]
            number += 1
        return channel, command & 0x7f, data[:size]

    def answer(self):
        """The next message that is no keepalive: (command, data)."""
        while True:
            channel, command, data = self.receive()
            if command != KEEPALIVE:
                assert channel == self.channel, (channel, self.channel)
                return command, data

    def ask(self, command, data=b""):
        self.send(command, data)
        return self.answer()

    def open(self):
        nonce = os.urandom(8)
        self.channel = BROADCAST
        command, data = self.ask(INIT, nonce)
        assert command == INIT and data[:8] == nonce, data
        self.channel = struct.unpack(">I", data[8:12])[0]
        return data[16]


class Key:
    """A softkey and its host, with a channel open."""

    def __init__(self, *options, kind=socket.SOCK_SEQPACKET, leading=b"\0"):
        self.folder = tempfile.TemporaryDirectory()
        self.control = os.path.join(self.folder.name, "control")
        self.softkey = Softkey("--control", self.control, *options, kind=kind)
        host = self.softkey.host
        self.host = Host(lambda report: host.sendall(leading + report),
                         lambda: host.recv(64, socket.MSG_WAITALL))
        self.capabilities = self.host.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.softkey.__exit__()
        self.folder.cleanup()

    def tell(self, command):
        return tell(self.control, command)

    def ask(self, *arguments):
        return self.host.ask(*arguments)


def making(**more):
    parameters = {1: bytes(32), 2: {"id": RP}, 3: {"id": b"1", "name": "a"},
                  4: [{"alg": -7, "type": "public-key"}]}
    return MAKE + cbor({**parameters, **{int(k[1:]): v
                                         for k, v in more.items()}})


def asserting(ident, hashed=bytes(32), **more):
    parameters = {1: RP, 2: hashed,
                  3: [{"id": ident, "type": "public-key"}]}
    return ASSERT + cbor({**parameters, **{int(k[1:]): v
                                           for k, v in more.items()}})


def made(key):
    """The id of a credential that KEY makes."""
    command, data = key.ask(CBOR, making())
    assert command == CBOR and data[0] == 0, data
    at = data.index(hashlib.sha256(RP.encode()).digest()) + 32 + 1 + 4 + 16
    size = struct.unpack(">H", data[at:at + 2])[0]
    return data[at + 2:at + 2 + size]


def a_ping_comes_back_whatever_its_length():
    with Key() as key:
        for size in 0, 1, 57, 58, 116, 117, 1000, 7609:
            data = os.urandom(size)
            assert key.ask(PING, data) == (PING, data), size


def reports_come_as_datagrams_or_as_a_stream():
    with Key(leading=b"") as key:
        assert key.ask(WINK) == (WINK, b"")
    with Key(kind=socket.SOCK_STREAM) as key:
        assert key.ask(WINK) == (WINK, b"")
    with Key("--bare", kind=socket.SOCK_STREAM, leading=b"") as key:
        assert key.ask(WINK) == (WINK, b"")


def read_all(fd, size):
    data = b""
    while len(data) < size:
        assert select.select([fd], [], [], 5)[0], "no answer"
        data += os.read(fd, size - len(data))
    return data


def reports_of_a_device_have_64_octets():
    master, slave = pty.openpty()
    tty.setraw(slave)
    with subprocess.Popen([SOFTKEY, "--with-parent", "--device",
                           os.ttyname(slave)], text=True,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == "ready\n"
        host = Host(lambda report: os.write(master, report),
                    lambda: read_all(master, 64))
        try:
            assert host.open() == 0x05
            assert host.ask(PING, b"x" * 200) == (PING, b"x" * 200)
        finally:
            os.close(slave)
            os.close(master)  # it ends with its device
            assert process.wait(5) == 0


def a_u2f_key_says_so():
    with Key() as key:
        assert key.capabilities == 0x05
    with Key("--do", "u2f-only on") as key:
        assert key.capabilities == 0x01
        assert key.ask(CBOR, INFO) == (ERROR, b"\x01")
        assert key.ask(MSG, bytes.fromhex("00030000000000")) == (
            MSG, b"U2F_V2\x90\x00")


def what_is_malformed_is_an_error():
    with Key() as key:
        host = key.host
        assert key.ask(0x2a) == (ERROR, b"\x01")
        host.report(bytes([0x80 | PING]) + struct.pack(">H", 7610))
        assert host.answer() == (ERROR, b"\x03")
        host.report(bytes([0x80 | PING]) + struct.pack(">H", 200))
        host.report(b"\x01")
        assert host.answer() == (ERROR, b"\x04")
        host.report(bytes([0x80 | PING]) + struct.pack(">H", 200))
        host.send(PING)
        assert host.answer() == (ERROR, b"\x04")
        host.report(bytes([0x80 | PING]) + struct.pack(">H", 200))
        assert host.answer() == (ERROR, b"\x05")  # half a second
        host.send(PING, channel=77)
        assert host.receive() == (77, ERROR, b"\x0b")
        assert key.ask(PING, b"well") == (PING, b"well")


def malformed_cbor_is_refused():
    with Key() as key:
        for data, status in ((b"", 0x03), (b"\x7e", 0x01),
                             (MAKE, 0x14), (MAKE + b"\xff", 0x12),
                             (INFO + b"\xa0\x00", 0x12),
                             (making(_1=b"short"), 0x03),
                             (making(_1="text"), 0x11),
                             (making(_4=[{"alg": -257}]), 0x26),
                             (making(_7={"rk": True}), 0x2b),
                             (making(_7={"up": False}), 0x2c)):
            assert key.ask(CBOR, data) == (CBOR, bytes([status])), data


def a_request_is_cancelled():
    with Key("--do", "touch never") as key:
        key.host.send(CBOR, making())
        assert key.host.receive()[1:] == (KEEPALIVE, b"\x02")
        key.host.send(CANCEL)
        assert key.host.answer() == (CBOR, b"\x2d")
        assert "CANCEL" in key.tell("log").splitlines()
        key.tell("touch now")
        made(key)


def cancelling_nothing_is_not_answered():
    with Key() as key:
        key.host.send(CANCEL)
        assert key.ask(PING, b"x") == (PING, b"x")


def a_second_channel_finds_the_key_busy():
    with Key("--do", "touch never") as key:
        first = key.host.channel
        key.host.send(CBOR, making())
        assert key.host.receive()[1] == KEEPALIVE
        key.host.send(INIT, bytes(8), BROADCAST)
        while (answer := key.host.receive())[1] == KEEPALIVE:
            continue
        second = struct.unpack(">I", answer[2][8:12])[0]
        assert second != first
        key.host.send(CBOR, INFO, second)
        while (answer := key.host.receive())[1] == KEEPALIVE:
            continue
        assert answer == (second, ERROR, b"\x06")
        key.host.send(CANCEL, channel=second)  # not its business
        key.tell("touch once")
        assert key.host.answer()[1][0] == 0


def a_channel_is_synchronised():
    with Key("--do", "touch never") as key:
        key.host.send(CBOR, making())
        assert key.host.receive()[1] == KEEPALIVE
        key.host.send(INIT, b"12345678")
        command, data = key.host.answer()
        assert command == INIT and data[:8] == b"12345678"
        assert struct.unpack(">I", data[8:12])[0] == key.host.channel
        assert key.ask(PING, b"x") == (PING, b"x")


def an_excluded_credential_needs_a_touch_to_say_so():
    with Key() as key:
        mine = {"id": made(key), "type": "public-key"}
        foreign = {"id": os.urandom(61), "type": "public-key"}
        assert key.ask(CBOR, making(_5=[foreign]))[1][0] == 0
        key.tell("log clear")
        assert key.ask(CBOR, making(_5=[foreign, mine])) == (CBOR, b"\x19")
        assert "touched" in key.tell("log").splitlines()


def the_first_of_its_own_in_an_allow_list_signs():
    with Key() as key:
        mine = made(key)
        parameters = {"_3": [{"id": os.urandom(61), "type": "public-key"},
                             {"id": mine, "type": "public-key"}]}
        command, data = key.ask(CBOR, asserting(b"", **parameters))
        assert command == CBOR and data[0] == 0 and mine in data


def the_same_seed_is_the_same_key():
    with Key("--seed", "0102") as key:
        mine = made(key)
    with Key("--seed", "0102") as key:
        assert key.ask(CBOR, asserting(mine))[1][0] == 0
    with Key("--seed", "0103") as key:
        assert key.ask(CBOR, asserting(mine)) == (CBOR, b"\x2e")


def a_credential_is_of_one_relying_party():
    with Key() as key:
        other = asserting(made(key), _1="other.example")
        assert key.ask(CBOR, other) == (CBOR, b"\x2e")


def an_empty_pin_parameter_asks_for_a_touch():
    with Key() as key:
        assert key.ask(CBOR, making(_8=b"", _9=1)) == (CBOR, b"\x35")
        key.tell("pin set 1234")
        assert key.ask(CBOR, making(_8=b"", _9=1)) == (CBOR, b"\x31")
        assert key.ask(CBOR, making(_8=bytes(16), _9=1)) == (CBOR, b"\x33")


def a_mute_key_says_nothing():
    with Key() as key:
        key.tell("mute on")
        key.host.send(PING, b"x")
        time.sleep(0.1)
        key.tell("mute off")
        assert key.ask(PING, b"y") == (PING, b"y")


def unplugging_closes_the_descriptor():
    with Key() as key:
        key.tell("unplug")
        assert key.softkey.host.recv(64) == b""
        try:
            key.tell("replug")
            raise AssertionError("a socket pair can't be plugged in again")
        except ValueError:
            pass
        key.softkey.process.terminate()


def a_wrong_command_is_told():
    with Key() as key:
        for command in ("", "touch", "touch  now", "touch now now now",
                        "pin set", "slow -1", "slow 1x", "seed 0", "seed zz",
                        "counter up", "log all", "x" * 200):
            try:
                key.tell(command)
            except ValueError as error:
                assert "malformed" in str(error), error
                continue
            raise AssertionError(f"{command!r} is taken")
        for line in key.tell("help").splitlines():
            assert line.split()[0].split("|")[0] in (
                "touch pin uv counter busy slow mute garbage u2f-only "
                "attestation algorithms pin-protocol seed unplug replug reset "
                "log"), line


TESTS = [
    a_ping_comes_back_whatever_its_length,
    reports_come_as_datagrams_or_as_a_stream,
    reports_of_a_device_have_64_octets,
    a_u2f_key_says_so,
    what_is_malformed_is_an_error,
    malformed_cbor_is_refused,
    a_request_is_cancelled,
    cancelling_nothing_is_not_answered,
    a_second_channel_finds_the_key_busy,
    a_channel_is_synchronised,
    an_excluded_credential_needs_a_touch_to_say_so,
    the_first_of_its_own_in_an_allow_list_signs,
    the_same_seed_is_the_same_key,
    a_credential_is_of_one_relying_party,
    an_empty_pin_parameter_asks_for_a_touch,
    a_mute_key_says_nothing,
    unplugging_closes_the_descriptor,
    a_wrong_command_is_told,
]


sys.exit(taprun.run(TESTS))
