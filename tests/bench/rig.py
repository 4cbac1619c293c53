# SPDX-License-Identifier: GPL-2.0-or-later
"""Three namespaces in a row, and what can stand in them."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
BIN = pathlib.Path(os.environ.get("BENCH_BIN", BUILD / "tests" / "bench"))

APP, PROXY, EXIT, BEYOND = "10.77.1.2", "10.77.1.1", "10.77.2.1", "10.77.2.2"
LOOPBACK = "127.0.0.1"
SOCKS_PORT = 1080
ECHO, SINK, COUNTED, SOURCE, GREET = 7, 9, 11, 19, 25	# enum Role of net.h
DNS = 53


def sh(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, text=True,
                          **more)


def within(ns, *command):
    return ["ip", "netns", "exec", ns, *map(str, command)]


def listens(ns, port):
    out = sh(*within(ns, "ss", "-Hltn", f"sport = :{port}"),
             stdout=subprocess.PIPE).stdout
    return bool(out.strip())


def until(truth, complaint, seconds=10):
    end = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > end:
            raise RuntimeError(complaint)
        time.sleep(0.05)


def busy_seconds():
    """Of all CPUs since boot, whoever spent them. As busy_seconds() of net.cpp."""
    with open("/proc/stat", encoding="ascii") as file:
        idle, iowait = map(int, file.readline().split()[4:6])
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    return up * os.cpu_count() - (idle + iowait) / os.sysconf("SC_CLK_TCK")


# What can stand

@contextlib.contextmanager
def nft(ruleset):
    sh(*within("app", "nft", "-f", "-"), input=ruleset)
    try:
        yield
    finally:
        family, name = ruleset.split()[1:3]
        sh(*within("app", "nft", "delete", "table", family, name))


def module_path():
    kver = os.uname().release
    return BUILD / "kmod" / kver / "kmod" / "mutex_proxy.ko"


@contextlib.contextmanager
def module():
    depends = sh("modinfo", "-F", "depends", module_path(),
                 stdout=subprocess.PIPE).stdout.strip()
    if depends:
        sh("modprobe", "-a", *depends.split(","))
    sh("insmod", module_path())
    until(lambda: os.path.exists("/dev/mprox"), "no /dev/mprox")
    try:
        yield
    finally:
        until(lambda: subprocess.run(["rmmod", "mutex_proxy"],
                                     capture_output=True).returncode == 0,
              "the module cannot be unloaded")


class Holder:
    """A program that holds what it has made, says how that went in a line of
    JSON, and ends when its standard input does."""

    def __init__(self, *command):
        self.child = subprocess.Popen([str(c) for c in command], text=True,
                                      stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)

    def hear(self):
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"has ended: {self.child.args}")
        return json.loads(line)

    def ask(self, number):
        self.child.stdin.write(f"{number}\n")
        self.child.stdin.flush()
        return self.hear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.communicate()


@contextlib.contextmanager
def contexts(count, flows=0, start=0):
    """Yields what they took to make."""
    with Holder(*within("app", BIN / "bench-contexts", "--count", count,
                        "--flows", flows, "--from", start)) as holder:
        yield holder.hear()


@contextlib.contextmanager
def running(*command, until_port=None, ns="app"):
    child = subprocess.Popen(["sh", "-c", 'ulimit -n 65536; exec "$@"', "sh",
                              *map(str, command)],
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        if until_port:
            until(lambda: listens(ns, until_port), f"not up: {command}")
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


@contextlib.contextmanager
def peer(ns="proxy"):
    child = subprocess.Popen(
        within(ns, BIN / "bench-peer", "--socks-port", SOCKS_PORT),
        stdout=subprocess.PIPE, text=True)
    try:
        if child.stdout.readline() != "ready\n":
            raise RuntimeError("the peer does not start")
        yield
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def slow_link(rtt):
    """So many ms from the app's namespace to the proxy's and back."""
    ends = ("app", "up0"), ("proxy", "px0")
    for ns, device in ends if rtt else ():
        sh(*within(ns, "tc", "qdisc", "add", "dev", device, "root", "netem",
                   "delay", f"{rtt / 2}ms", "limit", 10000))
    try:
        yield
    finally:
        for ns, device in ends if rtt else ():
            sh(*within(ns, "tc", "qdisc", "del", "dev", device, "root"))


def set_sysctl(name, value):
    sh(*within("app", "sysctl", "-qw", f"{name}={value}"))


@contextlib.contextmanager
def topology():
    """Laid unless the test rig has done so."""
    if os.path.exists("/run/netns/app"):
        yield
        return
    for ns in "app", "proxy", "target":
        sh("ip", "netns", "add", ns)
        sh("ip", "-n", ns, "link", "set", "lo", "up")
    try:
        for near, end, far, other in (("app", "up0", "proxy", "px0"),
                                      ("proxy", "px1", "target", "tg0")):
            sh("ip", "link", "add", end, "netns", near, "type", "veth",
               "peer", "name", other, "netns", far)
        for ns, device, address in (("app", "up0", APP),
                                    ("proxy", "px0", PROXY),
                                    ("proxy", "px1", EXIT),
                                    ("target", "tg0", BEYOND)):
            sh("ip", "-n", ns, "addr", "add", address + "/24", "dev", device)
            sh("ip", "-n", ns, "link", "set", device, "up")
        sh("ip", "-n", "app", "route", "add", "default", "via", PROXY)
        yield
    finally:
        for ns in "app", "proxy", "target":
            sh("ip", "netns", "del", ns)
