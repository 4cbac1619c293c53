#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""uapi_test.py: one refused call for every rejection that the header promises.

Prints each; the exit status says whether all were as promised. What was
refused must have changed nothing, so a known policy is checked after each.
"""
import fcntl
import os
import resource
import select
import socket
import sys

import mprox
import uapi_bind
import uapi_dns
import uapi_lock
import uapi_udp
from mprox import Policy, attempt, config, rule, server

BAD_ADDRESS = 0x10
wrong = 0
dev = os.open("/dev/mprox", os.O_RDWR | os.O_CLOEXEC)


def expect(want, what, call, *args):
    expect_text(want, what, attempt(call, *args))


def expect_text(want, what, got):
    global wrong
    wrong += got != want
    print(f"{'ok ' if got == want else 'BAD'} {want:10} {what}"
          + ("" if got == want else f": got {got}"))


def ioctl(fd, number, arg=0):
    if isinstance(arg, bytes):
        arg = bytearray(arg)
    return fcntl.ioctl(fd, number, arg)


def context(flags=mprox.CLOEXEC):
    """Its scope ends with its descriptor, so that none is left to hold this process."""
    return fcntl.ioctl(dev, mprox.CREATE, flags)


def get_config(fd):
    buffer = bytearray(mprox.CONFIG.size)
    fcntl.ioctl(fd, mprox.GET_CONFIG, buffer)
    return bytes(buffer)


def test_create():
    for flags in (0, 1, 2, 3):
        expect("OK", f"CREATE {flags}", lambda: os.close(context(flags)))
    for flags in (8, -0x80000000, 0x100):
        expect("EINVAL", f"CREATE with unknown flag {flags:#x}", ioctl, dev,
               mprox.CREATE, flags)
    expect("ENOTTY", "unknown ioctl of the device", ioctl, dev, mprox.ENABLE)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, hard))
    expect("EMFILE", "CREATE with no descriptor left", ioctl, dev, mprox.CREATE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def as_nobody(call):
    """Runs call in a child without any capability; its exit status."""
    pid = os.fork()
    if not pid:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        got = attempt(call)
        os._exit(0 if got == "EPERM" else 1)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise AssertionError
    raise PermissionError(1, "as it should")


def test_permission(fd):
    expect("EPERM", "CREATE without CAP_NET_ADMIN", as_nobody, context)
    for name, call in (
            ("ENABLE", lambda: ioctl(fd, mprox.ENABLE)),
            ("DISABLE", lambda: ioctl(fd, mprox.DISABLE)),
            ("SET_CONFIG", lambda: ioctl(fd, mprox.SET_CONFIG, config())),
            ("write", lambda: os.write(fd, config())),
            ("GET_CONFIG", lambda: get_config(fd)),
            ("SET_POLICY", lambda: mprox.set_policy(fd)),
            ("ROUTE", lambda: mprox.route(fd)),
            ("DNS_LOG", lambda: fcntl.ioctl(fd, mprox.DNS_LOG, 1)),
            ("EVENTS", lambda: mprox.open_events(fd)),
            ("FLOWS", lambda: mprox.flows(fd)),
            ("GET_POLICY", lambda: mprox.get_policy(fd)),
            ("READ_FORMAT", lambda: ioctl(fd, mprox.READ_FORMAT, 1)),
            ("ALERTS", lambda: mprox.set_alerts(fd, window_ms=1000, failed=1)),
            ("NET_STATISTICS", lambda: ioctl(
                dev, mprox.NET_STATISTICS, mprox.no_statistics())),
            ("LOCK", lambda: mprox.lock(fd)),
            ("SET_NAME", lambda: mprox.set_name(fd, b"other")),
            ("SET_SCOPE", lambda: ioctl(fd, mprox.SET_SCOPE,
                                        mprox.SCOPE.pack(16, 0, 0, 0)))):
        expect("EPERM", f"{name} without CAP_NET_ADMIN", as_nobody, call)


def test_empty():
    fd = context()
    expect("ENOTTY", "unknown ioctl", ioctl, fd, 0xB7FF)
    expect("ENODATA", "ENABLE without a server", ioctl, fd, mprox.ENABLE)
    expect("ENODATA", "GET_CONFIG without a server", get_config, fd)
    expect("EINVAL", "ENABLE with an argument", ioctl, fd, mprox.ENABLE, 1)
    expect("EINVAL", "DISABLE with an argument", ioctl, fd, mprox.DISABLE, 1)
    expect("OK", "DISABLE of what is disabled", ioctl, fd, mprox.DISABLE)
    expect("EINVAL", "read into 47 bytes", os.read, fd, 47)
    expect("OK", "read into 48 bytes", os.read, fd, 48)
    expect("OK", "read into more", os.read, fd, 100)
    expect("EFAULT", "GET_STATS to a bad address", ioctl, fd, mprox.GET_STATS,
           BAD_ADDRESS)
    for name in ("SET_CONFIG", "SET_POLICY", "SET_SCOPE", "JOIN"):
        expect("EFAULT", f"{name} from a bad address", ioctl, fd,
               getattr(mprox, name), BAD_ADDRESS)
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    ready = poll.poll(0)
    expect("OK", "poll: readable and writable", lambda: ready[0][1] ==
           select.POLLIN | select.POLLOUT or os.stat("/nonexistent"))
    os.close(fd)


CONFIGS = (
    ("EINVAL", "version 0", dict(version=0)),
    ("EINVAL", "version 2", dict(version=2)),
    ("EINVAL", "port 0", dict(port=0)),
    ("EINVAL", "port 65536", dict(port=65536)),
    ("EINVAL", "0.0.0.0", dict(address="0.0.0.0")),
    ("EINVAL", "::", dict(address="::")),
    ("EINVAL", "multicast, IPv4", dict(address="224.0.0.1")),
    ("EINVAL", "multicast, IPv6", dict(address="ff02::1")),
    ("EINVAL", "broadcast", dict(address="255.255.255.255")),
    ("EINVAL", "flags", dict(flags=1)),
    ("EINVAL", "reserved, first octet", dict(reserved=b"\1")),
    ("EINVAL", "reserved, last octet", dict(reserved=b"\0" * 31 + b"\1")),
    ("EINVAL", "type 0", dict(kind=0)),
    ("EINVAL", "type 5", dict(kind=5)),
    ("EOPNOTSUPP", "type HTTPS", dict(kind=mprox.HTTPS)),
)


def test_config(fd):
    known = get_config(fd)
    for want, what, fields in CONFIGS:
        expect(want, f"SET_CONFIG: {what}", ioctl, fd, mprox.SET_CONFIG,
               config(**fields))
        expect(want, f"write: {what}", os.write, fd, config(**fields))
        assert get_config(fd) == known, "a refused config was taken"
    for length in (0, 1, 63, 65):
        if length:
            expect("EINVAL", f"write of {length} bytes", os.write, fd,
                   config().ljust(65, b"\0")[:length])
    expect("EFAULT", "write from a bad address", bad_write, fd)
    expect("EFAULT", "GET_CONFIG to a bad address", ioctl, fd,
           mprox.GET_CONFIG, BAD_ADDRESS)
    assert get_config(fd) == known
    expect("OK", "write", os.write, fd, config(port=65535))
    assert get_config(fd) == config(port=65535), "write did not take"
    expect("OK", "SET_CONFIG", ioctl, fd, mprox.SET_CONFIG, config("fd77:1::1"))
    assert get_config(fd) == config("fd77:1::1"), "SET_CONFIG did not take"
    for kind in (mprox.HTTP, mprox.SOCKS4, mprox.SOCKS5):
        expect("OK", f"SET_CONFIG: type {kind}", ioctl, fd, mprox.SET_CONFIG,
               config(kind=kind))
        assert get_config(fd) == config(kind=kind), "the type did not take"


def last_words():
    """What the kernel's log says of us last."""
    with open("/dev/kmsg", "rb", buffering=0) as log:
        os.set_blocking(log.fileno(), False)
        said = ""
        try:
            while True:
                line = os.read(log.fileno(), 8192).decode(errors="replace")
                if f"pid {os.getpid()}" in line:
                    said = line.partition(": ")[2].strip()
        except BlockingIOError:
            return said


