# SPDX-License-Identifier: GPL-2.0-or-later
# an impatient socket behind a proxy that dials for 8 s, and what sockets are set to
# once: yes
# timeout: 600
open_target
start_fakesocks 1090=dial:8 1091=dial:0
in_app sysctl -qw net.ipv4.tcp_syn_retries=2 net.ipv4.tcp_fastopen=1
at() { if [ "$1" = 4 ]; then echo "$PROXY4:$2"; else echo "[$PROXY6]:$2"; fi; }
filter_in proxy lossy

# A rule that is there once connect() has returned: it drops the first segment with the
# program's words, and none after it.
lose() {
	printf '%s ' ip netns exec proxy nft add rule inet lossy in tcp dport "$1" \
		meta length '>' 400 limit rate 1/hour burst 1 packets counter drop
}
dropped() {
	in_proxy nft list chain inet lossy in |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

# said NAME of what slowdial.py printed
said() { sed "s/.*$1 \([0-9]*\).*/\1/" <<<"$GOT"; }
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	for port in 1091 1090; do
		PROXY_URL=socks5://$(at "$family" $port)
		say "$PROXY_URL"
		# shellcheck disable=SC2046
		GOT=$(proxied /usr/bin/python3 "$VM/clients/slowdial.py" "$TARGET" 7 \
			$(lose $port)) || fail "IPv$family, port $port: connect()"
		echo "$GOT"
		expect_eq "$(dropped)" 1 "requests lost"
		in_proxy nft flush chain inet lossy in
		# Those of the way to the proxy, which is a few milliseconds.
		[ "$(said rtt)" -gt 0 ] || fail "port $port: $GOT"
		[ "$(said rtt)" -lt 500000 ] || fail "port $port: $GOT"
		[ "$(said rto)" -lt 1000 ] || fail "port $port: $GOT"
		[ "$(said again)" -ge 1 ] || fail "port $port: $GOT"
		[ "$(said after)" -lt 5 ] || fail "port $port: $GOT"
	done
	expect_eq "$(peers | awk '{ print $2 }')" "$EXIT" "peers of the target"
	capture_check
done

say "handshake_timeout is what ends it"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	expect_match "$(in_app "$MPROX_RUN" -x "socks5://$(at "$family" 1090)" \
		--handshake-timeout 3 -- /usr/bin/python3 "$VM/clients/connect.py" all \
		"$TARGET" 80)" '^(EHOSTUNREACH|ETIMEDOUT)$' "IPv$family"
done

for family in $VERSIONS; do
	use_proxy microsocks "$family"
	say "options of sockets, IPv$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	in_app /usr/bin/python3 "$VM/clients/sockopts.py" "$TARGET" 7 $proxy 1080 >/tmp/plain
	cat /tmp/plain
	expect_eq "$(grep -c True /tmp/plain)" 9 "options that work without us"
	mark
	proxied /usr/bin/python3 "$VM/clients/sockopts.py" "$TARGET" 7 >/tmp/scoped
	diff /tmp/plain /tmp/scoped >"$OUT/options-$family" ||
		fail "IPv$family: $(tail -n 1 "$OUT/options-$family")"
	was_proxied 9
done
