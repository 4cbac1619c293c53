# SPDX-License-Identifier: GPL-2.0-or-later
# a machine with no route to the destination
# once: yes
names_behind_proxy
start_target
connect() { /usr/bin/python3 "$VM/clients/connect.py" all "$@"; }
use_proxy microsocks 4
ip -n app route del default
ip -n app -6 route del default

say "TCP needs no route to the destination, nor a device of ours"
for family in 4 6; do
	use_proxy microsocks $family
	expect_eq "$(in_app "$MPROX_RUN" --no-route -x "$PROXY_URL" -- sh -c \
		"! ip link show mprox0 >/dev/null 2>&1 && curl -sS http://$HOST/peer")" \
		"$EXIT" "without a route, IPv$family"
	was_proxied
done
use_proxy microsocks 4

through() {
	expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "by address"
	was_proxied
}
gone() { ! ip -n app link show mprox0 >/dev/null 2>&1; }

say "a last resort"
for family in 4 6; do
	use_proxy microsocks $family
	through
	within 10 gone || fail "mprox0 stays"
done
use_proxy danted 4
expect_eq "$(proxied curl -sS http://site.hidden.test/peer)" $EXIT4 "by name"
expect_eq "$(proxied dig +short +tries=1 @9.9.9.9 a.hidden.test)" 198.18.0.1 "a query"
expect_eq "$(proxied dig +short +tries=1 +tcp @9.9.9.9 a.hidden.test)" 198.18.0.1 \
	"a query over TCP"
in_app env LD_PRELOAD="$PRELOAD" ALL_PROXY="$PROXY_URL" curl -sS -o /tmp/page \
	--noproxy '*' http://site.hidden.test/peer
expect_eq "$(cat /tmp/page)" $EXIT4 "by the preload library"

say "no address and no route of the other family, either"
for family in 4 6; do
	use_proxy microsocks $family
	if [ $family = 4 ]; then
		ip -n app -6 addr del $APP6/64 dev up0
		far=$TARGET6 host=[$TARGET6] EXIT=$EXIT6
	else
		ip -n app addr del $APP4/24 dev up0
		far=$TARGET4 host=$TARGET4 EXIT=$EXIT4
	fi
	expect_eq "$(proxied curl -sS "http://$host/peer")" $EXIT "IPv$family leads to $far"
	expect_eq "$(proxied curl -sS http://site.hidden.test/peer)" $EXIT4 "by name"
	expect_eq "$(proxied curl -4 -sS http://site.hidden.test/peer)" $EXIT4 \
		"by name, IPv4 alone"
	within 10 gone || fail "mprox0 stays"
	[ $family = 4 ] && ip -n app -6 addr add $APP6/64 dev up0 nodad ||
		ip -n app addr add $APP4/24 dev up0
done

say "strangers, and what is direct, hear what they heard before"
strangers() {
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/connect.py" all "$1" 80)" \
		ENETUNREACH "a stranger's connect"
	expect_match "$(in_app /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET6 if ':' in '$1' else socket.AF_INET, socket.SOCK_DGRAM)
try: s.sendto(b'x', ('$1', 5000)); print('sent')
except OSError as e: print(e.errno)")" '^101$' "a stranger's datagram"
	expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass "$1" -- \
		/usr/bin/python3 "$VM/clients/connect.py" blocking "$1" 80)" \
		ENETUNREACH "a bypassed destination"
}
for family in 4 6; do
	use_proxy microsocks $family
	proxied sleep 60 &
	within 5 ip -n app link show mprox0 >/dev/null
	strangers "$TARGET"
	pkill -x sleep
	within 10 gone || fail "mprox0 stays"
done

say "a namespace that goes while its context lives"
use_proxy microsocks 4
ip netns add brief
ip -n brief link set lo up
ip netns exec brief "$MPROX_RUN" -x socks5://127.0.0.1:1 -- \
	/usr/bin/python3 "$VM/clients/connect.py" blocking 192.0.2.1 80 >/tmp/brief
expect_eq "$(cat /tmp/brief)" EHOSTUNREACH "no proxy there"
ip netns del brief

say "a route, but with another source address: a dummy device"
ip -n app link add dum0 type dummy
ip -n app addr add 10.88.0.1/32 dev dum0
ip -n app link set dum0 up
ip -n app route add default dev dum0 src 10.88.0.1
through
ip -n app addr add fd88::1/128 dev dum0 nodad
ip -n app -6 route add default dev dum0 src fd88::1
use_proxy microsocks 6
through
