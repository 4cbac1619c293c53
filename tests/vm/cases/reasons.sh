# SPDX-License-Identifier: GPL-2.0-or-later
# why a connection has failed: on standard error, in a log of text and of JSON, by the exit status
# once: yes
# timeout: 900
start_target
names_behind_proxy
PROXIES_UP='microsocks microsocks-password danted danted-password danted-socks4 squid squid-basic ssh-d'
for kind in $PROXIES_UP; do use_proxy "$kind" 4; done
start_fakesocks 1090=silent 1091=fin0 1092=reply:1 1093=reply:4 1094=reply:7 1095=reply:8 \
	1086=garbage
spawn proxy /usr/bin/python3 "$VM/servers/fakehttp.py" 1071=garbage 1072=portal 1073=busy \
	1074=ntlm 1075=gateway 1076=half 1079=tls >"$OUT/fakehttp.log" 2>&1
spawn proxy /usr/bin/python3 "$VM/servers/fakesocks4.py" 1077=code:92 >"$OUT/fakesocks4.log" 2>&1
spawn proxy /usr/bin/python3 -m http.server -b $PROXY4 1078 >"$OUT/web.log" 2>&1
spawn proxy /usr/sbin/sshd -D -f /tmp/d_sshd_config -p 1070 -E "$OUT/sshd-1070.log"
for port in 1070 1076 1077 1078 1079; do wait_port proxy $PROXY4 $port; done
# There are more of them than ports that a capture takes for a proxy's.
LEAK_FILTER=${LEAK_FILTER//1080-1099/1070-1099}
# One is not to be reached, which its host says.
LEAK_FILTER+=" and not (icmp[icmptype] == icmp-unreach and src host $PROXY4)"
capture_anew

no_reader() { ! pgrep -x mprox-log >/dev/null; }
LOG=/tmp/log.jsonl

# run ARGS...: what the program prints is its errno; the rest is in $LOG and /tmp/said
run() {
	rm -f $LOG
	ERRNO=$(in_app "$MPROX_RUN" --log $LOG "$@" 2>/tmp/said)
	within 10 no_reader || fail "the reader is still there"
}

# of KEY: of the record that tells the failure
of() {
	jq -rs "[.[] | select(.kind == \"failed\" or .kind == \"refused\")][0].$1" $LOG
}

# fails REASON WORDS HOST PORT OPTIONS...
fails() {
	local reason=$1 words=$2 host=$3 port=$4; shift 4
	say "$reason"
	run "$@" -- /usr/bin/python3 "$VM/clients/connect.py" blocking "$host" "$port"
	sed 's/^/    /' /tmp/said
	expect_match "$(of reason)" "^($reason)$" "reason"
	expect_eq "$(of errno)" "$ERRNO" "errno of the log, and of connect()"
	expect_eq "$(of port)" "$port" "port"
	expect_eq "$(lines /tmp/said)" 1 "lines on standard error"
	expect_match "$(cat /tmp/said)" "^mprox-run: .*:$port: $words" "what is said"
	expect_eq "mprox-run: $(of text)" "$(cat /tmp/said)" "the log's text"
}

S5=socks5://$PROXY4 HTTP=http://$PROXY4
P="proxy $PROXY4:[0-9]+"
NAME=a.hidden.test

fails login-wrong "$P does not take this user and password" $NAME 80 -x "socks5://u:wrong@$PROXY4:1083"
expect_eq "$(of name)" $NAME "name"
expect_eq "$(of program)" python3 "program"
expect_match "$(of executable)" '^/usr/bin/python3' "executable"
expect_eq "$(of server)" "$PROXY4:1083" "server"
expect_eq "$(of protocol)" tcp "protocol"
expect_eq "$(jq -rs '[.[].flow | select(.)] | unique | length' $LOG)" 1 "connections in the log"
fails login-wrong "$P does not take this user and password" $NAME 80 -x "socks5://u:wrong@$PROXY4:1081"
fails login-wrong "$P .*\\(HTTP 407\\)" $NAME 80 -x "http://u:wrong@$PROXY4:1085"
expect_eq "$(of status)" 407 "status"
fails login-wanted "$P wants a user and a password" $NAME 80 -x $S5:1083
fails login-wanted "$P wants a user and a password \\(HTTP 407\\)" $NAME 80 -x $HTTP:1085
fails login-unwanted "$P does not take a user and a password" $NAME 80 -x "socks5://u:p@$PROXY4:1080"
fails login-kind "$P wants a kind of login" $NAME 80 -x "http://u:p@$PROXY4:1074"
fails ident "$P does not take this user id" $TARGET4 80 -x "socks4://me@$PROXY4:1077"

fails rule "$P forbids it by a rule \\(HTTP 403\\)" 10.98.0.1 80 -x $HTTP:1084
fails portal "$P sends us to a page" $NAME 80 -x $HTTP:1072
fails busy "$P is asked too often" $NAME 80 -x $HTTP:1073
fails no-connect "$P does not know CONNECT" $NAME 80 -x $HTTP:1078
fails command "$P does not know the command" $NAME 80 -x $S5:1094
fails address-type "$P does not know this kind of address" $NAME 80 -x $S5:1095
fails failed "$P fails without saying why \\(SOCKS reply 1\\)" $NAME 80 -x $S5:1092

fails is-http "$P is an HTTP server" $NAME 80 -x $S5:1086
fails is-tls "$P speaks TLS" $NAME 80 -x $HTTP:1079
fails is-ssh "$P is an SSH server" $NAME 80 -x $S5:1070
fails is-ssh "$P is an SSH server" $NAME 80 -x $HTTP:1070
fails is-socks5 "$P is a SOCKS5 server" $NAME 80 -x $HTTP:1071

fails port "$P is refused by the destination" $NAME 9 -x $S5:1080
fails port "$P is refused by the destination" $TARGET4 9 -x $S5:1082
fails net "$P cannot reach the destination's network" $NOWHERE4 80 -x $S5:1080
fails host "$P cannot reach the destination" $TARGET4 80 -x $S5:1093
fails failed "$P fails without saying why \\(SOCKS reply 1\\)" nosuch.example 80 -x $S5:1080
fails host "$P cannot reach the destination" nosuch.example 80 -x $HTTP:1084
fails timeout "$P hears nothing of the destination \\(HTTP 504\\)" $NAME 80 -x $HTTP:1075

fails server-refused "$P refuses the connection" $NAME 80 -x $S5:1099
fails server-closed "$P hangs up" $NAME 80 -x $S5:1091
fails server-closed "$P hangs up" $NAME 80 -x $HTTP:1076
fails server-silent "$P takes the connection, and says nothing" $NAME 80 -x $S5:1090 --handshake-timeout 1
filter_in proxy hole 'tcp dport 1098' drop
fails server-timeout "$P does not answer" $NAME 80 -x $S5:1098 --handshake-timeout 1
in_proxy nft delete table inet hole
filter_in proxy wall 'tcp dport 1098' reject with icmpx type host-unreachable
fails server-unreachable "$P cannot be reached" $NAME 80 -x $S5:1098
in_proxy nft delete table inet wall
ip -n app route add unreachable 10.66.0.0/16
fails no-route "no route leads to proxy 10.66.0.1:1080" $NAME 80 -x socks5://10.66.0.1

fails no-name "the address stands for no name" 198.18.77.77 80 -x $S5:1080
fails no-server "no proxy of this scope can lead there" $TARGET6 80 -x "socks4://me@$PROXY4:1082"
printf '%s\n' "proxy = \"$S5:1080\"" '[[rule]]' 'to = "10.77.9.0/24"' 'verdict = "direct"' \
	'[[rule]]' "to = \"$TARGET4\"" 'verdict = "block"' >/tmp/rule.toml
fails blocked "rule 1 blocks it" $TARGET4 80 -p /tmp/rule.toml
expect_eq "$(of rule)" 1 "rule"
expect_eq "$(of kind)" refused "kind"

say "one line, however many fail; each of them with -v; none with -q"
down=("$MPROX_RUN" -x $S5:1099)
thrice="for i in 1 2 3; do curl -sS http://$NAME/; done || true"
expect_eq "$(in_app "${down[@]}" -- sh -c "$thrice" 2>&1 | grep -c mprox-run:)" 1 "lines"
expect_eq "$(in_app "${down[@]}" -v -- sh -c "$thrice" 2>&1 |
	grep -c 'mprox-run: .*nobody listens there')" 3 "lines with -v"
