#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""race.py TARGET COUNT: connections whose timers fire together with ours.

The first server (port 1099) swallows SYNs, and an attempt takes as long as the
kernel's TCP waits before it sends a SYN again.
"""
import socket
import sys
import threading

import mprox

TARGET, COUNT = sys.argv[1], int(sys.argv[2])

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(port=1099), mprox.server(port=1080)], attempt_ms=1000,
    fail_ms=100, rounds=10))
mprox.enable(fd)
came = []


def one():
    with socket.create_connection((TARGET, 7)) as sock:
        sock.sendall(b"hello")
        came.append(sock.recv(10) == b"hello")


threads = [threading.Thread(target=one) for _ in range(COUNT)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(came))
