# SPDX-License-Identifier: GPL-2.0-or-later
# a proxy that hangs up or talks nonsense in mid-handshake gives an error
# once: yes
start_target
start_fakesocks 1090=fin 1091=rst 1092=fin0 1093=rst0 1094=garbage

for url in $PROXY4 "[$PROXY6]"; do
	target=$TARGET4
	[ "$url" = $PROXY4 ] || target=$TARGET6
	for port in 1090 1091 1092 1093 1094; do
		PROXY_URL=socks5://$url:$port
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" \
			all $target 80)" EHOSTUNREACH "through $PROXY_URL"
	done
done
