#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""options.py TARGET: connects with Fast Open and with MPTCP."""
import socket
import sys

TARGET = sys.argv[1]
FAMILY = socket.AF_INET6 if ":" in TARGET else socket.AF_INET
TCP_FASTOPEN_CONNECT, MPTCP = 30, 262


def exchange(sock):
    with sock:
        sock.settimeout(60)
        sock.connect((TARGET, 7))
        sock.sendall(b"hello" * 100)
        data = b""
        while len(data) < 500:
            more = sock.recv(1000)
            assert more, "the connection ended early"
            data += more
        assert data == b"hello" * 100


fast = socket.socket(FAMILY)
fast.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
exchange(fast)
exchange(socket.socket(FAMILY, socket.SOCK_STREAM, MPTCP))
