# SPDX-License-Identifier: GPL-2.0-or-later
# two users and the same servers: neither sees nor hinders the other
# once: yes
start_target
start_microsocks 1080 mutexuser secret
unload_module
load_module unprivileged=1
chmod 666 /dev/mprox

coproc USERS { in_app /usr/bin/python3 "$VM/clients/twousers.py" $PROXY4 $TARGET4; }
ask() {
	local got
	echo "$1" >&"${USERS[1]}"
	read -r -t 60 got <&"${USERS[0]}"
	expect_eq "$got" "$2" "$1: connections, failures, latency of each server"
}
# connects PORT: how many the server at PORT has made
connects() { grep -c 'connected to' "$OUT/microsocks-$1.log"; }

say "what one has done the other does not see, with the right password in hand"
ask "connect 1001" "0/1/0 1/0/1"
ask "see 1002" "0/0/0 0/0/0"
ask "see 1001" "0/0/0 0/0/0"

say "a server that has failed one of them has not failed the other"
start_microsocks 1094 mutexuser secret
ask "connect 1002" "1/0/1 0/0/0"
expect_eq "$(connects 1094)" 1 "connections by the server that has failed"

say "for the one that it has failed it stands behind the other one still"
ask "connect 1001" "0/0/0 1/0/1"
expect_eq "$(connects 1080)" 2 "connections by the one that has not"
eval "exec ${USERS[1]}>&-"
