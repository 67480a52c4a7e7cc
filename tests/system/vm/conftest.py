"""One machine for all tests; its journal and serial line where one fails. TAP
is printed by the conftest.py above."""
import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOTFS, OVERLAY = (os.environ.get("AWSMFA_VM_" + what)
                   for what in ("ROOTFS", "OVERLAY"))

# Without them this is the bed of the folder above.
collect_ignore_glob = [] if ROOTFS and OVERLAY else ["test_*.py"]
_state = {"guest": None}


def pytest_collection_modifyitems(items):
    """What the machine itself must do comes first."""
    items.sort(key=lambda item: item.path.name != "test_machine.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    guest = _state["guest"]
    if not report.failed or guest is None:
        return
    report.sections.append(("ttyS0", guest.vm.console.said[-2000:]))
    try:
        report.sections.append(("journal", guest.journal()[-8000:]))
    except Exception as why:
        report.sections.append(("journal", f"can't be read: {why}"))


@pytest.fixture(scope="session")
def vm(tmp_path_factory):
    from boot import VM
    log = tmp_path_factory.mktemp("vm") / "ttyS0.log"
    with VM(ROOTFS, OVERLAY, log) as machine:
        machine.boot()
        yield machine


@pytest.fixture(scope="session")
def prepared(vm):
    from guest import Guest
    guest = Guest(vm)
    guest.prepare()
    return guest


@pytest.fixture
def guest(prepared):
    """awsmfa with its service, and no devices."""
    prepared.reset()
    prepared.vm.console.said = ""
    _state["guest"] = prepared
    yield prepared
    _state["guest"] = None


@pytest.fixture(params=["service", "oneshot"])
def way(request, guest):
    """Each test that asks for it runs with the service and without."""
    if request.param == "oneshot":
        guest.stop()
    return request.param


@pytest.fixture(scope="session")
def both_keys(vm):
    """Two security keys on a USB host controller."""
    from gadget import Key
    vm.run("key-gadget up")
    return [Key(vm, number) for number in (0, 1)]


@pytest.fixture
def keys(both_keys):
    """Both, unplugged: key.start() for its firmware, key.plug()."""
    yield both_keys
    for key in both_keys:
        key.unplug()
