"""``schematic show``: an API as it is described."""

from __future__ import annotations

from collections.abc import Sequence

import click

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.diagram import closing_rows, closing_sentence, rule_words, to_text
from schematic.compile.diagram.wording import channel_facts
from schematic.compile.reference import (
    auth_in_words,
    marks_of,
    param_in_words,
    timers_in_words,
    to_page,
)
from schematic.compile.table import ChannelTable
from schematic.define import (
    Channel,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    ParamLocation,
    Side,
)
from schematic_engine.cli.bodies import body_fields, body_summary
from schematic_engine.cli.paper import Paper, clean, standard_output
from schematic_engine.cli.resolve import resolve_endpoints

__all__ = ["show"]

_MANY_CHOICES = 8


@click.command(
    epilog="""\b
Examples:
  schematic show elevenlabs
  schematic show my_api.py:my_api/Chat
  schematic show my_api.py:my_api --format markdown > my_api.md
"""
)
@click.argument("reference", metavar="NAME[/ENDPOINT]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    help="What to write: text for a terminal, or pages of a document.",
)
def show(reference: str, form: str) -> None:
    """Show an API as it is described.

    For each endpoint: where it is, how to authenticate, its parameters, its messages with their
    fields, and the order in which they may be sent.
    """
    endpoints = [compile_endpoint(bound) for bound in resolve_endpoints(reference)]
    if form == "markdown":
        click.echo("\n".join(map(to_page, endpoints)), nl=False, file=standard_output())
        return
    paper = Paper()
    for number, endpoint in enumerate(endpoints):
        if number:
            paper.line()
        lifecycle = endpoint.endpoint.lifecycle
        _head(paper, endpoint)
        _params(paper, endpoint.endpoint.params)
        _constraints(paper, endpoint.endpoint.constraints)
        _timers(paper, lifecycle)
        _closing(paper, lifecycle)
        for side in Side:
            _messages(paper, lifecycle, side)
        for channel, spec in zip(lifecycle.channels, endpoint.table.channels, strict=True):
            _channel(paper, channel, spec)
        paper.heading("Order of messages")
        paper.block(to_text(endpoint.table, ascii_only=paper.ascii_only))


def _head(paper: Paper, compiled: CompiledEndpoint) -> None:
    api, endpoint = compiled.api, compiled.endpoint
    paper.line((clean(f"{api.name} / {endpoint.id}"), "bold"))
    if about := clean(endpoint.description or api.description):
        paper.line(about)
    paper.line()
    facts = [
        ("URL", api.base_url.rstrip("/") + endpoint.path),
        ("Auth", auth_in_words(api, endpoint=endpoint)),
        *(("Header", f"{name}: {value}") for name, value in api.headers),
        *(("Subprotocol", name) for name in endpoint.subprotocols),
    ]
    if api.docs_url:
        facts.append(("Docs", api.docs_url))
    paper.columns([(name, clean(fact)) for name, fact in facts], styles=("bold", ""))


def _params(paper: Paper, params: tuple[ConnectionParam, ...]) -> None:
    if not params:
        return
    paper.heading("Parameters")
    rows = [
        (
            param.name,
            param.param_type.value + ("…" if param.many else ""),
            (param.location or ParamLocation.QUERY).value,
            "required" if param.required else "",
            clean(", ".join(param_in_words(param, most=_MANY_CHOICES))),
        )
        for param in params
    ]
    paper.columns(rows, styles=("bold", "cyan", "", "yellow", ""))


def _constraints(paper: Paper, constraints: Sequence[Constraint]) -> None:
    if constraints:
        paper.heading("Rules across parameters")
    for constraint in constraints:
        paper.line(clean(str(constraint)), indent=2)


def _timers(paper: Paper, lifecycle: ConnectionLifecycle) -> None:
    timers = timers_in_words(lifecycle)
    if not timers:
        return
    paper.heading("Timers")
    for timer in timers:
        paper.line(clean(timer), indent=2)


def _closing(paper: Paper, lifecycle: ConnectionLifecycle) -> None:
    closing = lifecycle.closing
    if closing == Closing() and not lifecycle.on_breach:
        return
    paper.heading("Closing")
    paper.line(closing_sentence(closing), indent=2)
    rows = [tuple(map(clean, row)) for row in closing_rows(closing)]
    if rows:
        paper.columns(rows, styles=("bold", "", "cyan", "yellow"), indent=2)
    for rule in lifecycle.on_breach:
        paper.line(clean(rule_words(rule)), indent=2)


def _channel(paper: Paper, channel: Channel, spec: ChannelTable) -> None:
    paper.heading(f"Channel {channel.id}")
    if channel.description:
        paper.line(clean(channel.description), indent=2)
    for fact in channel_facts(spec):
        paper.line((clean(fact), "yellow"), indent=2)
    for side in Side:
        _messages(paper, channel.lifecycle, side, f" on {channel.id}")
    for inner, inner_spec in zip(channel.lifecycle.channels, spec.table.channels, strict=True):
        _channel(paper, inner, inner_spec)


def _messages(paper: Paper, lifecycle: ConnectionLifecycle, side: Side, where: str = "") -> None:
    messages = [one for one in lifecycle.messages if side in one.direction.senders]
    if not messages:
        return
    paper.heading(f"Messages from the {side.value}{where}")
    for message in messages:
        roles = ", ".join(marks_of(lifecycle, message))
        paper.line((message.id, "bold"), (f"  {roles}" if roles else "", "yellow"), indent=2)
        if message.description:
            paper.line(clean(message.description), indent=4)
        paper.line((clean(body_summary(message.schema)), "dim"), indent=4)
        fields = [
            ("  " * one.depth + one.name, one.type, clean(one.note))
            for one in body_fields(message.schema)
        ]
        if fields:
            paper.columns(fields, styles=("", "cyan", "dim"), indent=6)