def test_log(fd):
    """Before all the others, since the log is rate limited."""
    for fields, want in (
            (dict(servers=[server(), server(port=0)]),
             "error 22: servers[1].port cannot be 0"),
            (dict(servers=[server(user=b"u" * 3, password=b"secret", user_len=2)]),
             "error 22: servers[0].user is not as it must be"),
            (dict(servers=[server(kind=mprox.HTTPS)]),
             "error 95: servers[0].type is TLS, which is not spoken"),
            (dict(rules=[rule(), rule(verdict=9)]),
             "error 22: rules[1].verdict is not as it must be"),
            (dict(rules=[rule()] * 4097), "error 22: nr_rules cannot be 4097"),
            (dict(dns=mprox.Dns(ttl=86401)), "error 22: dns.ttl cannot be 86401")):
        attempt(mprox.set_policy, fd, Policy(**fields))
        said = last_words()
        expect_text("True", f"the log says: {want}", str(said.endswith(want)))


def keep(fd, kind=socket.SOCK_STREAM, listens=True):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if listens:
            sock.listen()
        ioctl(fd, mprox.KEEP, sock.fileno())
        return sock.getsockname()


def test_keep():
    fd = context(mprox.CLOEXEC)
    expect("EBADF", "KEEP: no descriptor", ioctl, fd, mprox.KEEP, 999)
    expect("EBADF", "KEEP: no number of one", ioctl, fd, mprox.KEEP, -1)
    expect("ENOTSOCK", "KEEP: a context", ioctl, fd, mprox.KEEP, fd)
    expect("EINVAL", "KEEP: UDP", keep, fd, socket.SOCK_DGRAM, False)
    expect("EINVAL", "KEEP: it does not listen", keep, fd, socket.SOCK_STREAM, False)
    at = keep(fd)
    expect("EADDRINUSE", "a port that is kept", socket.create_server, at)
    for _ in range(3):
        keep(fd)
    expect("EBUSY", "KEEP: a fifth one", keep, fd)
    os.close(fd)
    expect("OK", "its port after the context's end",
           lambda: socket.create_server(at).close())


