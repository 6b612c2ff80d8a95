"""``schematic diff``: does a new version still get on with old peers?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from schematic.compile import compile_endpoint
from schematic.compile.diagram import to_sequence
from schematic.compile.diff import Difference, Effect, Peering, compatible
from schematic.compile.scenario import Said
from schematic.define import BoundEndpoint
from schematic_engine.cli.paper import Paper
from schematic_engine.cli.resolve import resolve_endpoints

__all__ = ["diff"]

_STYLES = {Effect.BREAKS: "bold red", Effect.IGNORED: "bold yellow"}


@dataclass(frozen=True, slots=True)
class _Pair:
    """An endpoint in both versions, or in one of them."""

    old: BoundEndpoint | None
    new: BoundEndpoint | None

    @property
    def name(self) -> str:
        named = self.new or self.old
        assert named is not None
        return named.name

    @property
    def is_compatible(self) -> bool:
        """Whether old peers go on as before. One that is new breaks nobody."""
        return self.old is None or (
            self.new is not None and all(one.is_compatible for one in self.peerings())
        )

    def peerings(self) -> tuple[Peering, ...]:
        """Both ways in which the versions meet; empty where one is missing."""
        if self.old is None or self.new is None:
            return ()
        return compatible(compile_endpoint(self.old), compile_endpoint(self.new))


@click.command(
    epilog="""\b
Examples:
  schematic diff old_api.py:my_api new_api.py:my_api
  schematic diff my_api.py:v1/Chat my_api.py:v2/Chat --format json | jq .endpoints
"""
)
@click.argument("old", metavar="OLD[/ENDPOINT]")
@click.argument("new", metavar="NEW[/ENDPOINT]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A report for people, or one for programs.",
)
@click.pass_context
def diff(context: click.Context, old: str, new: str, form: str) -> None:
    """Compare two versions of an API: does the new one still get on with old peers?

    An old client at a new server, and a new client at an old server: every message is judged by
    its receiver's description, and what breaks comes with the shortest conversation that shows it.
    Clients pass over messages that they do not know; such differences are told, and break nothing.
    Endpoints are matched by their ids; of one that is named on either side, the id does not matter.

    Exits with 0 if the versions are compatible, with 1 if they are not, and with 2 if there was
    nothing to compare.
    """
    pairs = list(_pairs(resolve_endpoints(old), resolve_endpoints(new)))
    if form == "json":
        report = {"endpoints": [_as_data(pair) for pair in pairs]}
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        paper = Paper()
        for number, pair in enumerate(pairs):
            if number:
                paper.line()
            _report(paper, pair)
    context.exit(0 if all(pair.is_compatible for pair in pairs) else 1)


def _pairs(old: tuple[BoundEndpoint, ...], new: tuple[BoundEndpoint, ...]) -> Iterator[_Pair]:
    if len(old) == len(new) == 1:
        yield _Pair(old[0], new[0])
        return
    later = {one.endpoint.id: one for one in new}
    for one in old:
        yield _Pair(one, later.pop(one.endpoint.id, None))
    for one in later.values():
        yield _Pair(None, one)


def _report(paper: Paper, pair: _Pair) -> None:
    if pair.new is None:
        paper.line(
            (pair.name, "bold"), ": ", ("gone", _STYLES[Effect.BREAKS]), " in the new version"
        )
    if pair.old is None:
        paper.line((pair.name, "bold"), ": only in the new version")
    for number, peering in enumerate(pair.peerings()):
        if number and peering.differences:
            paper.line()
        verdict = ("compatible", "bold green")
        if not peering.is_compatible:
            verdict = ("not compatible", _STYLES[Effect.BREAKS])
        who = f": {peering.client} client ↔ {peering.server} server: "
        paper.line(
            (pair.name, "bold"), who.replace("↔", "and" if paper.ascii_only else "↔"), verdict
        )
        for difference in peering.differences:
            _tell(paper, difference)


def _tell(paper: Paper, difference: Difference) -> None:
    effect = difference.effect
    paper.line()
    paper.line((effect.value, _STYLES[effect]), f" {difference.message}", indent=2)
    if difference.example.remark:
        paper.line()
        chart = to_sequence(difference.example, ascii_only=paper.ascii_only)
        for line in chart.split("\n"):
            paper.line(line, indent=6)


def _as_data(pair: _Pair) -> dict[str, Any]:
    return {
        "endpoint": pair.name,
        "in": [name for name, one in (("old", pair.old), ("new", pair.new)) if one is not None],
        "compatible": pair.is_compatible,
        "peerings": [
            {
                "client": peering.client,
                "server": peering.server,
                "compatible": peering.is_compatible,
                "differences": [
                    {
                        "effect": one.effect.value,
                        "subject": one.subject,
                        "message": one.message,
                        "conversation": [
                            {"said_by": step.side.value, "message": step.message, "key": step.key}
                            if isinstance(step, Said)
                            else {"heard_by": step.side.value}
                            for step in one.example.steps
                        ],
                    }
                    for one in peering.differences
                ],
            }
            for peering in pair.peerings()
        ],
    }
