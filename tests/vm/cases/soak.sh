# SPDX-License-Identifier: GPL-2.0-or-later
# mixed clients, failing servers, new policies, fork storms, reloads: memory is flat
# alone: yes
# timeout: 1500
# capture: no
# shellcheck shell=bash disable=SC2034
# tests/vm/soak runs it for an hour. SOAK_FORKS: processes in all, in scope.
minutes=${SOAK_MINUTES:-5}
forks=${SOAK_FORKS:-20000}
until=$((SECONDS + minutes * 60))
# What may be left over of memory that is not ours, and comes and goes.
SLACK_KIB=6144

names_behind_proxy
start_target
start_names target $TARGET4 hidden.test $TARGET4 $TARGET6
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/dev/null
start_fakesocks 1095=silent 1096=rst0 1098=late
start_proxy tinyproxy-basic

cat >/tmp/soak.toml <<-T
proxy = ["socks5://$PROXY4:1082", "socks5://[$PROXY6]:1082", "socks5://$PROXY4:1096"]
strategy = "round-robin"
attempt_timeout = 2
udp = "proxy"
[[dns_rule]]
name = "*.asked.hidden.test"
mode = "proxy"
server = "$TARGET4"
T
soaked() { in_app "$MPROX_RUN" -q -p /tmp/soak.toml -- "$@"; }

# Servers that are killed when their time has come, and are there again.
serve() {
	pkill -KILL -x danted 2>/dev/null || true
	within 20 nobody_at 1082
	start_danted 1082
}
nobody_at() { ! listens proxy "$PROXY4:$1" "$1"; }

# Their results do not count: their servers die.
clients=()
start() {
	{ "$@" || true; } >/dev/null 2>&1 &
	clients+=($!)
}

storm() {
	start soaked /usr/bin/python3 "$VM/clients/many.py" $TARGET4 7 150 20
	start soaked /usr/bin/python3 "$VM/clients/many.py" $TARGET6 7 50 10
	start soaked "$BUILD/vm/bin/dnsload" 9.9.9.9 hidden.test 1000 10 200
	start soaked "$BUILD/vm/bin/dnsload" 9.9.9.9 asked.hidden.test 300 5 100 forgets
	start soaked /usr/bin/python3 "$VM/clients/udpload.py" $TARGET4 7007 10 20
	# Nothing but contexts, policies and members that come and go.
	start in_app "$BUILD/vm/bin/uapi_fuzz" tame $RANDOM 12 1000000 3
	sleep 4
	serve
	sleep 4
	serve
}

clients_are_gone() {
	local pid
	for pid in "${clients[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

end_storm() {
	within 60 clients_are_gone ||
		pkill -KILL -f 'many.py|dnsload|udpload.py|uapi_fuzz' || true
	within 20 clients_are_gone || fail "lap $lap: a client does not end"
	clients=()
}

# fork_storm COUNT: short-lived processes, each a member, some with a connection
fork_storm() {
	# shellcheck disable=SC2016
	soaked bash -c 'for ((i = 0; i < $1; i++)); do
			if ((i % 50)); then (:); else
				: 2>/dev/null </dev/tcp/$2/7 || true
			fi
		done' - "$1" $TARGET4 2>/dev/null
}

# All of these have to succeed.
calm() {
	local n
	expect_eq "$(soaked curl -sS http://$TARGET4/peer)" $EXIT4 "curl"
	expect_eq "$(soaked curl -sS "http://[$TARGET6]/peer")" $EXIT6 "curl, IPv6"
	expect_eq "$(soaked curl -sS http://www.hidden.test/peer)" $EXIT4 "curl, by name"
	n=$(soaked /usr/bin/python3 "$VM/clients/many.py" $TARGET4 7 50 10)
	expect_eq "$n" 50 "connections"
	expect_match "$(soaked "$BUILD/vm/bin/dnsload" 9.9.9.9 hidden.test 200 5 50)" \
		'^200 answers' "queries"
	expect_eq "$(soaked /usr/bin/python3 "$VM/clients/udp.py" echo $TARGET4 7007)" \
		OK "a datagram"
}

nothing_tracked() {
	in_app conntrack -F >/dev/null 2>&1 || true
	[ "$(in_app cat /proc/sys/net/netfilter/nf_conntrack_count)" = 0 ]
}

reload() {
	within 60 rmmod mutex_proxy 2>/dev/null || fail "lap $lap: rmmod"
	[ "$(grep -c mprox /proc/slabinfo)" = 0 ] || fail "lap $lap: slabs are left"
	within 60 nothing_tracked || fail "lap $lap: conntrack entries are left"
}

kib() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }

# Without the module: KiB in kmalloc slabs, in all slabs that cannot be given
# back, of memory in use but for files, and processes.
measure() {
	local it
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for it in /sys/kernel/slab/*/shrink; do echo 1 >"$it" 2>/dev/null || true; done
	kmalloc=$(awk '/^kmalloc-/ { sum += $2 * $4 } END { printf "%d", sum / 1024 }' \
		/proc/slabinfo)
	slabs=$(kib SUnreclaim)
	# Files in memory are the rig's own logs.
	used=$(($(kib MemTotal) - $(kib MemAvailable) - $(kib Shmem)))
	echo "lap $lap, $SECONDS s: kmalloc $kmalloc slabs $slabs used $used" \
		"processes $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)" |
		tee -a "$OUT/measured"
}

one_lap() {
	local share=$((forks < 2000 ? forks : 2000))
	storm
	fork_storm "$share"
	forks=$((forks - share))
	end_storm
	calm
	reload
	measure
	load_module
}

start_danted 1082
lap=0
one_lap
first=("$kmalloc" "$slabs" "$used")
while [ $SECONDS -lt $until ] || [ "$forks" -gt 0 ]; do
	lap=$((lap + 1))
	one_lap
done

# The first lap has filled what is kept by others.
grown() { [ $(($1 - $2)) -gt $SLACK_KIB ] && fail "$3 have grown from $2 to $1 KiB"; true; }
grown "$kmalloc" "${first[0]}" "kmalloc's slabs"
grown "$slabs" "${first[1]}" "slabs"
grown "$used" "$((first[2] + 4 * SLACK_KIB))" "pages in use"

say "nothing went past the proxies"
[ -z "$(awk -v a=$EXIT4 -v b=$EXIT6 '$2 != a && $2 != b' "$TARGET_LOG")" ] ||
	fail "the target saw somebody else"
capture_check "$RELAY_FILTER"
