# SPDX-License-Identifier: GPL-2.0-or-later
# a server of the other IP version, when those of the connection's own have failed
# once: yes
# debug: yes
# capture: no
names_behind_proxy
start_target
echo 'fail_timeout = 60' >/tmp/patient.toml
port=1100
# Seconds that a server has to answer in, however slow the machine is.
patience=0.5
[ "${SLOW:-1}" = 1 ] || patience=10

# through SERVER... -- COMMAND...
through() {
	local servers=()
	while [ "$1" != -- ]; do servers+=(-x "socks5://$1"); shift; done
	shift
	in_app "$MPROX_RUN" -p /tmp/patient.toml --attempt-timeout $patience \
		"${servers[@]}" -- "$@"
}
connects() {
	local to=$1; shift
	through "$@" -- /usr/bin/python3 "$VM/clients/connect.py" all $to 80
}

# A port that no server has had, so that nothing is known of it.
new_port() { port=$((port + 1)); }

# The address of the program's target, its own family's proxy, and the other's.
families() {
	if [ "$1" = 4 ]; then FAR=$TARGET4 HOST=$TARGET4 EXIT=$EXIT4 OWN=$PROXY4 OTHER=[$PROXY6]
	else FAR=$TARGET6 HOST=[$TARGET6] EXIT=$EXIT6 OWN=[$PROXY6] OTHER=$PROXY4; fi
}

start_microsocks 1080
start_danted 1082
for family in 4 6; do
	families $family
	say "IPv$family: nobody at the port of the first one"
	new_port
	expect_eq "$(connects $FAR $OWN:$port $OTHER:1080)" OK "connect"
	say "and what speaks of the destination is final"
	new_port
	expect_eq "$(through $OWN:$port $OTHER:1082 -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $FAR 9)" ECONNREFUSED "a closed port"

	say "several of them, and the whole of a page"
	new_port
	expect_eq "$(through $OWN:$port $OWN:$((port + 1)) $OTHER:$((port + 2)) $OTHER:1080 -- \
		curl -sS http://$HOST/peer)" $EXIT "peer"
	port=$((port + 2))

	say "nobody answers there"
	new_port
	filter_in proxy deaf tcp dport $port drop
	expect_eq "$(connects $FAR $OWN:$port $OTHER:1080)" OK "connect"
	in_proxy nft delete table inet deaf

	say "and back, when it has come up and the other one is gone"
	new_port
	expect_eq "$(connects $FAR $OWN:$port $OTHER:1080)" OK "down"
	at=${OWN//[\[\]]/}
	spawn proxy microsocks -i $at -p $port 2>"$OUT/microsocks-$port.log"
	wait_port proxy $at $port
	expect_eq "$(through $OWN:$port $OTHER:$((port + 1)) -- \
		curl -sS http://$HOST/peer)" $EXIT "up"
	grep -q "connected to $FAR:80" "$OUT/microsocks-$port.log" ||
		fail "not through the one that has come up"
	port=$((port + 1))

	say "nobody anywhere"
	new_port
	expect_eq "$(connects $FAR $OWN:$port $OTHER:$port)" EHOSTUNREACH "connect"

	say "many at once, while some programs give up"
	new_port
	through $OWN:$port $OTHER:1080 -- timeout -s KILL $((2 * ${SLOW:-1})) /usr/bin/python3 \
		"$VM/clients/many.py" $FAR 7 4000 50 >"$OUT/killed" 2>&1 || true
	new_port
	expect_eq "$(through $OWN:$port $OTHER:1080 -- /usr/bin/python3 \
		"$VM/clients/many.py" $FAR 7 300 50 2>"$OUT/many")" 300 "short ones"
done

say "a relay for datagrams"
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/dev/null
echoes() { ip netns exec target ss -Hlun "sport = :7007" | grep -q .; }
within 60 echoes || fail "nobody echoes datagrams"
new_port
expect_eq "$(in_app "$MPROX_RUN" --udp proxy -x "socks5://[$PROXY6]:$port" \
	-x "socks5://$PROXY4:1082" -- /usr/bin/python3 "$VM/clients/udp.py" echo \
	$TARGET4 7007)" OK "a datagram"

say "no route to the first one"
ip -n app -6 route del default
expect_eq "$(connects $TARGET6 [$NOWHERE6]:1080 $PROXY4:1080)" OK "connect"
expect_eq "$(connects $TARGET6 [$NOWHERE6]:1080 [$NOWHERE6]:1081)" EHOSTUNREACH \
	"none to any"
ip -n app -6 route add default via $PROXY6

say "a destination that is a name"
for family in 4 6; do
	families $family
	new_port
	expect_eq "$(through $OWN:$port $OTHER:1080 -- \
		curl -sS http://somebody.hidden.test/hello)" \
		"the target says hello" "the page"
done

say "a module that goes in the midst of it"
new_port
through $OWN:$port $OTHER:1080 -- /usr/bin/python3 "$VM/clients/many.py" $FAR 7 4000 50 \
	>"$OUT/killed" 2>&1 &
sleep $((1 * ${SLOW:-1}))
pkill -KILL -f clients/many.py || true
within 20 rmmod mutex_proxy || fail "rmmod"
load_module
capture_check "host $PROXY4 or host $PROXY6"
