# SPDX-License-Identifier: GPL-2.0-or-later
# Chromium speaks HTTP/3 with a real server, through a relay
# thorough: yes
# once: yes
# capture: no
# timeout: 300
# shellcheck source=tests/vm/chromium.sh
. "$VM/chromium.sh"
names_behind_proxy
use_proxy danted 4

say "Caddy, which speaks HTTP/3 and writes what was spoken"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=site.hidden.test -addext subjectAltName=DNS:site.hidden.test \
	-keyout /tmp/key -out /tmp/certificate 2>/dev/null
mkdir -p $WEB
head -c 300000 /dev/urandom | base64 -w 0 >$WEB/data
cat >$WEB/page.html <<-P
	<!DOCTYPE html><title>0</title><body><script>
	// The page is whole when the title is there: it holds the parser.
	const request = new XMLHttpRequest();
	request.open("GET", "/data", false);
	request.send();
	document.title = request.responseText.length;
	</script>
P
cat >/tmp/Caddyfile <<-C
	{
		admin off
		auto_https off
	}
	https://site.hidden.test {
		bind $TARGET4
		tls /tmp/certificate /tmp/key
		root * $WEB
		file_server
		log {
			output file $OUT/caddy.log
		}
	}
C
spawn target env XDG_DATA_HOME=/tmp/caddy XDG_CONFIG_HOME=/tmp/caddy \
	caddy run --config /tmp/Caddyfile --adapter caddyfile 2>"$OUT/caddy.err"
wait_port target $TARGET4 443

say "Chromium"
pin=$(openssl x509 -in /tmp/certificate -pubkey -noout |
	openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
PROXIED=(--udp proxy)
expect_match "$(chromium_dom https://site.hidden.test/page.html \
	--ignore-certificate-errors-spki-list="$pin" \
	--origin-to-force-quic-on=site.hidden.test:443)" \
	'<title>400000</title>' "the page"
heard=$(/usr/bin/python3 - "$OUT/caddy.log" <<-P
	import json, sys
	for line in open(sys.argv[1]):
	    got = json.loads(line)["request"]
	    print(got["proto"], got["remote_ip"], got["uri"])
P
)
expect_match "$heard" "HTTP/3.0 $EXIT4 /page.html" "what Caddy heard"
expect_match "$heard" "HTTP/3.0 $EXIT4 /data" "what Caddy heard"

capture_check "$RELAY_FILTER"
