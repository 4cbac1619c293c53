#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""own_address.py HOW ADDRESS [DEVICE]: to an address of this machine, from itself.

udp: a datagram to an echo of our own; prints what comes back, or an errno.
bound: a datagram by way of DEVICE, which leads elsewhere; prints "sent", or an errno.
lost: a connection, ADDRESS is taken from DEVICE, and then data; prints "sent".
"""
import errno
import socket
import struct
import subprocess
import sys

HOW, ADDRESS, *DEVICE = sys.argv[1:]
FAMILY = socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET


def udp():
    echo = socket.socket(FAMILY, socket.SOCK_DGRAM)
    echo.bind((ADDRESS, 0))
    asker = socket.socket(FAMILY, socket.SOCK_DGRAM)
    asker.settimeout(20)
    asker.sendto(b"to myself", echo.getsockname())
    data, peer = echo.recvfrom(100)
    echo.sendto(data, peer)
    return asker.recv(100).decode()


def bound():
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE[0].encode())
        sock.bind((ADDRESS, 0))
        sock.sendto(b"to myself", (ADDRESS, 7))
    return "sent"


def lost():
    sock = socket.create_connection((ADDRESS, 7))
    sock.sendall(b"before")
    sock.recv(100)
    subprocess.run(["ip", "addr", "del", f"{ADDRESS}/{128 if ':' in ADDRESS else 32}",
                    "dev", DEVICE[0]], check=True)
    sock.sendall(b"after")
    sock.settimeout(2)
    try:
        return sock.recv(100).decode()
    except OSError:
        return "sent"
    finally:
        # Nothing is sent again when the scope is over.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


try:
    print({"udp": udp, "bound": bound, "lost": lost}[HOW]())
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
