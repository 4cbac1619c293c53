# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Chromium's reading of a page, for the cases. It keeps its defaults where they
# matter: QUIC, its own resolver, and some of what it looks up unasked.

# chromium_dom URL OPTION...: the page as it is when all of it has been loaded
chromium_dom() {
	local url=$1; shift
	proxied chromium --headless --no-sandbox --disable-gpu --no-first-run \
		--disable-background-networking --disable-component-update \
		--disable-sync --user-data-dir=/tmp/chromium "$@" \
		--dump-dom "$url" >"$OUT/dom" 2>"$OUT/chromium.log"
	cat "$OUT/dom"
}
