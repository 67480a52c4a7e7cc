# Comparisons of secrets under memcheck; see constant_time.c. Every place of
# constant_time.supp where something is decided has to be reached, or a secret
# got lost on its way there.
supp=$top_srcdir/tests/unit/constant_time.supp
if ! command -v valgrind >/dev/null; then
	echo "1..0 # SKIP valgrind is not installed"
	exit 0
fi
log=$(mktemp) || exit 99
out=$(mktemp) || exit 99
trap 'rm -f "$log" "$out"' EXIT
failed=0
CMOCKA_MESSAGE_OUTPUT=TAP "$top_builddir/libtool" --mode=execute \
    valgrind -s --error-limit=no --expensive-definedness-checks=yes \
    --suppressions="$supp" --log-file="$log" \
    "$top_builddir/tests/unit/constant_time" >"$out" || failed=1
grep -v '^1\.\.' "$out"
n=$(grep -c -E '^(not )?ok ' "$out")
[ $failed = 0 ] || sed 's/^/#  /' "$log"
while read -r place; do
	n=$((n + 1))
	if grep -q "used_suppression: .* $place $supp" "$log"; then
		echo "ok $n - reached: $place"
	else
		echo "not ok $n - reached: $place"
		failed=1
	fi
done <<EOF
$(sed -n '/ or not$/s/^ *//p' "$supp")
EOF
echo "1..$n"
exit $failed
