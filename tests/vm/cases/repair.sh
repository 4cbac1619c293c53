# SPDX-License-Identifier: GPL-2.0-or-later
# TCP_REPAIR in scope: a connection is taken from one socket to another, and none leaks
# once: yes
# debug: yes
open_target
start_fakesocks 1090=dial:4

repair() { proxied /usr/bin/python3 "$VM/clients/repair.py" "$@" 2>>"$OUT/repair.err"; }
# resets: how often the slow proxy was reset
resets() { grep -c '^1090 reset' "$OUT/fakesocks.log" || true; }
more_resets() { [ "$(resets)" -gt "$1" ]; }

for family in $VERSIONS; do
	use_proxy microsocks "$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	say "IPv$family: where no connection is"
	# As for whoever names the proxy by himself.
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/repair.py" fresh "$proxy" 1080)" \
		"$proxy ECONNRESET" "a stranger"
	expect_eq "$(repair fresh "$TARGET" 7)" "$TARGET ECONNRESET" "in scope"
	capture_check
	expect_eq "$(peers)" "" "IPv$family: what reached the target"

	say "IPv$family: to another socket, by the name that it has, and by the proxy's"
	expect_eq "$(repair moved "$TARGET" 7)" "True $TARGET True True" "by name"
	was_proxied
	expect_eq "$(repair moved "$TARGET" 7 "$proxy" 1080)" "True $proxy True True" \
		"to the proxy"
	was_proxied 2
	capture_check

	say "IPv$family: Fast Open"
	# That one is no SOCKS, and is told so by a server that it has reached.
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/repair.py" deferred "$proxy" \
		1080)" False "a stranger, Fast Open"
	mark
	expect_eq "$(repair deferred "$TARGET" 7)" True "in scope, Fast Open"
	was_proxied
	capture_check

	say "IPv$family: in the midst of connect()"
	PROXY_URL=${PROXY_URL/:1080/:1090}
	expect_eq "$(repair midway "$TARGET" 7)" "0 $TARGET True" "taken back"
	before=$(resets)
	expect_eq "$(repair dropped "$TARGET" 7)" OK "closed"
	within 10 more_resets "$before" || fail "the proxy was not reset"
	capture_check
done
[ -n "$IPV6" ] || return 0

say "a proxy of the other version"
for family in 4 6; do
	use_proxy microsocks $((10 - family))
	url=$PROXY_URL
	use_proxy microsocks $family
	PROXY_URL=$url
	expect_match "$(repair fresh "$TARGET" 7)" \
		"^$TARGET (ECONNRESET|ETIMEDOUT)\$" "IPv$family"
	expect_eq "$(peers)" "" "IPv$family: what reached the target"
	capture_check
done
