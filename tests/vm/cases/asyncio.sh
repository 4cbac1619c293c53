# SPDX-License-Identifier: GPL-2.0-or-later
# many concurrent non-blocking connects of Python's asyncio, through every proxy
# once: yes
# thorough: yes
# timeout: 600
start_target
COUNT=40
[ -z "${THOROUGH-}" ] || COUNT=200

exchange() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 $COUNT)" \
		$COUNT "connections with the right payload"
	was_proxied $COUNT
}
each_proxy exchange
COUNT=60
PROXIES='danted-socks4' FAMILIES=4 each_proxy exchange
PROXIES='squid-basic squid-digest privoxy ssh-d' FAMILIES=4 each_proxy exchange
