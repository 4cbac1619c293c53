# SPDX-License-Identifier: GPL-2.0-or-later
# Chromium is offered QUIC, has it refused, and goes on over TCP at once
# once: yes
# thorough: yes
# timeout: 300
# shellcheck source=tests/vm/chromium.sh
. "$VM/chromium.sh"
names_behind_proxy
use_proxy microsocks 4
TARGET_LOG=$OUT/tls.log

say "a server which says that it speaks QUIC"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=site.hidden.test -addext subjectAltName=DNS:site.hidden.test \
	-keyout /tmp/key -out /tmp/certificate 2>/dev/null
cat /tmp/key >>/tmp/certificate
mkdir -p $WEB
cat >$WEB/page.html <<-P
	<!DOCTYPE html><title>0</title><body><script>
	// One after the other: QUIC is tried from the second request on.
	let count = 0;
	function next() {
		document.title = count;
		if (count == 9)
			return;
		const image = new Image();
		image.onload = next;
		image.src = "/" + count++ + ".svg";
		document.body.append(image);
	}
	next();
	</script>
P
for i in {0..9}; do
	echo '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' \
		>"$WEB/$i.svg"
done
spawn target /usr/bin/python3 "$VM/servers/tls.py" $WEB /tmp/certificate \
	"$TARGET_LOG"
wait_port target $TARGET4 443

say "Chromium"
# QUIC is for certificates that are known; this one is by its key.
pin=$(openssl x509 -in /tmp/certificate -pubkey -noout |
	openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
expect_match "$(chromium_dom https://site.hidden.test/page.html \
	--ignore-certificate-errors-spki-list="$pin" \
	--log-net-log="$OUT/net.json")" '<title>9</title>' "the page"
# It is in what the log has about a QUIC session's end, and nowhere else.
grep -q '"from_peer":false' "$OUT/net.json" || fail "Chromium did not try QUIC"
was_proxied
grep -qF 'connected to site.hidden.test:443' "$PROXY_LOG" ||
	fail "the proxy was not asked for the site by its name"
