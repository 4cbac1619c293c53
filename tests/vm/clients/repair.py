#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""repair.py HOW HOST PORT [HOST2 PORT2]: sockets in TCP_REPAIR, as CRIU has them.

In repair a connect() sends no packet and succeeds at once. HOW is one of

fresh    connects in repair, where no connection is, and speaks: what came of it
deferred the same with a Fast Open that waits for the first octets
moved    connects, and goes on with another socket that was given all that the first one
         knew, and connected in repair to HOST2 PORT2 or, without it, as before
midway   sets repair while connect() is under way, takes it back, and waits
dropped  sets repair while connect() is under way, and closes
"""
import errno
import os
import select
import signal
import socket
import struct
import sys

TCP = socket.IPPROTO_TCP
REPAIR, REPAIR_QUEUE, QUEUE_SEQ, REPAIR_OPTIONS, TIMESTAMP, REPAIR_WINDOW = \
    19, 20, 21, 22, 24, 29
OFF, ON, OFF_NO_PROBE = 0, 1, -1
RECV_QUEUE, SEND_QUEUE = 1, 2
# Of RFC 9293 and RFC 7323
OPT_MSS, OPT_WINDOW, OPT_SACK, OPT_TIMESTAMP = 2, 3, 4, 8
TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 30, 34

TARGET = sys.argv[2], int(sys.argv[3])
FAMILY = socket.AF_INET6 if ":" in TARGET[0] else socket.AF_INET
signal.alarm(100)


def fresh_socket():
    return socket.socket(FAMILY, socket.SOCK_STREAM)


def repair(sock, how):
    sock.setsockopt(TCP, REPAIR, how)


def exchange(sock, data=b"hello"):
    sock.sendall(data)
    return sock.recv(len(data), socket.MSG_WAITALL) == data


def outcome(call, *args):
    try:
        return call(*args)
    except OSError as err:
        return errno.errorcode.get(err.errno, err)


def connect(sock, to):
    sock.connect(to)
    return sock.getpeername()[0]


def fresh():
    sock = fresh_socket()
    repair(sock, ON)
    named = outcome(connect, sock, TARGET)
    repair(sock, OFF_NO_PROBE)
    return named, outcome(exchange, sock)


def deferred():
    sock = fresh_socket()
    sock.setsockopt(TCP, TCP_FASTOPEN_CONNECT, 1)
    sock.setsockopt(TCP, TCP_FASTOPEN_NO_COOKIE, 1)
    repair(sock, ON)
    sock.connect(TARGET)
    repair(sock, OFF_NO_PROBE)
    return (outcome(exchange, sock),)


class State:
    """All that one socket needs to know to go on in the place of another."""

    def __init__(self, sock):
        repair(sock, ON)
        self.name = sock.getsockname()
        self.seqs = {}
        for queue in RECV_QUEUE, SEND_QUEUE:
            sock.setsockopt(TCP, REPAIR_QUEUE, queue)
            self.seqs[queue] = sock.getsockopt(TCP, QUEUE_SEQ)
        self.window = sock.getsockopt(TCP, REPAIR_WINDOW, 20)
        self.timestamp = sock.getsockopt(TCP, TIMESTAMP)
        info = sock.getsockopt(TCP, socket.TCP_INFO, 64)
        has, scales = info[5], info[6]
        mss, = struct.unpack_from("=I", info, 16)
        self.options = struct.pack("=II", OPT_MSS, mss)
        if has & 4:
            self.options += struct.pack("=II", OPT_WINDOW, scales & 15 | scales >> 4 << 16)
        if has & 2:
            self.options += struct.pack("=II", OPT_SACK, 0)
        if has & 1:
            self.options += struct.pack("=II", OPT_TIMESTAMP, 0)

    def restore(self, to):
        sock = fresh_socket()
        repair(sock, ON)
        sock.bind(self.name)
        for queue, seq in self.seqs.items():
            sock.setsockopt(TCP, REPAIR_QUEUE, queue)
            sock.setsockopt(TCP, QUEUE_SEQ, struct.pack("=I", seq & 0xffffffff))
        sock.connect(to)
        sock.setsockopt(TCP, REPAIR_OPTIONS, self.options)
        sock.setsockopt(TCP, TIMESTAMP, self.timestamp)
        sock.setsockopt(TCP, REPAIR_WINDOW, self.window)
        repair(sock, OFF)
        return sock


def moved():
    to = (sys.argv[4], int(sys.argv[5])) if len(sys.argv) > 4 else TARGET
    sock = fresh_socket()
    sock.connect(TARGET)
    before = exchange(sock, os.urandom(20000))
    state = State(sock)
    # In repair: nobody on the other side hears of it.
    sock.close()
    sock = state.restore(to)
    return (before, sock.getpeername()[0], exchange(sock, os.urandom(20000)),
            exchange(sock))


def under_way():
    sock = fresh_socket()
    sock.setblocking(False)
    assert sock.connect_ex(TARGET) == errno.EINPROGRESS
    repair(sock, ON)
    return sock


def midway():
    sock = under_way()
    repair(sock, OFF)
    select.select([], [sock], [])
    sock.setblocking(True)
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return error, sock.getpeername()[0], exchange(sock)


def dropped():
    under_way().close()
    return ("OK",)


print(*globals()[sys.argv[1]]())
