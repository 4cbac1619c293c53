#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fakehttp.py PORT=MODE...: HTTP proxies that answer CONNECT in unusual ways.

dribble     works, one octet a segment
interim     works, after two interim answers and folded fields
longhead    works, the header has 40,000 octets
glue        works, the target's first data shares the answer's segment
late        works, the answer comes after 0.7 s
body        works, and claims a body that does not come
toolong     a header of 80,000 octets
silent      says nothing
close       closes after the request
reset       resets after the request
half        half a status line, then closes
garbage     answers in another protocol
tls         an alert of TLS
stale       calls every nonce stale
open2xx     200 and at once a reset
deny        403 with a body
portal      302 to a page
busy        429
ntlm        407 that offers NTLM alone
gateway     504
unasked     an answer before the request, then nothing
"""
import socket
import sys
import threading
import time

from relay import relay, reset

OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
FOLDED = (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: y\r\n\r\n"
          b"HTTP/1.0 200 OK\r\nX-Folded: a\r\n\tb\r\n c\r\n\r\n")


def request(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        octet = sock.recv(1)
        if not octet:
            raise EOFError
        head += octet
    return head


def dial(head):
    host, port = head.split()[1].decode().rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)))


ANSWERS = {
    "interim": FOLDED,
    "longhead": b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 20000 + b"\r\n" +
                b"A: b\r\n" * 3300 + b"\r\n",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "late": OK,
}

REFUSALS = {
    "portal": b"302 Found\r\nLocation: http://portal.example/",
    "busy": b"429 Too Many Requests\r\nRetry-After: 9",
    "ntlm": b"407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM",
    "gateway": b"504 Gateway Timeout",
}


def works(sock, mode, head):
    target = dial(head)
    if mode == "late":
        time.sleep(0.7)
    if mode == "dribble":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in OK:
            sock.sendall(bytes([octet]))
            time.sleep(0.002)
    elif mode == "glue":
        sock.sendall(OK + target.recv(100))
    else:
        sock.sendall(ANSWERS[mode])
    relay(sock, target)


def fails(sock, mode):
    if mode == "toolong":
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 14000)
        sock.recv(1)
    elif mode == "silent":
        sock.recv(1)
    elif mode == "half":
        sock.sendall(b"HTTP/1.1 2")
    elif mode == "garbage":
        sock.sendall(b"\5\0\0garbage")
        sock.recv(1)
    elif mode == "tls":
        sock.sendall(b"\x15\3\1\0\2\2\x16")
        sock.recv(1)
    elif mode == "stale":
        sock.sendall(b"HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"a\", "
                     b"nonce=\"%d\", stale=true\r\n\r\n" % time.time_ns())
        sock.recv(1)
    elif mode == "open2xx":
        sock.sendall(OK)
        reset(sock)
    elif mode == "deny":
        sock.sendall(b"HTTP/1.1 403 no\r\nContent-Length: 5\r\n\r\nsorry")
        sock.recv(1)
    elif mode in REFUSALS:
        sock.sendall(b"HTTP/1.1 " + REFUSALS[mode] + b"\r\nContent-Length: 0\r\n\r\n")
        sock.recv(1)
    elif mode == "reset":
        reset(sock)


def serve(sock, mode):
    try:
        if mode == "unasked":
            sock.sendall(b"HTTP/1.1 403 before you ask\r\n\r\n")
            sock.recv(1)
            return
        head = request(sock)
        if mode in ("dribble", "interim", "longhead", "glue", "late", "body"):
            works(sock, mode, head)
        else:
            fails(sock, mode)
    except (OSError, EOFError):
        pass
    finally:
        sock.close()


def listen(port, mode):
    server = socket.create_server(("::", port), family=socket.AF_INET6,
                                  dualstack_ipv6=True, backlog=512)
    while True:
        sock, _ = server.accept()
        threading.Thread(target=serve, args=(sock, mode), daemon=True).start()


threads = [threading.Thread(target=listen, args=(int(port), mode))
           for port, mode in (word.split("=") for word in sys.argv[1:])]
for thread in threads:
    thread.start()
