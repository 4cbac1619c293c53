# SPDX-License-Identifier: GPL-2.0-or-later
# 3 % loss, 10 % reordering, 2 % duplicates, 20 ms +- 10 ms: 30 connections a server
# once: yes
# timeout: 900
modprobe sch_netem
start_target
for ns_dev in 'app up0' 'proxy px0'; do
	# shellcheck disable=SC2086
	set -- $ns_dev
	ip netns exec "$1" tc qdisc add dev "$2" root netem limit 10000 \
		delay 20ms 10ms loss 3% reorder 10% duplicate 2%
done

COUNT=30
[ -z "${THOROUGH-}" ] || COUNT=200
exchange() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 $COUNT 50 20000)" \
		$COUNT "connections with the right payload"
	expect_eq "$(peers | awk '{ print $2 }')" "$EXIT" "peers"
	[ "$(peers | awk '{ print $1 }')" -ge $COUNT ] || fail "fewer connections"
}
PROXIES=microsocks FAMILIES=4 each_proxy exchange
PROXIES=danted-password FAMILIES=6 each_proxy exchange
PROXIES='squid-digest danted-socks4' FAMILIES=4 each_proxy exchange
PROXIES=tinyproxy-basic FAMILIES=6 each_proxy exchange

say "a chain of three"
use_proxy microsocks-password 4
proxied() {
	in_app "$MPROX_RUN" --chain -x "$(url_of microsocks-password 4)" \
		-x "$(url_of squid-digest 4)" -x "$(url_of danted-socks4 4)" -- "$@"
}
exchange
