# SPDX-License-Identifier: GPL-2.0-or-later
# a log of queries, and what became of them
# shellcheck shell=bash
start_target
NAMES_TTL=60
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
