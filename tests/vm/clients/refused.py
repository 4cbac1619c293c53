#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""refused.py ADDRESS: all ways but TCP to send something there are refused."""
import errno
import os
import signal
import socket
import struct
import sys

ADDRESS = sys.argv[1]
V6 = ":" in ADDRESS
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
ICMP = socket.IPPROTO_ICMPV6 if V6 else socket.IPPROTO_ICMP
ECHO = struct.pack("!BBHHH", 128 if V6 else 8, 0, 0 if V6 else 0xF7FF, 0, 0)
SCTP = 132


def udp():
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"datagram", (ADDRESS, 443))


def udp_connected():
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as sock:
        sock.connect((ADDRESS, 443))
        sock.send(b"datagram")


def udp_reader():
    """Who does not look at what send() said is told when it reads."""
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as sock:
        sock.connect((ADDRESS, 443))
        try:
            sock.send(b"datagram")
        except PermissionError:
            pass
        sock.recv(100)


def ping():
    with socket.socket(FAMILY, socket.SOCK_DGRAM, ICMP) as sock:
        sock.sendto(ECHO, (ADDRESS, 0))
        # IPv6's has its error for the next call only.
        sock.recv(100)


def raw_icmp():
    with socket.socket(FAMILY, socket.SOCK_RAW, ICMP) as sock:
        sock.sendto(ECHO, (ADDRESS, 0))


def raw_tcp():
    """A hand-made SYN: a raw socket must not be a way around."""
    with socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_TCP) as sock:
        syn = struct.pack("!HHIIBBHHH", 4444, 80, 1, 0, 0x50, 2, 1024, 0, 0)
        sock.sendto(syn, (ADDRESS, 0))


def raw_other():
    with socket.socket(FAMILY, socket.SOCK_RAW, 47) as sock:
        sock.sendto(b"\0\0\x08\0data", (ADDRESS, 0))


def sctp():
    with socket.socket(FAMILY, socket.SOCK_STREAM, SCTP) as sock:
        sock.connect((ADDRESS, 5000))


def outcome(call):
    try:
        signal.alarm(10)
        call()
        return "sent"
    except OSError as err:
        return errno.errorcode.get(err.errno, str(err))
    finally:
        signal.alarm(0)


def alarm(*_):
    raise TimeoutError(errno.ETIME, "no answer")


signal.signal(signal.SIGALRM, alarm)
bad = 0
for way in (udp, udp_connected, udp_reader, ping, raw_icmp, raw_tcp, raw_other, sctp):
    got = outcome(way)
    print(f"{way.__name__}: {got}")
    # SCTP's connect() hides the EPERM of its packet; an ICMP error ends it.
    bad += got != ("ECONNREFUSED" if way in (sctp, udp_reader) else "EPERM")

# What stays on the machine is not our business.
with socket.socket(FAMILY, socket.SOCK_DGRAM) as here, \
        socket.socket(FAMILY, socket.SOCK_DGRAM) as there:
    there.bind(("::1" if V6 else "127.0.0.1", 0))
    here.sendto(b"local", there.getsockname())
    there.settimeout(10)
    print("loopback:", there.recv(100).decode())
sys.exit(1 if bad else 0)
