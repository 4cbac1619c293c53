# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rounds amount to: medians, ratios within a round, spread."""
import statistics

from figures import FIGURES, TARGETS, baseline

# What else a measurement tells, and of how much of what.
COSTS = {"Mbit/s": "CPU s/GiB", "1/s": "CPU us each", "ms": "p99, ms"}


def percentiles(times):
    """Of one round's delays, in ms: the median and that of one in a hundred."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49] / 1000, cuts[98] / 1000


def cost(got):
    """Whoever spent it: the machine's CPU time, for one of what was measured."""
    if "p99" in got:
        return got["p99"]
    if "busy" not in got:
        return None
    if "bytes" in got:
        return got["busy"] / got["bytes"] * 2 ** 30 if got["bytes"] else None
    count = got.get("connections", got.get("turns"))
    return got["busy"] / count * 1e6 if count else None


def present(values):
    return [v for v in values if v is not None]


def spread(values, digits):
    """The median, the least and the most."""
    values = present(values)
    if not values:
        return None
    return [round(v, digits) for v in
            (statistics.median(values), min(values), max(values))]


def rates(rounds):
    return [got["rate"] if got else None for got in rounds]


def ratio(rounds, base_rounds):
    """Within each round, and then over the rounds."""
    pairs = zip(rates(rounds), rates(base_rounds))
    return spread([a / b if a is not None and b else None for a, b in pairs], 3)


def condense(results):
    """Of each figure and way: rate, ratio to its base in the same round, cost."""
    out = {}
    for name, by_way in results.items():
        out[name] = {"unit": FIGURES[name].unit, "ways": {}}
        for way in (w for w in FIGURES[name].ways if w in by_way):
            rounds, base = by_way[way], baseline(way)
            out[name]["ways"][way] = {
                "rate": spread(rates(rounds), 3), "base": base,
                "rounds": len(present(rates(rounds))),
                "ratio": ratio(rounds, by_way.get(base, [])),
                "cost": spread([cost(got) if got else None
                                for got in rounds], 3)}
    return out


def round_trips(figures):
    """What a link of 20 ms adds to a delay, in round trips."""
    for what in "connect()", "first octet":
        near, far = (figures.get(f"{what} at {rtt} ms", {"ways": {}})["ways"]
                     for rtt in (0, 20))
        for way in far:
            if way in near and far[way]["rate"] and near[way]["rate"]:
                yield what, way, (far[way]["rate"][0] -
                                  near[way]["rate"][0]) / 20


def targets(results):
    for name, way, base, least in TARGETS:
        by_way = results.get(name, {})
        got = ratio(by_way.get(way, []), by_way.get(base, []))
        if got:
            yield {"figure": name, "way": way, "base": base, "ratio": got,
                   "target": least, "met": got[0] >= least}


def aims(aimed):
    """What was aimed at, as Markdown."""
    yield "| figure | way | ratio | spread | aim | |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for t in aimed:
        median, least, most = t["ratio"]
        yield (f"| {t['figure']} | {t['way']} ÷ {t['base']} | {median:.3f} | "
               f"{least:.3f} to {most:.3f} | {t['target']} | "
               f"{'met' if t['met'] else 'missed'} |")


def rounds(run):
    count = run["rounds"]
    return f"{count} round{'s' * (count != 1)} of {run['seconds']:g} s"


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def rows(figure):
    """As text: way, median, least, most, cost, ratio, its spread."""
    for way, got in figure["ways"].items():
        if not got["rate"]:
            yield [way, "failed", "", "", "", "", ""]
            continue
        row = [way, *map(number, got["rate"]),
               number(got["cost"][0]) if got["cost"] else ""]
        if got["ratio"] and way != got["base"]:
            ratio, least, most = got["ratio"]
            row += [f"{ratio:.3f} of {got['base']}",
                    f"{least:.3f} to {most:.3f}"]
        yield row + [""] * (7 - len(row))


def text(figures):
    for name, figure in figures.items():
        yield f"{name}, {figure['unit']}"
        yield (f"  {'way':18} {'median':>10} {'min':>10} {'max':>10} "
               f"{COSTS[figure['unit']]:>12}   ratio")
        for way, median, least, most, costs, against, between in rows(figure):
            tail = f"{against}, {between}" if against else ""
            yield (f"  {way:18} {median:>10} {least:>10} {most:>10} "
                   f"{costs:>12}   {tail}")
        yield ""
    for what, way, trips in round_trips(figures):
        yield f"round trips until {what:12} {way:14} {trips:6.2f}"


def markdown(figure):
    yield (f"| way | {figure['unit']} | spread | {COSTS[figure['unit']]} | "
           "ratio | spread |")
    yield "| --- | --- | --- | --- | --- | --- |"
    for way, median, least, most, costs, against, between in rows(figure):
        yield (f"| {way} | {median} | {least} to {most} | {costs} | "
               f"{against} | {between} |")
