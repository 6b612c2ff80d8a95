"""What a generated client has: its messages, their methods, and the phases of a conversation.

All of it is read off the description here; the other modules of this package write it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from msgspec import inspect

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.body_types import is_object, type_of
from schematic.compile.shapes import alike
from schematic.define import (
    BodyKind,
    BoundEndpoint,
    Channel,
    ConnectionLifecycle,
    MessageSchema,
    OpeningStep,
    Side,
    Timer,
    TimerKind,
)
from schematic.generate.names import Names, snake_case
from schematic.generate.type_fields import parted_by_keyword

__all__ = ["ChannelPlan", "Plan", "Spoken", "Step", "plan_of"]


_OF_PHASES = frozenset({"close", "key", "open", "ready", "receive"})
_OF_CLIENTS = frozenset(
    {
        *("allowed", "close", "closed", "connect", "connection", "endpoint", "expected", "keep"),
        *("receive", "send", "split", "state"),
    }
)
"""Methods that phases and clients have already."""

_IN_CLASSES = frozenset(
    {
        *("aio", "bool", "bytes", "classmethod", "dict", "enter", "float", "frozenset", "int"),
        *("key_first", "list", "object", "set", "str", "sync", "tuple", "type"),
    }
)
"""Names that classes use: a method that is called so would hide them from what follows it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message and the class that stands for it.

    Attributes:
        message: the message.
        wrapped: whether the class holds the body in a field, rather than being its type.
        method: what its method is called, without ``send_`` or ``on_``; no other message's is.
    """

    message: MessageSchema
    wrapped: bool
    method: str

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id

    @property
    def step(self) -> str:
        """What its method is called where that begins a phase."""
        taken = self.method in _OF_PHASES | _IN_CLASSES or self.method.startswith("send_")
        return f"{self.method}_" if taken else self.method

    @property
    def fields(self) -> tuple[inspect.Field, ...]:
        """The fields of its body, if that is an object of a type of its own."""
        if self.wrapped:
            return ()
        info = type_of(self.message.schema)
        found: tuple[inspect.Field, ...] = getattr(info, "fields", ())
        return found

    @property
    def sole(self) -> str | None:
        """The type of the only thing that has to be given, if that is a text or bytes."""
        schema = self.message.schema
        if schema.kind is BodyKind.BINARY:
            return "bytes"
        if schema.kind is BodyKind.TEXT:
            return None if schema.words else "str"
        if self.wrapped or getattr(self.message.schema.body, "__struct_config__", None) is None:
            return None
        needed = [one for one in self.fields if one.required]
        if len(needed) != 1 or needed[0].name in parted_by_keyword(self.message.schema.body):
            return None
        kind = needed[0].type
        if isinstance(kind, inspect.StrType):
            return "str"
        return "bytes" if isinstance(kind, inspect.BytesType) else None

    @property
    def says_itself(self) -> bool:
        """Whether there is only one thing that it can say, or everything in it may be left out."""
        if not self.wrapped:
            return not any(one.required for one in self.fields)
        schema = self.message.schema
        return schema.kind is BodyKind.TEXT and len(schema.words) == 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an opening, as the client sees it.

    Attributes:
        side: whose turn it is.
        choices: the messages of which one is said; those that end its sender's half last.
        ends: the ids of those that leave nothing more to say.
        gating: whether nobody may say anything else before.
    """

    side: Side
    choices: tuple[Spoken, ...]
    ends: frozenset[str]
    gating: bool


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel that the client opens by a key that it chooses.

    Attributes:
        channel: the channel.
        method: what the method is called that gives it by its key.
        key_field: the name of the field with the key, on the wire.
        key_types: the types of keys that its messages take: ``str``, ``int``, or both.
        default: the key where none is given; None where one has to be.
        opening: the steps of the client's that open it.
        streaming: what the client says on it afterwards.
        endings: what ends the client's half of it.
    """

    channel: Channel
    method: str
    key_field: str
    key_types: tuple[str, ...]
    default: str | int | None
    opening: tuple[Step, ...]
    streaming: tuple[Spoken, ...]
    endings: tuple[Spoken, ...]

    @property
    def messages(self) -> tuple[Spoken, ...]:
        """Everything that the client says on it."""
        opening = (one for step in self.opening for one in step.choices)
        return (*opening, *self.streaming, *self.endings)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a generated client has.

    Attributes:
        compiled: the endpoint.
        client: what the client says, in order of appearance.
        server: what the server says.
        steps: the opening, as far as it holds the client back.
        streaming: what the client says in the streaming phase, outside of `channels`.
        endings: what ends the client's half: its close message, and final ones.
        close: its close message, if it has one.
        ambient: what the client may say at any moment.
        channels: the channels that have methods of their own.
        ambiguous: whether some message of the server may look like several.
        overdue: whether a timer of the client's goes off without closing the connection.
    """

    compiled: CompiledEndpoint
    client: tuple[Spoken, ...]
    server: tuple[Spoken, ...]
    steps: tuple[Step, ...]
    streaming: tuple[Spoken, ...]
    endings: tuple[Spoken, ...]
    close: Spoken | None
    ambient: tuple[Spoken, ...]
    channels: tuple[ChannelPlan, ...]
    ambiguous: bool
    overdue: bool

    @property
    def bound(self) -> BoundEndpoint:
        """The endpoint with its API."""
        return BoundEndpoint(self.compiled.api, self.compiled.endpoint)

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """Every message, those that both say once."""
        return tuple({one.id: one for one in (*self.client, *self.server)}.values())

    @property
    def client_streams(self) -> tuple[Spoken, ...]:
        """What the client says between the opening and the end."""
        apart = {one.id for step in self.steps for one in step.choices}
        apart |= {one.id for one in self.endings}
        return tuple(one for one in self.client if one.id not in apart)

    @property
    def plain(self) -> dict[str, Spoken]:
        """Which message a text alone, or bytes, stand for, if only one needs nothing else."""
        keys = {channel.key_field for channel in self.channels}
        found: dict[str, list[Spoken]] = {}
        for spoken in self.client_streams:
            needed = {one.encode_name for one in spoken.fields if one.required}
            if spoken.sole is not None and not needed & keys:
                found.setdefault(spoken.sole, []).append(spoken)
        return {kind: some[0] for kind, some in found.items() if len(some) == 1}

    def is_first(self, number: int) -> bool:
        """Whether nothing is said by the client before the step of that number."""
        return all(one.side is Side.SERVER for one in self.steps[:number])

    @property
    def client_steps(self) -> tuple[Step, ...]:
        """What the client has to say first."""
        return tuple(step for step in self.steps if step.side is Side.CLIENT)


