"""What clients asked for: paths with their placeholders, parameters, subprotocols.

Credentials are left out: parameters that are called like one, and subprotocols that nobody chose.
No value of a parameter gets into a definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from schematic.define import ConnectionParam, DefinitionError, ParamType
from schematic.define.checks import subprotocol_problem
from schematic.define.urls import split_url
from schematic.generate.names import Names, class_name, snake_case
from schematic_engine.conformance.redact import is_secret
from schematic_engine.infer.conversations import Conversation
from schematic_engine.infer.evidence import SURE

__all__ = ["Asked", "address_of", "asked_for"]

_ENOUGH = 3
_MOST_PARAMS = 100
_LONGEST_NAME = 60
_LONGEST_PATH = 500
_IN_PATHS = "@!$&'()*+,;=~"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
_FIXED = re.compile(
    r"[A-Za-z]{1,20}(?:[_.-][A-Za-z]{1,20}){0,5}|v[0-9]{1,3}(?:[.-][A-Za-z0-9.]{1,12})?", re.ASCII
)
"""A segment that is made of words or a version, and no id."""

_NUMBER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_REAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
_WORDS = frozenset({"true", "false"})


@dataclass(slots=True)
class Asked:
    """One endpoint as clients asked for it.

    Attributes:
        path: its path, with placeholders.
        conversations: who asked for it.
        params: the parameters of the query.
        subprotocols: those that a server chose.
        remarks: what was left out, and why.
    """

    path: str
    conversations: list[Conversation]
    params: list[ConnectionParam] = field(default_factory=list[ConnectionParam])
    subprotocols: list[str] = field(default_factory=list[str])
    remarks: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """What to call the endpoint: the last words of its path."""
        words = [one for one in self.path.split("/") if one and "{" not in one]
        plain = [one for one in words if not re.fullmatch(r"v[0-9].*|ws", one)]
        named = class_name(" ".join(snake_case(one).replace("_", " ") for one in plain[-2:]))
        versions = [one for one in words if re.fullmatch(r"v[0-9]+", one)]
        return (named if plain else "Connection") + "".join(one.upper() for one in versions[:1])


def asked_for(conversations: Sequence[Conversation]) -> list[Asked]:
    """The endpoints that conversations were with, in order of appearance.

    Paths that differ only in segments that look like ids, or in one segment that has at least three
    values, are one endpoint.
    """
    shapes: dict[tuple[str, ...], list[Conversation]] = {}
    for one in conversations:
        shapes.setdefault(_shape(one.target), []).append(one)
    merged = _merged(shapes)
    return [_asked(path, some) for path, some in merged.items()]


def address_of(conversations: Sequence[Conversation]) -> str | None:
    """The base URL of the one host that all conversations were with; None if there is none.

    A host on this machine is none: a recording was made there, and no service runs there.
    """
    hosts = {one.host for one in conversations}
    host = hosts.pop() if len(hosts) == 1 else ""
    name = host.rpartition(":")[0] or host
    if not host or name.startswith(("127.", "[", "localhost")):
        return None
    try:
        split_url(f"wss://{host}", ("wss",))
    except DefinitionError:
        return None
    return f"wss://{host}"


def _segments(target: str | None) -> list[str]:
    path = (target or "/").partition("?")[0].partition("#")[0]
    path = re.sub(r"^[A-Za-z]+://[^/]*", "", path)[:_LONGEST_PATH]
    return path.split("/")[1:] if path.startswith("/") else path.split("/")


def _shape(target: str | None) -> tuple[str, ...]:
    """The segments of a path; ``{}`` for one that looks like an id, or follows a secret's name."""
    segments = _segments(target)
    return tuple(
        one if not one or (_FIXED.fullmatch(one) and not is_secret(before)) else "{}"
        for before, one in zip(["", *segments], segments, strict=False)
    )


def _merged(
    shapes: dict[tuple[str, ...], list[Conversation]],
) -> dict[tuple[str, ...], list[Conversation]]:
    """The same, where a segment that has many values, or one that is an id, is a placeholder."""
    merged: dict[tuple[str, ...], list[Conversation]] = {}
    for shape, some in shapes.items():
        found = shape
        for place in range(1, len(shape)):
            alike = {
                one[place]
                for one in shapes
                if (len(one), one[:place], one[place + 1 :])
                == (len(shape), shape[:place], shape[place + 1 :])
            }
            if len(alike) >= _ENOUGH or "{}" in alike:
                found = (*found[:place], "{}", *found[place + 1 :])
        merged.setdefault(found, []).extend(some)
    return merged


def _asked(shape: tuple[str, ...], conversations: list[Conversation]) -> Asked:
    asked = Asked(_path(shape), conversations)
    if all(one.target is None for one in conversations):
        asked.remarks.append("The path was not recorded.")
    _add_params(asked, conversations)
    chosen = {one.chosen for one in conversations if one.chosen is not None}
    asked.subprotocols = sorted(
        one
        for one in chosen
        if len(one) <= _LONGEST_NAME and not subprotocol_problem(one) and not is_secret(one)
    )
    if not chosen and any(one.offered for one in conversations):
        asked.remarks.append(
            "Clients offered subprotocols, but what the server chose was not recorded; they may "
            "hold credentials, so they are left out."
        )
    return asked


def _path(shape: Sequence[str]) -> str:
    """A path; a placeholder is called after the segment before it."""
    names = Names()
    parts: list[str] = []
    before = "id"
    for one in shape:
        if one == "{}":
            stem = snake_case(before, empty="id")
            parts.append(f"{{{names.new(stem if stem == 'id' else f'{stem}_id')}}}")
        else:
            parts.append(quote(unquote(one), safe=_IN_PATHS))
            before = one if one and not re.fullmatch(r"v[0-9].*", one) else before
    return "/" + "/".join(parts)


def _add_params(asked: Asked, conversations: Sequence[Conversation]) -> None:
    """The parameters of the query, by their names, with the types of their values."""
    given: dict[str, list[str]] = {}
    repeated: set[str] = set()
    requests = [one for one in conversations if one.target is not None]
    for one in requests:
        query = (one.target or "").partition("?")[2].partition("#")[0]
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMS)
        except ValueError:
            asked.remarks.append("A query with too many parameters is left out.")
            continue
        names = [name for name, _ in pairs]
        repeated.update(name for name in names if names.count(name) > 1)
        for name, value in dict(pairs).items():
            given.setdefault(name, []).append(value)
    secret = [name for name in given if is_secret(name)]
    odd = [name for name in given if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name)]
    if secret:
        asked.remarks.append("Parameters that are called like credentials are left out: see auth.")
    if odd or len(given) > _MOST_PARAMS:
        asked.remarks.append("Parameters with unusual names are left out.")
    for name, values in list(given.items())[:_MOST_PARAMS]:
        if name in secret or name in odd or name in repeated or f"{{{name}}}" in asked.path:
            continue
        asked.params.append(
            ConnectionParam(
                name=name,
                param_type=_type(values),
                required=len(values) == len(requests) >= SURE,
            )
        )
    if repeated - set(secret) - set(odd):
        asked.remarks.append("Parameters that were given several times are left out: see many=.")


def _type(values: Iterable[str]) -> ParamType:
    given = list(values)
    if all(map(_NUMBER.fullmatch, given)):
        return ParamType.INTEGER
    if all(map(_REAL.fullmatch, given)):
        return ParamType.FLOAT
    if all(one.lower() in _WORDS for one in given):
        return ParamType.BOOLEAN
    return ParamType.STRING
