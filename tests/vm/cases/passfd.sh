# SPDX-License-Identifier: GPL-2.0-or-later
# a descriptor that came over a Unix socket captures only after JOIN
# capture: no
start_target
use_proxy microsocks 4
in_app /usr/bin/python3 "$VM/clients/passfd.py" $PROXY4 1080 $TARGET4
was_proxied 2
sleep 0.2
expect_match "$(leaked)" "$TARGET4.25" "the holder's own SYN before it joins"
capture_check "host $TARGET4 and tcp port 25"
