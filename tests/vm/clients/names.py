#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""names.py asyncio|threads DOMAIN COUNT: COUNT names below DOMAIN at once.

Each is looked up, and its first address gets a connection to the echo server,
which must send the name back. Prints how many different addresses were good.
"""
import asyncio
import concurrent.futures
import socket
import sys

MODE, DOMAIN, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
PORT = 7
NAMES = [f"{MODE}{number}.{DOMAIN}" for number in range(COUNT)]


async def exchange(name):
    found = await asyncio.get_running_loop().getaddrinfo(
        name, PORT, type=socket.SOCK_STREAM)
    address = found[0][4][0]
    reader, writer = await asyncio.open_connection(address, PORT)
    writer.write(name.encode())
    back = await reader.readexactly(len(name))
    writer.close()
    await writer.wait_closed()
    return address if back.decode() == name else None


async def gather():
    return await asyncio.gather(*map(exchange, NAMES))


def block(name):
    with socket.create_connection((name, PORT)) as sock:
        sock.sendall(name.encode())
        back = sock.recv(len(name), socket.MSG_WAITALL)
        return sock.getpeername()[0] if back.decode() == name else None


if MODE == "asyncio":
    addresses = asyncio.run(gather())
else:
    with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
        addresses = list(pool.map(block, NAMES))
print(len(set(addresses) - {None}))
