# SPDX-License-Identifier: GPL-2.0-or-later
# mprox-resolver: DNS over TLS and HTTPS through the proxy, of a real server
# once: yes
# timeout: 240
RESOLVER=$BUILD/resolver/mprox-resolver
CA=/tmp/dns/ca.pem
# An address of the target's that the certificate does not name.
UNNAMED=10.77.2.3
# Questions of each of eight, all of which have to be answered within four seconds.
many=$((SLOW > 1 ? 5 : 10))
ASKED=$OUT/unbound.log
names_behind_proxy
use_proxy microsocks 4

# new_ca NAME; the server's certificate is of the CA "ca"
new_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
		-subj "/CN=$1 of the test" -keyout "/tmp/dns/$1.key" -out "/tmp/dns/$1.pem"
}

make_certificate() {
	mkdir -p /tmp/dns
	new_ca ca
	new_ca other
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
		-keyout /tmp/dns/server.key -out /tmp/dns/server.csr
	echo "subjectAltName=DNS:dns.hidden.test,IP:$TARGET4" >/tmp/dns/names
	openssl x509 -req -in /tmp/dns/server.csr -CA $CA -CAkey /tmp/dns/ca.key \
		-CAcreateserial -days 30 -extfile /tmp/dns/names -out /tmp/dns/server.pem
}

start_unbound() {
	cat >/tmp/dns/unbound.conf <<-U
	server:
		interface: $TARGET4@853
		interface: $TARGET4@443
		interface: $UNNAMED@853
		interface: $UNNAMED@443
		tls-port: 853
		https-port: 443
		tls-service-key: /tmp/dns/server.key
		tls-service-pem: /tmp/dns/server.pem
		access-control: 0.0.0.0/0 allow
		directory: /tmp/dns
		chroot: ""
		username: ""
		pidfile: ""
		use-syslog: no
		log-queries: yes
		do-daemonize: no
		module-config: "iterator"
		local-zone: "seen.test." redirect
		local-data: "seen.test. A 192.0.2.7"
	U
	spawn target unbound -d -c /tmp/dns/unbound.conf 2>>"$ASKED"
	UNBOUND=$!
	wait_port target $TARGET4 853
	wait_port target $TARGET4 443
}

stop_unbound() {
	kill $UNBOUND
	wait $UNBOUND || true
}

# As proxied, in the background; $! is the command's
scoped() { spawn app "$MPROX_RUN" -x "$PROXY_URL" -- "$@"; }

# start_resolver [OPTIONS] URL: in scope; sets PORT and RESOLVER_PID
start_resolver() {
	rm -f /tmp/port
	scoped "$RESOLVER" -v "$@" >/tmp/port 2>>"$OUT/resolver.log"
	RESOLVER_PID=$!
	within 20 test -s /tmp/port || fail "mprox-resolver does not start"
	PORT=$(cat /tmp/port)
}

stop_resolver() {
	kill $RESOLVER_PID
	wait $RESOLVER_PID || fail "SIGTERM: exit status $?"
}

# Asked by somebody who is not in scope, as the kernel does it.
ask() { in_app dig +tcp +tries=1 +time=8 -p "$PORT" @127.0.0.1 "$@"; }
status() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
answers() { [ "$(ask +short "$1")" = 192.0.2.7 ]; }
connects() { grep -cE "connected to .*:$1\$" "$PROXY_LOG" || true; }

ip -n target addr add $UNNAMED/24 dev tg0
make_certificate 2>>"$OUT/openssl.log"
unbound -V | grep -q nghttp2 || fail "unbound has no HTTPS here"
start_unbound

# works_over PORT URL
works_over() {
	local before n pids
	say "$2"
	before=$(connects "$1")
	start_resolver --ca $CA "$2"
	expect_eq "$(ask +short first.seen.test)" 192.0.2.7 "the answer"
	grep -q "$EXIT4 first.seen.test. A IN" "$ASKED" ||
		fail "the server was not asked by the proxy"
	expect_eq "$(status +noedns bare.seen.test)" NOERROR "without EDNS"
	pids=()
	for n in {1..8}; do
		in_app /usr/bin/python3 "$VM/clients/dnspipe.py" "$PORT" \
			"c$n.seen.test" "$many" >"/tmp/dns/pipe$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	expect_eq "$(sort -u /tmp/dns/pipe*)" "$many" "answers to each of eight"
	expect_eq $(($(connects "$1") - before)) 1 "connections for all of that"

	stop_unbound
	expect_eq "$(status down.seen.test)" SERVFAIL "while the server is down"
	start_unbound
	within 10 answers again.seen.test || fail "no answer after a restart"
	stop_resolver
}
works_over 853 tls://$TARGET4
works_over 443 https://dns.hidden.test/dns-query
[ -z "${THOROUGH-}" ] || {
	works_over 853 tls://dns.hidden.test
	works_over 443 https://$TARGET4
}

say "padding"
start_resolver --ca $CA tls://dns.hidden.test
expect_match "$(ask padded.seen.test)" 'PAD: ' "a server pads what answers a padded query"
expect_match "$(ask +noedns padded.seen.test)" 'ADDITIONAL: 0' "without EDNS"
stop_resolver

