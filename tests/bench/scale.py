# SPDX-License-Identifier: GPL-2.0-or-later
"""What a connect and a flow cost as they get many: tens of thousands of flows in
one context, a thousand contexts, and both at once."""
import statistics
import time

import rig
import ways
from memory import Growth
from rig import ECHO

# The client's own connections with their entries, and ours.
BASE, OURS = "socks+ct", "mprox"
FEW = 10			# flows; where it is measured first,
PARTS = 0.1, 0.4, 0.7, 1	# and at these parts of the most
MANY = 100			# enough of anything to be seen in the kernel's memory
IDLE_SECONDS = 6	# "Idleness" in BENCHMARKS.md.in
# All flows have the same two addresses and go to one port. What holds them takes
# these ports itself, since the kernel looks for one the longer the fewer are left;
# what is measured beside them has the rest.
FIRST_PORT = 10000
PORTS = "net.ipv4.ip_local_port_range"
REST, USUAL = "60001 65535", "32768 60999"


def nobody_waits():
    """Of those that closed their connections before: their ports are free."""
    rig.until(lambda: not rig.sh(
        *rig.within("app", "ss", "-Htn", "state", "time-wait"),
        capture_output=True).stdout, "connections in TIME-WAIT", 90)


def idle():
    """CPU seconds per second, of everything, while nobody does anything."""
    busy, start = rig.busy_seconds(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return (rig.busy_seconds() - busy) / (time.monotonic() - start)


def probe(way, seconds):
    """A connect, and a packet to and fro, beside what is held."""
    rate = way.run(ECHO, "--seconds", seconds, "rate")
    turns = way.run(ECHO, "--seconds", seconds, "ping-pong")
    return {"connects": rate["rate"],
            "connect us": rate["busy"] / max(rate["connections"], 1) * 1e6,
            "turns": turns["rate"]}


def each(grown, count, before=None):
    """What each of so many keeps, and does when idle if what the machine did
    before is known; of a few it cannot be told from the rest."""
    if count < MANY:
        return {}
    out = {"octets": grown.each(count)["slabs"]}
    if before is not None:
        out["idle us"] = (idle() - before) / count * 1e6
    return out


def more_flows(name, most, seconds):
    """One round: the flows of one program become more and more."""
    way, points = ways.WAYS[name], []
    with way.standing_up():
        before = idle()
        grown = Growth()
        with rig.Holder(*way.command(ECHO, "hold", "--count", 0, "--from",
                                     FIRST_PORT, "--threads", 8)) as holder:
            holder.hear()
            for held in (FEW, *(int(most * part) for part in PARTS)):
                more = held - (points[-1]["flows"] if points else 0)
                took = holder.ask(more)
                points.append({
                    "flows": held, "opened": more / took["seconds"],
                    "open us": took["busy"] / more * 1e6,
                    **each(grown, held, before), **probe(way, seconds)})
    return points


def more_contexts(most, seconds):
    """Idle ones, of which no packet of the client is."""
    points = []
    for count in sorted({0, 1, most // 100, most // 10, most}):
        with rig.module():
            grown = Growth()
            with rig.contexts(count) as made:
                point = {"contexts": count}
                if count:
                    point.update(each(grown, count))
                    point["make us"] = made["busy"] / count * 1e6
                points.append({**point, **probe(ways.WAYS[OURS], seconds)})
    return points


def everything(contexts, flows, seconds):
    """All contexts with an equal share of all flows, each in its own process."""
    share = flows // contexts
    with rig.module():
        before = idle()
        grown = Growth()
        with rig.contexts(contexts, share, FIRST_PORT) as made:
            return {"contexts": contexts, "flows": contexts * share,
                    "opened": contexts * share / made["seconds"],
                    "octets": grown.each(contexts * share)["slabs"],
                    "idle": idle(), "idle before": before,
                    **probe(ways.WAYS[OURS], seconds)}


def middle(rounds):
    """The medians of rounds of the same points."""
    return [{key: statistics.median(point[key] for point in points)
             for key in points[0]} for points in zip(*rounds)]


def measure(args, absent, say):
    names = [name for name in (BASE, OURS) if name not in absent]
    flows = {name: [] for name in names}
    out = {"flows": {}}
    nobody_waits()
    rig.set_sysctl(PORTS, REST)
    try:
        for _ in range(max(1, args.rounds // 2)):
            for name in names:
                flows[name].append(more_flows(name, args.flows, args.seconds))
                say(f"scale: {args.flows} flows, {name}, done")
        if OURS in names:
            out["contexts"] = more_contexts(args.contexts, args.seconds)
            say("scale: contexts done")
            out["everything"] = everything(args.contexts, args.flows,
                                           args.seconds)
    finally:
        rig.set_sysctl(PORTS, USUAL)
    out["flows"] = {name: middle(rounds) for name, rounds in flows.items()}
    out["rounds"] = max(1, args.rounds // 2)
    return out


# What is told of a point: its name, and how it is written
FLOWS = {"flows": "flows held", "opened": "opened, 1/s",
         "open us": "CPU us to open one", "octets": "octets of slab objects each",
         "idle us": "CPU us each, per second of idleness",
         "connects": "connects beside them, 1/s",
         "connect us": "CPU us for one of those",
         "turns": "packets to and fro beside them, 1/s"}
CONTEXTS = {"contexts": "contexts", "make us": "CPU us to make one",
            **{key: FLOWS[key] for key in ("octets", "connects", "connect us",
                                           "turns")}}


def written(value):
    return "" if value is None else \
        f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def lines(points, names):
    for key, name in names.items():
        yield [name] + [written(point.get(key)) for point in points]


def parts(grown):
    """Each table of it: a title, and rows of text."""
    for name, points in grown.get("flows", {}).items():
        yield f"flows of one program, {name}", list(lines(points, FLOWS))
    if "contexts" in grown:
        yield "idle contexts, mprox", list(lines(grown["contexts"], CONTEXTS))
    if "everything" in grown:
        point = grown["everything"]
        names = {"contexts": "contexts", **FLOWS,
                 "idle": "CPU seconds per second of idleness",
                 "idle before": "the same before"}
        yield "both at once, mprox", [row for row in lines([point], names)
                                      if row[1]]


def table(grown):
    for title, rows in parts(grown):
        yield title
        for name, *cells in rows:
            yield f"  {name:38}" + "".join(f" {cell:>10}" for cell in cells)
        yield ""


def markdown(grown):
    for title, rows in parts(grown):
        yield f"{title[0].upper()}{title[1:]}:"
        yield ""
        for i, row in enumerate(rows):
            yield "| " + " | ".join(row) + " |"
            if not i:
                yield "| " + " | ".join("---" for _ in row) + " |"
        yield ""
