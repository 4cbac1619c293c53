#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""halves.py HOW HOST PORT SECONDS [DEVICE]: one half of a connection, much later.

hear: the server ends its half, and after SECONDS of silence gets 3000 octets.
tell: we end our half, and after SECONDS of silence get 3000 octets.
With DEVICE the socket is bound to it (SO_BINDTODEVICE) once it is connected. Prints
"done" and the peer's address as the socket tells it.
"""
import signal
import socket
import sys
import time

HOW, HOST, PORT, WAIT = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
with socket.create_connection((HOST, PORT)) as sock:
    signal.alarm(int(WAIT) + 120)
    for device in sys.argv[5:]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    if HOW == "hear":
        sock.sendall(b"hear\n")
        assert sock.recv(10) == b""
        time.sleep(float(WAIT))
        name = sock.getpeername()[0]
        sock.sendall(b"x" * 1500)
        sock.sendall(b"x" * 1500)
    else:
        sock.sendall(b"tell " + WAIT.encode() + b"\n")
        sock.shutdown(socket.SHUT_WR)
        # With both halves gone there would be none.
        name = sock.getpeername()[0]
        assert sock.recv(3000, socket.MSG_WAITALL) == b"x" * 3000
    print("done", name)
