#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""halfopen.py TARGET FROM COUNT: an echo from each of so many local ports, all at
once, whose connections then end by a reset. Prints how many there were.
"""
import concurrent.futures
import socket
import struct
import sys

TARGET, FROM, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
FAMILY = socket.AF_INET6 if ":" in TARGET else socket.AF_INET


def echo(port):
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::" if FAMILY == socket.AF_INET6 else "0.0.0.0", port))
    sock.connect((TARGET, 7))
    sock.sendall(b"hello")
    same = sock.recv(10) == b"hello"
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()
    return same


with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
    print(sum(pool.map(echo, range(FROM, FROM + COUNT))))
