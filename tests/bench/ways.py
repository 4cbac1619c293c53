# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways from the client to the peer, and what has to stand for each."""
import contextlib
import json
import subprocess

import rig
import tools
from rig import BEYOND, BIN, BUILD, LOOPBACK, PROXY, SOCKS_PORT, sh, within

MPROX_RUN = BUILD / "launcher" / "mprox-run"

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

    def run(self, port, *what):
        """One line of JSON from the client, as a dict; the way stands."""
        out = sh(*self.command(port, *what), stdout=subprocess.PIPE,
                 timeout=120).stdout
        return json.loads(out.strip().splitlines()[-1])

    def measure(self, port, *what):
        with self.standing_up():
            return self.run(port, *what)


def conntrack():
    return rig.nft(CONNTRACK)


def dnat():
    return rig.nft(DNAT)


def thousand():
    return rig.contexts(1000)


def self_socks(host=PROXY, port=SOCKS_PORT):
    return ["--socks", f"{host}:{port}"]


def speaking(what):
    return [*self_socks(), "--cred", "u:p", "--speak", what]


def mprox_with(*urls, more=(), port=SOCKS_PORT):
    def before():
        named = [word for url in urls for word in ("-x", f"{url}{PROXY}:{port}")]
        return [MPROX_RUN, "-q", *named, *more, "--"]
    return before


mprox_run = mprox_with("socks5://")


def mprox_relay(port):
    return mprox_with("socks5://", more=["--udp", "proxy"], port=port)


module = rig.module
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
    "proxychains": Way(before=tools.proxychains),
    "tsocks": Way(before=tools.tsocks),
    "torsocks": Way(before=tools.torsocks),
    "socksify": Way(before=tools.socksify),
    "redsocks": Way(tools.redsocks),
    "ss-redir": Way(tools.ss_redir),
    "v2ray": Way(tools.v2ray),
    "dnsmasq": Way(tools.dnsmasq, to=LOOPBACK),
    "dnsmasq cache": Way(tools.dnsmasq_cache, to=LOOPBACK),
    "mprox dns": Way(module, before=mprox_run, to=LOOPBACK),
    **{f"client {name}": Way(client=self_socks(port=port))
       for name, port in tools.RELAYS.items()},
    **{f"mprox {name}": Way(module, before=mprox_relay(port))
       for name, port in tools.RELAYS.items()},
    "client relay+ct": Way(conntrack, client=self_socks()),
    "mprox relay+ct": Way(conntrack, module, before=mprox_relay(SOCKS_PORT)),
    "module": Way(module, to=PROXY),
    "module+ct": Way(conntrack, module, to=PROXY),
    "module+1000": Way(module, thousand, to=PROXY),
}


def missing():
    """The ways that cannot be gone here, and why."""
    out = tools.missing()
    for name in WAYS:
        if name.startswith(("mprox", "module")) and \
                not rig.module_path().exists():
            out[name] = f"no {rig.module_path()}"
        elif name.startswith("mprox") and not MPROX_RUN.exists():
            out[name] = f"no {MPROX_RUN}"
    return out
