#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""connect.py HOW HOST PORT: prints what connect() came to, "OK" or an errno.

HOW is blocking, poll, epoll, select or retry (a second connect() asks).
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


how, host, port = sys.argv[1:]
result = connect(how, (host, int(port)))
print(errno.errorcode[result] if result else "OK")
