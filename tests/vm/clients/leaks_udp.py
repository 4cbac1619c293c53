#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaks_udp.py: odd ways to send a datagram, or to ask for a name in one."""
import ctypes
import os
import socket
import struct

from leaks import (
    BOUND, FAMILY, FOREIGN, FREE, IPPROTO_UDPLITE, MARKED, OTHER, OWN, PADDING,
    RECORD_ROUTE, RESOLVER, ROUTER, SO_ZEROCOPY, TARGET, TRANSPARENT, V6, mapped,
    query, run, segment_route, source_route, udp, verdict, way)

UDP_SEGMENT = 103
MSG_CONFIRM, MSG_MORE, MSG_ZEROCOPY = 0x800, 0x8000, 0x4000000
IP_PKTINFO, IPV6_PKTINFO = 8, 50
SEGMENTED = (socket.IPPROTO_UDP, UDP_SEGMENT, 1200)


def send(sock, data=b"datagram", flags=0, to=(TARGET, 443)):
    with sock:
        sock.sendto(data, flags, to)


@way("EPERM")
def in_fragments():
    send(udp(), bytes(20000))


@way("EPERM")
def segmented():
    send(udp(SEGMENTED), bytes(12000))


@way("EPERM")
def in_pieces():
    with udp() as sock:
        sock.sendto(b"one ", MSG_MORE, (TARGET, 443))
        sock.sendto(b"datagram", (TARGET, 443))


@way("EPERM")
def confirmed():
    send(udp(), flags=MSG_CONFIRM)


@way("EPERM")
def without_copy():
    send(udp((socket.SOL_SOCKET, SO_ZEROCOPY, 1)), bytes(8000), MSG_ZEROCOPY)


@way("EPERM")
def written_to_a_connected_socket():
    with udp() as sock:
        sock.connect((TARGET, 443))
        os.write(sock.fileno(), b"datagram")


@way("EPERM")
def spliced_to_a_connected_socket():
    """sendfile(), which is splice() over a pipe of the kernel's."""
    with udp() as sock, open("/etc/hosts", "rb") as file:
        sock.connect((TARGET, 443))
        os.sendfile(sock.fileno(), file.fileno(), 0, 20)


@way("EPERM", socket.AF_INET)
def mapped_address():
    send(udp(family=socket.AF_INET6), to=(mapped(TARGET), 443))


@way("EPERM", socket.AF_INET)
def mapped_address_connected():
    with udp(family=socket.AF_INET6) as sock:
        sock.connect((mapped(TARGET), 443))
        sock.send(b"datagram")


@way("EPERM")
def bound_to_own_address():
    send(udp(bind=(OWN, 0)))


@way("EPERM")
def bound_to_other_address():
    send(udp(bind=(OTHER, 0)))


@way("EPERM")
def bound_to_port():
    send(udp(bind=("", 5555)))


@way("EPERM" if V6 else "ENETUNREACH")
def bound_to_foreign_address():
    send(udp(FREE, bind=(FOREIGN, 0)))


@way("EPERM")
def transparent_from_foreign_address():
    send(udp(TRANSPARENT, bind=(FOREIGN, 0)))


@way("EPERM")
def bound_to_device():
    send(udp(BOUND))


@way("EPERM")
def marked_for_another_table():
    send(udp(MARKED))


@way("EPERM")
def device_in_a_message():
    """IP_PKTINFO names the way out for this datagram alone."""
    index = socket.if_nametoindex("up0")
    own = socket.inet_pton(FAMILY, OWN)
    if V6:
        info = (socket.IPPROTO_IPV6, IPV6_PKTINFO, own + struct.pack("=I", index))
    else:
        info = (socket.IPPROTO_IP, IP_PKTINFO,
                struct.pack("=I", index) + own + bytes(4))
    with udp() as sock:
        sock.sendmsg([b"datagram"], [info], 0, (TARGET, 443))


@way("EPERM", socket.AF_INET)
def broadcast():
    send(udp((socket.SOL_SOCKET, socket.SO_BROADCAST, 1)), to=("10.77.1.255", 443))


@way("EPERM", socket.AF_INET)
def record_route():
    send(udp((socket.IPPROTO_IP, socket.IP_OPTIONS, RECORD_ROUTE)))


@way("EPERM", socket.AF_INET)
def loose_source_route():
    send(udp((socket.IPPROTO_IP, socket.IP_OPTIONS, source_route(ROUTER))))


@way("EPERM", socket.AF_INET)
def loose_source_route_by_a_direct_hop():
    send(udp((socket.IPPROTO_IP, socket.IP_OPTIONS, source_route("169.254.9.9"))))


@way("EPERM", socket.AF_INET6)
def hop_by_hop_options():
    send(udp((socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, PADDING)))


@way("EPERM", socket.AF_INET6)
def destination_options():
    send(udp((socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING)))


@way("EPERM", socket.AF_INET6)
def segment_routing():
    send(udp((socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segment_route(ROUTER))))


@way("EPERM")
def lite():
    send(udp(proto=IPPROTO_UDPLITE))


