# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured by which ways, and what it is compared with."""
import dataclasses

import tools
from rig import COUNTED, DNS, ECHO, GREET, SINK, SOURCE

# Every program on its own beside the client itself and mprox.
PRELOADS = ["proxychains", "tsocks", "torsocks", "socksify"]
REDIRECTS = ["redsocks", "ss-redir", "v2ray"]
PEERS = PRELOADS + REDIRECTS

BULK = ["direct", "socks", "socks+ct", "socks+nat", "mprox", "mprox+ct",
        *PEERS]
PACKET = ["direct", "socks", "socks+ct", "socks+nat", "mprox", "mprox+1000",
          *PEERS]
RATE = ["direct", "direct+ct", "socks", "socks+ct", "mprox", "mprox+ct"]
# What replaces connect() blocks in it: side by side only in threads, and
# tsocks not even there (it dies of a double free).
DIALS = ["socks", "mprox", *PRELOADS]
THREADED = [way for way in DIALS if way != "tsocks"]
# What redirects says "connected" before it is: only the far end's first octet
# can be compared.
GREETED = ["direct", "socks", "socks+ct", "mprox", "mprox+ct", *REDIRECTS]
DELAYS = ["direct", "socks", "mprox", *PRELOADS]
# The other protocols, conntrack active for the client and for us.
PROTOCOLS = ["password", "mprox password", "basic", "mprox basic", "digest",
             "mprox digest", "chain", "mprox chain"]
NAMES = ["dnsmasq", "dnsmasq cache", "mprox dns"]
# Datagrams through a relay, against the client that asks for one itself.
RELAYS = ["relay", "relay+ct", *list(tools.RELAYS)[1:]]
UDP = ["direct"] + [f"{who} {relay}" for relay in RELAYS
                    for who in ("client", "mprox")]
IDLE = ["direct", "direct+ct", "direct+nat", "module", "module+ct",
        "module+1000"]
MANY = ["socks", "socks+ct", "mprox", "mprox+ct", "mprox+1000"]

# The largest that is not fragmented on its way to a relay, of 1500 octets.
SMALL, LARGE = 64, 1500 - 20 - 8 - 10


@dataclasses.dataclass
class Figure:
    group: str
    unit: str
    port: int
    what: list		# what the client is told
    ways: list
    rtt: int = 0	# of the link to the proxy, ms
    span: int = 1	# how often the usual time


def bulk(group, ways, *more):
    return {"up": Figure(group, "Mbit/s", SINK, ["up", *more], ways),
            "down": Figure(group, "Mbit/s", SOURCE, ["down", *more], ways)}


def rate(group, concurrent, ways, port=ECHO):
    """A crowd takes its time until the first of it are through."""
    return Figure(group, "1/s", port, ["rate", "--concurrent", concurrent],
                  ways, span=4 if concurrent >= 1000 else 1)


def dials(threads, ways):
    return Figure("rate", "1/s", ECHO, ["dial-rate", "--threads", threads],
                  ways)


def delays(rtt, port, ways):
    return Figure("delay", "ms", port,
                  ["delays", "--count", 50 if rtt else 200], ways, rtt)


def named(prefix, figures):
    return {f"{prefix} {name}": figure for name, figure in figures.items()}


FIGURES = {
    **named("bulk", bulk("bulk", BULK)),
    **named("bulk 8", bulk("bulk", BULK, "--streams", 8)),
    **{f"connect {n}": rate("rate", n, RATE) for n in (1, 32, 256)},
    **{f"blocking {n}": dials(n, DIALS if n == 1 else THREADED)
       for n in (1, 32, 256)},
    **{f"greeted {n}": rate("rate", n, GREETED, GREET) for n in (1, 32, 256)},
    **{f"connect() at {rtt} ms": delays(rtt, ECHO, DELAYS) for rtt in (0, 20)},
    **{f"first octet at {rtt} ms": delays(rtt, GREET, GREETED)
       for rtt in (0, 20)},
    **named("protocols", bulk("protocols", PROTOCOLS)),
    **{f"protocols connect {n}": rate("protocols", n, PROTOCOLS)
       for n in (1, 32)},
    **{f"crowd {n}": rate("scale", n, MANY) for n in (1, 10, 100, 1000)},
    # Who answers queries for names. dnsmasq has a CPU of its own while one
    # thread asks, if there are two; not if two ask.
    "queries 1": Figure("dns", "1/s", DNS, ["queries"], NAMES),
    "queries 32": Figure("dns", "1/s", DNS, ["queries", "--concurrent", 32],
                         NAMES),
    "queries 32, two threads": Figure(
        "dns", "1/s", DNS, ["queries", "--concurrent", 32, "--threads", 2],
        NAMES),
    # An established flow in small packets, two in each direction.
    "ping-pong": Figure("packet", "1/s", ECHO, ["ping-pong"], PACKET),
    "idle ping-pong": Figure("idle", "1/s", ECHO, ["ping-pong"], IDLE),
    "idle datagrams": Figure("idle", "1/s", SINK, ["datagrams"], IDLE),
    "idle bulk up": Figure("idle", "Mbit/s", SINK, ["up"], IDLE),
    **{f"{name} {size}": Figure("udp", "1/s", port, [*what, "--size", size],
                                among)
       for name, port, what, among in (
           ("exchange 1,", ECHO, ["exchange"], UDP),
           ("exchange 16,", ECHO, ["exchange", "--concurrent", 16], UDP),
           ("one way,", COUNTED, ["one-way", "--concurrent", 32], UDP),
           ("sent,", COUNTED, ["datagrams"], UDP[:5]))
       for size in (SMALL, LARGE)},
}

# What a way is divided by; for the rest, what starts like it without more.
BASELINES = {
    "mprox+ct": "socks+ct", "module": "direct", "module+ct": "direct+ct",
    "module+1000": "direct", "mprox password": "password",
    "mprox basic": "basic", "mprox digest": "digest", "mprox chain": "chain",
    "dnsmasq": "dnsmasq", "dnsmasq cache": "dnsmasq", "mprox dns": "dnsmasq",
    **{f"{who} {relay}": f"client {relay}" for relay in RELAYS
       for who in ("client", "mprox")},
}


def baseline(way):
    return BASELINES.get(way, "direct" if way.startswith("direct") else
                         "socks")


# (figure, way, way, at least): the first divided by the second
TARGETS = [
    *((f"bulk {which}", "mprox" + ct, "socks" + ct, 0.99)
      for which in ("up", "down", "8 up", "8 down") for ct in ("", "+ct")),
    ("ping-pong", "mprox", "socks", 0.99),
    *((f"connect {n}", "mprox", "socks", least)
      for n, least in ((1, 1.15), (32, 1.15), (256, 1.1))),
    *((f"blocking {n}", "mprox", "proxychains", 1.5) for n in (1, 32, 256)),
    *((f"greeted {n}", "mprox", "redsocks", 2.7) for n in (1, 32, 256)),
    *((f"idle {what}", "module", "direct", 0.99)
      for what in ("ping-pong", "datagrams", "bulk up")),
    ("queries 1", "mprox dns", "dnsmasq", 3.0),
    ("queries 32", "mprox dns", "dnsmasq", 3.0),
    ("queries 32, two threads", "mprox dns", "dnsmasq", 3.0),
] + [(name, f"mprox {relay}", f"client {relay}", 0.9)
     for name, figure in FIGURES.items() if figure.group == "udp"
     for relay in RELAYS]
