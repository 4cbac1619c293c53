# SPDX-License-Identifier: GPL-2.0-or-later
# a live patch of what we redirect: whoever comes second is refused and says why, and goes in after
# once: yes
PATCH=$BUILD/vm/$KVER/livepatch/hold_connect.ko
[ -e "$PATCH" ] || skip "this kernel has no live patches"
# As in intercept: it patches code that the other processor runs.
CPU1=/sys/devices/system/cpu/cpu1/online
if [ -e $CPU1 ]; then
	trap 'echo 1 >$CPU1' EXIT
	echo 0 >$CPU1
fi
open_target
LIVE=/sys/kernel/livepatch/hold_connect

proxies() {
	local family
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		expect_eq "$(proxied curl -sS "http://$HOST/peer")" "$EXIT" "$1, IPv$family"
		was_proxied
		capture_check
	done
}
# calls ADDRESS: getsockname() and connect() of a stranger, where nobody listens
calls() {
	in_app /usr/bin/python3 - "$1" <<'P'
import errno, socket, sys
sock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
for call in sock.getsockname, lambda: sock.connect((sys.argv[1], 1099)):
    try:
        call()
        print("OK", end=" ")
    except OSError as err:
        print(errno.errorcode[err.errno], end=" ")
P
}
settled() { [ "$(cat $LIVE/transition)" = 0 ]; }
gone() { [ ! -e $LIVE ]; }
said() { dmesg | tail -n 20 | grep -qF "$1"; }

# exclude FUNCTION ADDRESS WITHOUT WITH: what calls() say with and without the patch
exclude() {
	say "$1: the module first"
	expect_fails insmod "$PATCH" "function=$1"
	said "livepatch: failed to register ftrace handler for function '$1'" ||
		fail "who refused the patch?"
	gone || fail "half of the patch is there"
	proxies "$1, and a patch that was refused"
	say "$1: the patch first"
	unload_module
	insmod "$PATCH" "function=$1"
	within 60 settled || fail "the patch does not settle"
	expect_eq "$(calls "$2")" "$4" "the patch of $1"
	expect_fails insmod "$MODULE"
	said "mutex_proxy: $1() cannot be led: a live patch has it" ||
		fail "the module does not say why: $(dmesg | tail -n 1)"
	[ ! -e /dev/mprox ] || fail "half of the module is there"
	expect_eq "$(calls "$2")" "$4" "the patch of $1, after the module"
	echo 0 >$LIVE/enabled
	within 60 gone || fail "the patch does not go"
	within 10 rmmod hold_connect
	expect_eq "$(calls "$2")" "$3" "without either"
	load_module
	proxies "$1, and the patch that has gone"
}
exclude tcp_v4_connect "$PROXY4" "OK ECONNREFUSED " "OK ENOTUNIQ "
exclude inet_getname "$PROXY4" "OK ECONNREFUSED " "ENOTUNIQ ECONNREFUSED "
[ -n "$IPV6" ] || return 0
exclude tcp_v6_connect "$PROXY6" "OK ECONNREFUSED " "OK ENOTUNIQ "
exclude inet6_getname "$PROXY6" "OK ECONNREFUSED " "ENOTUNIQ ECONNREFUSED "
