#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sockopts.py HOST PORT [PROXY PROXY-PORT]: what sockets are set to, and what comes of it.

HOST:PORT is an echo. In a scope, and with a PROXY that is spoken to by SOCKS, it prints
the same lines: a name and what it came to.
"""
import errno
import os
import signal
import socket
import struct
import sys
import time

import through

TARGET = sys.argv[1], int(sys.argv[2])
PROXY = (sys.argv[3], int(sys.argv[4])) if len(sys.argv) > 4 else None
FAMILY = through.family_of(TARGET[0])
TCP = socket.IPPROTO_TCP
TCP_FASTOPEN_CONNECT, TCP_CONGESTION = 30, 13
MSG_FASTOPEN, MPTCP = 0x20000000, 262
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
IP_RECVERR = (socket.SOL_IP, 11) if FAMILY == socket.AF_INET else (41, 25)


def fresh(protocol=0):
    signal.alarm(120)
    return socket.socket(FAMILY, socket.SOCK_STREAM, protocol)


def echoes(sock, count=50000):
    data = os.urandom(count)
    sock.sendall(data[:count // 2])
    sock.sendall(data[count // 2:])
    return sock.recv(count, socket.MSG_WAITALL) == data


def plain():
    with fresh() as sock:
        through.connect(sock, TARGET, PROXY)
        sock.sendall(b"hello")
        assert sock.recv(5, socket.MSG_WAITALL) == b"hello"
        info = through.tcp_info(sock)
        return f"{echoes(sock)} pmtu {info['pmtu']} mss {info['snd_mss']}"


def rcvbuf():
    with fresh() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)
        before = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        through.connect(sock, TARGET, PROXY)
        return f"{echoes(sock)} {before} " \
               f"{sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)}"


def congestion():
    with fresh() as sock:
        sock.setsockopt(TCP, TCP_CONGESTION, b"reno")
        through.connect(sock, TARGET, PROXY)
        chosen = sock.getsockopt(TCP, TCP_CONGESTION, 16).rstrip(b"\0")
        return f"{echoes(sock)} {chosen.decode()}"


def maxseg():
    with fresh() as sock:
        sock.setsockopt(TCP, socket.TCP_MAXSEG, 600)
        through.connect(sock, TARGET, PROXY)
        good = echoes(sock)
        return f"{good} {sock.getsockopt(TCP, socket.TCP_MAXSEG)}"


def fastopen_connect():
    with fresh() as sock:
        sock.setsockopt(TCP, TCP_FASTOPEN_CONNECT, 1)
        through.connect(sock, TARGET, PROXY)
        return echoes(sock)


def fastopen_send():
    with fresh() as sock:
        if PROXY:
            assert sock.sendto(through.GREETING, MSG_FASTOPEN, PROXY) == 3
            through.ask_for(sock, *TARGET, greeted=True)
            sock.sendall(b"first ")
        else:
            assert sock.sendto(b"first ", MSG_FASTOPEN, TARGET) == 6
        assert sock.recv(6, socket.MSG_WAITALL) == b"first "
        return echoes(sock)


def mptcp():
    with fresh(MPTCP) as sock:
        through.connect(sock, TARGET, PROXY)
        return echoes(sock)


def zerocopy():
    with fresh() as sock:
        sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        through.connect(sock, TARGET, PROXY)
        data = os.urandom(30000)
        assert sock.send(data, MSG_ZEROCOPY) == len(data)
        good = sock.recv(len(data), socket.MSG_WAITALL) == data
        for _ in range(200):
            try:
                _, ancillary, _, _ = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE)
                break
            except BlockingIOError:
                time.sleep(0.1)
        level, kind, octets = ancillary[0]
        error, origin = struct.unpack_from("=IB", octets)
        return f"{good} {(level, kind) == IP_RECVERR} {error} {origin}"


def keepalive():
    """Asked of an idle connection, the other side answers."""
    with fresh() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(TCP, socket.TCP_KEEPIDLE, 1)
        sock.setsockopt(TCP, socket.TCP_KEEPINTVL, 1)
        sock.setsockopt(TCP, socket.TCP_KEEPCNT, 2)
        through.connect(sock, TARGET, PROXY)
        good = echoes(sock)
        time.sleep(5)
        return f"{good} {echoes(sock)}"


for option in (plain, rcvbuf, congestion, maxseg, fastopen_connect, fastopen_send, mptcp,
               zerocopy, keepalive):
    try:
        print(option.__name__, option(), flush=True)
    except OSError as err:
        print(option.__name__, errno.errorcode.get(err.errno, err), flush=True)
