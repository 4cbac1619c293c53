# SPDX-License-Identifier: GPL-2.0-or-later
# tor's SOCKS port, as far as it answers without a network: it has no route
# once: yes
mkdir -p -m 700 /tmp/tor
spawn proxy tor --ignore-missing-torrc -f /tmp/no-torrc --User root \
	--DataDirectory /tmp/tor --SocksPort "$PROXY4:1096" \
	--Log "info file $OUT/tor.log" >"$OUT/tor.out" 2>&1
wait_port proxy $PROXY4 1096

# gives ERRNO HOST [OPTION...]
gives() {
	local want=$1 host=$2
	shift 2
	expect_eq "$(in_app "$MPROX_RUN" -x "socks5://$PROXY4:1096" "$@" -- \
		/usr/bin/python3 "$VM/clients/connect.py" blocking "$host" 80)" \
		"$want" "connect to $host"
}
say "an internal address is refused"
gives EHOSTUNREACH $TARGET4
say "for another one it waits for a circuit, and we for the deadline"
gives ETIMEDOUT 198.51.100.1 --handshake-timeout 2
say "the same with credentials, which only isolate streams, and with SOCKS4"
expect_eq "$(in_app "$MPROX_RUN" -x "socks5://me:secret@$PROXY4:1096" -- \
	/usr/bin/python3 "$VM/clients/connect.py" blocking $TARGET4 80)" \
	EHOSTUNREACH "with credentials"
expect_match "$(in_app "$MPROX_RUN" -x "socks4://$PROXY4:1096" -- \
	/usr/bin/python3 "$VM/clients/connect.py" blocking $TARGET4 80)" \
	'^(ECONNREFUSED|EHOSTUNREACH)$' "SOCKS4"
