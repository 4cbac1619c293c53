# SPDX-License-Identifier: GPL-2.0-or-later
# resolvers that are daemons: nscd and systemd-resolved hear no name
# once: yes
WRONG=192.0.2.66		# what the app's own resolver says
mkdir -p /etc/netns/app
echo "nameserver 127.0.0.1" >/etc/netns/app/resolv.conf
start_names app 127.0.0.1 hidden.test $WRONG
names_behind_proxy
start_target
# One that resolves by packets of its own: daemons are asked across namespaces.
use_proxy squid 4
cp /etc/nsswitch.conf /etc/hosts /tmp
put_back() {
	cp /tmp/nsswitch.conf /tmp/hosts /etc
	rm -rf /etc/netns/app /var/run/nscd
	hostname mutex
}
trap put_back EXIT

start_nscd() {
	mkdir -p /var/run/nscd
	printf '%s\n' 'enable-cache hosts yes' 'persistent hosts no' \
		'positive-time-to-live hosts 600' >/tmp/nscd.conf
	spawn app nscd -F -f /tmp/nscd.conf 2>"$OUT/nscd.log"
	within 20 test -S /var/run/nscd/socket || fail "no nscd"
}

# Without a bus, and silent but for its one server.
start_resolved() {
	local from=$BUILD/vm/resolved
	cp "$from"/usr/lib/x86_64-linux-gnu/libnss_{resolve,myhostname}.so.2 \
		/lib/x86_64-linux-gnu/
	id systemd-resolve >/dev/null 2>&1 || useradd -r systemd-resolve
	mkdir -p /run/systemd/resolve
	chown systemd-resolve: /run/systemd/resolve
	printf '%s\n' '[Resolve]' DNS=127.0.0.1 LLMNR=no MulticastDNS=no \
		DNSSEC=no DNSStubListener=no >/etc/systemd/resolved.conf
	spawn app "$from/lib/systemd/systemd-resolved" 2>"$OUT/resolved.log"
	within 20 test -S /run/systemd/resolve/io.systemd.Resolve ||
		fail "no systemd-resolved"
}

addresses() { awk '{ print $1 }' | sort -u | tr '\n' ' '; }
lookup() { "$@" | addresses; }
run() { in_app "$MPROX_RUN" -x "$PROXY_URL" "$@"; }

PYTHON='import socket, sys
name = sys.argv[1]
print(*{a[4][0] for a in socket.getaddrinfo(name, 80)}, socket.gethostbyname(name))
print(socket.gethostbyaddr(socket.gethostbyname(name))[0])
print(socket.getnameinfo((socket.gethostbyname(name), 80), 0)[0])'

# heard NAME: has the app's resolver been asked for it?
heard() { grep -q "query.*[] ]$1 from" "$OUT/names-app.log"; }

# leaks_without NAME: so there is something to close
leaks_without() {
	say "$1 without the library: its daemon's answer"
	expect_eq "$(lookup run --no-preload -- getent ahosts "$1")" "$WRONG " "the daemon's"
	heard "$1" || fail "it was not the daemon that asked"
}

# closed_for PREFIX: with it nobody hears a name
closed_for() {
	say "$1 with the library"
	expect_match "$(lookup run -- getent ahosts "$1-a.hidden.test")" '^198\.18\.0\.1 $' "getent"
	expect_match "$(lookup run -- getent hosts "$1-b.hidden.test")" '^198\.18\.0\.1 $' "gethostbyname2"
	expect_eq "$(run -- /usr/bin/python3 -c "$PYTHON" "$1-c.hidden.test" | tr '\n' ' ')" \
		"198.18.0.1 198.18.0.1 $1-c.hidden.test $1-c.hidden.test " "python"
	expect_eq "$(run -- sh -c "env -i curl -sS http://$1-d.hidden.test/peer")" \
		$EXIT4 "curl below a shell and env -i"
	expect_eq "$(run -- curl -sS http://$1-e.hidden.test/hello)" \
		"the target says hello" "curl"
	was_proxied 2
	grep -q "query.* $1-e.hidden.test from 127" "$OUT/names-proxy.log" ||
		fail "the proxy has not asked for the name"
	expect_match "$(lookup run -- getent hosts localhost)" '^(::1|127.0.0.1) $' "localhost"
	for name in a b c d e; do
		! heard "$1-$name.hidden.test" || fail "$1-$name was heard"
	done
}

