"""The packages as files."""
import subprocess



def debs(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.deb")}


def test_built_twice_has_the_same_bytes(packages):
    one, two = debs(packages / "one"), debs(packages / "two")
    assert len(one) == 2 and sorted(one) == sorted(two)
    for name in one:
        assert one[name] == two[name], name


def test_lintian_finds_neither_errors_nor_warnings(packages):
    changes, = (packages / "one").glob("*.changes")
    done = subprocess.run(
        ["lintian", "--allow-root", "--no-cfg", "--fail-on=error,warning",
         changes], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
