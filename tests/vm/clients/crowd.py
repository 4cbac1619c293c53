#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crowd.py COUNT DOMAIN: COUNT connections at once, to the echo service of h0000.DOMAIN and so on.

Each sends 100 octets and has them back. That in the middle goes on, until the standard
input ends or has a line; then all are closed. The standard output has "ready", and at the
end how many octets were sent, which is how many have come back.
"""
import resource
import select
import socket
import sys

count, domain = int(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
sent = 0


def echo(sock, octets):
    global sent
    sock.sendall(bytes(octets))
    sent += octets
    while octets:
        octets -= len(sock.recv(octets))


sockets = []
for number in range(count):
    sockets.append(socket.create_connection((f"h{number:04}.{domain}", 7)))
    echo(sockets[-1], 100)
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.1)[0]:
    echo(sockets[count // 2], 5000)
for sock in sockets:
    sock.close()
print(sent, flush=True)
