# SPDX-License-Identifier: GPL-2.0-or-later
# mprox: scopes of two users, a daemon's, a transfer, events, and changes from outside
# timeout: 600
# capture: no
# shellcheck source=tests/vm/mprox.sh
. "$VM/mprox.sh"
names_behind_proxy
start_target
open_forwarding
use_proxy microsocks 4
unload_module
load_module unprivileged=1
chmod 666 /dev/mprox

# as UID COMMAND...: in the app's namespace, without rights
as() {
	local uid=$1; shift
	in_app setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs "$@"
}

# mprox ARGS...: what it says is in /tmp/said, its errors in /tmp/err, its status in $RC;
# WHO: the user
mprox() {
	RC=0
	as "${WHO:-0}" "$MPROX" "$@" >/tmp/said 2>/tmp/err || RC=$?
}

# told FILE FILTER: a line of the file has it
told() { jq -se "any(.[]; $2)" "$1" >/dev/null; }

say "two users"
for uid in 1001 1002; do
	spawn app setpriv --reuid $uid --regid $uid --clear-groups --no-new-privs \
		"$MPROX_RUN" -q --name "of$uid" -x "$PROXY_URL" -- sleep 1000
	within 20 holds "any(.contexts[]; .name == \"of$uid\" and .enabled)" ps
done
WHO=1001 json '[.contexts[].name] == ["of1001"]' ps
WHO=1002 json '[.contexts[].name] == ["of1002"]' ps --all
json '[.contexts[] | [.name, .uid, .members]] | sort == [["of1001", 1001, 1], ["of1002", 1002, 1]]' ps
json '.contexts[0] | .locked and .state == "locked" and (.privileged | not)' ps of1001
json ".contexts[0].netns == $(in_app stat -Lc %i /proc/self/ns/net)" ps of1001
for what in ps ss events names servers stats end; do
	WHO=1001 status 2 $what of1002
	expect_match "$(cat /tmp/err)" "^mprox: there is no scope 'of1002', or none that you may know of; " "$what"
	expect_eq "$(wc -l </tmp/err)" 1 "lines of that"
done
WHO=1001 status 2 set of1002 disable
WHO=1001 status 0 ps
# A case before this one may have given the uid a name.
expect_match "$(cat /tmp/said)" "ID +NAME .*of1001 +tree +locked +$(id -nu 1001 2>/dev/null || echo 1001) +1 " \
	"for people"
WHO=1001 status 0 end of1001
json '[.contexts[].name] == ["of1002"]' ps
status 0 end of1002
in_app pkill -x sleep

say "a daemon that has closed all"
spawn app "$MPROX_RUN" -q --name daemon -x "$PROXY_URL" -- /usr/bin/python3 -c '
import os, time
os.closerange(0, 65536)
os.setsid()
time.sleep(1000)'
within 30 holds '.contexts[0].descriptors == 0' ps daemon
json '.contexts[0] | .members == 1 and .enabled and (.servers | length) == 1' ps daemon
status 0 ps daemon
expect_match "$(cat /tmp/said)" "server +socks5 $PROXY4:1080" "its server"
json ".servers[0] | .server == \"$PROXY4:1080\" and .type == \"socks5\" and .failures == 0" servers daemon
status 2 set daemon disable
expect_match "$(cat /tmp/err)" 'disabled it would be over; .*mprox end' "no end by mistake"
status 0 end daemon
json '.contexts == []' ps --all

say "a transfer"
spawn target /usr/bin/python3 -c '
import signal, socket, sys
sock = socket.create_server((sys.argv[1], 7011)).accept()[0]
got = 0
while got < 300000:
    got += len(sock.recv(65536))
sock.sendall(bytes(123457))
print(got, 123457, flush=True)
signal.pause()' $TARGET4 >/tmp/counted
wait_port target $TARGET4 7011
spawn app "$MPROX_RUN" -q --name mover -x "$PROXY_URL" -- /usr/bin/python3 -c '
import signal, socket
sock = socket.create_connection(("hidden.test", 7011))
sock.sendall(bytes(300000))
while True:
    if not sock.recv(65536):
        break'
within 60 test -s /tmp/counted
read -r sent received </tmp/counted
moved=".bytes_sent == $sent and .bytes_received == $received"
within 30 holds ".flows[0] | $moved" ss mover || fail "ss: $(cat /tmp/said)"
json ".flows | length == 1 and (.[0] | .state == \"proxied\" and .name == \"hidden.test\" and
	.port == 7011 and .server == \"$PROXY4:1080\" and .uid == 0 and .rtt_us > 0 and .duration_ms > 0)" ss
