# SPDX-License-Identifier: GPL-2.0-or-later
# 50 processes at once, each with an association of its own
# processors: 2
# once: yes
# capture: no
# shellcheck shell=bash
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/tmp/echo.log
use_proxy danted 4
# shellcheck disable=SC2206
load=(/usr/bin/python3 "$VM/clients/udpload.py" $TARGET4 7007 50 100)
# shellcheck disable=SC2034
PROXIED=(--udp proxy)

associations() { grep -c 'pass(1): udp/udpassociate \[' "$PROXY_LOG" || true; }
nothing_open() {
	[ -z "$(in_app ss -Huna)$(in_app ss -Htn state established)" ] &&
		[ -z "$(in_proxy ss -Htn state established)" ]
}

say "the client asks for its relays itself"
itself=$(in_app "${load[@]}" $PROXY4 "$PROXY_PORT")
expect_eq "$itself" "5000 answers, 0 lost" "itself"
expect_eq "$(associations)" 50 "associations"
within 10 nothing_open || fail "the client has left something"

say "they are asked for here"
expect_eq "$(proxied "${load[@]}")" "$itself" "through the module"
expect_eq "$(associations)" 100 "associations"
expect_eq "$(cat /tmp/echo.log)" "$EXIT" "whom the target heard"

say "and end with their sockets"
within 10 nothing_open || fail "an association stays: $(in_app ss -Hatun)"

capture_check "$RELAY_FILTER"