say "nobody to be kept from: nothing is said"
warned() { run "$@" 2>&1 >/dev/null; }
expect_eq "$(warned -- /bin/busybox true)" "" "nobody to warn of"

start_nscd
leaks_without nscd.hidden.test
mark
closed_for nscd
expect_match "$(warned -- /bin/busybox true)" 'static.*nscd' "a warning"
expect_eq "$(warned --no-preload -- /bin/busybox true)" "" "--no-preload"

say "a library that is not there: an error only to who asked for it"
cp "$MPROX_RUN" /tmp/mprox-run
away() { in_app /tmp/mprox-run -x "$PROXY_URL" "$@" 2>&1; }
expect_match "$(away -- echo ran)" 'libmprox_auto.so.*nscd.*ran' "unasked"
expect_fails away --preload -- true

say "no resolv.conf, or one that names nobody: 127.0.0.1 is asked"
echo '# nobody' >/etc/netns/app/resolv.conf
expect_eq "$(lookup run -- getent ahosts nobody.hidden.test)" "198.18.0.1 " "no server"
in_app sh -c 'umount /etc/resolv.conf; mv /etc/resolv.conf /etc/resolv.away
	exec "$@"' - "$MPROX_RUN" -x "$PROXY_URL" -- getent ahosts missing.hidden.test >/tmp/got
mv /etc/resolv.away /etc/resolv.conf
expect_eq "$(lookup cat /tmp/got)" "198.18.0.1 " "no file"
echo "nameserver 127.0.0.1" >/etc/netns/app/resolv.conf

say "names that are direct are nscd's"
expect_eq "$(lookup run --dns direct -- getent ahosts nscd.hidden.test)" "$WRONG " "--dns direct"
expect_eq "$(lookup run --dns direct --preload -- getent ahosts direct.hidden.test)" \
	"$WRONG " "--dns direct, --preload"
expect_eq "$(run --dns direct --preload -- env -i sh -c 'echo $MPROX_DNS')" direct "below env -i"
expect_eq "$(run --dns direct --preload -- "$MPROX_RUN" -x "$PROXY_URL" -- \
	sh -c 'echo $MPROX_DNS; getent hosts inner.hidden.test' | addresses)" \
	"198.18.0.1 captured " "a scope below such a one"

say "the library alone, whose proxy has a name that nscd knows"
echo "$PROXY4 proxy.test" >>/etc/hosts
echo "proxy = \"http://proxy.test:$PROXY_PORT\"" >/tmp/alone.toml
alone() { in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/alone.toml "$@"; }
expect_eq "$(lookup alone getent ahosts alone.hidden.test)" "198.18.0.1 " "alone"
echo 'dns = "direct"' >>/tmp/alone.toml
expect_eq "$(lookup alone getent ahosts nscd.hidden.test)" "$WRONG " 'alone, dns = "direct"'
for name in nobody missing inner alone; do
	! heard $name.hidden.test || fail "$name was heard"
done

say "modules of nsswitch.conf: systemd-resolved's, and the machine's own names"
nscd -K
within 20 test ! -e /var/run/nscd/socket || fail "nscd stays"
start_resolved
for line in 'files resolve [!UNAVAIL=return] dns' \
	'resolve[!UNAVAIL=return] files myhostname dns'; do
	sed -i "s/^hosts:.*/hosts: $line/" /etc/nsswitch.conf
	prefix=resolved-${#line}
	leaks_without $prefix.hidden.test
	mark
	closed_for $prefix
	expect_match "$(warned -- /bin/busybox true)" 'static.*nss-resolve' "a warning"
done
hostname nowhere-else
expect_match "$(lookup run -- getent ahosts nowhere-else)" "$APP4 " "myhostname"
