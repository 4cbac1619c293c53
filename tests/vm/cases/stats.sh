# SPDX-License-Identifier: GPL-2.0-or-later
# the counters of a context: read, ioctl, /proc/mutex/stats
# capture: no
start_target
head -c 1000000 /dev/urandom >$WEB/million
use_proxy microsocks 4
in_app /usr/bin/python3 "$VM/clients/stats.py" $PROXY4 1080 $TARGET4
[ -r /proc/mutex/stats ] || fail "no /proc/mutex/stats"
cat /proc/mutex/stats
was_proxied 3
capture_check "host $TARGET4 and tcp port 7"
