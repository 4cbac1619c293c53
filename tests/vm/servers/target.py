#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""target.py DIRECTORY LOG: what the proxy alone can reach.

HTTP on 80 (files; /peer and /peer.js give the address of who asks), echo on 7, a
server that speaks first on 25. LOG gets one line "SERVICE PEER PORT" for each
connection, LOG.requests what was asked for.
"""
import asyncio
import functools
import http.server
import socket
import sys
import threading

ROOT, LOG = sys.argv[1:]
log = open(LOG, "a", buffering=1)
requests = open(LOG + ".requests", "a", buffering=1)


def note(service, peer):
    log.write(f"{service} {peer[0].removeprefix('::ffff:')} {peer[1]}\n")


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        note("http", self.client_address)

    def do_GET(self):
        requests.write(f"GET {self.path}\n")
        peer = self.client_address[0].removeprefix("::ffff:")
        if self.path == "/peer":
            body = f"{peer}\n".encode()
        elif self.path == "/peer.js":
            body = f"const peer = '{peer}';".encode()
        else:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        length = int(self.headers["Content-Length"])
        with open(f"{ROOT}/upload", "wb") as out:
            while length:
                data = self.rfile.read(min(length, 1 << 20))
                out.write(data)
                length -= len(data)
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def have_ipv6():
    """A kernel may be told to leave it out (ipv6.disable=1)."""
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        return False
    return True


class Web(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if have_ipv6() else socket.AF_INET
    daemon_threads = True
    request_queue_size = 1024


async def echo(service, banner, reader, writer):
    note(service, writer.get_extra_info("peername"))
    try:
        if banner:
            writer.write(banner)
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main():
    any_address = "::" if have_ipv6() else "0.0.0.0"
    web = Web((any_address, 80), functools.partial(Handler, directory=ROOT))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    for service, port, banner in (("echo", 7, b""), ("banner", 25, b"220 hello\r\n")):
        await asyncio.start_server(
            functools.partial(echo, service, banner), {"0.0.0.0", any_address}, port,
            backlog=1024)
    await asyncio.Event().wait()


asyncio.run(main())