expect_eq "$(in_app "${down[@]}" -q -- sh -c "curl -s http://$NAME/ || true" 2>&1)" "" "with -q"

say "a connection that works: what is told of it, in text, too"
use_proxy microsocks 4
run -x "$PROXY_URL" -- curl -sS -o /dev/null http://$NAME/hello
expect_eq "$(cat /tmp/said)" "" "standard error"
expect_eq "$(jq -r .kind $LOG | grep -vxE 'policy|query|server-up' | tr '\n' ' ')" "open proxied closed " "kinds"
expect_eq "$(jq -rs '[.[] | select(.flow) | .name, .program] | unique | join(" ")' $LOG)" \
	"$NAME curl" "name and program of each"
[ "$(jq -rs 'map(select(.kind == "closed"))[0].bytes_received' $LOG)" -gt 20 ] || fail "octets"
in_app "$MPROX_RUN" -x "$PROXY_URL" --log /tmp/log.text -- curl -sS -o /dev/null http://$NAME/hello
within 10 no_reader
expect_match "$(grep ' closed ' /tmp/log.text)" \
	"^[-0-9]+T[:.0-9]+Z closed curl\\[[0-9]+\\] $NAME:80: closed after [.0-9]+ s, [0-9]+ octets sent" "text"
expect_eq "$(stat -c %a /tmp/log.text)" 600 "mode of the log"
expect_match "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --log - --log-format json -- \
	curl -sS -o /dev/null http://$NAME/hello 2>&1 | jq -r .kind | tr '\n' ' ')" \
	'open proxied' "the log on standard error"

