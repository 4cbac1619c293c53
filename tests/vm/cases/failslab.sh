# SPDX-License-Identifier: GPL-2.0-or-later
# no memory, at each allocation of each call: refused or proxied, never direct
# kernel: *-debug
# timeout: 300
# capture: no
# shellcheck shell=bash
# FAILSLAB_VERBOSE=2: where each one was, in the kernel's log.
failslab=/sys/kernel/debug/failslab
[ -e /proc/self/fail-nth ] && [ -d $failslab ] ||
	skip "no /proc/self/fail-nth: run it with --kernel 6.1-debug"
bin=$BUILD/vm/bin

tell() { echo "$2" >"$failslab/$1"; }
tell verbose "${FAILSLAB_VERBOSE:-0}"
tell probability 0

names_behind_proxy
start_target
start_names target $TARGET4 hidden.test $TARGET4 $TARGET6
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/dev/null
start_proxy danted

say "the n-th allocation of the calling task, of each call"
tell ignore-gfp-wait 0
in_app "$bin/failnth" calls

# Of all that cannot wait for memory, whosever it is: the path of packets.
say "one allocation of those in softirq, in each round"
tell ignore-gfp-wait 1
tell task-filter N
tell probability 100
tell times 0
in_app "$bin/failnth" atomic "${FAILSLAB_ROUNDS:-20}"

# in_workers: the kernel's threads that do our work may fail, nobody else's.
in_workers() {
	local comm
	for comm in /proc/[0-9]*/comm; do
		[[ $(cat "$comm" 2>/dev/null) != kworker/u* ]] ||
			echo 1 >"${comm%comm}make-it-fail" 2>/dev/null || true
	done
}
say "one allocation of the workers, in each round"
tell times 0
in_workers
tell task-filter Y
tell ignore-gfp-wait 0
in_app "$bin/failnth" workers "${FAILSLAB_ROUNDS:-20}"
tell probability 0

say "nothing went past the proxy"
[ -z "$(awk -v a=$EXIT4 -v b=$EXIT6 '$2 != a && $2 != b' "$TARGET_LOG")" ] ||
	fail "the target saw somebody else: $(awk '{ print $2 }' "$TARGET_LOG" | sort | uniq -c)"
capture_check "$RELAY_FILTER"

say "insmod"
unload_module
# A cache that cannot be made says so with a trace of its own.
dmesg >"$OUT/dmesg-before"
expect_fails kernel_complaints "$OUT/dmesg-before"
dmesg -C
"$bin/failnth" module "$MODULE" "${FAILSLAB_INSMOD:-60}"
dmesg >"$OUT/dmesg-insmod"
sed '/kmem_cache_create(mprox.*failed/,/<\/TASK>/d' "$OUT/dmesg-insmod" >/tmp/dmesg
expect_fails kernel_complaints /tmp/dmesg
dmesg -C
