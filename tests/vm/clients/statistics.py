#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""statistics.py PROXY PORT TARGET: what STATISTICS and ALERTS tell of what was done."""
import errno
import os
import select
import socket
import sys
import time

import mprox

PROXY, PORT, TARGET = sys.argv[1], int(sys.argv[2]), sys.argv[3]
LOGIN_WRONG, SERVER_REFUSED, BLOCKED, RATE = 8, 64, 92, 87
# Where nobody listens, of those ports that are the proxies.
NOBODY = 1098
MANY, DATAGRAMS = 1000, 10000


def until(what, seconds=60):
    """Waits for something that comes by itself."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, (what, mprox.statistics(fd))
        time.sleep(0.1)


def connect(port=7, want=None):
    sock = socket.socket()
    sock.settimeout(60)
    said = sock.connect_ex((TARGET, port))
    assert said == (want or 0), (errno.errorcode.get(said), want)
    return sock


def ask(sock, octets):
    sock.sendall(octets)
    size = 0
    while size < len(octets):
        size += len(sock.recv(65536))


def ready(events=select.POLLIN | select.POLLPRI):
    poll = select.poll()
    poll.register(fd, events)
    found = poll.poll(0)
    return found[0][1] if found else 0


fd = mprox.create()
server = mprox.server(PROXY, PORT)
POLICY = dict(flags=mprox.UDP)
mprox.set_policy(fd, mprox.Policy([server], **POLICY))
mprox.enable(fd)

print("a thousand connections", flush=True)
assert ready() == select.POLLIN
mprox.fcntl.ioctl(fd, mprox.READ_FORMAT, mprox.READ_STATISTICS)
assert not ready(), "news of nothing"
held = connect()
until(ready)
assert mprox.read_statistics(fd)["proxied"] == 1
assert not ready(), "news that were read"
for _ in range(MANY - 1):
    with connect() as sock:
        ask(sock, b"x" * 100)
        # Whoever closes first without having read the other's end resets.
        sock.shutdown(socket.SHUT_WR)
        assert not sock.recv(1)
ask(held, b"x" * 100)
held.close()
until(lambda: mprox.statistics(fd)["active"] == 0)
now = mprox.statistics(fd)
assert (now["total"], now["proxied"], now["failed"], now["direct"]) == \
    (MANY, MANY, 0, 0), now
assert (now["bytes_sent"], now["bytes_received"]) == (MANY * 100,) * 2, now
assert sum(now["latency"]) == MANY and now["latency_us"] > MANY, now
one = now["servers"][0]
assert one["at"] == (PROXY, PORT) and one["hops"] == 1 and not one["failures"]
assert (one["proxied"], one["bytes_sent"], one["bytes_received"]) == \
    (MANY, MANY * 100, MANY * 100), one
assert mprox.statistics(fd, room=0)["nr_servers"] == 1
assert not any(now["reasons"]), now

print("ten thousand datagrams", flush=True)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(60)
sock.connect((TARGET, 7007))
sock.send(b"x" * 50)
assert sock.recv(100) == b"x" * 50
for i in range(DATAGRAMS // 10 - 1):
    for _ in range(10):
        sock.send(b"y" * 50)
    for _ in range(10):
        assert len(sock.recv(100)) == 50
for _ in range(9):
    sock.send(b"z" * 50)
    sock.recv(100)
now = mprox.statistics(fd)
assert now["associations"] == 1, now
assert now["datagrams_sent"] == now["datagrams_received"] == DATAGRAMS, now
assert now["datagram_bytes_sent"] == DATAGRAMS * 50, now
assert now["datagram_bytes_received"] == DATAGRAMS * 50, now
sock.close()

print("what fails, and what is refused", flush=True)
mprox.set_policy(fd, mprox.Policy(
    [server], [mprox.rule(mprox.BLOCK, prefix=0, family=0, addr=b"", proto=6,
                          first=99, last=99)], **POLICY))
connect(99, errno.ECONNREFUSED).close()
now = mprox.statistics(fd)
assert now["refused"][0] == 1 and now["reasons"][BLOCKED] == 1, now
assert now["servers"][0]["proxied"] >= MANY, "the server's figures are lost"
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, NOBODY)], **POLICY))
events = mprox.open_events(fd, kinds=1 << mprox.ALERT,
                           flags=mprox.NONBLOCK)
connect(7, errno.EHOSTUNREACH).close()
now = mprox.statistics(fd)
assert now["failed"] == 1 and now["reasons"][SERVER_REFUSED] == 1, now
assert now["servers"][0]["failures"] and now["servers"][0]["attempts_failed"]

print("an alert comes once, and goes", flush=True)
mprox.set_alerts(fd, window_ms=4000, failed=3, servers_down=1)
for _ in range(8):
    connect(7, errno.EHOSTUNREACH).close()
until(lambda: mprox.statistics(fd, room=0)["alerts"] ==
      1 << mprox.ALERT_FAILED | 1 << mprox.ALERT_SERVERS_DOWN)
# STATISTICS has read the news.
until(lambda: not ready(select.POLLPRI))
until(lambda: ready(select.POLLPRI), 60)
now = mprox.read_statistics(fd)
assert now["alerts"] == 1 << mprox.ALERT_SERVERS_DOWN, now
assert not ready(select.POLLPRI)
mprox.set_policy(fd, mprox.Policy([server], **POLICY))
connect().close()
until(lambda: not mprox.statistics(fd)["alerts"])
told = [(one["reason"], one["status"], one["received"])
        for one in mprox.records(os.read(events, 65536))]
assert sorted(told) == sorted(
    [(mprox.ALERT_FAILED, 1, 3), (mprox.ALERT_FAILED, 0, 3),
     (mprox.ALERT_SERVERS_DOWN, 1, 1), (mprox.ALERT_SERVERS_DOWN, 0, 1)]), told
mprox.set_alerts(fd)
for bad in (dict(window_ms=999, failed=1), dict(window_ms=600001, failed=1),
            dict(window_ms=1000), dict(failed=1), dict(clear_percent=5),
            dict(window_ms=1000, failed_percent=101),
            dict(window_ms=1000, failed=1, clear_percent=101),
            dict(window_ms=1000, servers_down=257)):
    assert mprox.attempt(lambda: mprox.set_alerts(fd, **bad)) == "EINVAL", bad

print("so many connections in a second", flush=True)
mprox.set_policy(fd, mprox.Policy([server], max_connects_per_second=5,
                                  **POLICY))
before = mprox.statistics(fd)
refused, start = 0, time.monotonic()
for _ in range(60):
    sock = socket.socket()
    sock.settimeout(60)
    said = sock.connect_ex((TARGET, 7))
    assert said in (0, errno.ECONNREFUSED), said
    refused += said != 0
    sock.close()
took = time.monotonic() - start
now = mprox.statistics(fd)
assert now["reasons"][RATE] == refused and refused, now
let = now["total"] - before["total"]
assert let == 60 - refused and 5 <= let <= 5 + 5 * took + 1, (let, took)

print("the namespace's sums outlive a context", flush=True)
before = mprox.net_statistics()
assert before["proxied"] >= now["proxied"] and not before["nr_servers"]
pid = os.fork()
if not pid:
    # In both: the inner one proxies.
    inner = mprox.create(mprox.CLOEXEC)
    mprox.set_policy(inner, mprox.Policy([server]))
    mprox.enable(inner)
    with connect() as sock:
        ask(sock, b"x" * 300)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
until(lambda: mprox.net_statistics()["contexts"] == before["contexts"])
after = mprox.net_statistics()
assert after["proxied"] == before["proxied"] + 1, (before, after)
assert after["bytes_sent"] == before["bytes_sent"] + 300, (before, after)
