# SPDX-License-Identifier: GPL-2.0-or-later
# --check asks every kind of proxy with the login, and names what is none
# once: yes
# timeout: 600
start_target
names_behind_proxy

# checked ARGS...: what --check says; its status is in $RC
checked() { RC=0; in_app "$MPROX_RUN" --check "$@" -- true >/tmp/said 2>&1 || RC=$?; cat /tmp/said; }

# ok URL
ok() {
	checked -x "$1"
	expect_eq "$RC" 0 "status with $1"
	expect_match "$(cat /tmp/said)" ': ok$' "what is said of $1"
}

# not URL REGEX
not() {
	checked -x "$1"
	expect_eq "$RC" 125 "status with $1"
	expect_match "$(cat /tmp/said)" "$2" "what is said of $1"
}

say "proxies that can be used"
for kind in microsocks microsocks-password danted danted-password danted-socks4 \
	squid squid-basic squid-digest tinyproxy-basic privoxy ssh-d; do
	use_proxy $kind 4
	ok "$PROXY_URL"
done
ok "$(url_of microsocks-password 6)"

say "logins"
for kind in microsocks-password:1081 danted-password:1083; do
	not "socks5://$PROXY4:${kind#*:}" 'wants a user and a password'
	not "socks5://$PROXY_USER:wrong@$PROXY4:${kind#*:}" 'does not take this user and password'
done
for port in 1085 1086 1087; do
	not "http://$PROXY4:$port" 'wants a user and a password'
	not "http://$PROXY_USER:wrong@$PROXY4:$port" 'does not take this user and password'
done
grep -q wrong /tmp/said && fail "the password is shown"

say "what is something else"
not "http://$PROXY4:1080" 'is a SOCKS5 server'
not "http://$PROXY4:1082" 'is a SOCKS5 server'
not "socks5://$PROXY4:1084" 'is an HTTP server'
# It hangs up on a name that it cannot resolve, as a server does that has no SOCKS4.
not "socks4a://someone@$PROXY4:1088" 'is a SOCKS5 server'
not "socks5://$PROXY4:1087" 'is an HTTP server'
not "socks4://$PROXY4:1084" 'is an HTTP server'
openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/key.pem -out /tmp/cert.pem \
	-days 2 -subj /CN=proxy 2>/dev/null
spawn proxy openssl s_server -quiet -accept 1095 -key /tmp/key.pem -cert /tmp/cert.pem \
	>/dev/null 2>&1
wait_port proxy $PROXY4 1095
not "http://$PROXY4:1095" 'speaks TLS'
not "socks5://$PROXY4:1095" 'speaks TLS'
spawn proxy /usr/sbin/sshd -D -f /tmp/d_sshd_config -p 1096 -E "$OUT/sshd-1096.log"
wait_port proxy $PROXY4 1096
not "http://$PROXY4:1096" 'is an SSH server'
not "socks5://$PROXY4:1096" 'is an SSH server'
not "socks5://$PROXY4:1099" 'cannot be reached'

say "of several servers one is enough"
checked -x "http://$PROXY4:1080" -x "socks5://$PROXY4:1080"
expect_eq "$RC" 0 "status with one that is good"
expect_match "$(cat /tmp/said)" 'is a SOCKS5 server.*port 1080: ok' "what is said of both"
checked -x "http://$PROXY4:1080" -x "socks5://$PROXY4:1099"
expect_eq "$RC" 125 "status with none"
expect_match "$(cat /tmp/said)" 'none of the 2 servers' "what is said of both"

say "a chain, as far as it leads"
checked --chain -x "$(url_of danted 4)" -x "$(url_of squid-basic 4)"
expect_eq "$RC" 0 "status of the chain"
checked --chain -x "$(url_of danted 4)" -x "http://$PROXY4:1085"
expect_eq "$RC" 125 "status of the chain without a login"
expect_match "$(cat /tmp/said)" 'port 1085 wants a user and a password' "what is said of it"
checked --chain -x "$(url_of danted 4)" -x "http://$PROXY4:1099"
expect_eq "$RC" 125 "status of the broken chain"
expect_match "$(cat /tmp/said)" 'the next of the chain is proxy 10.77.1.1 port 1099' "what is said of it"
