# SPDX-License-Identifier: GPL-2.0-or-later
# what happens in a context is told: connections, servers, refusals, changes
# quick: yes
# debug: yes
# capture: no
# shellcheck shell=bash
open_target
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	say "IPv$family"
	target=$TARGET4 proxy=$PROXY4
	[ "$family" = 4 ] || target=$TARGET6 proxy=$PROXY6
	in_app /usr/bin/python3 "$VM/clients/events.py" $proxy $target 7 ||
		fail "see what the steps say"
	# What a rule sends there.
	capture_check "tcp port 8"
done
