# SPDX-License-Identifier: GPL-2.0-or-later
# IPsec on the way to the proxy: the handshake is encrypted like all else, and nothing else is let in
# once: yes
# timeout: 600
for it in xfrm_user esp4 ${IPV6:+esp6}; do
	modprobe "$it" || skip "this kernel has no $it"
done
open_target
start_fakesocks 1090=late:3
# What IPsec carries is no leak, and nothing but that may be there.
ESP="(ip proto 50 and host $PROXY4) or (ip6 proto 50 and host $PROXY6)"

# state NS FROM TO SPI: the keys of one way, at one of its ends
state() {
	ip -n "$1" xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 1 mode transport \
		aead 'rfc4106(gcm(aes))' 0x0123456789abcdef0123456789abcdef01234567 128
}
# keys add|del SERIES: both ways, at both ends
keys() {
	local ns spi=0x${2}000
	for ns in app proxy; do
		if [ "$1" = add ]; then
			state $ns "$NEAR" "$PEER" "$spi"
			state $ns "$PEER" "$NEAR" "$spi"
		else
			ip -n $ns xfrm state del src "$NEAR" dst "$PEER" proto esp spi "$spi"
			ip -n $ns xfrm state del src "$PEER" dst "$NEAR" proto esp spi "$spi"
		fi
	done
}
# policy NS FROM TO in|out SELECTOR...: such TCP must be encrypted
policy() {
	local ns=$1 from=$2 to=$3 dir=$4; shift 4
	ip -n "$ns" xfrm policy add src "$from" dst "$to" proto tcp "$@" dir "$dir" \
		tmpl src "$from" dst "$to" proto esp reqid 1 mode transport level required
}
# policies PORT [OWN-PORT]: to that port of the proxy, and back, and nothing else
policies() {
	policy app "$NEAR" "$PEER" out dport "$1" ${2:+sport "$2"}
	policy app "$PEER" "$NEAR" in sport "$1" ${2:+dport "$2"}
	policy proxy "$NEAR" "$PEER" in dport "$1" ${2:+sport "$2"}
	policy proxy "$PEER" "$NEAR" out sport "$1" ${2:+dport "$2"}
}
# begin [OWN-PORT]: the versions' own addresses, no keys, and policies for both proxies
begin() {
	local ns
	NEAR=$APP4 PEER=$PROXY4
	[ "$family" = 4 ] || NEAR=$APP6 PEER=$PROXY6
	for ns in app proxy; do
		ip -n $ns xfrm policy flush
		ip -n $ns xfrm state flush
	done
	[ $# = 1 ] || policies 1090
	policies 1080 "$@"
	capture_anew
}

# Of the other version's last round, whose policies are gone, a server may still repeat
# something.
in_clear() {
	tcpdump -nn -r /tmp/trace.pcap "(tcp or ip6 proto 6) and host $NEAR" 2>/dev/null
}
encrypted() { tcpdump -nn -r /tmp/trace.pcap "$ESP" 2>/dev/null | wc -l; }
# only_esp WHAT
only_esp() {
	sleep 0.2
	expect_eq "$(in_clear | head -n 1)" "" "$1: in clear"
	[ "$(encrypted)" -ge 10 ] || fail "$1: nothing was encrypted"
	capture_check "$ESP"
}

by_socks() { in_app curl -sS -m 60 -x "$PROXY_URL" "$@" "http://$HOST/peer"; }
by_scope() { proxied curl -sS -m 60 "$@" "http://$HOST/peer"; }
# A server that answers slowly, step by step, and how often it was greeted
use_late() { PROXY_URL=${PROXY_URL/:1080/:1090}; }
greeted() { grep -c '^1090 methods' "$OUT/fakesocks.log" || true; }
more_greeted() { [ "$(greeted)" -gt "$1" ]; }

[ -n "${THOROUGH-}" ] || VERSIONS=${VERSIONS##* }
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	for by in by_socks by_scope; do
		begin
		keys add 1
		mark
		expect_eq "$($by)" "$EXIT" "IPv$family, $by"
		was_proxied
		only_esp "IPv$family, $by"
	done
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 10 10 \
		100000)" 10 "IPv$family: with payload"
	was_proxied 11
	only_esp "IPv$family"

	# From one port alone: others speak in clear.
	ports=(20001 20002)
	for by in by_socks by_scope; do
		say "IPv$family, $by: the keys come when the connection is under way"
		own=${ports[0]} ports=("${ports[@]:1}")
		begin "$own"
		mark
		$by --local-port "$own" >/tmp/peer 2>>"$OUT/curl.err" &
		pid=$!
		sleep 5
		keys add 1
		wait $pid || true
		only_esp "IPv$family, $by: keys that come later"
		expect_eq "$(cat /tmp/peer)" "$EXIT" "IPv$family, $by"
		was_proxied
	done

	for by in by_socks by_scope; do
		say "IPv$family, $by: other keys, in the midst of the handshake"
		begin
		keys add 1
		use_late
		# Once for it to be known as one that is spoken to step by step
		expect_eq "$($by)" "$EXIT" "IPv$family, $by: a slow server"
		before=$(greeted)
		$by >/tmp/peer 2>>"$OUT/curl.err" &
		pid=$!
		within 30 more_greeted "$before" || fail "the server was not greeted"
		keys add 2
		keys del 1
		wait $pid || true
		only_esp "IPv$family, $by: new keys"
		expect_eq "$(cat /tmp/peer)" "$EXIT" "IPv$family, $by: new keys"
		use_proxy microsocks "$family"
	done

	say "IPv$family: answers in clear are not taken"
	begin
	keys add 1
	ip -n proxy xfrm policy flush
	policy proxy "$NEAR" "$PEER" in dport 1080
	for by in by_socks by_scope; do
		mark
		expect_fails $by -m 5
		expect_eq "$(peers)" "" "IPv$family, $by: what reached the target"
		expect_eq "$(proxy_connects)" 0 "IPv$family, $by: what the proxy was asked for"
	done
	capture_check "$ESP"
done
# What is left of the last one goes in clear no more.
capture_anew
