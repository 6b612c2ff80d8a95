"""`CompiledEndpoint`: everything that is derived from an endpoint before anybody connects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from schematic.compile.flatten import flatten
from schematic.compile.references import check_fields
from schematic.compile.shapes import Shape
from schematic.compile.shaping import shapes_of
from schematic.compile.table import ChannelTable, State, Table
from schematic.define import (
    BoundEndpoint,
    Channel,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define.checks import attribute, definition
from schematic.define.lifecycle_checks import check_lifecycle

__all__ = ["CompiledEndpoint", "Kind", "assemble", "compile_endpoint", "compile_lifecycle"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message as one side says it, and how its payloads can be recognised.

    Attributes:
        side: who says it.
        message: what it is.
        shape: what can be told from a payload.
        channels: the number of the channel to which it belongs, and then that of the channel
            within it; empty for a message of the connection itself.
    """

    side: Side
    message: MessageSchema
    shape: Shape
    channels: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id

    @property
    def channel(self) -> int:
        """The number of the connection's channel to which it belongs; -1 for none."""
        return self.channels[0] if self.channels else -1


@dataclass(frozen=True, slots=True, eq=False)
class CompiledEndpoint:
    """An endpoint with its table and the shapes of its messages.

    Attributes:
        api: the API that it belongs to (base URL, authentication, default headers).
        endpoint: the endpoint as described.
        table: its order of messages.
        kinds: its messages, a bidirectional one once for each side.
        absent: the messages that it has with other parameters, see `schematic.compile.narrow`.
        narrowed: tables of it that are known already, by the ids of what is absent in them.
    """

    api: WebSocketApi
    endpoint: WebSocketEndpoint
    table: Table
    kinds: tuple[Kind, ...]
    absent: tuple[MessageSchema, ...] = ()
    narrowed: Mapping[frozenset[str], Table] = field(default_factory=dict[frozenset[str], Table])

    @property
    def name(self) -> str:
        """API and endpoint, as people write it: ``ElevenLabs/StreamTextToSpeech``."""
        return f"{self.api.name}/{self.endpoint.id}"


@lru_cache(maxsize=256)
def compile_lifecycle(lifecycle: ConnectionLifecycle) -> Table:
    """The table of ``lifecycle``: its statechart, flattened.

    A channel is compiled like a lifecycle of its own.

    Raises:
        DefinitionError: the lifecycle contradicts itself.
    """
    # Imported here because it loads the statechart library, which costs a fifth of a second.
    from schematic.compile.chart import build_chart  # noqa: PLC0415

    check_lifecycle(lifecycle)
    channels = tuple(map(_compile_channel, lifecycle.channels))
    return replace(flatten(build_chart(lifecycle), lifecycle), channels=channels)


def _compile_channel(channel: Channel) -> ChannelTable:
    table = replace(compile_lifecycle(channel.lifecycle), is_channel=True)
    messages = channel.lifecycle.messages
    answers = {message.id: message.answers for message in messages if message.answers}
    return ChannelTable(
        id=channel.id,
        table=table,
        opener=channel.opener,
        key=channel.keys,
        max_open=channel.max_open,
        max_answered=channel.max_answered or (channel.max_open if channel.unasked else None),
        reuse=channel.reuse,
        ignores=frozenset(channel.ignores),
        answers={name: frozenset(openings) for name, openings in answers.items()},
        asked={name: _opened(table, channel.opener, by[0]) for name, by in answers.items()},
        unasked=frozenset(channel.unasked),
        uncounted=frozenset(channel.uncounted),
        keyless=frozenset(m.id for m in channel.messages if not channel.has_key(m)),
        to_all=frozenset(message.id for message in messages if message.to_all),
        refusal=channel.refused_by,
    )


def _opened(table: Table, opener: Side, opening: str) -> State:
    """Where a channel stands that ``opening`` has just opened."""
    move = table.legal(table.start, opener, opening)
    assert move is not None  # it is a choice of the first step, which waits for nothing
    return table.after(table.start, opener, move)


@lru_cache(maxsize=256)
def compile_endpoint(bound: BoundEndpoint) -> CompiledEndpoint:
    """Compile one endpoint of an API; the result is kept, so asking again costs nothing.

    Raises:
        DefinitionError: a body cannot be read, or has no field that the description refers to.
    """
    lifecycle = bound.endpoint.lifecycle
    with definition(bound.api.name, bound.endpoint.id), attribute("lifecycle"):
        check_fields(lifecycle)
    return CompiledEndpoint(
        bound.api, bound.endpoint, compile_lifecycle(lifecycle), tuple(_kinds(lifecycle))
    )


def assemble(
    bound: BoundEndpoint,
    table: Table,
    narrowed: Mapping[frozenset[str], Table] | None = None,
) -> CompiledEndpoint:
    """What `compile_endpoint` makes of ``bound``, for whoever has its tables: no chart is built.

    Args:
        bound: a description.
        table: what `compile_lifecycle` made of its lifecycle, in `schematic.compile.embed`'s data,
            say.
        narrowed: the same for connections with certain parameters, by the ids of the messages
            that are absent there, see `schematic.compile.narrowed_tables`. What is not given is
            compiled when a connection needs it.

    Raises:
        DefinitionError: a table is of another description.
    """
    lifecycle = bound.endpoint.lifecycle
    with definition(bound.api.name, bound.endpoint.id):
        _check_same_messages(lifecycle, table)
    kinds = tuple(_kinds(lifecycle))
    return CompiledEndpoint(bound.api, bound.endpoint, table, kinds, narrowed=dict(narrowed or {}))


def _check_same_messages(lifecycle: ConnectionLifecycle, table: Table) -> None:
    """Raise if ``table`` cannot be what `compile_lifecycle` makes of ``lifecycle``."""
    described = [
        *(
            f"{one.id} of the {side.value}"
            for one in lifecycle.every_message
            for side in one.direction.senders
        ),
        *(f"{one.id} as channel {number}" for number, one in enumerate(lifecycle.channels)),
    ]
    known = [
        *(f"{name} of the {side.value}" for side in Side for name in table.vocabulary(side)),
        *(f"{one.id} as channel {number}" for number, one in enumerate(table.channels)),
    ]
    if other := set(described) ^ set(known):
        raise DefinitionError(
            "the table is of another description, or another version of this one: only one of "
            f"the two has {', '.join(sorted(other))}. Make the table again from this one"
        )
    for channel, compiled in zip(lifecycle.channels, table.channels, strict=True):
        _check_same_messages(channel.lifecycle, compiled.table)


def _kinds(lifecycle: ConnectionLifecycle) -> Iterator[Kind]:
    """The messages of ``lifecycle`` and of its channels, a bidirectional one once for each side."""
    owners = [((), lifecycle), *_owners(lifecycle, ())]
    said = [
        (side, message, channels)
        for channels, owner in owners
        for message in owner.messages
        for side in message.direction.senders
    ]
    shapes = {
        side: iter(shapes_of([message.schema for sender, message, _ in said if sender is side]))
        for side in Side
    }
    for side, message, channels in said:
        yield Kind(side, message, next(shapes[side]), channels)


def _owners(
    lifecycle: ConnectionLifecycle, around: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], ConnectionLifecycle]]:
    """Each channel of ``lifecycle``, and each within it, by its numbers."""
    for number, channel in enumerate(lifecycle.channels):
        numbers = (*around, number)
        yield numbers, channel.lifecycle
        yield from _owners(channel.lifecycle, numbers)
