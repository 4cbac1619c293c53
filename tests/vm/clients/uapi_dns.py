# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of uapi_test.py that is about struct mutex_proxy_dns and its rules."""
import fcntl
import os
import socket
import struct

import mprox
from mprox import Dns, Policy, config, dns_rule, resolver_at, server

BAD_ADDRESS = 0x10
# RFC 5737. Whoever is asked: the default route leads there, and nobody listens.
RESOLVER = ("192.0.2.1", 53)
KNOWN = b"known.example"
NXDOMAIN = 3
LONGEST = b".".join([b"a" * 63] * 3 + [b"b" * 61])


def ask(name):
    """The IPv4 address that a name is said to have, "empty", or an rcode."""
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b"."))
    query = (struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0)
             + labels + b"\0" + struct.pack("!HH", 1, 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(query, RESOLVER)
        answer, peer = sock.recvfrom(512)
    ident, flags, questions, answers = struct.unpack("!HHHH", answer[:8])
    assert peer == RESOLVER and ident == 0x1234 and flags & 0x8000
    assert questions == 1 and answer[12:len(query)] == query[12:]
    if flags & 0xf:
        return flags & 0xf
    return socket.inet_ntoa(answer[-4:]) if answers else "empty"


NINE = resolver_at("9.9.9.9")


def resolvers(count):
    """So many rules, each with another resolver."""
    return [dns_rule(mode=mprox.DNS_PROXY, **resolver_at(f"192.0.2.{i + 1}"))
            for i in range(count)]


STRUCTS = (
    ("EINVAL", "size 0", dict(size=0)),
    ("EINVAL", "size below the first version's", dict(size=mprox.DNS_V1 - 1)),
    ("E2BIG", "size above a page", dict(size=4097)),
    ("E2BIG", "a tail that is unknown and not zero",
     dict(size=mprox.DNS.size + 8, tail=b"\0" * 7 + b"\1")),
    ("EINVAL", "flags", dict(flags=8)),
    ("EINVAL", "flags, last bit", dict(flags=1 << 31)),
    ("EINVAL", "mode 5", dict(mode=5)),
    ("EINVAL", "mode PROXY and no resolver", dict(mode=mprox.DNS_PROXY)),
    ("EINVAL", "mode PROXY and the first version's struct",
     dict(mode=mprox.DNS_PROXY, size=mprox.DNS_V1)),
    ("EINVAL", "DIRECT_RESOLVER and no resolver",
     dict(flags=mprox.DNS_DIRECT_RESOLVER)),
    ("EINVAL", "ASK_RECORDS and no resolver", dict(flags=mprox.DNS_ASK_RECORDS)),
    ("EINVAL", "resolver_family 3", dict(NINE, resolver_family=3)),
    ("EINVAL", "resolver_port 0", dict(NINE, resolver_port=0)),
    ("EINVAL", "resolver_port without a resolver", dict(resolver_port=53)),
    ("EINVAL", "resolver_addr without a resolver", dict(resolver_addr=b"\x09")),
    ("EINVAL", "resolver_addr 0.0.0.0", resolver_at("0.0.0.0")),
    ("EINVAL", "resolver_addr ::", resolver_at("::")),
    ("EINVAL", "resolver_addr 224.0.0.1", resolver_at("224.0.0.1")),
    ("EINVAL", "resolver_addr ff02::1", resolver_at("ff02::1")),
    ("EINVAL", "resolver_addr ::ffff:9.9.9.9", resolver_at("::ffff:9.9.9.9")),
    ("EINVAL", "octets past an IPv4 resolver_addr",
     dict(NINE, resolver_addr=b"\x09\x09\x09\x09\x01")),
    ("EINVAL", "reserved2", dict(NINE, reserved2=1)),
    ("EINVAL", "17 resolvers", dict(rules=resolvers(17))),
    ("EINVAL", "17 resolvers, one of them of no rule",
     dict(NINE, rules=resolvers(16))),
    ("EINVAL", "a rule with PROXY, and no resolver",
     dict(rules=[dns_rule(mode=mprox.DNS_PROXY)])),
    ("EINVAL", "ttl 86401", dict(ttl=86401)),
    ("EINVAL", "reserved, first octet", dict(reserved=b"\1")),
    ("EINVAL", "reserved, last octet", dict(reserved=b"\0\1")),
    ("EINVAL", "fake4 without a prefix", dict(fake4=b"\x0a")),
    ("EINVAL", "fake4_prefix without a network, 7", dict(fake4_prefix=7)),
    ("EINVAL", "fake4_prefix 7", dict(fake4=b"\x0a", fake4_prefix=7)),
    ("EINVAL", "fake4_prefix 29", dict(fake4=b"\x0a", fake4_prefix=29)),
    ("EINVAL", "fake4_prefix 255", dict(fake4=b"\x0a", fake4_prefix=255)),
    ("EINVAL", "bits past fake4_prefix, first",
     dict(fake4=b"\x0a\x80", fake4_prefix=8)),
    ("EINVAL", "bits past fake4_prefix, last",
     dict(fake4=b"\x0a\0\0\1", fake4_prefix=28)),
    ("EINVAL", "fake6 without a prefix", dict(fake6=b"\xfd")),
    ("EINVAL", "fake6_prefix 7", dict(fake6=b"\xfc", fake6_prefix=7)),
    ("EINVAL", "fake6_prefix 113", dict(fake6=b"\xfd", fake6_prefix=113)),
    ("EINVAL", "fake6_prefix 255", dict(fake6=b"\xfd", fake6_prefix=255)),
    ("EINVAL", "bits past fake6_prefix, first",
     dict(fake6=b"\xfd\x80", fake6_prefix=8)),
    ("EINVAL", "bits past fake6_prefix, last",
     dict(fake6=b"\xfd".ljust(15, b"\0") + b"\1", fake6_prefix=112)),
    ("EINVAL", "65 rules", dict(rules=[dns_rule()] * 65)),
    ("EINVAL", "rules and mode NONE", dict(rules=[dns_rule()], mode=0)),
    ("EINVAL", "rule_size below the first version's",
     dict(rules=[dns_rule()], rule_size=mprox.DNS_RULE_V1 - 1)),
    ("EINVAL", "rule_size above a page", dict(rules=[dns_rule()], rule_size=4097)),
    ("E2BIG", "a rule's tail that is unknown and not zero",
     dict(rules=[dns_rule() + b"\0\0\0\1"], rule_size=mprox.DNS_RULE.size + 4)),
    ("EFAULT", "rules at a bad address",
     dict(rules=[dns_rule()], rules_at=BAD_ADDRESS)),
    ("EFAULT", "rules nowhere", dict(rules=[dns_rule()], rules_at=0)),
)

RULES = (
    ("mode 0", dict(mode=mprox.DNS_NONE)),
    ("mode 5", dict(mode=5)),
    ("name_len 0", dict(name=b"", name_len=0)),
    ("name_len 254", dict(name=b"a" * 254)),
    ("name_len 255", dict(name=b"a" * 255)),
    ("reserved, first octet", dict(reserved=b"\1")),
    ("reserved, last octet", dict(reserved=b"\0\0\1")),
    ("octets past name_len", dict(name=b"host.example", name_len=11)),
    ("the last octet past name_len",
     dict(name=b"a".ljust(255, b"\0") + b"b", name_len=1)),
    ("a dot at the end", dict(name=b"host.example.")),
    ("an empty label", dict(name=b"*..example")),
    ("upper case", dict(name=b"host.Example")),
    ("an asterisk in the middle", dict(name=b"host.*.example")),
    ("an asterisk at the end", dict(name=b"host.*")),
    ("an asterisk within a label", dict(name=b"*host.example")),
    ("two asterisks", dict(name=b"*.*.example")),
    ("an asterisk and a dot", dict(name=b"*.")),
    ("a space", dict(name=b"a b.example")),
    ("a control octet", dict(name=b"a\n.example")),
    ("a NUL", dict(name=b"a\0.example", name_len=10)),
    ("an octet above ASCII", dict(name="\u00e4.example".encode())),
    ("DEL", dict(name=b"a\x7f.example")),
    ("mode BLOCK and a resolver", NINE),
    ("mode FAKE and a resolver", dict(NINE, mode=mprox.DNS_FAKE)),
    ("resolver_port 0", dict(NINE, mode=mprox.DNS_PROXY, resolver_port=0)),
    ("resolver_port without a resolver", dict(resolver_port=53)),
    ("resolver_addr 0.0.0.0",
     dict(resolver_at("0.0.0.0"), mode=mprox.DNS_DIRECT)),
    ("reserved2", dict(reserved2=1)),
)

GOOD = (
    ("mode NONE", dict(mode=mprox.DNS_NONE)),
    ("mode FAKE", dict()),
    ("mode DIRECT", dict(mode=mprox.DNS_DIRECT)),
    ("mode BLOCK", dict(mode=mprox.DNS_BLOCK)),
    ("IPV6", dict(flags=mprox.DNS_IPV6)),
    ("the first version's struct", dict(size=mprox.DNS_V1)),
    ("a resolver that nobody asks", NINE),
    ("mode PROXY", dict(NINE, mode=mprox.DNS_PROXY)),
    ("mode PROXY, IPv6",
     dict(resolver_at("2001:db8::53", 5353), mode=mprox.DNS_PROXY)),
    ("mode PROXY, DIRECT_RESOLVER",
     dict(resolver_at("127.0.0.1", 5353), mode=mprox.DNS_PROXY,
          flags=mprox.DNS_DIRECT_RESOLVER)),
    ("mode FAKE, ASK_RECORDS", dict(NINE, flags=mprox.DNS_ASK_RECORDS)),
    ("16 resolvers", dict(rules=resolvers(16))),
    ("64 rules with one resolver", dict(
        NINE, rules=[dns_rule(mode=mprox.DNS_PROXY, **NINE)] * 64)),
    ("a rule with PROXY and no resolver of its own",
     dict(NINE, rules=[dns_rule(mode=mprox.DNS_PROXY)])),
    ("a rule with DIRECT and a resolver",
     dict(rules=[dns_rule(mode=mprox.DNS_DIRECT, **NINE)])),
    ("rules of the first version",
     dict(rules=[dns_rule()[:mprox.DNS_RULE_V1]] * 2,
          rule_size=mprox.DNS_RULE_V1)),
    ("a longer struct with a zero tail",
     dict(size=mprox.DNS.size + 8, tail=b"\0" * 8)),
    ("ttl 1", dict(ttl=1)),
    ("ttl 86400", dict(ttl=86400)),
    ("fake4 of /8", dict(fake4=b"\x0a", fake4_prefix=8)),
    ("fake4 of /28", dict(fake4=b"\x0a\0\0\x10", fake4_prefix=28)),
    ("fake6 of /8", dict(fake6=b"\xfd", fake6_prefix=8)),
    ("fake6 of /112",
     dict(fake6=b"\xfd".ljust(13, b"\0") + b"\1", fake6_prefix=112)),
    ("64 rules", dict(rules=[dns_rule()] * 64)),
    ("longer rules with a zero tail",
     dict(rules=[dns_rule() + b"\0" * 4] * 2, rule_size=mprox.DNS_RULE.size + 4)),
    ("a rule for everything", dict(rules=[dns_rule(b"*", mprox.DNS_DIRECT)])),
    ("a rule for all below a name",
     dict(rules=[dns_rule(b"*.example", mprox.DNS_FAKE)])),
    ("a rule with the longest name", dict(rules=[dns_rule(LONGEST)])),
    ("a rule with digits, '-' and '_'", dict(rules=[dns_rule(b"_a-1.xn--4ca")])),
)


def is_refused():
    """Without any mode a query is a datagram like others."""
    try:
        ask(KNOWN)
    except PermissionError:
        return "EPERM"
    return "answered"


def test_refused(fd, expect):
    """What is refused changes nothing: the name keeps its address."""
    first = ask(KNOWN)
    cases = [(want, what, Policy(dns=Dns(**fields)))
             for want, what, fields in STRUCTS]
    cases += [("EINVAL", f"rule: {what}", Policy(dns=Dns([dns_rule(**fields)])))
              for what, fields in RULES]
    cases += [("EINVAL", "the last rule: mode 0",
               Policy(dns=Dns([dns_rule()] * 63 + [dns_rule(mode=0)]))),
              ("EFAULT", "at a bad address", Policy(dns_at=BAD_ADDRESS))]
    for want, what, policy in cases:
        expect(want, f"SET_POLICY: dns: {what}", mprox.set_policy, fd, policy)
        assert ask(KNOWN) == first, "a refused policy was taken"


def test_modes(fd, expect, expect_text):
    for what, fields in GOOD:
        expect("OK", f"SET_POLICY: dns: {what}", mprox.set_policy, fd,
               Policy(dns=Dns(**fields)))
    mprox.set_policy(fd, Policy(dns=Dns(mode=mprox.DNS_BLOCK)))
    expect_text(str(NXDOMAIN), "BLOCK: a query", str(ask(KNOWN)))
    rules = [dns_rule(b"a.example", mprox.DNS_FAKE), dns_rule(b"*.example"),
             dns_rule(b"a.example", mprox.DNS_BLOCK)]
    mprox.set_policy(fd, Policy(dns=Dns(rules)))
    expect_text(str(NXDOMAIN), "a rule: below the name", str(ask(b"b.a.example")))
    for name in b"a.example", b"example", b"a.test":
        expect_text("198.18", f"a rule: {name.decode()}", ask(name)[:6])


def test_ranges(fd, expect_text):
    """As many names as there is room for: 14 in a /28, and no address at its ends."""
    mprox.set_policy(fd, Policy(dns=Dns(fake4=b"\x0a\x09", fake4_prefix=28)))
    said = {ask(b"n%d.test" % n) for n in range(20)}
    expect_text("True", "a /28: every address",
                str(said == {f"10.9.0.{n}" for n in range(1, 15)}))


def test_kept(fd, expect, expect_text):
    """The short form of a policy keeps what it does not speak of."""
    mprox.set_policy(fd, Policy(dns=Dns([dns_rule(b"bad.example")],
                                        fake4=b"\x0a\x0a", fake4_prefix=16)))
    first = ask(KNOWN)
    expect_text("10.10", "a range", first[:5])
    expect("OK", "write of a config", os.write, fd, config(port=4243))
    expect_text(first, "the name after it", ask(KNOWN))
    expect_text(str(NXDOMAIN), "the rule after it", str(ask(b"bad.example")))
    expect("OK", "write of a config, IPv6", os.write, fd, config("fd77:1::1"))
    # It is translated now.
    expect_text(first, "the name after it, A", ask(KNOWN))
    expect("OK", "write of a config, IPv4", os.write, fd, config())
    expect_text(first, "the name after it", ask(KNOWN))


def test_without(fd, expect_text):
    for what, policy in (
            ("dns 0", Policy()),
            ("mode NONE", Policy(dns=Dns(mode=mprox.DNS_NONE))),
            # The pointer stands past the end of what the caller has.
            ("the third version's struct",
             Policy(size=mprox.POLICY_V3, dns=Dns()))):
        mprox.set_policy(fd, policy)
        expect_text("EPERM", f"{what}: a query", is_refused())
    # Names were remembered meanwhile.
    mprox.set_policy(fd, Policy([server(port=4242)], dns=Dns()))
    expect_text("198.18", "FAKE again", ask(KNOWN)[:6])


def open_log(fd, room):
    os.close(fcntl.ioctl(fd, mprox.DNS_LOG, room))


def test_log(fd, expect):
    for room in 4097, -1:
        expect("EINVAL", f"DNS_LOG {room}", fcntl.ioctl, fd, mprox.DNS_LOG, room)
    for room in 1, 4096:
        expect("OK", f"DNS_LOG {room}", open_log, fd, room)
    log = fcntl.ioctl(fd, mprox.DNS_LOG, 1)
    expect("EBUSY", "a second DNS_LOG", fcntl.ioctl, fd, mprox.DNS_LOG, 1)
    expect("EBADF", "write to the log", os.write, log, b"a")
    expect("ENOTTY", "an ioctl of the log", fcntl.ioctl, log, mprox.ENABLE, 0)
    expect("OK", "DNS_LOG 0", fcntl.ioctl, fd, mprox.DNS_LOG, 0)
    expect("OK", "DNS_LOG 0 again", fcntl.ioctl, fd, mprox.DNS_LOG, 0)
    expect("OK", "DNS_LOG after it", open_log, fd, 1)
    os.close(log)


def test(fd, expect, expect_text):
    """@fd: a fresh context that the caller is a member of; closed at the end."""
    mprox.set_policy(fd, Policy(dns=Dns()))
    mprox.enable(fd)
    test_refused(fd, expect)
    test_modes(fd, expect, expect_text)
    test_ranges(fd, expect_text)
    test_kept(fd, expect, expect_text)
    test_without(fd, expect_text)
    test_log(fd, expect)
    os.close(fd)
