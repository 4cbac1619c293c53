#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's interface as it stands in uapi/linux/mutex_proxy.h, for tests.

It is written out here once more so that a change of the header's layout by
mistake is seen. As a program: mprox.py create FLAGS and mprox.py route, of a
context that it makes, print "OK" or the errno; so does mprox.py end NAME; and
mprox.py list prints a line for each context.
"""
import errno
import fcntl
import os
import socket
import struct

CLOEXEC, NONBLOCK, GLOBAL = 1, 2, 4
SOCKS5, HTTP, HTTPS, SOCKS4 = 1, 2, 3, 4
TREE, PROCESS, SCOPE_GLOBAL = 0, 1, 2
DIRECT, PROXY, BLOCK = 1, 2, 3
DNS_NONE, DNS_FAKE, DNS_DIRECT, DNS_BLOCK, DNS_PROXY = 0, 1, 2, 3, 4
DNS_IPV6, DNS_DIRECT_RESOLVER, DNS_ASK_RECORDS = 1, 2, 4
BY_PID, BY_UID = 1, 2

CONFIG = struct.Struct("=IIII16s32s")
STATS = struct.Struct("=6Q")
SERVER = struct.Struct("=IIHHI16sBBB5s256s256sHHBBH256s1024sI")
SERVER_V1, SERVER_V2 = 552, 1840
RULE = struct.Struct("=IIHBBHH8s16s")
EXEMPT = struct.Struct("=II")
DNS_RULE = struct.Struct("=IB3s256sHHI16s")
DNS_RULE_V1 = 264
DNS = struct.Struct("=IIIIQII4s16sBB2sHHI16s")
DNS_V1 = 56
assert DNS.size == 80 and DNS_RULE.size == 288
POLICY = struct.Struct("=IIQQQIIIIIIIIIIIIQHHI16s")
POLICY_V1, POLICY_V2, POLICY_V3 = 56, 72, 80
assert POLICY.size == 112
HOP = STEPWISE = 1
FASTOPEN, MAY_BIND, UDP = 2, 4, 8
SCOPE = struct.Struct("=IIII")
JOIN_ARG = struct.Struct("=II")
BIND_ARG = struct.Struct("=IIiHH16sHH16sI")
NAME = struct.Struct("=II32s")
CONTEXT = struct.Struct("=6IQ32s")
LIST_ARG = struct.Struct("=IIQIIQ")
ENABLED, PRIVILEGED, LOCKED, SEALED, MEMBER = 1, 2, 4, 8, 16
LIST_MINE = 1
EVENT = struct.Struct("=HHBBHIiQQQQQQIIIIHHHHHHHHHHI16sHHI16s16sQ")
assert EVENT.size == 168
EVENTS_ARG = struct.Struct("=IIII")
FLOWS_ARG = struct.Struct("=IIQIIII")
STATISTICS_ARG = struct.Struct("=IIII15Q8Q8Q32QQ128QIIQII")
assert STATISTICS_ARG.size == 1576
SERVER_STATISTICS = struct.Struct("=HHI16sIIIIQQQQ")
assert SERVER_STATISTICS.size == 72
ALERTS_ARG = struct.Struct("=8IQII")
assert ALERTS_ARG.size == 48
(ALERT_FAILED, ALERT_FAILED_PERCENT, ALERT_LATENCY, ALERT_BANDWIDTH,
 ALERT_SERVERS_DOWN) = range(1, 6)
READ_STATS, READ_STATISTICS = 0, 1
(LOST, OPEN, ATTEMPT, FAILED, PROXIED, WENT_DIRECT, REFUSED, CLOSED, CHANGED,
 SERVER_DOWN, SERVER_UP, ALERT, QUERY, FLOW) = range(14)


def _io(number, size=0, direction=0):
    return direction << 30 | size << 16 | 0xB7 << 8 | number


CREATE, ENABLE, DISABLE = _io(0), _io(1), _io(2)
SET_CONFIG = _io(3, CONFIG.size, 1)
GET_CONFIG = _io(4, CONFIG.size, 2)
GET_STATS = _io(5, STATS.size, 2)
SET_POLICY = _io(6, POLICY.size, 1)
SET_SCOPE = _io(7, SCOPE.size, 1)
JOIN = _io(8, JOIN_ARG.size, 1)
BIND = _io(9, BIND_ARG.size, 3)
ROUTE = _io(10)
DNS_LOG = _io(11)
LOCK = _io(12)
SET_NAME = _io(13, NAME.size, 1)
INFO = _io(14, CONTEXT.size, 2)
LIST = _io(0x20, LIST_ARG.size, 3)
OPEN_ID, END = _io(0x21), _io(0x22)
KEEP = _io(16)
EVENTS = _io(17, EVENTS_ARG.size, 1)
FLOWS = _io(18, FLOWS_ARG.size, 3)
GET_POLICY = _io(19, POLICY.size, 3)
STATISTICS = _io(20, STATISTICS_ARG.size, 3)
READ_FORMAT = _io(21)
ALERTS = _io(22, ALERTS_ARG.size, 1)
NET_STATISTICS = _io(0x23, STATISTICS_ARG.size, 3)


def name(number):
    if number == errno.EOPNOTSUPP:  # ENOTSUP is the same number
        return "EOPNOTSUPP"
    return errno.errorcode[number] if number else "OK"


def on_device(number, argument=0):
    dev = os.open("/dev/mprox", os.O_RDWR | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(dev, number, argument)
    finally:
        os.close(dev)


def create(flags=0):
    return on_device(CREATE, flags)


def open_id(number):
    return on_device(OPEN_ID, number)


def end(number):
    return on_device(END, number)


def _context(octets):
    names = ("id", "scope", "flags", "uid", "members", "descriptors", "netns")
    *values, text = CONTEXT.unpack(octets)
    return dict(zip(names, values), name=text.rstrip(b"\0").decode())


def contexts(flags=0, room=64):
    """What LIST tells, and how many there are."""
    found = bytearray(CONTEXT.size * room or 1)
    arg = bytearray(LIST_ARG.pack(flags, room, _address(found), CONTEXT.size,
                                  0, 0))
    on_device(LIST, arg)
    count = LIST_ARG.unpack(arg)[4]
    return [_context(found[i * CONTEXT.size:(i + 1) * CONTEXT.size])
            for i in range(min(count, room))], count


def info(fd):
    octets = bytearray(CONTEXT.size)
    fcntl.ioctl(fd, INFO, octets)
    return _context(octets)


def lock(fd):
    fcntl.ioctl(fd, LOCK, 0)


def set_name(fd, text, size=NAME.size, flags=0):
    fcntl.ioctl(fd, SET_NAME, bytearray(NAME.pack(size, flags, text)))


def attempt(call, *args):
    """What the call came to: "OK" or the errno's name."""
    try:
        call(*args)
        return "OK"
    except OSError as err:
        return name(err.errno)


