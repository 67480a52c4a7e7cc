"""A disk for the state, whose power can be cut: an image of ext4 in a file. What
the file system has handed to its block device is in the file, and nothing else;
so a copy of the file is the disk as a power cut leaves it."""
import os
import shutil
import stat
import subprocess

import host

LOOPS = 64
SIZE = 16 << 20
# By itself it writes nothing within the time of a test.
OPTIONS = "loop,noatime,commit=300"


def make_loops():
    """The bed has a /dev of its own, without loop devices."""
    for name, kind, number in (
            ("loop-control", stat.S_IFCHR, os.makedev(10, 237)),
            *((f"loop{i}", stat.S_IFBLK, os.makedev(7, i))
              for i in range(LOOPS))):
        if not os.path.exists(f"/dev/{name}"):
            os.mknod(f"/dev/{name}", 0o600 | kind, number)


def run(*argv):
    subprocess.run(argv, env=host.ENV, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)


class Disk:
    """Mounted where the state is, with a copy of it."""

    def __init__(self, folder):
        self.image, self.copy = folder / "disk", folder / "copy"
        make_loops()
        with self.image.open("wb") as file:
            file.truncate(SIZE)
        run("mkfs.ext4", "-q", "-F", self.image)
        before = folder / "before"
        run("cp", "-a", host.STATE, before)
        self.mount(self.image)
        run("cp", "-a", f"{before}/.", host.STATE)

    @staticmethod
    def mount(image):
        run("mount", "-t", "ext4", "-o", OPTIONS, image, host.STATE)

    @staticmethod
    def unmount():
        run("umount", host.STATE)

    @staticmethod
    def sync():
        run("sync", "-f", host.STATE)

    def cut(self):
        """Keeps what the disk has now."""
        shutil.copyfile(self.image, self.copy)

    def restart(self):
        """Has what cut() kept in the place of the disk: its journal is
        replayed."""
        self.mount(self.copy)

    def forget(self):
        """Ends what restart() began."""
        self.unmount()
        self.copy.unlink()
