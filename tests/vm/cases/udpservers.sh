# SPDX-License-Identifier: GPL-2.0-or-later
# real UDP programs through the relays of real servers: DNS, NTP, TFTP, QUIC
# once: yes
# capture: no
# timeout: 300
# shellcheck shell=bash
names_behind_proxy
spawn target tcpdump -i tg0 -nn -U --immediate-mode -s 96 -w /tmp/target.pcap \
	udp 2>/tmp/target.err
within 20 grep -qs listening /tmp/target.err

say "what the target has: DNS and TFTP, NTP, QUIC"
mkdir -p $WEB
head -c 100000 /dev/urandom >$WEB/page
head -c 20000 $WEB/page >$WEB/blocks	# each of 512 octets waits for the last
spawn target dnsmasq -k -C /dev/null -z -a $TARGET4 -a $TARGET6 --no-resolv \
	--no-hosts -u root --pid-file= --address=/seen.test/192.0.2.99 \
	--enable-tftp --tftp-root=$WEB
wait_port target $TARGET4 53
chronyd=$BUILD/vm/chrony/usr/sbin/chronyd
# With -x it leaves the clock alone, as -Q does.
cat >/tmp/chrony.conf <<-C
	local stratum 3
	allow all
	cmdport 0
	bindcmdaddress /
	pidfile /tmp/chrony.pid
C
spawn target "$chronyd" -x -d -u root -f /tmp/chrony.conf 2>"$OUT/chronyd.log"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=site.hidden.test -keyout /tmp/key -out /tmp/certificate 2>/dev/null
for a in $TARGET4 $TARGET6; do
	spawn target gtlsserver -q -d $WEB $a 443 /tmp/key /tmp/certificate
done
udp_listens() { in_target ss -Hlun "sport = :$1" | grep -c . | grep -qx 2; }
for port in 53 69 123 443; do
	within 20 udp_listens $port || fail "nobody listens on UDP port $port"
done

# DNS at the target by a rule of its own: it would else be answered here.
with_udp() {
	cat >/tmp/udp.toml <<-T
	proxy = "$PROXY_URL"
	udp = "proxy"
	[[rule]]
	to = "$TARGET"
	proto = "udp"
	port = 53
	verdict = "proxy"
	T
	in_app "$MPROX_RUN" -q -p /tmp/udp.toml -- "$@"
}

dns() {
	expect_eq "$(with_udp dig +short +tries=2 "@$1" a.seen.test)" 192.0.2.99 \
		"DNS at $1"
}

# One answer will do; -Q says what it would do to the clock, and does not.
ntp() {
	with_udp "$chronyd" -Q -u root -t 20 -f /dev/null "server $1 iburst maxsamples 1" \
		'cmdport 0' 'pidfile /tmp/chrony-client.pid' >/tmp/ntp.out 2>&1 ||
		fail "NTP at $1: $(cat /tmp/ntp.out)"
	grep -q 'System clock wrong by' /tmp/ntp.out || fail "NTP at $1 said nothing"
}

# The data come from another port than was asked.
tftp() {
	local host=$1
	[[ $host != *:* ]] || host=[$host]
	rm -f /tmp/got
	with_udp curl -sS -m 60 -o /tmp/got "tftp://$host/blocks"
	cmp /tmp/got $WEB/blocks || fail "TFTP at $1"
}

quic() {
	rm -rf /tmp/got-quic
	mkdir /tmp/got-quic
	with_udp gtlsclient -q --no-quic-dump --no-http-dump --download=/tmp/got-quic \
		--exit-on-all-streams-close "$1" 443 "https://site.hidden.test/page" \
		>/tmp/quic.out 2>&1 || fail "QUIC with $1: $(tail -n 1 /tmp/quic.out)"
	cmp /tmp/got-quic/page $WEB/page || fail "QUIC with $1"
}

seen_by_target() {
	tcpdump -nn -r /tmp/target.pcap "dst host $TARGET" 2>/dev/null |
		awk '{ sub(/\.[0-9]+$/, "", $3); print $3 }' | sort -u
}

# through SERVER 4|6 PROGRAM...
through() {
	local program
	use_proxy "$1" "$2"; shift 2
	for program in "$@"; do
		say "$program through $PROXY_URL"
		$program "$TARGET"
		[ "$program" = dns ] || [ "$FAMILY" = 6 ] ||
			$program site.hidden.test
	done
	sleep 0.2
	expect_eq "$(seen_by_target)" "$EXIT" "who the target heard"
}

for family in 4 6; do
	through danted $family dns ntp tftp quic
	through shadowsocks $family dns ntp tftp quic
	# It hears nobody but the port it has sent to.
	through v2ray $family dns ntp quic
done

capture_check "$RELAY_FILTER"
