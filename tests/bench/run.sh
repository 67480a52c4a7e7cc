#!/bin/bash
# run.sh [OPTION...]: measures this module beside others (bench.py), in the bed
# of the system tests, with the state on a real disk: a folder beneath the build
# folder, which is removed afterwards. Leaves table.txt, samples.json and
# bench.svg in BUILD/bench.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=${abs_top_srcdir:-$(cd "$here/../.." && pwd)}
top_build=${abs_top_builddir:-$PWD}
build=${AWSMFA_SYSTEM_BUILD:-$top_build/system-build}
system=$source/tests/system
security=/usr/lib/$(gcc -print-multiarch)/security

die() {
	echo "bench: $1" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || die "this needs root"
"$system/bed" true || die "this host allows no namespaces or overlay"
for module in pam_google_authenticator pam_oath; do
	[ -e "$security/$module.so" ] || die "$module.so is not installed"
done
for program in sshd ssh sudo login strace valgrind; do
	PATH=$PATH:/usr/sbin command -v $program >/dev/null ||
		die "$program is not installed"
done

"$system/build" "$source" "$build" >&2
(
	unset MAKEFLAGS MAKELEVEL MFLAGS
	make -s -C "$build" tests/bench/signin tests/bench/fill \
	    tests/bench/pam_bench.la
) >&2
out=$top_build/bench
disk=$out/disk
rm -rf "$disk"
mkdir -p "$disk"
trap 'rm -rf "$disk"' EXIT
export BED_DIRS="$source $build" BED_DISK="$disk"
status=0
"$system/bed" "$here/inside" "$source" "$build" "$@" || status=$?
for file in table.txt samples.json bench.svg; do
	[ ! -e "$disk/$file" ] || cp "$disk/$file" "$out/"
done
exit $status
