# SPDX-License-Identifier: GPL-2.0-or-later
"""What clients share that do the same in a scope and with SOCKS of their own."""
import socket
import struct


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


GREETING = b"\5\1\0"


def ask_for(sock, host, port, greeted=False):
    """What a client of SOCKS5 says when it is connected to its proxy."""
    if not greeted:
        sock.sendall(GREETING)
    assert sock.recv(2, socket.MSG_WAITALL) == b"\5\0"
    family = family_of(host)
    sock.sendall(b"\5\1\0" + (b"\1" if family == socket.AF_INET else b"\4") +
                 socket.inet_pton(family, host) + struct.pack("!H", port))
    answer = sock.recv(4, socket.MSG_WAITALL)
    assert answer[1] == 0, f"the proxy answers {answer[1]}"
    sock.recv({1: 6, 4: 18}[answer[3]], socket.MSG_WAITALL)


def connect(sock, target, proxy=None):
    """To target (host, port): by connect() alone, or by the SOCKS server at proxy."""
    sock.connect(proxy or target)
    if proxy:
        ask_for(sock, *target)


def tcp_info(sock):
    """Of struct tcp_info what the tests look at; times in seconds."""
    octets = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    word = lambda at: struct.unpack_from("=I", octets, at)[0]
    return {"state": octets[0], "rto": word(8) / 1e6, "snd_mss": word(16),
            "pmtu": word(60), "rtt": word(68) / 1e6, "rttvar": word(72) / 1e6,
            "retrans": word(100)}
