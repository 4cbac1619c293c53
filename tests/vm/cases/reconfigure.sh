# SPDX-License-Identifier: GPL-2.0-or-later
# a new policy, or none, holds for new connections, and for no others
# once: yes
# capture: no
start_target
start_fakesocks 1095=late
for family in 4 6; do
	use_proxy microsocks $family
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/reconfigure.py" "$TARGET" 7)" \
		done "IPv$family"
	[ "$(proxy_connects)" -ge 2 ] || fail "microsocks saw fewer than two"
done
expect_eq "$(grep -c ' request' "$OUT/fakesocks.log")" 4 "what the slow one saw"
say "what left while the context was disabled, and nothing else"
expect_match "$(leaked)" "$TARGET4.81" "the direct SYN"
capture_check "tcp port 81 or icmp or icmp6"