# refused WHAT [OPTIONS] URL: SERVFAIL, and the server was not asked
refused() {
	say "$1: ${*: -1}"
	start_resolver "${@:2}"
	expect_eq "$(status refused.seen.test)" SERVFAIL "$1"
	expect_fails grep -q refused.seen.test "$ASKED"
	stop_resolver
}
for scheme in tls ${THOROUGH:+https}; do
	refused "another CA" --ca /tmp/dns/other.pem $scheme://dns.hidden.test
	refused "a CA that the system does not know" $scheme://dns.hidden.test
	refused "another name" --ca $CA $scheme://other.hidden.test
	refused "an address that the certificate does not name" --ca $CA $scheme://$UNNAMED
done

say "a server that is silent"
kill -STOP $UNBOUND
start_resolver --ca $CA tls://$TARGET4
expect_eq "$(status silent.seen.test)" SERVFAIL "silence"
kill -CONT $UNBOUND
within 10 answers spoken.seen.test || fail "no answer when it speaks again"
stop_resolver

say "the environment's proxy is not ours"
export https_proxy=http://$NOWHERE4:3128 ALL_PROXY=http://$NOWHERE4:3128
start_resolver --ca $CA https://dns.hidden.test
unset https_proxy ALL_PROXY
answers env.seen.test || fail "no answer"
stop_resolver

say "it ends when nobody else is left in the scope"
# shellcheck disable=SC2016
scoped sh -c '"$@" --context-fd "$MPROX_FD" & echo $! >/tmp/helper; exec sleep 600' \
	- "$RESOLVER" --ca $CA tls://$TARGET4 >/tmp/port 2>>"$OUT/resolver.log"
SCOPED=$!
within 20 test -s /tmp/port
PORT=$(cat /tmp/port)
answers company.seen.test || fail "no answer"
HELPER=$(cat /tmp/helper)
# Longer than it takes to look.
sleep 2
kill -0 "$HELPER" || fail "it has ended too early"
kill $SCOPED
wait $SCOPED || true
gone() { ! kill -0 "$HELPER" 2>/dev/null; }
within 10 gone || fail "it is still there"
expect_fails proxied "$RESOLVER" --context-fd 0 tls://$TARGET4

# What the user types: mprox-run has the kernel ask it.
for_names() {
	local url=$1; shift
	in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy --dns-server "$url" \
		--dns-server-ca $CA "$@"
}
no_context() { in_app grep -qx 'contexts 0' /proc/mutex/stats; }
within 10 no_context || fail "a context is left"
for url in tls://dns.hidden.test ${THOROUGH:+tls://$TARGET4} https://dns.hidden.test; do
	say "a program's names by $url"
	# shellcheck disable=SC2016
	expect_eq "$(for_names "$url" -- sh -c 'for n in 1 2 3; do
		dig +short +tries=1 +time=8 @9.9.9.9 run$n.seen.test; done
		getent ahostsv4 run4.seen.test | head -n 1 | cut -d " " -f 1' | sort | uniq -c |
		tr -s ' ')" " 4 192.0.2.7" "answers"
	within 10 no_context || fail "mprox-resolver outlives the program"
	expect_eq "$(for_names "$url" --scope process -- \
		dig +short +tries=1 +time=8 @9.9.9.9 alone.seen.test)" 192.0.2.7 "a process alone"
	within 10 no_context || fail "mprox-resolver outlives the process"
done
grep -q "$EXIT4 run1.seen.test. A IN" "$ASKED" || fail "the server was not asked"

say "a program that has gone to the background keeps it"
# shellcheck disable=SC2016
for_names tls://$TARGET4 -- sh -c '(sleep 3; exec dig +short +tries=1 +time=8 \
	@9.9.9.9 late.seen.test >/tmp/late) & exit 0'
late() { [ "$(cat /tmp/late)" = 192.0.2.7 ]; }
within 20 late || fail "no answer to who came late"
within 10 no_context || fail "mprox-resolver is left"

say "nobody gets its port after its death"
# shellcheck disable=SC2016
expect_eq "$(for_names tls://$TARGET4 -- sh -c '
	port=$(grep -o "resolver:.127.0.0.1:[0-9]*" /proc/self/fdinfo/$MPROX_FD | cut -d : -f 3)
	pkill -KILL -x mprox-resolver
	/usr/bin/python3 -c "
import socket, sys, time
time.sleep(1)
try:
    socket.create_server((\"127.0.0.1\", int(sys.argv[1])))
    print(\"taken\")
except OSError as err:
    print(err.errno)
" "$port"
	dig +tries=1 +time=8 @9.9.9.9 dead.seen.test | grep -o SERVFAIL' | xargs)" \
	"98 SERVFAIL" "bind() to its port (EADDRINUSE), and a question"
within 10 no_context || fail "the scope is left"

say "a global scope"
expect_eq "$(for_names tls://dns.hidden.test --scope global -- \
	dig +short +tries=1 +time=8 @9.9.9.9 global.seen.test)" 192.0.2.7 "everybody's"
gone() { ! pgrep -x mprox-resolver; }
within 10 no_context || fail "the scope is left"
within 10 gone || fail "mprox-resolver is left"

say "a certificate that is not trusted"
expect_match "$(in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy --dns-server \
	tls://dns.hidden.test -- dig +tries=1 +time=8 @9.9.9.9 run.refused.seen.test)" \
	SERVFAIL "no answer"
expect_fails grep -q run.refused.seen.test "$ASKED"

say "the preload library alone has nobody who asks"
printf '%s\n' "proxy = \"$PROXY_URL\"" 'dns = "proxy"' \
	'dns_server = "tls://dns.hidden.test"' >/tmp/dns/tls.toml
said=$(in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/dns/tls.toml true 2>&1 || true)
expect_match "$said" 'start the program by mprox-run' "why"