def bad_write(fd):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.write(fd, ctypes.c_void_p(BAD_ADDRESS), 64) < 0:
        raise OSError(ctypes.get_errno(), "write")


V6 = socket.AF_INET6
SERVERS = (
    ("EINVAL", "type 0", dict(kind=0)),
    ("EINVAL", "type 9", dict(kind=9)),
    ("EOPNOTSUPP", "type HTTPS", dict(kind=mprox.HTTPS)),
    ("EINVAL", "flags", dict(flags=2)),
    ("EINVAL", "a hop first", dict(flags=mprox.HOP)),
    ("EINVAL", "family 0", dict(family=0)),
    ("EINVAL", "weight 1001", dict(weight=1001)),
    ("EINVAL", "tries 11", dict(tries=11)),
    ("EINVAL", "attempt_ms 99", dict(attempt_ms=99)),
    ("EINVAL", "attempt_ms 600001", dict(attempt_ms=600001)),
    ("EINVAL", "a name, but no hop", dict(host=b"a.example")),
    ("EINVAL", "auth 3", dict(auth=3, user=b"u", password=b"p")),
    ("EINVAL", "auth without credentials", dict(auth=1)),
    ("EINVAL", "Digest for SOCKS5", dict(auth=2, user=b"u", password=b"p")),
    ("EINVAL", "optional for HTTP", dict(kind=2, auth=1, user=b"u", password=b"p")),
    ("EINVAL", "colon in HTTP's user", dict(kind=2, user=b"a:b", password=b"p")),
    ("EINVAL", "a control octet in HTTP's user",
     dict(kind=2, user=b"a\r", password=b"p")),
    ("EINVAL", "SOCKS4 with a password", dict(kind=4, user=b"u", password=b"p")),
    ("EINVAL", "SOCKS4 with a NUL", dict(kind=4, user=b"a\0b", user_len=3)),
    ("EINVAL", "headers for SOCKS5", dict(headers=b"A: b\r\n")),
    ("EINVAL", "headers_len 1025", dict(kind=2, headers_len=1025)),
    ("EINVAL", "a header line without end", dict(kind=2, headers=b"A: b")),
    ("EINVAL", "a header line with LF alone", dict(kind=2, headers=b"A: b\n")),
    ("EINVAL", "an empty header line", dict(kind=2, headers=b"A: b\r\n\r\n")),
    ("EINVAL", "a control octet in headers", dict(kind=2, headers=b"A: \1\r\n")),
    ("EINVAL", "octets past headers_len",
     dict(kind=2, headers=b"A: b\r\nC", headers_len=6)),
    ("EINVAL", "secrets of an element that is not there",
     dict(secrets_of=0xffff)),
    ("EINVAL", "family AF_UNIX", dict(family=1)),
    ("EINVAL", "port 0", dict(port=0)),
    ("EINVAL", "scope_id with IPv4", dict(scope_id=1)),
    ("EINVAL", "scope_id with a global address", dict(address="fd77::1", scope_id=1)),
    ("EINVAL", "reserved", dict(reserved=b"\0\0\0\0\1")),
    ("EINVAL", "IPv4 with more than four octets",
     dict(octets=b"\x0a\x4d\1\1" + b"\0" * 11 + b"\1")),
    ("EINVAL", "unspecified address", dict(address="0.0.0.0")),
    ("EINVAL", "multicast address", dict(address="ff02::1")),
    ("EINVAL", "user without password", dict(user=b"u")),
    ("EINVAL", "password without user", dict(password=b"p")),
    ("EINVAL", "octets past user_len",
     dict(user=b"user", password=b"p", user_len=3)),
    ("EINVAL", "octets past pass_len",
     dict(user=b"user", password=b"pass", pass_len=3)),
)

