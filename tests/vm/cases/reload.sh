# SPDX-License-Identifier: GPL-2.0-or-later
# rmmod and insmod in a loop while connections are opened
# processors: 2
# timeout: 600
start_target
use_proxy microsocks 4

say "busy while a context is open"
proxied sh -c 'echo $$ >/tmp/pid; exec sleep 100' &
within 20 test -s /tmp/pid
expect_match "$(rmmod mutex_proxy 2>&1 || true)" 'in use|busy' "rmmod"
[ -d /sys/module/mutex_proxy ] || fail "the module went while it was in use"
kill "$(cat /tmp/pid)"

# Those that run when the module is gone fail to start; that is not the matter.
( while :; do
	timeout -s KILL "0.$((RANDOM % 8 + 2))" ip netns exec app "$MPROX_RUN" -q \
		-x "$PROXY_URL" -- /usr/bin/python3 "$VM/clients/many.py" \
		$TARGET4 7 20 || true
done >/dev/null 2>&1 ) &
churn=$!

for i in $(seq "${ROUNDS:-20}"); do
	sleep "0.$((RANDOM % 10))"
	within 20 rmmod mutex_proxy 2>/dev/null || fail "round $i: rmmod"
	load_module
done
kill $churn
wait $churn 2>/dev/null || true
sleep 1

say "still works"
mark
expect_eq "$(proxied curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied

say "nothing is left behind"
# An entry is counted until its last reference is gone, also when it is flushed.
nothing_tracked() {
	in_app conntrack -F >/dev/null 2>&1 || true
	[ "$(in_app cat /proc/sys/net/netfilter/nf_conntrack_count)" = 0 ]
}
within 20 rmmod mutex_proxy || fail "the last rmmod"
expect_eq "$(grep -c mprox /proc/slabinfo || true)" 0 "slabs"
within 20 nothing_tracked || fail "conntrack entries are left: $(in_app conntrack -L 2>&1)"
