# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What the cases are written with. Three network namespaces in a row:
#
#	app                     proxy                    target
#	10.77.1.2     up0 -- px0 10.77.1.1
#	fd77:1::2                fd77:1::1
#	                         10.77.2.1   px1 -- tg0  10.77.2.2
#	                         fd77:2::1               fd77:2::2
#
# The app's default route leads to the proxy's namespace, which forwards
# nothing: the target is reached through a proxy or not at all.
set -euo pipefail

APP4=10.77.1.2 APP6=fd77:1::2
PROXY4=10.77.1.1 PROXY6=fd77:1::1
EXIT4=10.77.2.1 EXIT6=fd77:2::1
TARGET4=10.77.2.2 TARGET6=fd77:2::2
# A network that the app has a route to and the proxy has none.
NOWHERE4=10.99.0.1 NOWHERE6=fd99::1

VM=$ROOT/tests/vm
: "${OUT:=/tmp}"
MODULE=$BUILD/kmod/$KVER/kmod/mutex_proxy.ko
: "${MPROX_RUN:=$BUILD/launcher/mprox-run}"
PRELOAD=$BUILD/preload/libmprox_auto.so
PROXY_USER=mutexuser PROXY_PASS='p:ss w@rd'
# The same in a URL.
PROXY_CRED='mutexuser:p%3Ass%20w%40rd@'
WEB=/tmp/web			# what the target serves
TARGET_LOG=$OUT/target.log
# A kernel may be told to leave IPv6 out (ipv6.disable=1): there is IPv4 alone then.
IPV6=yes VERSIONS='4 6' PROXY_AT=($PROXY4 $PROXY6)
[ -e /proc/net/if_inet6 ] || IPV6='' VERSIONS=4 PROXY_AT=($PROXY4)
export APP4 APP6 PROXY4 PROXY6 EXIT4 EXIT6 TARGET4 TARGET6 NOWHERE4 NOWHERE6
export MPROX_RUN PRELOAD

# Saying what happened

say()  { echo "--- $*"; }
fail() { echo "FAIL: $*"; echo "$*" >"$OUT/reason"; exit 1; }
skip() { echo "SKIP: $*"; echo "$*" >"$OUT/reason"; exit 77; }

on_error() {
	local rc=$?
	[ -e "$OUT/reason" ] ||
		echo "line ${BASH_LINENO[0]}: '$1' gave $rc" >"$OUT/reason"
	echo "FAIL: line ${BASH_LINENO[0]}: '$1' gave $rc" >&2
}
set -E
trap 'on_error "$BASH_COMMAND"' ERR

