#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nfqueue.py QUEUE: accepts every packet that nft queues there, as a filter would.

Says "ready" when it listens.
"""
import socket
import struct
import sys

NETLINK_NETFILTER, REQUEST, ACK, ERROR = 12, 1, 4, 2
# linux/netfilter/nfnetlink_queue.h
PACKET, VERDICT, CONFIG = 3 << 8 | 0, 3 << 8 | 1, 3 << 8 | 2
CFG_CMD, CFG_PARAMS, PACKET_HDR, VERDICT_HDR = 1, 2, 1, 2
BIND, COPY_META, ACCEPT = 1, 1, 1
queue = int(sys.argv[1])


def message(kind, flags, attribute, data):
    data += bytes(-len(data) % 4)
    body = struct.pack("=BBH", socket.AF_UNSPEC, 0, socket.htons(queue)) + \
        struct.pack("=HH", 4 + len(data), attribute) + data
    return struct.pack("=IHHII", 16 + len(body), kind, REQUEST | flags, 0, 0) + body


def packets(data):
    """The number of each packet that the kernel tells of."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind == PACKET:
            rest = data[20:length]
            while len(rest) >= 4:
                size, attribute = struct.unpack_from("=HH", rest)
                if attribute & 0x3fff == PACKET_HDR:
                    yield struct.unpack_from("!I", rest, 4)[0]
                rest = rest[(size + 3) & ~3:]
        data = data[(length + 3) & ~3:]


sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
sock.bind((0, 0))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
for attribute, data in ((CFG_CMD, struct.pack("=BBH", BIND, 0, 0)),
                        (CFG_PARAMS, struct.pack("!IB", 0, COPY_META))):
    sock.send(message(CONFIG, ACK, attribute, data))
    answer = sock.recv(4096)
    kind, = struct.unpack_from("=H", answer, 4)
    code, = struct.unpack_from("=i", answer, 16)
    if kind != ERROR or code:
        sys.exit(f"the kernel answers {kind}, {code}")
print("ready", flush=True)
while True:
    for number in packets(sock.recv(65536)):
        sock.send(message(VERDICT, 0, VERDICT_HDR,
                          struct.pack("!II", ACCEPT, number)))
