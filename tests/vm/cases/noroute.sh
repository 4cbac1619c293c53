# SPDX-License-Identifier: GPL-2.0-or-later
# a machine with no route to the destination
start_target
use_proxy microsocks 4
ip -n app route del default
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" blocking $TARGET4 80)" \
	ENETUNREACH "no route at all"

say "a route, but with another source address: a dummy device"
ip -n app link add dum0 type dummy
ip -n app addr add 10.88.0.1/32 dev dum0
ip -n app link set dum0 up
ip -n app route add default dev dum0 src 10.88.0.1
expect_eq "$(proxied curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied
ip -n app -6 route del default
ip -n app addr add fd88::1/128 dev dum0 nodad
ip -n app -6 route add default dev dum0 src fd88::1
use_proxy microsocks 6
expect_eq "$(proxied curl -sS "http://[$TARGET6]/peer")" $EXIT6 "peer"
was_proxied
