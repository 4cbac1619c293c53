#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""reconfigure.py TARGET ECHO-PORT: a policy that changes under connections.

Port 1095 of the proxy's host is slow (0.7 s an answer), 1080 is not. What is
established stays, what is in handshake finishes where it began, what comes
later goes the new way.
"""
import socket
import sys
import threading
import time

import mprox

TARGET, ECHO = sys.argv[1], int(sys.argv[2])
PROXY = "fd77:1::1" if ":" in TARGET else "10.77.1.1"


def echo(sock, text):
    sock.sendall(text)
    assert sock.recv(100) == text


def policy(port):
    return mprox.Policy([mprox.server(PROXY, port)], flags=mprox.STEPWISE)


fd = mprox.create()
mprox.set_policy(fd, policy(1080))
mprox.enable(fd)
first = socket.create_connection((TARGET, ECHO))
echo(first, b"first")

mprox.set_policy(fd, policy(1095))
slow = []
thread = threading.Thread(target=lambda: slow.append(
    socket.create_connection((TARGET, ECHO))))
begun = time.monotonic()
thread.start()
time.sleep(0.4)
mprox.set_policy(fd, policy(1080))
third = socket.create_connection((TARGET, ECHO))
assert thread.is_alive(), "the slow one was not in handshake"
echo(third, b"third")
echo(first, b"still there")
thread.join()
assert time.monotonic() - begun > 1.3, "the slow one did not stay where it was"
echo(slow[0], b"slow")
# The short form replaces the servers, and connections stay, too.
mprox.os.write(fd, mprox.config(PROXY, 1080))
echo(first, b"first again")
echo(slow[0], b"slow again")

# Disabled in the middle of a handshake: that one goes on where it is.
mprox.set_policy(fd, policy(1095))
thread = threading.Thread(target=lambda: slow.append(
    socket.create_connection((TARGET, ECHO))))
thread.start()
time.sleep(0.4)
mprox.disable(fd)
with socket.socket(first.family) as direct:
    direct.settimeout(0.2)
    # Nobody forwards it: that it left at all is for the capture to see.
    assert direct.connect_ex((TARGET, 81)) != 0
assert thread.is_alive(), "the slow one was not in handshake"
thread.join()
echo(slow[1], b"disabled")
echo(first, b"for the last time")
mprox.set_policy(fd, policy(1080))
mprox.enable(fd)
echo(socket.create_connection((TARGET, ECHO)), b"enabled")
print("done")
