# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of uapi_test.py that is about MUTEX_PROXY_IOC_BIND."""
import errno
import os
import socket

import mprox
from mprox import Policy, rule, server


def bind_said(fd, sock, *args, **fields):
    said, _ = mprox.bind(fd, sock, *args, **fields)
    if said != "OK":
        raise OSError(getattr(errno, said), said)


def test(context, expect):
    """@context: makes one that the caller is a member of."""
    fd = context()
    sock = socket.socket()
    sock.bind(("0.0.0.0", 0))

    def refused(want, what, *args, fd=fd, sock=sock, **fields):
        expect(want, f"BIND: {what}",
               lambda: bind_said(fd, sock, *args, **fields))

    refused("ENODATA", "no policy", "10.9.9.9")
    mprox.set_policy(fd, Policy([server()]))
    refused("ENODATA", "disabled", "10.9.9.9")
    mprox.enable(fd)
    refused("EOPNOTSUPP", "the policy does not say so", "10.9.9.9")
    mprox.set_policy(fd, Policy([server(kind=mprox.HTTP)], flags=mprox.MAY_BIND))
    refused("EOPNOTSUPP", "no server that speaks SOCKS", "10.9.9.9")
    # Nobody answers at port 9: it fails as a connect() would.
    mprox.set_policy(fd, Policy([server(port=9)], flags=mprox.MAY_BIND,
                                rules=[rule(prefix=32, addr=b"\x0a\1\1\1")]))
    refused("EINVAL", "size 55", "10.9.9.9", size=55)
    refused("E2BIG", "size 4097", "10.9.9.9", size=4097)
    refused("EINVAL", "flags", "10.9.9.9", flags=1)
    refused("EINVAL", "reserved", "10.9.9.9", reserved=1)
    refused("EINVAL", "peer unspecified", "0.0.0.0")
    refused("EINVAL", "peer multicast", "ff02::1")
    refused("EINVAL", "peer of another family than the socket", "fd77::1")
    refused("EADDRNOTAVAIL", "a peer that is reached direct", "10.1.1.1")
    refused("EBADF", "descriptor -1", "10.9.9.9", sock=-1)
    refused("ENOTSOCK", "no socket", "10.9.9.9", sock=fd)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        refused("EOPNOTSUPP", "UDP", "10.9.9.9", sock=udp)
    with socket.socket() as fresh:
        refused("EINVAL", "not bound", "10.9.9.9", sock=fresh)
        fresh.bind(("127.0.0.1", 0))
        refused("EADDRNOTAVAIL", "bound to loopback", "10.9.9.9", sock=fresh)
        fresh.listen()
        with socket.create_connection(fresh.getsockname()) as connected:
            refused("EISCONN", "connected", "10.9.9.9", sock=connected)
    refused("EHOSTUNREACH", "no server answers", "10.9.9.9")
    scope_of_one = context()
    mprox.set_policy(scope_of_one, Policy(flags=mprox.MAY_BIND))
    mprox.enable(scope_of_one)
    # The youngest context governs; of the elder the caller is not in scope.
    refused("EPERM", "not in this scope", "10.9.9.9")
    os.close(scope_of_one)
    os.close(fd)