json ".contexts[0] | $moved and .connections_active == 1 and .connections_total == 1" stats
json ".servers[0].connections == 1 and .servers[0].latency_us > 0" servers mover
status 0 ss
expect_match "$(cat /tmp/said)" "proxied +tcp +hidden.test:7011 .* $PROXY4:1080 +$sent +$received " "for people"
status 0 ss --csv
expect_eq "$(wc -l </tmp/said)" 2 "lines with commas"
status 0 stats --openmetrics
expect_match "$(cat /tmp/said)" "mprox_sent_bytes_total\{context=\"[0-9]+\",name=\"mover\",uid=\"0\"\} $sent"$'\n' "OpenMetrics"
expect_eq "$(tail -n 1 /tmp/said)" "# EOF" "its end"
status 0 end mover
in_app pkill -f 7011

say "events of a scope that is made later"
mkfifo /tmp/asked
spawn app "$MPROX" events -f --json >/tmp/events 2>/tmp/events.err
reader=$!
# shellcheck disable=SC2016
spawn app "$MPROX_RUN" -q --name work -x "$PROXY_URL" -- sh -c 'exec <>/tmp/asked
	while read -r to from; do curl -sS -m 30 "$from" >"$to.new" 2>&1; mv "$to.new" "$to"; done'
# peer TO URL: who the target says that it was
peer() {
	rm -f "$1"
	echo "$1 $2" >/tmp/asked
	within 60 test -e "$1" || fail "no answer for $1"
	cat "$1"
}
# Until the reader has found it, what is done is not heard.
seen() {
	mprox set work disable
	mprox set work enable
	told /tmp/events '.kind == "policy" and .reason == "disabled"' &&
		told /tmp/events '.kind == "policy" and .reason == "enabled"'
}
within 30 holds '.contexts[0].enabled' ps work
within 60 seen || fail "the reader does not hear of it: $(cat /tmp/events /tmp/events.err)"
expect_eq "$(peer /tmp/one http://hidden.test/peer)" $EXIT4 "through the proxy"
within 20 told /tmp/events ".kind == \"closed\" and .name == \"hidden.test\" and .program == \"curl\" and
	.server == \"$PROXY4:1080\" and .bytes_received > 0" || fail "events: $(cat /tmp/events)"
expect_eq "$(jq -s '[.[] | select(.flow and .program == "curl") | .kind]' -c /tmp/events)" \
	'["open","proxied","closed"]' "the course of it"

say "readers that are told a part of it"
spawn app "$MPROX" names --json work >/tmp/names 2>&1
names=$!
spawn app "$MPROX" events --kinds failed --filter 'server=*:1080' --json work >/tmp/failed 2>&1
failures=$!
spawn app "$MPROX" events --level warning work >/tmp/warnings 2>&1
heard() {
	peer /tmp/name http://hidden.test/peer >/dev/null
	peer /tmp/port "http://$TARGET4:9" >/dev/null
	told /tmp/names '.kind == "query" and .name == "hidden.test" and .reason == "faked"' &&
		told /tmp/failed '.port == 9 and .reason == "port" and .program == "curl"' &&
		grep -q ' failed curl\[[0-9]*\] 10.77.2.2:9: ' /tmp/warnings
}
within 60 heard || fail "$(cat /tmp/names /tmp/failed /tmp/warnings)"
expect_eq "$(jq -s 'map(.kind) | unique' -c /tmp/names /tmp/failed)" '["failed","query"]' "kinds"
expect_fails grep -qv ' failed ' /tmp/warnings

say "changes from outside"
status 0 set work disable
json '.contexts[0].state == "disabled"' ps work
json '.contexts == []' ps
expect_eq "$(peer /tmp/two http://$TARGET4/peer)" $APP4 "past the proxy"
status 0 set work enable
expect_eq "$(peer /tmp/three http://$TARGET4/peer)" $EXIT4 "through the proxy again"
status 0 set work name play
json '.contexts[0].name == "play"' ps
status 2 set play name 'no name'

say "readers end with their scope, but the one that waits for others"
status 0 end play
in_app pkill -f /tmp/asked
wait $names || fail "names: $(cat /tmp/names)"
wait $failures || fail "events: $(cat /tmp/failed)"
kill -0 $reader || fail "events -f has ended: $(cat /tmp/events.err)"
expect_eq "$(cat /tmp/events.err)" "" "what it has to say"
kill $reader
wait $reader || true

say "nobody to ask"
status 2 events
expect_match "$(cat /tmp/err)" 'no scope to hear of; with -f' "no scope"
unload_module
status 2 ps
expect_match "$(cat /tmp/err)" 'mutex_proxy is not loaded; load it' "no module"
