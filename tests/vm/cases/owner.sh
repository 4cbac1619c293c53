# SPDX-License-Identifier: GPL-2.0-or-later
# what the kernel connects for a context leaves as its creator's: user and cgroup
# once: yes
# capture: no
start_target
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/dev/null
use_proxy danted 4
start_names proxy $PROXY4 test 192.0.2.7

unload_module
load_module unprivileged=1
chmod 666 /dev/mprox
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/owner

# The rules see a SYN, and each datagram; a segment of our handshake has no owner,
# but it has a connection.
only() {
	nsenter --net=/run/netns/app nft -f - <<-N
	table inet owner
	delete table inet owner
	table inet owner {
		counter strangers { }
		chain out {
			type filter hook output priority 0
			oifname lo accept
			meta l4proto != { tcp, udp } accept
			ct state established accept
			$1 accept
			counter name strangers drop
		}
	}
	N
}
strangers() { in_app nft list counter inet owner strangers | grep -o 'packets [0-9]*'; }

# as UID COMMAND...: in the cgroup as well
as() {
	# shellcheck disable=SC2016
	nsenter --net=/run/netns/app sh -c 'echo 0 >/sys/fs/cgroup/owner/cgroup.procs &&
		exec setpriv --reuid "$0" --regid "$0" --clear-groups --no-new-privs "$@"' "$@"
}
all="probes 0 1
resolver 192.0.2.7
forward 192.0.2.7
association hello"
for rule in 'meta skuid 1001' 'socket cgroupv2 level 1 "owner"'; do
	say "only $rule may send"
	only "$rule"
	expect_eq "$(as 1001 /usr/bin/python3 "$VM/clients/owner.py" $PROXY4 $PROXY_PORT \
	$TARGET4)" \
		"$all" "what came of it"
	expect_eq "$(strangers)" "packets 0" "what others sent"
done

say "who may not send has nothing sent for him"
only 'meta skuid 0'
expect_eq "$(as 1001 /usr/bin/python3 "$VM/clients/owner.py" $PROXY4 $PROXY_PORT $TARGET4 |
	grep -cE " (192.0.2.7|hello)\$" || true)" 0 "what came of it"
