#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""audit.py: switches the audit system on; without a daemon the kernel's log has it."""
import socket
import struct
import sys

AUDIT_SET, STATUS_ENABLED, STATUS_RATE_LIMIT = 1001, 1, 8
REQUEST_ACK = 5
# mask, enabled, failure, pid, rate_limit, backlog_limit, lost, backlog, ...
status = struct.pack("=10I", STATUS_ENABLED | STATUS_RATE_LIMIT,
                     int(sys.argv[1]), 0, 0, 0, 0, 0, 0, 0, 0)
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
sock.send(struct.pack("=IHHII", 16 + len(status), AUDIT_SET, REQUEST_ACK, 1, 0)
          + status)
error = struct.unpack_from("=i", sock.recv(4096), 16)[0]
sys.exit(f"AUDIT_SET: {error}" if error else 0)
