# SPDX-License-Identifier: GPL-2.0-or-later
# the counters of a context: read, ioctl, /proc/mutex/stats
# once: yes
# capture: no
start_target
head -c 1000000 /dev/urandom >$WEB/million
use_proxy microsocks 4
in_app /usr/bin/python3 "$VM/clients/stats.py" $PROXY4 1080 $TARGET4
[ -r /proc/mutex/stats ] || fail "no /proc/mutex/stats"

say "/proc/mutex/stats is the administrator's, and of one network namespace"
no_context() { in_app grep -qx 'contexts 0' /proc/mutex/stats; }
within 10 no_context || fail "a context is left"
# shellcheck disable=SC2016
expect_eq "$(proxied sh -c 'grep -E "^(contexts|members) " /proc/mutex/stats;
	exec nsenter --net=/run/netns/proxy grep "^contexts " /proc/mutex/stats' | xargs)" \
	"contexts 1 members 2 contexts 0" "contexts of this namespace, with sh and grep, and of another"
expect_fails setpriv --reuid 65534 --clear-groups cat /proc/mutex/stats
was_proxied 3
capture_check "host $TARGET4 and tcp port 7"
