# SPDX-License-Identifier: GPL-2.0-or-later
# TLS by the kernel, on top of a proxied connection; it and the module come and go in any order
# once: yes
# timeout: 600
modprobe tls || skip "this kernel has no TLS"
[ -n "${THOROUGH-}" ] || VERSIONS=${VERSIONS##* }
open_target
serve() {
	spawn target /usr/bin/python3 "$VM/clients/ktls.py" serve 2443 "$TARGET_LOG" \
		2>>"$OUT/serve.err"
	SERVER=$!
	wait_port target :: 2443
}
serve

# talks WHAT: a few blocks there and back, in scope
talks() {
	local family
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		say "$1, IPv$family"
		expect_eq "$(proxied /usr/bin/python3 "$VM/clients/ktls.py" talk "$TARGET" \
			2443 /tmp/once /dev/null)" "1 good, $TARGET" "$1, IPv$family"
		was_proxied
		capture_check
	done
}
progressed() { [ "$(cut -d ' ' -f 1 /tmp/progress 2>/dev/null || echo 0)" -ge "$1" ]; }
named() { cut -d ' ' -f 2 /tmp/progress; }
# goes_on NAME WHAT: it does, and getpeername() tells NAME
goes_on() {
	local now
	now=$(cut -d ' ' -f 1 /tmp/progress)
	within 30 progressed $((now + 5)) || fail "$2: the transfer has stopped"
	expect_eq "$(named)" "$1" "$2: getpeername()"
}
# What the other end still holds goes with its process.
no_tls() {
	kill $SERVER
	wait $SERVER || true
	within 20 rmmod tls || fail "TLS cannot be unloaded"
}

talks "the module before TLS"
unload_module
load_module
talks "TLS before the module"
no_tls
modprobe tls
serve
talks "TLS, which went and came"

say "a connection that outlives the module, twice"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	proxy=$PROXY4
	[ "$family" = 4 ] || proxy=$PROXY6
	rm -f /tmp/progress /tmp/stop
	spawn app /usr/bin/python3 "$VM/clients/ktls.py" talk "$TARGET" 2443 \
		/tmp/progress /tmp/stop "$proxy" 1080 >/tmp/talk 2>"$OUT/talk-$family.err"
	talk=$!
	within 60 progressed 3 || fail "IPv$family: $(tail -n 1 "$OUT/talk-$family.err")"
	goes_on "$TARGET" "IPv$family"
	for it in 1 2; do
		unload_module
		goes_on "$proxy" "IPv$family, after rmmod $it"
		load_module
		goes_on "$proxy" "IPv$family, after insmod $it"
	done
	touch /tmp/stop
	wait $talk || fail "the transfer: $(tail -n 1 "$OUT/talk-$family.err")"
	expect_match "$(cat /tmp/talk)" "^[0-9]+ good, $proxy\$" "the transfer"
done
talks "after all of it"
no_tls
