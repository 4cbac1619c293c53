# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Firefox's picture of a page, for the case and the demo.

firefox_page() {
	cat >$WEB/page.html <<-P
	<!DOCTYPE html><title>MUTEX</title>
	<body style="background:#2e8b57;color:white;font:48px sans-serif">
	<h1>Through the proxy</h1>
	<script src="/peer.js"></script>
	<script>
		document.write("<p>seen as " + peer);
		document.write("<img src=/seen-as-" + peer + ">");
	</script>
	P
	export HOME=/tmp/ff
	mkdir -p $HOME
}

firefox_shoot() {
	local png=$OUT/page-$FAMILY.png
	rm -f "$png"
	proxied firefox-esr --headless --window-size=1024,640 --screenshot "$png" \
		"http://$HOST/page.html" >"$OUT/firefox-$FAMILY.log" 2>&1
	[ -s "$png" ] || fail "no picture"
	grep -qF "GET /seen-as-$EXIT" "$TARGET_LOG.requests" ||
		fail "the page's script did not run"
	was_proxied
}
