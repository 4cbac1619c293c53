# SPDX-License-Identifier: GPL-2.0-or-later
# mprox: versions, configurations there and back, and a doctor who sees what is wrong
# once: yes
# timeout: 600
MPROX=${MPROX_RUN%/launcher/mprox-run}/mprox/mprox

# mprox ARGS...: in the app's namespace; what it says is in /tmp/said, its errors in
# /tmp/err, its status in $RC
mprox() {
	RC=0
	in_app "$MPROX" "$@" >/tmp/said 2>/tmp/err || RC=$?
	cat /tmp/said /tmp/err
}

# status WANTED ARGS...
status() {
	local wanted=$1; shift
	mprox "$@"
	expect_eq "$RC" "$wanted" "status of mprox $*"
}

# json WANTED FILTER ARGS...: it is one, and the filter of jq holds
json() {
	local wanted=$1 filter=$2; shift 2
	status "$wanted" "$@" --json >/dev/null
	jq -e . /tmp/said >/dev/null || fail "no JSON: mprox $* --json"
	jq -e "$filter" /tmp/said >/dev/null || { cat /tmp/said; fail "mprox $*: not so: $filter"; }
}

# check ID: the check of mprox doctor, as jq finds it
check() { echo ".checks[] | select(.id == \"$1\")"; }

say "the module is loaded"
json 0 '.verdict == "same" and .module.answers and .module.uapi == .program.uapi' version
status 0 version
expect_match "$(cat /tmp/said)" 'verdict  same' "the verdict"
mprox doctor
json "$RC" "$(check module-loaded) | .state == \"ok\"" doctor
json "$RC" "$(check module-version) | .state == \"ok\"" doctor
json "$RC" "$(check rights) | .state == \"ok\"" doctor
json "$RC" "$(check kernel-config) | .state == \"ok\"" doctor

say "who may not"
RC=0
in_app setpriv --reuid 65534 --regid 65534 --clear-groups "$MPROX" doctor --json >/tmp/said || RC=$?
expect_eq "$RC" 1 "status of nobody's doctor"
jq -e "$(check device) | .state == \"fail\" and (.repair | length > 0)" /tmp/said ||
	fail "nobody may open the device"

say "servers"
names_behind_proxy
start_target
use_proxy microsocks 4
mprox doctor -x "$PROXY_URL"
json "$RC" "$(check server) | .state == \"ok\"" doctor -x "$PROXY_URL"
json "$RC" "$(check server-udp) | .state == \"warn\"" doctor -x "$PROXY_URL"
use_proxy danted 4
json "$RC" "$(check server-udp) | .state == \"ok\"" doctor -x "$PROXY_URL"
json "$RC" "$(check server-ipv6) | .state == \"ok\"" doctor -x "$PROXY_URL"
use_proxy microsocks-password 4
json "$RC" "$(check server) | .state == \"ok\"" doctor -x "$PROXY_URL"
status 1 doctor -x "socks5://$PROXY_USER:wrong@$PROXY4:1081"
expect_match "$(cat /tmp/said)" 'fail .*does not take this user and password; check user' "a wrong login"
expect_fails grep -q wrong /tmp/said /tmp/err
json 1 "$(check server) | .state == \"fail\"" doctor -x "socks5://$PROXY4:1081"
json 1 "$(check server) | .what | test(\"cannot be reached\")" doctor -x "socks5://$PROXY4:1099"

say "a configuration there and back"
export HOME=/tmp/home
unset XDG_CONFIG_HOME
mkdir -p /etc/mprox/profiles /tmp/home/.config/mprox
cat >/etc/mprox/mprox.toml <<-T
	proxy = "socks5://$PROXY4:1081"
	user = "$PROXY_USER"
	password_file = "password" # not in here
T
(umask 077; echo "$PROXY_PASS" >/etc/mprox/password)
printf 'match = ["curl"]\nhandshake_timeout = 30\n' >/etc/mprox/profiles/fetch.toml
status 0 config validate
json 0 '.ok and (.files | length == 2)' config validate
json 0 '.handshake_timeout == 30 and (.proxy | test("[*]{3}@"))' config show curl
was_used() {
	expect_eq "$(in_app "$MPROX_RUN" -q curl -sS http://$TARGET4/peer)" $EXIT4 "$1"
}
was_used "the configuration itself"

status 0 config format --to json /etc/mprox/mprox.toml
jq -e '.password_file == "password"' /tmp/said >/dev/null || fail "no key of the file"
cp /tmp/said /etc/mprox/mprox.json
status 0 config format --to toml /etc/mprox/mprox.json
mv /tmp/said /etc/mprox/back.toml
json 0 '.differences == {}' config diff /etc/mprox/mprox.toml /etc/mprox/back.toml
expect_eq "$(in_app "$MPROX_RUN" -q -f /etc/mprox/mprox.json curl -sS http://$TARGET4/peer)" \
	$EXIT4 "a profile in JSON"
rm /etc/mprox/mprox.json /etc/mprox/back.toml

status 0 config backup /tmp/saved.json
jq -e '.files | length == 3' /tmp/saved.json >/dev/null || fail "not all files were saved"
expect_eq "$(stat -c %a /tmp/saved.json)" 600 "the backup's mode"
rm -r /etc/mprox
status 0 config restore /tmp/saved.json --keep /tmp/nothing.json
expect_eq "$(stat -c %a /etc/mprox/password)" 600 "the password's mode"
was_used "the configuration that was restored"
sed -i 's/handshake_timeout/handshake_timeot/' /tmp/saved.json
echo 'scope = "tree"' >/etc/mprox/mprox.toml
status 2 config restore /tmp/saved.json --keep /tmp/kept.json
expect_match "$(cat /tmp/err)" 'fetch.toml:2:20: handshake_timeot: no such key' "what is wrong in it"
expect_eq "$(cat /etc/mprox/mprox.toml)" 'scope = "tree"' "what was there"
echo 'scop = "tree"' >/tmp/bad.toml
json 1 '.files[0].error | test("bad.toml:1:8: scop: ")' config validate /tmp/bad.toml

say "of proxychains"
rm -r /etc/mprox
cat >/tmp/proxychains.conf <<-T
	strict_chain
	proxy_dns
	dnat 10.0.0.1 10.0.0.2
	[ProxyList]
	socks5 $PROXY4 1081 $PROXY_USER nospace
	socks5 $PROXY4 1080
	raw 192.0.2.1 1
T
status 0 config import proxychains /tmp/proxychains.conf -o /tmp/chain.toml
expect_match "$(cat /tmp/err)" "line 3: dnat .*line 7: a 'raw' proxy" "what has no counterpart"
json 0 '.chain and (.proxy | length == 2)' config show /tmp/chain.toml
status 0 config migrate /tmp/chain.toml
sed -i "s/^socks5.*nospace$/socks5 $PROXY4 1082/" /tmp/proxychains.conf
rm /tmp/chain.toml
status 0 config import proxychains /tmp/proxychains.conf -o /tmp/chain.toml
expect_eq "$(in_app "$MPROX_RUN" -q -f /tmp/chain.toml curl -sS http://$TARGET4/peer)" \
	$EXIT4 "the chain that was imported"
json 1 "$(check profile) | .state == \"fail\"" doctor -p /tmp/bad.toml

say "the module is not loaded"
unload_module
json 1 '.verdict == "not loaded"' version
json 1 "$(check module-loaded) | .state == \"fail\" and (.repair | test(\"modprobe\"))" doctor
