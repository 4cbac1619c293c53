# SPDX-License-Identifier: GPL-2.0-or-later
# several servers: one that fails costs time, and no connect()
# once: yes
# timeout: 900
# capture: no
start_target
start_fakesocks 1090=silent 1091=silent2 1092=reply:1 1093=reply:5 1098=badpass
use_proxy microsocks 4

# servers ARGUMENT...: what connect() comes to
servers() {
	in_app "$MPROX_RUN" --attempt-timeout 0.5 "$@" -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $TARGET4 80
}
good="-x $PROXY_URL"
for bad in "-x socks5://$PROXY4:1089" "-x socks5://$PROXY4:1090" \
		"-x socks5://$PROXY4:1091" "-x socks5://$PROXY4:1092" \
		"-x socks5://u:p@$PROXY4:1098" "-x http://$PROXY4:1080" \
		"-x socks4://$PROXY4:1080"; do
	say "${bad#-x } stands before a good one"
	mark
	# shellcheck disable=SC2086
	expect_eq "$(servers $bad $good)" OK "$bad"
	was_proxied
done

say "what speaks of the destination is final"
# shellcheck disable=SC2086
expect_eq "$(servers -x socks5://$PROXY4:1093 $good)" ECONNREFUSED "reply 5"
say "when none is left, connect() has the last one's error"
expect_eq "$(servers -x socks5://$PROXY4:1089 -x socks5://$PROXY4:1092)" \
	EHOSTUNREACH "two bad ones"

filter_in proxy fire

say "an ICMP error about what we say in mid-handshake is not the program's"
start_fakesocks 1099=late:5
{
	within 20 grep -q '^1099 accept' "$OUT/fakesocks.log"
	in_proxy nft add rule inet fire in tcp dport 1099 reject
} &
mark
# shellcheck disable=SC2086
expect_eq "$(in_app "$MPROX_RUN" --no-pipeline --attempt-timeout 12 \
	-x "socks5://$PROXY4:1099" $good -- /usr/bin/python3 \
	"$VM/clients/connect.py" blocking $TARGET4 80)" OK "the next server"
was_proxied
wait $!
in_proxy nft flush chain inet fire in

say "as many servers as there may be: the last one is the good one"
# shellcheck disable=SC2046,SC2086
expect_eq "$(servers $(printf -- "-x socks5://$PROXY4:%d " {2001..2255}) $good)" \
	OK "255 bad ones before a good one"
was_proxied

say "strategies share the connections out"
start_microsocks 1094
start_microsocks 1095
three="$good -x socks5://$PROXY4:1094 -x socks5://$PROXY4:1095"
share() {
	local port
	rm -f "$OUT"/share
	# shellcheck disable=SC2086
	expect_eq "$(in_app "$MPROX_RUN" --strategy "$1" $three -- /usr/bin/python3 \
		"$VM/clients/many.py" $TARGET4 7 60 1)" 60 "$1"
	for port in 1080 1094 1095; do
		grep -c "connected to $TARGET4:7" "$OUT/microsocks-$port.log" || true
	done | tr '\n' ' '
	for port in 1080 1094 1095; do : >"$OUT/microsocks-$port.log"; done
}
expect_eq "$(share failover)" "60 0 0 " failover
expect_eq "$(share round-robin)" "20 20 20 " round-robin
expect_match "$(share random)" '^[1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $' random
expect_match "$(share hash-destination)" '^(60 0 0|0 60 0|0 0 60) $' hash-destination
expect_match "$(share least-latency)" '^[0-9]+ [0-9]+ [0-9]+ $' least-latency

say "500 connections under fire"
# shellcheck disable=SC2046
pids() { ip netns pids proxy | while read -r p; do
	[ "$(tr '\0' ' ' <"/proc/$p/cmdline" | grep -c "microsocks.* -p $1 ")" = 0 ] || echo "$p"
done; }
fire() {
	local port how
	while [ ! -e /tmp/cease ]; do
		port=$((1094 + RANDOM % 2))
		how=$((RANDOM % 4))
		case $how in
		0) # shellcheck disable=SC2046
		   kill -KILL $(pids $port) || true ;;
		1) # shellcheck disable=SC2046
		   kill -STOP $(pids $port) || true ;;
		2) in_proxy nft add rule inet fire in tcp dport $port drop ;;
		3) in_proxy nft add rule inet fire in tcp dport $port reject ;;
		esac
		sleep 1
		case $how in
		0) spawn proxy microsocks -i $PROXY4 -p $port 2>>"$OUT/microsocks-$port.log" ;;
		1) # shellcheck disable=SC2046
		   kill -CONT $(pids $port) || true ;;
		*) in_proxy nft flush chain inet fire in ;;
		esac
		sleep 0.3
	done
}
fire >"$OUT/fire" 2>&1 &
# shellcheck disable=SC2086
expect_eq "$(in_app "$MPROX_RUN" --strategy round-robin --attempt-timeout 1 $three -- \
	/usr/bin/python3 "$VM/clients/underfire.py" $TARGET4 7 500 8 \
	2>"$OUT/underfire")" "500 connected, 0 wrong" "under fire"
touch /tmp/cease
cat "$OUT/underfire"
# What nft rejects at the proxy comes back as an error, to us and from it.
capture_check "(icmp and src host $PROXY4 and dst host $APP4) or
	(host $PROXY4 and tcp portrange 2001-2255)"
