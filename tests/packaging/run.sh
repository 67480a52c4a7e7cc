#!/bin/bash
# Debian's packages, as TAP: built twice and looked at, then installed, used,
# upgraded and purged in a chroot, which is the virtual machine's Debian (see
# tests/system/vm/rootfs) under an overlay. "vm.sh" does the same in the machine
# itself. Arguments are pytest's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=${abs_top_srcdir:-$(cd "$here/../.." && pwd)}
top_build=${abs_top_builddir:-$PWD}
build=${AWSMFA_SYSTEM_BUILD:-$top_build/system-build}
place=${PACKAGING_PLACE:-chroot}
system=$source/tests/system
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

[ "$(id -u)" = 0 ] || skip "Debian's packages need root to be tried"
programs="mmdebstrap mke2fs busybox cpio dpkg-buildpackage dh lintian"
[ "$place" = chroot ] || programs="$programs qemu-system-x86_64"
for program in $programs; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
/usr/bin/python3 -c 'import pytest, pexpect' 2>/dev/null ||
	skip "python3-pytest or python3-pexpect is not installed"

"$system/build" "$source" "$build" >&2 || fail "builds for the system tests"
packages=$("$here/packages" "$source" "$build") || fail "builds the packages"
AWSMFA_VM_ROOTFS=$("$system/vm/rootfs") ||
	fail "makes the machine's file system"
work=$(mktemp -d "${TMPDIR:-/tmp}/awsmfa-packaging.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$here/tree" "$source" "$packages" "$work/tree" || fail "makes the tree"
if [ "$place" = vm ]; then
	truncate -s $(($(du -sm "$work/tree" | cut -f 1) * 2 + 8))M \
	    "$work/overlay.ext4"
	mke2fs -q -t ext4 -O ^has_journal -d "$work/tree" "$work/overlay.ext4"
	inside=()
else
	inside=(unshare --mount --propagation private --pid --fork
	    --kill-child --net --uts --ipc "$here/inside")
fi

export AWSMFA_VM_ROOTFS PACKAGING_TREE="$work/tree"
export PACKAGING_OVERLAY="$work/overlay.ext4"
export PACKAGING_PLACE="$place" PACKAGING_PACKAGES="$packages"
export TAP_FD=3 TMPDIR="$work" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
cd "$here"
status=0
"${inside[@]}" /usr/bin/python3 -m pytest -p no:cacheprovider -c /dev/null \
    --rootdir=. --basetemp="$work/pytest" -q --tb=short --durations=12 "$@" \
    3>&1 >&2 || status=$?
# 1: tests failed, and TAP has said so.
[ "$status" = 1 ] || exit "$status"