def plan_of(bound: BoundEndpoint) -> Plan:
    """The plan for one endpoint.

    Raises:
        DefinitionError: the description contradicts itself.
    """
    compiled = compile_endpoint(bound)
    return _Planner(compiled).plan()


@dataclass
class _Planner:
    compiled: CompiledEndpoint
    spoken: dict[str, Spoken] = field(default_factory=dict[str, Spoken])

    def __post_init__(self) -> None:
        bodies: dict[object, int] = {}
        messages = self.lifecycle.every_message
        for message in messages:
            if _is_typed(message):
                bodies[message.schema.body] = bodies.get(message.schema.body, 0) + 1
        methods = Names(["other"])  # there is an `on_other`
        for message in messages:
            own = _is_typed(message) and bodies[message.schema.body] == 1
            name = snake_case(message.id)
            method = methods.new(name.removeprefix("send_") or name)
            self.spoken[message.id] = Spoken(message, not own, method)

    @property
    def lifecycle(self) -> ConnectionLifecycle:
        return self.compiled.endpoint.lifecycle

    def plan(self) -> Plan:
        lifecycle = self.lifecycle
        steps = tuple(
            self._step(step)
            for step in lifecycle.opening
            if step.gating or step.side is Side.CLIENT
        )
        opening = {choice.id for step in steps for choice in step.choices}
        channels = tuple(self._channels())
        on_channels = {one.id for channel in channels for one in channel.messages}
        client = tuple(self._said(Side.CLIENT, lifecycle.every_message))
        rest = [one for one in client if one.id not in opening | on_channels]
        # What ends a channel or is ambient on one says nothing about the connection.
        own = [one for one in rest if one.message in lifecycle.messages]
        endings = [one for one in own if one.message.ends or one.message == lifecycle.close]
        ambient = [one for one in own if one not in endings and one.message.ambient]
        closes = lifecycle.close is not None and Side.CLIENT in lifecycle.close.direction.senders
        return Plan(
            compiled=self.compiled,
            client=client,
            server=tuple(self._said(Side.SERVER, lifecycle.every_message)),
            steps=steps,
            streaming=tuple(one for one in rest if one not in (*endings, *ambient)),
            endings=tuple(endings),
            close=self.spoken[lifecycle.close.id] if closes and lifecycle.close else None,
            ambient=tuple(ambient),
            channels=channels,
            ambiguous=_is_ambiguous(self.compiled),
            overdue=any(map(_is_told, lifecycle.every_timer)),
        )

    def _said(self, side: Side, messages: tuple[MessageSchema, ...]) -> Iterator[Spoken]:
        return (self.spoken[one.id] for one in messages if side in one.direction.senders)

    def _step(self, step: OpeningStep) -> Step:
        ends = frozenset(one.id for one in step.messages if one.ends)
        choices = sorted(step.messages, key=lambda one: one.id in ends)
        return Step(step.side, tuple(self.spoken[one.id] for one in choices), ends, step.gating)

    def _channels(self) -> Iterator[ChannelPlan]:
        spoken = self.spoken.values()
        methods = Names(_OF_CLIENTS | _OF_PHASES | _IN_CLASSES)
        methods.reserve(*(name for one in spoken for name in (one.step, f"send_{one.method}")))
        for channel in self.lifecycle.channels:
            key = channel.keys.client
            if channel.opener is not Side.CLIENT or key is None or "." in key:
                continue
            said = tuple(self._said(Side.CLIENT, channel.lifecycle.messages))
            if not all(self._has_field(one, key) for one in said):
                continue
            steps = tuple(
                self._step(step) for step in channel.lifecycle.opening if step.side is Side.CLIENT
            )
            opening = {one.id for step in steps for one in step.choices}
            close = channel.lifecycle.close
            endings = [one for one in said if one.message.ends or one.message == close]
            yield ChannelPlan(
                channel=channel,
                method=methods.new(snake_case(channel.id)),
                key_field=key,
                key_types=_key_types(said, key),
                default=channel.keys.default,
                opening=steps,
                streaming=tuple(
                    one for one in said if one.id not in opening and one not in endings
                ),
                endings=tuple(one for one in endings if one.id not in opening),
            )

    def _has_field(self, spoken: Spoken, key: str) -> bool:
        own = spoken.message.key is None and spoken.message.outer_key is None
        return own and any(one.encode_name == key for one in spoken.fields)


