# SPDX-License-Identifier: GPL-2.0-or-later
# libmprox_auto.so alone, by profile or program's name, and below the launcher
# once: yes
start_target
use_proxy microsocks 4
echo "proxy = \"$PROXY_URL\"" >/tmp/alone.toml
alone() { in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/alone.toml "$@"; }
CHILD="import subprocess
subprocess.run(['curl', '-sS', 'http://$TARGET4/peer'], close_fds=True, check=True)"
BARE="import subprocess
subprocess.run(['curl', '-sS', 'http://$TARGET4/peer'], env={}, check=True)"

say "alone"
expect_eq "$(alone curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
expect_eq "$(alone sh -c "curl -sS http://$TARGET4/peer; exit")" $EXIT4 "child"
expect_eq "$(alone /usr/bin/python3 -c "$CHILD")" $EXIT4 "close_fds=True"
expect_eq "$(alone /usr/bin/python3 -c "$BARE")" $EXIT4 "an empty environment"
alone /usr/bin/python3 "$VM/clients/daemon.py" http://$TARGET4/peer /tmp/got
within 60 test -e /tmp/got || fail "the daemon did not finish"
expect_eq "$(cat /tmp/got)" $EXIT4 "a daemon"
was_proxied 5

say "by the program's name"
mkdir -p /tmp/xdg/mprox
printf 'match = ["curl"]\nproxy = "%s"\n' "$PROXY_URL" >/tmp/xdg/mprox/web.toml
mark
expect_eq "$(in_app env XDG_CONFIG_HOME=/tmp/xdg LD_PRELOAD="$PRELOAD" curl -sS http://$TARGET4/peer)" \
	$EXIT4 "peer"
was_proxied

say "below the launcher: one context, the launcher's"
below() { in_app "$MPROX_RUN" --preload -x "$PROXY_URL" -- "$@"; }
mark
expect_eq "$(below curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
expect_eq "$(below /usr/bin/python3 -c "$CHILD")" $EXIT4 "close_fds=True"
was_proxied 2
# shellcheck disable=SC2016
expect_match "$(below sh -c 'echo $LD_PRELOAD')" libmprox_auto.so "LD_PRELOAD"

say "installed from the source: the loader finds it by its name"
# Nobody is here to whom udevadm could speak; what it says of that is a warning.
cmake --install "$BUILD" >"$OUT/install.log" 2>&1
mark
expect_eq "$(in_app env LD_PRELOAD=libmprox_auto.so MPROX_PROFILE=/tmp/alone.toml \
	curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied
getent group mprox >/dev/null || fail "no group mprox"
expect_match "$(cat "$OUT/install.log")" "udevadm control --reload" "what has failed is named"

say "what cannot be proxied does not start, unless the profile allows it"
refused() {
	expect_fails in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE="$1" \
		touch /tmp/started
	[ ! -e /tmp/started ] || fail "it started unproxied"
}
refused /tmp/missing.toml
echo 'proxy = "gopher://x"' >/tmp/bad.toml
refused /tmp/bad.toml
unload_module
refused /tmp/alone.toml
printf 'on_failure = "direct"\nproxy = "%s"\n' "$PROXY_URL" >/tmp/open.toml
in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/open.toml touch /tmp/started
[ -e /tmp/started ] || fail 'on_failure = "direct" did not start it'