RULES = (
    ("EINVAL", "verdict 0", dict(verdict=0)),
    ("EINVAL", "verdict 4", dict(verdict=4)),
    ("EINVAL", "flags", dict(flags=1)),
    ("EINVAL", "family AF_UNIX", dict(family=1)),
    ("EINVAL", "no family, but a prefix", dict(family=0, prefix=8)),
    ("EINVAL", "prefix 33 of IPv4", dict(prefix=33)),
    ("EINVAL", "prefix 129 of IPv6", dict(family=V6, prefix=129)),
    ("EINVAL", "address bits past the prefix", dict(addr=b"\x0a\1")),
    ("EINVAL", "address octets past IPv4", dict(prefix=32, addr=b"\x0a\0\0\1\1")),
    ("EINVAL", "ports without a protocol", dict(first=1, last=2)),
    ("EINVAL", "ports of ICMP", dict(proto=1, first=1, last=2)),
    ("EINVAL", "last port below the first", dict(proto=6, first=5, last=4)),
    ("EINVAL", "reserved", dict(reserved=b"\0" * 7 + b"\1")),
)

HOPS = [server(flags=mprox.HOP)]

POLICIES = (
    ("E2BIG", "size above a page", dict(size=4097), b""),
    ("EINVAL", "size 0", dict(size=0), b""),
    ("EINVAL", "size below the first version's",
     dict(size=mprox.POLICY_V1 - 1), b""),
    ("E2BIG", "a tail that is unknown and not zero",
     dict(size=mprox.POLICY.size + 8), b"\0" * 7 + b"\1"),
    ("EINVAL", "flags", dict(flags=0x20), b""),
    ("EINVAL", "probe_ms 999", dict(probe_ms=999), b""),
    ("EINVAL", "probe_ms 3600001", dict(probe_ms=3600001), b""),
    ("EINVAL", "bind_ms 999", dict(bind_ms=999), b""),
    ("EINVAL", "bind_ms 3600001", dict(bind_ms=3600001), b""),
    ("EINVAL", "a hop with tries",
     dict(servers=[server(), server(flags=mprox.HOP, tries=1)]), b""),
    ("EINVAL", "a hop with attempt_ms",
     dict(servers=[server(), server(flags=mprox.HOP, attempt_ms=100)]), b""),
    ("EINVAL", "strategy 8", dict(strategy=8), b""),
    ("EINVAL", "attempt_ms 99", dict(attempt_ms=99), b""),
    ("EINVAL", "rounds 11", dict(rounds=11), b""),
    ("EINVAL", "fail_ms 600001", dict(fail_ms=600001), b""),
    ("EINVAL", "a chain of five", dict(servers=[server()] + HOPS * 4), b""),
    ("EINVAL", "1025 elements",
     dict(servers=([server()] + HOPS * 3) * 256 + HOPS), b""),
    ("EINVAL", "a hop with a weight",
     dict(servers=[server(), server(flags=mprox.HOP, weight=1)]), b""),
    ("EINVAL", "a hop with an interface",
     dict(servers=[server(), server("fe80::1", flags=mprox.HOP, scope_id=1)]), b""),
    ("EINVAL", "a hop with name and family",
     dict(servers=[server(), server(flags=mprox.HOP, host=b"a", family=2)]), b""),
    ("EINVAL", "a hop with a space in its name",
     dict(servers=[server(), server(flags=mprox.HOP, host=b"a b")]), b""),
    ("EINVAL", "SOCKS4 before an IPv6 hop",
     dict(servers=[server(kind=4), server("fd77::1", flags=mprox.HOP)]), b""),
    ("EINVAL", "no server", dict(nr_servers=0), b""),
    ("EINVAL", "257 servers", dict(servers=[server()] * 257), b""),
    ("EINVAL", "4097 rules", dict(rules=[rule()] * 4097), b""),
    ("EINVAL", "17 exempt", dict(exempt=[mprox.EXEMPT.pack(2, 0)] * 17), b""),
    ("EINVAL", "server_size below the first version's",
     dict(server_size=mprox.SERVER_V1 - 1), b""),
    ("EINVAL", "server_size above a page", dict(server_size=4097), b""),
    ("EINVAL", "rule_size below the first version's",
     dict(rule_size=mprox.RULE.size - 1, rules=[rule()]), b""),
    ("EINVAL", "rule_size above a page", dict(rule_size=4097, rules=[rule()]), b""),
    ("EINVAL", "handshake_ms 99", dict(handshake_ms=99), b""),
    ("EINVAL", "handshake_ms 600001", dict(handshake_ms=600001), b""),
    ("EFAULT", "servers at a bad address", dict(servers_at=BAD_ADDRESS), b""),
    ("EFAULT", "rules at a bad address",
     dict(rules_at=BAD_ADDRESS, rules=[rule()]), b""),
    ("EFAULT", "exempt at a bad address",
     dict(exempt_at=BAD_ADDRESS, exempt=[mprox.EXEMPT.pack(2, 0)]), b""),
    ("EINVAL", "exempt kind 0", dict(exempt=[mprox.EXEMPT.pack(0, 1)]), b""),
    ("EINVAL", "exempt kind 3", dict(exempt=[mprox.EXEMPT.pack(3, 1)]), b""),
    ("EINVAL", "exempt uid -1", dict(exempt=[mprox.EXEMPT.pack(2, 0xFFFFFFFF)]), b""),
    ("ESRCH", "exempt pid that does not exist",
     dict(exempt=[mprox.EXEMPT.pack(1, 4000000)]), b""),
    ("ESRCH", "exempt pid 0", dict(exempt=[mprox.EXEMPT.pack(1, 0)]), b""),
)

