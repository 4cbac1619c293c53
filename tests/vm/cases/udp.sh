# SPDX-License-Identifier: GPL-2.0-or-later
# UDP through SOCKS5's UDP ASSOCIATE
# processors: 2
# capture: no
names_behind_proxy
start_target
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 \
	$TARGET4:7008 $TARGET6:7007 $TARGET6:7008 >/tmp/echo.log

through() { in_app "$MPROX_RUN" -x "$PROXY_URL" --udp proxy -- "$@"; }
udp() { through /usr/bin/python3 "$VM/clients/udp.py" "$@"; }

heard=1
everything() {
	for what in echo connected many sockets burst; do
		expect_eq "$(udp $what "$TARGET" 7007)" OK "$what"
	done
	# The relay's header is 10 octets for IPv4 and 22 for IPv6.
	expect_eq "$(udp sizes "$TARGET" 7007)" \
		"['EMSGSIZE', 1400] $((FAMILY == 4 ? 1490 : 1478))" "sizes"
	expect_eq "$(tail -n "+$heard" /tmp/echo.log | sort -u)" "$EXIT" \
		"who the target heard"
	heard=$(($(lines /tmp/echo.log) + 1))
}
for family in 4 6; do
	use_proxy danted $family
	say "UDP over IPv$family"
	everything
done

say "one family through a relay of the other"
expect_eq "$(udp echo $TARGET4 7007)" OK "IPv4, and the proxy is reached over IPv6"

say "by name; and the answer is the name's"
use_proxy danted 4
expect_eq "$(udp echo udp.hidden.test 7007)" OK "unconnected"
expect_eq "$(udp connected udp.hidden.test 7007)" OK "connected"

say "DNS, by a rule of its own, and iperf3"
start_names target $TARGET4 seen.test 192.0.2.99
cat >/tmp/udp.toml <<-T
proxy = "$PROXY_URL"
udp = "proxy"
[[rule]]
to = "$TARGET4"
proto = "udp"
port = 53
verdict = "proxy"
T
expect_eq "$(in_app "$MPROX_RUN" -p /tmp/udp.toml -- dig +short +tries=2 @$TARGET4 \
	a.seen.test)" 192.0.2.99 "a query through the relay"
spawn target iperf3 -s -1 >/dev/null
wait_port target $TARGET4 5201
through iperf3 -u -c $TARGET4 -t 3 -b "$((4000 / ${SLOW:-1}))K" -l 1200 | tee /tmp/iperf.out
expect_match "$(grep receiver /tmp/iperf.out)" '\((0|0\.[0-9]+)%\)' "datagrams lost"

say "the association ends with its socket"
no_association() { [ -z "$(in_app ss -Htn "dport = :$((PROXY_PORT ^ 1))")" ]; }
within 5 no_association || fail "a control connection stays"

say "a proxy that has no relay"
use_proxy microsocks 4
expect_eq "$(udp error $TARGET4 7007)" ECONNREFUSED "a connected socket"

say "a relay that would be on this host, or on a link of ours"
# fake PORT TOLD [FROM...]: a proxy of our own that answers datagrams itself
fake() {
	spawn proxy /usr/bin/python3 "$VM/servers/fakerelay.py" $PROXY4 "$@" >/dev/null
	wait_port proxy $PROXY4 "$1"
}
by() {
	local port=$1; shift
	in_app "$MPROX_RUN" -x socks5://$PROXY4:$port --udp proxy -- /usr/bin/python3 "$@"
}
spawn app /usr/bin/python3 "$VM/servers/udpecho.py" 127.0.0.1:1090 >/tmp/here.log
port=1090
for told in 127.0.0.1 169.254.1.1 224.0.0.1; do
	fake $port $told asked
	expect_eq "$(by $port "$VM/clients/udp.py" error $TARGET4 7007)" ECONNREFUSED "$told"
	port=$((port + 2))
done
expect_eq "$(lines /tmp/here.log)" 0 "datagrams to this host"

say "whoever the program could not have asked by the relay has not answered"
fake 1096 $PROXY4 127.0.0.1 asked 224.0.0.1 asked
expect_eq "$(by 1096 "$VM/clients/senders.py" $TARGET4 7007)" "$TARGET4 $TARGET4" "who did"

say "nothing but to the relay, whole or in fragments"
capture_check "$RELAY_FILTER"
