"""The colours and letters of SVG pictures, for light and dark surroundings.

Colours are written out in each rule: viewers outside browsers do not know custom properties, and
would draw everything black.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["style_sheet"]

_LETTERS = """
.schematic text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",\
"Liberation Mono",monospace}
.schematic .heading{font-size:15px;font-weight:600;text-anchor:middle}
.schematic .phase{font-weight:700;letter-spacing:.2px}
.schematic .note{font-style:italic}
.schematic .label,.schematic .aside{font-size:12px;text-anchor:middle}
.schematic .label.wide{text-anchor:start}
.schematic .foot{font-size:12px;text-anchor:middle}
.schematic .fact{font-size:12px}
.schematic .chip-text{font-weight:600;text-anchor:middle}
.schematic .badge-text{font-size:11px;font-weight:700;text-anchor:middle}
.schematic tspan{font-weight:600}
.schematic .line{fill:none;stroke-width:1.5}
.schematic .card{stroke-width:1.2}
.schematic .panel{stroke-width:1.2;stroke-dasharray:5 4}
.schematic .chip{stroke-width:1}
.schematic .now .card{stroke-width:2.5}
.schematic .ring{fill:none;stroke-width:1.5}
"""

_FILLS = {
    "paper": (".paper",),
    "panel": (".panel",),
    "chip": (".chip",),
    "channel": (".chip-text",),
    "card": (".card",),
    "ink": (".heading", ".phase", ".say", ".label", ".dot"),
    "muted": (".note", ".aside", ".foot", ".fact", ".head.either"),
    "client": ("tspan.client", ".head.client"),
    "server": ("tspan.server", ".head.server"),
    "initializing": (".initializing .stripe", ".initializing .badge"),
    "streaming": (".streaming .stripe", ".streaming .badge"),
    "closing": (".closing .stripe", ".closing .badge"),
    "ended": (".ended .stripe", ".ended .badge"),
    "on-badge": (".badge-text",),
}

_STROKES = {
    "edge": (".card",),
    "channel": (".chip", ".panel"),
    "muted": (".line.either",),
    "client": (".line.client",),
    "server": (".line.server",),
    "ink": (".ring",),
    "initializing": (".initializing.now .card",),
    "streaming": (".streaming.now .card",),
    "closing": (".closing.now .card",),
    "ended": (".ended.now .card",),
}

_LIGHT = {
    "paper": "#fafbfc",
    "panel": "#f3f8f8",
    "chip": "#dff1f1",
    "channel": "#0b6f75",
    "card": "#ffffff",
    "edge": "#c9d1dc",
    "ink": "#1d2530",
    "muted": "#66717f",
    "client": "#1f5fd0",
    "server": "#a8326f",
    "initializing": "#c77700",
    "streaming": "#218a52",
    "closing": "#7c4fc4",
    "ended": "#66717f",
    "on-badge": "#ffffff",
}

_DARK = {
    "paper": "#10151c",
    "panel": "#121b21",
    "chip": "#143338",
    "channel": "#63c9cf",
    "card": "#19212b",
    "edge": "#3a4656",
    "ink": "#e6ebf2",
    "muted": "#98a4b3",
    "client": "#7fb0ff",
    "server": "#f08fc0",
    "initializing": "#f0b04a",
    "streaming": "#5fcf93",
    "closing": "#b996f5",
    "ended": "#98a4b3",
    "on-badge": "#10151c",
}


def style_sheet() -> str:
    """The rules, all below the class ``schematic``, so that a page around them is not touched."""
    return (
        f"{_LETTERS}{_colours(_LIGHT)}@media (prefers-color-scheme:dark){{\n{_colours(_DARK)}}}\n"
    )


def _colours(palette: Mapping[str, str]) -> str:
    return "".join(
        f"{','.join(f'.schematic {place}' for place in places)}{{{attribute}:{palette[name]}}}\n"
        for attribute, rules in (("fill", _FILLS), ("stroke", _STROKES))
        for name, places in rules.items()
    )
