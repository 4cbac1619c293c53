# SPDX-License-Identifier: GPL-2.0-or-later
# servers that answer in pieces, late, with names, with data glued to the reply
# once: yes
# timeout: 300
start_target
start_fakesocks 1090=dribble 1091=domain 1092=bnd6 1093=bnd4 1094=glue 1095=late \
	1096=needless
PROXY_LOG=$OUT/fakesocks.log
try() {
	local port
	for port in 1090 1091 1092 1093 1094 1095 1096; do
		PROXY_URL=socks5://$1:$port
		say "$PROXY_URL"
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/banner.py" "$TARGET")" \
			$'220 hello\r' "the banner"
		PROXY_URL=socks5://user:pass@$1:$port
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/banner.py" "$TARGET")" \
			$'220 hello\r' "the banner, with a password"
	done
	expect_eq "$(peers | awk '{ print $2 }')" "$EXIT" "peers of the target"
}
TARGET=$TARGET4 EXIT=$EXIT4; mark; try $PROXY4
TARGET=$TARGET6 EXIT=$EXIT6; mark; try "[$PROXY6]"

say "one that lets anybody in, though only a password was offered, is let have it"
# From then on it is known; each of the two addresses is a server of its own.
expect_eq "$(sed -n 's/^1096 methods //p' "$OUT/fakesocks.log" | tr '\n' ' ')" \
	"0 2 0 0 2 0 " "what it was offered"

say "what acknowledges nothing of ours is not the server's word"
start_fakesocks 1097=late:3
spawn proxy /usr/bin/python3 "$VM/servers/forge.py" px0 1097 >/tmp/forge
within 20 grep -q listening /tmp/forge
TARGET=$TARGET4 EXIT=$EXIT4 PROXY_URL=socks5://$PROXY4:1097
expect_eq "$(proxied /usr/bin/python3 "$VM/clients/banner.py" "$TARGET")" \
	$'220 hello\r' "the banner"
grep -q forged /tmp/forge || fail "nobody has spoken in its name"
