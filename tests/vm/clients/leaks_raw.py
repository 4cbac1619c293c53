#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaks_raw.py: packets that a raw socket makes up, down to the IP header."""
import socket
import struct

from leaks import FAMILY, OWN, RESOLVER, ROUTER, TARGET, V6, query, run, way

SYN = struct.pack("!HHIIBBHHH", 4444, 80, 1, 0, 0x50, 2, 1024, 0, 0)
ACK = struct.pack("!HHIIBBHHH", 4444, 80, 1, 1, 0x50, 0x10, 1024, 0, 0)


def datagram(port, data):
    return struct.pack("!4H", 4444, port, 8 + len(data), 0) + data


def packet(proto, payload, to=TARGET, fragment=0, source=OWN):
    """@fragment: offset in units of eight octets, and the bit that says more."""
    src, dst = (socket.inet_pton(FAMILY, at) for at in (source, to))
    if not V6:
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment,
                           64, proto, 0) + src + dst + payload
    if fragment:
        offset = (fragment & 0x1fff) << 3 | fragment >> 13
        payload = struct.pack("!BBHI", proto, 0, offset, 7) + payload
        proto = socket.IPPROTO_FRAGMENT
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, 64) + src + dst \
        + payload


def forge(*args, **words):
    """IPPROTO_RAW: the header is the program's own."""
    with socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.sendto(packet(*args, **words), (words.get("to", TARGET), 0))


@way("EPERM")
def forged_syn():
    forge(socket.IPPROTO_TCP, SYN)


@way("EPERM")
def forged_segment():
    forge(socket.IPPROTO_TCP, ACK + b"data")


@way("EPERM")
def forged_datagram():
    forge(socket.IPPROTO_UDP, datagram(443, b"data"))


@way("EPERM")
def forged_query():
    forge(socket.IPPROTO_UDP, datagram(53, query()), to=RESOLVER)


@way("EPERM")
def forged_echo():
    echo = struct.pack("!BBHHH", 128 if V6 else 8, 0, 0 if V6 else 0xF7FF, 0, 0)
    forge(58 if V6 else 1, echo)


@way("EPERM")
def forged_first_fragment():
    """Judged by itself, in front of whoever would wait for the rest."""
    forge(socket.IPPROTO_UDP, datagram(443, bytes(1200)), fragment=0x2000)


@way("EPERM")
def forged_last_fragment():
    """Has no ports, and is refused like every other packet of a raw socket."""
    forge(socket.IPPROTO_UDP, bytes(1200), fragment=151)


@way("EPERM")
def forged_tunnel():
    """A packet in a packet: IP in IP."""
    forge(41 if V6 else 4, packet(socket.IPPROTO_UDP, datagram(443, b"data")))


@way("EPERM")
def forged_source():
    forge(socket.IPPROTO_UDP, datagram(443, b"data"), source=ROUTER)


@way("EPERM")
def header_included():
    """The same by an option, on a socket of another protocol."""
    level, option = (socket.IPPROTO_IPV6, 36) if V6 else (socket.IPPROTO_IP, 3)
    with socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_UDP) as sock:
        sock.setsockopt(level, option, 1)
        sock.sendto(packet(socket.IPPROTO_TCP, SYN), (TARGET, 0))


@way("EPERM")
def connected():
    with socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_UDP) as sock:
        sock.connect((TARGET, 0))
        sock.send(datagram(443, b"data"))


@way("EPERM")
def query_of_a_raw_socket():
    with socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_UDP) as sock:
        sock.sendto(datagram(53, query()), (RESOLVER, 0))


run()
