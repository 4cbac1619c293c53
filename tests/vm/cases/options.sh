# SPDX-License-Identifier: GPL-2.0-or-later
# Fast Open and MPTCP are taken off the SYN, and the connection works
# once: yes
start_target
for family in 4 6; do
	use_proxy microsocks $family
	proxied /usr/bin/python3 "$VM/clients/options.py" "$TARGET"
	was_proxied 2
done
# Options that would break the handshake never reach the proxy (MPTCP: kind 30,
# Fast Open: kind 34), nor does data on a SYN.
tcpdump -nn -v -r /tmp/trace.pcap 'tcp[tcpflags] & tcp-syn != 0 or (ip6 and ip6[53] & 2 != 0)' \
	>"$OUT/syns" 2>/dev/null
[ -s "$OUT/syns" ] || fail "no SYN was captured"
expect_fails grep -E 'mptcp|tfo|exp-' "$OUT/syns"
