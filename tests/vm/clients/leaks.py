#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the leaks_*.py have in common: ways to send, each with its outcome.

A way is a function with the outcome that it must come to. It is "proxied" (the
target's own word that its peer is the proxy), "answered" (an address that stands
for the name, from the module itself) or the errno's name. The variables that
lib.sh exports say where everybody is; TARGET is the family's.
"""
import errno
import os
import signal
import socket
import struct
import sys

TARGET = os.environ["TARGET"]
V6 = ":" in TARGET
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
OWN = os.environ["APP6" if V6 else "APP4"]
ROUTER = os.environ["PROXY6" if V6 else "PROXY4"]
# Nobody's: for documentation (RFC 3849, RFC 5737).
FOREIGN = "2001:db8::5" if V6 else "192.0.2.5"
# One of the app's, on another device than the uplink.
OTHER = "fd88::1" if V6 else "10.88.0.1"
RESOLVER = "2001:db8::1" if V6 else "9.9.9.9"
DEVICE = b"up0"

SO_MARK, SO_ZEROCOPY = 36, 60
IP_FREEBIND, IP_BIND_ADDRESS_NO_PORT = 15, 24
IPV6_FREEBIND, IPV6_TRANSPARENT, IP_TRANSPARENT = 78, 75, 19
IPPROTO_MPTCP, IPPROTO_UDPLITE = 262, 136

REQUEST = b"GET /peer HTTP/1.0\r\n\r\n"
ways = []


def way(outcome, family=None):
    """Registers what must come to @outcome; for one family, or both."""
    def register(function):
        if family is None or family == FAMILY:
            ways.append((function, outcome))
        return function
    return register


def mapped(address):
    return f"::ffff:{address}"


def peer(sock):
    """What the web server says that its peer is."""
    answer = b""
    while part := sock.recv(4096):
        answer += part
    address = answer.partition(b"\r\n\r\n")[2].decode().strip()
    return "proxied" if address == os.environ["EXIT"] else f"peer {address}"


def fetch(sock, address=TARGET):
    with sock:
        sock.connect((address, 80))
        sock.sendall(REQUEST)
        return peer(sock)


def tcp(*options, bind=None, family=FAMILY, proto=0):
    """A stream socket with @options: (level, name, value) each."""
    return make(socket.SOCK_STREAM, options, bind, family, proto)


def udp(*options, bind=None, family=FAMILY, proto=0):
    return make(socket.SOCK_DGRAM, options, bind, family, proto)


def make(kind, options, bind, family, proto):
    sock = socket.socket(family, kind, proto)
    for option in options:
        sock.setsockopt(*option)
    if bind:
        sock.bind(bind)
    return sock


BOUND = (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE)
MARKED = (socket.SOL_SOCKET, SO_MARK, 7)
if V6:
    FREE = (socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    TRANSPARENT = (socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
else:
    FREE = (socket.IPPROTO_IP, IP_FREEBIND, 1)
    TRANSPARENT = (socket.IPPROTO_IP, IP_TRANSPARENT, 1)
NO_PORT = (socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)

# The kernel's own answer, or the proxy's silence: its host knows no way back.
NO_WAY_BACK = "ETIMEDOUT" if V6 else "EHOSTUNREACH"

# RFC 791: record route, room for two, and an end; loose source route.
RECORD_ROUTE = bytes([7, 11, 4] + [0] * 9)


def source_route(hop):
    return bytes([131, 7, 4]) + socket.inet_pton(socket.AF_INET, hop) + b"\0"


# RFC 8200: hop-by-hop and destination options with nothing but padding.
PADDING = bytes([0, 0, 1, 4, 0, 0, 0, 0])


def segment_route(hop):
    """RFC 8754: a routing header that leads over @hop first."""
    head = bytes([0, 4, 4, 1, 1, 0, 0, 0])
    return head + bytes(16) + socket.inet_pton(socket.AF_INET6, hop)


def query(number=1):
    """For an address of the family's."""
    name = b"\4site\6hidden\4test\0"
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + name \
        + struct.pack("!2H", 28 if V6 else 1, 1)


def verdict(answer):
    """Does it end with an address of the range that stands for names?"""
    if V6:
        good = answer[-16:-4] == b"\xfdmprox".ljust(12, b"\0")
    else:
        good = answer[-4:-2] == bytes((198, 18))
    return "answered" if good else f"answer {answer.hex()}"


def stream_verdict(sock):
    """The same of what comes over TCP, behind its length."""
    answer = b""
    while len(answer) < 2 or len(answer) < 2 + int.from_bytes(answer[:2], "big"):
        part = sock.recv(4096)
        if not part:
            return "closed"
        answer += part
    return verdict(answer[2:])


def framed(message):
    return struct.pack("!H", len(message)) + message


def outcome(call):
    try:
        signal.alarm(10)
        return call()
    except OSError as err:
        return errno.errorcode.get(err.errno, str(err))
    finally:
        signal.alarm(0)


def alarm(*_):
    raise TimeoutError(errno.ETIME, "no answer")


def run():
    """All ways in turn; exits with 1 if one did not come to what it must."""
    signal.signal(signal.SIGALRM, alarm)
    bad = 0
    for function, want in ways:
        got = outcome(function)
        # A datagram that the socket took without an error has left it.
        got = "sent" if got is None else got
        print(f"{function.__name__}: {got}{'' if got == want else f', not {want}'}",
              flush=True)
        bad += got != want
    sys.exit(1 if bad else 0)