@way("EPERM")
def lite_to_the_port_of_names():
    send(udp(proto=IPPROTO_UDPLITE), query(), to=(RESOLVER, 53))


# Many in one call

class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("namelen", ctypes.c_uint32),
                ("iov", ctypes.POINTER(IoVec)), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("hdr", MsgHdr), ("len", ctypes.c_uint32)]


def sockaddr(address, port):
    octets = socket.inet_pton(FAMILY, address)
    if V6:
        return struct.pack("=H", FAMILY) + struct.pack("!HI", port, 0) + octets \
            + bytes(4)
    return struct.pack("=H", FAMILY) + struct.pack("!H", port) + octets + bytes(8)


def sendmmsg(sock, messages):
    """How many of (data, address, port) went."""
    libc = ctypes.CDLL(None, use_errno=True)
    vector = (MMsgHdr * len(messages))()
    for slot, (data, address, port) in zip(vector, messages):
        slot.hdr.name = name = sockaddr(address, port)
        slot.hdr.namelen = len(name)
        slot.hdr.iov = ctypes.pointer(IoVec(data, len(data)))
        slot.hdr.iovlen = 1
    count = libc.sendmmsg(sock.fileno(), vector, len(messages), 0)
    if count < 0:
        raise OSError(ctypes.get_errno(), "sendmmsg")
    return count


@way("EPERM")
def many():
    with udp() as sock:
        sendmmsg(sock, [(b"one", TARGET, 443), (b"two", TARGET, 444)])


@way("1 of 2")
def many_behind_a_local_one():
    with udp() as sock, udp(bind=("::1" if V6 else "127.0.0.1", 0)) as here:
        name, port = here.getsockname()[:2]
        return f"{sendmmsg(sock, [(b'1', name, port), (b'2', TARGET, 443)])} of 2"


# Names, in datagrams

def ask(sock, to=(RESOLVER, 53), flags=0):
    with sock:
        sock.sendto(query(), flags, to)
        return verdict(sock.recv(512))


@way("answered")
def query_connected():
    with udp() as sock:
        sock.connect((RESOLVER, 53))
        sock.send(query())
        return verdict(sock.recv(512))


@way("answered")
def query_many():
    with udp() as sock:
        count = sendmmsg(sock, [(query(n), RESOLVER, 53) for n in (1, 2)])
        return " and ".join({verdict(sock.recv(512)) for _ in range(count)})


@way("answered")
def query_confirmed():
    return ask(udp(), flags=MSG_CONFIRM)


@way("answered")
def query_in_pieces():
    with udp() as sock:
        sock.sendto(query()[:12], MSG_MORE, (RESOLVER, 53))
        sock.sendto(query()[12:], (RESOLVER, 53))
        return verdict(sock.recv(512))


@way("answered", socket.AF_INET)
def query_mapped_address():
    return ask(udp(family=socket.AF_INET6), (mapped(RESOLVER), 53))


@way("answered")
def query_bound_to_own_address():
    return ask(udp(bind=(OWN, 0)))


@way("answered")
def query_bound_to_other_address():
    return ask(udp(bind=(OTHER, 0)))


@way("answered")
def query_bound_to_port():
    return ask(udp(bind=("", 5555)))


@way("answered" if V6 else "ENETUNREACH")
def query_bound_to_foreign_address():
    return ask(udp(FREE, bind=(FOREIGN, 0)))


@way("answered")
def query_from_foreign_address():
    return ask(udp(TRANSPARENT, bind=(FOREIGN, 0)))


@way("answered")
def query_bound_to_device():
    return ask(udp(BOUND))


@way("answered")
def query_marked():
    return ask(udp(MARKED))


@way("answered")
def query_to_the_router():
    return ask(udp(), (ROUTER, 53))


@way("answered")
def query_to_a_link_local_resolver():
    if V6:
        return ask(udp(), ("fe80::1%up0", 53))
    return ask(udp(BOUND), ("169.254.9.9", 53))


@way("answered")
def query_to_a_group():
    if V6:
        return ask(udp(), ("ff02::fb%up0", 53))
    return ask(udp(BOUND), ("224.0.0.251", 53))


@way("answered", socket.AF_INET)
def query_record_route():
    return ask(udp((socket.IPPROTO_IP, socket.IP_OPTIONS, RECORD_ROUTE)))


@way("EPERM", socket.AF_INET)
def query_loose_source_route():
    return ask(udp((socket.IPPROTO_IP, socket.IP_OPTIONS, source_route(ROUTER))))


@way("answered", socket.AF_INET6)
def query_destination_options():
    return ask(udp((socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING)))


@way("EPERM", socket.AF_INET6)
def query_segment_routing():
    return ask(udp((socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segment_route(ROUTER))))


@way("EPERM")
def query_segmented():
    send(udp(SEGMENTED), query() * 100, to=(RESOLVER, 53))


@way("sent")
def query_in_fragments():
    """Longer than any query: taken, and answered by nobody."""
    send(udp(), query() + bytes(5000), to=(RESOLVER, 53))


run()
