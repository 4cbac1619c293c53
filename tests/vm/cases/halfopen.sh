# SPDX-License-Identifier: GPL-2.0-or-later
# a proxy that still has a connection from the same port, whose end it never heard of
# once: yes
# shellcheck shell=bash disable=SC2034
start_target
# A server that is slow to answer what came in one go would be asked again, from another
# port.
PROXIED=(--no-pipeline)

# From the same ports each time.
echoes() {
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/halfopen.py" "$TARGET" 20000 10)" \
		10 "echoes"
}

leave_half_open() {
	losing_resets echoes
	challenges >/dev/null
}

exchange() {
	say "the resets have been lost"
	leave_half_open
	echoes
	expect_eq "$(challenges)" 10 "connections that were half open"
	say "and conntrack has forgotten"
	leave_half_open
	in_app conntrack -F >/dev/null 2>&1
	echoes
	expect_eq "$(challenges)" 10 "connections that were half open"
	was_proxied 40
}
PROXIES='microsocks danted-password' each_proxy exchange
