# SPDX-License-Identifier: GPL-2.0-or-later
# a VRF, and no route to the target at all: TCP finds its way to the proxy
# once: yes
# debug: yes
modprobe vrf
open_target proxy px0

# A cycle of the device, as it is enslaved, costs its routes.
in_app sysctl -qw net.ipv6.conf.up0.keep_addr_on_down=1
ip -n app link add red type vrf table 100
ip -n app link set red up
ip -n app link set up0 master red
routes() {
	ip -n app route "$1" default via $PROXY4 table 100
	[ -z "$IPV6" ] || ip -n app -6 route "$1" default via $PROXY6 table 100
}
routes add

by_red() { in_app ip vrf exec red "$@"; }
# fetch CURL-ARGUMENT...: in scope, from inside or outside of the VRF
outside() { proxied curl -sS "$@" "http://$HOST/peer"; }
inside() { proxied ip vrf exec red curl -sS "$@" "http://$HOST/peer"; }
around() {
	by_red "$MPROX_RUN" -x "$PROXY_URL" ${PROXIED[@]+"${PROXIED[@]}"} -- \
		curl -sS "$@" "http://$HOST/peer"
}

ways() {
	local family
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		say "$1, IPv$family"
		expect_eq "$(by_red curl -sS -x "$PROXY_URL" "http://$HOST/peer")" "$EXIT" \
			"a client of SOCKS"
		expect_eq "$(in_app curl -sS --interface 'if!up0' -x "$PROXY_URL" \
			"http://$HOST/peer")" "$EXIT" "and bound to the device"
		mark
		expect_eq "$(around)" "$EXIT" "ip vrf exec"
		expect_eq "$(inside)" "$EXIT" "ip vrf exec in the scope"
		expect_eq "$(outside --interface 'if!red')" "$EXIT" "bound to the VRF"
		expect_eq "$(outside --interface 'if!up0')" "$EXIT" "bound to its device"
		expect_eq "$(around --interface 'if!up0')" "$EXIT" "both"
		expect_eq "$(by_red "$MPROX_RUN" -x "$PROXY_URL" -- /usr/bin/python3 \
			"$VM/clients/many.py" "$TARGET" 7 10)" 10 "many"
		was_proxied 15
		capture_check
	done
}

direct() { by_red curl -sS -m 10 "http://$HOST/peer"; }
say "the target directly, from the VRF"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	near=$APP4
	[ "$family" = 4 ] || near=$APP6
	expect_eq "$(direct)" "$near" "IPv$family"
done
capture_anew proxy px0
ways "a VRF"

routes del
PROXIED=(--no-route)
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	expect_fails direct
done
ways "a VRF without a route to the target"

say "and without a VRF"
ip -n app link set up0 nomaster
ip -n app link del red
ip -n app route flush default
[ -z "$IPV6" ] || ip -n app -6 route flush default
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/connect.py" all "$TARGET" 80)" \
		ENETUNREACH "a stranger, IPv$family"
	expect_eq "$(outside)" "$EXIT" "no default route, IPv$family"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/connect.py" all "$TARGET" 80)" \
		OK "no default route, IPv$family"
	was_proxied 6
done
expect_fails ip -n app link show mprox0