def packed(address):
    """Family and sixteen octets, as struct mutex_proxy_server has them."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address).ljust(16, b"\0")


def config(address="10.77.1.1", port=1080, version=1, kind=SOCKS5, flags=0,
           raw=None, reserved=b""):
    family, octets = packed(address)
    if family == socket.AF_INET:
        octets = b"\0" * 10 + b"\xff\xff" + octets[:4]
    return CONFIG.pack(version, kind, port, flags, raw or octets, reserved)


def server(address="10.77.1.1", port=1080, kind=SOCKS5, flags=0, family=None,
           scope_id=0, user=b"", password=b"", user_len=None, pass_len=None,
           reserved=b"", octets=None, auth=0, weight=0, host=b"", headers=b"",
           secrets_of=0, headers_len=None, tries=0, attempt_ms=0):
    own, addr = packed(address)
    if host:
        own, addr = 0, b""
    return SERVER.pack(kind, flags, own if family is None else family, port,
                       scope_id, octets or addr,
                       len(user) if user_len is None else user_len,
                       len(password) if pass_len is None else pass_len,
                       auth, reserved, user, password, weight,
                       len(headers) if headers_len is None else headers_len,
                       len(host), tries, secrets_of, host, headers, attempt_ms)


def rule(verdict=DIRECT, flags=0, family=socket.AF_INET, prefix=8, proto=0,
         first=0, last=0, reserved=b"", addr=b"\x0a"):
    return RULE.pack(verdict, flags, family, prefix, proto, first, last,
                     reserved, addr)


def resolver_at(address, port=53):
    """The fields of struct mutex_proxy_dns or its rule that name a resolver."""
    family, octets = packed(address)
    return dict(resolver_family=family, resolver_port=port,
                resolver_addr=octets)


def dns_rule(name=b"a.example", mode=DNS_BLOCK, name_len=None, reserved=b"",
             resolver_family=0, resolver_port=0, reserved2=0,
             resolver_addr=b""):
    return DNS_RULE.pack(mode, len(name) if name_len is None else name_len,
                         reserved, name, resolver_family, resolver_port,
                         reserved2, resolver_addr)


class Dns:
    """A struct mutex_proxy_dns with its rules, kept alive."""

    def __init__(self, rules=(), **fields):
        self.rules = bytearray(b"".join(rules) or b"\0")
        self.fields = dict(
            size=DNS.size, flags=0, mode=DNS_FAKE, ttl=0,
            rules_at=_address(self.rules), nr_rules=len(rules),
            rule_size=DNS_RULE.size, fake4=b"", fake6=b"", fake4_prefix=0,
            fake6_prefix=0, reserved=b"", resolver_family=0,
            resolver_port=0, reserved2=0, resolver_addr=b"", tail=b"")
        assert fields.keys() <= self.fields.keys(), fields
        self.fields.update(fields)
        *values, tail = self.fields.values()
        size = max(min(self.fields["size"], DNS.size), DNS_V1)
        self.buffer = bytearray(DNS.pack(*values)[:size] + tail)
        self.address = _address(self.buffer)


class Policy:
    """A struct mutex_proxy_policy with what it points at, kept alive."""

    def __init__(self, servers=None, rules=(), exempt=(), dns=None, **fields):
        servers = [server()] if servers is None else servers
        self.parts = [bytearray(b"".join(part) or b"\0")
                      for part in (servers, rules, exempt)]
        self.fields = dict(
            size=POLICY.size, flags=0, nr_servers=len(servers),
            nr_rules=len(rules), nr_exempt=len(exempt),
            server_size=SERVER.size, rule_size=RULE.size, handshake_ms=0,
            strategy=0, attempt_ms=0, rounds=0, fail_ms=0, probe_ms=0,
            bind_ms=0, dns_at=dns.address if dns else 0, relay_family=0,
            reserved=0, max_connects_per_second=0, relay=b"")
        self.dns = dns
        self.addresses = [_address(part) for part in self.parts]
        for key, value in fields.items():
            if key in ("servers_at", "rules_at", "exempt_at"):
                self.addresses[("servers_at", "rules_at",
                                "exempt_at").index(key)] = value
            else:
                self.fields[key] = value

    def pack(self, tail=b""):
        f = self.fields
        return bytearray(POLICY.pack(
            f["size"], f["flags"], *self.addresses, f["nr_servers"],
            f["nr_rules"], f["nr_exempt"], f["server_size"], f["rule_size"],
            f["handshake_ms"], f["strategy"], f["attempt_ms"], f["rounds"],
            f["fail_ms"], f["probe_ms"], f["bind_ms"],
            f["dns_at"], f["relay_family"], f["reserved"],
            f["max_connects_per_second"], f["relay"])[:max(f["size"], POLICY_V1)] + tail)


def _address(buffer):
    import ctypes
    return ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))


def set_policy(fd, policy=None, tail=b""):
    policy = policy or Policy()
    fcntl.ioctl(fd, SET_POLICY, policy.pack(tail))


def enable(fd):
    fcntl.ioctl(fd, ENABLE, 0)


def disable(fd):
    fcntl.ioctl(fd, DISABLE, 0)


def route(fd, argument=0):
    fcntl.ioctl(fd, ROUTE, argument)


def join(fd):
    fcntl.ioctl(fd, JOIN, JOIN_ARG.pack(JOIN_ARG.size, 0))


def bind(fd, sock, peer, peer_port=0, flags=0, size=BIND_ARG.size, reserved=0):
    """A port on the proxy for @sock: (errno's name or "OK", (address, port))."""
    family, octets = packed(peer)
    arg = bytearray(BIND_ARG.pack(size, flags, sock if isinstance(sock, int)
                                  else sock.fileno(), family, peer_port,
                                  octets, 0, 0, b"", reserved))
    try:
        fcntl.ioctl(fd, BIND, arg)
        said = "OK"
    except OSError as err:
        said = name(err.errno)
    family, port, octets = BIND_ARG.unpack(arg)[6:9]
    if not family:
        return said, None
    length = 4 if family == socket.AF_INET else 16
    return said, (socket.inet_ntop(family, octets[:length]), port)


def open_events(fd, kinds=0, room=0, flags=0, size=EVENTS_ARG.size):
    return fcntl.ioctl(fd, EVENTS,
                       bytearray(EVENTS_ARG.pack(size, flags, kinds, room)))


def _endpoint(family, port, octets):
    if not family:
        return None
    length = 4 if family == socket.AF_INET else 16
    return socket.inet_ntop(family, octets[:length]), port


def records(octets):
    """What read() of events, or FLOWS, gives: a dictionary for each record."""
    names = ("size", "head", "kind", "proto", "reason", "context", "error",
             "flow", "time", "monotonic", "duration", "sent", "received",
             "pid", "tgid", "uid", "rtt", "server", "rule", "status",
             "attempts", "type", "hop", "name_len", "exe_len")
    at = 0
    while at < len(octets):
        values = EVENT.unpack_from(octets, at)
        one = dict(zip(names, values))
        rest = values[len(names):]
        one["to"] = _endpoint(rest[0], rest[1], rest[3])
        one["via"] = _endpoint(rest[4], rest[5], rest[7])
        one["comm"] = rest[8].split(b"\0")[0].decode()
        text = octets[at + one["head"]:at + one["size"]]
        one["name"] = text[:one["name_len"]].decode()
        one["exe"] = text[one["name_len"]:][:one["exe_len"]].decode()
        at += one["size"]
        yield one


def flows(fd, room=65536):
    """Records of connections, and how many there are."""
    buffer = bytearray(room or 1)
    arg = bytearray(FLOWS_ARG.pack(FLOWS_ARG.size, 0, _address(buffer), room,
                                   0, 0, 0))
    fcntl.ioctl(fd, FLOWS, arg)
    used, count = FLOWS_ARG.unpack(arg)[4:6]
    return list(records(bytes(buffer[:used]))), count


def get_policy(fd, servers=8, rules=8, exempt=8, names=8, with_dns=True,
               server_size=SERVER.size):
    """The policy in force: its fields, and the arrays that were filled."""
    room = Policy([b"\0" * server_size] * servers, [b"\0" * RULE.size] * rules,
                  [b"\0" * EXEMPT.size] * exempt,
                  Dns([b"\0" * DNS_RULE.size] * names, mode=0)
                  if with_dns else None, server_size=server_size)
    if with_dns:
        room.dns.fields["flags"] = 0
    arg = room.pack()
    fcntl.ioctl(fd, GET_POLICY, arg)
    names_ = ("size", "flags", "servers", "rules", "exempt", "nr_servers",
              "nr_rules", "nr_exempt", "server_size", "rule_size",
              "handshake_ms", "strategy", "attempt_ms", "rounds", "fail_ms",
              "probe_ms", "bind_ms", "dns", "relay_family", "reserved",
              "max_connects_per_second", "relay")
    got = dict(zip(names_, POLICY.unpack(arg)))
    got["arg"], got["room"] = arg, room
    return got


def set_again(fd, got):
    """Sets what get_policy() has given, with whatever was changed in it."""
    fcntl.ioctl(fd, SET_POLICY, got["arg"])


def _statistics(octets):
    v = STATISTICS_ARG.unpack(octets)
    names = ("size", "flags", "contexts", "members", "active", "handshake",
             "total", "proxied", "failed", "direct", "bytes_sent",
             "bytes_received", "packets_sent", "packets_received",
             "associations", "datagrams_sent", "datagrams_received",
             "datagram_bytes_sent", "datagram_bytes_received")
    one = dict(zip(names, v))
    at = len(names)
    for name_, count in (("queries", 8), ("refused", 8), ("latency", 32)):
        one[name_] = v[at:at + count]
        at += count
    one["latency_us"] = v[at]
    one["reasons"] = v[at + 1:at + 129]
    one["alerts"], _, _, one["nr_servers"], _ = v[at + 129:]
    return one


def statistics(fd, room=8, size=STATISTICS_ARG.size, flags=0):
    """The sums, with a list of dictionaries of its servers."""
    array = bytearray(SERVER_STATISTICS.size * room or 1)
    arg = bytearray(STATISTICS_ARG.pack(
        size, flags, *[0] * 195, SERVER_STATISTICS.size, _address(array), room,
        0))
    fcntl.ioctl(fd, STATISTICS, arg)
    one = _statistics(arg)
    one["servers"] = []
    for i in range(min(room, one["nr_servers"])):
        v = SERVER_STATISTICS.unpack_from(array, i * SERVER_STATISTICS.size)
        one["servers"].append(dict(
            zip(("hops", "failures", "latency_us", "active", "proxied",
                 "attempts_failed", "bytes_sent", "bytes_received"), v[4:]),
            at=_endpoint(v[0], v[1], v[3])))
    return one


def no_statistics():
    return bytearray(STATISTICS_ARG.pack(STATISTICS_ARG.size, *[0] * 200))


def net_statistics():
    arg = no_statistics()
    on_device(NET_STATISTICS, arg)
    return _statistics(arg)


def read_statistics(fd):
    return _statistics(os.read(fd, STATISTICS_ARG.size))


def set_alerts(fd, size=ALERTS_ARG.size, flags=0, window_ms=0, clear_percent=0,
               failed=0, failed_percent=0, min_connects=0, latency_ms=0,
               bytes_per_second=0, servers_down=0, reserved=0):
    fcntl.ioctl(fd, ALERTS, ALERTS_ARG.pack(
        size, flags, window_ms, clear_percent, failed, failed_percent,
        min_connects, latency_ms, bytes_per_second, servers_down, reserved))


def stats(fd):
    names = ("bytes_sent", "bytes_received", "packets_sent",
             "packets_received", "connections_active", "connections_total")
    return dict(zip(names, STATS.unpack(os.read(fd, STATS.size))))


if __name__ == "__main__":
    import sys
    if sys.argv[1] == "route":
        print(attempt(route, create(CLOEXEC)))
    elif sys.argv[1] == "list":
        for one in contexts()[0]:
            print(one["id"], one["name"] or "-", one["flags"], one["members"])
    elif sys.argv[1] == "end":
        print(attempt(end, next(one["id"] for one in contexts()[0]
                                if one["name"] == sys.argv[2])))
    else:
        print(attempt(create, int(sys.argv[2], 0)))
