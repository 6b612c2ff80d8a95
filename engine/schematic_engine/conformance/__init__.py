"""Conformance: does recorded traffic keep the order of messages that an endpoint describes?

`examine` judges a whole recording of JSON Lines, and `examine_records` one of any kind that
`read_source` reads. `Judge` judges one connection as it goes by, `Report` shows what was found.
With a `Catalog`, each connection finds its endpoint by itself. The command is ``schematic check``.
"""

from __future__ import annotations

from schematic_engine.conformance.catalog import Catalog
from schematic_engine.conformance.examine import examine, examine_records
from schematic_engine.conformance.findings import Because, Finding, Repair, Verdict
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.reports.junit import to_junit
from schematic_engine.conformance.reports.page import to_html
from schematic_engine.conformance.reports.report import Report, Unusable
from schematic_engine.conformance.reports.sarif import to_sarif
from schematic_engine.conformance.rules import RULES, Rule, Severity
from schematic_engine.conformance.shown import Trace
from schematic_engine.conformance.sources import Format, UnreadableSourceError, read_source
from schematic_engine.conformance.trace import BadLine, Record, RecordKind, read_trace
from schematic_engine.conformance.vantage import Vantage

__all__ = [
    "RULES",
    "BadLine",
    "Because",
    "Catalog",
    "Finding",
    "Format",
    "Judge",
    "Record",
    "RecordKind",
    "Repair",
    "Report",
    "Rule",
    "Severity",
    "Trace",
    "UnreadableSourceError",
    "Unusable",
    "Vantage",
    "Verdict",
    "examine",
    "examine_records",
    "read_source",
    "read_trace",
    "to_html",
    "to_junit",
    "to_sarif",
]
