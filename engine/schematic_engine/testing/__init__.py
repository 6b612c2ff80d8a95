"""Faulty networks, for tests of whatever talks over them: in memory, and on sockets."""

from schematic_engine.testing.faults import (
    Chop,
    Corrupt,
    Cut,
    Delay,
    Fault,
    Garbage,
    HalfClose,
    HalfOpen,
    Plan,
    Reset,
    Stall,
    Strike,
)
from schematic_engine.testing.line import Line, Stream
from schematic_engine.testing.link import End, Link
from schematic_engine.testing.proxy import FaultProxy

__all__ = [
    "Chop",
    "Corrupt",
    "Cut",
    "Delay",
    "End",
    "Fault",
    "FaultProxy",
    "Garbage",
    "HalfClose",
    "HalfOpen",
    "Line",
    "Link",
    "Plan",
    "Reset",
    "Stall",
    "Stream",
    "Strike",
]
