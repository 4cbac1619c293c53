#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""twousers.py PROXY TARGET: what one user's connections tell another.

Both have the same servers, and the same credentials for them: at port 1094, where
nobody listens at first, and at 1080. Reads lines: "connect UID" begins a connection
of that user's, which stays; "see UID" shows what a new context of that user's knows.
"""
import ctypes
import os
import re
import socket
import sys

import mprox

PR_SET_NO_NEW_PRIVS = 38
proxy, target = sys.argv[1:]


def context():
    fd = mprox.create()
    mprox.set_policy(fd, mprox.Policy(
        [mprox.server(proxy, port, user=b"mutexuser", password=b"secret")
         for port in (1094, 1080)], fail_ms=600000))
    mprox.enable(fd)
    return fd


def known(fd):
    with open(f"/proc/self/fdinfo/{fd}") as info:
        found = re.findall(r"connections (\d+) failures (\d+) latency_us (\d+)",
                           info.read())
    return " ".join(f"{c}/{f}/{min(int(l), 1)}" for c, f, l in found)


def act(word, uid):
    os.setresuid(uid, uid, uid)
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    fd = context()
    if word == "connect":
        sock = socket.create_connection((target, 7), timeout=60)
        sock.sendall(b"hello")
        assert sock.recv(10) == b"hello"
    print(known(fd), flush=True)
    # What was begun stays until this program ends.
    sys.stdin.read()
    os._exit(0)


hold, held = os.pipe()
for line in sys.stdin:
    told, tell = os.pipe()
    word, uid = line.split()
    if not os.fork():
        os.close(held)
        os.dup2(hold, 0)
        os.dup2(tell, 1)
        act(word, int(uid))
    os.close(tell)
    with os.fdopen(told) as answer:
        print(answer.readline().strip(), flush=True)
