#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""senders.py TARGET PORT: one datagram, and who has answered it within two seconds
of the last answer."""
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(10)
sock.sendto(b"hello", (sys.argv[1], int(sys.argv[2])))
heard = []
try:
    while True:
        heard.append(sock.recvfrom(100)[1][0])
        sock.settimeout(2)
except TimeoutError:
    pass
print(" ".join(heard) or "nobody")
