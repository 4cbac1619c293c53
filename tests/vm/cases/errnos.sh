# SPDX-License-Identifier: GPL-2.0-or-later
# each errno of connect(), from real conditions, in every way to wait for it
# once: yes
# timeout: 900
start_target
start_fakesocks 1090=silent 1091=silent2 1092=reply:1 1093=reply:2 1094=reply:3 \
	1095=reply:4 1096=reply:5 1097=reply:6 1098=badpass 1099=nomethod

# gives ERRNO HOST PORT [OPTIONS...]: blocking, poll, epoll, again, io_uring
gives() {
	local want=$1 host=$2 port=$3; shift 3
	expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" "$@" -- /usr/bin/python3 \
		"$VM/clients/connect.py" all "$host" "$port")" \
		"$want" "connect to $host:$port through $PROXY_URL"
	expect_eq "$(in_app "$MPROX_RUN" -x "$PROXY_URL" "$@" -- \
		"$BUILD/vm/bin/uring" "$host" "$port")" "$want" "io_uring, $PROXY_URL"
}

# fake PORT: what the proxy of that port stands for
fake() {
	if [ "$FAMILY" = 4 ]; then PROXY_URL=socks5://${2-}$PROXY4:$1
	else PROXY_URL=socks5://${2-}[$PROXY6]:$1; fi
}

say "a real proxy's answers"
answers() {
	gives OK "$TARGET" 80
	gives ECONNREFUSED "$TARGET" 9
	gives ENETUNREACH "$NOWHERE" 80
}
PROXIES='microsocks danted' each_proxy answers

say "a wrong password"
wrong() {
	PROXY_URL=${PROXY_URL/$PROXY_CRED/someone:wrong@}
	gives EHOSTUNREACH "$TARGET" 80
}
PROXIES='microsocks-password danted-password' FAMILIES=4 each_proxy wrong
PROXIES=microsocks-password FAMILIES=6 each_proxy wrong

for family in 4 6; do
	use_proxy microsocks $family
	say "reply codes, IPv$family"
	fake 1092; gives EHOSTUNREACH "$TARGET" 80
	fake 1093; gives EHOSTUNREACH "$TARGET" 80
	fake 1094; gives ENETUNREACH "$TARGET" 80
	fake 1095; gives EHOSTUNREACH "$TARGET" 80
	fake 1096; gives ECONNREFUSED "$TARGET" 80
	fake 1097; gives EHOSTUNREACH "$TARGET" 80
	fake 1098 user:pass@; gives EHOSTUNREACH "$TARGET" 80
	fake 1099; gives EHOSTUNREACH "$TARGET" 80
	say "nobody at the proxy's port, IPv$family"
	fake 1089; gives EHOSTUNREACH "$TARGET" 80
	say "a silent proxy, IPv$family"
	fake 1090; gives ETIMEDOUT "$TARGET" 80 --handshake-timeout 0.5
	fake 1091; gives ETIMEDOUT "$TARGET" 80 --handshake-timeout 0.5
done

# Each handshake's end races with its last segment, on two processors.
say "many refused at once: every proxy gets its reset, the target nothing"
use_proxy microsocks 4
fake 1096
in_app "$MPROX_RUN" -x "$PROXY_URL" -- /usr/bin/python3 "$VM/clients/many.py" \
	"$TARGET" 7 600 32 2>"$OUT/many" || true
expect_eq "$(grep -c "^[0-9]*: ConnectionRefusedError" "$OUT/many")" 600 \
	"connections that were refused"
