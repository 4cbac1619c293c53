#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""udpecho.py ADDRESS:PORT...: sends datagrams back.

Prints from whom, whenever that is not who it was from before.
"""
import select
import socket
import sys

SO_RCVBUFFORCE = 33
socks = []
for at in sys.argv[1:]:
    host, _, port = at.rpartition(":")
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                         socket.SOCK_DGRAM)
    # What is lost is not to be lost here.
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    sock.bind((host, int(port)))
    socks.append(sock)
last = None
while True:
    for sock in select.select(socks, [], [])[0]:
        data, peer = sock.recvfrom(65535)
        if peer[0] != last:
            last = peer[0]
            print(last, flush=True)
        sock.sendto(data, peer)
