# SPDX-License-Identifier: GPL-2.0-or-later
# on a clean link: no packet is invalid, sent twice, or has a wrong checksum
# once: yes
# timeout: 600
start_target

# A processor that is kept waiting must not look like a loss: the kernel's own
# timers begin late, so that only somebody's mistake makes a packet go twice.
for ns_dev in 'app up0' 'proxy px0' 'proxy px1' 'target tg0'; do
	# shellcheck disable=SC2086
	set -- $ns_dev
	# Else a capture sees packets before the checksum is in them.
	ip netns exec "$1" ethtool -K "$2" tx off gso off >"$OUT/ethtool" 2>&1
	ip netns exec "$1" sysctl -qw net.ipv4.tcp_early_retrans=0
	# One processor receives: two would put packets out of order.
	ip netns exec "$1" sh -c "echo 1 >/sys/class/net/$2/queues/rx-0/rps_cpus"
	for family in -4 -6; do
		mapfile -t routes < <(ip -n "$1" $family route show)
		for route in "${routes[@]}"; do
			[[ $route == *rto_min* ]] ||
				# shellcheck disable=SC2086
				ip -n "$1" $family route replace $route rto_min 10s
		done
	done
done

# What a socket that speaks IPv4 alone goes by on its way to a proxy that has IPv6 alone.
ip -n app route replace table local local 127.66.0.0/16 dev lo src 127.0.0.1 rto_min 10s

spawn app tcpdump -i up0 -nn -U --immediate-mode -w /tmp/whole.pcap 2>/tmp/whole.err
within 20 grep -qs listening /tmp/whole.err

# counted NAMESPACE [COUNTER...]: what no clean link makes a host count. Not of the
# app: its own SYN is held back until the proxy has agreed, and its TCP may ask again
# meanwhile, which the module keeps to itself.
counted() {
	ip netns exec "$1" nstat -asz "${@:2}" TcpInErrs TcpInCsumErrors \
		TcpExtTCPDSACKRecv TcpExtTCPOFOQueue TcpExtTCPChallengeACK UdpInErrors UdpInCsumErrors \
		Ip6OutNoRoutes IpExtInCsumErrors |
		awk 'NR > 1 && $2 != 0 { printf "%s %s  ", $1, $2 }'
}

exchange() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 150 30)" \
		150 "short connections"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 6 6 200000)" \
		6 "long connections"
}
PROXIES='microsocks-password danted-socks4' FAMILIES=4 each_proxy exchange
PROXIES=squid-digest FAMILIES=6 each_proxy exchange

say "translated"
use_proxy microsocks 4
TARGET=$TARGET6 exchange
use_proxy microsocks 6
TARGET=$TARGET4 exchange

say "names, of a resolver behind the proxy, and datagrams"
names_behind_proxy
start_names target $TARGET4 hidden.test $TARGET4
use_proxy danted 4
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy --dns-server $TARGET4 \
	--udp proxy -- sh -c 'for i in 1 2 3; do dig +short +tries=1 @9.9.9.9 \
	n$i.hidden.test; dig +short +tries=1 +tcp @9.9.9.9 t$i.hidden.test; done' |
	sort -u)" $TARGET4 "answers"

# The target's side too: what the proxy sends there is not ours, but it shows what
# the link is like.
expect_eq "$(counted app)" "" "what the app's host has counted"
for ns in proxy target; do
	expect_eq "$(counted $ns TcpRetransSegs TcpExtTCPTimeouts TcpExtTCPLossProbes)" "" \
		"what $ns has counted"
done
expect_eq "$(in_app conntrack -S | grep -oE ' (invalid|insert_failed|drop)=[0-9]*' |
	sort -u | tr '\n' ' ')" " drop=0  insert_failed=0  invalid=0 " "conntrack"
capture_check
expect_eq "$(tcpdump -nnSr /tmp/whole.pcap tcp 2>/dev/null |
	/usr/bin/python3 "$VM/clients/twice.py" | head -n 3)" "" "what went twice"
tcpdump -nnvvr /tmp/whole.pcap >/tmp/whole 2>/dev/null
expect_eq "$(grep -cE 'bad cksum|bad udp cksum|\(incorrect' /tmp/whole || true)" 0 \
	"wrong checksums"
[ "$(grep -c '(correct)' /tmp/whole)" -gt 1000 ] || fail "no checksums in the capture"
