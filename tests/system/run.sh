#!/bin/bash
# The system tests, as TAP: builds awsmfa for the paths of a real installation
# (once, in AWSMFA_SYSTEM_BUILD or the build folder), and runs pytest in the
# bed. Arguments are pytest's. Of another folder of tests beside this one, where
# BED_TESTS names it; BED_TARGETS are programs of the build that they need.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=${abs_top_srcdir:-$(cd "$here/../.." && pwd)}
top_build=${abs_top_builddir:-$PWD}
build=${AWSMFA_SYSTEM_BUILD:-$top_build/system-build}

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
[ "$(id -u)" = 0 ] || skip "the system tests need root"
"$here/bed" true 2>/dev/null ||
	skip "this host allows no namespaces or overlay: no bed"
for program in sshd ssh sudo login su pamtester oathtool strace; do
	PATH=$PATH:/usr/sbin command -v $program >/dev/null ||
		skip "$program is not installed"
done
/usr/bin/python3 -c 'import pytest, pexpect' 2>/dev/null ||
	skip "python3-pytest or python3-pexpect is not installed"

# Targets are several words.
# shellcheck disable=SC2086
"$here/build" "$source" "$build" ${BED_TARGETS-} >&2 || {
	echo "1..1"
	echo "not ok 1 - builds for the system tests"
	exit 1
}
exec 3>&1
export BED_DIRS="$source $build"
exec "$here/bed" "$here/inside" "$source" "$build" "${BED_TESTS-system}" \
    "$@" 3>&3 >&2
