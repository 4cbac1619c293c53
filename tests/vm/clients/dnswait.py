#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dnswait.py NAME COUNT [COMMAND...]: COUNT clients ask for NAME over TCP, all at
the same time. COMMAND runs while they wait. Prints its output, and then how many
answers had which rcode.
"""
import collections
import socket
import struct
import subprocess
import sys

name, count = sys.argv[1].encode(), int(sys.argv[2])
labels = b"".join(bytes([len(part)]) + part for part in name.split(b"."))
query = (struct.pack("!HHHHHH", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0"
         + struct.pack("!HH", 1, 1))
clients = [socket.create_connection(("9.9.9.9", 53), 30) for _ in range(count)]
for client in clients:
    client.sendall(struct.pack("!H", len(query)) + query)
if sys.argv[3:]:
    print(subprocess.run(sys.argv[3:], stdout=subprocess.PIPE,
                         check=True).stdout.decode().strip())
rcodes = collections.Counter()
for client in clients:
    head = client.recv(6, socket.MSG_WAITALL)
    rcodes[head[5] & 0xf if len(head) == 6 else "closed"] += 1
print(*(f"{number} times {rcode}" for rcode, number in sorted(rcodes.items())))
