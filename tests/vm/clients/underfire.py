#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""underfire.py HOST PORT COUNT THREADS: connections while proxies come and go.

Every connect() has to succeed. What happens to an established connection whose
proxy is killed is not the matter: it is counted as cut. Prints "COUNT good, N
cut" or says what went wrong.
"""
import random
import socket
import sys
import threading

HOST, PORT, COUNT, THREADS = sys.argv[1], *map(int, sys.argv[2:])
lock = threading.Lock()
left = list(range(COUNT))
good = cut = 0
wrong = []


def exchange(number, sock):
    data = random.Random(number).randbytes(2000)
    sock.sendall(data)
    back = b""
    while len(back) < len(data):
        more = sock.recv(4096)
        if not more:
            raise ConnectionResetError("closed early")
        back += more
    if back != data:
        raise ValueError("the payload came back changed")


def work():
    global good, cut
    while True:
        with lock:
            if not left:
                return
            number = left.pop()
        try:
            sock = socket.create_connection((HOST, PORT))
        except OSError as err:
            wrong.append(f"connect {number}: {err!r}")
            continue
        sock.settimeout(3)
        with sock:
            try:
                exchange(number, sock)
                good += 1
            except OSError:
                cut += 1
            except ValueError as err:
                wrong.append(f"{number}: {err}")


threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for text in wrong:
    print(text, file=sys.stderr)
print(f"{good + cut} connected, {len(wrong)} wrong")
print(f"{cut} were cut", file=sys.stderr)
sys.exit(1 if wrong else 0)
