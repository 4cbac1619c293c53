# SPDX-License-Identifier: GPL-2.0-or-later
# a new policy holds for new connections, and for no others
start_target
start_fakesocks 1095=late
for family in 4 6; do
	use_proxy microsocks $family
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/reconfigure.py" "$TARGET" 7)" \
		done "IPv$family"
	[ "$(proxy_connects)" -ge 2 ] || fail "microsocks saw fewer than two"
done
expect_eq "$(grep -c ' request' "$OUT/fakesocks.log")" 2 "what the slow one saw"
