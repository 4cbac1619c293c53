#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""eventload.py PROXY PORT TARGET COUNT: so many events as fast as they come, and one reader.

Two processes make them: what a rule refuses, and every hundredth goes through the proxy
and so has three. None may be lost, and each process's are in their order.
"""
import os
import select
import socket
import sys
import time

import mprox

PROXY, PORT, TARGET, COUNT = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
WORKERS, THROUGH = 2, 100
ROOM = 1 << 22


def connect(port):
    with socket.socket() as sock:
        return sock.connect_ex((TARGET, port))


def work():
    """COUNT events, of all workers together."""
    told = 0
    while told < COUNT // WORKERS:
        if told % THROUGH:
            connect(8)
            told += 1
        else:
            assert connect(7) == 0
            told += 3


fd = mprox.create()
mprox.set_policy(fd, mprox.Policy(
    [mprox.server(PROXY, PORT)],
    [mprox.rule(mprox.BLOCK, family=0, prefix=0, addr=b"", proto=6, first=8,
                last=8)]))
mprox.enable(fd)
events = mprox.open_events(fd, room=ROOM)
begin = time.monotonic()
children = []
for _ in range(WORKERS):
    pid = os.fork()
    if not pid:
        os.close(events)
        work()
        os._exit(0)
    children.append(pid)

seen, last = {}, {}
alive = set(children)
poll = select.poll()
poll.register(events, select.POLLIN)
while True:
    for one in mprox.records(os.read(events, 1 << 16) if poll.poll(100) else b""):
        kind = one["kind"]
        assert kind != mprox.LOST, one
        seen[kind] = seen.get(kind, 0) + 1
        if kind == mprox.REFUSED:
            assert one["monotonic"] >= last.get(one["tgid"], 0), one
            last[one["tgid"]] = one["monotonic"]
    if alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            assert status == 0, status
            alive.discard(pid)
    elif seen[mprox.OPEN] == seen[mprox.PROXIED] == seen[mprox.CLOSED]:
        break
assert set(last) == set(children), last
counted = mprox.statistics(fd)
assert counted["refused"][0] == seen[mprox.REFUSED], (counted, seen)
assert counted["proxied"] == seen[mprox.PROXIED], (counted, seen)
total = sum(seen.values())
assert total >= COUNT, seen
print(f"{total} events in {time.monotonic() - begin:.1f} s, none lost")
