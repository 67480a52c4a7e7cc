# The module in its hosts under valgrind: no leak, no use of what is not there.
if [ -n "$SANITIZERS" ]; then
	echo "1..0 # SKIP a sanitizer looks already"
	exit 0
fi
if ! command -v valgrind >/dev/null; then
	echo "1..0 # SKIP valgrind is not installed"
	exit 0
fi
n=0
failed=0
log=$(mktemp) || exit 99
trap 'rm -f "$log"' EXIT
# --keep-debuginfo: the module is unloaded by the time a leak is reported.
for test in test_relay test_tap test_phases test_agent test_host; do
	n=$((n + 1))
	if MFA_TEST_ROUNDS=20 CMOCKA_MESSAGE_OUTPUT=STDOUT \
	    "$top_builddir/libtool" --mode=execute valgrind -q \
	    --leak-check=full --show-leak-kinds=definite,possible \
	    --errors-for-leak-kinds=definite --error-exitcode=9 \
	    --keep-debuginfo=yes "$top_builddir/tests/pam/$test" \
	    >"$log" 2>&1; then
		echo "ok $n - $test under valgrind"
	else
		echo "not ok $n - $test under valgrind"
		grep -v -E 'RUN|  OK' "$log" | sed 's/^/#  /'
		failed=1
	fi
done
echo "1..$n"
exit $failed
