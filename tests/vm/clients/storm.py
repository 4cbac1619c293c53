#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""storm.py HOST PORT STOP [THREADS]: connects and ends, until the file STOP is there.

Every fourth one does not wait for the connection, and every third one asks for the
peer's name. Prints "N good, N bad"; what was bad goes to stderr.
"""
import os
import socket
import sys
import threading

import through

HOST, PORT, STOP = sys.argv[1], int(sys.argv[2]), sys.argv[3]
good = bad = 0
lock = threading.Lock()


def one(number):
    with socket.socket(through.family_of(HOST)) as sock:
        if number % 4 == 0:
            sock.setblocking(False)
            sock.connect_ex((HOST, PORT))
            return
        sock.connect((HOST, PORT))
        if number % 3 == 0:
            assert sock.getpeername()[:2] == (HOST, PORT), sock.getpeername()
        sock.sendall(b"echo")
        assert sock.recv(4, socket.MSG_WAITALL) == b"echo"


def work():
    global good, bad
    number = 0
    while not os.path.exists(STOP):
        number += 1
        try:
            one(number)
            with lock:
                good += 1
        except (OSError, AssertionError) as err:
            print(repr(err), file=sys.stderr)
            with lock:
                bad += 1


threads = [threading.Thread(target=work)
           for _ in range(int(sys.argv[4]) if len(sys.argv) > 4 else 4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{good} good, {bad} bad")
