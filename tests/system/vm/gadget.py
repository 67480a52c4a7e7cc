"""A security key in the virtual machine: a USB device by
tests/support/key-gadget, with tests/support/softkey as its firmware."""
import time


class Key:
    """SEED is which key it is: the same seed knows the same credentials."""

    def __init__(self, vm, number):
        self.vm, self.number = vm, number
        self.gadget = f"/dev/hidg{number}"      # what the firmware has
        self.control = f"/run/softkey{number}"
        self.unit = f"softkey{number}.service"
        self.node = None                        # /dev/hidrawN while plugged

    def start(self, *options, seed=None):
        """Its firmware, not yet plugged in; it lives while the key is unplugged
        and plugged in again."""
        seed = seed or f"{self.number:02x}" * 32
        self.vm.run("systemd-run", "-q", "--collect", "--unit", self.unit,
                    "/usr/lib/awsmfa-tests/softkey", "--device", self.gadget,
                    "--control", self.control, "--seed", seed, *options)
        end = time.monotonic() + 20
        while self.vm.run("test", "-S", self.control, check=False).status:
            assert time.monotonic() < end, self.vm.run(
                "journalctl -n 20 -u", self.unit).out
        return self

    def stop(self):
        self.vm.run("systemctl stop", self.unit, check=False)

    def tell(self, *command):
        """A switch of the firmware: tell("touch", "never"); see "help"."""
        return self.vm.run("softkey", "--tell", self.control, *command).out

    def log(self):
        """What it was asked to do since "log clear"."""
        return self.tell("log").splitlines()

    def wait(self, line, seconds=20):
        """Until LINE is in its log."""
        end = time.monotonic() + seconds
        while line not in self.log():
            assert time.monotonic() < end, f"{line}: {self.log()}"

    def tap(self, seconds=20):
        """A touch, as soon as it asks for one."""
        end = time.monotonic() + seconds
        while self.vm.run("softkey", "--tell", self.control, "touch", "once",
                          check=False).status:
            assert time.monotonic() < end, f"no touch asked: {self.log()}"

    def plug(self):
        self.node = self.vm.run("key-gadget", "plug", self.number).out.strip()
        return self.node

    def unplug(self):
        self.vm.run("key-gadget", "unplug", self.number)
        self.node = None
        # Without power it forgets what it was about; USB tells it nothing.
        for command in ("unplug", "replug"):
            self.vm.run("softkey", "--tell", self.control, command,
                        check=False)
