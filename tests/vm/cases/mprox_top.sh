# SPDX-License-Identifier: GPL-2.0-or-later
# mprox top shows 1,000 connections on a terminal; mprox log says of a log what was done; logs are rotated
# once: yes
# timeout: 900
MPROX=${MPROX_RUN%/launcher/mprox-run}/mprox/mprox
COUNT=1000
ulimit -n 65536
names_behind_proxy
start_target
use_proxy microsocks 4

# tmux ARGS...
tmux() { in_app /usr/bin/tmux -L top -f /dev/null "$@"; }

# terminal COLUMNS ROWS COMMAND: it has one of that size
terminal() {
	rm -f /tmp/status
	tmux new-session -d -x "$1" -y "$2" "$3 2>/tmp/top.err; echo \$? >/tmp/status.new; mv /tmp/status.new /tmp/status"
}
screen() { tmux capture-pane -p; }
press() { tmux send-keys "$@"; }

# shows REGEX: it does, now
shows() { [[ $(screen) =~ $1 ]]; }
# sees REGEX WHAT: it comes to do
sees() { within 30 shows "$1" || fail "$2: no '$1' on the screen: $(screen)"; }
row() { screen | sed -n "$1p"; }
# is_row NUMBER REGEX
is_row() { [[ $(row "$1") =~ $2 ]]; }
sees_row() { within 30 is_row "$1" "$2" || fail "row $1: no '$2': $(screen)"; }

no_reader() { ! pgrep -x mprox-log >/dev/null; }

# log FILTER ARGS...: the filter of jq holds for mprox log --json
log() {
	local filter=$1; shift
	in_app "$MPROX" log --json "$@" >/tmp/said
	jq -e "$filter" /tmp/said >/dev/null || fail "mprox log $*: not so: $filter: $(cat /tmp/said)"
}

say "no terminal"
tmux start-server ';' set-option -g exit-empty off
RC=0
in_app "$MPROX" top </dev/null >/tmp/said 2>&1 || RC=$?
expect_eq "$RC" 2 "status"
expect_match "$(cat /tmp/said)" '^mprox: there is no terminal .*--batch' "what is said"
terminal 80 24 "TERM=nosuch $MPROX top"
within 30 test -e /tmp/status || fail "it has not ended"
expect_match "$(cat /tmp/top.err)" "^mprox: the terminal .* 'nosuch', .*--batch" "an unknown terminal"

say "$COUNT connections"
terminal 132 40 "$MPROX top -d 1"
sees '0 scopes, every 1 s' "without a scope"
mkfifo /tmp/stop
spawn app "$MPROX_RUN" -q --name many --log /tmp/many.jsonl -x "$PROXY_URL" -- \
	sh -c "exec /usr/bin/python3 '$VM/clients/crowd.py' $COUNT hidden.test <>/tmp/stop" >/tmp/many
many=$!
within 200 grep -qs ready /tmp/many || fail "the connections are not there: $(screen)"
sees "connections $COUNT now, 0 in handshake, $COUNT in all; sent [0-9.]+K/s, received [0-9.]+K/s" "the sums"
expect_match "$(row 4)" "^SCOPE +STATE +PROGRAM +DESTINATION +SERVER +AGE +SENT +RECEIVED +OUT/s +IN/s +RTT *$" "all columns"
sees_row 5 "^many +proxied +python3\[$many\] +h0500.hidden.test:7 +$PROXY4:1080 .* [0-9.]+K +[0-9.]+K +[0-9.]+ ms"
expect_eq "$(screen | grep -c 'hidden.test:7 ')" 35 "rows of 40"
say "keys"
press d
sees_row 5 ' h0000\.hidden'
press NPage
sees_row 5 ' h0035\.hidden'
press End
sees_row 39 ' h0999\.hidden'
press i
sees_row 5 ' h0999\.hidden'
press a
sees_row 5 ' h[0-9]{4}\.hidden'
press i o
sees_row 5 ' h0500\.hidden'
press Tab
sees_row 1 'scope many, '
press Tab

say "failures"
in_app "$MPROX_RUN" -q --name bad -x "$PROXY_URL" -- /bin/sh -c "sleep 3
	curl -sS -m 30 http://$TARGET4:9; curl -sS -m 30 http://$TARGET4:9; sleep 1" 2>/dev/null || true
sees_row 3 'failures since [0-9:]+Z: 2: port 2'
press f
sees_row 5 "^[0-9:]{8} +bad +curl\[[0-9]+\] +failed +port +$TARGET4:9: proxy $PROXY4:1080 .*refused"
press f
sees_row 5 'h0500'

