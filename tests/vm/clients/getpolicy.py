#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""getpolicy.py PROXY PORT USER PASSWORD TARGET: what GET_POLICY gives can be set again.

PROXY wants USER and PASSWORD. They are never told, and go to no other proxy.
"""
import os
import socket
import sys

import mprox

PROXY, PORT, USER, PASSWORD, TARGET = sys.argv[1:]
PORT = int(PORT)


def expect(want, call, *args, **kwargs):
    said = mprox.attempt(lambda: call(*args, **kwargs))
    assert said == want, (said, want, args, kwargs)


def servers_of(got):
    octets = bytes(got["room"].parts[0])
    return [mprox.SERVER.unpack_from(octets, i * mprox.SERVER.size)
            for i in range(got["nr_servers"])]


def change(got, index, **fields):
    """Changes fields of a server by their place in SERVER."""
    values = list(servers_of(got)[index])
    for place, value in fields.items():
        values[int(place[1:])] = value
    mprox.SERVER.pack_into(got["room"].parts[0], index * mprox.SERVER.size,
                           *values)


def works():
    sock = socket.socket()
    sock.settimeout(60)
    sock.connect((TARGET, 7))
    sock.close()


fd = mprox.create()
expect("ENODATA", mprox.get_policy, fd)
login = dict(user=USER.encode(), password=PASSWORD.encode())
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(PROXY, PORT, weight=7, tries=2, attempt_ms=30000, **login),
     mprox.server("2001:db8::9", 8080, kind=mprox.HTTP,
                  headers=b"X-Secret: sesame\r\n"),
     mprox.server(port=9050, flags=mprox.HOP, host=b"next.example")],
    [mprox.rule(), mprox.rule(mprox.BLOCK, family=0, prefix=0, proto=17,
                              first=5, last=9, addr=b"")],
    [mprox.EXEMPT.pack(mprox.BY_UID, 4242),
     mprox.EXEMPT.pack(mprox.BY_PID, 1)],
    mprox.Dns([mprox.dns_rule(b"*.corp.example", mprox.DNS_DIRECT,
                              **mprox.resolver_at("192.0.2.53")),
               mprox.dns_rule(b"far.example", mprox.DNS_PROXY)],
              flags=mprox.DNS_DIRECT_RESOLVER | mprox.DNS_IPV6, ttl=77,
              **mprox.resolver_at("192.0.2.99", 5353)),
    flags=mprox.STEPWISE | mprox.UDP, strategy=3, rounds=1,
    max_connects_per_second=1000, relay_family=socket.AF_INET,
    relay=socket.inet_aton("192.0.2.7")))

print("what is told", flush=True)
got = mprox.get_policy(fd)
assert (got["nr_servers"], got["nr_rules"], got["nr_exempt"]) == (3, 2, 2), got
assert got["flags"] == mprox.STEPWISE | mprox.UDP and got["strategy"] == 3
assert (got["rounds"], got["max_connects_per_second"]) == (1, 1000), got
assert (got["handshake_ms"], got["attempt_ms"]) == (60000, 10000), got
told = b"".join(bytes(part) for part in got["room"].parts)
for secret in (USER.encode(), PASSWORD.encode(), b"sesame", b"X-Secret"):
    assert secret not in told, secret
first, second, third = servers_of(got)
assert first[3] == PORT and first[12] == 7 and first[15] == 2
assert first[16] == 1 and second[16] == 2 and third[16] == 0
assert third[1] == mprox.HOP and third[17].rstrip(b"\0") == b"next.example"
dns = mprox.DNS.unpack(got["room"].dns.buffer)
assert dns[1] == mprox.DNS_DIRECT_RESOLVER | mprox.DNS_IPV6 and dns[3] == 77
assert dns[5] == 2 and dns[13] == 5353, dns

print("set again, it is the same, and lets us in", flush=True)
mprox.set_again(fd, got)
again = mprox.get_policy(fd)
assert [bytes(part) for part in again["room"].parts] == \
    [bytes(part) for part in got["room"].parts]
assert mprox.DNS.unpack(again["room"].dns.buffer)[1:4] == dns[1:4]
assert bytes(again["room"].dns.rules) == bytes(got["room"].dns.rules)
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT, **login)]))
mprox.enable(fd)
works()
got = mprox.get_policy(fd)
change(got, 0, p12=9)  # the weight
mprox.set_again(fd, got)
works()
assert servers_of(mprox.get_policy(fd))[0][12] == 9

print("a password is not sent elsewhere", flush=True)
for place, value in (("p3", PORT + 1), ("p0", mprox.SOCKS4), ("p16", 2),
                     ("p5", socket.inet_aton("192.0.2.1")), ("p6", 3)):
    got = mprox.get_policy(fd)
    change(got, 0, **{place: value})
    expect("EINVAL", mprox.set_again, fd, got)
works()

print("too little room", flush=True)
some = mprox.get_policy(fd, servers=0, rules=0, exempt=0, with_dns=False)
assert some["nr_servers"] == 1
# The first version of the struct has no weight.
expect("E2BIG", mprox.get_policy, fd, server_size=552)
expect("EINVAL", mprox.get_policy, fd, server_size=551)
big = mprox.get_policy(fd, server_size=mprox.SERVER.size + 64)
assert bytes(big["room"].parts[0])[mprox.SERVER.size:mprox.SERVER.size + 64] \
    == b"\0" * 64
os.close(fd)
