#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dnspipe.py PORT NAME COUNT: so many questions for the A records of names below
NAME, all at once on one connection to 127.0.0.1, and no more after that. Prints
how many were answered with an address under their own id and name."""
import socket
import struct
import sys


def question(number, domain):
    labels = [f"pipe{number}".encode(), *(it.encode() for it in domain.split("."))]
    name = b"".join(bytes([len(it)]) + it for it in labels) + b"\0"
    return name + struct.pack("!2H", 1, 1)


port, domain, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
asked = {number: question(number, domain) for number in range(count)}
stream = b""
for number, text in asked.items():
    message = struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + text
    stream += struct.pack("!H", len(message)) + message
with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
    connection.sendall(stream)
    connection.shutdown(socket.SHUT_WR)
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
good = set()
while data:
    length = struct.unpack_from("!H", data)[0]
    message, data = data[2:2 + length], data[2 + length:]
    number, flags, _, answers = struct.unpack_from("!4H", message)
    if flags & 0x800f == 0x8000 and answers and \
            message[12:].startswith(asked.get(number, b"none")):
        good.add(number)
print(len(good))
