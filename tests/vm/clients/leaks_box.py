#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaks_box.py: from a network namespace that the app's forwards for.

The program belongs to a scope of the app's namespace, where its proxies are;
here it has none, so all is refused that would be proxied or answered there.
"""
import socket
import struct

from leaks import FAMILY, IPPROTO_MPTCP, RESOLVER, TARGET, V6, fetch, framed, \
    query, run, stream_verdict, tcp, udp, verdict, way


@way("ENETUNREACH")
def stream():
    return fetch(tcp())


@way("ENETUNREACH")
def multipath():
    return fetch(tcp(proto=IPPROTO_MPTCP))


@way("EPERM")
def datagram():
    udp().sendto(b"datagram", (TARGET, 443))


@way("EPERM")
def echo():
    proto = socket.IPPROTO_ICMPV6 if V6 else socket.IPPROTO_ICMP
    with socket.socket(FAMILY, socket.SOCK_RAW, proto) as sock:
        sock.sendto(struct.pack("!4H", 0x8000 if V6 else 0x800, 0,
                                0 if V6 else 0xf7ff, 0), (TARGET, 0))


@way("EPERM")
def name():
    sock = udp()
    sock.sendto(query(), (RESOLVER, 53))
    return verdict(sock.recv(512))


@way("ENETUNREACH")
def name_over_tcp():
    sock = tcp()
    sock.connect((RESOLVER, 53))
    sock.sendall(framed(query()))
    return stream_verdict(sock)


run()
