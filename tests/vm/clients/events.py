#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""events.py PROXY TARGET PORT: what a context's events say of what its members do.

Each step does something and reads what was told of it. What a step has seen is
printed, a line for each; what is not as it should be ends it with an assertion.
"""
import os
import select
import signal
import socket
import subprocess
import sys
import time

import mprox

PROXY, TARGET, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
FAMILY = socket.AF_INET6 if ":" in TARGET else socket.AF_INET
DEAD = 1099  # nobody listens there
URL = f"http://[{TARGET}]" if ":" in TARGET else f"http://{TARGET}"


def context(*servers, rules=(), dns=None, **fields):
    fd = mprox.create(mprox.CLOEXEC)
    mprox.set_policy(fd, mprox.Policy(servers or [mprox.server(PROXY)], rules,
                                      dns=dns, **fields))
    mprox.enable(fd)
    return fd


def read_all(events, until, seconds=30):
    """What there is, up to one of the kind @until."""
    got, poll = [], select.poll()
    poll.register(events, select.POLLIN)
    while not any(one["kind"] == until for one in got):
        assert poll.poll(seconds * 1000), [one["kind"] for one in got]
        chunk = os.read(events, 65536)
        if not chunk:
            break
        got += mprox.records(chunk)
    return got


def kinds(got):
    return [one["kind"] for one in got]


def check_course():
    """A connection, from its connect() to its end."""
    fd = context()
    events = mprox.open_events(fd)
    begun = time.time_ns()
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", URL + "/peer"],
                          capture_output=True, check=True)
    assert done.stdout
    got = read_all(events, mprox.CLOSED)
    assert kinds(got) == [mprox.OPEN, mprox.PROXIED, mprox.CLOSED], got
    first, up, end = got
    assert first["comm"] == "curl" and first["exe"].endswith("/curl"), first
    assert first["pid"] == first["tgid"] > 1 and first["uid"] == os.getuid()
    assert {one["flow"] for one in got} == {first["flow"]} != {0}
    assert all(one["to"] == (TARGET, 80) for one in got), got
    assert up["via"] == (PROXY, 1080) and up["server"] == 0, up
    assert up["attempts"] >= 1 and up["rtt"] and up["duration"], up
    assert up["comm"] == "curl" and up["pid"] == first["pid"], up
    assert end["received"] > len(done.stdout) and end["sent"], end
    assert all(begun <= one["time"] <= time.time_ns() for one in got)
    stats = mprox.stats(fd)
    assert stats["bytes_sent"] == end["sent"], (stats, end)
    assert stats["bytes_received"] == end["received"], (stats, end)
    os.close(events)


def check_failover():
    """The first server is not there, the second one is; then it is gone, too."""
    fd = context(mprox.server(PROXY, DEAD), mprox.server(PROXY))
    events = mprox.open_events(fd)
    subprocess.run(["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", URL],
                   check=True)
    got = read_all(events, mprox.CLOSED)
    assert kinds(got) == [mprox.OPEN, mprox.ATTEMPT, mprox.SERVER_DOWN,
                          mprox.PROXIED, mprox.CLOSED], kinds(got)
    attempt = got[1]
    assert attempt["via"] == (PROXY, DEAD) and attempt["server"] == 0, attempt
    assert attempt["reason"] == 64 and mprox.name(attempt["error"]) == \
        "EHOSTUNREACH", attempt
    assert got[3]["server"] == 1 and got[3]["attempts"] >= 2, got[3]
    os.close(events)


def check_failure():
    fd = context(mprox.server(PROXY, DEAD))
    events = mprox.open_events(fd)
    sock = socket.socket(FAMILY)
    said = mprox.attempt(sock.connect, (TARGET, PORT))
    assert said == "EHOSTUNREACH", said
    got = read_all(events, mprox.FAILED)
    assert kinds(got)[:2] == [mprox.OPEN, mprox.ATTEMPT], kinds(got)
    assert got[-1]["reason"] == 64 and got[-1]["pid"] == os.getpid(), got
    assert mprox.name(got[-1]["error"]) == said, got
    os.close(events)


def check_rules():
    """Direct and blocked, by the number of the rule."""
    family, octets = mprox.packed(TARGET)
    bits = 32 if family == socket.AF_INET else 128

    def ruled(verdict, port):
        return mprox.rule(verdict, family=family, prefix=bits, addr=octets,
                          proto=socket.IPPROTO_TCP, first=port, last=port)

    fd = context(rules=[ruled(mprox.PROXY, 1), ruled(mprox.BLOCK, PORT),
                        ruled(mprox.DIRECT, PORT + 1)])
    events = mprox.open_events(fd)
    said = mprox.attempt(socket.socket(FAMILY).connect, (TARGET, PORT))
    assert said == "ECONNREFUSED", said
    got = read_all(events, mprox.REFUSED)
    assert got[-1]["reason"] == 92 and got[-1]["rule"] == 1, got
    assert got[-1]["exe"].startswith("/usr/bin/python3"), got
    mprox.attempt(socket.socket(FAMILY).connect, (TARGET, PORT + 1))
    got = read_all(events, mprox.WENT_DIRECT)
    assert got[-1]["reason"] == 112 and got[-1]["rule"] == 2, got
    raw = socket.socket(FAMILY, socket.SOCK_DGRAM)
    said = mprox.attempt(raw.sendto, b"x", (TARGET, PORT))
    assert said == "EPERM", said
    got = read_all(events, mprox.REFUSED)
    assert got[-1]["proto"] == socket.IPPROTO_UDP and got[-1]["reason"] == 93
    os.close(events)


def check_changes():
    fd = context()
    events = mprox.open_events(fd, 1 << mprox.CHANGED)
    mprox.set_policy(fd, mprox.Policy([mprox.server(PROXY)]))
    mprox.disable(fd)
    mprox.enable(fd)
    got = []
    while len(got) < 3:
        got += read_all(events, mprox.CHANGED)
    assert [one["reason"] for one in got] == [1, 3, 2], got
    assert got[0]["comm"].startswith("python3") and got[0]["pid"] == os.getpid()
    os.close(events)


def check_arguments():
    fd = context()
    for arg in (dict(size=8), dict(kinds=1), dict(kinds=1 << 13),
                dict(kinds=1 << 20), dict(room=4095), dict(room=16777217),
                dict(flags=1)):
        assert mprox.attempt(lambda a=arg: mprox.open_events(fd, **a)) == \
            "EINVAL", arg
    readers = [mprox.open_events(fd, flags=mprox.NONBLOCK) for _ in range(8)]
    assert mprox.attempt(mprox.open_events, fd) == "EMLINK"
    assert mprox.attempt(os.read, readers[0], 4096) == "EAGAIN"
    assert mprox.attempt(os.read, readers[0], 2047) == "EINVAL"
    os.close(readers.pop())
    readers.append(mprox.open_events(fd))
    for reader in readers:
        os.close(reader)


def check_loss():
    """Without a reader, what is kept and what is lost add up."""
    fd = context(rules=[mprox.rule(mprox.BLOCK, family=0, prefix=0, addr=b"")])
    events = mprox.open_events(fd, 1 << mprox.REFUSED, 4096)
    count = 200
    for _ in range(count):
        mprox.attempt(socket.socket(FAMILY).connect, (TARGET, PORT))
    got = list(mprox.records(os.read(events, 65536)))
    lost = [one["sent"] for one in got if one["kind"] == mprox.LOST]
    kept = sum(one["kind"] == mprox.REFUSED for one in got)
    assert got[0]["kind"] == mprox.LOST and len(lost) == 1, kinds(got)
    assert kept >= 10 and kept + lost[0] == count, (kept, lost)
    os.close(events)


def check_flows():
    fd = context()
    listener = [socket.create_connection((TARGET, PORT)) for _ in range(5)]
    for sock in listener:
        sock.sendall(b"12345")
    got, count = mprox.flows(fd)
    assert count == 5 == len(got), (count, got)
    assert all(one["kind"] == mprox.FLOW and one["to"] == (TARGET, PORT) and
               one["via"] == (PROXY, 1080) and one["sent"] == 5
               for one in got), got
    got, count = mprox.flows(fd, 500)
    assert count == 5 and len(got) == 2, (count, got)
    assert mprox.flows(fd, 0) == ([], 5)
    for sock in listener:
        sock.close()


def check_end():
    """The end of the context is the readers' end."""
    fd = context()
    events = mprox.open_events(fd)
    poll = select.poll()
    poll.register(events, select.POLLIN)
    assert not poll.poll(0)
    os.close(fd)
    assert poll.poll(10000)[0][1] & select.POLLHUP
    assert os.read(events, 65536) == b""
    fd = context()
    events = mprox.open_events(fd)
    assert mprox.attempt(mprox.end, mprox.info(fd)["id"]) == "OK"
    got = read_all(events, mprox.CHANGED)
    assert got[-1]["reason"] == 7, got
    os.close(fd)
    assert os.read(events, 65536) == b""


def in_child(step):
    """A process of its own, and so contexts of its own."""
    pid = os.fork()
    if not pid:
        signal.alarm(120)
        try:
            step()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


bad = 0
for step in (check_course, check_failover, check_failure, check_rules,
             check_changes, check_arguments, check_loss, check_flows,
             check_end):
    good = in_child(step)
    bad += not good
    print("good" if good else "BAD", step.__name__, flush=True)
sys.exit(bad > 0)
