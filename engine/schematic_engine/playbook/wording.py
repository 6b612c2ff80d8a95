"""From a step to the payload that says it, and from a payload to what it says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.define import BodyKind, DefinitionError
from schematic_engine.codec import KindCodec, codecs_of
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.mock.samples import sample, sample_key
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import (
    Bindings,
    Named,
    Pattern,
    Unfillable,
    filled,
    names_in,
)
from schematic_engine.playbook.steps import Says, Sends

__all__ = ["content_of", "payload_of"]


def payload_of(endpoint: CompiledEndpoint, step: Says | Sends, known: Bindings) -> str | bytes:
    """The payload that says ``step``: what the script gives, and a sample of the rest.

    Args:
        endpoint: what is spoken.
        step: a step whose message the endpoint has.
        known: what names stand for; those that are new are added.

    Raises:
        PlaybookError: what the script gives does not fit the message.
    """
    if isinstance(step, Sends):
        return step.payload
    if step.payload is not None:
        return _again(step.payload, step.body, known)
    kind = codecs_of(endpoint)[step.side].kinds[step.message]
    for name in names_in(step.body):
        _make_up(kind, step.body, name, known)
    try:
        payload = _encoded(kind, step.body, known)
    except (Unfillable, DefinitionError, LocalInvalidMessage) as error:
        raise PlaybookError(step.place, f"{step}: {error}") from None
    return payload.decode() if kind.is_text else payload


def content_of(kind: KindCodec | None, payload: str | bytes) -> Any:
    """What ``payload`` says, to be held against a pattern: JSON values, ``str`` or ``bytes``."""
    if kind is not None and kind.schema.kind is not BodyKind.JSON:
        return payload
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(payload)
    return payload


def _again(payload: str | bytes, body: Pattern, known: Bindings) -> str | bytes:
    """What was recorded, with what the names in it stand for now."""
    if not any(True for _ in names_in(body)):
        return payload
    content = filled(body, None, known)
    if content == content_of(None, payload):
        return payload
    again = msgspec.json.encode(content)
    return again.decode() if isinstance(payload, str) else again


def _encoded(kind: KindCodec, body: Pattern, known: Bindings) -> bytes:
    """A sample with what the script gives; that alone where the two do not go together."""
    base = _sample(kind)
    try:
        return kind.encode(filled(body, base, known))
    except LocalInvalidMessage as error:
        if not isinstance(body, Mapping):
            raise
        with suppress(LocalInvalidMessage):
            return kind.encode(filled(body, None, known))
        raise error from None


def _sample(kind: KindCodec) -> Any:
    """A valid body of ``kind`` as JSON values; None where none can be made."""
    try:
        made = sample(kind.schema)
    except DefinitionError:
        return None
    return msgspec.to_builtins(made) if kind.schema.kind is BodyKind.JSON else made


def _make_up(kind: KindCodec, body: Pattern, name: str, known: Bindings) -> None:
    """A value for a name that has none yet and is a key: unlike those of all others."""
    if name not in known and kind.key_path and _place_of(body, name) == tuple(kind.key_path):
        known[name] = sample_key(kind.schema, kind.key_path, len(known) + 1)


def _place_of(pattern: Pattern, name: str) -> tuple[str, ...] | None:
    """The fields that lead to where ``name`` stands in ``pattern``."""
    if isinstance(pattern, Named) and pattern.name == name:
        return ()
    if isinstance(pattern, Mapping):
        for field, inner in cast("Mapping[str, Any]", pattern).items():
            place = _place_of(inner, name)
            if place is not None:
                return (field, *place)
    return None
