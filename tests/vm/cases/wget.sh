# SPDX-License-Identifier: GPL-2.0-or-later
# wget through every proxy
# once: yes
start_target

fetch() {
	expect_eq "$(proxied wget -nv -t 1 -O - "http://$HOST/peer")" "$EXIT" "peer"
	was_proxied
}
each_proxy fetch
