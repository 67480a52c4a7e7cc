#!/bin/bash
# run.sh [--long] [ARGUMENT...]: tests/fire, as TAP, in the bed of the system
# tests (see tests/system/run.sh). Arguments are pytest's. FIRE_TIMES multiplies
# what is done in rounds; --long: by 50, which takes hours.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export FIRE_TIMES=${FIRE_TIMES:-1}
if [ "${1-}" = --long ]; then
	FIRE_TIMES=50
	shift
fi
export BED_TESTS=fire BED_TARGETS=fire-programs
exec bash "$here/../system/run.sh" "$@"
