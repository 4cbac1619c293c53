#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""latency.py TARGET RTT-MS ROUNDS USER PASSWORD: how long connect() takes.

Through real proxies on the other side of a slow link: the client that speaks
the protocol itself, message by message, beside a plain connect() that the
module carries. All ways in turn, round after round; medians.
"""
import base64
import hashlib
import os
import re
import socket
import statistics
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "vm", "clients"))
import mprox  # noqa: E402

TARGET, RTT, ROUNDS = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
USER, PASSWORD = sys.argv[4:6]
PORT = 7
PROXY = "10.77.1.1"
CRED = dict(user=USER.encode(), password=PASSWORD.encode())


def read(sock, count):
    got = b""
    while len(got) < count:
        part = sock.recv(count - len(got))
        if not part:
            raise ConnectionError("the proxy has closed")
        got += part
    return got


def read_head(sock):
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += read(sock, 1)
    return got.decode()


def fresh(port):
    sock = socket.create_connection((PROXY, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def socks5(sock, to, password=False):
    sock.sendall(b"\5\1\2" if password else b"\5\1\0")
    read(sock, 2)
    if password:
        sock.sendall(b"\1" + bytes([len(USER)]) + USER.encode() +
                     bytes([len(PASSWORD)]) + PASSWORD.encode())
        assert read(sock, 2)[1] == 0
    sock.sendall(b"\5\1\0\1" + socket.inet_aton(to[0]) + struct.pack("!H", to[1]))
    assert read(sock, 10)[1] == 0
    return sock


def connect_request(sock, authorization=""):
    sock.sendall(f"CONNECT {TARGET}:{PORT} HTTP/1.1\r\nHost: {TARGET}:{PORT}\r\n"
                 f"{authorization}\r\n".encode())
    return read_head(sock)


def basic(port):
    word = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    sock = fresh(port)
    head = connect_request(sock, f"Proxy-Authorization: Basic {word}\r\n")
    assert " 200 " in head.splitlines()[0], head
    return sock


def digest(port):
    """As a client without memory does it: ask, be challenged, answer."""
    def h(text):
        return hashlib.md5(text.encode()).hexdigest()

    with fresh(port) as sock:
        said = connect_request(sock)
        field = re.search(r"Proxy-Authenticate: Digest (.*)", said)[1]
        if "close" not in said.lower():
            again = sock.dup()
        else:
            again = None
    realm = re.search(r'realm="([^"]*)"', field)[1]
    nonce = re.search(r'nonce="([^"]*)"', field)[1]
    uri = f"{TARGET}:{PORT}"
    answer = h(f"{h(f'{USER}:{realm}:{PASSWORD}')}:{nonce}:00000001:abc:auth:"
               f"{h(f'CONNECT:{uri}')}")
    sock = fresh(port)
    if again:
        again.close()
    head = connect_request(
        sock, f'Proxy-Authorization: Digest username="{USER}", realm="{realm}", '
        f'nonce="{nonce}", uri="{uri}", qop=auth, nc=00000001, cnonce="abc", '
        f'response="{answer}", algorithm=MD5\r\n')
    assert " 200 " in head.splitlines()[0], head
    return sock


def server(port, kind=mprox.SOCKS5, cred=None, **more):
    return mprox.server(PROXY, port, kind, **(cred or {}), **more)


HERE = (TARGET, PORT)
DANTED, PASSWORD_PORT, MICROSOCKS, BASIC, DIGEST = 1082, 1083, 1080, 1085, 1086
# what: (the client's own way, the module's servers)
KINDS = {
    "SOCKS5": (lambda: socks5(fresh(DANTED), HERE), [server(DANTED)]),
    "SOCKS5, password": (lambda: socks5(fresh(PASSWORD_PORT), HERE, True),
                         [server(PASSWORD_PORT, cred=CRED)]),
    "SOCKS5, one that waits": (lambda: socks5(fresh(MICROSOCKS), HERE),
                               [server(MICROSOCKS)]),
    "HTTP Basic": (lambda: basic(BASIC), [server(BASIC, mprox.HTTP, CRED)]),
    "HTTP Digest": (lambda: digest(DIGEST),
                    [server(DIGEST, mprox.HTTP, CRED, auth=2)]),
    "SOCKS5 > SOCKS5": (
        lambda: socks5(socks5(fresh(DANTED), (PROXY, PASSWORD_PORT)), HERE, True),
        [server(DANTED), server(PASSWORD_PORT, cred=CRED, flags=mprox.HOP)]),
}


def timed(call):
    begun = time.monotonic()
    sock = call()
    took = (time.monotonic() - begun) * 1000
    sock.sendall(b"x")
    assert sock.recv(1) == b"x"
    sock.close()
    return took


def connect():
    return socket.create_connection(HERE)


def carried(fd, servers, flags):
    mprox.set_policy(fd, mprox.Policy(servers, flags=flags))
    mprox.enable(fd)
    try:
        return timed(connect)
    finally:
        mprox.disable(fd)


fd = mprox.create()
ways = {}
for what, (own, servers) in KINDS.items():
    ways[what, "client"] = lambda own=own: timed(own)
    ways[what, "stepwise"] = lambda s=servers: carried(fd, s, mprox.STEPWISE)
    ways[what, "mprox"] = lambda s=servers: carried(fd, s, 0)
    ways[what, "fastopen"] = lambda s=servers: carried(fd, s, mprox.FASTOPEN)

# Two rounds to learn: what a server takes, its challenge, its cookie.
times = {way: [] for way in ways}
for n in range(-2, ROUNDS):
    for way, measure in ways.items():
        took = measure()
        if n >= 0:
            times[way].append(took)

print(f"{'median of connect()':24} {'client':>15} {'step by step':>15} "
      f"{'in one go':>15} {'Fast Open':>15}  in one go/client")
for what in KINDS:
    median = [statistics.median(times[what, way])
              for way in ("client", "stepwise", "mprox", "fastopen")]
    cells = " ".join(f"{m:6.1f} ms {m / RTT:4.1f}R" for m in median)
    print(f"{what:24} {cells}  {median[2] / median[0]:.2f}")
print(f"{ROUNDS} rounds; R: round trips of {RTT:g} ms")
