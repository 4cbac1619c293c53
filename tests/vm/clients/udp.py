#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""udp.py WHAT HOST PORT: datagrams to an echo server; prints what came of them.

echo      one from an unconnected socket, and who answered
connected the same from a connected one
many      500 in a window of 20, checked
sockets   20 sockets to the port and the next one, each with its own answers
sizes     from 0 octets to 8000, and what is too large for the path (DF)
burst     UDP_SEGMENT
error     what a connected socket hears within 10 s
"""
import errno
import socket
import struct
import sys

IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_MTU = 10, 2, 14
IPV6_MTU_DISCOVER, IPV6_MTU = 23, 24
UDP_SEGMENT = 103

what, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]


def udp(connect=True, timeout=10):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(timeout)
    if connect:
        sock.connect(address)
    return sock


def echo():
    sock = udp(connect=False)
    sock.sendto(b"hello", address)
    data, peer = sock.recvfrom(100)
    assert data == b"hello"
    assert peer[:2] == address[:2], peer
    return "OK"


def connected():
    sock = udp()
    sock.send(b"hello")
    return "OK" if sock.recv(100) == b"hello" else "wrong"


def many():
    sock = udp()
    seen = set()
    sent = 0
    while len(seen) < 500:
        while sent < 500 and sent - len(seen) < 20:
            sock.send(b"%d" % sent)
            sent += 1
        seen.add(int(sock.recv(100)))
    return "OK" if seen == set(range(500)) else "wrong"


def sockets():
    socks = [(udp(connect=False), n) for n in range(20)]
    for sock, n in socks:
        for step in (0, 1):
            sock.sendto(b"%d %d" % (n, step), (address[0], port + step))
    for sock, n in socks:
        got = {sock.recvfrom(100) for _ in range(2)}
        wanted = {(b"%d %d" % (n, step), port + step) for step in (0, 1)}
        assert {(data, peer[1]) for data, peer in got} == wanted, got
    return "OK"


def sizes():
    sock = udp()
    for size in (0, 1, 1000, 1400, 1472, 3000, 8000):
        sock.send(b"x" * size)
        assert len(sock.recv(10000)) == size, size
    if family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO)
    headers = 28 if family == socket.AF_INET else 48
    said = []
    for size in (1500 - headers, 1400):
        try:
            sock.send(b"y" * size)
            said.append(len(sock.recv(10000)))
        except OSError as err:
            said.append(errno.errorcode[err.errno])
    mtu = sock.getsockopt(socket.IPPROTO_IP, IP_MTU) if family == socket.AF_INET \
        else sock.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)
    return f"{said} {mtu}"


def burst():
    sock = udp()
    sock.setsockopt(socket.SOL_UDP if hasattr(socket, "SOL_UDP") else 17, UDP_SEGMENT, 500)
    sock.send(b"".join(bytes([n]) * 500 for n in range(10)))
    got = sorted(sock.recv(10000)[0] for _ in range(10))
    return "OK" if got == list(range(10)) else got


def error():
    sock = udp()
    try:
        sock.send(b"hello")
        sock.recv(100)
    except OSError as err:
        return errno.errorcode.get(err.errno, str(err))
    return "answered"


print({f.__name__: f for f in (echo, connected, many, sockets, sizes, burst, error)}[what]())
