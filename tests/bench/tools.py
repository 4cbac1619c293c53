# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs that Debian has: what of theirs has to stand, and what stands
before a client. Here they are all made to speak to the same far end."""
import contextlib
import glob
import json
import pathlib

from rig import (BEYOND, DNS, LOOPBACK, PROXY, SOCKS_PORT, nft, peer, running,
                 within)

# Relays of datagrams: bench-peer itself, and real ones on these ports.
RELAYS = {"relay": SOCKS_PORT, "danted": 1082, "shadowsocks": 1091}
SS_PORT = 8388
SS_SECRET = ["-k", "bench", "-m", "chacha20-ietf-poly1305"]

# Where a redirected connection goes; SOCKS to the far end from there.
REDSOCKS_PORT, SS_REDIR_PORT, V2RAY_PORT = 12345, 12346, 12347
REDSOCKS = f"""
base {{ log_info = off; daemon = off; redirector = iptables; }}
redsocks {{ local_ip = {LOOPBACK}; local_port = {REDSOCKS_PORT};
    ip = {PROXY}; port = {SOCKS_PORT}; type = socks5; listenq = 1024; }}
"""
V2RAY = {
    "log": {"loglevel": "none"},
    "inbounds": [{"listen": LOOPBACK, "port": V2RAY_PORT,
                  "protocol": "dokodemo-door",
                  "settings": {"network": "tcp", "followRedirect": True}}],
    "outbounds": [{"protocol": "socks", "settings": {
        "servers": [{"address": PROXY, "port": SOCKS_PORT}]}}],
}
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
TSOCKS = f"""
local = 127.0.0.0/255.0.0.0
local = 10.77.1.0/255.255.255.0
server = {PROXY}
server_port = {SOCKS_PORT}
server_type = 5
"""
TORSOCKS = f"""
TorAddress {PROXY}
TorPort {SOCKS_PORT}
"""
SOCKSIFY = f"""
route {{
    from: 0.0.0.0/0 to: 0.0.0.0/0 via: {PROXY} port = {SOCKS_PORT}
    proxyprotocol: socks_v5
    protocol: tcp
    method: none
}}
"""


def written(name, text):
    path = pathlib.Path(f"/tmp/bench-{name}")
    path.write_text(text)
    return path


# Libraries that replace connect() in the program

def proxychains():
    return ["proxychains4", "-q", "-f",
            written("proxychains.conf", PROXYCHAINS)]


def preloaded(tool, variable, text):
    return lambda: ["env", f"{variable}={written(tool + '.conf', text)}", tool]


tsocks = preloaded("tsocks", "TSOCKS_CONF_FILE", TSOCKS)
torsocks = preloaded("torsocks", "TORSOCKS_CONF_FILE", TORSOCKS)
socksify = preloaded("socksify", "SOCKS_CONF", SOCKSIFY)


# Relays that connections are redirected to

def redirected(port):
    return nft(f"""
table ip bench_redirect {{
  chain out {{
    type nat hook output priority -100;
    ip daddr {BEYOND} meta l4proto tcp redirect to :{port}
  }}
}}
""")


@contextlib.contextmanager
def redsocks():
    command = "redsocks", "-c", written("redsocks.conf", REDSOCKS)
    with running(*within("app", *command), until_port=REDSOCKS_PORT), \
            redirected(REDSOCKS_PORT):
        yield


@contextlib.contextmanager
def v2ray():
    command = "v2ray", "-config", written("v2ray.json", json.dumps(V2RAY))
    with running(*within("app", *command), until_port=V2RAY_PORT), \
            redirected(V2RAY_PORT):
        yield


@contextlib.contextmanager
def ss_redir():
    """Does not speak SOCKS: to its own server, which relays, and encrypted."""
    near = "ss-redir", "-s", PROXY, "-p", SS_PORT, "-b", LOOPBACK, "-l", \
        SS_REDIR_PORT, *SS_SECRET
    far = "ss-server", "-s", PROXY, "-p", SS_PORT, *SS_SECRET
    with peer("target"), \
            running(*within("proxy", *far), until_port=SS_PORT, ns="proxy"), \
            running(*within("app", *near), until_port=SS_REDIR_PORT), \
            redirected(SS_REDIR_PORT):
        yield


# Names and datagrams

def dnsmasq(names="--address=/bench.test/198.18.0.1"):
    return running(*within("app", "dnsmasq", "-k", "-C", "/dev/null", "-z",
                           "-a", LOOPBACK, "-p", DNS, "-c", 10000, "-u", "root",
                           "--no-resolv", "--no-hosts", "--pid-file=", names),
                   until_port=DNS)


def dnsmasq_cache():
    """What stands in a file of hosts is answered from its cache."""
    names = "".join(f"198.18.0.1 n{n}.bench.test\n"
                    for n in range(1000, 2000))	# as queries.cpp
    return dnsmasq(f"--addn-hosts={written('hosts', names)}")


@contextlib.contextmanager
def relays():
    """The real ones, and a peer behind them."""
    local = "-p", SS_PORT
    with contextlib.ExitStack() as stack:
        for command, port in (
                (["danted", "-f", written("danted.conf", DANTED), "-p",
                  "/tmp/bench-danted.pid"], RELAYS["danted"]),
                (["ss-server", "-u", "-s", LOOPBACK, *local, *SS_SECRET],
                 SS_PORT),
                (["ss-local", "-u", "-s", LOOPBACK, *local, "-b", PROXY,
                  "-l", RELAYS["shadowsocks"], *SS_SECRET],
                 RELAYS["shadowsocks"])):
            stack.enter_context(running(*within("proxy", *command),
                                        until_port=port, ns="proxy"))
        stack.enter_context(peer("target"))
        yield


# name of a way: what is started for it
PROGRAMS = {"proxychains": "proxychains4", "tsocks": "tsocks",
            "torsocks": "torsocks", "socksify": "socksify",
            "redsocks": "redsocks", "ss-redir": "ss-redir", "v2ray": "v2ray",
            "dnsmasq": "dnsmasq", "dnsmasq cache": "dnsmasq"}
# In no release of Debian that the rig knows, so there is no way to measure them.
UNPACKAGED = {"tun2socks": "badvpn is not in Debian 12, nor is another tun2socks"}


def missing():
    out = {name: "not installed" for name, program in PROGRAMS.items()
           if not glob.glob(f"/usr/*bin/{program}")}
    return {**out, **UNPACKAGED}
