#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""owner.py PROXY PORT TARGET: what the kernel connects for a context, one of each.

A probe of a server and of a port where nobody is, a resolver that is asked directly,
a query over TCP that is passed on, and a UDP association. Prints what came of each.
"""
import os
import re
import socket
import struct
import sys
import time

import mprox

proxy, port, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
dns = mprox.Dns([mprox.dns_rule(b"*.direct.test", mprox.DNS_DIRECT)],
                mode=mprox.DNS_PROXY, flags=mprox.DNS_DIRECT_RESOLVER,
                **mprox.resolver_at(proxy))
fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(proxy, port), mprox.server(proxy, 1094)], dns=dns,
    probe_ms=1000, flags=mprox.UDP))
mprox.enable(fd)


def failures(at):
    with open(f"/proc/self/fdinfo/{fd}") as info:
        return int(re.search(rf":{at} .*failures (\d+)", info.read())[1])


def probes():
    for _ in range(300):
        if failures(1094):
            break
        time.sleep(0.1)
    return f"{failures(port)} {min(failures(1094), 1)}"


def query(name):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def address(answer):
    count, = struct.unpack("!H", answer[6:8])
    return socket.inet_ntoa(answer[-4:]) if count else f"rcode {answer[3] & 15}"


def resolver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.sendto(query("a.seen.test"), ("192.0.2.53", 53))
        return address(sock.recv(512))


def forward():
    message = query("a.direct.test")
    with socket.create_connection((proxy, 53), timeout=30) as sock:
        sock.sendall(struct.pack("!H", len(message)) + message)
        with sock.makefile("rb") as answers:
            return address(answers.read(struct.unpack("!H", answers.read(2))[0]))


def association():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.sendto(b"hello", (target, 7007))
        return sock.recv(100).decode()


for part in (probes, resolver, forward, association):
    try:
        got = part()
    except OSError as err:
        got = type(err).__name__
    except EOFError:
        got = "the end"
    except struct.error:
        got = "no answer"
    print(part.__name__, got, flush=True)
os.close(fd)
