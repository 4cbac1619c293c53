# SPDX-License-Identifier: GPL-2.0-or-later
# names that only the proxy knows: no query leaves, and the proxy gets the name
# processors: 2
# debug: yes
# quick: yes
names_behind_proxy
start_target

fetch() {
	expect_eq "$(proxied curl -sS http://site.hidden.test/hello)" \
		"the target says hello" "the page"
	[[ $PROXY_URL != socks5:* ]] ||
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" \
			blocking closed.hidden.test 9)" ECONNREFUSED "a closed port"
	was_proxied 1
	asked=$(grep -c 'query.*site\.hidden\.test from 127' "$OUT/names-proxy.log")
	[ "$asked" -gt "${last:-0}" ] || fail "the proxy has asked nobody for the name"
	last=$asked
}
servers="microsocks danted ssh-d-socks4 squid"
[ -z "${QUICK-}" ] || servers=microsocks
PROXIES=$servers FAMILIES=4 each_proxy fetch

use_proxy microsocks 4
ask() { proxied dig +tries=1 +time=3 "$@"; }

say "whatever the resolver's address is"
for at in 127.0.0.53 127.0.0.1 9.9.9.9 $PROXY4 ${IPV6:+::1 2001:db8::1}; do
	expect_match "$(ask +short @$at www.hidden.test)" '^198\.1[89]\.' "asked of $at"
done

say "over TCP, and several queries on one connection"
expect_match "$(ask +short +tcp @9.9.9.9 www.hidden.test)" '^198\.1[89]\.' "over TCP"
[ -z "$IPV6" ] || expect_match "$(ask +short +tcp @::1 www.hidden.test)" '^198\.1[89]\.' "over TCP to ::1"
expect_eq "$(ask +short +tcp +keepopen @127.0.0.53 a.hidden.test b.hidden.test \
	a.hidden.test | tr '\n' ' ')" "198.18.0.1 198.18.0.2 198.18.0.1 " "kept open"

say "one name, one address, whatever its case; and back"
first=$(in_app "$MPROX_RUN" -x "$PROXY_URL" -- sh -c '
	dig +short @9.9.9.9 www.hidden.test; dig +short @9.9.9.9 WWW.Hidden.TEST.
	dig +short @9.9.9.9 other.hidden.test
	dig +short @9.9.9.9 -x 198.18.0.1; dig +short @9.9.9.9 -x 198.18.0.2
	getent ahostsv4 www.hidden.test | head -n 1')
expect_eq "$(tr -s '\n ' ' ' <<<"$first")" "198.18.0.1 198.18.0.1 198.18.0.2 \
www.hidden.test. other.hidden.test. 198.18.0.1 STREAM www.hidden.test " "answers"

say "what there is no answer to"
status() { ask @9.9.9.9 "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
expect_eq "$(status www.hidden.test HTTPS)" NOERROR "HTTPS"
expect_eq "$(status www.hidden.test AAAA)" NOERROR "AAAA"
expect_eq "$(ask +short @9.9.9.9 www.hidden.test AAAA)" "" "AAAA"
expect_eq "$(ask +short @9.9.9.9 www.hidden.test MX)" "" "MX"
expect_eq "$(status -x 192.0.2.1)" NXDOMAIN "PTR of somebody else"
expect_eq "$(status use-application-dns.net)" NXDOMAIN "Firefox's canary"
expect_eq "$(status +opcode=notify www.hidden.test)" NOTIMP "NOTIFY"
expect_eq "$(status +edns=1 +noednsnegotiation www.hidden.test)" BADVERS "EDNS 1"
expect_eq "$(ask +short @9.9.9.9 localhost)" 127.0.0.1 "localhost"

say "modes, and rules for names"
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --dns block -- \
	dig +tries=1 @9.9.9.9 www.hidden.test | sed -n 's/.*status: \([A-Z]*\),.*/\1/p')" \
	NXDOMAIN "block"
cat >/tmp/split.toml <<-T
proxy = "$PROXY_URL"
dns_ipv6 = true
dns_ttl = 77
dns_range = ["100.64.0.0/16", "fd00:53::/64"]
[[dns_rule]]
name = ["ads.test", "*.ads.test"]
mode = "block"
[[dns_rule]]
name = "*.lan.test"
mode = "direct"
T
split() { in_app "$MPROX_RUN" -p /tmp/split.toml -- dig +tries=1 +time=2 "$@"; }
expect_match "$(split @9.9.9.9 +noall +answer a.hidden.test)" '77.*100\.64\.0\.1' "range and TTL"
expect_eq "$(split @9.9.9.9 +short x.ads.test)" "" "a blocked name"
start_names app 127.0.0.1 lan.test 192.0.2.77
expect_eq "$(split @127.0.0.1 +short host.lan.test)" 192.0.2.77 "a direct name"
expect_eq "$(split @127.0.0.1 +short +tcp host.lan.test)" 192.0.2.77 \
	"a direct name over TCP"
expect_eq "$(split @127.0.0.1 +short +tcp x.ads.test)" "" "a blocked name over TCP"

say "who was not led there gets no answer from the server"
proxied sleep 60 &
within 5 pgrep -x sleep
port=$(in_app ss -Hltn 'src 127.0.0.1' | awk '{ sub(".*:", "", $4); print $4 }' |
	grep -vx 53 | head -n 1)
expect_fails in_app dig +tries=1 +time=2 +tcp -p "$port" @127.0.0.1 a.hidden.test
pkill -x sleep

say "an address of the range that stands for nothing"
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" blocking 198.18.9.9 80)" \
	EHOSTUNREACH "unknown"
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass 0.0.0.0/0 -- \
	/usr/bin/python3 "$VM/clients/connect.py" blocking 198.18.9.9 80)" \
	EHOSTUNREACH "never direct"
