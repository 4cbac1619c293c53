# SPDX-License-Identifier: GPL-2.0-or-later
# no memory, at each allocation of each call: refused or proxied, never direct
# debug: yes
# kernel: *-debug
# timeout: 300
# capture: no
# shellcheck shell=bash
# FAILSLAB_PARTS: some of "calls atomic workers insmod"
# FAILSLAB_VERBOSE=2: where each one was, in the kernel's log.
failslab=/sys/kernel/debug/failslab
if [ ! -e /proc/self/fail-nth ] || [ ! -d $failslab ]; then
	skip "no /proc/self/fail-nth: run it with --kernel 6.1-debug"
fi
bin=$BUILD/vm/bin
rounds=${FAILSLAB_ROUNDS:-20}

# in_app, but with the debugfs that "ip netns exec" hides
failing() { nsenter --net=/run/netns/app "$bin/failnth" "$@"; }

tell() { echo "$2" >"$failslab/$1"; }

# judge PART: nothing but what the kernel says with a trace where there is no
# memory: of a sysctl's directory (ROUTE), of a cache and of a trampoline (insmod); and
# what kmemleak says of itself
judge() {
	tell probability 0
	dmesg >"$OUT/dmesg-$1"
	dmesg -C
	sed -E '/^.*(sysctl could not get directory|kmem_cache_create\(mprox|failnth: vmalloc error)/,/<\/TASK>/d; /kmemleak: Cannot allocate/d' \
		"$OUT/dmesg-$1" >/tmp/dmesg
	! kernel_complaints /tmp/dmesg || fail "$1: the kernel complains"
}

# in_workers: the kernel's threads that do our work may fail, nobody else's
in_workers() {
	local comm
	for comm in /proc/[0-9]*/comm; do
		[[ $(cat "$comm" 2>/dev/null) != kworker/u* ]] ||
			echo 1 >"${comm%comm}make-it-fail" 2>/dev/null || true
	done
}

say_calls="the n-th allocation of the calling task, of each call"
calls() {
	tell ignore-gfp-wait 0
	failing calls
}

# Of all that cannot wait for memory, whosever it is: the path of packets.
say_atomic="one allocation of those in softirq, in each round"
atomic() {
	tell ignore-gfp-wait 1
	tell task-filter 0
	tell times 0
	tell probability 100
	failing atomic "$rounds"
}

say_workers="one allocation of the workers, in each round"
workers() {
	in_workers
	tell task-filter 1
	tell ignore-gfp-wait 0
	tell times 0
	tell probability 100
	failing workers "$rounds"
}

say_insmod="the last allocations of insmod"
insmod_fails() {
	unload_module
	tell ignore-gfp-wait 0
	tell task-filter 0
	failing module "$MODULE" "${FAILSLAB_INSMOD:-60}"
}

part() {
	local what=say_$1
	[[ " ${FAILSLAB_PARTS:-calls atomic workers insmod} " == *" $1 "* ]] ||
		return 0
	say "${!what}"
	"${2:-$1}"
	judge "$1"
}

tell verbose "${FAILSLAB_VERBOSE:-0}"
tell probability 0
names_behind_proxy
start_target
start_names target $TARGET4 hidden.test $TARGET4 $TARGET6
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/dev/null
start_proxy danted

part calls
part atomic
part workers
say "nothing went past the proxy"
[ -z "$(awk -v a=$EXIT4 -v b=$EXIT6 '$2 != a && $2 != b' "$TARGET_LOG")" ] ||
	fail "the target saw somebody else: $(awk '{ print $2 }' "$TARGET_LOG" | sort | uniq -c)"
# The server that nobody is at has a port that is not among the others'.
capture_check "$RELAY_FILTER or (tcp and host $PROXY6)"
part insmod insmod_fails
