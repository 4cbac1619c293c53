# SPDX-License-Identifier: GPL-2.0-or-later
# libmprox: a URL, a profile, the short form; the example programs
# once: yes
# timeout: 300
start_target
names_behind_proxy
use_proxy microsocks 4
EXAMPLES=$BUILD/docs/examples

say "simple_proxy: names are the proxy's, too"
expect_eq "$(in_app "$EXAMPLES/simple_proxy" "$PROXY_URL" curl -sS http://a.hidden.test/hello)" \
	"the target says hello" "the page"
was_proxied
RC=0
in_app "$EXAMPLES/simple_proxy" socks6://user:secret@host true 2>/tmp/err || RC=$?
expect_eq "$RC" 1 "status with a URL that is none"
expect_match "$(cat /tmp/err)" "unknown proxy scheme 'socks6'" "what is said of it"
expect_fails grep -q secret /tmp/err

say "multi_fd: a context each, at the same time"
use_proxy danted 4
use_proxy microsocks 4
expect_eq "$(in_app "$EXAMPLES/multi_fd" 'curl -sS http://b.hidden.test/hello >/dev/null' \
	"$(url_of microsocks 4)" "$(url_of danted 4)")" \
	$'proxy 1: 1 connections\nproxy 2: 1 connections' "what they have carried"
grep -q "$TARGET4.80" "$OUT/danted-1082.log" || fail "not in danted's log"

say "poll_example: a profile, and the log of queries"
echo "proxy = \"$PROXY_URL\"" >/tmp/example.toml
expect_match "$(in_app "$EXAMPLES/poll_example" /tmp/example.toml \
	curl -sS -o /dev/null http://c.hidden.test/hello)" \
	'faked A [A-Z]+ c.hidden.test' "what is said of names"
echo 'proxi = "x"' >/tmp/example.toml
expect_match "$(in_app "$EXAMPLES/poll_example" /tmp/example.toml true 2>&1 || true)" \
	'example.toml:1.*proxi' "what is said of a wrong profile"
for key in 'strict = true' 'lock = true' 'scope = "global"'; do
	printf 'proxy = "%s"\n%s\n' "$PROXY_URL" "$key" >/tmp/example.toml
	expect_match "$(in_app "$EXAMPLES/poll_example" /tmp/example.toml true 2>&1 || true)" \
		"$key" "what is said of what a context alone does not give"
done

say "the short form: names are the proxy's as well"
mark
expect_eq "$(in_app /usr/bin/python3 -c "
import os, sys
sys.path.insert(0, '$VM/clients')
import fcntl, mprox
fd = mprox.create()
os.write(fd, mprox.config('$PROXY4', 1080))
fcntl.ioctl(fd, mprox.ENABLE, 0)
os.set_inheritable(fd, True)
os.execvp('curl', ['curl', '-sS', 'http://d.hidden.test/hello'])")" \
	"the target says hello" "the page"
was_proxied
