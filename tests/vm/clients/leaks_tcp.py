#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""leaks_tcp.py: odd ways to open a TCP connection, and to ask for names so."""
import socket

from leaks import (
    BOUND, FOREIGN, FREE, IPPROTO_MPTCP, MARKED, NO_PORT, NO_WAY_BACK, OTHER,
    OWN, PADDING, RECORD_ROUTE, REQUEST, RESOLVER, ROUTER, TARGET, TRANSPARENT, V6,
    fetch, framed, mapped, peer, query, run, segment_route, source_route,
    stream_verdict, tcp, way)

TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 30, 34
MSG_FASTOPEN = 0x20000000
DEFERRED = (socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
# No cookie is needed: the first SYN has data on it already.
AT_ONCE = (socket.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)


# Fast Open

@way("proxied")
def fastopen_sendto():
    with tcp() as sock:
        sock.sendto(REQUEST, MSG_FASTOPEN, (TARGET, 80))
        return peer(sock)


@way("proxied")
def fastopen_sendto_data_on_syn():
    with tcp(AT_ONCE) as sock:
        sock.sendto(REQUEST, MSG_FASTOPEN, (TARGET, 80))
        return peer(sock)


@way("proxied")
def fastopen_connect():
    return fetch(tcp(DEFERRED))


@way("proxied")
def fastopen_connect_data_on_syn():
    return fetch(tcp(DEFERRED, AT_ONCE))


@way("ECONNREFUSED")
def fastopen_to_closed_port():
    with tcp(AT_ONCE) as sock:
        sock.sendto(REQUEST, MSG_FASTOPEN, (TARGET, 9))


# Multipath

@way("proxied")
def multipath():
    return fetch(tcp(proto=IPPROTO_MPTCP))


@way("proxied")
def multipath_bound_to_device():
    return fetch(tcp(BOUND, proto=IPPROTO_MPTCP))


# Bound to something

@way("proxied")
def bound_to_own_address():
    return fetch(tcp(bind=(OWN, 0)))


@way("proxied")
def bound_to_other_address():
    return fetch(tcp(bind=(OTHER, 0)))


@way("proxied")
def bound_to_port():
    return fetch(tcp((socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
                     bind=("", 5555)))


@way("proxied")
def bound_without_port():
    return fetch(tcp(NO_PORT, bind=(OWN, 0)))


@way(NO_WAY_BACK)
def bound_to_foreign_address():
    return fetch(tcp(FREE, bind=(FOREIGN, 0)))


@way("ETIMEDOUT")
def transparent_from_foreign_address():
    return fetch(tcp(TRANSPARENT, bind=(FOREIGN, 0)))


@way("proxied")
def bound_to_device():
    return fetch(tcp(BOUND))


@way("proxied")
def marked_for_another_table():
    return fetch(tcp(MARKED))


# Headers of the program's own

@way("proxied", socket.AF_INET)
def record_route():
    return fetch(tcp((socket.IPPROTO_IP, socket.IP_OPTIONS, RECORD_ROUTE)))


LOOSE = (socket.IPPROTO_IP, socket.IP_OPTIONS)
SEGMENTS = (socket.IPPROTO_IPV6, socket.IPV6_RTHDR)


@way("ECONNREFUSED", socket.AF_INET)
def loose_source_route():
    return fetch(tcp((*LOOSE, source_route(ROUTER))))


@way("ECONNREFUSED", socket.AF_INET6)
def segment_routing():
    return fetch(tcp((*SEGMENTS, segment_route(ROUTER))))


@way("stuck")
def source_route_later():
    """What is proxied by then does not leave by another way."""
    with tcp() as sock:
        sock.connect((TARGET, 80))
        sock.setsockopt(*(*SEGMENTS, segment_route(ROUTER)) if V6 else
                        (*LOOSE, source_route(ROUTER)))
        sock.sendall(REQUEST)
        sock.settimeout(2)
        try:
            return peer(sock)
        except socket.timeout:
            return "stuck"


@way("proxied", socket.AF_INET6)
def hop_by_hop_options():
    return fetch(tcp((socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, PADDING)))


@way("proxied", socket.AF_INET6)
def destination_options():
    return fetch(tcp((socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING)))


@way("proxied", socket.AF_INET)
def mapped_address():
    return fetch(tcp(family=socket.AF_INET6), mapped(TARGET))


# Names, over TCP

def ask(sock, at=RESOLVER):
    with sock:
        sock.connect((at, 53))
        sock.sendall(framed(query()))
        return stream_verdict(sock)


@way("answered")
def query_fastopen():
    with tcp() as sock:
        sock.sendto(framed(query()), MSG_FASTOPEN, (RESOLVER, 53))
        return stream_verdict(sock)


@way("answered")
def query_data_on_syn():
    with tcp(AT_ONCE) as sock:
        sock.sendto(framed(query()), MSG_FASTOPEN, (RESOLVER, 53))
        return stream_verdict(sock)


@way("answered")
def query_deferred_data_on_syn():
    return ask(tcp(DEFERRED, AT_ONCE))


@way("answered")
def query_multipath():
    return ask(tcp(proto=IPPROTO_MPTCP))


@way("answered")
def query_bound_to_own_address():
    return ask(tcp(bind=(OWN, 0)))


@way("answered")
def query_bound_to_other_address():
    return ask(tcp(bind=(OTHER, 0)))


@way("ECONNREFUSED")
def query_bound_to_foreign_address():
    return ask(tcp(FREE, bind=(FOREIGN, 0)))


@way("ECONNREFUSED")
def query_bound_to_device():
    return ask(tcp(BOUND))


@way("ECONNREFUSED")
def query_bound_to_device_data_on_syn():
    """What send() makes of a refusal, where connect() has left the SYN to it."""
    return ask(tcp(BOUND, AT_ONCE, DEFERRED))


@way("ECONNREFUSED")
def query_from_foreign_address():
    return ask(tcp(TRANSPARENT, bind=(FOREIGN, 0)))


@way("answered")
def query_marked():
    return ask(tcp(MARKED))


@way("answered", socket.AF_INET)
def query_mapped_address():
    return ask(tcp(family=socket.AF_INET6), mapped(RESOLVER))


@way("answered", socket.AF_INET)
def query_record_route():
    return ask(tcp((socket.IPPROTO_IP, socket.IP_OPTIONS, RECORD_ROUTE)))


@way("answered", socket.AF_INET6)
def query_destination_options():
    return ask(tcp((socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING)))


run()
