# SPDX-License-Identifier: GPL-2.0-or-later
# what happens to a connection once it is there: it goes on, and nothing leaks
# once: yes
# timeout: 900
# capture: no
open_target proxy px0
spawn target /usr/bin/python3 "$VM/servers/halves.py" 2001 >"$OUT/halves.log" \
	2>"$OUT/halves.err"
wait_port target :: 2001
start_fakesocks 1090=late:4
in_app sysctl -qw net.ipv6.conf.up0.keep_addr_on_down=1
# An address that comes back with its device is not checked for duplicates: it would be of
# no use for a second.
in_app sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.up0.accept_dad=0

# Seconds of silence. An entry of a connection whose one half has ended is kept for 60,
# by default.
SILENCE=75
[ -n "${THOROUGH-}" ] || SILENCE=5

# Where the device's own address is gone for a moment, a masquerade takes the link-local
# one, for a plain connection too: what leaves by it is still for the proxy, and its answer
# finds nobody.
ends_check() { capture_check "ip6 net fe80::/10 and host $PROXY6"; }

# tracking: the app's namespace keeps track, by a rule of its own
tracking() {
	in_app nft -f - <<'N'
	table inet state {
		chain out { type filter hook output priority 0; ct state new counter; }
	}
N
	[ $SILENCE = 75 ] || for it in close_wait fin_wait last_ack time_wait; do
		in_app sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_$it=2
	done
}
# masquerading: its entries go with the device
masquerading() {
	in_app nft -f - <<'N'
	table inet masq {
		chain out { type nat hook postrouting priority srcnat; oifname up0 masquerade; }
	}
N
}
forget_rules() { in_app nft flush ruleset; }

blocks() { if [ -e /tmp/progress ]; then cut -d ' ' -f 1 /tmp/progress; else echo 0; fi; }
more_than() { [ "$(blocks)" -gt "$1" ]; }
# meanwhile COMMAND...: in the midst of a transfer, which goes on after it
meanwhile() {
	local pid before
	rm -f /tmp/progress /tmp/stop
	proxied /usr/bin/python3 "$VM/clients/steady.py" "$TARGET" 7 /tmp/progress \
		/tmp/stop >/tmp/steady &
	pid=$!
	within 30 more_than 3 || fail "$1: no transfer"
	"$@"
	before=$(blocks)
	within 60 more_than $((before + 5)) || fail "$1: the transfer has stopped"
	expect_eq "$(cut -d ' ' -f 2 /tmp/progress)" "$TARGET" "$1: getpeername()"
	touch /tmp/stop
	wait $pid || fail "$1: the transfer has failed"
	expect_match "$(cat /tmp/steady)" '^[0-9]+ good$' "$1: the transfer"
	ends_check
}

flush() { in_app conntrack -F 2>/dev/null; }
default_routes() {
	ip -n app route replace default via $PROXY4
	[ -z "$IPV6" ] || ip -n app -6 route replace default via $PROXY6
}
flap() {
	ip -n app link set up0 down
	sleep 0.5
	ip -n app link set up0 up
	default_routes
}
readdress() {
	ip -n app addr del $APP4/24 dev up0
	[ -z "$IPV6" ] || ip -n app addr del $APP6/64 dev up0
	sleep 1
	ip -n app addr add $APP4/24 dev up0
	[ -z "$IPV6" ] || ip -n app addr add $APP6/64 dev up0 nodad
	default_routes
}
# in_handshake COMMAND...: while the proxy has not answered yet
in_handshake() {
	local pid n who url=socks5://$PROXY4:1090
	[ "$FAMILY" = 4 ] || url=socks5://[$PROXY6]:1090
	accepted() { tail -n "+$((n + 1))" "$OUT/fakesocks.log" | grep -q accept; }
	for who in "curl -x $url" "$MPROX_RUN -x $url -- curl"; do
		n=$(lines "$OUT/fakesocks.log")
		# shellcheck disable=SC2086
		in_app $who -sS "http://$HOST/peer" >/tmp/peer &
		pid=$!
		within 20 accepted || fail "$1: nothing at the proxy"
		"$@"
		wait $pid || fail "$1: in mid-handshake: $who"
		expect_eq "$(cat /tmp/peer)" "$EXIT" "$1: in mid-handshake: $who"
	done
	ends_check
}

# Through a server that knows halves
halves() {
	local how said n
	use_proxy danted "$FAMILY"
	for how in hear tell; do
		n=$(lines "$OUT/halves.log")
		said=$(proxied /usr/bin/python3 "$VM/clients/halves.py" $how "$TARGET" 2001 \
			$SILENCE "$@")
		expect_eq "$said" "done $TARGET" "$how ${*:+bound to $*}"
		says() { [ -n "$(tail -n "+$((n + 1))" "$OUT/halves.log")" ]; }
		within 10 says || fail "$how ${*:+bound to $*}: nothing came there"
		expect_match "$(tail -n 1 "$OUT/halves.log")" "^$EXIT (heard|told) 3000\$" \
			"$how ${*:+bound to $*}"
		capture_check
	done
	use_proxy microsocks "$FAMILY"
}

for family in $VERSIONS; do
	use_proxy microsocks "$family"
	say "IPv$family: a half that is silent for $SILENCE s"
	halves
	halves up0
	say "the same, where connections are tracked"
	tracking
	halves
	halves up0
	say "entries that are flushed"
	meanwhile flush
	in_handshake flush
	say "a device that goes down and up"
	meanwhile flap
	in_handshake flap
	say "an address that goes and comes"
	meanwhile readdress
	say "the same with masquerade"
	masquerading
	meanwhile flap
	in_handshake flap
	meanwhile readdress
	meanwhile flush
	forget_rules
done

say "a full table: no rule of the app's asks for tracking, so nobody there fills it"
modprobe nf_conntrack
max=$(sysctl -n net.netfilter.nf_conntrack_max)
sysctl -qw net.netfilter.nf_conntrack_max=50
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 100 100)" \
		100 "connections, IPv$family"
	was_proxied 100
done
sysctl -qw net.netfilter.nf_conntrack_max="$max"
ends_check
