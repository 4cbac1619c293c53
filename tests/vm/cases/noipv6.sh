# SPDX-License-Identifier: GPL-2.0-or-later
# ipv6.disable=1: what names IPv6 fails with the kernel's own word, the rest works
# kernel: *-noipv6
# quick: yes
# capture: no
start_target
names_behind_proxy
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/tmp/echo.log
use_proxy danted 4

# outcome OPTION...: of each way to connect() to the target
outcome() {
	in_app "$MPROX_RUN" "$@" -- /usr/bin/python3 "$VM/clients/connect.py" all \
		$TARGET4 80
}
v6="-x socks5://[$PROXY6]:$PROXY_PORT" v4="-x $PROXY_URL"

expect_eq "$(in_app /usr/bin/python3 - <<'P'
import errno, socket
try:
    socket.socket(socket.AF_INET6)
except OSError as err:
    print(errno.errorcode[err.errno])
P
)" EAFNOSUPPORT "what this boot is about"

say "servers of IPv6 alone"
# shellcheck disable=SC2086
expect_eq "$(outcome $v6)" ENETUNREACH "one"
expect_eq "$(outcome -x "socks5://[::1]:1080" -x "http://[fd77::9]:1080")" ENETUNREACH "two"

say "the others of the list are used, wherever they stand"
for servers in "$v6 $v4" "$v4 $v6" "-x socks5://$PROXY4:1089 $v6 $v4"; do
	mark
	# shellcheck disable=SC2086
	expect_eq "$(outcome $servers)" OK "$servers"
	was_proxied
done
# shellcheck disable=SC2086
expect_eq "$(outcome -x socks5://$PROXY4:1089 $v6)" EHOSTUNREACH "a dead one, and IPv6"

say "localhost is ::1, too, and nobody is at 127.0.0.1"
expect_eq "$(outcome -x socks5://localhost:1080)" EHOSTUNREACH "localhost"

say "probes, and a server that comes back"
cat >/tmp/probed.toml <<-T
probe_interval = 1
proxy = ["socks5://[$PROXY6]:$PROXY_PORT", "$PROXY_URL"]
T
expect_eq "$(in_app "$MPROX_RUN" -p /tmp/probed.toml -- sh -c "sleep 2
	curl -sS http://$TARGET4/peer")" $EXIT4 "probed"

say "datagrams"
udp() {
	local what=$1; shift
	in_app "$MPROX_RUN" --udp proxy "$@" -- /usr/bin/python3 \
		"$VM/clients/udp.py" "$what" $TARGET4 7007
}
for servers in "$v4" "$v6 $v4"; do
	# shellcheck disable=SC2086
	expect_eq "$(udp echo $servers)" OK "datagrams, $servers"
done
# shellcheck disable=SC2086
expect_match "$(udp error $v6)" 'ECONNREFUSED|EPERM' "datagrams, IPv6 alone"

say "names: over UDP and TCP, and none has an address that is of no use"
ask() { in_app "$MPROX_RUN" -x "$1" -- dig +short +tries=1 +time=5 @9.9.9.9 "${@:2}"; }
for url in "$PROXY_URL" "socks5://[$PROXY6]:1080"; do
	expect_match "$(ask "$url" www.hidden.test)" '^198\.18\.' "A, $url"
	expect_match "$(ask "$url" +tcp www.hidden.test)" '^198\.18\.' "over TCP, $url"
	expect_eq "$(ask "$url" www.hidden.test AAAA)" "" "AAAA, $url"
done
expect_eq "$(proxied curl -sS http://site.hidden.test/hello)" "the target says hello" \
	"by name"

say "a resolver of IPv6 is asked in vain"
expect_match "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy \
	--dns-server 2001:db8::53 -- dig +tries=1 +time=8 @9.9.9.9 www.hidden.test)" \
	'status: SERVFAIL' "a resolver of IPv6"
