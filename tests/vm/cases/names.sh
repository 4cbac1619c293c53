# SPDX-License-Identifier: GPL-2.0-or-later
# clients that resolve names by themselves, and names that only the proxy knows
# once: yes
# timeout: 300
# shellcheck source=tests/vm/origin.sh
. "$VM/origin.sh"
names_behind_proxy
start_target
start_sshd
make_repository
use_proxy microsocks 4
BIN=$BUILD/vm/bin

# asked_for NAME [PORT]: the proxy was given the name, and had it resolved
asked_for() {
	local name=$1.hidden.test port=${2:-80}
	within 5 grep -qF "connected to $name:$port" "$PROXY_LOG" ||
		fail "the proxy was not asked for $name:$port"
	grep -qF "query[A] $name from 127.0.0.1" "$OUT/names-proxy.log" ||
		fail "nobody looked $name up behind the proxy"
}

# fetched NAME COMMAND...: the command gets the name's /peer
fetched() {
	local name=$1; shift
	say "$name: $1"
	expect_eq "$(proxied "$@" "http://$name.hidden.test/peer")" "$EXIT" "peer"
	asked_for "$name"
}
fetched curl curl -sS
fetched wget wget -nv -t 1 -O -
fetched go "$BIN/fetch-go"
fetched java java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$BIN" Fetch

say "node"
expect_eq "$(proxied /usr/bin/node "$VM/clients/names.js" lookup.hidden.test \
	cares.hidden.test)" "$EXIT"$'\n'"$EXIT" "peers of node"
asked_for lookup
asked_for cares

say "git"
for url in http://githttp.hidden.test/repo.git \
	"ssh://root@gitssh.hidden.test$WEB/repo.git"; do
	rm -rf /tmp/clone
	GIT_SSH_COMMAND="${SSH[*]}" proxied git clone -q "$url" /tmp/clone
	cmp /tmp/clone/blob /tmp/origin/blob
done
asked_for githttp
asked_for gitssh 22

say "ssh"
# shellcheck disable=SC2016
expect_eq "$(proxied "${SSH[@]}" root@ssh.hidden.test \
	'echo ${SSH_CONNECTION%% *}')" "$EXIT" "peer that sshd saw"
asked_for ssh 22

for mode in asyncio threads; do
	say "$mode"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/names.py" $mode \
		hidden.test 20)" 20 "$mode: addresses that led to the target"
	for n in {0..19}; do asked_for "$mode$n" 7; done
done

say "dig and getent"
for tool in 'dig +tries=1 +short' 'getent ahostsv4'; do
	# shellcheck disable=SC2086
	expect_match "$(proxied $tool only.hidden.test)" '^198\.1[89]\.' "$tool"
done
expect_fails grep -q only.hidden.test "$OUT/names-proxy.log"

# curl, wget, Go, Java, two of node, git and two times 20; sshd has its own log.
was_proxied 47
