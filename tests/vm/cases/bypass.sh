# SPDX-License-Identifier: GPL-2.0-or-later
# --bypass sends a network direct and the rest through the proxy
# capture: no
start_target
use_proxy microsocks 4
expect_fails in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass 10.77.2.0/24 -- \
	curl -sS -m 2 http://$TARGET4/
expect_eq "$(peers)" "" "connections at the target"
sleep 0.2
expect_match "$(leaked)" "$TARGET4.80" "the direct SYN"
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass 10.77.3.0/24 -- \
	curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied
capture_check "host $TARGET4 and tcp port 80"
