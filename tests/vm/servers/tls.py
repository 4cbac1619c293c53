#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tls.py DIRECTORY CERTIFICATE LOG: HTTPS which says that it speaks QUIC.

It does not: nobody listens on UDP. LOG gets a line "https PEER PATH" for
each request.
"""
import functools
import http.server
import ssl
import sys

ROOT, CERTIFICATE, LOG = sys.argv[1:]
PORT = 443
log = open(LOG, "a", buffering=1)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(CERTIFICATE)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        # Here, in a thread of its own: some connections never say a word.
        self.request = tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def end_headers(self):
        self.send_header("Alt-Svc", f'h3=":{PORT}"; ma=3600')
        super().end_headers()

    def do_GET(self):
        log.write(f"https {self.client_address[0]} {self.path}\n")
        super().do_GET()

    def log_message(self, *_):
        pass


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


Web(("", PORT), functools.partial(Handler, directory=ROOT)).serve_forever()
