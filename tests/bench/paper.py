# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures of scale would come to on a server, if nothing bent."""

CORES = 32
CROWD = "crowd 100"
BASE, OURS = "socks+ct", "mprox"


def cost(run, way):
    """CPU us of a connect, both ends, 100 at a time; None: not measured."""
    got = run["figures"].get(CROWD, {"ways": {}})["ways"].get(way)
    return got["cost"][0] if got and got["cost"] else None


def last(run, way, key):
    points = run["scale"].get("flows", {}).get(way)
    return points[-1][key] if points else None


def connects(run):
    base, ours = cost(run, BASE), cost(run, OURS)
    if base and ours:
        yield ("a connect, with client and far end", f"{ours:,.0f} us",
               f"{CORES / ours * 1e6:,.0f} per second")
        yield (f"against {BASE}", f"{ours - base:+,.0f} us",
               f"{(ours - base) / base:+.0%} of the time")


def flows(run):
    ours, base = (last(run, way, "octets") for way in (OURS, BASE))
    if ours and base:
        yield ("slab objects of a flow, both ends", f"{ours:,.0f} octets",
               f"{ours / 1e3:,.1f} GB for a million flows")
        yield (f"against {BASE}", f"{ours - base:+,.0f} octets",
               f"{(ours - base) / 1e3:+,.2f} GB")
    ours, base = (last(run, way, "idle us") for way in (OURS, BASE))
    if ours is not None and base is not None:
        each = max(ours - base, 0)
        yield ("a flow that does nothing, each second", f"{each:.3g} us",
               f"{each:.3g} CPUs for a million flows")


def markdown(runs):
    """From counted instructions: an emulator's clock would say nothing."""
    counted = [run for run in runs.get("scale", [])
               if run["host"].get("icount") == "yes"]
    if not counted:
        yield "*Wants `tests/bench/vm --icount --only scale`.*"
        return
    run = counted[0]
    yield f"*From: {run['title']}.*"
    yield ""
    yield f"| | measured | {CORES} cores |"
    yield "| --- | --- | --- |"
    for row in (*connects(run), *flows(run)):
        yield "| " + " | ".join(row) + " |"
