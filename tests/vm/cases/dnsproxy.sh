# SPDX-License-Identifier: GPL-2.0-or-later
# dns = "proxy": a resolver behind the proxy is asked over TCP, and remembered
# once: yes
start_target
names_behind_proxy
export NAMES_TTL=60
start_names target $TARGET4 seen.test $TARGET4 $TARGET6
use_proxy microsocks 4
LOG=$OUT/names-target.log
cat >/tmp/dns.toml <<-T
proxy = "$PROXY_URL"
dns = "proxy"
dns_server = "$TARGET4"
[[dns_rule]]
name = "*.hidden.test"
mode = "fake"
T
scoped() { in_app "$MPROX_RUN" -p /tmp/dns.toml -- "$@"; }
ask() { scoped dig +tries=1 +time=8 "$@"; }
status() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
no_context() { in_app grep -qx 'contexts 0' /proc/mutex/stats; }
heard() { grep -c "query\[$1\] $2 from $EXIT4" "$LOG" || true; }

say "over UDP and TCP, in the asker's own case"
expect_eq "$(ask +short @9.9.9.9 a.seen.test)" $TARGET4 "A"
expect_eq "$(ask +short @127.0.0.53 a.seen.test AAAA)" $TARGET6 "AAAA"
expect_eq "$(ask +short +tcp @::1 a.seen.test)" $TARGET4 "over TCP"
expect_match "$(ask +noall +question @9.9.9.9 A.Seen.TEST)" 'A\.Seen\.TEST' "case"
[ "$(heard A a.seen.test)" -ge 1 ] || fail "the resolver has heard nothing"
expect_eq "$(scoped curl -4 -sS http://web.seen.test/peer)" $EXIT4 "curl"
expect_eq "$(scoped curl -6 -sS http://web.seen.test/peer)" $EXIT6 "curl, IPv6"

say "once, for as long as the answer holds"
expect_eq "$(scoped sh -c 'for i in 1 2 3; do dig +short @9.9.9.9 once.seen.test;
	dig +short +tcp @9.9.9.9 ONCE.seen.test; done' | sort -u)" $TARGET4 "asked six times"
expect_eq "$(heard A once.seen.test)" 1 "what the resolver heard"

say "of a name that is fake, what is no address"
cat >/tmp/records.toml <<-T
proxy = "$PROXY_URL"
dns_server = "$TARGET4"
dns_records = true
T
records() { in_app "$MPROX_RUN" -p /tmp/records.toml -- dig +short +tries=1 +time=8 @9.9.9.9 "$@"; }
expect_match "$(records note.seen.test)" '^198\.18\.' "A"
expect_eq "$(records note.seen.test TXT)" '"a note"' "TXT"
expect_eq "$(heard A note.seen.test)" 0 "addresses that the resolver was asked for"

say "what is not there, and what is not to be asked"
expect_eq "$(status @9.9.9.9 none.example)" REFUSED "the resolver's own word"
expect_eq "$(status @9.9.9.9 a.seen.test MX)" NOERROR "no such record"
expect_match "$(ask +short @9.9.9.9 a.hidden.test)" '^198\.18\.' "a name of another mode"

say "many at once on one connection"
# A question has four seconds, of which a debug kernel's clients need most.
many=$((SLOW > 1 ? 8 : 40))
scoped sh -c 'for i in $(seq $1); do dig +short +tries=1 +time=8 @9.9.9.9 \
	n$i.seen.test & done; wait' - $many | sort | uniq -c >/tmp/many
expect_match "$(cat /tmp/many)" "^ *$many $TARGET4\$" "each has an answer"

say "a resolver that goes and comes back, and one that never answers"
pkill -f 'dnsmasq.*seen\.test'
expect_eq "$(status @9.9.9.9 gone.seen.test)" SERVFAIL "it is gone"
start_names target $TARGET4 seen.test $TARGET4 $TARGET6
expect_eq "$(ask +short @9.9.9.9 back.seen.test)" $TARGET4 "it is back"
spawn target /usr/bin/python3 -c "
import socket, time
s = socket.create_server(('$TARGET4', 5399))
kept = []
while True: kept.append(s.accept())"
wait_port target $TARGET4 5399
sed "s/$TARGET4/$TARGET4:5399/" /tmp/dns.toml >/tmp/silent.toml
silent() { in_app "$MPROX_RUN" -p /tmp/silent.toml -- "$@"; }
expect_match "$(silent dig +tries=1 +time=8 @9.9.9.9 silent.seen.test)" SERVFAIL "silence"

say "a resolver for some names: behind the proxy, and past it"
start_names app 127.0.0.1 lan.test 192.0.2.77
start_names proxy $EXIT4 corp.test 192.0.2.78
cat >/tmp/split.toml <<-T
proxy = "$PROXY_URL"
dns = "proxy"
dns_server = "$TARGET4"
[[dns_rule]]
name = "*.lan.test"
mode = "direct"
server = "127.0.0.1"
[[dns_rule]]
name = "*.corp.test"
mode = "proxy"
server = "$EXIT4"
T
split() { in_app "$MPROX_RUN" -p /tmp/split.toml -- "$@"; }
for how in +notcp +tcp; do
	expect_eq "$(split sh -c "for name in a.lan.test b.corp.test c.seen.test; do
		dig +tries=1 +time=8 $how +short @9.9.9.9 \$name; done" | tr '\n' ' ')" \
		"192.0.2.77 192.0.2.78 $TARGET4 " "three resolvers, $how"
done
grep -q 'a\.lan\.test from 127\.0\.0\.1' "$OUT/names-app.log" ||
	fail "the direct one was not asked"
expect_fails grep -q 'lan\.test\|corp\.test' "$LOG"
expect_eq "$(grep -c 'b\.corp\.test from' "$OUT/names-proxy.log")" 2 "behind the proxy"
# shellcheck disable=SC2016
expect_match "$(split sh -c 'for i in 1 2 3; do dig +short @9.9.9.9 d.lan.test; done
	cat /proc/self/fdinfo/$MPROX_FD')" \
	"127.0.0.1:53 direct waiting 0 answered 1 failed 0 known 1" "fdinfo"

say "a policy's resolver that is reached directly"
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy --dns-server 127.0.0.1 \
	--dns-server-direct -- dig +short @9.9.9.9 e.lan.test)" 192.0.2.77 "direct"

say "what stays here"
expect_eq "$(split dig +short @9.9.9.9 localhost)" 127.0.0.1 "localhost"
expect_match "$(split dig @9.9.9.9 use-application-dns.net)" NXDOMAIN "the canary"

say "250 clients that wait, nearly as many as a scope may have, keep nobody else from anything"
expect_eq "$(silent /usr/bin/python3 "$VM/clients/dnswait.py" silent.seen.test 250 \
	curl -sS http://site.hidden.test/hello | tr '\n' ' ')" \
	"the target says hello 250 times 2 " "while they wait"

say "the program and its context go while questions wait"
silent timeout -s KILL 1 /usr/bin/python3 "$VM/clients/dnswait.py" silent.seen.test 100 \
	sleep 100 || true
silent timeout -s KILL 1 dig +tries=1 +time=8 @9.9.9.9 silent.seen.test || true
within 10 no_context
