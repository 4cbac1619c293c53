# SPDX-License-Identifier: GPL-2.0-or-later
# mprox: explain says what the kernel then does, and check what each server does
# once: yes
# timeout: 600
MPROX=${MPROX_RUN%/launcher/mprox-run}/mprox/mprox
names_behind_proxy
start_target
use_proxy microsocks-password 4
use_proxy microsocks 4

# mprox ARGS...: what it says is in /tmp/said, its errors in /tmp/err, its status in $RC
mprox() {
	RC=0
	in_app "$MPROX" "$@" >/tmp/said 2>/tmp/err || RC=$?
}

# json WANTED FILTER ARGS...: its status, and the filter of jq holds
json() {
	local wanted=$1 filter=$2; shift 2
	mprox "$@" --json
	expect_eq "$RC" "$wanted" "status of mprox $*: $(cat /tmp/said /tmp/err)"
	jq -e "$filter" /tmp/said >/dev/null || fail "mprox $* --json: not so: $filter: $(cat /tmp/said)"
}

cat >/tmp/rules.toml <<-T
	proxy = "$PROXY_URL"

	[[rule]]
	to = "$TARGET4"
	proto = "tcp"
	port = 25
	verdict = "block"

	[[rule]]
	to = "$PROXY4"
	proto = "tcp"
	port = 1099
	verdict = "direct"

	[[dns_rule]]
	name = "ads.test"
	mode = "block"
T

cat >/tmp/go.py <<-'P'
	import errno, socket, sys
	host, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
	try:
	    if kind == "udp":
	        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (host, port))
	    else:
	        socket.create_connection((host, port), 30)
	    print("OK")
	except socket.gaierror as e:
	    print("NXDOMAIN" if e.errno == socket.EAI_NONAME else e)
	except OSError as e:
	    print(errno.errorcode.get(e.errno, e))
P

