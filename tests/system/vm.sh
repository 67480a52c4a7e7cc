#!/bin/bash
# The tests in the virtual machine, as TAP: builds awsmfa as run.sh does, makes
# what the machine boots (the Debian in it is cached; see vm/rootfs), and runs
# pytest, which starts it. Arguments are pytest's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=${abs_top_srcdir:-$(cd "$here/../.." && pwd)}
top_build=${abs_top_builddir:-$PWD}
build=${AWSMFA_SYSTEM_BUILD:-$top_build/system-build}
PATH=$PATH:/usr/sbin:/sbin

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

fail() {
	echo "1..1"
	echo "not ok 1 - $1"
	exit 1
}

[ "$(id -u)" = 0 ] || skip "the tests in a virtual machine need root"
for program in qemu-system-x86_64 mmdebstrap mke2fs busybox cpio; do
	command -v $program >/dev/null || skip "$program is not installed"
done
/usr/bin/python3 -c 'import pytest, pexpect' 2>/dev/null ||
	skip "python3-pytest or python3-pexpect is not installed"

"$here/build" "$source" "$build" >&2 || fail "builds for the system tests"
AWSMFA_VM_ROOTFS=$("$here/vm/rootfs") ||
	fail "makes the machine's file system"
work=$(mktemp -d "${TMPDIR:-/tmp}/awsmfa-vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
AWSMFA_VM_OVERLAY=$work/overlay.ext4
"$here/vm/image" "$source" "$build" "$AWSMFA_VM_OVERLAY" ||
	fail "installs into the machine"

cd "$here/vm"
export AWSMFA_VM_ROOTFS AWSMFA_VM_OVERLAY
export TAP_FD=3 TMPDIR="$work" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
/usr/bin/python3 -m pytest -p no:cacheprovider -c /dev/null --rootdir="$here" \
    --basetemp="$work/pytest" -q --tb=short --durations=12 "$@" 3>&1 >&2
