# SPDX-License-Identifier: GPL-2.0-or-later
# firewalls and routes that ask for the owner: as for a client that speaks SOCKS itself
# once: yes
# timeout: 600
unload_module
open_target
load_module unprivileged=1
chmod 666 /dev/mprox
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/owner /sys/fs/cgroup/other
OWNER=1001 OTHER=1002

# as USER COMMAND...: in a cgroup of its own as well
as() {
	local uid=$1 group=other; shift
	[ "$uid" != $OWNER ] || group=owner
	# shellcheck disable=SC2016
	nsenter --net=/run/netns/app sh -c 'echo 0 >/sys/fs/cgroup/$1/cgroup.procs && shift &&
		exec setpriv --reuid "$0" --regid "$0" --clear-groups --no-new-privs "$@"' \
		"$uid" $group "$@"
}
# by_socks USER SECONDS, by_scope USER SECONDS
by_socks() { as "$1" curl -sS -m "$2" -x "$PROXY_URL" "http://$HOST/peer"; }
by_scope() {
	as "$1" "$MPROX_RUN" -x "$PROXY_URL" -- curl -sS -m "$2" "http://$HOST/peer"
}

# each_way WHAT: the owner gets through in either way, and the other one in neither
each_way() {
	local family
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		say "$1, IPv$family"
		expect_eq "$(by_socks $OWNER 60)" "$EXIT" "$1, IPv$family: the owner, SOCKS"
		mark
		expect_eq "$(by_scope $OWNER 60 || true)" "$EXIT" "$1, IPv$family: the owner"
		expect_eq "$(as $OWNER "$MPROX_RUN" -x "$PROXY_URL" -- /usr/bin/python3 \
			"$VM/clients/many.py" "$TARGET" 7 5)" 5 "$1, IPv$family: with payload"
		was_proxied 6
		mark
		expect_fails by_socks $OTHER 4
		expect_fails by_scope $OTHER 4
		expect_eq "$(peers)" "" "$1, IPv$family: what another one reached"
		expect_eq "$(proxy_connects)" 0 "$1, IPv$family: by the proxy"
		capture_check
	done
}

# only RULE: nothing else leaves, not even what belongs to a connection
only() {
	nsenter --net=/run/netns/app nft -f - <<-N
	table inet owner
	delete table inet owner
	table inet owner {
		chain out {
			type filter hook output priority 0; policy drop;
			oifname lo accept
			meta l4proto ipv6-icmp accept
			$1 accept
		}
	}
	N
}
for rule in "meta skuid $OWNER" "meta skgid $OWNER" 'socket cgroupv2 level 1 "owner"'; do
	only "$rule"
	each_way "$rule"
done

# A mark that the owner's packets get on their way, and rules that look at it
marking() {
	nsenter --net=/run/netns/app nft -f - <<-N
	table inet marks
	delete table inet marks
	table inet marks {
		chain out {
			type route hook output priority mangle;
			meta skuid $OWNER meta mark set 7
		}
	}
	N
}
marking
only 'meta mark 7'
each_way "a mark set by owner"
in_app nft delete table inet marks

say "a mark of the program's own"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/marked.py" 7 "$TARGET" 80 \
		$proxy 1080)" "$EXIT" "SOCKS, IPv$family"
	mark
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/marked.py" 7 "$TARGET" 80)" \
		"$EXIT" "IPv$family"
	was_proxied
done
in_app nft flush ruleset

# on_both ARGUMENT...: ip, for each version there is
on_both() {
	local family
	for family in $VERSIONS; do ip -n app "-$family" "$@"; done
}

say "routes: only the owner's leads to the proxy"
ip -n app route add default via $PROXY4 table 100
ip -n app route add 10.77.1.0/24 dev up0 table 100
[ -z "$IPV6" ] || {
	ip -n app -6 route add fd77:1::/64 dev up0 table 100
	ip -n app -6 route add default via $PROXY6 table 100
}
on_both rule add pref 100 uidrange $OWNER-$OWNER lookup 100
on_both rule add pref 200 iif lo uidrange 1-65535 prohibit
each_way "ip rule uidrange"
on_both rule del pref 100
on_both rule del pref 200

say "routes by a mark that the owner's packets get"
# Where all others are led, nobody is; the address is the uplink's all the same.
ip -n app link add dum0 type dummy
ip -n app link set dum0 up
ip -n app route add default dev dum0 src $APP4 table 200
[ -z "$IPV6" ] || ip -n app -6 route add default dev dum0 src $APP6 table 200
on_both rule add pref 100 fwmark 7 lookup 100
on_both rule add pref 200 lookup 200
marking
each_way "ip rule fwmark"
in_app nft flush ruleset

say "routes by a mark of the program's own"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/marked.py" 7 "$TARGET" 80 \
		$proxy 1080)" "$EXIT" "SOCKS, IPv$family"
	mark
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/marked.py" 7 "$TARGET" 80)" \
		"$EXIT" "IPv$family"
	was_proxied
done
