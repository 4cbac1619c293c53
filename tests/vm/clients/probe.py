#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""probe.py TARGET: servers at 1094 and 1080 that are probed once a second.

Says, for each line that it reads, how often the first one has failed in a row,
as soon as that is what the line wants: "up" or "down"; "connect" connects.
"""
import re
import socket
import sys
import time

import mprox

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(port=1094), mprox.server(port=1080)], probe_ms=1000))
mprox.enable(fd)


def failures():
    with open(f"/proc/self/fdinfo/{fd}") as info:
        return int(re.search(r":1094 .*failures (\d+)", info.read())[1])


def wait_for(want):
    for _ in range(200):
        if (failures() > 0) == (want == "down"):
            return want
        time.sleep(0.1)
    return f"not {want}"


for line in sys.stdin:
    if line.strip() == "connect":
        socket.create_connection((sys.argv[1], 7)).close()
        print("connected", flush=True)
    else:
        print(wait_for(line.strip()), flush=True)
