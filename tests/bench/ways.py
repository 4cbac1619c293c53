# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways from the client to the peer, and what has to stand for each."""
import contextlib
import glob
import json
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
BIN = pathlib.Path(os.environ.get("BENCH_BIN", BUILD / "tests" / "bench"))
MPROX_RUN = BUILD / "launcher" / "mprox-run"

APP, PROXY, EXIT, BEYOND = "10.77.1.2", "10.77.1.1", "10.77.2.1", "10.77.2.2"
LOOPBACK = "127.0.0.1"
SOCKS_PORT = 1080
ECHO, SINK, COUNTED, SOURCE, GREET = 7, 9, 11, 19, 25	# enum Role of net.h
DNS = 53
# Relays of datagrams: bench-peer itself, and real ones on these ports.
RELAYS = {"relay": SOCKS_PORT, "danted": 1082, "shadowsocks": 1091}

# Active, and never run: the rule stands where no packet of ours comes by.
CONNTRACK = """
table inet bench_ct {
  chain unused {
    type filter hook forward priority 0;
    ct state new accept
  }
}
"""
# What the kernel's NAT alone costs: D is the proxy by a rule.
DNAT = """
table ip bench_nat {
  chain out {
    type nat hook output priority -100;
    ip daddr 10.77.2.2 tcp dport 1080 dnat to 10.77.1.1
  }
}
"""
REDIRECT = """
table ip bench_redirect {
  chain out {
    type nat hook output priority -100;
    ip daddr 10.77.2.2 meta l4proto tcp redirect to :12345
  }
}
"""
REDSOCKS = f"""
base {{ log_info = off; daemon = off; redirector = iptables; }}
redsocks {{ local_ip = 127.0.0.1; local_port = 12345;
    ip = {PROXY}; port = {SOCKS_PORT}; type = socks5; listenq = 1024; }}
"""
DANTED = f"""
logoutput: /dev/null
internal: {PROXY} port = {RELAYS["danted"]}
external: px1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0/0 to: 0/0 }}
socks pass {{ from: 0/0 to: 0/0 }}
"""
PROXYCHAINS = f"""
strict_chain
quiet_mode
tcp_read_time_out 15000
tcp_connect_time_out 8000
[ProxyList]
socks5 {PROXY} {SOCKS_PORT}
"""


def sh(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, text=True,
                          **more)


def within(ns, *command):
    return ["ip", "netns", "exec", ns, *map(str, command)]


def module_path():
    kver = os.uname().release
    return BUILD / "kmod" / kver / "kmod" / "mutex_proxy.ko"


def module_loaded():
    return os.path.isdir("/sys/module/mutex_proxy")


# What can stand in the app's namespace

@contextlib.contextmanager
def nft(ruleset):
    sh(*within("app", "nft", "-f", "-"), input=ruleset)
    try:
        yield
    finally:
        family, name = ruleset.split()[1:3]
        sh(*within("app", "nft", "delete", "table", family, name))


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


