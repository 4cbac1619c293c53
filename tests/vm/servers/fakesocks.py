#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fakesocks.py PORT=MODE...: SOCKS5 servers that answer in unusual ways.

silent      takes the connection, says nothing
silent2     answers the greeting, then says nothing
reply:N     refuses the request with code N
dribble     works, one byte a segment
domain      works, BND.ADDR is a name of 255 octets
bnd6        works, BND.ADDR is an IPv6 address
bnd4        works, BND.ADDR is an IPv4 address
glue        works, the target's first data shares the reply's segment
late[:N]    works, each answer comes after N seconds, or 0.7
dial:N      works, and takes N seconds to connect; what comes before is answered at once
fin, rst    ends the connection after the greeting
fin0, rst0  ends it at once
garbage     answers in another protocol
broken      answers the greeting; what comes then is of another protocol
nomethod    accepts none of the methods
badpass     takes a password and finds it wrong
needless    works, and always chooses "no authentication"

Says what happened, one line each: accept, request, end, reset.
"""
import os
import socket
import struct
import sys
import threading
import time

from relay import relay, reset


def say(port, *words):
    os.write(1, (" ".join(map(str, (port,) + words)) + "\n").encode())


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class Session:
    def __init__(self, sock, port, mode):
        self.sock, self.port = sock, port
        self.mode, _, self.arg = mode.partition(":")

    def send(self, data):
        if self.mode == "late":
            time.sleep(float(self.arg or 0.7))
        if self.mode != "dribble":
            return self.sock.sendall(data)
        for i in range(len(data)):
            self.sock.sendall(data[i:i + 1])
            time.sleep(0.002)

    def wait_for_end(self):
        while self.sock.recv(4096):
            pass
        raise EOFError

    def greet(self):
        """The greeting and what answers it; false if that was all."""
        if self.mode in ("fin0", "rst0"):
            return self.hang_up()
        methods = exactly(self.sock, exactly(self.sock, 2)[1])
        if self.mode in ("fin", "rst"):
            return self.hang_up()
        if self.mode == "garbage":
            self.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        if self.mode == "nomethod":
            self.sock.sendall(b"\5\xff")
            return False
        if self.mode == "broken":
            self.sock.sendall(b"\5\0" + bytes((9, 0, 0, 1)) + bytes(6))
            self.wait_for_end()
        if self.mode == "silent":
            self.wait_for_end()
        needless = self.mode == "needless"
        say(self.port, "methods", *methods)
        self.send(bytes((5, 0 if needless else methods[0])))
        if methods[0] == 2 and not needless:
            exactly(self.sock, exactly(self.sock, 2)[1])
            exactly(self.sock, exactly(self.sock, 1)[0])
            bad = self.mode == "badpass"
            self.send(bytes((1, bad)))
            if bad:
                return False
        if self.mode == "silent2":
            self.wait_for_end()
        return True

    def hang_up(self):
        if self.mode.startswith("rst"):
            reset(self.sock)
        return False

    def target(self):
        _, _, _, kind = exactly(self.sock, 4)
        if kind == 3:
            host = exactly(self.sock, exactly(self.sock, 1)[0]).decode()
        else:
            family, size = ((socket.AF_INET, 4) if kind == 1
                            else (socket.AF_INET6, 16))
            host = socket.inet_ntop(family, exactly(self.sock, size))
        port, = struct.unpack("!H", exactly(self.sock, 2))
        say(self.port, "request", host, port)
        return host, port

    def reply(self, code=0):
        bound = {
            "domain": b"\3" + bytes([255]) + b"n" * 255,
            "bnd6": b"\4" + socket.inet_pton(socket.AF_INET6, "2001:db8::1"),
        }.get(self.mode, b"\1\xc0\0\2\1")
        return bytes((5, code, 0)) + bound + b"\x1f\x90"

    def run(self):
        if not self.greet():
            return
        to = self.target()
        if self.mode == "reply":
            return self.send(self.reply(int(self.arg)))
        if self.mode == "dial":
            time.sleep(float(self.arg))
        server = socket.create_connection(to)
        with server:
            first = server.recv(4096) if self.mode == "glue" else b""
            self.send(self.reply() + first)
            relay(self.sock, server)


def serve(sock, peer, port, mode):
    say(port, "accept", peer)
    try:
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Session(sock, port, mode).run()
        say(port, "end")
    except EOFError:
        say(port, "end by-peer")
    except ConnectionResetError:
        say(port, "reset by-peer")
    except OSError as err:
        say(port, "error", err)


def listen(port, mode):
    with socket.create_server(("::", port), family=socket.AF_INET6,
                              dualstack_ipv6=True, backlog=256) as server:
        while True:
            sock, peer = server.accept()
            threading.Thread(target=serve, args=(sock, peer[0], port, mode),
                             daemon=True).start()


for argument in sys.argv[1:]:
    number, _, how = argument.partition("=")
    thread = threading.Thread(target=listen, args=(int(number), how))
    thread.start()
