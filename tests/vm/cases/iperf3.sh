# SPDX-License-Identifier: GPL-2.0-or-later
# iperf3, 4 streams up and down for SECONDS_BULK (10) seconds, each proxy
# once: yes
# timeout: 900
spawn target iperf3 -s --forceflush >"$OUT/iperf3-server.log"
wait_port target $TARGET4 5201
TARGET_LOG=$OUT/iperf3-server.log
# iperf3 looks at its clock after ten blocks of each stream; its server does not wait
# for half a minute; a debug kernel's block is small.
block=$((SLOW > 1 ? 4 : 128))K

peers() {
	tail -n "+$((TARGET_MARK + 1))" "$TARGET_LOG" |
		sed -n 's/^Accepted connection from \([^,]*\),.*/\1/p' |
		sed 's/^::ffff://' | sort | uniq -c
}

stream() {
	local way
	for way in '' -R; do
		# shellcheck disable=SC2086
		proxied iperf3 -c "$TARGET" -P 4 -t "${SECONDS_BULK:-10}" -l $block \
			$way >"$OUT/client.log" || fail "iperf3: $(tail -n 1 "$OUT/client.log")"
		grep -E 'SUM.*(sender|receiver)' "$OUT/client.log"
	done
	was_proxied 2
	[ "$(proxy_connects)" -ge 10 ] || fail "fewer connections than streams"
}
each_proxy stream
