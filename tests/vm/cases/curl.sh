# SPDX-License-Identifier: GPL-2.0-or-later
# curl through every proxy, and what the target sees is the proxy
# processors: 2
# quick: yes
start_target

fetch() {
	expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "peer"
	expect_eq "$(proxied curl -sS "http://$HOST/hello")" \
		"the target says hello" "the page"
	was_proxied 2
}
THOROUGH=yes each_proxy fetch
