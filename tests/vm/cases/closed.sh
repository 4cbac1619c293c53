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
