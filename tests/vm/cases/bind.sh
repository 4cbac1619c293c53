# SPDX-License-Identifier: GPL-2.0-or-later
# a port on the proxy (BIND) for a socket that listens
# once: yes
start_target
start_proxy danted

# The peer, as far from us as any target: waits for the address, then comes.
peer() {
	within 20 test -e /tmp/where
	read -r address port </tmp/where
	in_target /usr/bin/python3 - "$address" "$port" <<-'P'
	import socket, sys
	s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
	s.sendall(b"from afar\n")
	got = b""
	while True:
	    part = s.recv(100)
	    if not part:
	        break
	    got += part
	print(got.decode().strip())
	P
}

# has_port KIND PROXY PEER EXIT
has_port() {
	say "$1 at $2 for $3"
	rm -f /tmp/where
	peer >/tmp/peer &
	local pid=$! got
	got=$(in_app timeout 60 /usr/bin/python3 "$VM/clients/bind.py" "$1" 1082 \
		"$2" "$3" /tmp/where)
	wait $pid
	expect_eq "$got" "OK $4
True
$3 20
from afar" "the listener"
	expect_eq "$(cat /tmp/peer)" "FROM AFAR" "the peer"
}
has_port SOCKS5 $PROXY4 $TARGET4 $EXIT4
has_port SOCKS5 $PROXY6 $TARGET6 $EXIT6
has_port SOCKS4 $PROXY4 $TARGET4 $EXIT4

say "a program that dies while it waits leaves nothing behind"
rm -f /tmp/where
in_app /usr/bin/python3 "$VM/clients/bind.py" SOCKS5 1082 $PROXY4 $TARGET4 \
	/tmp/where >/tmp/out 2>&1 &
within 20 test -e /tmp/where
handshakes() { in_app awk '/^handshakes/ { print $2 }' /proc/mutex/stats; }
expect_eq "$(handshakes)" 1 "handshakes while the port waits"
pkill -KILL -f clients/bind.py
no_handshake() { [ "$(handshakes)" = 0 ]; }
within 10 no_handshake || fail "its handshake is still there"
