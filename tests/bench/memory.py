# SPDX-License-Identifier: GPL-2.0-or-later
"""What an established flow keeps in memory."""
import json
import statistics
import subprocess
import time

import ways

# The client by itself, with conntrack at work: what is not ours.
BASE, OURS = "socks+ct", "mprox+ct"
LIMIT = 512	# octets of slab objects per established flow


def slabs():
    """Bytes in objects by cache. A merged cache goes by another's name."""
    out = {}
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in file.readlines()[2:]:
            name, active, _, size = line.split()[:4]
            out[name] = int(active) * int(size)
    return out


def available():
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no MemAvailable")


def settle():
    """Frees what waits for an RCU grace period or a shrinker."""
    time.sleep(1)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3\n")
    time.sleep(0.5)


def hold(way, count):
    """Growth per connection while so many are held."""
    with way.standing_up():
        settle()
        before, free = slabs(), available()
        holder = subprocess.Popen(
            way.command(ways.ECHO, "hold", "--count", count),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            json.loads(holder.stdout.readline())
            settle()
            after, left = slabs(), available()
        finally:
            holder.communicate()
    grown = {name: (size - before.get(name, 0)) / count
             for name, size in after.items()}
    return {"all": (free - left) / count, "slabs": sum(grown.values()),
            "caches": {n: round(g, 1) for n, g in grown.items() if g >= 4}}


def middle(runs):
    """Each figure's median over the runs."""
    names = set().union(*(run["caches"] for run in runs))
    return {"all": statistics.median(r["all"] for r in runs),
            "slabs": statistics.median(r["slabs"] for r in runs),
            "caches": {n: statistics.median(r["caches"].get(n, 0)
                                            for r in runs) for n in names}}


def measure(count, absent):
    out = {"connections": count}
    names = [name for name in (BASE, OURS) if name not in absent]
    runs = {name: [] for name in names}
    for _ in range(4):
        for name in names:
            runs[name].append(hold(ways.WAYS[name], count))
    for name in names:
        # The first time fills caches and tables that stay.
        out[name] = middle(runs[name][1:])
    return out


def table(held):
    if BASE not in held:
        return
    yield f"memory per established flow, octets, {held['connections']} held"
    yield f"  {'way':14} {'slabs':>10} {'all':>10}"
    for name in BASE, OURS:
        if name in held:
            yield (f"  {name:14} {held[name]['slabs']:10.0f}"
                   f" {held[name]['all']:10.0f}")
    if OURS in held:
        ours, base = held[OURS], held[BASE]
        yield (f"  {'ours':14} {ours['slabs'] - base['slabs']:10.0f}"
               f" {ours['all'] - base['all']:10.0f}")
        for name in sorted(set(ours["caches"]) | set(base["caches"])):
            more = ours["caches"].get(name, 0) - base["caches"].get(name, 0)
            if abs(more) >= 4:
                yield f"    {name:20} {more:+8.1f}"
    yield ""


def verdict(held):
    if OURS in held and BASE in held:
        more = held[OURS]["slabs"] - held[BASE]["slabs"]
        yield (f"{'met ' if more < LIMIT else 'MISS'}  memory     "
               f"{more:.0f} octets per flow, target {LIMIT}")
