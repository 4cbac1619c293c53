# SPDX-License-Identifier: GPL-2.0-or-later
# Firefox and Chromium load a page from ten names that only the proxy knows
# once: yes
# timeout: 420
# shellcheck source=tests/vm/chromium.sh
. "$VM/chromium.sh"
names_behind_proxy
start_target
use_proxy microsocks 4

# page_of BROWSER: 50 pictures from 10 names, none in any cache
page_of() {
	local i
	mkdir -p "$WEB/$1"
	{
		echo "<!DOCTYPE html><title>Ten names</title><body>"
		for i in {0..49}; do
			echo "<img src=http://$1$((i % 10)).hidden.test/$1/$i.svg>"
		done
		echo "<script>onload = () => document.title = 'good: ' +
			[...document.images].filter(i => i.naturalWidth).length
			</script>"
	} >"$WEB/$1/page.html"
	for i in {0..49}; do
		echo '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' \
			>"$WEB/$1/$i.svg"
	done
}

# loaded BROWSER: all of it, by name, from the proxy's address
loaded() {
	local n got
	got=$(sort -u "$TARGET_LOG.requests" |
		grep -cE "^GET /$1/([0-9]+\.svg|page\.html)$" || true)
	expect_eq "$got" 51 "files that $1 got"
	for n in {0..9}; do
		grep -qF "connected to $1$n.hidden.test:80" "$PROXY_LOG" ||
			fail "$1 did not ask the proxy for name $n"
	done
	was_proxied
	mark
}

say "Firefox"
page_of firefox
mkdir -p /tmp/ff
HOME=/tmp/ff proxied firefox-esr --headless --window-size=640,480 \
	--screenshot "$OUT/firefox.png" http://firefox0.hidden.test/firefox/page.html \
	>"$OUT/firefox.log" 2>&1
loaded firefox

say "Chromium"
page_of chromium
expect_match "$(chromium_dom http://chromium0.hidden.test/chromium/page.html)" \
	'<title>good: 50</title>' "Chromium's page"
loaded chromium