def _is_typed(message: MessageSchema) -> bool:
    """Whether the body is an object of one type."""
    schema = message.schema
    if schema.kind is not BodyKind.JSON or schema.is_name_only:
        return False
    info = type_of(schema)
    return is_object(info) and isinstance(info, inspect.StructType | inspect.DataclassType)


def _key_types(said: Iterable[Spoken], key: str) -> tuple[str, ...]:
    """The types of keys that all of these messages take; those of any where they share none."""
    each = [
        _texts_or_numbers(next(one.type for one in spoken.fields if one.encode_name == key))
        for spoken in said
    ]
    known = [one for one in ("str", "int") if any(one in types for types in each)]
    shared = [one for one in known if all(one in types for types in each)]
    return tuple(shared or known or ["str"])


def _texts_or_numbers(kind: inspect.Type) -> set[str]:
    """What a field of this type takes as a key: ``str``, ``int``, or both."""
    if isinstance(kind, inspect.UnionType):
        return {name for one in kind.types for name in _texts_or_numbers(one)}
    if isinstance(kind, inspect.LiteralType):
        return {type(one).__name__ for one in kind.values if isinstance(one, str | int)}
    if isinstance(kind, inspect.AnyType):
        return {"str", "int"}
    if isinstance(kind, inspect.StrType):
        return {"str"}
    return {"int"} if isinstance(kind, inspect.IntType) else set[str]()


def _is_ambiguous(compiled: CompiledEndpoint) -> bool:
    """Whether two of the server's messages may look alike, wherever they are said."""
    shapes = [kind.shape for kind in compiled.kinds if kind.side is Side.SERVER]
    return any(alike(one, other) for one, other in combinations(shapes, 2))


def _is_told(timer: Timer) -> bool:
    """Whether the client is only told that the time is over."""
    waits = timer.kind in (TimerKind.IDLE, TimerKind.REPLY)
    return waits and timer.owner is Side.CLIENT and timer.close_code is None
