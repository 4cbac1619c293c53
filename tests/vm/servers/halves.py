#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""halves.py PORT: connections that end one half at a time.

The first line says what it does: "hear" ends its own half at once, and tells by the
log how many octets came until the other half ended; "tell N" waits for the end of the
other half, then N seconds, then sends 3000 octets. Logs "PEER heard OCTETS" or
"PEER told OCTETS".
"""
import os
import socket
import socketserver
import sys
import time

OCTETS = 3000


class Halves(socketserver.StreamRequestHandler):
    def handle(self):
        what, *seconds = self.rfile.readline().split()
        if what == b"hear":
            self.request.shutdown(socket.SHUT_WR)
            self.say("heard", len(self.rfile.read()))
        else:
            self.rfile.read()
            time.sleep(float(seconds[0]))
            self.request.sendall(b"x" * OCTETS)
            self.say("told", OCTETS)

    def say(self, word, octets):
        peer = self.client_address[0].removeprefix("::ffff:")
        os.write(1, f"{peer} {word} {octets}\n".encode())


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6 if os.path.exists("/proc/net/if_inet6") \
        else socket.AF_INET
    allow_reuse_address = daemon_threads = True


Server(("", int(sys.argv[1])), Halves).serve_forever()
