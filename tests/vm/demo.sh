# SPDX-License-Identifier: GPL-2.0-or-later
# The main job, in front of your eyes
# timeout: 400
# capture: no
show() {
	printf '\n\e[1mapp$ %s\e[0m\n' "$(sed "s:^$MPROX_RUN:mprox-run:" <<<"$*")"
	in_app "$@" 2>&1 || true
}

start_target
use_proxy microsocks 4
echo
echo "Linux $(uname -r), $(basename "$MODULE") loaded; three network namespaces in a row:"
sed -n '/^#	app/,/fd77:2::2/s/^#//p' "$VM/lib.sh"
echo "The target has no way to the app but the proxy, a SOCKS5 server at $PROXY4:1080."

printf '\n\e[1mWithout us:\e[0m'
show curl -sS -m 2 http://$TARGET4/peer
sleep 0.2
leaked | tail -n 1

printf '\n\e[1mWith us, the same curl:\e[0m'
show "$MPROX_RUN" -x socks5://$PROXY4:1080 -- curl -sS http://$TARGET4/hello
printf '\nThe address that the target sees (the app has %s):' $APP4
show "$MPROX_RUN" -x socks5://$PROXY4:1080 -- curl -sS http://$TARGET4/peer
printf '\nThe proxy'\''s log:\n'
tail -n 2 "$PROXY_LOG"

printf '\n\e[1mFirefox\e[0m, taking a picture (a while in a virtual machine) ...\n'
# shellcheck source=tests/vm/cases/firefox.sh
. "$VM/firefox.sh"
firefox_page
firefox_shoot

printf '\nWhat left the app'\''s uplink in all of it, but for the direct try above:\n'
cp /tmp/leak.pcap /tmp/trace.pcap "$OUT/"
printf '  to the proxy:     %s packets\n' \
	"$(tcpdump -nn -r /tmp/trace.pcap "host $PROXY4 and tcp port 1080" 2>/dev/null | wc -l)"
printf '  to anything else: %s packets\n' \
	"$(tcpdump -nn -r /tmp/leak.pcap "not (host $TARGET4 and tcp port 80)" 2>/dev/null | wc -l)"
was_proxied 3
