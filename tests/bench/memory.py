# SPDX-License-Identifier: GPL-2.0-or-later
"""What an established flow and a context keep in memory."""
import statistics
import time

import figures
import rig
import ways
from rig import GREET

# The client by itself: what is not ours.
BASE, OURS = "socks", "mprox"
OTHERS = ["direct", "socks+ct", "mprox+ct", *figures.PEERS]
LIMIT = 192	# octets of slab objects per established flow
CONTEXTS = 1000


def slabs():
    """Bytes in objects by cache. A merged cache goes by another's name."""
    out = {}
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in file.readlines()[2:]:
            name, active, _, size = line.split()[:4]
            out[name] = int(active) * int(size)
    return out


def meminfo(what):
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {what}")


def total():
    return meminfo("MemTotal")


def settle():
    """Frees what waits for an RCU grace period or a shrinker."""
    time.sleep(1)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3\n")
    time.sleep(0.5)


class Growth:
    """Of slab objects, and of all that is in use, since it was made."""

    def __init__(self):
        settle()
        self.slabs, self.free = slabs(), meminfo("MemAvailable")

    def each(self, count):
        settle()
        now, free = slabs(), meminfo("MemAvailable")
        grown = {name: (size - self.slabs.get(name, 0)) / count
                 for name, size in now.items()}
        return {"all": (self.free - free) / count, "slabs": sum(grown.values()),
                "caches": {n: round(g, 1) for n, g in grown.items() if g >= 4}}


def hold(name, count):
    """Growth per connection while so many are held, the far end's included."""
    way, threads = ways.WAYS[name], 1 if name == "tsocks" else 8
    with way.standing_up():
        grown = Growth()
        with rig.Holder(*way.command(GREET, "hold", "--count", count,
                                     "--threads", threads)) as holder:
            holder.hear()
            return grown.each(count)


def hold_contexts(count):
    with rig.module():
        grown = Growth()
        with rig.contexts(count):
            return grown.each(count)


def middle(runs):
    """Each figure's median over the runs."""
    names = set().union(*(run["caches"] for run in runs))
    return {"all": statistics.median(r["all"] for r in runs),
            "slabs": statistics.median(r["slabs"] for r in runs),
            "caches": {n: statistics.median(r["caches"].get(n, 0)
                                            for r in runs) for n in names}}


def measure(count, absent):
    flows = {}
    pair = [name for name in (BASE, OURS) if name not in absent]
    runs = {name: [] for name in pair}
    for _ in range(3):
        for name in pair:
            runs[name].append(hold(name, count))
    for name in pair:
        # The first time fills caches and tables that stay.
        flows[name] = middle(runs[name][1:])
    for name in (n for n in OTHERS if n not in absent):
        try:
            flows[name] = hold(name, count)
        except RuntimeError as error:
            flows[name] = {"failed": str(error)}
    out = {"connections": count, "flows": flows}
    if OURS in pair:
        hold_contexts(CONTEXTS)
        out["contexts"] = CONTEXTS
        out["context"] = hold_contexts(CONTEXTS)
    return out


def ours(held):
    """What mprox adds to a flow, in octets of slab objects."""
    flows = held.get("flows", {})
    if BASE in flows and OURS in flows:
        return flows[OURS]["slabs"] - flows[BASE]["slabs"]
    return None


def rows(held):
    """As text: what, octets in slab objects, octets of all."""
    for name, got in held["flows"].items():
        if "failed" in got:
            yield [name, "failed", ""]
        else:
            yield [name, f"{got['slabs']:,.0f}", f"{got['all']:,.0f}"]
    if ours(held) is not None:
        yield [f"{OURS} - {BASE}", f"{ours(held):,.0f}", ""]
    if "context" in held:
        yield ["a context", f"{held['context']['slabs']:,.0f}",
               f"{held['context']['all']:,.0f}"]


def caches(held):
    base, more = (held["flows"][name]["caches"] for name in (BASE, OURS))
    for name in sorted(set(base) | set(more)):
        grown = more.get(name, 0) - base.get(name, 0)
        if abs(grown) >= 4:
            yield name, grown


def table(held):
    if not held:
        return
    yield (f"memory per established flow, octets, {held['connections']} held, "
           "both ends of it")
    yield f"  {'way':20} {'slabs':>10} {'all':>10}"
    for name, slab, everything in rows(held):
        yield f"  {name:20} {slab:>10} {everything:>10}"
    if ours(held) is not None:
        for name, grown in caches(held):
            yield f"    {name:20} {grown:+8.1f}"
    yield ""


def markdown(held):
    yield "| way | octets in slab objects | octets in all |"
    yield "| --- | --- | --- |"
    for row in rows(held):
        yield "| " + " | ".join(row) + " |"


def verdict(held):
    more = ours(held)
    if more is not None:
        yield (f"{'met ' if more < LIMIT else 'MISS'}  memory     "
               f"{more:.0f} octets per flow, target {LIMIT}")
