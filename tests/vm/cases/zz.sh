# SPDX-License-Identifier: GPL-2.0-or-later
# 200 concurrent non-blocking connects of Python's asyncio, through every proxy
# timeout: 600
start_target

exchange() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 200)" \
		200 "connections with the right payload"
	was_proxied 200
}
PROXIES=microsocks FAMILIES=4 each_proxy exchange
