# SPDX-License-Identifier: GPL-2.0-or-later
# a daemon that shakes everything off stays in scope; a stranger is not in it
# processors: 2
# debug: yes
# capture: no
# quick: yes
start_target

shake_off() {
	rm -f /tmp/got
	proxied /usr/bin/python3 "$VM/clients/daemon.py" "http://$HOST/peer" /tmp/got
	within 60 test -e /tmp/got || fail "the daemon did not finish"
	expect_eq "$(cat /tmp/got)" "$EXIT" "peer of the daemon"
	was_proxied
}
PROXIES=microsocks each_proxy shake_off
capture_check

say "a sibling, while the scope is alive"
use_proxy microsocks 4
proxied sh -c 'echo $$ >/tmp/inside; exec sleep 60' &
within 20 test -s /tmp/inside
expect_fails in_app curl -sS -m 2 http://$TARGET4/
expect_eq "$(peers)" "" "connections at the target"
kill "$(cat /tmp/inside)"
sleep 0.2
expect_match "$(leaked)" "$TARGET4.80" "the sibling's own SYN on the uplink"
capture_check "host $TARGET4 and tcp port 80"
