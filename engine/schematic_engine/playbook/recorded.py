"""Playbooks of recordings: what was said once, to be said again.

What the client said has to come again, field for field; what the server said is said again to the
byte. Three things may differ: what was redacted, fields that are to be ignored, and the keys of
channels, which a client makes up anew each time, and which are put into the answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from schematic.compile import CompiledEndpoint
from schematic.define import BodyKind, Side
from schematic_engine.address import match_request
from schematic_engine.codec import KindCodec, codecs_of
from schematic_engine.conformance import BadLine, Judge, Record, RecordKind
from schematic_engine.conformance.redact import HIDDEN
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import InvalidParameter
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import ANY, Pattern, as_list, exactly, matching, named
from schematic_engine.playbook.playbook import Playbook
from schematic_engine.playbook.steps import Closes, Says, Sends, Step
from schematic_engine.playbook.wording import content_of

__all__ = ["recorded"]

_REJECTED = 403


def recorded(
    endpoint: AnyEndpoint,
    records: Iterable[Record | BadLine],
    *,
    name: str = "recording",
    ignore: Collection[str] = (),
) -> list[Playbook]:
    """The playbooks of a recording, one for each connection, in the order in which they began.

    Args:
        endpoint: what the connections speak.
        records: what was recorded, see `schematic_engine.conformance.read_trace`.
        name: what reports call it.
        ignore: names of fields of the client whose values may differ, at any depth.

    Raises:
        PlaybookError: a line cannot be read, or a message was not recorded in full.
        DefinitionError: the endpoint contradicts itself.
    """
    compiled = resolve(endpoint)
    connections: dict[int, list[Record]] = {}
    for record in records:
        if isinstance(record, BadLine):
            raise PlaybookError(f"{name}:{record.line}", f"cannot be read: {record.problem}")
        connections.setdefault(record.connection, []).append(record)
    return [
        _Reader(compiled, name, frozenset(ignore)).book(lines) for lines in connections.values()
    ]


class _Reader:
    """Reads one connection."""

    def __init__(self, endpoint: CompiledEndpoint, name: str, ignore: frozenset[str]) -> None:
        self._endpoint, self._name, self._ignore = endpoint, name, ignore
        self._judge = Judge(endpoint)
        self._codecs = codecs_of(endpoint)
        self._keys: dict[object, str] = {}
        self._before: float | None = None

    def book(self, records: Sequence[Record]) -> Playbook:
        """The playbook of its lines."""
        steps: list[Step] = []
        params: Mapping[str, Pattern] = {}
        rejects: int | None = None
        for record in records:
            message = self._judge.feed(record).message.partition("|")[0]
            if record.kind is RecordKind.OPEN:
                params = self._params(record)
            elif record.kind is RecordKind.REJECTED:
                rejects = record.status or _REJECTED
            elif record.kind is RecordKind.CLOSE or record.is_message:
                steps.append(self._step(record, message))
            self._before = record.time if record.time is not None else self._before
            if record.kind is RecordKind.CLOSE:
                break
        return Playbook(
            self._endpoint,
            *steps,
            params=params,
            name=self._name,
            rejects=rejects,
            checked=False,
        )

    def _step(self, record: Record, message: str) -> Step:
        place, side = f"{self._name}:{record.line}", record.side
        after = 0.0
        if record.time is not None and self._before is not None:
            after = max(0.0, record.time - self._before)
        if record.kind is RecordKind.CLOSE:
            return Closes(
                side=side, code=record.code, reason=record.reason, after=after, place=place
            )
        if record.payload is None:
            raise PlaybookError(place, "a message was not recorded in full; record it again")
        kind = self._codecs[side].kinds.get(message)
        if kind is None:
            return Sends(side=side, payload=record.payload, after=after, place=place)
        return Says(
            side=side,
            message=message,
            body=self._body(kind, record.payload),
            after=after,
            payload=record.payload if side is Side.SERVER else None,
            place=place,
        )

    def _body(self, kind: KindCodec, payload: str | bytes) -> Pattern:
        content = content_of(kind, payload)
        if kind.schema.kind is not BodyKind.JSON:
            return self._text(content) if kind.side is Side.CLIENT else content
        path = tuple(kind.key_path or ())
        return exactly(self._pattern(content, kind.side, path))

    def _pattern(self, value: Any, side: Side, path: tuple[str, ...] | None) -> Pattern:
        """``value`` as a pattern; ``path`` leads from it to the key of a channel, if to any."""
        if path == () and isinstance(value, (str, int)) and not isinstance(value, bool):
            return self._key(value, side)
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            return {
                name: ANY
                if side is Side.CLIENT and name in self._ignore
                else self._pattern(inner, side, path[1:] if path and path[0] == name else None)
                for name, inner in fields.items()
            }
        if isinstance(value, list):
            return [self._pattern(inner, side, None) for inner in as_list(value)]
        return self._text(value) if side is Side.CLIENT else value

    def _key(self, value: str | int, side: Side) -> Pattern:
        """A key that the client has made up; one of the server's is what it is."""
        if side is Side.CLIENT:
            self._keys.setdefault(value, f"key{len(self._keys) + 1}")
        return named(self._keys[value]) if value in self._keys else value

    @staticmethod
    def _text(value: Any) -> Pattern:
        """A value in which what was redacted may be anything."""
        if not isinstance(value, str) or HIDDEN not in value:
            return value
        if value == HIDDEN:
            return ANY
        first, *middle, last = map(re.escape, value.split(HIDDEN))
        # Each piece is looked for once (an atomic group), so that no text takes long.
        between = "".join(f"(?>(?s:.*?){piece})" for piece in middle)
        return matching(f"{first}{between}(?s:.*){last}")

    def _params(self, record: Record) -> Mapping[str, Pattern]:
        params: Mapping[str, Any] = {}
        if record.target is not None:
            with suppress(InvalidParameter):
                params = match_request(self._endpoint, record.target) or {}
        return {name: self._text(value) for name, value in params.items()}
