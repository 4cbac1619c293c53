#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""many.py HOST PORT COUNT [AT-ONCE [BYTES]]: connections to an echo server.

Each sends a payload of its own and checks what comes back. Prints how many
were good; says why on stderr for the others.
"""
import asyncio
import random
import sys

HOST, PORT, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
AT_ONCE = int(sys.argv[4]) if len(sys.argv) > 4 else COUNT
BYTES = int(sys.argv[5]) if len(sys.argv) > 5 else 2000


async def exchange(number):
    reader, writer = await asyncio.open_connection(HOST, PORT)
    data = random.Random(number).randbytes(BYTES)
    writer.write(data)
    back = await reader.readexactly(len(data))
    writer.close()
    await writer.wait_closed()
    if back != data:
        raise ValueError("the payload came back changed")


async def guarded(gate, number):
    async with gate:
        try:
            await exchange(number)
            return True
        except (OSError, ValueError, EOFError) as err:
            print(f"{number}: {err!r}", file=sys.stderr)
            return False


async def main():
    gate = asyncio.Semaphore(AT_ONCE)
    good = sum(await asyncio.gather(*(guarded(gate, n) for n in range(COUNT))))
    print(good)
    return 0 if good == COUNT else 1


sys.exit(asyncio.run(main()))