GOOD = (
    ("256 servers", dict(servers=[server(port=n) for n in range(1, 257)]), b""),
    ("the first version's struct", dict(size=mprox.POLICY_V1), b""),
    ("the first version's servers", dict(
        servers=[server()[:mprox.SERVER_V1], server(port=2)[:mprox.SERVER_V1]],
        server_size=mprox.SERVER_V1), b""),
    ("the second version's struct", dict(size=mprox.POLICY_V2), b""),
    ("the third version's struct", dict(size=mprox.POLICY_V3), b""),
    ("the second version's servers", dict(
        servers=[server()[:mprox.SERVER_V2], server(port=2)[:mprox.SERVER_V2]],
        server_size=mprox.SERVER_V2), b""),
    ("a server with tries and time",
     dict(servers=[server(tries=10, attempt_ms=100)]), b""),
    ("256 chains of 4", dict(servers=([server()] + HOPS * 3) * 256), b""),
    ("a hop with a name",
     dict(servers=[server(kind=4), server(flags=mprox.HOP, host=b"a-b.example")]), b""),
    ("all of it",
     dict(flags=mprox.STEPWISE | mprox.FASTOPEN | mprox.MAY_BIND, strategy=7,
          attempt_ms=100, rounds=10, fail_ms=600000, probe_ms=3600000,
          bind_ms=1000), b""),
    ("HTTP with headers and Digest",
     dict(servers=[server(kind=2, user=b"u", password=b"", auth=2, weight=1000,
                          headers=b"A: b\r\nC:\td\r\n")]), b""),
    ("SOCKS4 with a user id", dict(servers=[server(kind=4, user=b"me")]), b""),
    ("4096 rules", dict(rules=[rule()] * 4096), b""),
    ("16 exempt", dict(exempt=[mprox.EXEMPT.pack(2, n) for n in range(16)]), b""),
    ("credentials", dict(servers=[server(user=b"u" * 255, password=b"p" * 255)]), b""),
    ("a longer struct with a zero tail",
     dict(size=mprox.POLICY.size + 8), b"\0" * 8),
    ("handshake_ms 100", dict(handshake_ms=100), b""),
    ("handshake_ms 600000", dict(handshake_ms=600000), b""),
    ("rule for all", dict(rules=[rule(mprox.BLOCK, 0, 0, 0, 0, addr=b"")]), b""),
    ("rule with ports", dict(rules=[rule(proto=6, first=1, last=65535)]), b""),
    ("rule of /32", dict(rules=[rule(prefix=32, addr=b"\x0a\0\0\1")]), b""),
    ("rule of IPv6 /128",
     dict(rules=[rule(family=V6, prefix=128, addr=b"\xfd" + b"\1" * 15)]), b""),
    ("link-local server", dict(servers=[server("fe80::1", scope_id=1)]), b""),
    ("exempt pid", dict(exempt=[mprox.EXEMPT.pack(1, os.getpid())]), b""),
)


