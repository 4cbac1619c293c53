#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leftovers.py HOW SOURCE SOURCE-PORT TARGET PORT: one connection from a bound port.

HOW is what is left of a connection of its own that nobody proxies:

begun       the socket was closed while its SYN had no answer
open        closed, after a word each way; a rule keeps the end from the target
reset       closed by a reset
ended       closed by the client first
held-begun  as begun, and the socket stays until this program is killed
held-open   established, and the socket stays

Each says "made". Or it is "again": prints what the target's HTTP server calls the peer
or, of port 53, the address of a.hidden.test; or an errno.
"""
import errno
import http.client
import select
import signal
import socket
import struct
import sys

HOW, SOURCE, TARGET = sys.argv[1], (sys.argv[2], int(sys.argv[3])), \
    (sys.argv[4], int(sys.argv[5]))
FAMILY = socket.AF_INET6 if ":" in SOURCE[0] else socket.AF_INET


def opened():
    sock = socket.socket(FAMILY)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(SOURCE)
    return sock


def page(sock):
    client = http.client.HTTPConnection(*TARGET)
    client.sock = sock
    client.request("GET", "/peer")
    return client.getresponse().read().decode().strip()


def query(sock):
    message = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + \
        b"\x01a\x06hidden\x04test\0\0\x01\0\x01"
    sock.sendall(struct.pack("!H", len(message)) + message)
    size, = struct.unpack("!H", sock.recv(2, socket.MSG_WAITALL))
    answer = sock.recv(size, socket.MSG_WAITALL)
    count, = struct.unpack("!H", answer[6:8])
    return socket.inet_ntoa(answer[-4:]) if count else f"rcode {answer[3] & 15}"


signal.alarm(120 if HOW == "again" else 0)
ask = query if TARGET[1] == 53 else page
sock = opened()
if HOW == "again":
    try:
        sock.connect(TARGET)
        print(ask(sock))
    except OSError as err:
        print(errno.errorcode.get(err.errno, err))
    sys.exit()

if HOW.endswith("begun"):
    sock.setblocking(False)
    assert sock.connect_ex(TARGET) == errno.EINPROGRESS
    assert not select.select([], [sock], [], 0.5)[1], "the SYN was answered"
else:
    sock.connect(TARGET)
    ask(sock)
if HOW == "reset":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
if HOW == "ended":
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(4096):
        pass
if not HOW.startswith("held"):
    sock.close()
print("made", flush=True)
if HOW.startswith("held"):
    signal.pause()
