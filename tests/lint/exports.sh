# What the installed module shows to its host, and what it brings along.
module=$top_builddir/pam/.libs/pam_awsmfa.so
[ -e "$module" ] || module=$top_builddir/.libs/pam_awsmfa.so
n=0
failed=0

point() { # WRONG NAME: WRONG is empty where all is well
	n=$((n + 1))
	if [ -z "$1" ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/#  /' <<<"$1"
		failed=1
	fi
}

[ -e "$module" ] || {
	echo "1..1"
	echo "not ok 1 - the module is built"
	exit 1
}
shown=$(nm -D --defined-only "$module" | awk '{ print $3 }')
point "$(grep -vx 'pam_sm_[a-z_]*' <<<"$shown")" \
    "the module exports pam_sm_* only"
for entry in pam_sm_authenticate pam_sm_setcred pam_sm_acct_mgmt \
    pam_sm_open_session pam_sm_close_session; do
	if grep -qx "$entry" <<<"$shown"; then wrong=; else wrong=missing; fi
	point "$wrong" "the module has $entry"
done
allowed='libpam\.so\.0|libc\.so\.6|ld-linux[a-z0-9_-]*\.so\.[0-9]'
[ -n "$SANITIZERS" ] && allowed="$allowed|lib(a|ub|t|l)san\.so\.[0-9]*"
point "$(readelf -dW "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -Evx "$allowed")" "the module needs libpam and libc only"
echo "1..$n"
exit $failed
