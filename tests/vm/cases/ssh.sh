# SPDX-License-Identifier: GPL-2.0-or-later
# ssh to a real sshd, which speaks first, through every proxy
# timeout: 300
start_target
ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key
ssh-keygen -q -t ed25519 -N '' -f /tmp/user_key
cat >/tmp/sshd_config <<-C
	HostKey /tmp/host_key
	AuthorizedKeysFile /tmp/user_key.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	UseDNS no
	PidFile none
C
spawn target /usr/sbin/sshd -D -f /tmp/sshd_config -E "$OUT/sshd.log"
wait_port target $TARGET4 22

login() {
	# shellcheck disable=SC2016
	expect_eq "$(proxied ssh -F none -i /tmp/user_key -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR "root@$TARGET" \
		'echo ${SSH_CONNECTION%% *}')" "$EXIT" "peer that sshd saw"
	within 5 has_connects 1 || fail "not in the proxy's log"
}
each_proxy login
PROXIES='squid-digest tinyproxy-basic' FAMILIES=6 each_proxy login
PROXIES='danted-socks4 squid-basic' FAMILIES=4 each_proxy login
