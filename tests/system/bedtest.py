"""What tests in the bed have: fixtures, and TAP on the descriptor that TAP_FD
names. For the conftest.py of a folder of tests to import."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from host import Host  # noqa: E402

_tap = os.fdopen(int(os.environ.get("TAP_FD", "1")), "w", buffering=1,
                 closefd=False)
_state = {"number": 0, "host": None}


def _say(text):
    _tap.write(text + "\n")
    _tap.flush()


def _name(nodeid):
    """test_x.py::a_test[service] as a sentence: "x: a test (service)"."""
    path, _, rest = nodeid.partition("::")
    name, _, way = rest.removesuffix("]").partition("[")
    place = os.path.basename(path).removeprefix("test_").removesuffix(".py")
    name = name.removeprefix("test_").replace("_", " ").replace("#", "")
    return f"{place}: {name}" + (f" ({way})" if way else "")


def pytest_collectreport(report):
    if report.failed:
        for text in report.longreprtext.splitlines():
            _say("# " + text)
        _say(f"Bail out! {report.nodeid} can't be collected")


def pytest_collection_finish(session):
    _say(f"1..{len(session.items)}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what was said on the terminal and in the log."""
    report = (yield).get_result()
    host = _state["host"]
    if report.failed and host is not None:
        report.sections.append(("said", host.said))
        report.sections.append(("log", host.log.text()))


def _explain(report):
    for text in report.longreprtext.splitlines():
        _say("# " + text)
    for title, content in report.sections:
        for text in content.splitlines():
            _say(f"# {title}: {ascii(text)[1:-1]}")


def pytest_runtest_logreport(report):
    passed_setup = report.when == "setup" and report.passed
    clean_teardown = report.when == "teardown" and not report.failed
    if passed_setup or clean_teardown:
        return
    if report.when == "teardown":
        _explain(report)
        _say(f"Bail out! {_name(report.nodeid)}: can't be cleaned up after")
        return
    _state["number"] += 1
    line = f"ok {_state['number']} - {_name(report.nodeid)}"
    if report.skipped:
        line += f" # SKIP {report.longrepr[2]}"
    _say("not " + line if report.failed else line)
    if report.failed:
        _explain(report)


@pytest.fixture
def host():
    host = _state["host"] = Host()
    host.reset()
    host.log.mark()
    yield host
    host.stop_service()
    _state["host"] = None


@pytest.fixture(params=["service", "oneshot"])
def way(request, host):
    """Each test that asks for it runs with the service and without."""
    if request.param == "service":
        host.start_service()
    return request.param
