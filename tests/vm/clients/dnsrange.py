#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dnsrange.py PORT: more names than addresses, below mprox-run.

The range is 198.18.0.0/28, so fourteen names have an address at a time, and on
PORT of all that is below hidden.test there is an echo server. Leaves its
connections' names on standard output, one per line.
"""
import ipaddress
import os
import socket
import struct
import sys
import time

PORT = int(sys.argv[1])
RANGE = ipaddress.ip_network("198.18.0.0/28")
ROOM = RANGE.num_addresses - 2
RESOLVER = ("9.9.9.9", 53)	# nobody's, as far as this network goes
A, PTR = 1, 12
NOERROR, SERVFAIL = 0, 2
count = dict(queries=0, faked=0, empty=0, blocked=0, cached=0, asked=0, direct=0, bad=0)

resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.settimeout(30)
resolver.connect(RESOLVER)


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode()
                    for part in name.split(".")) + b"\0"


def query(name, kind):
    """The code of the answer, and the record's data if there is one."""
    asked = labels(name) + struct.pack("!HH", kind, 1)
    count["queries"] += 1
    resolver.send(struct.pack("!6H", count["queries"], 0x100, 1, 0, 0, 0) + asked)
    answer = resolver.recv(600)
    number, flags, _, records, _, _ = struct.unpack_from("!6H", answer)
    assert number == count["queries"] and answer[12:].startswith(asked), answer
    count["faked" if records else "empty"] += 1
    return flags & 15, answer[12 + len(asked) + 12:] if records else None


def full(name):
    return name + ".hidden.test"


def ask(name):
    """The address of a name; None: there is none left."""
    code, data = query(full(name), A)
    if code == SERVFAIL and data is None:
        return None
    assert code == NOERROR, (name, code)
    address = ipaddress.ip_address(data)
    assert address in list(RANGE.hosts()), address
    return str(address)


def name_of(address):
    data = query(ipaddress.ip_address(address).reverse_pointer, PTR)[1]
    parts, at = [], 0
    while data[at]:
        parts.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return ".".join(parts)


def connect(name, address):
    sock = socket.create_connection((address, PORT), timeout=60)
    check(sock)
    print(full(name))
    return sock


def check(sock):
    sock.sendall(b"still there?")
    assert sock.recv(12, socket.MSG_WAITALL) == b"still there?"


def resolved(name):
    """As a program asks, through its library."""
    count["queries"] += 1
    count["faked"] += 1
    return socket.gethostbyname(full(name))


def longest_unused_goes_first():
    has = [ask(f"r{n}") for n in range(ROOM)]
    assert len(set(has)) == ROOM, has
    assert ask("r0") == has[0]
    assert ask("new") == has[1], "not the one that was unused longest"
    assert name_of(has[1]) == full("new")
    assert ask("r1") == has[2], "not the one that was unused longest"
    assert ask("r0") == has[0] and name_of(has[0]) == full("r0")


def connected_stays():
    """A connection to a name, which keeps its address."""
    address = resolved("kept")
    sock = connect("kept", address)
    for n in range(100):
        assert ask(f"other{n}") != address, n
    check(sock)
    assert name_of(address) == full("kept") and ask("kept") == address
    connect("kept", address).close()
    check(sock)
    return {"kept": (address, sock)}


def all_connected(held):
    for n in range(ROOM - 1):
        address = ask(f"held{n}")
        held[f"held{n}"] = address, connect(f"held{n}", address)
    assert len({address for address, _ in held.values()}) == ROOM, held
    assert ask("more") is None, "an address that is in use"
    for name, (address, sock) in held.items():
        check(sock)
        assert ask(name) == address, name
    assert ask("more") is None, "an address that is in use"


def one_is_free_again(held):
    address, sock = held.pop("held5")
    sock.close()
    end = time.monotonic() + 60
    while not (got := ask("more")):
        assert time.monotonic() < end, "no address becomes free"
        time.sleep(0.2)
    assert got == address, (got, address)
    held["more"] = got, connect("more", got)
    for _, sock in held.values():
        check(sock)


def counted():
    with open(f"/proc/self/fdinfo/{os.environ['MPROX_FD']}") as info:
        line = next(it for it in info if it.startswith("dns:"))
    words = line.split()[1:]
    return dict(zip(words[::2], map(int, words[1::2])))


longest_unused_goes_first()
held = connected_stays()
all_connected(held)
one_is_free_again(held)
assert counted() == count, (counted(), count)
