# SPDX-License-Identifier: GPL-2.0-or-later
# every odd way to send that we know of: through the proxy, or refused
# capture: no
start_target
spawn proxy /usr/bin/python3 "$VM/servers/peer.py" 1099
wait_port proxy :: 1099

# A second address of the app's own, on another device, and a way back to it.
ip -n app link add dum0 type dummy
address app dum0 10.88.0.1/32 fd88::1/128
ip -n proxy route add 10.88.0.1 via $APP4
ip -n proxy -6 route add fd88::1 via $APP6
# A mark has a table of its own, with nothing in it but a way out.
ip -n app rule add fwmark 7 table 7
ip -n app -6 rule add fwmark 7 table 7
ip -n app route add default via $PROXY4 table 7
ip -n app -6 route add default via $PROXY6 table 7
# Multipath TCP would open more connections by itself, given a free hand.
in_app ip mptcp limits set subflows 8 add_addr_accepted 8
for address in 10.88.0.1 fd88::1 $APP4 $APP6; do
	in_app ip mptcp endpoint add $address subflow fullmesh
done

# scoped COMMAND...: as proxied, but names have IPv6 addresses, too, and a proxy
# that cannot answer costs little time
scoped() {
	printf 'proxy = "%s"\ndns_ipv6 = true\n' "$PROXY_URL" >/tmp/leaks.toml
	in_app "$MPROX_RUN" -p /tmp/leaks.toml --handshake-timeout 4 -- "$@"
}

ways_of() {
	say "leaks_$1.py, IPv$FAMILY"
	scoped /usr/bin/python3 "$VM/clients/leaks_$1.py" ||
		fail "leaks_$1.py, IPv$FAMILY: see the log"
}

# uring HOW HOST PORT REGEX
uring() {
	expect_match "$(scoped "$BUILD/vm/bin/leaks_uring" "$1" "$2" "$3")" "$4" \
		"io_uring, $1, IPv$FAMILY"
}

all_of_uring() {
	say "io_uring: by the caller, a worker and a poller, IPv$FAMILY"
	local how resolver=9.9.9.9 fake='^198\.18\.0\.'
	[ "$FAMILY" = 4 ] || resolver=2001:db8::1 fake='^fd6d:7072:6f78::'
	for how in datagram connected zerocopy; do
		uring $how "$TARGET" 443 '^EPERM$'
	done
	uring query $resolver 53 "$fake"
	uring stream "$TARGET" 80 "^$EXIT\$"
}

# A network namespace that the app's forwards for, whose first process is in the
# scope; another one of a scope comes in, and so does a stranger.
box() {
	local pid
	say "a container, IPv$FAMILY"
	rm -f /tmp/box /tmp/box-up
	scoped timeout $((100 * SLOW)) unshare -n sh -c 'echo $$ >/tmp/box
		until [ -e /tmp/box-up ]; do sleep 0.1; done
		/usr/bin/python3 "$0" || exit
		rm /tmp/box-up
		until [ -e /tmp/box-up ]; do sleep 0.1; done' \
		"$VM/clients/leaks_box.py" &
	local init=$!
	within 20 test -s /tmp/box
	pid=$(cat /tmp/box)
	ip -n app link add vb0 type veth peer name vb1 netns "$pid"
	address app vb0 10.66.0.1/24 fd66::1/64
	in_box() { nsenter -t "$pid" -n "$@"; }
	in_box ip link set vb1 up
	in_box ip addr add 10.66.0.2/24 dev vb1
	in_box ip addr add fd66::2/64 dev vb1 nodad
	in_box ip route add default via 10.66.0.1
	in_box ip -6 route add default via fd66::1
	touch /tmp/box-up
	within 60 test ! -e /tmp/box-up || fail "its first process: see the log"
	scoped nsenter -t "$pid" -n /usr/bin/python3 "$VM/clients/leaks_box.py" ||
		fail "who enters a container: see the log"
	# That the app forwards, and the capture sees it.
	in_box ping -c 1 -W 1 "$TARGET" >/dev/null || true
	touch /tmp/box-up
	wait $init
	sleep 0.2
	expect_match "$(leaked)" "(10.66.0.2|fd66::2) > $TARGET: ICMP6?,? echo request" \
		"a stranger's ping from a container"
}

in_app sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for family in 4 6; do
	use_proxy microsocks $family
	for kind in tcp udp raw; do ways_of $kind; done
	all_of_uring
	say "sockets from before, and from outside, IPv$family"
	in_app /usr/bin/python3 "$VM/clients/leaks_old.py" ||
		fail "leaks_old.py, IPv$family: see the log"
	box
done

say "a proxy on loopback, and a program that is bound to the uplink"
for url in 127.0.0.1 "[::1]"; do
	address=$(tr -d '[]' <<<"$url")
	target=$TARGET4
	[ "$url" = 127.0.0.1 ] || target=[$TARGET6]
	spawn app microsocks -i "$address" -p 1080 2>/dev/null
	wait_port app "$address" 1080
	PROXY_URL=socks5://$url:1080
	expect_fails proxied curl -sS -m 10 --interface up0 "http://$target/"
done

say "who was at the target, all in all"
expect_eq "$(awk '{ print $2 }' "$TARGET_LOG" | sort -u | tr '\n' ' ')" \
	"$EXIT4 $EXIT6 " "peers"

say "no SYN had data on it, and no packet was of Multipath TCP"
tcpdump -nn -r /tmp/trace.pcap 'tcp or ip6' >"$OUT/tcp" 2>/dev/null
grep -q 'DSTOPT.*1080: Flags \[S\]' "$OUT/tcp" || fail "no SYN was captured"
expect_fails grep -E 'mptcp|Flags \[S.*(tfo|exp-|length [1-9])' "$OUT/tcp"

# To the proxy's port and nowhere else: from an address that the program chose,
# or with headers that it wanted.
to_proxy="tcp port 1080 and (host $PROXY4 or host $PROXY6)
	and (host 10.88.0.1 or host fd88::1 or host 192.0.2.5 or host 2001:db8::5)"
with_headers="src host $APP6 and dst host $PROXY6 and (ip6[6] = 0 or ip6[6] = 60)
	and ip6[40] = 6 and ip6[50:2] = 1080"
capture_check "($to_proxy) or ($with_headers)
	or (host 10.66.0.2 and icmp) or (host fd66::2 and icmp6)"
