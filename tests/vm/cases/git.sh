# SPDX-License-Identifier: GPL-2.0-or-later
# git clone over http through every proxy
# timeout: 300
start_target
git init -q -b main /tmp/origin
head -c 200000 /dev/urandom >/tmp/origin/blob
git -C /tmp/origin add blob
git -C /tmp/origin -c user.name=t -c user.email=t@t commit -qm first
git clone -q --bare /tmp/origin $WEB/repo.git
git -C $WEB/repo.git update-server-info

clone() {
	rm -rf /tmp/clone
	proxied git clone -q "http://$HOST/repo.git" /tmp/clone
	cmp /tmp/clone/blob /tmp/origin/blob
	was_proxied
}
each_proxy clone
PROXIES='squid-digest tinyproxy-basic' FAMILIES=6 each_proxy clone
PROXIES='danted-socks4 squid-basic' FAMILIES=4 each_proxy clone
