# SPDX-License-Identifier: GPL-2.0-or-later
# of several contexts the strictest is heard, and none relaxes another
# debug: yes
# capture: no
start_target
open_forwarding
names_behind_proxy
use_proxy microsocks 4
USER=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
PEER=(curl -sS -m 20 "http://$TARGET4/peer")
EVERYTHING=(--bypass 0.0.0.0/0,::/0 --udp direct --dns direct)
unload_module
load_module unprivileged=1
chmod 666 /dev/mprox
expect_eq "$(in_app "${PEER[@]}")" $APP4 "the target is reached without a proxy"

say "root's tree scope, and a scope in it that sends everything direct"
expect_eq "$(proxied "$MPROX_RUN" -q "${EVERYTHING[@]}" -x "$PROXY_URL" -- "${PEER[@]}")" \
	"$EXIT" "root's own"
expect_eq "$(proxied "${USER[@]}" "$MPROX_RUN" -q "${EVERYTHING[@]}" -x "$PROXY_URL" -- \
	"${PEER[@]}")" "$EXIT" "an unprivileged one"
expect_eq "$(proxied "$MPROX_RUN" -q "${EVERYTHING[@]}" -x "$PROXY_URL" -- \
	curl -sS -m 20 http://web.hidden.test/peer)" "$EXIT" "by a name that the proxy knows"

say "a user's server is not preferred to root's"
expect_eq "$(proxied "${USER[@]}" "$MPROX_RUN" -q -x "socks5://$PROXY4:9" -- "${PEER[@]}")" \
	"$EXIT" "the privileged one's server"

say "of two that are alike the inner one"
expect_fails proxied "$MPROX_RUN" -q -x "socks5://$PROXY4:9" -- "${PEER[@]}"
expect_eq "$(in_app "$MPROX_RUN" -q -x "socks5://$PROXY4:9" -- "$MPROX_RUN" -q \
	-x "$PROXY_URL" -- "${PEER[@]}")" "$EXIT" "the inner one's server"

say "a global scope, and a user's scope that sends everything direct"
in_app "$MPROX_RUN" --scope global -x "$PROXY_URL" -- sleep 1000 &
within 20 sh -c "[ \"\$(ip netns exec app ${PEER[*]})\" = $EXIT ]" || fail "no global scope"
expect_eq "$(in_app "${USER[@]}" "$MPROX_RUN" -q "${EVERYTHING[@]}" -x "$PROXY_URL" -- \
	"${PEER[@]}")" "$EXIT" "in the global scope"
in_app pkill -x sleep

say "a context of another namespace says nothing of this one"
expect_eq "$(in_app "${PEER[@]}")" $APP4 "outside again"
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/abroad.py" $TARGET4 | paste -sd ' ')" \
	"EPERM $EXIT" "a datagram and the old socket of who has gone to another namespace"

say "what leaves in the other namespace is refused, but for its loopback"
expect_match "$(proxied unshare -n sh -c 'ip link set lo up; ip link add d0 type dummy
	ip addr add 10.5.0.1/24 dev d0; ip link set d0 up
	exec /usr/bin/python3 -c "
import socket
for address in (\"127.0.0.1\", \"10.5.0.7\"):
    try: socket.create_connection((address, 9), 5)
    except OSError as err: print(err.errno, end=\" \")
"')" "^111 101 " "loopback and elsewhere"
