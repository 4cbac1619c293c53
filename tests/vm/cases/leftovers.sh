# SPDX-License-Identifier: GPL-2.0-or-later
# what a direct connection left behind is no way for one in scope with the same ports
# once: yes
# timeout: 600
# capture: no
[ -n "${THOROUGH-}" ] || VERSIONS=${VERSIONS%% *}
open_target
start_names target $TARGET4 hidden.test 192.0.2.9
[ -z "$IPV6" ] || start_names target $TARGET6 hidden.test 192.0.2.9
# Who filters by state knows what became of a connection, and for longer than it takes.
in_app nft -f - <<'N'
table inet state {
	chain out { type filter hook output priority 0; ct state new counter; }
}
table inet ends {
	chain out { type filter hook output priority -400; }
}
N
in_app sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_close=300
in_proxy nft -f - <<'N'
table inet way {
	chain forward { type filter hook forward priority 0; }
}
N

tracked() {
	in_app conntrack -L -f "ipv$FAMILY" -p tcp --sport "$SPORT" 2>/dev/null |
		grep -v '^conntrack' | head -n 1
}
# The packets to and from the target as such
seen() {
	sleep 0.2
	tcpdump -nnS -r /tmp/leak.pcap "${1:-host $TARGET}" 2>/dev/null || true
}
# Each attempt has a number of its own, however often it is sent.
syns() {
	seen "dst host $TARGET" | sed -n 's/.*Flags \[S\], seq \([0-9]*\).*/\1/p' |
		sort -u | wc -l
}

SPORT=20000
# leave HOW STATE: a direct connection, and what it leaves in its namespace
leave() {
	SPORT=$((SPORT + 1))
	case $1 in
	*begun) in_proxy nft add rule inet way forward tcp sport $SPORT drop ;;
	open)	in_app nft add rule inet ends out tcp sport $SPORT tcp flags '&' \
			'(fin|rst)' '!=' 0 drop ;;
	esac
	rm -f /tmp/made
	if [[ $1 != held-* ]]; then
		in_app /usr/bin/python3 "$VM/clients/leftovers.py" "$1" $SOURCE $SPORT \
			$TARGET $PORT >/tmp/made
	else
		spawn app /usr/bin/python3 "$VM/clients/leftovers.py" "$1" $SOURCE \
			$SPORT $TARGET $PORT >/tmp/made
		HOLDER=$!
	fi
	within 20 grep -qs made /tmp/made || fail "$1: not made"
	expect_match "$(tracked)" " $2 " "$1: its entry"
	[ "$1" != begun ] || in_proxy nft flush chain inet way forward
}
let_go() {
	kill -KILL $HOLDER
	wait $HOLDER 2>/dev/null || true
	in_proxy nft flush chain inet way forward
}

# again: the same four, in scope
again() {
	proxied /usr/bin/python3 "$VM/clients/leftovers.py" again $SOURCE $SPORT $TARGET $PORT
}

# What answers for the name in a scope, and it is not the target
declare -A WANTED=()
states() {
	local how state got
	for how in begun:SYN_SENT open:ESTABLISHED reset:CLOSE ended:TIME_WAIT \
			held-begun:SYN_SENT held-open:ESTABLISHED; do
		state=${how#*:} how=${how%:*}
		say "IPv$FAMILY, port $PORT: $how"
		leave $how $state
		mark
		NAMES=$(lines "$OUT/names-target.log")
		# What the direct one has still to say is said by now.
		capture_anew
		got=$(again)
		case $how:$got in
		*:${WANTED[$PORT]}) ;;
		# The port is busy: a socket of another process has it.
		held-*:EADDRNOTAVAIL|held-*:EADDRINUSE) ;;
		*) fail "$how, port $PORT, IPv$FAMILY: $got" ;;
		esac
		[ $PORT != 80 ] || [[ $got = E* ]] || was_proxied
		case $how in
		held-begun) [ "$(syns)" -le 1 ] || fail "$how, port $PORT: a SYN of ours" ;;
		*)	expect_eq "$(seen)" "" "$how, port $PORT: what the uplink saw" ;;
		esac
		expect_eq "$(tail -n "+$((NAMES + 1))" "$OUT/names-target.log" |
			grep -c 'query' || true)" 0 "queries at the target"
		[[ $how != held-* ]] || let_go
	done
}

for family in $VERSIONS; do
	use_proxy microsocks "$family"
	SOURCE=$APP4
	[ "$family" = 4 ] || SOURCE=$APP6
	WANTED=([80]=$EXIT [53]=198.18.0.1)
	for PORT in 80 53; do states; done
done
