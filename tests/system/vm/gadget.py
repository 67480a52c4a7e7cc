"""A security key in the virtual machine: a USB device by
tests/support/key-gadget, with tests/support/softkey as its firmware."""
import time


class Key:
    """The same firmware, with the same credentials, from its first start() to
    the end of all tests."""

    def __init__(self, vm, number):
        self.vm, self.number = vm, number
        self.gadget = f"/dev/hidg{number}"      # what the firmware has
        self.control = f"/run/softkey{number}"
        self.runs = False
        self.node = None                        # /dev/hidrawN while plugged

    def start(self):
        """Its firmware, as new but for the credentials and the counter; it
        lives while the key is unplugged and plugged in again."""
        if self.runs:
            self.tell("reset")
            return self
        self.vm.run(
            f"softkey --device {self.gadget} --control {self.control} "
            f"--seed {self.number:02x} > {self.control}.log 2>&1 & "
            f"echo $! > {self.control}.pid; "
            f"until [ -S {self.control} ]; do sleep 0.05; done")
        self.runs = True
        return self

    def stop(self):
        if self.runs:
            self.vm.run(f"kill $(cat {self.control}.pid); "
                        f"rm -f {self.control}")
        self.runs = False

    def tell(self, *command):
        """A switch of the firmware: tell("touch", "never"); see "help"."""
        return self.vm.ask(self.control, " ".join(command)).out

    def log(self):
        """What it was asked to do since "log clear"."""
        return self.tell("log").splitlines()

    def wait(self, line, seconds=20):
        """Until LINE is in its log."""
        end = time.monotonic() + seconds
        while line not in self.log():
            assert time.monotonic() < end, f"{line}: {self.log()}"
            time.sleep(0.05)

    def tap(self, seconds=20):
        """A touch, as soon as it asks for one."""
        end = time.monotonic() + seconds
        while self.vm.ask(self.control, "touch once", check=False).status:
            assert time.monotonic() < end, f"no touch asked: {self.log()}"
            time.sleep(0.05)

    def plug(self):
        self.node = self.vm.run("key-gadget", "plug", self.number).out.strip()
        return self.node

    def unplug(self):
        if self.node is None:
            return
        self.vm.run("key-gadget", "unplug", self.number)
        self.node = None
        # Without power it forgets what it was about; USB tells it nothing.
        if self.runs:
            self.tell("unplug")
            self.tell("replug")
