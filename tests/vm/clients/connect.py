#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""connect.py HOW HOST PORT: prints what connect() came to, "OK" or an errno.

HOW is blocking, poll, epoll, select or retry (a second connect() asks). "all"
tries each and prints one word if they agree, else each with its result.
"""
import errno
import select
import socket
import sys

LONG = 120


def writable(how, sock):
    if how == "poll":
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        return poll.poll(LONG * 1000)
    if how == "epoll":
        with select.epoll() as epoll:
            epoll.register(sock, select.EPOLLOUT | select.EPOLLET)
            return epoll.poll(LONG)
    return select.select([], [sock], [], LONG)[1]


def connect(how, address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock:
        if how == "blocking":
            return sock.connect_ex(address)
        sock.setblocking(False)
        result = sock.connect_ex(address)
        if result != errno.EINPROGRESS:
            return result
        if not writable(how, sock):
            return errno.ETIME
        if how == "retry":
            return sock.connect_ex(address)
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def name(result):
    return errno.errorcode[result] if result else "OK"


how, host, port = sys.argv[1:]
ways = ("blocking", "poll", "epoll", "select", "retry") if how == "all" else (how,)
results = {way: name(connect(way, (host, int(port)))) for way in ways}
agreed = set(results.values())
print(agreed.pop() if len(agreed) == 1 else results)
