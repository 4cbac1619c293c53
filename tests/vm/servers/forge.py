#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""forge.py DEVICE PORT: a stranger who says no in the name of a SOCKS5 server.

He sees the SYN-ACK of the server at PORT leave by DEVICE (IPv4, Ethernet) and, when
the client has begun to talk, sends "no method is acceptable" with the right sequence
number, and with an acknowledgment of what the client has never said.
"""
import socket
import struct
import sys

ETH_P_ALL, ETH, IP = 3, 14, 20
SYN_ACK, PSH_ACK = 0x12, 0x18
device, port = sys.argv[1], int(sys.argv[2])


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def forged(frame, ack):
    """As the server's own SYN-ACK, but with data behind it."""
    ip, tcp = frame[ETH:ETH + IP], frame[ETH + IP:]
    source, dest, seq = struct.unpack("!HHI", tcp[:8])
    payload = b"\5\xff"
    head = struct.pack("!HHIIBBHHH", source, dest, seq + 1 & 0xffffffff, ack,
                       5 << 4, PSH_ACK, 8192, 0, 0)
    pseudo = ip[12:20] + struct.pack("!HH", socket.IPPROTO_TCP,
                                     len(head) + len(payload))
    head = head[:16] + struct.pack("!H", checksum(pseudo + head + payload)) + head[18:]
    ip = (ip[:2] + struct.pack("!H", IP + len(head) + len(payload)) + ip[4:10] +
          b"\0\0" + ip[12:])
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return frame[:ETH] + ip + head + payload


sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
sock.bind((device, ETH_P_ALL))
print("listening", flush=True)
synack = None
while True:
    frame = sock.recv(2000)
    if frame[12:14] != b"\x08\0" or frame[ETH] != 0x45 or frame[ETH + 9] != 6:
        continue
    tcp = frame[ETH + IP:]
    source, dest, _, ack = struct.unpack("!HHII", tcp[:12])
    if source == port and tcp[13] & SYN_ACK == SYN_ACK:
        synack = frame
    size = struct.unpack("!H", frame[ETH + 2:ETH + 4])[0] - IP - (tcp[12] >> 4) * 4
    if synack and dest == port and size:
        mine, = struct.unpack("!I", synack[ETH + IP + 8:ETH + IP + 12])
        sock.send(forged(synack, mine - 100000 & 0xffffffff))
        print("forged", flush=True)
        break
