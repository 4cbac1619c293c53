#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ports.py WHAT HOST [ARGUMENT...]: local ports, and sockets that are used again.

same SOURCE PORT   one bound port to the echo and to HTTP, at once
again              connect(), AF_UNSPEC, connect() to another port; also before there
                   was an answer
threads            connect() and getpeername() of one socket from several threads
out COUNT [HOW]    as many connections as there may be, and one errno for the rest; HOW
                   is blocking or poll
Prints what came of it.
"""
import ctypes
import errno
import os
import resource
import select
import socket
import struct
import sys
import threading

import through

WHAT, HOST, *REST = sys.argv[1:]
FAMILY = through.family_of(HOST)
libc = ctypes.CDLL(None, use_errno=True)


def fresh():
    return socket.socket(FAMILY)


def echoes(sock):
    data = os.urandom(1000)
    sock.sendall(data)
    return sock.recv(1000, socket.MSG_WAITALL) == data


def http(sock):
    sock.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
    with sock.makefile("rb") as page:
        return b"the target says hello" in page.read()


def same():
    """Both say which port they are bound to, whichever is used towards the proxy."""
    socks = []
    for port in (7, 80):
        sock = fresh()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((REST[0], int(REST[1])))
        sock.connect((HOST, port))
        socks.append(sock)
    for sock, port in zip(socks, (7, 80)):
        assert sock.getsockname()[:2] == (REST[0], int(REST[1])), sock.getsockname()
        assert sock.getpeername()[:2] == (HOST, port), sock.getpeername()
    return f"{echoes(socks[0])} {http(socks[1])} {echoes(socks[0])}"


def dissolve(sock):
    """What connect() to AF_UNSPEC says."""
    address = struct.pack("=H14x", socket.AF_UNSPEC)
    if libc.connect(sock.fileno(), address, len(address)):
        return errno.errorcode[ctypes.get_errno()]
    return "OK"


def unconnected(sock):
    try:
        return sock.getpeername()
    except OSError as err:
        return errno.errorcode[err.errno]


def again():
    said = []
    with fresh() as sock:
        for port, check in ((7, echoes), (7, echoes), (80, http)):
            sock.connect((HOST, port))
            assert sock.getpeername()[:2] == (HOST, port), sock.getpeername()
            said += [str(check(sock)), dissolve(sock), unconnected(sock)]
    with fresh() as sock:
        for _ in range(10):
            sock.setblocking(False)
            assert sock.connect_ex((HOST, 7)) == errno.EINPROGRESS
            assert dissolve(sock) == "OK"
        sock.setblocking(True)
        sock.connect((HOST, 80))
        said.append(str(http(sock)))
    return " ".join(said)


def threads():
    """What each may be told, and that it is one connection to one peer."""
    allowed = {0, errno.EISCONN, errno.EALREADY, errno.EINPROGRESS}
    wrong = []
    for n in range(30):
        sock = fresh()
        if n % 2:
            sock.setblocking(False)
        begin, end = threading.Barrier(6), threading.Event()

        def connector():
            begin.wait()
            code = sock.connect_ex((HOST, 7))
            if code not in allowed:
                wrong.append(errno.errorcode.get(code, code))

        def asker():
            begin.wait()
            while not end.is_set():
                try:
                    if sock.getpeername()[:2] != (HOST, 7):
                        wrong.append(sock.getpeername())
                except OSError as err:
                    if err.errno != errno.ENOTCONN:
                        wrong.append(errno.errorcode[err.errno])

        connectors = [threading.Thread(target=connector) for _ in range(3)]
        askers = [threading.Thread(target=asker) for _ in range(3)]
        for thread in connectors + askers:
            thread.start()
        for thread in connectors:
            thread.join()
        assert select.select([], [sock], [], 120)[1], "no end"
        sock.setblocking(True)
        if not echoes(sock):
            wrong.append("another echo")
        end.set()
        for thread in askers:
            thread.join()
        sock.close()
    return wrong or "OK"


def attempt(sock, how):
    if how != "poll":
        return sock.connect_ex((HOST, 7))
    sock.setblocking(False)
    code = sock.connect_ex((HOST, 7))
    if code != errno.EINPROGRESS:
        return code
    assert select.select([], [sock], [], 120)[1], "no end"
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    sock.setblocking(True)
    return code


def reset(sock):
    """Closed like this, its port is free at once."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def out():
    """The first hundred carry something. The last one's port is given back, and has to
    serve again."""
    count, how = int(REST[0]), REST[1] if len(REST) > 1 else "blocking"
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
    socks, codes = [], set()
    for _ in range(count):
        sock = fresh()
        code = attempt(sock, how)
        if code:
            codes.add(errno.errorcode.get(code, code))
            sock.close()
        else:
            socks.append(sock)
    good = sum(echoes(sock) for sock in socks[:100])
    said = f"{good} of {len(socks)} good, else {' '.join(sorted(codes)) or 'nothing'}"
    reset(socks.pop())
    socks.append(fresh())
    said += f"; again {errno.errorcode.get(attempt(socks[-1], how), 'OK')}"
    for sock in socks:
        reset(sock)
    return said


print({"same": same, "again": again, "threads": threads, "out": out}[WHAT]())
