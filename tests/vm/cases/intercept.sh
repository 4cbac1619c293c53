# SPDX-License-Identifier: GPL-2.0-or-later
# who else traces connect(), and a module that comes and goes under connections
# once: yes
# timeout: 900
# An emulated processor may run for ever into a breakpoint by which another one patches
# code (see keep_hooks in tests/vm/guest), and all of this patches what is being called.
CPU1=/sys/devices/system/cpu/cpu1/online
if [ -e $CPU1 ]; then
	trap 'echo 1 >$CPU1' EXIT
	echo 0 >$CPU1
fi
open_target
TRACING=/sys/kernel/tracing
mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
use_proxy microsocks 4

# connects WHAT: a connection in scope and one of a stranger, of each version
connects() {
	local family proxy
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		proxy=$PROXY4
		[ "$family" = 4 ] || proxy=$PROXY6
		expect_eq "$(in_app curl -sS -x "$PROXY_URL" "http://$HOST/peer")" "$EXIT" \
			"$1: a stranger's, IPv$family"
		mark
		[ -d /sys/module/mutex_proxy ] || continue
		expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "$1, IPv$family"
		was_proxied
	done
}
# named: whom getpeername() of a connection in scope names
named() {
	proxied /usr/bin/python3 -c 'import socket, sys
print(socket.create_connection((sys.argv[1], 7)).getpeername()[0])' "$TARGET"
}

say "what the module needs, and what it does not"
expect_fails grep -E 'nf_(conntrack|nat)' <<<"$(modinfo -F depends "$MODULE")"
modprobe nf_conntrack
rm -f /tmp/progress /tmp/stop
proxied /usr/bin/python3 "$VM/clients/steady.py" $TARGET4 7 /tmp/progress /tmp/stop \
	>/tmp/steady &
steady=$!
progressed() { [ -e /tmp/progress ] && [ "$(cut -d ' ' -f 1 /tmp/progress)" -gt "$1" ]; }
within 30 progressed 3
[ ! -e /sys/module/nf_conntrack/holders/mutex_proxy ] || fail "it holds nf_conntrack"
expect_eq "$(in_app cat /proc/sys/net/netfilter/nf_conntrack_count)" 0 \
	"entries in the app's namespace"
expect_eq "$(in_app conntrack -L 2>/dev/null)" "" "entries that can be listed"
touch /tmp/stop
wait $steady || fail "the transfer"

say "ftrace cannot be switched off below it"
expect_fails sysctl -qw kernel.ftrace_enabled=0
expect_eq "$(sysctl -n kernel.ftrace_enabled)" 1 "kernel.ftrace_enabled"
connects "after that"
unload_module
sysctl -qw kernel.ftrace_enabled=0
said=$(dmesg | wc -l)
if insmod "$MODULE"; then
	sysctl -qw kernel.ftrace_enabled=1
	fail "loaded without ftrace"
fi
dmesg | tail -n "+$((said + 1))" >/tmp/said
sysctl -qw kernel.ftrace_enabled=1
cat /tmp/said
grep 'mutex_proxy: .*ftrace' /tmp/said || fail "the log does not say why"
load_module
connects "when it is back"

# Probes of others, before and after us. What is attached counts; "hits" is how often.
FUNCTIONS='tcp_v4_connect tcp_v6_connect inet_getname inet6_getname'
[ -n "$IPV6" ] || FUNCTIONS='tcp_v4_connect inet_getname'
attach_kprobe() {
	local it
	for it in $FUNCTIONS; do
		echo "p:theirs/p_$it $it" >>$TRACING/kprobe_events
		echo "r:theirs/r_$it $it" >>$TRACING/kprobe_events
	done
	echo 1 >$TRACING/events/theirs/enable
}
detach_kprobe() {
	HITS=$(awk '/_tcp_v4_connect/ && $2 > 0 { n++ } END { print n + 0 }' \
		$TRACING/kprobe_profile)
	echo 0 >$TRACING/events/theirs/enable
	echo >$TRACING/kprobe_events
	expect_eq "$HITS" 2 "kprobe and kretprobe of tcp_v4_connect that were hit"
}
attach_bpf() {
	local it program=''
	for it in $FUNCTIONS; do
		case $1 in
		bpf-entry) program+="kfunc:$it { @n_$it++; } kretfunc:$it { @r_$it++; } " ;;
		bpf-probe) program+="kprobe:$it { @n_$it++; } kretprobe:$it { @r_$it++; } " ;;
		esac
	done
	rm -f "$OUT/bpf.err"
	# It says so when all of them are there, which "BEGIN" does not wait for.
	__BPFTRACE_NOTIFY_PROBES_ATTACHED=1 bpftrace -e "$program" >/tmp/bpf \
		2>"$OUT/bpf.err" &
	BPF=$!
	within 120 grep -qs PROBES_ATTACHED "$OUT/bpf.err" ||
		fail "$1: bpftrace: $(tail -n 1 "$OUT/bpf.err")"
}
detach_bpf() {
	kill -INT $BPF
	wait $BPF || fail "bpftrace"
	cat /tmp/bpf
	for it in n r; do
		expect_match "$(grep "@${it}_tcp_v4_connect:" /tmp/bpf)" ': [1-9]' \
			"how often it was hit"
	done
}
attach() { case $1 in kprobe) attach_kprobe ;; *) attach_bpf "$1" ;; esac; }
detach() { case $1 in kprobe) detach_kprobe ;; *) detach_bpf ;; esac; }

