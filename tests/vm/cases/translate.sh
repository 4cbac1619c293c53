# SPDX-License-Identifier: GPL-2.0-or-later
# IPv6 destinations through an IPv4 server, and the reverse
# once: yes
# debug: yes
# capture: no
start_target

# The destination of the family that the proxy is not of.
cross() {
	if [ "$FAMILY" = 4 ]; then FAR=$TARGET6 HOST=[$TARGET6] EXIT=$EXIT6 FARTHER=$NOWHERE6
	else FAR=$TARGET4 HOST=$TARGET4 EXIT=$EXIT4 FARTHER=$NOWHERE4; fi
}
connect() { proxied /usr/bin/python3 "$VM/clients/connect.py" all "$@"; }

fetch() {
	cross
	expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "peer"
	expect_eq "$(proxied curl -sS "http://$HOST/hello")" \
		"the target says hello" "the page"
	was_proxied 2
}
PROXIES='microsocks danted squid' each_proxy fetch
capture_check

say "what connect() says, in every way to wait for it"
for family in 4 6; do
	use_proxy danted $family
	cross
	expect_eq "$(connect $FAR 80)" OK "connect"
	expect_eq "$(connect $FAR 9)" ECONNREFUSED "a closed port"
	expect_match "$(connect $FARTHER 80)" 'ENETUNREACH|EHOSTUNREACH' "no route there"
	PROXY_URL=${PROXY_URL/1082/1099}
	expect_eq "$(connect $FAR 80)" EHOSTUNREACH "nobody at the proxy's port"
done
use_proxy danted 4
expect_eq "$(in_app "$MPROX_RUN" -x "socks4://$PROXY4:1082" -- /usr/bin/python3 \
	"$VM/clients/connect.py" blocking $TARGET6 80)" ENETUNREACH \
	"SOCKS4 knows no IPv6"

say "the program's own view: whom it named, and what it bound"
for family in 4 6; do
	use_proxy microsocks $family
	cross
	[ "$family" = 4 ] && own=$APP6 || own=$APP4
	expect_eq "$(proxied /usr/bin/python3 -c "
import socket
for port in 0, 4567, 4567:
    s = socket.socket(socket.AF_INET6 if ':' in '$FAR' else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port: s.bind(('$own', port))
    s.connect(('$FAR', 80))
    assert s.getpeername()[:2] == ('$FAR', 80), s.getpeername()
    assert s.getsockname()[0] == '$own', s.getsockname()
    assert not port or s.getsockname()[1] == port, s.getsockname()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    s.close()
print('good')")" good "names of the socket"
done

# An echo of megabytes would be a deadlock of microsocks and the echo, which write
# to each other and do not read meanwhile.
say "many at once, both ways, with more than a window of data"
for family in 4 6; do
	use_proxy microsocks $family
	cross
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" $FAR 7 300 50 2>"$OUT/many")" \
		300 "short ones"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" $FAR 7 20 20 200000 2>"$OUT/many")" \
		20 "long ones"
done
expect_eq "$(in_app conntrack -S | grep -o ' invalid=[0-9]*' | sort -u)" \
	" invalid=0" "packets that conntrack found invalid"

# Not port 1099: nobody is there either, but that may still be known.
say "the next server, when the first one is gone"
use_proxy microsocks 4
expect_eq "$(in_app "$MPROX_RUN" -x "socks5://$PROXY4:1098" -x "$PROXY_URL" -- \
	curl -sS "http://[$TARGET6]/peer")" $EXIT6 "peer"

say "an ICMP error tells of a smaller MTU: the proxy is behind a router"
open_forwarding
ip -n target route replace 10.77.1.0/24 via $EXIT4 mtu 1300 advmss 1460
ip -n target -6 route replace fd77:1::/64 via $EXIT6 mtu 1300 advmss 1440
for at in $TARGET4 $TARGET6; do
	spawn target microsocks -i $at -p 1088 2>>"$OUT/microsocks-1088.log"
	wait_port target $at 1088
done
ip -n proxy link set px1 mtu 1300
for family in 4 6; do
	FAMILY=$family; cross
	[ $family = 4 ] && at=$TARGET4 || at=[$TARGET6]
	expect_eq "$(in_app "$MPROX_RUN" -x "socks5://$at:1088" -- /usr/bin/python3 \
		"$VM/clients/many.py" $FAR 7 2 2 300000 2>"$OUT/many")" 2 "IPv$family"
done
ip -n proxy link set px1 mtu 1500

say "a context that ends, and a module that goes, with connections open"
use_proxy microsocks 4
proxied /usr/bin/python3 -c "
import socket, time
s = socket.create_connection(('$TARGET6', 7))
open('/tmp/open', 'w').write('x')
try:
    while True: s.send(b'x'); s.recv(1); time.sleep(0.1)
except OSError as e: open('/tmp/end', 'w').write(type(e).__name__)" &
within 20 test -s /tmp/open
pkill -f 'create_connection' || true
within 20 rmmod mutex_proxy || fail "rmmod"
load_module
capture_check "host $TARGET4 or host $TARGET6 or src host $PROXY4 or src host $PROXY6"
