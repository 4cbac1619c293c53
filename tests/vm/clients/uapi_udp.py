# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of uapi_test.py that is about UDP in a policy, and about ROUTE."""
import os
import socket
import subprocess
import time

import mprox
from mprox import Policy, config, server

V4, V6 = socket.AF_INET, socket.AF_INET6
DNS_ONLY = mprox.POLICY.size - 24
# RFC 5737. The default route leads there.
NOBODY = ("192.0.2.1", 5000)

POLICIES = (
    ("flags", dict(flags=0x20)),
    ("flags, last bit", dict(flags=1 << 31)),
    ("relay_family 1", dict(relay_family=1)),
    ("relay_family 1, and an address", dict(relay_family=1, relay=b"\x0a\1\1\1")),
    ("reserved", dict(reserved=1)),
    ("reserved, last bit", dict(reserved=0x8000)),
    ("max_connects_per_second: 1000001",
     dict(max_connects_per_second=1000001)),
    ("max_connects_per_second, last bit",
     dict(max_connects_per_second=1 << 31)),
    ("relay_addr without a family", dict(relay=b"\x0a\1\1\1")),
    ("the last octet without a family", dict(relay=b"\0" * 15 + b"\1")),
    ("relay_family without an address, IPv4", dict(relay_family=V4)),
    ("relay_family without an address, IPv6", dict(relay_family=V6)),
    ("a multicast relay, IPv4", dict(relay_family=V4, relay=b"\xe0\0\0\1")),
    ("a multicast relay, IPv6",
     dict(relay_family=V6, relay=b"\xff\2".ljust(15, b"\0") + b"\1")),
    ("a broadcast relay", dict(relay_family=V4, relay=b"\xff" * 4)),
    ("a relay of 0.0.0.0", dict(relay_family=V4, relay=b"\0\0\0\0")),
    ("an IPv4-mapped relay",
     dict(relay_family=V6, relay=b"\0" * 10 + b"\xff\xff\x0a\1\1\1")),
    ("IPv4 with octets past four",
     dict(relay_family=V4, relay=b"\x0a\1\1\1\1")),
    ("IPv4 with a last octet",
     dict(relay_family=V4, relay=b"\x0a\1\1\1".ljust(15, b"\0") + b"\1")),
)

GOOD = (
    ("UDP", dict(flags=mprox.UDP)),
    # Whether a server has a relay turns out when it is asked.
    ("UDP through HTTP", dict(flags=mprox.UDP, servers=[server(kind=mprox.HTTP)])),
    ("a relay, and no UDP", dict(relay_family=V4, relay=b"\x0a\1\1\1")),
    ("an IPv4 relay", dict(flags=mprox.UDP, relay_family=V4, relay=b"\x0a\1\1\1")),
    ("an IPv6 relay",
     dict(flags=mprox.UDP, relay_family=V6, relay=b"\xfd".ljust(16, b"\1"))),
    ("80 octets", dict(size=mprox.POLICY_V3)),
    ("88 octets", dict(size=DNS_ONLY)),
    # They stand past the end of what the caller has.
    ("88 octets, and rubbish behind them",
     dict(size=DNS_ONLY, relay_family=1, reserved=1, 
          max_connects_per_second=1, relay=b"\1")),
)


def send():
    with socket.socket(V4, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", NOBODY)


def test_policy(context, expect):
    fd = context(mprox.CLOEXEC)
    for what, fields in POLICIES:
        expect("EINVAL", f"SET_POLICY: udp: {what}", mprox.set_policy, fd,
               Policy(**fields))
    expect("ENODATA", "ENABLE: none was taken", mprox.enable, fd)
    for what, fields in GOOD:
        expect("OK", f"SET_POLICY: udp: {what}", mprox.set_policy, fd,
               Policy(**fields))
    os.close(fd)


def test_datagram(context, expect):
    """Whether anybody relays it is of no interest: the call has an answer before."""
    for want, what, fields, then in (
            ("EPERM", "the policy does not say so", dict(), None),
            ("OK", "the policy says so", dict(flags=mprox.UDP), None),
            ("EPERM", "the last policy does not say so",
             dict(flags=mprox.UDP), mprox.set_policy),
            ("OK", "a config that is written leaves it",
             dict(flags=mprox.UDP), lambda fd: os.write(fd, config(port=4243))),
            ("OK", "88 octets have the flag",
             dict(size=DNS_ONLY, flags=mprox.UDP), None)):
        # A new one each time: one that no server relays for remembers that.
        fd = context(mprox.CLOEXEC)
        mprox.set_policy(fd, Policy(**fields))
        if then:
            then(fd)
        mprox.enable(fd)
        expect(want, f"a datagram: {what}", send)
        os.close(fd)


def link():
    """How mprox0 is: "up", "down" or "none"."""
    said = subprocess.run(["ip", "-o", "link", "show", "mprox0"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if said.returncode:
        return "none"
    flags = said.stdout.decode().split("<")[1].split(">")[0].split(",")
    return "up" if "UP" in flags else "down"


def link_at_last():
    """What is left of it: a context is freed some time after it was closed."""
    until = time.monotonic() + 10
    while link() != "none" and time.monotonic() < until:
        time.sleep(0.1)
    return link()


def test_route(context, expect, expect_text):
    expect_text("none", "mprox0, before", link())
    fd, other = context(mprox.CLOEXEC), context(mprox.CLOEXEC)
    expect("EINVAL", "ROUTE: an argument", mprox.route, fd, 1)
    expect_text("none", "mprox0, refused", link())
    expect("OK", "ROUTE", mprox.route, fd)
    expect_text("up", "mprox0", link())
    expect("OK", "ROUTE: once more", mprox.route, fd)
    expect("OK", "ROUTE: another context", mprox.route, other)
    os.close(fd)
    expect_text("up", "mprox0, and one context is left", link())
    os.close(other)
    expect_text("none", "mprox0, and none is left", link_at_last())


def test_name_taken(context, expect, expect_text):
    def ip(*words):
        subprocess.run(["ip", "link", *words], check=True)

    ip("add", "mprox0", "type", "dummy")
    fd = context(mprox.CLOEXEC)
    expect("EEXIST", "ROUTE: somebody else's mprox0", mprox.route, fd)
    expect_text("down", "somebody else's mprox0", link())
    ip("del", "mprox0")
    expect("OK", "ROUTE: it is gone", mprox.route, fd)
    os.close(fd)
    expect_text("none", "mprox0, at the end", link_at_last())


def test(context, expect, expect_text):
    """@context: makes one that the caller is a member of."""
    test_policy(context, expect)
    test_datagram(context, expect)
    test_route(context, expect, expect_text)
    test_name_taken(context, expect, expect_text)