# same HOST PORT tcp|udp WANTED: what is explained is WANTED, and is what happens
same() {
	local what happened host=$1
	[[ $1 != *:* ]] || host="[$1]"
	mprox explain -f /tmp/rules.toml "$host:$2/$3" --json
	expect_eq "$RC" 0 "status of explain $1:$2/$3: $(cat /tmp/err)"
	what=$(jq -c '.destinations[0] | .name as $name | .ways[0] |
		if .verdict == "proxied" then [.verdict, .servers[0].server, $name, null]
		else [.verdict, .reason, .rule, .errno] end' /tmp/said)
	expect_eq "$what" "$4" "what is explained of $1:$2/$3"
	rm -f /tmp/log.jsonl
	happened=$(in_app "$MPROX_RUN" -q -f /tmp/rules.toml --log /tmp/log.jsonl -- \
		/usr/bin/python3 /tmp/go.py "$1" "$2" "$3")
	expect_eq "$(jq -c --arg error "$happened" --argjson port "$2" '
		select(.port == $port and (.kind | IN("direct", "refused", "failed", "proxied"))) |
		if .kind == "proxied" then ["proxied", .server, .name, null]
		else [(if .kind == "direct" then .kind else "refused" end), .reason, .rule,
			(if .kind == "direct" then null else $error end)] end' /tmp/log.jsonl)" \
		"$what" "what happens with $1:$2/$3: $happened: $(cat /tmp/log.jsonl)"
}

say "what is explained is what happens"
same $TARGET4 80 tcp "[\"proxied\",\"$PROXY4:1080\",null,null]"
same hidden.test 80 tcp "[\"proxied\",\"$PROXY4:1080\",\"hidden.test\",null]"
same $TARGET4 25 tcp '["refused","blocked",0,"ECONNREFUSED"]'
same $PROXY4 1099 tcp '["direct","by-rule",1,null]'
same $APP4 9 tcp '["direct","local",null,null]'
same 127.0.0.1 9 tcp '["direct","builtin",null,null]'
same $PROXY4 1080 tcp '["direct","is-server",null,null]'
same 198.18.77.77 80 tcp '["refused","no-name",null,"EHOSTUNREACH"]'
same $TARGET4 9 udp '["refused","protocol",null,"EPERM"]'
sed -i "s/^proxy = .*/proxy = \"socks4:\/\/me@$PROXY4:1082\"/" /tmp/rules.toml
same $TARGET6 80 tcp '["refused","no-server",null,"ENETUNREACH"]'
json 0 '.destinations[0] | .verdict == "refused" and .query.source == "none" and .query.rule == 0' \
	explain -f /tmp/rules.toml ads.test
expect_eq "$(in_app "$MPROX_RUN" -q -f /tmp/rules.toml -- /usr/bin/python3 /tmp/go.py ads.test 80 tcp)" \
	NXDOMAIN "a name that is blocked"
mprox explain -f /tmp/rules.toml $TARGET4:25
expect_match "$(cat /tmp/said)" \
	"^$TARGET4:25: refused with ECONNREFUSED"$'\n'"  rule 0: block $TARGET4/32 tcp port 25 \(/tmp/rules.toml:3\)" "for people"
in_app setpriv --reuid 65534 --regid 65534 --clear-groups "$MPROX" explain -x "$PROXY_URL" host.test >/tmp/said ||
	fail "nobody may not ask"

say "servers: one that works, one with another password, one dead, one of another protocol"
use_proxy microsocks 4
cat >/tmp/servers.toml <<-T
	proxy = ["$PROXY_URL", "socks5://$PROXY_USER:wrong@$PROXY4:1081",
		"socks5://$PROXY4:1099", "http://$PROXY4:1080"]
T
states='[.servers[] | [.index, .state, .status]]'
json 1 ".ok == false and $states == [[0, \"ok\", null], [1, \"fail\", null], [2, \"fail\", null], [3, \"fail\", null]]" \
	check -f /tmp/servers.toml
json 1 "$states == [[0, \"ok\", 200], [1, \"fail\", null], [2, \"fail\", null], [3, \"fail\", null]]" \
	check -f /tmp/servers.toml http://hidden.test/hello
jq -e '.servers[0] | .connect_us > 0 and .total_us > .connect_us and .why == null and .udp == false' /tmp/said ||
	fail "of the one that works: $(cat /tmp/said)"
jq -e '.servers[1].why | test("does not take this user and password")' /tmp/said || fail "the password"
jq -e '.servers[2].why | test("cannot be reached: Connection refused")' /tmp/said || fail "the dead one"
jq -e '.servers[3] | (.why | test("is a SOCKS5 server")) and (.repair | test("socks5://"))' /tmp/said || fail "the protocol"
expect_fails grep -q wrong /tmp/said
mprox check -f /tmp/servers.toml http://hidden.test/hello
expect_match "$(cat /tmp/said)" \
	"socks5 $PROXY4:1080 +ok +[0-9.]+ ms +[0-9.]+ ms +200 +no +.*socks5 $PROXY4:1081 +fail .*does not take this user" "the table"
mprox check -f /tmp/servers.toml --csv
expect_eq "$(wc -l </tmp/said)" 5 "lines with commas"

say "what a URL comes to"
json 0 '.ok and .servers[0].status == 404' check -x "$PROXY_URL" http://hidden.test/nothing
json 1 '.servers[0].why | test("refused by the destination")' check -x "$PROXY_URL" http://$TARGET4:9/
json 0 '.servers[0] | .status == 200 and .chain == ["socks5 '$PROXY4':1080", "socks5 '$PROXY4':1081"]' \
	check --chain -x "$PROXY_URL" -x "$(url_of microsocks-password 4)" http://hidden.test/hello
openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/key.pem -out /tmp/cert.pem \
	-days 2 -subj /CN=hidden.test 2>/dev/null
spawn target openssl s_server -quiet -www -accept 443 -key /tmp/key.pem -cert /tmp/cert.pem >/dev/null 2>&1
wait_port target $TARGET4 443
json 1 '.servers[0].why | test("the way there is open, but https://hidden.test/ .*certificate")' \
	check -x "$PROXY_URL" hidden.test
start_fakesocks 1098=silent
json 1 '.servers[0] | .connect_us > 0 and (.why | test("says nothing|in the time"))' \
	check -x "socks5://$PROXY4:1098" --timeout 1 http://hidden.test/

say "without the module"
unload_module
json 0 '.servers[0].status == 200' check -x "$PROXY_URL" http://hidden.test/hello
json 0 '.destinations[0].ways[0].rule == 0' explain -f /tmp/rules.toml $TARGET4:25
