# SPDX-License-Identifier: GPL-2.0-or-later
# the check for leaks sees each kind of leak: here they are made on purpose
# once: yes
# thorough: yes
# capture: no
start_target
use_proxy microsocks 4
ip -n app addr add 10.77.1.3/24 dev up0

# finds WHAT: the check that ends every case would fail this one, for WHAT
finds() {
	! (trap - ERR; capture_check "$allowed") >/tmp/said 2>&1 || return 1
	rm -f "$OUT/reason"
	grep -qE "^FAIL: leaked: .*$1" /tmp/said
}

# leak WHAT FILTER COMMAND...: the command's packets are found, and nothing but
# them: FILTER describes them, and WHAT is how tcpdump shows the first. The router
# may say that it does not forward.
allowed="(icmp and src host $PROXY4) or (icmp6 and src host $PROXY6)"
leak() {
	local what=$1 filter=$2; shift 2
	say "$*"
	capture_check "$allowed"
	"$@" >/dev/null 2>&1 || true
	within 5 finds "$what" || fail "not seen: $what; $(cat /tmp/said)"
	allowed+=" or ($filter)"
}

CURL="timeout $((2 * SLOW)) curl -sS -g"
DIG='dig +tries=1 +time=1 secret.test'
LEAKY="/usr/bin/python3 $VM/clients/leaky.py"
but() { in_app "$MPROX_RUN" -x "$PROXY_URL" "$@"; }

say "what goes through the proxy is none"
expect_eq "$(proxied curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
expect_match "$(proxied dig +short @9.9.9.9 secret.test)" '^198\.18\.' "a name"
capture_check

say "in a scope: rules and modes that say direct"
leak "> $TARGET4.81: Flags .S" "dst host $TARGET4 and tcp dst port 81" \
	but --bypass $TARGET4 -- $CURL http://$TARGET4:81/
leak "> $TARGET6.81: Flags .S" "dst host $TARGET6 and tcp dst port 81" \
	but --bypass $TARGET6 -- $CURL "http://[$TARGET6]:81/"
leak "> $TARGET4.444: UDP" "dst host $TARGET4 and udp dst port 444" \
	but --bypass $TARGET4 -- $LEAKY datagram $TARGET4 444
leak "> 9.9.9.1.53: .*A\? secret.test" "dst host 9.9.9.1 and udp dst port 53" \
	but --dns direct --bypass 9.9.9.1 -- $DIG @9.9.9.1
leak "> 9.9.9.1.53: Flags .S" "dst host 9.9.9.1 and tcp dst port 53" \
	but --dns direct --bypass 9.9.9.1 -- $DIG +tcp @9.9.9.1
leak "> $TARGET4: ICMP echo" "dst host $TARGET4 and icmp" \
	but --bypass $TARGET4 -- ping -c 1 -W 1 $TARGET4

say "outside of any scope"
leak "> $TARGET4.80: Flags .S" "dst host $TARGET4 and tcp dst port 80" \
	in_app $CURL http://$TARGET4/
leak "> $TARGET6.80: Flags .S" "dst host $TARGET6 and tcp dst port 80" \
	in_app $CURL "http://[$TARGET6]/"
leak "> $TARGET4.82: Flags .S.*mptcp" "dst host $TARGET4 and tcp dst port 82" \
	in_app $LEAKY multipath $TARGET4 82
leak "> 9.9.9.9.53: .*A\? secret.test" "dst host 9.9.9.9 and udp dst port 53" \
	in_app $DIG @9.9.9.9
leak "> 9.9.9.9.53: Flags .S" "dst host 9.9.9.9 and tcp dst port 53" \
	in_app $DIG +tcp @9.9.9.9
leak "> 2001:db8::1.53: .*A\? secret.test" "dst host 2001:db8::1 and udp dst port 53" \
	in_app $DIG @2001:db8::1
leak "> $TARGET4.443: UDP, length 4000" \
	"dst host $TARGET4 and (udp dst port 443 or ip[6:2] & 0x1fff != 0)" \
	in_app $LEAKY large $TARGET4 443
leak "> $TARGET6: frag .*443: UDP, length 4000" \
	"dst host $TARGET6 and ip6[6] = 44" in_app $LEAKY large $TARGET6 443
leak "> $TARGET6: DSTOPT" "dst host $TARGET6 and ip6[6] = 60" \
	in_app $LEAKY padded $TARGET6 443
leak "> $TARGET4: GRE" "dst host $TARGET4 and ip proto 47" \
	in_app $LEAKY raw $TARGET4 47
leak "> $NOWHERE4: ICMP echo" "dst host $NOWHERE4 and icmp" \
	in_app ping -c 1 -W 1 $NOWHERE4
leak "> $NOWHERE6: ICMP6, echo" "dst host $NOWHERE6 and icmp6" \
	in_app ping -c 1 -W 1 $NOWHERE6

say "next to what may be seen"
leak "> $PROXY4.80: Flags .S" "host $PROXY4 and tcp port 80" \
	in_app $CURL http://$PROXY4/
leak "> $PROXY4.1080: UDP" "dst host $PROXY4 and udp dst port 1080" \
	in_app $LEAKY datagram $PROXY4 1080
leak "> $TARGET4.1080: Flags .S" "dst host $TARGET4 and tcp dst port 1080" \
	in_app $CURL http://$TARGET4:1080/
leak "10.77.1.3.[0-9]+ > $PROXY4.1080: Flags .S" "host 10.77.1.3 and tcp port 1080" \
	in_app $CURL --interface 10.77.1.3 http://$PROXY4:1080/
leak "> 127.0.0.1.80: Flags .S" "dst host 127.0.0.1 and tcp dst port 80" \
	in_app $CURL --interface up0 http://127.0.0.1/
leak "> 224.0.0.251.5353: " "dst host 224.0.0.251 and udp dst port 5353" \
	in_app $LEAKY datagram 224.0.0.251 5353
capture_check "$allowed"
