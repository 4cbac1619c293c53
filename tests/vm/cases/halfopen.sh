# SPDX-License-Identifier: GPL-2.0-or-later
# a proxy that still has a connection from the same port, whose end it never heard of
# shellcheck shell=bash disable=SC2034
start_target

# From the same ports each time.
echoes() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/halfopen.py" "$TARGET" 20000 10)" \
		10 "echoes"
}

# A number that the proxy's host has counted, since the last time.
challenges() { in_proxy nstat -z TcpExtTCPSYNChallenge | awk 'NR > 1 { print $2 }'; }

lose_resets() {
	in_proxy nft add table inet lossy
	in_proxy nft 'add chain inet lossy in { type filter hook input priority 0; }'
	in_proxy nft add rule inet lossy in 'tcp flags & rst == rst' drop
	echoes
	in_proxy nft delete table inet lossy
	challenges >/dev/null
}

exchange() {
	say "the resets have been lost"
	lose_resets
	echoes
	expect_eq "$(challenges)" 10 "connections that were half open"
	say "and conntrack has forgotten"
	lose_resets
	in_app conntrack -F >/dev/null 2>&1
	echoes
	expect_eq "$(challenges)" 10 "connections that were half open"
	was_proxied 40
}
PROXIES='microsocks danted-password' each_proxy exchange
