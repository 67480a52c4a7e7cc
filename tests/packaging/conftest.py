"""Debian's packages, in a chroot or in the virtual machine; TAP is printed as
in the bed."""
import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "system"), str(TESTS / "system" / "vm")]
from bedtest import *  # noqa: E402,F401,F403

PLACE = os.environ.get("PACKAGING_PLACE", "")
PACKAGES = os.environ.get("PACKAGING_PACKAGES", "")

# Where nothing runs them, they are none.
collect_ignore_glob = [] if PLACE else ["test_*.py"]
# What is built is looked at once.
if PLACE == "vm":
    collect_ignore_glob = ["test_build.py", "test_init.py"]


def pytest_configure(config):
    config.addinivalue_line("markers", "once: tried in the chroot alone")


def pytest_collection_modifyitems(items):
    """The machine is slow, and has what systemd has a part in."""
    if PLACE == "vm":
        items[:] = [item for item in items
                    if item.get_closest_marker("once") is None]


@pytest.fixture(scope="session")
def packages():
    """The folder that ./packages made."""
    return Path(PACKAGES)


@pytest.fixture(scope="session")
def make_chroot():
    """A new chroot with each call."""
    from chroot import Chroot
    count = 0

    def make():
        nonlocal count
        count += 1
        return Chroot(Path(os.environ["AWSMFA_VM_ROOTFS"]) / "root",
                      os.environ["PACKAGING_TREE"], f"/mnt/{count}")
    return make


@pytest.fixture(scope="session", params=[PLACE])
def debian(request, tmp_path_factory):
    """The Debian in which the packages live, and whose tests follow each
    other."""
    from debian import Debian
    if request.param == "chroot":
        yield Debian(request.getfixturevalue("make_chroot")(), systemd=False)
        return
    from boot import VM
    log = tmp_path_factory.mktemp("vm") / "ttyS0.log"
    with VM(os.environ["AWSMFA_VM_ROOTFS"],
            os.environ["PACKAGING_OVERLAY"], log) as machine:
        machine.boot()
        yield Debian(machine, systemd=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    debian = item.funcargs.get("debian")
    if not report.failed or debian is None:
        return
    try:
        report.sections.append(("log", debian.log()[-8000:]))
    except Exception as why:
        report.sections.append(("log", f"can't be read: {why}"))
