"""Conformance: does recorded traffic keep the order of messages that an endpoint describes?

`examine` judges a whole recording, `Judge` one connection as it goes by, `Report` shows what was
found. The command is ``schematic check``.
"""

from __future__ import annotations

from schematic_engine.conformance.examine import Trace, examine
from schematic_engine.conformance.findings import Finding, Verdict
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.report import Report, Unusable
from schematic_engine.conformance.rules import RULES, Rule, Severity
from schematic_engine.conformance.trace import BadLine, Record, RecordKind, read_trace

__all__ = [
    "RULES",
    "BadLine",
    "Finding",
    "Judge",
    "Record",
    "RecordKind",
    "Report",
    "Rule",
    "Severity",
    "Trace",
    "Unusable",
    "Verdict",
    "examine",
    "read_trace",
]
