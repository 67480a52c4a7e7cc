"""What the other tests stand on: the machine itself, and its security keys."""

# A CTAPHID INIT on the broadcast channel, as a host sends it, and as a key
# answers: the nonce, a channel, protocol 2, version 1.0.0, CBOR and no MSG.
# A write to hidraw begins with the number of the report, 0.
EXCHANGE = r"""
import os, select, sys
node, gadget = sys.argv[1:]
host = os.open(node, os.O_RDWR | os.O_CLOEXEC)
key = os.open(gadget, os.O_RDWR | os.O_CLOEXEC)
nonce = os.urandom(8)
init = b"\xff\xff\xff\xff\x86\x00\x08" + nonce
os.write(host, (b"\0" + init).ljust(65, b"\0"))
assert os.read(key, 64) == init.ljust(64, b"\0")
answer = (b"\xff\xff\xff\xff\x86\x00\x11" + nonce +
          b"\x01\x02\x03\x04\x02\x01\x00\x00\x0c").ljust(64, b"\0")
os.write(key, answer)
assert select.select([host], [], [], 5)[0], "no answer"
assert os.read(host, 64) == answer
"""


def properties(vm, node):
    lines = vm.run("udevadm", "info", "--query=property", node).out.split()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_systemd_is_up_and_nothing_failed(vm):
    vm.run("systemctl is-system-running --wait", check=False)
    assert vm.run("systemctl --failed --plain --no-legend").out == ""
    assert vm.run("cat /proc/1/comm").out == "systemd\n"


def test_commands_say_what_happened(vm):
    result = vm.run("echo out; echo err >&2; cat; exit 3", text="in",
                    check=False)
    assert (result.status, result.out, result.err) == (3, "out\nin", "err\n")
    assert vm.run("sleep 60", timeout=0.5, check=False).status == 124
    assert vm.run("id -un", user="alice").out == "alice\n"


def test_terminals_type_and_end(vm):
    terminal = vm.spawn("tty; read line; echo got $line; exit 4")
    terminal.expect_exact("/dev/pts/")
    terminal.sendline("this")
    terminal.expect_exact("got this")
    assert terminal.finish() == 4
    asleep = vm.spawn("echo asleep; exec sleep 60")
    asleep.expect_exact("asleep")
    asleep.control("c")
    assert asleep.finish() == -2


def test_key_appears_as_a_fido_token(keys):
    key = keys[0]
    node = key.plug()
    found = properties(key.vm, node)
    assert found["ID_FIDO_TOKEN"] == "1"
    assert "ID_SECURITY_TOKEN" in found
    assert node in key.vm.run("fido2-token -L").out


def test_two_keys_are_two_nodes(keys):
    nodes = {key.plug() for key in keys}
    assert len(nodes) == 2
    for key in keys:
        assert properties(key.vm, key.node)["ID_FIDO_TOKEN"] == "1"


def test_key_and_host_exchange_reports(keys):
    for key in keys:
        key.stop()              # the test is the firmware
        key.plug()
        key.vm.run("python3", "-c", EXCHANGE, key.node, key.gadget)


def test_key_is_unplugged_and_plugged_in_again(keys):
    key = keys[0]
    vm = key.vm
    key.stop()
    node = key.plug()
    key.unplug()
    assert vm.run("test", "-e", node, check=False).status == 1
    assert node not in vm.run("fido2-token -L").out
    again = key.plug()
    vm.run("python3", "-c", EXCHANGE, again, key.gadget)


def test_software_key_answers_libfido2_before_and_after_a_replug(keys):
    key = keys[0].start()
    for _ in range(2):
        key.plug()
        assert "FIDO_2_0" in key.vm.run("fido2-token", "-I", key.node).out
        key.unplug()


def test_software_key_is_told_not_to_be_touched(keys):
    key = keys[0].start()
    key.plug()
    request = "\n".join(("A" * 43 + "=", "example.org", "alice", "QUJD", ""))
    made = key.vm.run("fido2-cred", "-M", key.node, text=request)
    assert made.out.splitlines()[1:3] == ["example.org", "packed"]
    key.tell("touch", "never")
    assert key.vm.run("fido2-cred", "-M", key.node, text=request, timeout=2,
                      check=False).status == 124
