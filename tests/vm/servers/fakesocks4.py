#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fakesocks4.py PORT=MODE...: SOCKS4 servers that answer in unusual ways.

dribble     works, one byte a segment
glue        works, the target's first data shares the reply's segment
late        works, the answer comes after 0.7 s
vn4         works, the reply's version is 4
code:N      refuses with code N
silent      takes the request, says nothing
half        half of a reply, and the end
fin, rst    ends the connection after the request
garbage     answers in another protocol
unasked     answers at once, refusing, whatever it is asked
grantrst    grants, and resets
slowly      the reply's octets come 0.3 s apart
"""
import socket
import struct
import sys
import threading
import time

from relay import relay, reset


def until_nul(sock):
    text = b""
    while not text.endswith(b"\0"):
        part = sock.recv(1)
        if not part:
            raise EOFError
        text += part
    return text[:-1]


def request(sock):
    head = b""
    while len(head) < 8:
        part = sock.recv(8 - len(head))
        if not part:
            raise EOFError
        head += part
    _, _, port = struct.unpack("!BBH", head[:4])
    until_nul(sock)
    if head[4:7] == b"\0\0\0" and head[7]:
        return until_nul(sock).decode(), port
    return socket.inet_ntoa(head[4:]), port


def reply(code=90, version=0):
    return bytes((version, code)) + b"\x1f\x90\xc0\0\2\1"


def send(sock, mode, data):
    if mode == "late":
        time.sleep(0.7)
    pause = {"dribble": 0.002, "slowly": 0.3}.get(mode)
    if pause is None:
        return sock.sendall(data)
    for i in range(len(data)):
        sock.sendall(data[i:i + 1])
        time.sleep(pause)


def refuse(sock, mode):
    """What the modes that do not work do."""
    name, _, arg = mode.partition(":")
    if name == "code":
        sock.sendall(reply(int(arg)))
    elif name == "garbage":
        sock.sendall(b"\5\0\0\1")
    elif name == "half":
        sock.sendall(reply()[:4])
    elif name == "grantrst":
        sock.sendall(reply())
        reset(sock)
    elif name == "rst":
        reset(sock)
    elif name == "silent":
        sock.recv(100)
    elif name != "fin":
        return False
    return True


def serve(sock, mode):
    with sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if mode == "unasked":
            sock.sendall(reply(92))
        to = request(sock)
        if mode == "unasked" or refuse(sock, mode):
            return
        with socket.create_connection(to) as server:
            first = server.recv(4096) if mode == "glue" else b""
            send(sock, mode, reply(version=4 if mode == "vn4" else 0) + first)
            relay(sock, server)


def serve_quietly(sock, mode):
    try:
        serve(sock, mode)
    except (OSError, EOFError) as err:
        print(mode, err, flush=True)


def listen(port, mode):
    with socket.create_server(("::", port), family=socket.AF_INET6,
                              dualstack_ipv6=True, backlog=256) as server:
        while True:
            sock, _ = server.accept()
            threading.Thread(target=serve_quietly, args=(sock, mode),
                             daemon=True).start()


for argument in sys.argv[1:]:
    number, _, how = argument.partition("=")
    threading.Thread(target=listen, args=(int(number), how)).start()
