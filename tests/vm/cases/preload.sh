# SPDX-License-Identifier: GPL-2.0-or-later
# libmprox_auto.so alone, below the launcher, and its refusals
start_target
use_proxy microsocks 4
cat >/tmp/alone.toml <<-P
	[[server]]
	url = "$PROXY_URL"
P
alone() { in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/alone.toml "$@"; }

say "alone"
expect_eq "$(alone curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
expect_eq "$(alone sh -c "curl -sS http://$TARGET4/peer")" $EXIT4 "peer of a child"
expect_eq "$(alone /usr/bin/python3 -c "
import subprocess
subprocess.run(['curl', '-sS', 'http://$TARGET4/peer'], close_fds=True, check=True)")" \
	$EXIT4 "peer of a subprocess"
was_proxied 3

say "below the launcher"
mark
expect_eq "$(proxied env LD_PRELOAD="$PRELOAD" curl -sS http://$TARGET4/peer)" \
	$EXIT4 "peer"
was_proxied

say "a profile that cannot be had: the program does not start"
MISSING=/tmp/missing.toml
expect_fails in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=$MISSING \
	touch /tmp/started
[ ! -e /tmp/started ] || fail "it started unproxied"
