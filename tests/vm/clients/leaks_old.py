#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaks_old.py: sockets that are older than the scope, or a stranger's.

What is established goes on as it was. All else is judged by who sends, not by
who made the socket: a connect() or a datagram of a member is a member's. The
stranger is a child that was forked before there was a scope; it hands over its
sockets when there is one (SCM_RIGHTS).
"""
import os
import socket

import mprox
from leaks import OWN, RESOLVER, ROUTER, TARGET, fetch, query, run, tcp, udp, \
    verdict, way

# Of the app's own neighbour, who says who his peer is. The capture lets
# everything to the proxy's ports pass, and this is one of them.
ESTABLISHED = (ROUTER, 1099)
NAMES = ("tcp", "tcp_bound", "established", "udp", "udp_connected",
         "udp_to_names")


def connected(port):
    sock = udp()
    sock.connect((TARGET if port != 53 else RESOLVER, port))
    return sock


def make_all():
    established = socket.create_connection(ESTABLISHED)
    assert established.recv(100).decode() == OWN
    return dict(zip(NAMES, (
        tcp(), tcp(bind=(OWN, 0)), established, udp(), connected(443),
        connected(53))))


def stranger(channel):
    """Outside; gives its sockets away when asked."""
    sockets = make_all()
    channel.recv(1)
    socket.send_fds(channel, [b"x"], [one.fileno() for one in sockets.values()])
    channel.recv(1)


def sends(sock):
    sock.sendto(b"datagram", (TARGET, 443))


def asks(sock):
    sock.send(query())
    return verdict(sock.recv(512))


def goes_on(sock):
    sock.sendall(b"x")
    return "as it was" if sock.recv(100).decode() == OWN else "otherwise"


def judge(whose, sockets):
    """The ways of one set of sockets."""
    for name, what, want in (
            ("tcp", fetch, "proxied"), ("tcp_bound", fetch, "proxied"),
            ("established", goes_on, "as it was"), ("udp", sends, "EPERM"),
            ("udp_connected", lambda sock: sock.send(b"datagram"), "EPERM"),
            ("udp_to_names", asks, "answered")):
        def one(what=what, sock=sockets[name]):
            return what(sock)
        one.__name__ = f"{whose}_{name}"
        way(want)(one)


ours, theirs = socket.socketpair()
if not os.fork():
    ours.close()
    stranger(theirs)
    os._exit(0)
own = make_all()

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy([mprox.server(ROUTER, 1080)],
                                  dns=mprox.Dns(flags=mprox.DNS_IPV6)))
mprox.enable(fd)
judge("own", own)
ours.send(b"x")
_, fds, _, _ = socket.recv_fds(ours, 10, len(NAMES))
judge("received", dict(zip(NAMES, (socket.socket(fileno=fd) for fd in fds))))
run()
