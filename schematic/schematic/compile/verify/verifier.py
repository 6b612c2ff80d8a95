"""`verify`: all rules, at all places."""

from __future__ import annotations

from schematic.compile.endpoint import CompiledEndpoint
from schematic.compile.verify.alike import look_alike
from schematic.compile.verify.choices import mixed_choices
from schematic.compile.verify.findings import Finding, Severity
from schematic.compile.verify.keys import races, unbounded
from schematic.compile.verify.order import stuck, unreachable
from schematic.compile.verify.place import Place
from schematic.compile.verify.waits import waits

__all__ = ["verify"]

_RULES = (unreachable, stuck, look_alike, mixed_choices, unbounded, races)


def verify(
    endpoint: CompiledEndpoint, *, least: Severity = Severity.WARNING
) -> tuple[Finding, ...]:
    """Check the lifecycle of ``endpoint``; an empty answer means that nothing was found.

    Args:
        endpoint: what to check.
        least: how bad a finding has to be to be told. Notes are no faults, only to be known, so
            they have to be asked for.

    Returns:
        The connection's findings first, then those of each channel, then the waits.
    """
    table = endpoint.table
    places = [
        Place(endpoint, table),
        *(Place(endpoint, spec.table, number) for number, spec in enumerate(table.channels)),
    ]
    found = [finding for place in places for rule in _RULES for finding in rule(place)]
    found += waits(places)
    return tuple(finding for finding in found if finding.severity.reaches(least))
