"""What a side may say next, on the connection and on every channel, as messages with keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

import msgspec

from schematic.compile import CompiledEndpoint, Kind
from schematic.define import BodyKind, Channel, Side
from schematic_engine.hiding import HIDDEN
from schematic_engine.keyed import Key, KeyedStates, Keys
from schematic_engine.keys import with_key
from schematic_engine.machine import Machine
from schematic_engine.mock.samples import sample_key
from schematic_engine.probing.planning.secret_fields import with_text
from schematic_engine.unkeyed import Unnamed

__all__ = ["Keyring", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message that passes: who says it, its id, and the key of its channel."""

    side: Side
    message: str
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class _Lock:
    """Where a kind of message holds the keys of its channel and of the one around it."""

    own: tuple[str, ...] | None
    outer: tuple[str, ...] | None
    takes: tuple[type, ...]  # a number, where a key has to be one


class Keyring:
    """The keys of one endpoint's channels: which a message may carry, and where it holds them.

    Args:
        endpoint: the endpoint.
        secret_fields: by the ids of the client's messages, where they hold the secret.
    """

    def __init__(
        self,
        endpoint: CompiledEndpoint,
        secret_fields: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.secret_fields = secret_fields
        self._kinds = {(kind.side, kind.id): kind for kind in endpoint.kinds}
        self._channels = endpoint.endpoint.lifecycle.channels
        self._locks = {at: self._lock(kind) for at, kind in self._kinds.items() if kind.channels}

    def sayable(self, machine: Machine, side: Side) -> list[Said]:
        """Everything that a correct ``side`` may say where ``machine`` stands."""
        return [
            said
            for said in self.thinkable(machine, side, machine.candidates(side))
            if machine.move(side, said.message, said.keys) is not None
            and not machine.stopped(side, said.message, said.keys)
        ]

    def thinkable(self, machine: Machine, side: Side, names: Iterable[str]) -> Iterator[Said]:
        """Each of ``names`` with each key that it may be said with, legal or not."""
        for name in names:
            for keys in self._keys(machine, side, name):
                yield Said(side, name, keys)

    def _keys(self, machine: Machine, side: Side, name: str) -> Iterator[Keys | None]:
        kind = self._kinds[side, name]
        if not kind.channels:
            yield None
            return
        states = machine.channels[kind.channels[0]]
        lock = self._locks[side, name]
        if name in states.spec.to_all:
            yield None
        elif len(kind.channels) == 1:
            yield from self._known(states, lock) if lock.own else (None,)
        else:
            yield from self._nested(states, kind, lock)

    def _nested(self, states: KeyedStates, kind: Kind, lock: _Lock) -> Iterator[Keys]:
        """The pairs of keys of a channel and one within it."""
        outers = [name for name in states.open_keys() if not isinstance(name, Unnamed)]
        for outer in outers:
            inner = states.inner(outer)[kind.channels[1]]
            within = self._known(inner, lock) if lock.own else (None,)
            for own in within if kind.id not in inner.spec.to_all else (None,):
                yield (outer if lock.outer else None, own)

    @staticmethod
    def _known(states: KeyedStates, lock: _Lock) -> Iterator[Key]:
        """The keys of channels that are open, of one that may be over, and one that is new."""
        known = [name for name in states.open_keys() if not isinstance(name, Unnamed)]
        yield from known
        for number in count(1):
            key = _key(number, lock)
            if key not in known:
                yield key
                if states.state(key) is None:
                    return

    def body(self, said: Said, content: bytes) -> bytes:
        """``content``, a body of ``said``'s kind as JSON, with its keys in their places.

        Where the secret belongs, it has what stands for one, `schematic_engine.hiding.HIDDEN`.
        """
        if said.side is Side.CLIENT and said.message in self.secret_fields:
            content = with_text(content, self.secret_fields[said.message], HIDDEN)
        lock = self._locks.get((said.side, said.message))
        if lock is None or said.keys is None:
            return content
        outer, own = said.keys if isinstance(said.keys, tuple) else (None, said.keys)
        body = msgspec.json.decode(content)
        if lock.own is not None and own is not None:
            body = with_key(body, lock.own, own)
        if lock.outer is not None and outer is not None:
            body = with_key(body, lock.outer, outer)
        return msgspec.json.encode(body)

    def _lock(self, kind: Kind) -> _Lock:
        channel = self._channels[kind.channels[0]]
        outer: tuple[str, ...] | None = None
        if len(kind.channels) > 1:
            outer = _path(channel, kind, kind.message.outer_key)
            channel = channel.lifecycle.channels[kind.channels[1]]
        own = _path(channel, kind, kind.message.key)
        number = own is not None and isinstance(sample_key(kind.message.schema, own, 1), int)
        return _Lock(own, outer, (int,) if number else ())


def _key(number: int, lock: _Lock) -> Key:
    return number if lock.takes else f"Probe-{number}"


def _path(channel: Channel, kind: Kind, instead: str | None) -> tuple[str, ...] | None:
    """Where ``kind`` holds the key of ``channel``; None where it holds none."""
    if kind.message.schema.kind is not BodyKind.JSON or not channel.has_key(kind.message):
        return None
    return tuple(instead.split(".")) if instead else channel.keys.path(kind.side)
