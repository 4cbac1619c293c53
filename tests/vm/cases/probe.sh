# SPDX-License-Identifier: GPL-2.0-or-later
# servers are probed before a connect() finds out; and asked more than once
# once: yes
start_target
start_microsocks 1080

say "one that is down is known to be, and one that is up again, too"
coproc PROBE { in_app /usr/bin/python3 "$VM/clients/probe.py" $TARGET4; }
ask() {
	local got
	echo "$1" >&"${PROBE[1]}"
	read -r -t 60 got <&"${PROBE[0]}"
	expect_eq "$got" "$2" "$1"
}
ask down down
ask connect connected
expect_eq "$(grep -c 'connected to' "$OUT/microsocks-1080.log")" 1 "connections"
# SYNs of our own would have told the program's connect() the same.
start_microsocks 1094
ask up up
ask connect connected
expect_eq "$(grep -c 'connected to' "$OUT/microsocks-1094.log")" 1 "connections"
eval "exec ${PROBE[1]}>&-"

say "tries: that often in a row, and then the next one"
filter_in proxy swallow tcp dport 1099 drop
expect_eq "$(in_app /usr/bin/python3 - <<P
import socket, sys
sys.path.insert(0, "$VM/clients")
import mprox
fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(port=1099, tries=3, attempt_ms=300), mprox.server(port=1080)]))
mprox.enable(fd)
with socket.create_connection(("$TARGET4", 7)) as sock:
    sock.sendall(b"hello")
    print(sock.recv(10).decode())
P
)" hello "the echo"
sleep 0.2
expect_eq "$(tcpdump -nn -r /tmp/trace.pcap 'dst port 1099 and tcp[13] = 2' 2>/dev/null |
	awk '{ print $3 }' | sort -u | wc -l)" 3 "ports that SYNs to the silent one came from"

say "servers that are silent: one probe of each at a time, all at once"
ip netns exec app /usr/bin/python3 - >/tmp/silent <<P &
import sys, time
sys.path.insert(0, "$VM/clients")
import mprox
fd = mprox.create(mprox.CLOEXEC)
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(port=1099, user=b"u%d" % n, password=b"p") for n in range(40)],
    probe_ms=1000))
mprox.enable(fd)
print("enabled", flush=True)
time.sleep(1000)
P
silent=$!
within 20 grep -q enabled /tmp/silent
probes() { in_app ss -Htn state syn-sent dport = :1099 | wc -l; }
all_are_probed() { [ "$(probes)" = 40 ]; }
within 5 all_are_probed || fail "$(probes) of 40 servers are probed"
# Two more rounds begin, and those of the first wait still.
sleep 2.5
expect_eq "$(probes)" 40 "probes of 40 servers after three rounds"

say "nobody waits for them when their context has ended"
kill $silent
none_is_probed() { [ "$(probes)" = 0 ]; }
within 2 none_is_probed || fail "$(probes) probes of nobody's"
unload_module || fail "the module cannot be unloaded"
load_module
