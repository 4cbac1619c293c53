# SPDX-License-Identifier: GPL-2.0-or-later
# static programs, which no preload reaches: busybox wget and a Go client
# once: yes
start_target

fetch() {
	expect_eq "$(proxied /bin/busybox wget -q -O - "http://$HOST/peer")" \
		"$EXIT" "peer of busybox"
	expect_eq "$(proxied "$BUILD/vm/bin/fetch-go" "http://$HOST/peer")" \
		"$EXIT" "peer of Go"
	was_proxied 2
}
each_proxy fetch
