# SPDX-License-Identifier: GPL-2.0-or-later
# the app's own nft rules drop, hold or forget packets: all connect, nothing leaks
# once: yes
# debug: yes
# timeout: 600
open_target
COUNT=20

# rules HOOK PRIORITY RULE...: of what leaves by the uplink as TCP, each with a counter
rules() {
	local hook=$1 priority=$2 it; shift 2
	{
		echo 'table inet odd'
		echo 'delete table inet odd'
		echo 'table inet odd {'
		echo "chain $hook { type filter hook $hook priority $priority;"
		for it in "$@"; do echo "$it"; done
		echo '}'; echo '}'
	} | in_app nft -f -
}
hits() {
	in_app nft list table inet odd |
		awk '{ for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1) }
			END { print n + 0 }'
}

# A client that speaks SOCKS itself, through the same rules
baseline() {
	local urls=() i
	for ((i = 0; i < COUNT; i++)); do urls+=("http://$HOST/peer"); done
	in_app curl -sS --parallel --parallel-immediate --parallel-max $COUNT \
		-x "$PROXY_URL" "${urls[@]}" | grep -cx "$EXIT" || true
}

# try WHAT: with the rules that are there
try() {
	local family
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		say "$1, IPv$family"
		expect_eq "$(baseline)" $COUNT "$1, IPv$family: a client of SOCKS"
		mark
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 \
			$COUNT)" $COUNT "$1, IPv$family: connections"
		was_proxied $COUNT
		capture_check
	done
	[ "$(hits)" -gt 0 ] || fail "$1: no packet met the rule"
}
SYN='meta oifname up0 tcp flags & (syn | ack) == syn'

rules output raw "$SYN limit rate over 5/second burst 5 packets counter drop"
try "a limit of SYNs at raw"
# Half of those that are left are dropped again: 20 would take half a minute.
COUNT=8
rules output raw "$SYN numgen inc mod 2 0 counter drop"
try "every other SYN dropped at raw"
rules output raw "meta oifname up0 meta l4proto tcp numgen inc mod 10 0 counter drop"
try "every tenth packet dropped at raw"

spawn app /usr/bin/python3 "$VM/clients/nfqueue.py" 0 >/tmp/queue 2>"$OUT/queue.err"
within 20 grep -q ready /tmp/queue || fail "nobody at the queue"
hooks=('output raw' 'postrouting srcnat' 'input filter')
[ -z "${THOROUGH-}" ] || hooks+=('output mangle' 'output filter' 'postrouting mangle')
for at in "${hooks[@]}"; do
	# shellcheck disable=SC2086
	set -- $at
	device='oifname'
	[ "$1" != input ] || device='iifname'
	rules "$1" "$2" "meta $device up0 meta l4proto tcp counter queue num 0"
	try "queued at $at"
done

# Both ways: what comes is forgotten as well.
in_app nft delete table inet odd
in_app nft -f - <<'N'
table inet odd {
	chain out { type filter hook output priority raw; meta l4proto tcp counter notrack; }
	chain in { type filter hook prerouting priority raw; meta l4proto tcp counter notrack; }
	chain state { type filter hook output priority filter; ct state new counter; }
}
N
try "nothing is tracked"

in_app nft delete table inet odd
in_app nft -f - <<'N'
table inet odd {
	counter invalid { }
	chain out {
		type filter hook output priority filter; policy drop;
		oifname lo accept
		meta l4proto ipv6-icmp accept
		ct state invalid counter name invalid drop
		ct state new tcp flags & (fin | syn | rst | ack) == syn counter accept
		ct state established counter accept
	}
	chain in {
		type filter hook input priority filter; policy drop;
		iifname lo accept
		meta l4proto ipv6-icmp accept
		ct state invalid counter name invalid drop
		ct state established counter accept
	}
}
N
try "a strict firewall"
expect_eq "$(in_app nft list counter inet odd invalid | grep -o 'packets [0-9]*')" \
	"packets 0" "what it found invalid"
