# SPDX-License-Identifier: GPL-2.0-or-later
# mprox-run itself: argv, stdin, exit status, signals, and what it refuses
# once: yes
start_target
use_proxy microsocks 4

# status COMMAND...: its exit status
status() { local rc=0; "$@" >/tmp/out 2>/tmp/err || rc=$?; echo $rc; }
run() { in_app "$MPROX_RUN" "$@"; }

say "as without us"
expect_eq "$(proxied printf '%s|' a 'b c' '' --)" 'a|b c||--|' "argv"
expect_eq "$(echo in | proxied cat)" in "stdin"
expect_eq "$(status proxied sh -c 'exit 42')" 42 "exit status"
# shellcheck disable=SC2016
expect_eq "$(status proxied sh -c 'kill -TERM $$')" 143 "death by a signal"
expect_eq "$(status proxied /nonexistent)" 127 "a command that is not there"
expect_eq "$(status proxied /etc/passwd)" 126 "a command that cannot be run"
expect_eq "$(run -x "$PROXY_URL" curl -sS http://$TARGET4/peer)" $EXIT4 "no --"

say "where the proxy's name comes from"
expect_eq "$(in_app env ALL_PROXY="$PROXY_URL" "$MPROX_RUN" \
	curl -sS --noproxy '*' http://$TARGET4/peer)" $EXIT4 "ALL_PROXY"
echo "proxy = \"$PROXY_URL\"" >/tmp/p.toml
expect_eq "$(run -p /tmp/p.toml curl -sS http://$TARGET4/peer)" $EXIT4 "-p FILE"
expect_eq "$(run -x socks5h://$PROXY4 curl -sS http://$TARGET4/peer)" $EXIT4 \
	"socks5h, port 1080 by default"
was_proxied 4

# shellcheck disable=SC2016
expect_eq "$(in_app env ALL_PROXY="socks://$PROXY4:1080/" https_proxy=http://192.0.2.1 \
	NO_PROXY="$TARGET4/32" "$MPROX_RUN" --no-proxy-env \
	sh -c 'env | grep -i _proxy= | grep -v ^NO_; curl -sS http://$0/peer' $TARGET4)" \
	$EXIT4 "ALL_PROXY=socks://, and no variable is handed on"
mkdir -p /tmp/home/.config/mprox
echo "proxy = \"$PROXY_URL\"" >/tmp/home/.config/mprox/mprox.toml
expect_eq "$(in_app env HOME=/tmp/home "$MPROX_RUN" curl -sS http://$TARGET4/peer)" \
	$EXIT4 "the user's own configuration alone"
was_proxied 2

say "no password stays in sight"
(in_app "$MPROX_RUN" -x "socks5://user:sesame@$PROXY4:1080" --proxy-user other:sesame \
	-x "socks5://$PROXY4:1080" --dns-log /tmp/queries sleep 30) &
sleeper=$!
within 20 pgrep -x sleep
grep -saq -- "[-]-dns-log" /proc/[0-9]*/cmdline || fail "the writer of the log is not there"
expect_fails grep -sa "[s]esame" /proc/[0-9]*/cmdline
pkill -x sleep
wait $sleeper || true

say "dry run: nothing is done"
mark
expect_eq "$(status run --dry-run -x "$PROXY_URL" -- touch /tmp/ran)" 0 "--dry-run"
[ ! -e /tmp/ran ] || fail "--dry-run ran it"
grep -q "$PROXY4" /tmp/out || fail "the plan does not name the proxy"
expect_eq "$(status run --dry-run -x "socks5://u:sesame@$PROXY4" -- true)" 0 "--dry-run"
expect_fails grep -q sesame /tmp/out /tmp/err

say "what it refuses, and says why"
refuses() {
	local what=$1; shift
	expect_eq "$(status run "$@" -- touch /tmp/ran)" 125 "$what"
	[ -s /tmp/err ] || fail "$what: it says nothing"
	[ ! -e /tmp/ran ] || fail "$what: it ran the command"
	sed 's/^/    /' /tmp/err
}
refuses "a bad URL" -x 'socks5://['
refuses "an unknown scheme" -x gopher://10.0.0.1
refuses "a bad port" -x socks5://10.0.0.1:70000
refuses "a bad CIDR" -x "$PROXY_URL" --bypass 10.0.0.0/40
refuses "no such profile" -p /tmp/missing.toml
echo 'proxi = 1' >/tmp/bad.toml
refuses "an unknown key" -p /tmp/bad.toml
grep -q 'bad.toml' /tmp/err && grep -q proxi /tmp/err || fail "file or key not named"
refuses "no proxy" -q
refuses "a misspelt option" --proxy-digset -x "http://u:p@$PROXY4:3128"
grep -q 'proxy-digset' /tmp/err && grep -q "'--proxy-digest'" /tmp/err || fail "not named"
refuses "what cannot have an effect" --chain -x "$PROXY_URL"
refuses "--check, proxy down" --check -x socks5://$PROXY4:1099
run --check -x "$PROXY_URL" true
refuses "--check, wrong password" --check -x "socks5://u:p@$PROXY4:1080"
in_app setpriv --reuid 65534 --regid 65534 --clear-groups "$MPROX_RUN" \
	-x "$PROXY_URL" true 2>/tmp/err && fail "nobody may do it"
sed 's/^/    /' /tmp/err
unload_module
refuses "no module" -x "$PROXY_URL"
grep -qi 'modprobe\|module' /tmp/err || fail "the module is not spoken of"
