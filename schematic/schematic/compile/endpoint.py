"""`CompiledEndpoint`: everything that is derived from an endpoint before anybody connects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from schematic.compile.flatten import flatten
from schematic.compile.shapes import Shape, shape_of
from schematic.compile.table import Table
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
    """One kind of message as one side says it, and how its payloads can be recognised."""

    side: Side
    message: MessageSchema
    shape: Shape

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
    """

    api: WebSocketApi
    endpoint: WebSocketEndpoint
    table: Table
    kinds: tuple[Kind, ...]

    @property
    def name(self) -> str:
        """API and endpoint, as people write it: ``ElevenLabs/StreamTextToSpeech``."""
        return f"{self.api.name}/{self.endpoint.id}"


@lru_cache(maxsize=256)
def compile_lifecycle(lifecycle: ConnectionLifecycle) -> Table:
    """The table of ``lifecycle``: its statechart, flattened.

    Raises:
        DefinitionError: the lifecycle contradicts itself.
    """
    # Imported here because it loads the statechart library, which costs a fifth of a second.
    from schematic.compile.chart import build_chart  # noqa: PLC0415

    lifecycle.check()
    return flatten(build_chart(lifecycle), lifecycle)


@lru_cache(maxsize=256)
def compile_endpoint(bound: BoundEndpoint) -> CompiledEndpoint:
    """Compile one endpoint of an API; the result is kept, so asking again costs nothing."""
    lifecycle = bound.endpoint.lifecycle
    kinds = tuple(
        Kind(side, message, shape_of(message.schema))
        for message in lifecycle.messages
        for side in message.direction.senders
    )
    return CompiledEndpoint(bound.api, bound.endpoint, compile_lifecycle(lifecycle), kinds)
