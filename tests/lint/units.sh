# What systemd reads: places filled in, and nothing that hides who asks.
n=0
failed=0
cd "$top_builddir" || exit 1
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

for file in conf/systemd/awsmfa-{login,user}.{service,socket} \
    conf/sysusers.d/awsmfa.conf conf/tmpfiles.d/awsmfa.conf; do
	if [ -f "$file" ]; then wrong=$(grep -n '@[a-z_]*@' "$file")
	else wrong=missing; fi
	point "$wrong" "$file is made, and its places are filled in"
done

has() { # FILE LINE...
	local file=$1 line wrong
	shift
	for line; do
		if grep -qx "$line" "$file"; then wrong=; else wrong=missing; fi
		point "$wrong" "${file##*/} has $line"
	done
}

hides='^(PrivateUsers|PrivateDevices|ProcSubset|ProtectProc)=|^DynamicUser='
for unit in login user; do
	service=conf/systemd/awsmfa-$unit.service
	socket=conf/systemd/awsmfa-$unit.socket
	point "$(grep -En "$hides" "$service")" "$unit: the service sees who asks"
	has "$service" StartLimitIntervalSec=0 LimitCORE=0 NoNewPrivileges=yes \
	    CapabilityBoundingSet= RestrictAddressFamilies=AF_UNIX
	has "$socket" SocketUser=root TriggerLimitIntervalSec=0
done
has conf/systemd/awsmfa-login.socket SocketMode=0600
has conf/systemd/awsmfa-user.socket SocketMode=0666

if command -v systemd-analyze >/dev/null; then
	# A program and account that are there on every host.
	cp conf/systemd/awsmfa-*.socket "$work"
	for service in conf/systemd/awsmfa-*.service; do
		sed -e 's|^ExecStart=.*|ExecStart=/bin/true|' \
		    -e 's|^User=.*|User=daemon|' "$service" \
		    >"$work/${service##*/}"
	done
	point "$(systemd-analyze verify --man=no --recursive-errors=no \
	    "$work"/* 2>&1)" "systemd finds nothing wrong in the units"
	for service in "$work"/*.service; do
		if said=$(systemd-analyze security --offline=true \
		    --threshold=15 "$service" 2>&1); then wrong=
		else wrong=$said; fi
		echo "# $(tail -n 1 <<<"$said")"
		point "$wrong" \
		    "${service##*/}: systemd counts an exposure of at most 1.5"
		figure=$(sed -n 's/.*: \([0-9.]*\) .*/\1/p' <<<"$said" |
		    tail -n 1)
		if grep -q "counts an exposure of $figure for" \
		    "$top_srcdir/README"; then wrong=
		else wrong="it is $figure"; fi
		point "$wrong" "${service##*/}: README has the figure"
	done
else
	n=$((n + 1))
	echo "ok $n - systemd's view of the units # SKIP no systemd-analyze"
fi
echo "1..$n"
exit $failed
