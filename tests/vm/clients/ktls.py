#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An echo over TLS by the kernel, with keys that both ends know: no handshake.

ktls.py serve PORT LOG: LOG gets a line "tls PEER PORT" for each connection.
ktls.py talk HOST PORT PROGRESS STOP [PROXY PROXY-PORT]: like steady.py, and prints
"N good, PEER", as getpeername() names it.
"""
import errno
import os
import random
import socket
import struct
import sys
import threading
import time

TCP_ULP, SOL_TLS, TLS_TX, TLS_RX = 31, 282, 1, 2
TLS_1_2, AES_GCM_128 = 0x0303, 51


def crypto(octet):
    """A struct tls12_crypto_info_aes_gcm_128: IV, key, salt, the first record's number."""
    return struct.pack("=HH8s16s4s8s", TLS_1_2, AES_GCM_128, bytes([octet] * 8),
                       bytes([octet + 1] * 16), bytes([octet + 2] * 4), bytes(8))


def encrypt(sock, mine, theirs):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
    sock.setsockopt(SOL_TLS, TLS_TX, crypto(mine))
    sock.setsockopt(SOL_TLS, TLS_RX, crypto(theirs))
    # The layer stands between the socket and TCP: a second one has no place.
    try:
        sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
    except OSError as err:
        assert err.errno == errno.EEXIST, err


def echo(sock):
    with sock:
        encrypt(sock, 2, 1)
        while data := sock.recv(65536):
            sock.sendall(data)


def serve(port, log):
    family = socket.AF_INET6 if os.path.exists("/proc/net/if_inet6") else socket.AF_INET
    with socket.create_server(("", port), family=family,
                              dualstack_ipv6=family == socket.AF_INET6) as server:
        while True:
            sock, peer = server.accept()
            with open(log, "a") as out:
                out.write(f"tls {peer[0].removeprefix('::ffff:')} {peer[1]}\n")
            threading.Thread(target=echo, args=(sock,), daemon=True).start()


def connected(host, port, proxy):
    """In the scope that there is or, by a proxy, in one that ends at once."""
    if not proxy:
        return socket.create_connection((host, port))
    import mprox
    fd = mprox.create(mprox.CLOEXEC)
    mprox.set_policy(fd, mprox.Policy([mprox.server(proxy[0], int(proxy[1]))]))
    mprox.enable(fd)
    sock = socket.create_connection((host, port))
    os.close(fd)
    return sock


def talk(host, port, progress, stop, *proxy):
    count = 0
    with connected(host, int(port), proxy) as sock:
        encrypt(sock, 1, 2)
        while not count or not os.path.exists(stop):
            block = random.randbytes(20000)
            sock.sendall(block)
            assert sock.recv(len(block), socket.MSG_WAITALL) == block, "changed"
            count += 1
            peer = sock.getpeername()[0]
            with open(progress + ".new", "w") as out:
                out.write(f"{count} {peer}\n")
            os.rename(progress + ".new", progress)
            time.sleep(0.02)
    print(f"{count} good, {peer}")


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]), sys.argv[3])
else:
    talk(*sys.argv[2:])
