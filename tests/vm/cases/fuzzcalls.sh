# SPDX-License-Identifier: GPL-2.0-or-later
# calls in random order from several processes, and reloads of the module in between
# processors: 2
# timeout: 300
# capture: no
# shellcheck shell=bash
# For long: tests/vm/run --kernel 6.1-debug --timeout 1200 --set FUZZ_SECONDS=600 fuzzcalls
# FUZZ_SEED: what a log has said. FUZZ_CALLS: no more than so many each round.
seconds=${FUZZ_SECONDS:-20}
seed=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}
rounds=$((seconds / 30 + 2))	# of either kind

names_behind_proxy
start_target
start_names target $TARGET4 hidden.test $TARGET4 $TARGET6
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 \
	$TARGET6:7007 >/dev/null
start_proxy microsocks
start_proxy danted
start_proxy tinyproxy-basic
start_fakesocks 1095=silent 1096=rst0 1097=garbage 1098=late

# unload: as soon as nobody uses it, whatever connections are left
unload() {
	within 20 rmmod mutex_proxy 2>/dev/null || fail "cannot be unloaded: $(rmmod \
		mutex_proxy 2>&1; in_app cat /proc/mutex/stats)"
	[ "$(grep -c mprox /proc/slabinfo)" = 0 ] || fail "a slab was left behind"
}

# round MODE: while it runs the module is in use, and says so
refused=0
round() {
	local pid
	in_app nice "$BUILD/vm/bin/uapi_fuzz" "$1" $seed $((seconds / rounds / 2)) \
		"${FUZZ_CALLS:-10000000}" "${FUZZ_PROCESSES:-6}" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		if in_app grep -qsE '^contexts_enabled [1-9]' /proc/mutex/stats &&
		   ! rmmod mutex_proxy 2>/dev/null; then
			refused=$((refused + 1))
		fi
		[ -d /sys/module/mutex_proxy ] || load_module
		[ "$1" = tame ] || in_app conntrack -F 2>/dev/null || true
		sleep 0.2
	done
	wait $pid || fail "seed $seed, $1: see the log"
	seed=$((seed + 100))
	unload
	load_module
}

say "seed $seed, $rounds rounds of either kind in $seconds s"
for _ in $(seq "$rounds"); do round tame; done
say "nothing went past the proxies"
[ -z "$(awk -v a=$EXIT4 -v b=$EXIT6 '$2 != a && $2 != b' "$TARGET_LOG")" ] ||
	fail "the target saw somebody else: $(awk '{ print $2 }' "$TARGET_LOG" | sort | uniq -c)"
capture_check "$RELAY_FILTER"

for _ in $(seq "$rounds"); do round wild; done
say "rmmod was refused $refused times"
[ $refused -gt 0 ] || fail "the module was never in use when it was asked to go"
