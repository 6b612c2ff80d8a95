"""``schematic show``: an API as it is described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.diagram import closing_rows, closing_sentence, notice_words, to_text
from schematic.compile.diagram.wording import channel_facts
from schematic.compile.reference import to_page
from schematic.compile.table import ChannelTable
from schematic.define import (
    AuthKind,
    AuthStrategy,
    Channel,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    ListStyle,
    MessageSchema,
    ParamLocation,
    Side,
    Timer,
    TimerKind,
    WebSocketApi,
)
from schematic_engine.cli.bodies import body_fields, body_summary
from schematic_engine.cli.paper import Paper, clean, standard_output
from schematic_engine.cli.resolve import resolve_endpoints

__all__ = ["show"]

_MANY_CHOICES = 8
_LISTS = {
    ListStyle.REPEATED: "as repeated keys",
    ListStyle.COMMA: "joined by commas",
    ListStyle.JSON: "as a JSON array",
}


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
        _timers(paper, lifecycle.timers)
        _closing(paper, lifecycle.closing)
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
        ("Auth", _auth(api)),
        *(("Header", f"{name}: {value}") for name, value in api.headers),
        *(("Subprotocol", name) for name in endpoint.subprotocols),
    ]
    if api.docs_url:
        facts.append(("Docs", api.docs_url))
    paper.columns([(name, clean(fact)) for name, fact in facts], styles=("bold", ""))


def _auth(api: WebSocketApi) -> str:
    how = _carried(api.auth)
    sources = " or ".join(f"${name}" for name in api.env_auth)
    return f"{how}, from {sources}" if sources else how


def _carried(auth: AuthStrategy) -> str:
    """Where a credential goes."""
    if auth.kind is AuthKind.ANY_OF:
        return ", or ".join(_carried(way) for way in auth.ways)
    word = auth.prefix or ""
    places = {
        AuthKind.NONE: "none",
        AuthKind.API_KEY_QUERY: f"query parameter {auth.name}",
        AuthKind.BASIC: "user name and password (HTTP Basic)",
        AuthKind.SUBPROTOCOL: f"subprotocols {', '.join(auth.subprotocols)}, {word}…",
        AuthKind.MESSAGE: f"field {auth.field} of {' or '.join(auth.messages)}",
    }
    return places.get(auth.kind, f"header {auth.header}: {word + ' ' if word else ''}…")


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
            clean(", ".join(_remarks(param))),
        )
        for param in params
    ]
    paper.columns(rows, styles=("bold", "cyan", "", "yellow", ""))


def _remarks(param: ConnectionParam) -> Iterator[str]:
    if param.default is not None:
        yield f"default {', '.join(text for _, text in param.write(param.default))}"
    if param.many:
        yield "several, " + " or ".join(_LISTS[style] for style in param.styles)
    if param.brackets:
        yield f"as {param.name}[key]=value"
    if bounds := _bounds(param):
        yield bounds
    if param.choices:
        shown = [param.text(choice) for choice in param.choices]
        if len(shown) > _MANY_CHOICES:
            shown[_MANY_CHOICES - 1 :] = [f"… ({len(shown)} in all)"]
        yield "one of " + " ".join(shown)
    if param.description:
        yield param.description


def _bounds(param: ConnectionParam) -> str:
    """The numbers that are allowed."""
    if param.minimum is None or param.maximum is None:
        least = "" if param.minimum is None else f"at least {param.minimum:g}"
        return least or ("" if param.maximum is None else f"at most {param.maximum:g}")
    return f"{param.minimum:g} to {param.maximum:g}"


def _constraints(paper: Paper, constraints: Sequence[Constraint]) -> None:
    if constraints:
        paper.heading("Rules across parameters")
    for constraint in constraints:
        paper.line(clean(str(constraint)), indent=2)


def _timers(paper: Paper, timers: Sequence[Timer]) -> None:
    if not timers:
        return
    paper.heading("Timers")
    for timer in timers:
        after = f"{timer.seconds:g} s" + (f", or {timer.param}" if timer.param else "")
        does = f"closes with {timer.close_code}"
        if timer.kind is TimerKind.KEEPALIVE:
            waits, does = (
                "of its own silence",
                f"says {timer.message}" if timer.message else "pings",
            )
        elif timer.kind is TimerKind.IDLE:
            waits = f"of silence from the {timer.of.value}"
        else:
            waits = "unless the opening is finished"
        paper.line(clean(f"after {after} {waits} the {timer.owner.value} {does}"), indent=2)


def _closing(paper: Paper, closing: Closing) -> None:
    if closing == Closing():
        return
    paper.heading("Closing")
    paper.line(closing_sentence(closing), indent=2)
    rows = [tuple(map(clean, row)) for row in closing_rows(closing)]
    if rows:
        paper.columns(rows, styles=("bold", "", "cyan", "yellow"), indent=2)


def _channel(paper: Paper, channel: Channel, spec: ChannelTable) -> None:
    paper.heading(f"Channel {channel.id}")
    if channel.description:
        paper.line(clean(channel.description), indent=2)
    for fact in channel_facts(spec):
        paper.line((clean(fact), "yellow"), indent=2)
    for side in Side:
        _messages(paper, channel.lifecycle, side, f" on {channel.id}")


def _messages(paper: Paper, lifecycle: ConnectionLifecycle, side: Side, where: str = "") -> None:
    messages = [one for one in lifecycle.messages if side in one.direction.senders]
    if not messages:
        return
    paper.heading(f"Messages from the {side.value}{where}")
    for message in messages:
        roles = ", ".join(_roles(lifecycle, message))
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


def _roles(lifecycle: ConnectionLifecycle, message: MessageSchema) -> Iterator[str]:
    """What saying the message means."""
    if any(message in step.messages for step in lifecycle.opening):
        yield "opens"
    yield from _ends(lifecycle, message)
    if message.ambient:
        yield "at any moment"
    if message.condition.terms:
        yield f"with {message.condition}"
    if not message.repeatable:
        yield "once"
    if message.after:
        yield f"after {' and '.join(message.after)}"
    if message.until:
        yield f"until {' or '.join(message.until)}"
    if message.key:
        yield f"key in {message.key}"


def _ends(lifecycle: ConnectionLifecycle, message: MessageSchema) -> Iterator[str]:
    """What the message is the end of."""
    if message.ends_both:
        yield "ends both halves"
    elif message == lifecycle.close or message.final:
        yield "ends its sender's half"
    if message.closes is not None:
        yield notice_words(message.closes)
