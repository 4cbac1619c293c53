# SPDX-License-Identifier: GPL-2.0-or-later
# --bypass sends a network direct and the rest through the proxy
# once: yes
# capture: no
start_target
use_proxy microsocks 4
expect_fails in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass 10.77.2.0/24 -- \
	curl -sS -m 2 http://$TARGET4/
expect_eq "$(peers)" "" "connections at the target"
sleep 0.2
expect_match "$(leaked)" "$TARGET4.80" "the direct SYN"
expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --bypass 10.77.3.0/24 -- \
	curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied

say "as many rules as there may be: the last one is looked at"
mark
elsewhere=()
for i in {1..4095}; do
	elsewhere+=(--bypass "10.78.$((i / 256)).$((i % 256))/32")
done
expect_fails in_app "$MPROX_RUN" -x "$PROXY_URL" "${elsewhere[@]}" \
	--bypass 10.77.2.0/24 -- curl -sS -m 2 http://$TARGET4/
expect_eq "$(peers)" "" "connections at the target"
capture_check "host $TARGET4 and tcp port 80"

own() { proxied /usr/bin/python3 "$VM/clients/own_address.py" "$@"; }

say "the machine's own addresses, without a word"
spawn app /usr/bin/python3 "$VM/servers/target.py" $WEB "$OUT/own.log" 2>"$OUT/own.err"
wait_port app $APP4 80
ip -n app link add dum0 type dummy
address app dum0 10.88.0.1/32 fd88::1/128
for family in 4 6; do
	use_proxy microsocks $family
	at=$APP4 other=10.88.0.1 host=$APP4
	[ $family = 4 ] || at=$APP6 other=fd88::1 host=[$APP6]
	expect_eq "$(proxied curl -sS "http://$host/peer")" $at "a connection"
	near=$PROXY4
	[ $family = 4 ] || near=$PROXY6
	PROXIED=(--no-local)
	expect_eq "$(proxied curl -sS "http://$host/peer")" $near "with --no-local"
	expect_eq "$(own udp $at)" EPERM "a datagram with --no-local"
	PROXIED=()
	expect_eq "$(own udp $at)" "to myself" "a datagram"
	proxied ping -q -c 1 -W 20 $at >/dev/null || fail "no ping"
	expect_eq "$(proxied dig +short +tries=1 @$at a.hidden.test)" 198.18.0.1 "a query"
	expect_eq "$(proxied dig +short +tries=1 +tcp @$at a.hidden.test)" \
		198.18.0.1 "a query over TCP"
	say "what is ours, and leaves all the same"
	expect_eq "$(own bound $other up0)" EPERM "by another device"
	expect_eq "$(own lost $other dum0)" sent "the address is gone"
	printf '%s\n' "proxy = \"$PROXY_URL\"" '[[rule]]' "to = \"$at\"" \
		'verdict = "block"' >/tmp/rule.toml
	expect_eq "$(in_app "$MPROX_RUN" -p /tmp/rule.toml -- /usr/bin/python3 \
		"$VM/clients/connect.py" all $at 80)" ECONNREFUSED "a rule goes first"
done
# With --no-local the proxy connects to a server here.
capture_check "(host $TARGET4 and tcp port 80) or
	(tcp dst port 80 and (dst host $APP4 or dst host $APP6)) or
	(tcp src port 80 and (src host $APP4 or src host $APP6))"
