#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""marked.py MARK HOST PORT [PROXY PROXY-PORT]: from a socket with that mark (SO_MARK).

Prints what HTTP at HOST calls the peer, or an errno; with PROXY it speaks SOCKS itself.
"""
import errno
import http.client
import signal
import socket
import sys

import through

SO_MARK = 36
TARGET = sys.argv[2], int(sys.argv[3])
PROXY = (sys.argv[4], int(sys.argv[5])) if len(sys.argv) > 4 else None
sock = socket.socket(through.family_of(TARGET[0]))
sock.setsockopt(socket.SOL_SOCKET, SO_MARK, int(sys.argv[1]))
signal.alarm(120)
try:
    through.connect(sock, TARGET, PROXY)
    client = http.client.HTTPConnection(*TARGET)
    client.sock = sock
    client.request("GET", "/peer")
    print(client.getresponse().read().decode().strip())
except OSError as err:
    print(errno.errorcode.get(err.errno, err))