def test_policy(fd):
    mprox.set_policy(fd, Policy([server(port=4242)]))
    known = get_config(fd)
    cases = [(want, f"server: {what}", dict(servers=[server(**fields)]), b"")
             for want, what, fields in SERVERS]
    cases += [(want, f"rule: {what}", dict(rules=[rule(**fields)]), b"")
              for want, what, fields in RULES]
    cases += list(POLICIES)
    for want, what, fields, tail in cases:
        expect(want, f"SET_POLICY: {what}", mprox.set_policy, fd,
               Policy(**fields), tail)
        assert get_config(fd) == known, "a refused policy was taken"
    for what, fields, tail in GOOD:
        expect("OK", f"SET_POLICY: {what}", mprox.set_policy, fd,
               Policy(**fields), tail)


def scope(fd, size=16, flags=0, kind=0, reserved=0, tail=b""):
    ioctl(fd, mprox.SET_SCOPE, mprox.SCOPE.pack(size, flags, kind, reserved) + tail)


def test_scope():
    fd = context()
    expect("EINVAL", "SET_SCOPE: size 15", scope, fd, 15)
    expect("E2BIG", "SET_SCOPE: size 4097", scope, fd, 4097)
    expect("E2BIG", "SET_SCOPE: unknown tail", scope, fd, 20, 0, 0, 0, b"\1\0\0\0")
    expect("EINVAL", "SET_SCOPE: flags", scope, fd, 16, 1)
    expect("EINVAL", "SET_SCOPE: global", scope, fd, 16, 0, 2)
    expect("EINVAL", "SET_SCOPE: 99", scope, fd, 16, 0, 99)
    expect("EINVAL", "SET_SCOPE: reserved", scope, fd, 16, 0, 0, 1)
    expect("OK", "SET_SCOPE: process", scope, fd, 16, 0, 1)
    expect("OK", "SET_SCOPE: zero tail", scope, fd, 20, 0, 0, 0, b"\0" * 4)
    mprox.set_policy(fd)
    mprox.enable(fd)
    expect("EBUSY", "SET_SCOPE: enabled", scope, fd)
    os.close(fd)
    whole = context(mprox.GLOBAL)
    expect("EBUSY", "SET_SCOPE: of a global context", scope, whole)
    os.close(whole)


