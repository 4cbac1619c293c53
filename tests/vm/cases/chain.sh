# SPDX-License-Identifier: GPL-2.0-or-later
# chains of mixed proxies, one reached through the other, up to four
# once: yes
# timeout: 600
start_target
for kind in microsocks-password squid-basic danted-socks4 danted; do
	use_proxy $kind 4
done

# through KIND...: curl through the chain of these, over the present family
through() {
	local args=() kind
	for kind in "$@"; do args+=(-x "$(url_of "$kind" "$FAMILY")"); done
	say "IPv$FAMILY: $*"
	mark
	expect_eq "$(in_app "$MPROX_RUN" --chain "${args[@]}" -- \
		curl -sS "http://$HOST/peer")" "$EXIT" "peer"
	expect_eq "$(in_app "$MPROX_RUN" --chain "${args[@]}" -- \
		curl -sS "http://$HOST/hello")" "the target says hello" "the page"
	expect_eq "$(peers | awk '{ print $2 }')" "$EXIT" "peers"
}

use_proxy microsocks-password 4
through microsocks-password squid-basic
through squid-basic microsocks-password
through squid-basic danted-socks4
through microsocks-password squid-basic danted-socks4
through danted squid-basic danted-socks4 microsocks-password
use_proxy microsocks-password 6
through microsocks-password squid-basic
through danted microsocks-password squid-basic

say "squid saw the second hop, and danted the third"
grep -q "CONNECT $PROXY4:1082" "$OUT/squid-1085.log" || fail "not in squid's log"
grep -q "$TARGET4.80" "$OUT/danted-1082.log" || fail "not in danted's log"

say "errors of the last hop are the destination's, others the chain's"
fails() {
	local want=$1; shift
	expect_eq "$(in_app "$MPROX_RUN" --chain "$@" -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $TARGET4 9)" "$want" "chain $*"
}
use_proxy danted 4
fails ECONNREFUSED -x "$(url_of squid-basic 4)" -x "$(url_of danted 4)"
fails EHOSTUNREACH -x "$(url_of danted 4)" -x socks5://$PROXY4:1089
fails EHOSTUNREACH -x "$(url_of danted 4)" -x "socks5://a:b@$PROXY4:1081"

say "a proxychains.conf"
cat >/tmp/proxychains.conf <<C
strict_chain
proxy_dns
tcp_connect_time_out 8000
localnet 10.0.0.0/255.192.0.0
[ProxyList]
socks5 $PROXY4 1080
http $PROXY4 1084
C
use_proxy microsocks 4
use_proxy squid 4
expect_eq "$(in_app "$MPROX_RUN" -q -f /tmp/proxychains.conf -- \
	curl -sS "http://$HOST/peer")" "$EXIT" "peer"
was_proxied
