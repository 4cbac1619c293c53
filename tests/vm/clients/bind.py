#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bind.py KIND PORT PROXY PEER FILE: a port on the proxy, and who comes there.

Writes the port's address to FILE, for the peer, and says what came of it.
"""
import os
import select
import socket
import sys

import mprox

KIND, PORT = getattr(mprox, sys.argv[1]), int(sys.argv[2])
PROXY, PEER, FILE = sys.argv[3:6]
FAMILY = socket.AF_INET6 if ":" in PEER else socket.AF_INET

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT, KIND)],
                                  flags=mprox.MAY_BIND))
mprox.enable(fd)

listener = socket.socket(FAMILY)
listener.bind(("::" if FAMILY == socket.AF_INET6 else "0.0.0.0", 0))
said, where = mprox.bind(fd, listener, PEER, 20)
print(said, where[0] if where else "")
if said != "OK":
    sys.exit()
listener.listen(1)
print(mprox.bind(fd, listener, PEER, 20) == ("EALREADY", where))
assert not select.select([listener], [], [], 0.2)[0]

with open(FILE + ".new", "w") as out:
    print(*where, file=out)
os.rename(FILE + ".new", FILE)

# As any other connection: readable, accepted, with a peer, both ways, ended.
assert select.select([listener], [], [], 30)[0] == [listener]
conn, peer = listener.accept()
print(peer[0], peer[1])
text = b""
while not text.endswith(b"\n"):
    text += conn.recv(100)
conn.sendall(text.upper())
conn.shutdown(socket.SHUT_WR)
assert conn.recv(1) == b""
print(text.decode().strip())
