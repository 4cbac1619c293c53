#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaky.py HOW HOST PORT: sends something, whoever may see it.

HOW: datagram, large (a datagram in fragments), padded (an IPv6 datagram with
destination options), multipath (a SYN of MPTCP), raw (PORT is the protocol).
"""
import socket
import sys

HOW, HOST, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
FAMILY = socket.AF_INET6 if ":" in HOST else socket.AF_INET
IPPROTO_MPTCP = 262

if HOW == "multipath":
    with socket.socket(FAMILY, socket.SOCK_STREAM, IPPROTO_MPTCP) as sock:
        sock.settimeout(0.3)
        sock.connect_ex((HOST, PORT))
elif HOW == "raw":
    with socket.socket(FAMILY, socket.SOCK_RAW, PORT) as sock:
        sock.sendto(b"\0\0\x08\0data", (HOST, 0))
else:
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as sock:
        if HOW == "padded":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS,
                            bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        sock.sendto(bytes(4000 if HOW == "large" else 40), (HOST, PORT))
