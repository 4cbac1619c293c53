# SPDX-License-Identifier: GPL-2.0-or-later
# scope "global": everybody in the namespace but the proxy, who is exempt
# once: yes
# capture: no
start_target
open_forwarding
ip -n app addr add 10.77.1.3/24 dev up0
spawn app setpriv --reuid 65534 --clear-groups microsocks -i 127.0.0.1 -p 1080 \
	-b 10.77.1.3 2>"$OUT/local.log"
wait_port app 127.0.0.1 1080
expect_eq "$(in_app curl -sS http://$TARGET4/peer)" $APP4 "peer before"

for exempt in uid pid; do
	say "exempt by $exempt"
	spawn app /usr/bin/python3 "$VM/clients/global.py" 127.0.0.1 1080 $exempt \
		>"$OUT/global-$exempt.log" 2>&1
	holder=$!
	within 20 grep -q enabled "$OUT/global-$exempt.log" || fail "not enabled"
	expect_eq "$(in_app curl -sS http://$TARGET4/peer)" 10.77.1.3 "peer of a stranger"
	kill $holder
	within 20 grep -q closed "$OUT/global-$exempt.log"
	expect_eq "$(in_app curl -sS http://$TARGET4/peer)" $APP4 "peer after"
done

say "the launcher's words for it"
expect_eq "$(in_app "$MPROX_RUN" --scope global --exempt-uid 65534 \
	-x socks5://127.0.0.1:1080 -- curl -sS http://$TARGET4/peer)" \
	10.77.1.3 "peer"
expect_eq "$(in_app curl -sS http://$TARGET4/peer)" $APP4 "peer after"
