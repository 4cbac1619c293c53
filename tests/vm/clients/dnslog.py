#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dnslog.py LAUNCHER...: what a context's log of queries says, without the times.

The launcher starts this again below a proxy. That one tries the log by itself, and
then opens another, which is read here, out of scope: to its end, which comes with
the context's.
"""
import fcntl
import os
import select
import socket
import subprocess
import sys
import threading

import mprox

ROOM = 64


def open_log(fd, room):
    return fcntl.ioctl(fd, mprox.DNS_LOG, room)


def ask(*words):
    subprocess.run(["dig", "+tries=1", "+time=8", *words, "@9.9.9.9"],
                   check=True, stdout=subprocess.DEVNULL)


def without_times(text):
    """Each line's time is no less than the one's before it."""
    lines = [line.split(" ", 1) for line in text.splitlines()]
    times = [float(time) for time, _ in lines]
    assert times == sorted(times), times
    return [rest for _, rest in lines]


def try_alone(fd):
    log = open_log(fd, 2)
    assert mprox.attempt(open_log, fd, 2) == "EBUSY"
    os.set_blocking(log, False)
    assert mprox.attempt(os.read, log, 10) == "EAGAIN"
    poll = select.poll()
    poll.register(log, select.POLLIN)
    assert not poll.poll(0)
    for i in range(5):
        ask(f"n{i}.hidden.test")
    assert poll.poll(0) == [(log, select.POLLIN)]
    # In small bites.
    text = b"".join(iter(lambda: os.read(log, 7) if poll.poll(0) else b"", b""))
    assert without_times(text.decode()) == [
        "lost 3", "faked A NOERROR n3.hidden.test",
        "faked A NOERROR n4.hidden.test"], text
    open_log(fd, 0)
    assert poll.poll(0)[0][1] & select.POLLHUP
    assert os.read(log, 100) == b""
    os.close(log)


def inside(sock):
    fd = int(os.environ["MPROX_FD"])
    try_alone(fd)
    log = open_log(fd, ROOM)
    waiting = []
    reader = threading.Thread(
        target=lambda: waiting.append(os.read(log, 1000).decode()))
    reader.start()
    ask("first.hidden.test")
    reader.join()
    assert without_times(waiting[0]) == ["faked A NOERROR first.hidden.test"]
    socket.send_fds(sock, [b"log"], [log])
    os.close(log)
    ask("www.Hidden.test")
    ask("www.hidden.test", "MX")
    ask("x.ads.test")
    ask("a.seen.test")
    ask("+tcp", "a.seen.test", "AAAA")
    ask("a.seen.test")
    ask("none.example", "HTTPS")
    ask("-q", r"a\032b\\.hidden.test")
    ask("host.lan.test")
    ask("+opcode=notify", "www.hidden.test")


def main(launcher):
    here, there = socket.socketpair()
    child = subprocess.Popen([*launcher, sys.executable, __file__, "inside",
                              str(there.fileno())], pass_fds=[there.fileno()])
    there.close()
    _, logs, _, _ = socket.recv_fds(here, 10, 1)
    assert logs, "no log has come"
    with open(logs[0], encoding="ascii") as log:
        text = log.read()
    print("\n".join(without_times(text)))
    return child.wait()


if sys.argv[1] == "inside":
    inside(socket.socket(fileno=int(sys.argv[2])))
else:
    sys.exit(main(sys.argv[1:]))
