#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""global.py PROXY PORT uid|pid: a global context until SIGTERM.

Exempts the proxy: user 65534, or whoever listens on PORT.
"""
import os
import signal
import subprocess
import sys

import mprox

PROXY, PORT, KIND = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def listener():
    out = subprocess.run(["ss", "-Hltnp", f"sport = :{PORT}"], check=True,
                         capture_output=True, text=True).stdout
    return int(out.split("pid=")[1].split(",")[0])


if KIND == "uid":
    exempt = mprox.EXEMPT.pack(mprox.BY_UID, 65534)
else:
    exempt = mprox.EXEMPT.pack(mprox.BY_PID, listener())
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
fd = mprox.create(mprox.GLOBAL | mprox.CLOEXEC)
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT)], exempt=[exempt]))
mprox.enable(fd)
print("enabled", flush=True)
signal.sigwait([signal.SIGTERM])
os.close(fd)
print("closed", flush=True)