def join(fd, size=8, flags=0, tail=b""):
    ioctl(fd, mprox.JOIN, mprox.JOIN_ARG.pack(size, flags) + tail)


def in_child(call, *args):
    """The errno of call in a fresh process that is no member."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writer, attempt(call, *args).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def elsewhere(fd):
    import ctypes
    if ctypes.CDLL(None).unshare(0x40000000):
        raise OSError(0, "unshare")
    join(fd)


def test_join():
    fd = context()
    expect("EINVAL", "JOIN: size 7", join, fd, 7)
    expect("E2BIG", "JOIN: size 4097", join, fd, 4097)
    expect("E2BIG", "JOIN: unknown tail", join, fd, 12, 0, b"\1\0\0\0")
    expect("EINVAL", "JOIN: flags", join, fd, 8, 1)
    expect("EALREADY", "JOIN: of the creator", join, fd)
    scope(fd, 16, 0, 1)
    # Forked from here on: not a member of a "process" scope.
    expect_text("OK", "JOIN: of a child", in_child(join, fd))
    expect_text("EXDEV", "JOIN: from another network namespace",
                in_child(elsewhere, fd))
    os.close(fd)
    whole = context(mprox.GLOBAL)
    expect("EBUSY", "JOIN: of a global context", join, whole)
    os.close(whole)


def test_descriptor():
    fd = context(mprox.CLOEXEC | mprox.NONBLOCK)
    expect_text("True", "CLOEXEC", str(not os.get_inheritable(fd)))
    expect_text("True", "NONBLOCK", str(not os.get_blocking(fd)))
    expect_text("anon_inode:[mutex_proxy]", "name of the descriptor",
                os.readlink(f"/proc/self/fd/{fd}"))
    with open(f"/proc/self/fdinfo/{fd}") as info:
        print(info.read())
    os.close(fd)
    fd = context(0)
    expect_text("True", "no CLOEXEC", str(os.get_inheritable(fd)))
    os.close(fd)


def members(fd):
    with open(f"/proc/self/fdinfo/{fd}") as info:
        return next(line.split()[1] for line in info
                    if line.startswith("members:"))


def test_members():
    fd = context()
    expect_text("1", "members of a new context", members(fd))
    end, other_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(other_end)
        os.read(end, 1)
        os._exit(0)
    expect_text("2", "members after fork", members(fd))
    os.close(end)
    os.close(other_end)
    os.waitpid(child, 0)
    expect_text("1", "members after exit", members(fd))
    os.close(fd)
    fd = context(mprox.GLOBAL)
    expect_text("0", "members of a global context", members(fd))
    os.close(fd)


sys.stdout.reconfigure(line_buffering=True)
test_create()
test_empty()
test_descriptor()
test_members()
one = context()
mprox.set_policy(one)
test_log(one)
test_permission(one)
test_config(one)
test_policy(one)
os.close(one)
test_scope()
test_join()
test_keep()
uapi_bind.test(context, expect)
uapi_dns.test(context(), expect, expect_text)
uapi_udp.test(context, expect, expect_text)
uapi_lock.test(context, expect, expect_text)
print(f"{wrong} wrong")
sys.exit(1 if wrong else 0)
