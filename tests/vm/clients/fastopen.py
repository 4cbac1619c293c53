#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fastopen.py KIND PORT TARGET COUNT: connections to its echo port, in turn."""
import socket
import sys

import mprox

KIND, PORT = getattr(mprox, sys.argv[1]), int(sys.argv[2])
TARGET, COUNT = sys.argv[3], int(sys.argv[4])
PROXY = "fd77:1::1" if ":" in TARGET else "10.77.1.1"

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT, KIND)],
                                  flags=mprox.FASTOPEN))
mprox.enable(fd)
for n in range(COUNT):
    with socket.create_connection((TARGET, 7)) as sock:
        text = b"number %d" % n
        sock.sendall(text)
        assert sock.recv(100) == text
print(COUNT)
