#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stats.py PROXY PORT TARGET: the counters say what happened."""
import errno
import fcntl
import os
import socket
import sys
import time

import mprox

PROXY, PORT, TARGET = sys.argv[1], int(sys.argv[2]), sys.argv[3]
fd = mprox.create()
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT)]))
assert not any(mprox.stats(fd).values()), "a new context has counted something"
mprox.enable(fd)

held = socket.create_connection((TARGET, 7), timeout=60)
now = mprox.stats(fd)
assert now["connections_active"] == 1 and now["connections_total"] == 1, now

REQUEST = b"GET /million HTTP/1.0\r\n\r\n"
with socket.create_connection((TARGET, 80), timeout=60) as sock:
    sock.sendall(REQUEST)
    answer = 0
    while chunk := sock.recv(65536):
        answer += len(chunk)
    assert answer > 1000000
    # Its octets to the last one, and neither a FIN nor what the proxy was told.
    now = mprox.stats(fd)
    print(now)
    assert now["bytes_sent"] == len(REQUEST), now
    assert now["bytes_received"] == answer, now
now = mprox.stats(fd)
assert now["bytes_sent"] == len(REQUEST), now
assert now["bytes_received"] == answer, now
assert now["connections_total"] == 2, now
assert now["packets_received"] > 5 and now["packets_sent"] > 5, now

held.sendall(b"x" * 50000)
size = 0
while size < 50000:
    size += len(held.recv(65536))
then = mprox.stats(fd)
assert then["bytes_sent"] - now["bytes_sent"] == 50000, then
assert then["bytes_received"] - now["bytes_received"] == 50000, then
held.close()

end = time.monotonic() + 30
while mprox.stats(fd)["connections_active"] and time.monotonic() < end:
    time.sleep(0.2)
assert mprox.stats(fd)["connections_active"] == 0, mprox.stats(fd)
# The counts of what has ended stay.
assert mprox.stats(fd)["bytes_sent"] >= then["bytes_sent"]

buffer = bytearray(mprox.STATS.size)
fcntl.ioctl(fd, mprox.GET_STATS, buffer)
assert mprox.STATS.unpack(buffer)[5] == 2
try:
    os.read(fd, mprox.STATS.size - 1)
    sys.exit("a short read was taken")
except OSError as err:
    assert err.errno == errno.EINVAL, err

# Direct again after DISABLE; the third connection is proxied after ENABLE.
mprox.disable(fd)
try:
    socket.create_connection((TARGET, 7), timeout=1)
    sys.exit("a disabled context reached the target")
except TimeoutError:
    pass
mprox.enable(fd)
with socket.create_connection((TARGET, 7), timeout=60):
    assert mprox.stats(fd)["connections_total"] == 3
