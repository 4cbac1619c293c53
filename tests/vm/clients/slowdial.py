#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""slowdial.py HOST PORT DROP...: behind a proxy that takes long to dial.

The socket is impatient: TCP_SYNCNT is 1 and TCP_USER_TIMEOUT 5 s. When it is connected
the command DROP is run, which has the first segment with our words lost, and their echo
is waited for. Prints "rtt R rto R again N after SECONDS": round trip and timeout right
after connect(), in microseconds and milliseconds, how many segments were repeated, and
when the echo came.
"""
import socket
import subprocess
import sys
import time

import through

TCP_SYNCNT, TCP_USER_TIMEOUT = 7, 18
HOST, PORT = sys.argv[1], int(sys.argv[2])
with socket.socket(through.family_of(HOST)) as sock:
    sock.setsockopt(socket.IPPROTO_TCP, TCP_SYNCNT, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 5000)
    sock.connect((HOST, PORT))
    before = through.tcp_info(sock)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 0)
    if sys.argv[3:]:
        subprocess.run(sys.argv[3:], check=True)
    start = time.monotonic()
    words = b"w" * 500
    sock.sendall(words)
    assert sock.recv(500, socket.MSG_WAITALL) == words
    took = time.monotonic() - start
    after = through.tcp_info(sock)
print(f"rtt {before['rtt'] * 1e6:.0f} rto {before['rto'] * 1000:.0f} "
      f"again {after['retrans'] - before['retrans']} after {took:.1f}")
