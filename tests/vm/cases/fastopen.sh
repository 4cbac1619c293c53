# SPDX-License-Identifier: GPL-2.0-or-later
# Fast Open: what we have to say first rides on the SYN, if the server likes it
start_target
# Every listener offers cookies, and takes data with them.
in_proxy sysctl -qw net.ipv4.tcp_fastopen=0x403
start_proxy danted
start_proxy squid

# go KIND PORT TARGET COUNT
go() {
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/fastopen.py" "$@")" \
		"$4" "$1 to $3"
}

# syns PORT FROM [FILTER]: our SYNs to the proxy's port, from the FROM-th on
syns() {
	sleep 0.2
	tcpdump -nn -r /tmp/trace.pcap "dst port $1 and ${3:-tcp[13] = 2}" \
		2>/dev/null | tail -n "+$2"
}
V6_SYN='ip6[6] = 6 and ip6[53] = 2'

# brought COUNT PORT FROM [FILTER]: so many SYNs, which all bring the cookie and what we
# have to say. A proxy on a debug kernel is so slow that it is asked again.
BROUGHT=0
brought() {
	local count=$1 more=$((SLOW > 1 ? 3 : 0)) all nr; shift
	all=$(syns "$@")
	expect_fails grep -qvE 'tfo  cookie [0-9a-f]+.*length [1-9]' <<<"$all"
	nr=$(wc -l <<<"$all")
	[ "$nr" -ge "$count" ] && [ "$nr" -le $((count + more)) ] ||
		fail "SYNs with what we have to say to port $1: got $nr, wanted $count"
	BROUGHT=$((BROUGHT + nr))
}

say "the first one asks for a cookie, the others bring it and what they say"
go SOCKS5 1082 $TARGET4 4
expect_match "$(syns 1082 1 | head -n 1)" 'tfo  cookiereq.*length 0' "the first SYN"
brought 3 1082 2
go SOCKS5 1082 $TARGET6 3
brought 2 1082 2 "$V6_SYN"
go HTTP 1084 $TARGET4 3
brought 2 1084 2

say "one round trip: the data is acknowledged with the SYN"
expect_match "$(tcpdump -nn -r /tmp/trace.pcap -S 'src port 1082 and tcp[13] = 0x12' \
	2>/dev/null | wc -l)" '^[1-9]' "SYN-ACKs"
expect_eq "$(in_proxy nstat -az TcpExtTCPFastOpenPassive |
	awk '/Passive/ { print $2 }')" $BROUGHT "SYNs that the proxy took with their data"

say "a server that has no cookie for us any more is told again"
in_proxy sysctl -qw net.ipv4.tcp_fastopen=1
go SOCKS5 1082 $TARGET4 2

say "a proxy that still has a connection from the same port has dropped nothing"
in_proxy sysctl -qw net.ipv4.tcp_fastopen=0x403
printf '%s\n' "proxy = 'socks5://$PROXY4:1082'" 'fastopen = true' \
	"pipeline = 'never'" >/tmp/fastopen.toml
echoes() {
	expect_eq "$(in_app "$MPROX_RUN" -p /tmp/fastopen.toml -- /usr/bin/python3 \
		"$VM/clients/halfopen.py" $TARGET4 20000 "$1")" "$1" "echoes"
}
losing_resets echoes 5
challenges >/dev/null
echoes 5
expect_eq "$(challenges)" 5 "connections that were half open"
echoes 1
expect_match "$(syns 1082 1 | tail -n 1)" 'tfo  cookie' "a SYN after that"

say "somebody on the way who drops such SYNs costs two of them, and no connect()"
in_proxy nft add table inet way
in_proxy nft 'add chain inet way in { type filter hook prerouting priority -300; }'
in_proxy nft add rule inet way in tcp option 34 exists drop
go SOCKS5 1082 $TARGET4 4
last=$(syns 1082 1 | tail -n 1)
expect_fails grep -q tfo <<<"$last"
