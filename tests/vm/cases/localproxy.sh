# SPDX-License-Identifier: GPL-2.0-or-later
# the commonest case: the proxy runs on the app's machine, on 127.0.0.1 and ::1
# once: yes
# quick: yes
# capture: no
start_target
open_forwarding
# The proxy's own connections have an address of their own, to tell them apart.
ip -n app addr add 10.77.1.3/24 dev up0
[ -z "$IPV6" ] || ip -n app addr add fd77:1::3/64 dev up0 nodad
spawn app microsocks -i 127.0.0.1 -p 1080 -b 10.77.1.3 2>"$OUT/local4.log"
wait_port app 127.0.0.1 1080

PROXY_URL=socks5://127.0.0.1:1080
expect_eq "$(proxied curl -sS http://$TARGET4/peer)" 10.77.1.3 "peer, IPv4"
grep -q "connected to $TARGET4:80" "$OUT/local4.log"
if [ -n "$IPV6" ]; then
	spawn app microsocks -i ::1 -p 1080 -b fd77:1::3 2>"$OUT/local6.log"
	wait_port app ::1 1080
	PROXY_URL=socks5://[::1]:1080
	expect_eq "$(proxied curl -sS "http://[$TARGET6]/peer")" fd77:1::3 "peer, IPv6"
	grep -q "connected to $TARGET6:80" "$OUT/local6.log"
fi

# localhost is two addresses, and nobody is at one of them.
spawn app microsocks -i 127.0.0.1 -p 1081 -b 10.77.1.3 2>"$OUT/local4-1081.log"
wait_port app 127.0.0.1 1081
PROXY_URL=socks5://localhost:1081
target=$TARGET4
[ -z "$IPV6" ] || target=[$TARGET6]
expect_eq "$(proxied curl -sS "http://$target/hello")" \
	"the target says hello" "localhost"

# 20 at once, with payload
PROXY_URL=socks5://127.0.0.1:1080
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" $TARGET4 7 20)" 20 "good"
capture_check "host 10.77.1.3 or host fd77:1::3"
