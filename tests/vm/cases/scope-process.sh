# SPDX-License-Identifier: GPL-2.0-or-later
# scope "process": the program itself is proxied, its children are not
# capture: no
start_target
use_proxy microsocks 4
in_app "$MPROX_RUN" --scope process -x "$PROXY_URL" -- \
	curl -sS "http://$HOST/peer" >/tmp/peer
expect_eq "$(cat /tmp/peer)" "$EXIT" "peer of the process"
capture_check

expect_fails in_app "$MPROX_RUN" --scope process -x "$PROXY_URL" -- \
	sh -c "curl -sS -m 2 http://$HOST/; exit \$?"
was_proxied
sleep 0.2
expect_match "$(leaked)" "$TARGET4.80" "the child's own SYN"
capture_check "host $TARGET4 and tcp port 80"
