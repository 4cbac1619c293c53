# SPDX-License-Identifier: GPL-2.0-or-later
# ssh to a real sshd, which speaks first, through every proxy
# once: yes
# timeout: 300
# shellcheck source=tests/vm/origin.sh
. "$VM/origin.sh"
start_target
start_sshd

login() {
	# shellcheck disable=SC2016
	expect_eq "$(proxied "${SSH[@]}" "root@$TARGET" \
		'echo ${SSH_CONNECTION%% *}')" "$EXIT" "peer that sshd saw"
	within 5 has_connects 1 || fail "not in the proxy's log"
}
each_proxy login
PROXIES='squid-digest tinyproxy-basic' FAMILIES=6 each_proxy login
PROXIES='danted-socks4 squid-basic' FAMILIES=4 each_proxy login
