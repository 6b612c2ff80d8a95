"""`verify`: all rules, at all places."""

from __future__ import annotations

from dataclasses import replace

from schematic.compile.endpoint import CompiledEndpoint
from schematic.compile.narrowed import narrowings
from schematic.compile.verify.alike import look_alike
from schematic.compile.verify.choices import mixed_choices, openings_that_cross
from schematic.compile.verify.findings import Finding, Severity
from schematic.compile.verify.keys import races, unbounded
from schematic.compile.verify.order import stuck, unreachable
from schematic.compile.verify.place import Place
from schematic.compile.verify.waits import waits

__all__ = ["verify"]

_RULES = (unreachable, stuck, look_alike, mixed_choices, openings_that_cross, unbounded, races)


def verify(
    endpoint: CompiledEndpoint, *, least: Severity = Severity.WARNING
) -> tuple[Finding, ...]:
    """Check the lifecycle of ``endpoint``; an empty answer means that nothing was found.

    Args:
        endpoint: what to check.
        least: how bad a finding has to be to be told. Notes are no faults, only to be known, so
            they have to be asked for.

    Messages that exist with some parameters only are looked at in every combination that there
    can be, so that two of which a connection has one are not taken for alike.

    Returns:
        The connection's findings first, then those of each channel, then the waits.
    """
    ways = narrowings(endpoint)
    found: dict[tuple[str, str], Finding] = {}
    where: dict[tuple[str, str], set[str]] = {}
    for words, narrowed in ways:
        for finding in _found(narrowed):
            same = (finding.rule, finding.message)
            found.setdefault(same, finding)
            where.setdefault(same, set()).add(words)
    return tuple(
        finding if len(where[same]) == len(ways) else _only_with(finding, ways, where[same])
        for same, finding in found.items()
        if finding.severity.reaches(least)
    )


def _found(endpoint: CompiledEndpoint) -> list[Finding]:
    connection = Place(endpoint, endpoint.table)
    outer = connection.inner
    places = [connection, *outer, *(inner for place in outer for inner in place.inner)]
    found = [finding for place in places for rule in _RULES for finding in rule(place)]
    found += waits(places)
    return found


def _only_with(
    finding: Finding, ways: tuple[tuple[str, CompiledEndpoint], ...], where: set[str]
) -> Finding:
    """A finding that holds on connections with some parameters only."""
    words = next(words for words, _ in ways if words in where)
    return replace(finding, message=f"with {words}: {finding.message}")
