# SPDX-License-Identifier: GPL-2.0-or-later
# a program that is killed or gives up in mid-handshake leaves nothing behind
start_fakesocks 1090=silent
PROXY_URL=socks5://$PROXY4:1090
FAKE=$OUT/fakesocks.log

say "killed"
proxied sh -c 'echo $$ >/tmp/pid; exec curl -sS http://'$TARGET4/ &
within 30 grep -q accept "$FAKE"
kill -KILL "$(cat /tmp/pid)"
within 30 grep -q 'reset by-peer' "$FAKE" || fail "the proxy was not told"
within 30 no_conntrack_left || fail "conntrack keeps: $(in_app conntrack -L 2>&1)"

say "gives up"
: >"$FAKE"
expect_fails proxied curl -sS -m 1 http://$TARGET4/
within 30 grep -q 'reset by-peer' "$FAKE" || fail "the proxy was not told"
within 30 no_conntrack_left || fail "conntrack keeps: $(in_app conntrack -L 2>&1)"
