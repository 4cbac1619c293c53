# SPDX-License-Identifier: GPL-2.0-or-later
# what STATISTICS counts is what was done, at the proxy and at the target; alerts; a bound on connects
# once: yes
# capture: no
# timeout: 900
start_target
spawn target /usr/bin/python3 "$VM/servers/udpecho.py" $TARGET4:7007 >/tmp/echo.log
use_proxy danted 4
in_app /usr/bin/python3 "$VM/clients/statistics.py" $PROXY4 "$PROXY_PORT" $TARGET4
capture_check "$RELAY_FILTER"