@contextlib.contextmanager
def idle_contexts(count):
    holder = subprocess.Popen(
        within("app", BIN / "bench-contexts", "--count", count),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "ready\n":
        raise RuntimeError("no idle contexts")
    try:
        yield
    finally:
        holder.communicate()


@contextlib.contextmanager
def running(*command, until_port=None, ns="app"):
    child = subprocess.Popen([str(c) for c in command],
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
def redsocks():
    pathlib.Path("/tmp/bench-redsocks.conf").write_text(REDSOCKS)
    command = ["sh", "-c", "ulimit -n 65536; exec redsocks -c "
               "/tmp/bench-redsocks.conf"]
    with running(*within("app", *command), until_port=12345), nft(REDIRECT):
        yield


def dnsmasq(names="--address=/bench.test/198.18.0.1"):
    return running(*within("app", "dnsmasq", "-k", "-C", "/dev/null", "-z",
                           "-a", LOOPBACK, "-p", DNS, "-c", 10000, "-u", "root",
                           "--no-resolv", "--no-hosts", "--pid-file=", names),
                   until_port=DNS)


def dnsmasq_cache():
    """What stands in a file of hosts is answered from its cache."""
    hosts = pathlib.Path("/tmp/bench-hosts")
    hosts.write_text("".join(f"198.18.0.1 n{n}.bench.test\n"
                             for n in range(1000, 2000)))	# as queries.cpp
    return dnsmasq(f"--addn-hosts={hosts}")


@contextlib.contextmanager
def peer(ns="proxy"):
    child = subprocess.Popen(
        within(ns, BIN / "bench-peer", "--socks-port", SOCKS_PORT),
        stdout=subprocess.PIPE, text=True)
    if child.stdout.readline() != "ready\n":
        raise RuntimeError("the peer does not start")
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


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


@contextlib.contextmanager
def topology():
    """Three namespaces in a row, unless the test rig has laid them."""
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


# Ways: name -> (what must stand, what stands before the client, where to)

def self_socks(host=PROXY):
    return ["--socks", f"{host}:{SOCKS_PORT}"]


def mprox_run():
    return [MPROX_RUN, "-q", "-x", f"socks5://{PROXY}:{SOCKS_PORT}", "--"]


def mprox_with(*urls, more=()):
    def before():
        named = [word for url in urls for word in ("-x", f"{url}{PROXY}:{SOCKS_PORT}")]
        return [MPROX_RUN, "-q", *named, *more, "--"]
    return before


def speaking(what):
    return [*self_socks(), "--cred", "u:p", "--speak", what]


def proxychains():
    conf = pathlib.Path("/tmp/bench-proxychains.conf")
    conf.write_text(PROXYCHAINS)
    return ["proxychains4", "-q", "-f", conf]


def self_relay(name):
    return ["--socks", f"{PROXY}:{RELAYS[name]}"]


def mprox_relay(name):
    def before():
        return [MPROX_RUN, "-q", "--udp", "proxy", "-x",
                f"socks5://{PROXY}:{RELAYS[name]}", "--"]
    return before


@contextlib.contextmanager
def relays():
    """The real ones, and a peer behind them."""
    pathlib.Path("/tmp/bench-danted.conf").write_text(DANTED)
    secret = ["-k", "bench", "-m", "chacha20-ietf-poly1305"]
    with contextlib.ExitStack() as stack:
        for command, port in (
                (["danted", "-f", "/tmp/bench-danted.conf", "-p",
                  "/tmp/bench-danted.pid"], RELAYS["danted"]),
                (["ss-server", "-u", "-s", LOOPBACK, "-p", 8388, *secret], 8388),
                (["ss-local", "-u", "-s", LOOPBACK, "-p", 8388, "-b", PROXY,
                  "-l", RELAYS["shadowsocks"], *secret],
                 RELAYS["shadowsocks"])):
            stack.enter_context(running(*within("proxy", *command),
                                        until_port=port, ns="proxy"))
        stack.enter_context(peer("target"))
        yield


class Way:
    def __init__(self, *standing, before=list, client=(), to=BEYOND):
        self.standing, self.before = standing, before
        self.client, self.to = list(client), to

    @contextlib.contextmanager
    def standing_up(self):
        # An entry left by the way before this one may clash with a new one.
        subprocess.run(within("app", "conntrack", "-F"), check=False,
                       capture_output=True)
        with contextlib.ExitStack() as stack:
            for make in self.standing:
                stack.enter_context(make())
            yield

    def command(self, port, *what):
        return within("app", *self.before(), BIN / "bench-client", "--to",
                      f"{self.to}:{port}", *self.client, *what)

    def measure(self, port, *what):
        """One line of JSON from the client, as a dict."""
        with self.standing_up():
            out = sh(*self.command(port, *what), stdout=subprocess.PIPE,
                     timeout=120).stdout
        return json.loads(out.strip().splitlines()[-1])


def conntrack():
    return nft(CONNTRACK)


def dnat():
    return nft(DNAT)


def thousand():
    return idle_contexts(1000)


WAYS = {
    "direct": Way(to=PROXY),
    "direct+ct": Way(conntrack, to=PROXY),
    "direct+nat": Way(dnat, to=PROXY),
    "socks": Way(client=self_socks()),
    "socks+ct": Way(conntrack, client=self_socks()),
    "socks+nat": Way(dnat, client=self_socks(BEYOND)),
    "mprox": Way(module, before=mprox_run),
    "mprox+ct": Way(conntrack, module, before=mprox_run),
    "mprox+1000": Way(module, thousand, before=mprox_run),
    "password": Way(conntrack, client=speaking("socks5")),
    "basic": Way(conntrack, client=speaking("basic")),
    "digest": Way(conntrack, client=speaking("digest")),
    "chain": Way(conntrack, client=speaking("chain")),
    "mprox password": Way(conntrack, module, before=mprox_with("socks5://u:p@")),
    "mprox basic": Way(conntrack, module, before=mprox_with("http://u:p@")),
    "mprox digest": Way(conntrack, module, before=mprox_with(
        "http://u:p@", more=["--proxy-digest"])),
    "mprox chain": Way(conntrack, module, before=mprox_with(
        "socks5://u:p@", "socks5://u:p@", more=["--chain"])),
    "proxychains": Way(before=proxychains),
    "redsocks": Way(redsocks),
    "dnsmasq": Way(dnsmasq, to=LOOPBACK),
    "dnsmasq cache": Way(dnsmasq_cache, to=LOOPBACK),
    "mprox dns": Way(module, before=mprox_run, to=LOOPBACK),
    **{f"client {name}": Way(client=self_relay(name)) for name in RELAYS},
    **{f"mprox {name}": Way(module, before=mprox_relay(name))
       for name in RELAYS},
    "client relay+ct": Way(conntrack, client=self_relay("relay")),
    "mprox relay+ct": Way(conntrack, module, before=mprox_relay("relay")),
    "module": Way(module, to=PROXY),
    "module+ct": Way(conntrack, module, to=PROXY),
    "module+1000": Way(module, thousand, to=PROXY),
}


def missing():
    """The ways that cannot be gone here, and why."""
    out = {}
    for name in WAYS:
        if name.startswith(("mprox", "module")) and not module_path().exists():
            out[name] = f"no {module_path()}"
        elif name.startswith("mprox") and not MPROX_RUN.exists():
            out[name] = f"no {MPROX_RUN}"
    for name in "proxychains", "redsocks", "dnsmasq", "dnsmasq cache":
        if not glob.glob(f"/usr/*bin/{name.split()[0]}*"):
            out[name] = "not installed"
    return out
