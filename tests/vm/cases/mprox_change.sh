# SPDX-License-Identifier: GPL-2.0-or-later
# mprox: statistics, the policy in force, one server or all changed from outside, alerts, of a scope that runs
# once: yes
# timeout: 600
# capture: no
# shellcheck source=tests/vm/mprox.sh
. "$VM/mprox.sh"
names_behind_proxy
start_target
use_proxy microsocks-password 4
LOGIN_URL=$PROXY_URL LOGIN_PORT=$PROXY_PORT
use_proxy microsocks 4
OPEN_URL=$PROXY_URL OPEN_PORT=$PROXY_PORT

# mprox ARGS...: what it says is in /tmp/said, its errors in /tmp/err, its status in $RC
mprox() {
	RC=0
	in_app "$MPROX" "$@" >/tmp/said 2>/tmp/err || RC=$?
}

cat >/tmp/work.toml <<-T
	strategy = "weighted"
	rounds = 2
	bypass = "10.88.0.0/16"

	[[server]]
	url = "$LOGIN_URL"
	weight = 7

	[[rule]]
	to = "$TARGET4"
	proto = "tcp"
	port = 25
	verdict = "block"

	[[dns_rule]]
	name = "ads.test"
	mode = "block"
T
mkfifo /tmp/asked
# shellcheck disable=SC2016
spawn app "$MPROX_RUN" -q --name work -f /tmp/work.toml -- sh -c 'exec <>/tmp/asked
	while read -r to from; do curl -sS -m 30 "$from" >"$to.new" 2>&1; mv "$to.new" "$to"; done'
# ask URL: what the scope's program is told
ask() {
	rm -f /tmp/answer
	echo "/tmp/answer $1" >/tmp/asked
	within 60 test -e /tmp/answer || fail "no answer"
	cat /tmp/answer
}
works() { expect_eq "$(ask http://hidden.test/peer)" $EXIT4 "$1"; }
within 30 holds '.contexts[0].enabled' ps work
works "through the proxy that wants a login"

say "statistics"
within 20 holds '.contexts[0] | .connections_proxied == 1 and .connections_active == 0' stats work ||
	fail "stats: $(cat /tmp/said)"
json '.contexts[0] | .connections_failed == 0 and .queries.faked > 0 and .bytes_received > 0 and
	([.latency.buckets[].count] | add) == 1 and .servers[0].connections_proxied == 1' stats
received=$(jq '.contexts[0].bytes_received' /tmp/said)
json ".servers[0] | .server == \"$PROXY4:$LOGIN_PORT\" and .connections_proxied == 1 and .attempts_failed == 0 and
	.bytes_received == $received" servers work
status 0 stats work
expect_match "$(cat /tmp/said)" "^scope 'work' .*connections_proxied 1"$'\n' "all of one"
status 0 stats
expect_match "$(cat /tmp/said)" " work +0 +1 +0 +0 +[0-9]+ +$received +0 +<[0-9.]+ ms +<" "the table"
status 0 stats --prometheus
expect_match "$(cat /tmp/said)" \
	"mprox_latency_seconds_bucket\{context=\"[0-9]+\",name=\"work\",uid=\"0\",le=\"\+Inf\"\} 1"$'\n' "the histogram"
expect_match "$(cat /tmp/said)" \
	"mprox_server_proxied_connections_total\{[^}]*server=\"$PROXY4:$LOGIN_PORT\",index=\"0\"\} 1"$'\n' "of the server"
json '.contexts >= 1 and .connections_proxied >= 1 and .netns > 0' stats --namespace
status 2 stats --csv --namespace
in_app setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$MPROX" stats --namespace >/tmp/said 2>/tmp/err &&
	fail "the namespace's sums without CAP_NET_ADMIN"
expect_match "$(cat /tmp/err)" 'are for CAP_NET_ADMIN alone; do it as root' "why not"

say "the policy in force"
status 0 show work
cp /tmp/said /tmp/shown.toml
expect_fails grep -q -e "$PROXY_PASS" -e "$PROXY_USER" /tmp/shown.toml
expect_match "$(cat /tmp/shown.toml)" "# the kernel does not tell the login .* socks5 $PROXY4:$LOGIN_PORT" "what is withheld"
status 0 config validate /tmp/shown.toml
status 0 config diff /tmp/work.toml scope:work
expect_eq "$(cat /tmp/said)" "" "what differs"
sed 's/weight = 7/weight = 8/; s/port = 25/port = 26/' /tmp/work.toml >/tmp/other.toml
status 1 config diff scope:work /tmp/other.toml
expect_match "$(cat /tmp/said)" 'weight = 8' "what differs"
json ".destinations[0] | .verdict == \"refused\" and .ways[0].rule == 0" explain --scope work $TARGET4:25
json ".destinations[0] | .verdict == \"proxied\" and .ways[0].servers[0].server == \"$PROXY4:$LOGIN_PORT\"" \
	explain --scope work hidden.test:80
status 2 explain --scope work -x "$OPEN_URL" hidden.test
status 2 show nosuch

say "a weight, and the login is kept"
status 0 set work server 0 weight=9
json '.profile.server[0].weight == 9 and (.withheld | length) == 1' show work
works "with another weight"

say "a server more, which is used"
status 0 set work add-server "$OPEN_URL"
json "[.servers[].server] == [\"$PROXY4:$LOGIN_PORT\", \"$PROXY4:$OPEN_PORT\"]" servers work
status 0 set work server 0 weight=1
status 0 set work server 1 weight=1
uses_both() {
	works "with two servers"
	holds 'all(.servers[]; .connections_proxied > 0)' servers work
}
within 60 uses_both || fail "one of them is not used: $(cat /tmp/said)"
status 0 set work server 0 remove
json "[.servers[].server] == [\"$PROXY4:$OPEN_PORT\"]" servers work
works "with the new one alone"
status 2 set work server 0 remove
expect_match "$(cat /tmp/err)" 'the only server.*; add another one first' "the last one"
status 2 set work server 1 weight=3

say "another URL, and the old policy again"
status 0 set work server 0 "$LOGIN_URL"
works "with a login that was given later"
status 0 set work policy /tmp/work.toml
status 0 config diff scope:work /tmp/work.toml
works "with the policy of the file"

say "alerts"
spawn app "$MPROX" events --json work >/tmp/events 2>/tmp/events.err
reader=$!
status 2 set work alerts failed=0
status 0 set work alerts failed=2 window=5s servers-down=1
status 0 set work server 0 "socks5://$PROXY4:1099"
is_told() {
	ask http://hidden.test/peer >/dev/null
	jq -se "any(.[]; .kind == \"alert\" and .status == $1 and .reason == \"$2\" and .limit == $3)" /tmp/events >/dev/null
}
within 90 is_told 1 failed 2 || fail "no alert: $(cat /tmp/events /tmp/events.err)"
within 60 is_told 1 servers-down 1 || fail "no alert of the server: $(cat /tmp/events)"
json '.contexts[0].alerts | index("servers-down") != null' stats work
status 0 stats --prometheus
expect_match "$(cat /tmp/said)" "mprox_alert\{[^}]*alert=\"servers-down\"\} 1"$'\n' "the alert's metric"
status 0 set work server 0 "$LOGIN_URL"
within 90 is_told 0 failed 2 || fail "it does not end: $(cat /tmp/events)"
status 0 set work alerts off
json '.contexts[0].alerts == []' stats work
works "at the end"

status 0 end work
in_app pkill -f /tmp/asked
wait $reader || fail "the reader: $(cat /tmp/events.err)"
