# SPDX-License-Identifier: GPL-2.0-or-later
# 100,000 events as fast as they come: one reader loses none of them
# once: yes
# processors: 2
# timeout: 900
# capture: no
start_target
use_proxy microsocks 4
count=${THOROUGH:+100000}
in_app /usr/bin/python3 "$VM/clients/eventload.py" $PROXY4 "$PROXY_PORT" $TARGET4 \
	"${count:-20000}"
capture_check
