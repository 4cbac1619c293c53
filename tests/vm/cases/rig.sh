# SPDX-License-Identifier: GPL-2.0-or-later
# The rig itself: only a proxy reaches the target, and the capture sees leaks
# once: yes
# module: no
# capture: no
start_target

say "a client that speaks SOCKS5 itself, through every proxy"
explicit() {
	local cred=()
	[[ $PROXY_URL != *@* ]] || cred=(--proxy-user "$PROXY_USER:$PROXY_PASS")
	# curl wants the user's name apart: its password has a colon.
	[[ $PROXY_URL != *@* ]] || PROXY_URL=socks5://${PROXY_URL#*@}
	expect_eq "$(in_app curl -sS "${cred[@]}" -x "$PROXY_URL" "http://$HOST/peer")" \
		"$EXIT" "the target's view of its peer"
	was_proxied
}
each_proxy explicit
capture_check

say "direct access fails, and the capture sees the attempt"
expect_fails in_app curl -sS -m 1 http://$TARGET4/
expect_fails in_app curl -sS -m 1 "http://[$TARGET6]/"
sleep 0.2
expect_match "$(leaked)" "$TARGET4.80" "the capture"
expect_match "$(leaked)" "$TARGET6.80" "the capture"

say "what a proxy refuses"
PROXY_URL=socks5://$PROXY4:1080
expect_fails in_app curl -sS -x $PROXY_URL http://$NOWHERE4/
expect_fails in_app curl -sS -x $PROXY_URL http://$TARGET4:9/
