#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fakerelay.py ADDRESS PORT TOLD [FROM...]: a SOCKS5 proxy with a UDP relay.

It takes the association, and says that its relay is at the address TOLD, port PORT,
where ADDRESS has one. Each datagram it answers itself, once for each FROM: with
that as the address that the answer is said to come from ("asked": the one that the
datagram was sent to), and it says so in the payload.
"""
import socket
import struct
import sys
import threading

address, port, told, senders = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]


def exactly(sock, n):
    return sock.recv(n, socket.MSG_WAITALL)


def associate(sock):
    exactly(sock, exactly(sock, 2)[1])
    sock.sendall(b"\5\0")
    exactly(sock, 10)
    sock.sendall(b"\5\0\0\1" + socket.inet_aton(told) + struct.pack("!H", port))
    while sock.recv(100):
        pass


def relay():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, port))
    while True:
        data, peer = udp.recvfrom(2000)
        for sender in senders:
            at = data[4:8] if sender == "asked" else socket.inet_aton(sender)
            udp.sendto(b"\0\0\0\1" + at + data[8:10] + sender.encode(), peer)


server = socket.create_server((address, port))
threading.Thread(target=relay, daemon=True).start()
print("ready", flush=True)
while True:
    conn, _ = server.accept()
    threading.Thread(target=associate, args=(conn,), daemon=True).start()