KINDS=kprobe
if [ -e /sys/kernel/btf/vmlinux ] && command -v bpftrace >/dev/null; then
	[ -z "${THOROUGH-}" ] || KINDS='kprobe bpf-entry bpf-probe'
fi
for kind in $KINDS; do
	say "$kind: after us, gone before us"
	attach $kind
	connects "$kind after us"
	expect_eq "$(named)" "$TARGET" "getpeername()"
	detach $kind
	connects "$kind, which is gone"
	say "$kind: after us, we go first; then before us, we go first"
	attach $kind
	connects "$kind after us"
	unload_module
	connects "$kind without us"
	load_module
	connects "$kind before us"
	expect_eq "$(named)" "$TARGET" "getpeername()"
	unload_module
	connects "$kind without us again"
	load_module
	say "$kind: before us, gone before us"
	connects "$kind before us"
	detach $kind
	connects "$kind, which is gone"
done

say "function_graph"
echo 'tcp_*' >$TRACING/set_ftrace_filter
for it in 'inet_*' 'inet6_*' 'ip_*' '*:mod:mutex_proxy'; do
	echo "$it" >>$TRACING/set_ftrace_filter
done
for order in after before; do
	[ $order = after ] || unload_module
	echo function_graph >$TRACING/current_tracer
	[ $order = after ] || load_module
	connects "function_graph $order us"
	expect_eq "$(named)" "$TARGET" "getpeername()"
	grep -q tcp_v4_connect $TRACING/trace || fail "nothing was traced"
	[ $order = after ] || { unload_module; load_module; }
	connects "function_graph, and we went and came"
	echo nop >$TRACING/current_tracer
	connects "function_graph, which is gone"
done
echo >$TRACING/set_ftrace_filter

say "tracepoints"
names='mprox_attempt mprox_aimed mprox_end mprox_refused'
for it in $names; do
	[ -e $TRACING/events/mprox/$it/enable ] || fail "no tracepoint mprox:$it"
done
echo >$TRACING/trace
echo 1 >$TRACING/events/mprox/enable
use_proxy microsocks 4
# Through the second one, by an attempt at the first; and what a rule forbids.
expect_eq "$(in_app "$MPROX_RUN" -x socks5://$PROXY4:1089 -x "$PROXY_URL" -- \
	curl -sS http://$HOST/peer)" "$EXIT" "the second server"
printf '%s\n' "proxy = \"$PROXY_URL\"" '[[rule]]' "to = \"$TARGET\"" \
	'verdict = "block"' >/tmp/rule.toml
expect_eq "$(in_app "$MPROX_RUN" -p /tmp/rule.toml -- /usr/bin/python3 \
	"$VM/clients/connect.py" all $TARGET 80)" ECONNREFUSED "a rule"
echo 0 >$TRACING/events/mprox/enable
cp $TRACING/trace "$OUT/trace"
for it in $names; do
	grep -q " $it: " "$OUT/trace" || fail "mprox:$it did not fire"
done

say "a transfer over rmmod and insmod: the name is the destination's, then the proxy's"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	rm -f /tmp/progress /tmp/stop
	spawn app /usr/bin/python3 "$VM/clients/steady.py" "$TARGET" 7 /tmp/progress \
		/tmp/stop $proxy 1080 >/tmp/steady
	steady=$!
	within 30 progressed 3
	expect_eq "$(cut -d ' ' -f 2 /tmp/progress)" "$TARGET" "getpeername()"
	for it in 1 2; do
		unload_module
		now=$(cut -d ' ' -f 1 /tmp/progress)
		within 30 progressed $((now + 5)) || fail "the transfer has stopped"
		expect_eq "$(cut -d ' ' -f 2 /tmp/progress)" $proxy "getpeername() after rmmod"
		load_module
		now=$(cut -d ' ' -f 1 /tmp/progress)
		within 30 progressed $((now + 5)) || fail "the transfer has stopped"
	done
	touch /tmp/stop
	wait $steady || fail "the transfer"
	expect_match "$(cat /tmp/steady)" '^[0-9]+ good$' "the transfer"
	was_proxied
done

say "a storm of connects of strangers, while it comes and goes"
rm -f /tmp/stop
spawn app /usr/bin/python3 "$VM/servers/target.py" $WEB "$OUT/own.log" 2>"$OUT/own.err"
wait_port app $APP4 80
storms=()
for to in 127.0.0.1 ${IPV6:+::1}; do
	spawn app /usr/bin/python3 "$VM/clients/storm.py" $to 7 /tmp/stop \
		>>/tmp/storms 2>>"$OUT/storms.err"
	storms+=($!)
done
ROUNDS=10
[ -z "${THOROUGH-}" ] || ROUNDS=50
for ((i = 0; i < ROUNDS; i++)); do
	unload_module || fail "rmmod, round $i"
	load_module
done
touch /tmp/stop
for it in "${storms[@]}"; do wait "$it" || fail "a storm"; done
cat /tmp/storms
expect_fails grep -vE '^[1-9][0-9]* good, 0 bad$' /tmp/storms

say "and in scope: who has gone in the midst of a connect() holds nothing"
for ((i = 0; i < ROUNDS / 2; i++)); do
	family=4
	[ -z "$IPV6" ] || family=$((4 + i % 2 * 2))
	use_proxy microsocks $family
	rm -f /tmp/stop
	proxied timeout -s KILL 2 /usr/bin/python3 "$VM/clients/storm.py" "$TARGET" 7 \
		/tmp/stop >/dev/null 2>>"$OUT/storms.err" || true
	within 20 rmmod mutex_proxy || fail "rmmod, round $i"
	load_module
done
connects "after all of it"
