# SPDX-License-Identifier: GPL-2.0-or-later
# SOCKS4 servers that answer in pieces, too much, too late or nonsense
# once: yes
# timeout: 300
start_target
spawn proxy /usr/bin/python3 "$VM/servers/fakesocks4.py" 1080=dribble 1081=glue \
	1082=late 1083=vn4 1084=code:91 1085=code:92 1086=code:93 1087=code:94 \
	1088=silent 1089=half 1090=fin 1091=rst 1092=garbage 1093=unasked \
	1094=grantrst 1095=slowly >"$OUT/fakesocks4.log" 2>&1
wait_port proxy $PROXY4 1095

mark
for port in 1080 1081 1082 1083; do
	PROXY_URL=socks4://me@$PROXY4:$port
	say "$PROXY_URL"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/banner.py" $TARGET4)" \
		$'220 hello\r' "the banner"
done
expect_eq "$(peers | awk '{ print $2 }')" $EXIT4 "peers"

# gives PORT ERRNO
gives() {
	say "port $1"
	expect_eq "$(in_app "$MPROX_RUN" -x "socks4://me@$PROXY4:$1" \
		--handshake-timeout 1 -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $TARGET4 80)" "$2" "port $1"
}
gives 1084 ECONNREFUSED
gives 1085 EHOSTUNREACH
gives 1086 EHOSTUNREACH
gives 1087 EHOSTUNREACH
gives 1088 ETIMEDOUT
gives 1089 EHOSTUNREACH
gives 1090 EHOSTUNREACH
gives 1091 EHOSTUNREACH
gives 1092 EHOSTUNREACH
gives 1093 EHOSTUNREACH
say "an answer that has begun, but not ended, at the deadline"
gives 1095 ETIMEDOUT
say "a reset right behind the grant reaches the program, as connect() or later"
expect_match "$(in_app "$MPROX_RUN" -x "socks4://$PROXY4:1094" -- /usr/bin/python3 \
	"$VM/clients/connect.py" blocking $TARGET4 80)" '^(OK|ECONNRESET)$' "grantrst"
