#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hangup.py PORT LOG: takes connections, hears something, and hangs up.

LOG gets the address of each peer that has said something.
"""
import socket
import sys
import time

PORT, LOG = sys.argv[1:]
log = open(LOG, "a", buffering=1)
server = socket.create_server(("::", int(PORT)), family=socket.AF_INET6,
                              dualstack_ipv6=True, backlog=16)
while True:
    sock, peer = server.accept()
    with sock:
        sock.settimeout(5)
        try:
            said = sock.recv(1000)
        except OSError:
            said = b""
        log.write(peer[0].removeprefix("::ffff:") + "\n")
        # Its client is to be waiting when it hears of this.
        time.sleep(0.2)
