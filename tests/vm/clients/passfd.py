#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""passfd.py PROXY PORT TARGET: SCM_RIGHTS gives the handle, JOIN the scope.

The parent creates a context of scope "process"; the child, forked before, is
a stranger to it. Expects two proxied connections at the target, one from each.
"""
import errno
import os
import socket
import sys

import mprox

PROXY, PORT, TARGET = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def reach(seconds=60):
    """The first line that the target says, or the errno's name."""
    try:
        with socket.create_connection((TARGET, 25), timeout=seconds) as sock:
            return sock.makefile("rb").readline().decode().strip()
    except TimeoutError:
        return "timeout"
    except OSError as err:
        return errno.errorcode[err.errno]


def child(channel):
    _, fds, _, _ = socket.recv_fds(channel, 10, 1)
    fd, = fds
    link = os.readlink(f"/proc/self/fd/{fd}")
    assert link == "anon_inode:[mutex_proxy]", link
    assert reach(2) == "timeout", "holding the descriptor captured the holder"
    mprox.join(fd)
    assert reach() == "220 hello", "a member is not proxied"
    got = mprox.attempt(mprox.join, fd)
    assert got == "EALREADY", f"the second JOIN: {got}"


ours, theirs = socket.socketpair()
pid = os.fork()
if not pid:
    ours.close()
    child(theirs)
    os._exit(0)

fd = mprox.create()
mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY, PORT)]))
mprox.enable(fd)
assert reach() == "220 hello", "the creator is not proxied"
socket.send_fds(ours, [b"x"], [fd])
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
