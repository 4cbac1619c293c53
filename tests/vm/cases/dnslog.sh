# SPDX-License-Identifier: GPL-2.0-or-later
# a log of queries, and what became of them
# once: yes
# shellcheck shell=bash
start_target
export NAMES_TTL=60
start_names target $TARGET4 seen.test $TARGET4 $TARGET6
start_names app 127.0.0.1 lan.test 192.0.2.77
use_proxy microsocks 4
cat >/tmp/log.toml <<-T
proxy = "$PROXY_URL"
dns = "proxy"
dns_server = "$TARGET4"
[[dns_rule]]
name = "*.hidden.test"
mode = "fake"
[[dns_rule]]
name = "*.ads.test"
mode = "block"
[[dns_rule]]
name = "*.lan.test"
mode = "direct"
server = "127.0.0.1"
T

no_writer() { ! pgrep -f -- --dns-log >/dev/null; }

say "lines, what is lost, and the end"
in_app /usr/bin/python3 "$VM/clients/dnslog.py" "$MPROX_RUN" -p /tmp/log.toml -- \
	>"$OUT/queries"
expect_eq "$(cat "$OUT/queries")" 'faked A NOERROR www.hidden.test
empty MX NOERROR www.hidden.test
blocked A NXDOMAIN x.ads.test
asked A NOERROR a.seen.test
asked AAAA NOERROR a.seen.test
cached A NOERROR a.seen.test
asked TYPE65 REFUSED none.example
empty A NXDOMAIN a\032b\092.hidden.test
asked A NOERROR host.lan.test
bad TYPE0 NOTIMP .' "the log"

say "into a file, whose writer goes with the program"
echo 'before' >/tmp/queries
in_app "$MPROX_RUN" -p /tmp/log.toml --dns-log /tmp/queries -- \
	sh -c 'dig +short @9.9.9.9 b.seen.test; dig +short @9.9.9.9 c.ads.test' >/dev/null
within 5 no_writer
expect_eq "$(sed 's/^[0-9.]* //' /tmp/queries | tr '\n' ' ')" \
	"before asked A NOERROR b.seen.test blocked A NXDOMAIN c.ads.test " "the file"
expect_eq "$(stat -c %a /tmp/queries)" 644 "what was there keeps its mode"

say "to the standard error; and a program that fails to start leaves no writer"
expect_match "$(in_app "$MPROX_RUN" -p /tmp/log.toml --dns-log - -- \
	dig +short @9.9.9.9 d.seen.test 2>&1)" 'asked A NOERROR d\.seen\.test' "standard error"
expect_fails in_app "$MPROX_RUN" -p /tmp/log.toml --dns-log /tmp/queries -- /nonexistent
expect_fails in_app "$MPROX_RUN" -p /tmp/log.toml --dns-log /nonexistent/file -- true
within 5 no_writer
