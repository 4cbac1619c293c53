# SPDX-License-Identifier: GPL-2.0-or-later
# HTTP proxies that answer in pieces, too much, too late or nonsense
# once: yes
# timeout: 300
start_target
spawn proxy /usr/bin/python3 "$VM/servers/fakehttp.py" 1080=dribble 1081=interim \
	1082=longhead 1083=glue 1084=late 1085=body 1086=toolong 1087=silent \
	1088=close 1089=reset 1090=half 1091=garbage 1092=stale 1093=open2xx \
	1094=deny 1095=unasked >"$OUT/fakehttp.log" 2>&1
wait_port proxy $PROXY4 1095

works() {
	local port
	for port in 1080 1081 1082 1083 1084; do
		PROXY_URL=http://user:pass@$1:$port
		say "$PROXY_URL"
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/banner.py" "$TARGET")" \
			$'220 hello\r' "the banner"
	done
}
TARGET=$TARGET4; mark; works $PROXY4
expect_eq "$(peers | awk '{ print $2 }')" $EXIT4 "peers"
TARGET=$TARGET6; mark; works "[$PROXY6]"
expect_eq "$(peers | awk '{ print $2 }')" $EXIT6 "peers"

# gives PORT ERRNO
gives() {
	say "port $1"
	expect_eq "$(in_app "$MPROX_RUN" -x "http://user:pass@$PROXY4:$1" \
		--handshake-timeout 1 -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $TARGET4 80)" "$2" "port $1"
}
# A body that a 2xx cannot have is the destination's data to us.
gives 1085 OK
gives 1086 EHOSTUNREACH
gives 1087 ETIMEDOUT
gives 1088 EHOSTUNREACH
gives 1089 EHOSTUNREACH
gives 1090 EHOSTUNREACH
gives 1091 EHOSTUNREACH
gives 1092 EHOSTUNREACH
gives 1094 EHOSTUNREACH
gives 1095 EHOSTUNREACH
say "a reset right behind the 200 reaches the program, as connect() or later"
expect_match "$(in_app "$MPROX_RUN" -x "http://$PROXY4:1093" -- /usr/bin/python3 \
	"$VM/clients/connect.py" blocking $TARGET4 80)" '^(OK|ECONNRESET)$' "open2xx"
