"""The pictures: lines over logarithmic axes, in colours that a dark page shows as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.growth import Curve
from benchmarks.measure import Measured

__all__ = ["draw"]

_INK = "#7d8590"
_COLOURS = ("#d9480f", "#1c7ed6", "#2b9a3e", "#9c51e0")
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "schematic",  # the same picture from the same figures
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.25,
}


def draw(curve: Curve, points: dict[str, Measured], folder: Path) -> None:
    """Writes the picture of a curve into ``folder``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 4.0), layout="constrained")
        axes = figure.add_subplot()
        places = [float(point) for point in points]
        peers = next(iter(points.values())).figures
        for peer, colour in zip(peers, _COLOURS, strict=False):
            heights = [measured.median(peer) for measured in points.values()]
            axes.plot(places, heights, label=peer, color=colour, marker="o", markersize=4)
        axes.set_xscale("log")
        axes.set_xticks(places, list(map(_short, places)))
        if curve.steep:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel(curve.axis)
        axes.set_ylabel("µs for one message")
        axes.grid(visible=True)
        figure.legend(loc="outside upper left", ncols=2, frameon=False)
        folder.mkdir(exist_ok=True)
        figure.savefig(folder / f"{curve.name}.svg", transparent=True, metadata={"Date": None})


def _short(value: float) -> str:
    for power, name in ((20, " Mi"), (10, " Ki")):
        if value >= 1 << power and value % (1 << power) == 0:
            return f"{value / (1 << power):g}{name}"
    return f"{value:,g}"
