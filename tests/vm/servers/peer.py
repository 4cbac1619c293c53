#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""peer.py PORT: tells whoever connects his own address, and again when he asks."""
import socket
import socketserver
import sys


class Peer(socketserver.BaseRequestHandler):
    def handle(self):
        address = self.client_address[0].removeprefix("::ffff:").encode()
        self.request.sendall(address)
        while self.request.recv(100):
            self.request.sendall(address)


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


Server(("::", int(sys.argv[1])), Peer).serve_forever()
