# SPDX-License-Identifier: GPL-2.0-or-later
# Python's subprocess with close_fds=True, below the launcher
# once: yes
start_target
use_proxy danted 4
got=$(proxied /usr/bin/python3 -c "
import subprocess
subprocess.run(['curl', '-sS', 'http://$HOST/peer'], close_fds=True, check=True)
subprocess.run(['curl', '-sS', 'http://$HOST/peer'], close_fds=True, env={}, check=True)")
expect_eq "$got" "$EXIT"$'\n'"$EXIT" "peer of the children"
was_proxied 2
