# SPDX-License-Identifier: GPL-2.0-or-later
# Firefox takes a picture of a page that only the proxy can reach
# timeout: 420
start_target
cat >$WEB/page.html <<-P
	<!DOCTYPE html><title>MUTEX</title>
	<body style="background:#2e8b57;color:white;font:48px sans-serif">
	<h1>Through the proxy</h1><p id=p>no script ran</p>
	<script>fetch("/peer").then(r => r.text()).then(t => {
		document.getElementById("p").textContent = "seen as " + t;
		new Image().src = "/seen-as-" + t.trim();
	})</script>
P
export HOME=/tmp/ff MOZ_HEADLESS_WIDTH=1024 MOZ_HEADLESS_HEIGHT=640
mkdir -p $HOME

shoot() {
	rm -f "$OUT/page-$FAMILY.png"
	proxied firefox-esr --headless --screenshot "$OUT/page-$FAMILY.png" \
		"http://$HOST/page.html" >"$OUT/firefox-$FAMILY.log" 2>&1
	[ -s "$OUT/page-$FAMILY.png" ] || fail "no picture"
	grep -qF "GET /seen-as-$EXIT" "$TARGET_LOG.requests" ||
		fail "the page's script did not run"
	was_proxied
	say "$OUT/page-$FAMILY.png"
}
PROXIES=microsocks FAMILIES=4 each_proxy shoot
PROXIES=danted-password FAMILIES=6 each_proxy shoot
