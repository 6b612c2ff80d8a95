"""Which fields of one endpoint are secret, and what on it is no secret: `SecretFields`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schematic.compile import CompiledEndpoint
from schematic.compile.shapes import FieldShape
from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance.texts import Names, Path

__all__ = ["SecretFields"]


class SecretFields:
    """What an endpoint says of its secrets.

    Attributes:
        names: the fields that are secret in what each side says, and those that are not.
        words: the names of fields, and the texts that they may have instead of any: whoever says
            one of them repeats the description, and no secret.
    """

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self.names = {side: _names(endpoint, side) for side in Side}
        self.words = frozenset(
            word
            for side in Side
            for kind in codecs_of(endpoint)[side].kinds.values()
            for word in _words(kind.shape.fields)
        )


def _names(endpoint: CompiledEndpoint, side: Side) -> Names:
    """The fields that are secret in what ``side`` says, and those that are not."""
    paths = [way.field for way in endpoint.api.auth.ways if way.field is not None]
    return Names(
        frozenset(path.rpartition(".")[2] for path in paths), frozenset(_telling(endpoint, side))
    )


def _telling(endpoint: CompiledEndpoint, side: Side) -> Iterator[Path]:
    """The fields by whose values messages, or channels, are told apart."""
    for kind in codecs_of(endpoint)[side].kinds.values():
        yield from _literal(kind.shape.fields)
        if kind.key_path is not None:
            yield kind.key_path
    for _, channel in endpoint.table.every_channel():
        path = channel.key.path(side)
        if path is not None:
            yield path


def _literal(fields: Iterable[FieldShape], around: Path = ()) -> Iterator[Path]:
    for field in fields:
        if field.literals is not None:
            yield (*around, field.name)
        yield from _literal(field.inside or (), (*around, field.name))


def _words(fields: Iterable[FieldShape]) -> Iterator[str]:
    for field in fields:
        yield field.name
        yield from (one for _, one in field.literals or () if isinstance(one, str))
        yield from _words(field.inside or ())
