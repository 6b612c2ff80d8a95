"""A page of Markdown about one endpoint: how to connect, what is said, and in what order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from schematic.compile.diagram.closing import closing_to_markdown
from schematic.compile.diagram.wording import channel_facts
from schematic.compile.endpoint import CompiledEndpoint
from schematic.compile.reference.facts import auth_in_words, param_in_words, timers_in_words
from schematic.compile.reference.objects import FieldEntry, ObjectEntry, Objects, TypeText
from schematic.compile.reference.sentences import listed, marks_of, order_in_words
from schematic.compile.table import Table
from schematic.compile.verify import Severity, verify
from schematic.define import Channel, ConnectionLifecycle, MessageSchema, ParamLocation, Side

__all__ = ["to_page"]

_SPAN = re.compile(r"(`+[^`]*`+)")
_UNSAFE = re.compile(r"[\\<>\[\]&]")


def to_page(endpoint: CompiledEndpoint, *, picture: str = "", about: str = "") -> str:
    """Write what there is to know about ``endpoint`` as a page of Markdown.

    Args:
        endpoint: whose description.
        picture: the address of a picture of it, as from `to_svg`; none if empty.
        about: Markdown that goes to the end of the head, such as where the description is from.

    Returns:
        The page, ending with a newline.
    """
    return "\n\n".join(_Writer(endpoint).blocks(picture, about)) + "\n"


class _Writer:
    """Writes one page, and collects the objects that bodies are made of on the way."""

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self._endpoint = endpoint
        self._objects = Objects()
        self._places: dict[ObjectEntry, str] = {}
        for kind in endpoint.kinds:
            if (entry := self._object(kind.message)) is not None:
                self._places.setdefault(entry, _anchor(kind.id))

    def blocks(self, picture: str, about: str) -> Iterator[str]:
        """The blocks of the page, in order."""
        api, endpoint = self._endpoint.api, self._endpoint.endpoint
        lifecycle = endpoint.lifecycle
        yield f"# {_prose(api.name)}: {_prose(endpoint.id)}"
        if endpoint.description or api.description:
            yield _prose(endpoint.description or api.description)
        yield "\n".join(self._head())
        if about:
            yield about
        yield "## Order of messages"
        if picture:
            yield f"![The order of messages of {_prose(endpoint.id)}]({picture})"
        yield _bullets(order_in_words(lifecycle, _link))
        yield from self._channels(lifecycle, self._endpoint.table)
        yield from self._connecting()
        for side in Side:
            yield from self._said(side)
        yield from self._types()
        yield from self._findings()

    def _head(self) -> Iterator[str]:
        api, endpoint = self._endpoint.api, self._endpoint.endpoint
        yield "| | |"
        yield "|---|---|"
        yield _row("URL", f"`{api.base_url.rstrip('/')}{endpoint.path}`")
        yield _row("Credentials", auth_in_words(api, _code, endpoint))
        for name, value in api.headers:
            yield _row("Header", f"`{name}: {value}`")
        if endpoint.subprotocols:
            yield _row("Subprotocol", listed(map(_code, endpoint.subprotocols), "or"))
        if api.docs_url:
            yield _row("Documentation", f"<{api.docs_url}>")

    def _channels(self, owner: ConnectionLifecycle, table: Table) -> Iterator[str]:
        """The channels of a connection, each followed by those within it."""
        for channel, spec in zip(owner.channels, table.channels, strict=True):
            yield f"## The channel {channel.id}"
            yield from self._channel(channel, channel_facts(spec))
            yield from self._channels(channel.lifecycle, spec.table)

    def _channel(self, channel: Channel, facts: Sequence[str]) -> Iterator[str]:
        if channel.description:
            yield _prose(channel.description)
        said = order_in_words(channel.lifecycle, _link, on_channel=True)
        more = [_prose(_sentence(fact)) for fact in facts]
        if channel.ignores:
            names = listed(map(_link, channel.ignores))
            more.append(f"Where no channel of its key is open, {names} is no breach.")
        yield _bullets((*said, *more))

    def _connecting(self) -> Iterator[str]:
        params = self._endpoint.endpoint.params
        if params:
            yield "## Connection parameters"
            yield "\n".join(
                [
                    "| Parameter | Type | Where | |",
                    "|---|---|---|---|",
                    *(
                        _row(
                            f"`{param.name}`",
                            param.param_type.value + (", required" if param.required else ""),
                            (param.location or ParamLocation.QUERY).value,
                            " ".join(
                                _prose(_sentence(part)) for part in param_in_words(param, _code)
                            ),
                        )
                        for param in params
                    ),
                ]
            )
        if rules := self._endpoint.endpoint.constraints:
            yield "Rules across parameters:"
            yield _bullets(_prose(f"{rule}.") for rule in rules)
        timers = timers_in_words(self._endpoint.endpoint.lifecycle, _code)
        if timers:
            yield "## Time limits"
            yield _bullets(map(_sentence, timers))
        ending = closing_to_markdown(self._endpoint.endpoint.lifecycle)
        if ending:
            yield "## How it ends"
            yield ending.rstrip()

    def _said(self, side: Side) -> Iterator[str]:
        said = [
            (channel, owner, message)
            for channel, owner in _owners("", self._endpoint.endpoint.lifecycle)
            for message in owner.messages
            if side in message.direction.senders
        ]
        if not said:
            return
        yield f"## What the {side.value} says"
        yield "\n".join(
            [
                "| Message | | When |",
                "|---|---|---|",
                *(
                    _row(_link(message.id), _prose(message.description), when)
                    for channel, owner, message in said
                    for when in [", ".join(_when(channel, owner, message))]
                ),
            ]
        )
        for _, _, message in said:
            # A message of both sides is told once, where the client's are.
            if side is message.direction.senders[0]:
                yield from self._message(message)

    def _message(self, message: MessageSchema) -> Iterator[str]:
        yield f"### {message.id}"
        entry = self._object(message)
        if says := (entry.about if entry else "") or message.description:
            yield _prose(says)
        if entry:
            yield self._fields(self._objects.fields[entry])
        else:
            yield f"It is {self._type(self._objects.body(message.schema))}."

    def _object(self, message: MessageSchema) -> ObjectEntry | None:
        """The one object that a message's body is, if it is one."""
        body = self._objects.body(message.schema)
        return body[0] if len(body) == 1 and isinstance(body[0], ObjectEntry) else None

    def _fields(self, fields: Sequence[FieldEntry]) -> str:
        if not fields:
            return "It has no fields."
        return "\n".join(
            [
                "| Field | Type | |",
                "|---|---|---|",
                *(
                    _row(f"`{one.name}`", self._type(one.type), "; ".join(_remarks(one)))
                    for one in fields
                ),
            ]
        )

    def _type(self, text: TypeText) -> str:
        """A type, with links to the objects in it: to their messages, or to their own sections."""
        return "".join(
            part
            if isinstance(part, str)
            else f"[{part.name}](#{self._places.get(part) or _anchor(f'type {part.name}')})"
            for part in text
        )

    def _types(self) -> Iterator[str]:
        inner = {e: f for e, f in self._objects.fields.items() if e not in self._places}
        if not inner:
            return
        yield "## Types of objects"
        for entry, fields in inner.items():
            yield f"### type {entry.name}"
            if entry.about:
                yield _prose(entry.about)
            yield self._fields(fields)

    def _findings(self) -> Iterator[str]:
        findings = verify(self._endpoint, least=Severity.NOTE)
        if findings:
            yield "## Known findings"
            yield "What `schematic verify` says of this description:"
            yield _bullets(
                f"`{one.rule}` ({one.severity.value}): {_prose(one.message)}." for one in findings
            )


