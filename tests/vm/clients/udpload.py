#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""udpload.py HOST PORT PROCESSES DATAGRAMS [PROXY PORT]: many at a time.

Each process has a socket and sends datagrams to an echo server, a few of them
outstanding; with PROXY it asks for a relay there and speaks to it itself. What
does not come while nothing comes for ten seconds is lost. Prints "N answers, N lost"; an answer to
somebody else, or a second one, is an error.
"""
import ipaddress
import os
import socket
import struct
import sys
import traceback

WINDOW, PATIENCE = 4, 10
target = sys.argv[1], int(sys.argv[2])
processes, datagrams = int(sys.argv[3]), int(sys.argv[4])
proxy = (sys.argv[5], int(sys.argv[6])) if len(sys.argv) > 5 else None
HEADER = b"\0\0\0\1" + ipaddress.ip_address(target[0]).packed + \
    struct.pack("!H", target[1]) if proxy else b""


def relay():
    """The connection that it lasts as long as, and where it is."""
    control = socket.create_connection(proxy)
    control.sendall(b"\5\1\0")
    assert control.recv(2, socket.MSG_WAITALL) == b"\5\0"
    control.sendall(b"\5\3\0\1" + bytes(6))
    reply = control.recv(10, socket.MSG_WAITALL)
    assert reply[:4] == b"\5\0\0\1", reply
    return control, (socket.inet_ntoa(reply[4:8]),
                     struct.unpack("!H", reply[8:])[0])


def one(number):
    """How many of its datagrams have been answered."""
    control, to = relay() if proxy else (None, target)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    sock.connect(to)
    unanswered, sent = set(), 0
    while sent < datagrams or unanswered:
        while sent < datagrams and len(unanswered) < WINDOW:
            sock.send(HEADER + struct.pack("!II", number, sent) + bytes(sent % 100))
            unanswered.add(sent)
            sent += 1
        try:
            data = sock.recv(2000)
        except TimeoutError:
            return sent - len(unanswered)
        assert data[:len(HEADER)] == HEADER, data
        whose, which = struct.unpack_from("!II", data, len(HEADER))
        assert whose == number and which in unanswered, (whose, which)
        assert len(data) == len(HEADER) + 8 + which % 100, (which, len(data))
        unanswered.remove(which)
    return sent


def child(number, out):
    try:
        os.write(out, struct.pack("I", one(number)))
    except Exception:
        traceback.print_exc()
    os._exit(0)


def main():
    heard, out = os.pipe()
    for number in range(processes):
        if not os.fork():
            child(number, out)
    os.close(out)
    said = b""
    while block := os.read(heard, 4096):
        said += block
    counts = [n for n, in struct.iter_unpack("I", said)]
    assert len(counts) == processes, f"{len(counts)} processes have an answer"
    print(f"{sum(counts)} answers, {processes * datagrams - sum(counts)} lost")


main()
