"""Probing: property-based testing of somebody else's server or client, from the definition alone.

`probe_server` holds legal conversations of every shape with a server, and such with one illegal
step, and reports what was answered otherwise than described; `probe_client` does so with a client.
The command is ``schematic probe``.
It needs Hypothesis, which the extra ``probe`` installs.
"""

from __future__ import annotations

from schematic_engine.probing.planning.coverage import Coverage, Transition
from schematic_engine.probing.planning.plan import Flaw, Plan, Say, Wrong
from schematic_engine.probing.probe import probe_client, probe_server
from schematic_engine.probing.reporting.report import ProbeFinding, ProbeReport, Tally
from schematic_engine.probing.rules import PROBE_RULES
from schematic_engine.probing.search import Unreachable
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.talking.outcome import Evidence, Fate

__all__ = [
    "PROBE_RULES",
    "Coverage",
    "Evidence",
    "Fate",
    "Flaw",
    "Plan",
    "ProbeFinding",
    "ProbeReport",
    "ProbeSettings",
    "Say",
    "Tally",
    "Transition",
    "Unreachable",
    "Wrong",
    "probe_client",
    "probe_server",
]
