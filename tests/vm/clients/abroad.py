#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""abroad.py ADDRESS: a socket of the scope's namespace, and a context of one's own.

The socket is made first. Then the process has a user and a network namespace of its
own, may make contexts there, and makes one that sends everything direct. Prints what
a web server at ADDRESS says to the old socket, or the errno.
"""
import ctypes
import errno
import os
import socket
import sys

import mprox

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
old = socket.socket()
old.settimeout(20)
datagrams = socket.socket(type=socket.SOCK_DGRAM)
if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET):
    sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(rules=[mprox.rule(family=0, prefix=0, addr=b"")],
                                  exempt=[mprox.EXEMPT.pack(mprox.BY_PID, os.getpid())]))
mprox.enable(fd)
try:
    datagrams.sendto(b"leak", (sys.argv[1], 53))
    datagrams.sendto(b"leak", (sys.argv[1], 9))
    print("sent")
except OSError as err:
    print(errno.errorcode[err.errno])
try:
    old.connect((sys.argv[1], 80))
    old.sendall(b"GET /peer HTTP/1.0\r\n\r\n")
    print(b"".join(iter(lambda: old.recv(4096), b"")).split(b"\r\n\r\n")[1].decode().strip())
except OSError as err:
    print(errno.errorcode[err.errno])
