# SPDX-License-Identifier: GPL-2.0-or-later
"""A run's figures, drawn: one SVG for each group."""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none",
                            "font.family": "sans-serif", "font.size": 9,
                            "axes.spines.top": False, "axes.grid": True,
                            "axes.spines.right": False, "grid.alpha": 0.3,
                            "axes.axisbelow": True})
from matplotlib import pyplot  # noqa: E402

OURS, CLIENT, PLAIN, OTHERS = "#c0392b", "#34495e", "#95a5a6", "#7f9bb3"
MARKS = "osv^D<>ph*"


def colour(way):
    return OURS if way.startswith("mprox") else \
        CLIENT if way.startswith("socks") and way != "socksify" else \
        PLAIN if way.startswith("direct") else OTHERS


def bars(axes, title, figure, field, label):
    """One bar for each way, with its spread."""
    ways = {way: got[field] for way, got in figure["ways"].items() if got[field]}
    middle = [v[0] for v in ways.values()]
    axes.barh(list(ways), middle, color=[colour(way) for way in ways],
              xerr=[[v[0] - v[1] for v in ways.values()],
                    [v[2] - v[0] for v in ways.values()]],
              error_kw={"elinewidth": 1, "ecolor": "black"})
    axes.invert_yaxis()
    axes.set_title(title)
    axes.set_xlabel(label)


def lines(axes, series, title, across, label, log=True):
    """{way: [(x, y), ...]}"""
    for i, (way, points) in enumerate(series.items()):
        axes.plot(*zip(*points), marker=MARKS[i % len(MARKS)], markersize=4,
                  label=way, color=colour(way) if colour(way) != OTHERS else None,
                  linestyle="--" if "+" in way else "-")
    if log:
        axes.set_xscale("log")
        axes.set_xticks(sorted({x for p in series.values() for x, _ in p}))
        axes.get_xaxis().set_major_formatter("{x:g}")
        axes.minorticks_off()
    heights = [y for points in series.values() for _, y in points if y]
    axes.set_ylim(min([0, *heights]) * 1.1, max([0.001, *heights]) * 1.1)
    axes.set_title(title)
    axes.set_xlabel(across)
    axes.set_ylabel(label)
    if series:
        axes.legend(fontsize=7)


def panels(count, wide=2, high=3.2):
    rows = -(-count // wide)
    sheet, axes = pyplot.subplots(rows, wide, squeeze=False,
                                  figsize=(4.8 * wide, high * rows))
    flat = list(axes.flat)
    for unused in flat[count:]:
        unused.set_visible(False)
    return sheet, flat


def by_number(figures, prefix, field="rate"):
    """The figures "PREFIX NUMBER", as lines."""
    series = {}
    for name, figure in figures.items():
        start, _, last = name.rpartition(" ")
        if start != prefix:
            continue
        for way, got in figure["ways"].items():
            if got[field]:
                series.setdefault(way, []).append((int(last), got[field][0]))
    return series


def barred(figures, field, label):
    sheet, axes = panels(len(figures))
    for at, (name, figure) in zip(axes, figures.items()):
        bars(at, name, figure, field, label)
    return sheet


def draw_bulk(run):
    figures = run["figures"]
    yield "bulk", barred(figures, "ratio", "÷ the client speaking SOCKS5 itself")
    yield "cpu", barred(figures, "cost", "CPU seconds per GiB, both ends")


def draw_packet(run):
    yield "packet", barred(run["figures"], "ratio",
                           "÷ the client speaking SOCKS5 itself")


def draw_rate(run):
    kinds = {"connect": "not blocking", "blocking": "blocking, in threads",
             "greeted": "until the first octet"}
    sheet, axes = panels(3, wide=3)
    for at, (prefix, title) in zip(axes, kinds.items()):
        lines(at, by_number(run["figures"], prefix), title, "at a time",
              "connects per second")
    yield "rate", sheet


def draw_delay(run):
    slow = {name: figure for name, figure in run["figures"].items()
            if name.endswith(" 20 ms")}
    sheet, axes = panels(len(slow))
    for at, (name, figure) in zip(axes, slow.items()):
        bars(at, name, figure, "rate", "ms, the median; a dot: p99")
        ways = {w: g["cost"][0] for w, g in figure["ways"].items() if g["cost"]}
        at.plot(list(ways.values()), list(ways), "k.", markersize=4)
    yield "delay", sheet


def draw_memory(run):
    flows = {name: got for name, got in run["memory"].get("flows", {}).items()
             if "failed" not in got}
    sheet, axes = panels(2)
    for at, field, title in zip(axes, ("slabs", "all"), (
            "in slab objects", "in all, processes included")):
        at.barh(list(flows), [got[field] for got in flows.values()],
                color=[colour(way) for way in flows])
        at.invert_yaxis()
        at.set_title(title)
        at.set_xlabel("octets per established flow, both ends")
    yield "memory", sheet


def of_flows(run, key):
    return {way: [(point["flows"], point[key]) for point in points
                  if key in point]
            for way, points in run["scale"].get("flows", {}).items()}


def draw_scale(run):
    crowd = run["figures"]
    contexts = run["scale"].get("contexts", [])
    sheet, axes = panels(6)
    lines(axes[0], by_number(crowd, "crowd"), "connects per second",
          "connects at a time", "1/s")
    lines(axes[1], by_number(crowd, "crowd", "cost"), "what one costs",
          "connects at a time", "CPU µs, both ends")
    for at, key, title, label in (
            (axes[2], "connect us", "a connect beside them", "CPU µs, both ends"),
            (axes[3], "octets", "what one keeps", "octets of slab objects"),
            (axes[4], "idle us", "what one costs that does nothing",
             "CPU µs per second")):
        lines(at, of_flows(run, key), title, "flows held", label, log=False)
    lines(axes[5], {"mprox": [(max(p["contexts"], 0.1), p["connect us"])
                              for p in contexts]} if contexts else {},
          "a connect beside idle contexts", "contexts (0.1: none)",
          "CPU µs, both ends")
    yield "scale", sheet


DRAW = {"bulk": draw_bulk, "packet": draw_packet, "rate": draw_rate,
        "delay": draw_delay, "memory": draw_memory, "scale": draw_scale}


def save(run, directory, prefix=""):
    """The names of the files that the run's group has made."""
    for name, sheet in DRAW.get(run["group"], lambda _: [])(run):
        sheet.suptitle(run["title"], fontsize=8, color="gray")
        sheet.tight_layout()
        path = directory / f"{prefix}{name}.svg"
        sheet.savefig(path, metadata={"Date": None})
        pyplot.close(sheet)
        yield path.name
