# SPDX-License-Identifier: GPL-2.0-or-later
# SOCKS4, HTTP CONNECT with Basic and Digest, ssh -D: pages and errnos
# once: yes
# timeout: 900
start_target

fetch() {
	expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "peer"
	expect_eq "$(proxied curl -sS "http://$HOST/hello")" \
		"the target says hello" "the page"
	was_proxied 2
}

# gives ERRNO HOST PORT
gives() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" all "$2" "$3")" \
		"$1" "connect to $2:$3 through $PROXY_URL"
}

PROXIES='danted-socks4' FAMILIES=4 each_proxy fetch
gives ECONNREFUSED "$TARGET" 9
PROXIES='squid squid-basic squid-digest' each_proxy fetch
PROXIES='tinyproxy-basic privoxy' each_proxy fetch
PROXIES='ssh-d' each_proxy fetch

say "what squid says of a connection that fails"
use_proxy squid 4
gives ECONNREFUSED "$TARGET" 9
gives ENETUNREACH "$NOWHERE" 80
gives EHOSTUNREACH 10.98.0.1 80
say "a wrong password"
PROXY_URL=http://someone:wrong@$PROXY4:1085 gives EHOSTUNREACH "$TARGET" 80
PROXY_URL=http://someone:wrong@$PROXY4:1086 gives EHOSTUNREACH "$TARGET" 80
PROXY_URL=http://$PROXY4:1085 gives EHOSTUNREACH "$TARGET" 80
say "SOCKS4 cannot name an IPv6 address"
use_proxy danted-socks4 4
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" blocking $TARGET6 80)" \
	ENETUNREACH "IPv6 through SOCKS4"

say "auth = \"optional\": without the credentials that nobody wants"
use_proxy microsocks 4
cat >/tmp/optional.toml <<C
[[server]]
url = "socks5://someone:secret@$PROXY4:1080"
auth = "optional"
C
expect_eq "$(in_app "$MPROX_RUN" -f /tmp/optional.toml -- curl -sS "http://$HOST/peer")" \
	"$EXIT" "peer"
was_proxied
