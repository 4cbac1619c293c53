#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""steady.py HOST PORT PROGRESS STOP [PROXY PROXY-PORT]: an echo that goes on and on.

A block goes there and back and is compared; then the file PROGRESS has how many there
were, and whom getpeername() names. When the file STOP is there it prints "N good". With
a PROXY it makes a context by itself, and closes that when it is connected.
"""
import os
import random
import socket
import sys
import time

HOST, PORT, PROGRESS, STOP = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]


def connected():
    if len(sys.argv) == 5:
        return socket.create_connection((HOST, PORT))
    import mprox
    fd = mprox.create(mprox.CLOEXEC)
    mprox.set_policy(fd, mprox.Policy([mprox.server(sys.argv[5], int(sys.argv[6]))]))
    mprox.enable(fd)
    sock = socket.create_connection((HOST, PORT))
    os.close(fd)
    return sock


def progress(count):
    with open(PROGRESS + ".new", "w") as out:
        out.write(f"{count} {sock.getpeername()[0]}\n")
    os.rename(PROGRESS + ".new", PROGRESS)


count = 0
with connected() as sock:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    progress(0)
    while not os.path.exists(STOP):
        block = random.randbytes(20000)
        sock.sendall(block)
        assert sock.recv(len(block), socket.MSG_WAITALL) == block, "changed"
        count += 1
        progress(count)
        time.sleep(0.02)
print(count, "good")
