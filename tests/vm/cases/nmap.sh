# SPDX-License-Identifier: GPL-2.0-or-later
# nmap -sT finds the same ports through the proxy as from the proxy's host
# once: yes
# timeout: 600
start_target
filter_in target far tcp dport 13 reject with icmpx host-unreachable

# scan NS COMMAND...: "PORT STATE" lines
scan() {
	"$@" nmap -6 --version >/dev/null
	"$@" nmap -n -Pn -sT --unprivileged --max-retries 2 -p 1-40,80 \
		--initial-rtt-timeout 3s --min-rtt-timeout 3s \
		$([[ $TARGET != *:* ]] || echo -6) -oG - "$TARGET" |
		sed -n 's/.*Ports: \([^\t]*\).*/\1/p' | tr ',' '\n' |
		sed 's/^ *//' | cut -d / -f 1,2 | grep open
}
compare() {
	local want
	want=$(scan in_proxy)
	expect_eq "$(scan proxied)" "$want" "open ports"
	expect_match "$want" '7/open.*25/open.*80/open' "open ports"
}
PROXIES='microsocks danted' FAMILIES='4 6' each_proxy compare
PROXIES=squid FAMILIES=4 each_proxy compare
