# SPDX-License-Identifier: GPL-2.0-or-later
# what cannot be proxied is refused at once: UDP, ping, raw, SCTP
# quick: yes
start_target
modprobe sctp 2>/dev/null || true
in_app sysctl -qw net.ipv4.ping_group_range='0 2147483647'
spawn app /usr/bin/python3 -m http.server -b 127.0.0.1 8000 >/dev/null 2>&1

for family in $VERSIONS; do
	use_proxy microsocks $family
	say "scoped, IPv$family"
	proxied /usr/bin/python3 "$VM/clients/refused.py" "$TARGET"
	expect_eq "$(peers)" "" "what reached the target"
	# shellcheck disable=SC2016
	expect_match "$(proxied sh -c '"$@" >&2; grep ^refused: /proc/self/fdinfo/$MPROX_FD' - \
		/usr/bin/python3 "$VM/clients/refused.py" "$TARGET")" \
		'tcp 0 udp [1-9].* icmp [1-9].* raw [1-9].* other [1-9]' "what was counted"
done

say "loopback is direct"
wait_port app 127.0.0.1 8000
proxied curl -sS -o /dev/null http://127.0.0.1:8000/

# Its first packet again comes from a timer, three seconds later. A kernel without IPv6
# has none of it.
[ -n "$IPV6" ] || return 0
say "SCTP in UDP is SCTP: whatever becomes of datagrams, and of its second attempt"
in_app sysctl -qw net.sctp.udp_port=9899 net.sctp.encap_port=9899
cat >/tmp/datagrams.toml <<-T
proxy = "$PROXY_URL"
[[rule]]
to = "0.0.0.0/0"
proto = "udp"
verdict = "direct"
T
cat >/tmp/sctp.py <<-P
import errno, signal, socket
def alarm(*_): raise TimeoutError(errno.ETIME, "no answer")
signal.signal(signal.SIGALRM, alarm)
signal.alarm(10)
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132).connect(("$TARGET4", 5000))
    print("connected")
except OSError as err:
    print(errno.errorcode[err.errno])
P
expect_eq "$(proxied /usr/bin/python3 /tmp/sctp.py)" ECONNREFUSED "a scope without datagrams"
expect_eq "$(in_app "$MPROX_RUN" -p /tmp/datagrams.toml -- /usr/bin/python3 /tmp/sctp.py)" \
	ECONNREFUSED "a scope whose datagrams are direct"
