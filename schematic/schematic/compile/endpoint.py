"""`CompiledEndpoint`: everything that is derived from an endpoint before anybody connects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from schematic.compile.flatten import flatten
from schematic.compile.shapes import Shape
from schematic.compile.shaping import shapes_of
from schematic.compile.table import ChannelTable, Table
from schematic.define import (
    BoundEndpoint,
    ConnectionLifecycle,
    MessageSchema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["CompiledEndpoint", "Kind", "compile_endpoint", "compile_lifecycle"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message as one side says it, and how its payloads can be recognised.

    Attributes:
        side: who says it.
        message: what it is.
        shape: what can be told from a payload.
        channel: the number of the channel to which it belongs; -1 for the connection itself.
    """

    side: Side
    message: MessageSchema
    shape: Shape
    channel: int = -1

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id


@dataclass(frozen=True, slots=True, eq=False)
class CompiledEndpoint:
    """An endpoint with its table and the shapes of its messages.

    Attributes:
        api: the API that it belongs to (base URL, authentication, default headers).
        endpoint: the endpoint as described.
        table: its order of messages.
        kinds: its messages, a bidirectional one once for each side.
        absent: the messages that it has with other parameters, see `schematic.compile.narrow`.
    """

    api: WebSocketApi
    endpoint: WebSocketEndpoint
    table: Table
    kinds: tuple[Kind, ...]
    absent: tuple[MessageSchema, ...] = ()

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

    lifecycle.check()
    channels = tuple(
        ChannelTable(
            id=channel.id,
            table=compile_lifecycle(channel.lifecycle),
            opener=channel.opener,
            key=channel.keys,
            max_open=channel.max_open,
            reuse=channel.reuse,
            ignores=frozenset(channel.ignores),
        )
        for channel in lifecycle.channels
    )
    return replace(flatten(build_chart(lifecycle), lifecycle), channels=channels)


@lru_cache(maxsize=256)
def compile_endpoint(bound: BoundEndpoint) -> CompiledEndpoint:
    """Compile one endpoint of an API; the result is kept, so asking again costs nothing."""
    lifecycle = bound.endpoint.lifecycle
    owners = [(-1, lifecycle), *enumerate(channel.lifecycle for channel in lifecycle.channels)]
    said = [
        (side, message, channel)
        for channel, owner in owners
        for message in owner.messages
        for side in message.direction.senders
    ]
    shapes = {
        side: iter(shapes_of([message.schema for sender, message, _ in said if sender is side]))
        for side in Side
    }
    kinds = tuple(
        Kind(side, message, next(shapes[side]), channel) for side, message, channel in said
    )
    return CompiledEndpoint(bound.api, bound.endpoint, compile_lifecycle(lifecycle), kinds)