def _owners(name: str, lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, ConnectionLifecycle]]:
    """A lifecycle and those of the channels in it, at any depth, with their channel's name."""
    yield name, lifecycle
    for channel in lifecycle.channels:
        yield from _owners(channel.id, channel.lifecycle)


def _when(channel: str, owner: ConnectionLifecycle, message: MessageSchema) -> Iterator[str]:
    if channel:
        yield f"on [{channel}](#{_anchor(f'the channel {channel}')})"
    yield from marks_of(owner, message, _link)


def _remarks(field: FieldEntry) -> Iterator[str]:
    if field.optional:
        yield "optional" + (f", default `{field.default}`" if field.default else "")
    if field.about:
        yield _prose(field.about)


def _anchor(heading: str) -> str:
    """What leads to a heading, as Markdown's readers have it."""
    return heading.lower().replace(" ", "-")


def _link(message: str) -> str:
    return f"[{message}](#{_anchor(message)})"


def _row(*columns: str) -> str:
    shown = (column.replace("|", "\\|") for column in columns)
    return "|" + "|".join(f" {column} " if column else " " for column in shown) + "|"


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}" + ("" if words.endswith(".") else ".")


def _code(text: str) -> str:
    return f"`{text}`"


def _prose(text: str) -> str:
    """``text`` with what would be markup beyond emphasis and code made harmless."""
    parts = _SPAN.split(" ".join(text.split()))
    return "".join(
        part if part.startswith("`") else _UNSAFE.sub(lambda found: "\\" + found[0], part)
        for part in parts
    )