say "by the library, for programs in C"
in_app "$BUILD/docs/examples/events_example" "$PROXY_URL" curl -sS -o /dev/null http://$NAME/hello >$LOG
expect_match "$(jq -r .kind $LOG | tr '\n' ' ')" 'open proxied' "kinds"

say "names are octets: they break no line"
in_app "$MPROX_RUN" -x "$PROXY_URL" --log $LOG -- dig +short +tries=1 @9.9.9.9 'a\010b\255".test' MX
within 10 no_reader
expect_match "$(jq -r 'select(.kind == "query").text' $LOG)" 'empty MX [A-Z]+ a\\010b\\255".test' "a query"

say "the program is mprox-run's own process, without a child, and the streams are its own"
rm -f /tmp/pid
# shellcheck disable=SC2016
ip netns exec app "$MPROX_RUN" -v -x "$PROXY_URL" --log $LOG -- sh -c \
	'read -r children </proc/$$/task/$$/children || true; echo "$$[$children]" >/tmp/pid' 2>/dev/null &
pid=$!
wait $pid
expect_eq "$(cat /tmp/pid)" "$pid[]" "process and children"

say "who lives on keeps nobody waiting, and is in the log"
out=$(timeout 20 ip netns exec app "$MPROX_RUN" -v -x "$PROXY_URL" --log $LOG -- sh -c \
	"(sleep 3; curl -sS http://$NAME/hello; sleep 1) >/dev/null 2>&1 & echo started" 2>/tmp/said)
expect_eq "$out" started "standard output"
within 20 grep -q '"closed"' $LOG || fail "the log has not gone on"
within 10 no_reader

say "--fail-status"
# status COMMAND...: its exit status
status() { local rc=0; "$@" >/dev/null 2>&1 || rc=$?; echo $rc; }
with() { in_app "$MPROX_RUN" --fail-status 99 "$@"; }
expect_eq "$(status with -x $S5:1099 -- curl -sS http://$NAME/)" 99 "a proxy that is down"
expect_eq "$(status with -x $S5:1080 -- curl -sS http://$NAME:9/)" 7 "a destination that refuses"
expect_eq "$(status with -x $S5:1099 -- sh -c "curl -sS http://$NAME/; exit 0")" 0 "a success all the same"
expect_eq "$(status with -x $S5:1080 -- curl -sS http://$NAME/hello)" 0 "a success"
# shellcheck disable=SC2016
expect_eq "$(status with -x $S5:1080 -- sh -c 'kill -TERM $$')" 143 "a signal"
expect_eq "$(status with -x $S5:1080 -- /nonexistent)" 127 "no command"

say "the journal's own protocol"
mkdir -p /run/systemd/journal
rm -f /run/systemd/journal/socket
expect_eq "$(status in_app "$MPROX_RUN" -x "$PROXY_URL" --log journal -- true)" 125 "without a journal"
/usr/bin/python3 -c '
import socket
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind("/run/systemd/journal/socket")
while True:
    print(sock.recv(65536).decode().replace("\n", "|"), flush=True)' >/tmp/journal &
journal=$!
within 10 test -S /run/systemd/journal/socket
in_app "$MPROX_RUN" -q -x $S5:1099 --log journal -- curl -s http://$NAME/ || true
within 10 grep -q 'MESSAGE=.*nobody listens there|.*|MUTEX_PROXY_KIND=failed|.*|MUTEX_PROXY_REASON=server-refused|' /tmp/journal ||
	fail "not in the journal"
kill $journal