say "other sizes"
for size in 60x12 20x4 1x1 200x50; do
	tmux resize-window -x ${size%x*} -y ${size#*x}
	[ $size = 1x1 ] || sees 'conn' "$size"
	[ ! -e /tmp/status ] || fail "it has ended: $(cat /tmp/top.err)"
done
sees_row 49 'hidden.test:7'
expect_match "$(row 50)" '^q quit ' "keys"
press q
within 30 test -e /tmp/status || fail "q does not end it"
expect_eq "$(cat /tmp/status /tmp/top.err)" 0 "status, and errors"

say "text for scripts"
in_app "$MPROX" top --batch -n 2 -d 1 --sort destination many </dev/null >/tmp/said
expect_eq "$(grep -cE '^many +proxied ' /tmp/said)" $((2 * COUNT)) "rows"
expect_eq "$(grep -c "^connections $COUNT now, 0 in handshake, $COUNT in all; " /tmp/said)" 2 "times"
awk '$1 == "many" && / h0500\./ { if ($(NF - 3) + 0 == 0) exit 1 }
	$1 == "many" && !/ h0500\./ && $(NF - 3) + 0 { exit 1 }' /tmp/said || fail "rates: $(grep h050 /tmp/said)"
in_app "$MPROX" ss --json many >/tmp/ss
expect_eq "$(jq '.flows | length' /tmp/ss)" $COUNT "mprox ss"

say "what was done, of the log"
echo stop >/tmp/stop
wait $many
within 60 no_reader || fail "the log has not ended"
sent=$(tail -n 1 /tmp/many)
[ "$sent" -gt $((COUNT * 100)) ] || fail "nothing was sent: $sent"
log ".no_events == 0 and .lost == 0 and .left_out == 0 and .lines == .events and
	(.all | .connections == $COUNT and .failed == 0 and .closed == $COUNT and .handshakes == $COUNT and
		.bytes_sent == $sent and .bytes_received == $sent) and
	(.destinations | length == 10) and .other_destinations.count == $COUNT - 10 and
	(.servers | length == 1 and (.[0] | .server == \"$PROXY4:1080\" and .connections == $COUNT)) and
	(.programs | length == 1 and (.[0] | .program == \"python3\" and .bytes_sent == $sent))" /tmp/many.jsonl
log ".destinations[0] | .destination == \"h0500.hidden.test:7\" and .connections == 1 and
	.bytes_sent == $sent - ($COUNT - 1) * 100" --sort octets /tmp/many.jsonl
# The nearest rank, as jq finds it.
jq -s 'map(select(.kind == "proxied").duration_ms) | sort |
	{p50_ms: .[length * 0.5 | ceil - 1], p90_ms: .[length * 0.9 | ceil - 1], p99_ms: .[length * 0.99 | ceil - 1], max_ms: max}' \
	/tmp/many.jsonl >/tmp/ranks
log "(.all | .max_ms == $(jq .max_ms /tmp/ranks)) and
	([.all.p50_ms / $(jq .p50_ms /tmp/ranks), .all.p90_ms / $(jq .p90_ms /tmp/ranks), .all.p99_ms / $(jq .p99_ms /tmp/ranks)] |
		all(. > 0.99 and . < 1.01))" /tmp/many.jsonl
log '.destinations | map(.destination) == ["h0007.hidden.test:7"]' --filter 'name=h0007.*' /tmp/many.jsonl
in_app "$MPROX" log --top 3 /tmp/many.jsonl >/tmp/said
expect_match "$(cat /tmp/said)" "octets       $sent sent, $sent received" "for people"

say "logs are rotated, and filtered"
mkdir -p /var/log/mprox
mkfifo /tmp/asked
# shellcheck disable=SC2016
spawn app "$MPROX_RUN" -q --name work --log /var/log/mprox/work.jsonl -x "$PROXY_URL" -- sh -c 'exec <>/tmp/asked
	while read -r to from; do curl -sS -m 30 "$from" >"$to.new" 2>&1; mv "$to.new" "$to"; done'
spawn app "$MPROX_RUN" -q --name some --log /tmp/some.jsonl --log-level warning --log-filter 'port!=9' -x "$PROXY_URL" -- \
	sh -c "curl -sS -m 30 http://$TARGET4/peer; curl -sS -m 30 http://$TARGET4:9; curl -sS -m 30 http://$TARGET4:10" >/tmp/some 2>&1
some=$!
# asks TO URL
asks() {
	rm -f "$1"
	echo "$1 $2" >/tmp/asked
	within 60 test -e "$1" || fail "no answer for $1"
}
rotate() {
	/usr/sbin/logrotate -f -s /tmp/rotated "$ROOT/docs/examples/logrotate"
	within 30 test -e /var/log/mprox/work.jsonl || fail "no new file"
}
# written COUNT: lines that tell a failure, in the newest file
written() { [ "$(grep -c '"kind":"failed"' /var/log/mprox/work.jsonl)" = "$1" ]; }
asks /tmp/one http://$TARGET4:9
within 20 written 1
rotate
asks /tmp/two http://$TARGET4:9
asks /tmp/three http://hidden.test/peer
within 20 written 1
expect_eq "$(stat -c %a /var/log/mprox/work.jsonl)" 600 "the new file's mode"
rotate
asks /tmp/four http://hidden.test:9
within 20 written 1
expect_eq "$(cd /var/log/mprox && echo *)" "work.jsonl work.jsonl.1 work.jsonl.2.gz" "files"
log '.files == 3 and .no_events == 0 and (.all | .connections == 4 and .failed == 3) and
	(.reasons | length == 1 and (.[0] | .reason == "port" and .failed == 3))' /var/log/mprox/work.jsonl*
log '.all.connections == 1 and .destinations[0].destination == "hidden.test:9"' --filter 'kind=failed name=hidden.test' \
	/var/log/mprox/work.jsonl*
wait $some || true
within 20 test -s /tmp/some.jsonl
expect_eq "$(jq -r '[.kind, .port] | @tsv' /tmp/some.jsonl)" $'failed\t10' "the log of some"
