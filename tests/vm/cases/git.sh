# SPDX-License-Identifier: GPL-2.0-or-later
# git clone over http through every proxy
# once: yes
# timeout: 300
# shellcheck source=tests/vm/origin.sh
. "$VM/origin.sh"
start_target
make_repository

clone() {
	rm -rf /tmp/clone
	proxied git clone -q "http://$HOST/repo.git" /tmp/clone
	cmp /tmp/clone/blob /tmp/origin/blob
	was_proxied
}
each_proxy clone
PROXIES='squid-digest tinyproxy-basic' FAMILIES=6 each_proxy clone
PROXIES='danted-socks4 squid-basic' FAMILIES=4 each_proxy clone