# expect_eq GOT WANTED WHAT
expect_eq() {
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

# expect_match TEXT REGEX WHAT
expect_match() {
	[[ $1 =~ $2 ]] || fail "$3: '$1' does not match '$2'"
}

# expect_fails COMMAND...
expect_fails() {
	! "$@" || fail "should have failed: $*"
}

# within SECONDS COMMAND...: until it succeeds
within() {
	local end=$((SECONDS + $1 * ${SLOW:-1})); shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# Namespaces

in_app()    { ip netns exec app "$@"; }
in_proxy()  { ip netns exec proxy "$@"; }
in_target() { ip netns exec target "$@"; }

# spawn NS COMMAND...: in the background; its end is not a failure of the case
spawn() {
	local ns=$1; shift
	ip netns exec "$ns" "$@" &
}

net_up() {
	local ns
	for ns in app proxy target; do
		ip netns add $ns
		[ -z "$IPV6" ] || ip netns exec $ns sysctl -qw \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0
		ip -n $ns link set lo up
	done
	ip link add up0 netns app type veth peer name px0 netns proxy
	ip link add px1 netns proxy type veth peer name tg0 netns target
	address app up0 $APP4/24 $APP6/64
	address proxy px0 $PROXY4/24 $PROXY6/64
	address proxy px1 $EXIT4/24 $EXIT6/64
	address target tg0 $TARGET4/24 $TARGET6/64
	ip -n app route add default via $PROXY4
	[ -z "$IPV6" ] || ip -n app -6 route add default via $PROXY6
}

address() {
	ip -n "$1" link set "$2" up
	ip -n "$1" addr add "$3" dev "$2"
	[ -z "$IPV6" ] || ip -n "$1" addr add "$4" dev "$2" nodad
}

net_down() {
	local ns
	for ns in app proxy target; do
		ip netns del $ns 2>/dev/null || true
	done
}

# The target answers the app's own addresses, through the proxy's namespace.
open_forwarding() {
	in_proxy sysctl -qw net.ipv4.ip_forward=1
	ip -n target route add 10.77.1.0/24 via $EXIT4
	[ -n "$IPV6" ] || return 0
	in_proxy sysctl -qw net.ipv6.conf.all.forwarding=1
	ip -n target -6 route add fd77:1::/64 via $EXIT6
}

# open_target [NS DEVICE]: the target can be reached without a proxy, so that a leak
# would succeed; what is captured from here on must be clean.
open_target() {
	local family at=([4]=$TARGET4 [6]=$TARGET6)
	start_target
	open_forwarding
	for family in $VERSIONS; do
		expect_eq "$(in_app /usr/bin/python3 "$VM/clients/banner.py" \
			${at[$family]})" $'220 hello\r' "the target directly, IPv$family"
	done
	capture_anew "$@"
}

# filter_in NS TABLE [RULE...]: of what comes in there, until the table is deleted
filter_in() {
	local ns=$1 table=$2; shift 2
	ip netns exec "$ns" nft add table inet "$table"
	ip netns exec "$ns" nft \
		"add chain inet $table in { type filter hook input priority 0; }"
	[ $# = 0 ] || ip netns exec "$ns" nft add rule inet "$table" in "$*"
}

# losing_resets COMMAND...: while the proxy's host hears no reset
losing_resets() {
	filter_in proxy lossy 'tcp flags & rst == rst' drop
	"$@"
	in_proxy nft delete table inet lossy
}

# How many SYNs met a connection that was half open at the proxy, since the last time.
challenges() { in_proxy nstat -z TcpExtTCPSYNChallenge | awk 'NR > 1 { print $2 }'; }

# wait_port NS ADDRESS PORT: somebody listens there
wait_port() {
	local at="$2:$3"
	[[ $2 != *:* ]] || at="[$2]:$3"
	within 60 listens "$1" "$at" "$3" || fail "nobody listens at $at"
}

listens() {
	ip netns exec "$1" ss -Hltn "sport = :$3" |
		awk -v at="$2" -v port="$3" '$4 == at || $4 == "*:" port ||
			$4 == "0.0.0.0:" port || $4 == "[::]:" port { found = 1 }
			END { exit !found }'
}

end_processes() {
	local ns pids sig
	for sig in TERM KILL; do
		pids=''
		for ns in app proxy target; do
			pids+=" $(ip netns pids $ns 2>/dev/null | tr '\n' ' ')"
		done
		[ -n "${pids// /}" ] || return 0
		# shellcheck disable=SC2086
		kill -$sig $pids 2>/dev/null || true
		within 3 nobody_left || true
	done
}

nobody_left() {
	[ -z "$(ip netns pids app)$(ip netns pids proxy)$(ip netns pids target)" ]
}

# The module

load_module() {
	[ -e "$MODULE" ] || fail "no module at $MODULE"
	local deps
	deps=$(modinfo -F depends "$MODULE" | tr ',' ' ')
	# shellcheck disable=SC2086
	[ -z "$deps" ] || modprobe -a $deps
	insmod "$MODULE" "$@"
	within 5 test -c /dev/mprox || fail "no /dev/mprox"
}

# References go a moment after the last process: exit closes, work releases.
unload_module() {
	[ -d /sys/module/mutex_proxy ] || return 0
	within 5 rmmod mutex_proxy
}

# kernel_complaints FILE: true if there is one; prints them
kernel_complaints() {
	grep -E 'WARNING|BUG|Oops|refcount_t|general protection|Call Trace|unregister_netdevice: waiting|mutex_proxy: .*leak|kmemleak:|UBSAN|KASAN|suspicious RCU|possible (recursive|circular)|INFO: (task|rcu)' "$1"
}

no_conntrack_left() {
	[ -z "$(in_app conntrack -L -p tcp 2>/dev/null | grep -v TIME_WAIT)" ]
}

# The target: web on 80, echo on 7, a banner on 25, nobody on 9

start_target() {
	mkdir -p $WEB
	echo 'the target says hello' >$WEB/hello
	spawn target /usr/bin/python3 "$VM/servers/target.py" $WEB \
		"$TARGET_LOG" 2>"$OUT/target.err"
	wait_port target $TARGET4 80
	wait_port target $TARGET4 25
}

# Names that the proxies know and nobody else: all of hidden.test is the target.
names_behind_proxy() {
	mkdir -p /etc/netns/proxy
	echo "nameserver 127.0.0.1" >/etc/netns/proxy/resolv.conf
	start_names proxy 127.0.0.1 hidden.test $TARGET4
}

# start_names NS ADDRESS DOMAIN ADDRESS...: a resolver for all below a domain;
# NAMES_TTL: seconds that its answers hold
start_names() {
	local ns=$1 at=$2 domain=$3 a answers=(); shift 3
	answers=("--local=/$domain/")
	for a in "$@"; do answers+=("--address=/$domain/$a"); done
	answers+=("--txt-record=note.$domain,a note")
	spawn "$ns" dnsmasq -k -C /dev/null -z -a "$at" --no-resolv --no-hosts \
		-u root --pid-file= --log-queries --local-ttl="${NAMES_TTL:-0}" \
		--log-facility="$OUT/names-$ns.log" "${answers[@]}"
	wait_port "$ns" "$at" 53
}

# shellcheck source=tests/vm/proxies.sh
. "$VM/proxies.sh"

# proxied COMMAND...: what the user types, with PROXIED among the options
PROXIED=()
proxied() {
	in_app "$MPROX_RUN" -x "$PROXY_URL" ${PROXIED[@]+"${PROXIED[@]}"} -- "$@"
}

# Proof: the target saw the proxy's address and no other since mark, and the
# proxy said that it connected.

lines() { if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi; }

mark() {
	TARGET_MARK=$(lines "$TARGET_LOG")
	PROXY_MARK=$(lines "${PROXY_LOG-}")
}

peers() { tail -n "+$((TARGET_MARK + 1))" "$TARGET_LOG" | awk '{ print $2 }' | sort | uniq -c; }

was_proxied() {
	local n=${1:-1}
	expect_eq "$(peers | awk '{ print $2 }')" "$EXIT" "peers that the target saw"
	[ "$(peers | awk '{ print $1 }')" -ge "$n" ] ||
		fail "the target saw fewer than $n connections"
	# Some write their line when the connection has ended.
	within 5 has_connects "$n" ||
		fail "the proxy's log has $(proxy_connects) connections, not $n"
}

has_connects() { [ "$(proxy_connects)" -ge "$1" ]; }

proxy_connects() {
	tail -n "+$((PROXY_MARK + 1))" "$PROXY_LOG" |
		grep -cE "$PROXY_SAYS" || true
}

# Capture of the app's uplink. leak.pcap holds what is neither a proxy's port
# nor neighbour discovery; trace.pcap the heads of the first packets of all.

PROXY_PORTS=1080-1099
LEAK_FILTER="not arp
	and not (tcp portrange $PROXY_PORTS and host $PROXY4 and host $APP4)
	and not (tcp portrange $PROXY_PORTS and host $PROXY6 and host $APP6)
	and not (ip6 and ip6[6] = 58 and ip6[40] >= 133 and ip6[40] <= 137)
	and not (ip6 and ip6[6] = 0 and dst net ff02::/16)"
# What a relay of datagrams adds: whole ones to the proxy, but for queries, and
# fragments; and what either host says to the other of a socket that is gone.
RELAY_FILTER="(host $PROXY4 and host $APP4 and
		((udp and not port 53) or ip[6:2] & 0x1fff != 0)) or
	(host $PROXY6 and host $APP6 and
		((udp and not port 53) or ip6[6] = 44)) or
	(icmp[0] = 3 and host $PROXY4 and host $APP4) or
	(ip6[6] = 58 and ip6[40] = 1 and host $PROXY6 and host $APP6)"

# capture_start [NS DEVICE]: where the uplink is watched, if not at its near end
capture_start() {
	local ns=${1:-app} device=${2:-up0}
	spawn "$ns" tcpdump -i "$device" -nn -U --immediate-mode -w /tmp/leak.pcap \
		"$LEAK_FILTER" 2>/tmp/leak.err
	CAPTURES=($!)
	spawn "$ns" tcpdump -i "$device" -nn -U --immediate-mode -s 128 -c 20000 \
		-w /tmp/trace.pcap 2>/tmp/trace.err
	CAPTURES+=($!)
	within 20 grep -qs listening /tmp/leak.err
	within 20 grep -qs listening /tmp/trace.err
}

# capture_anew [NS DEVICE]: what was seen before is forgotten
capture_anew() {
	sleep 0.2
	kill "${CAPTURES[@]}" 2>/dev/null || true
	wait "${CAPTURES[@]}" 2>/dev/null || true
	rm -f /tmp/leak.* /tmp/trace.*
	capture_start "$@"
}

leaked() { tcpdump -nn -r /tmp/leak.pcap 2>/dev/null; }

# capture_check [FILTER]: nothing leaked, but what FILTER allows
capture_check() {
	sleep 0.2
	cp /tmp/leak.pcap /tmp/trace.pcap "$OUT/"
	local bad
	bad=$(tcpdump -nn -r /tmp/leak.pcap ${1:+"not ($1)"} 2>/dev/null)
	[ -z "$bad" ] || fail "leaked: $(head -n 1 <<<"$bad")"
}
