# What systemd reads: places filled in, and nothing that hides who asks.
n=0
failed=0
cd "$top_builddir" || exit 1
service=conf/systemd/awsmfa-login.service
socket=conf/systemd/awsmfa-login.socket
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

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

for file in "$service" "$socket" conf/sysusers.d/awsmfa.conf \
    conf/tmpfiles.d/awsmfa.conf; do
	if [ -f "$file" ]; then wrong=$(grep -n '@[a-z_]*@' "$file")
	else wrong=missing; fi
	point "$wrong" "$file is made, and its places are filled in"
done
hides='^(PrivateUsers|PrivateDevices|ProcSubset|ProtectProc)=|^DynamicUser='
point "$(grep -En "$hides" "$service")" "the service sees who asks"
for line in SocketMode=0600 SocketUser=root TriggerLimitIntervalSec=0; do
	if grep -qx "$line" "$socket"; then wrong=; else wrong=missing; fi
	point "$wrong" "the socket has $line"
done
for line in StartLimitIntervalSec=0 LimitCORE=0 NoNewPrivileges=yes \
    CapabilityBoundingSet= RestrictAddressFamilies=AF_UNIX; do
	if grep -qx "$line" "$service"; then wrong=; else wrong=missing; fi
	point "$wrong" "the service has $line"
done

if command -v systemd-analyze >/dev/null; then
	# A program and account that are there on every host.
	cp "$socket" "$work"
	sed -e 's|^ExecStart=.*|ExecStart=/bin/true|' -e 's|^User=.*|User=daemon|' \
	    "$service" >"$work/${service##*/}"
	point "$(systemd-analyze verify --man=no --recursive-errors=no \
	    "$work/${socket##*/}" "$work/${service##*/}" 2>&1)" \
	    "systemd finds nothing wrong in the units"
	if said=$(systemd-analyze security --offline=true --threshold=15 \
	    "$work/${service##*/}" 2>&1); then wrong=; else wrong=$said; fi
	echo "# $(tail -n 1 <<<"$said")"
	point "$wrong" "systemd counts an exposure of at most 1.5"
else
	n=$((n + 1))
	echo "ok $n - systemd's view of the units # SKIP no systemd-analyze"
fi
echo "1..$n"
exit $failed
