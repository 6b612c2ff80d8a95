"""Whether one version's server takes the upgrade request of another version's client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from schematic.compile.diff.differences import Difference, Effect
from schematic.compile.endpoint import CompiledEndpoint
from schematic.define import AuthKind, ConnectionParam, ParamLocation, ParamValue

__all__ = ["compare_requests"]

_Params: TypeAlias = dict[tuple[ParamLocation, str], ConnectionParam]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def compare_requests(client: CompiledEndpoint, server: CompiledEndpoint) -> Iterator[Difference]:
    """What the server refuses, or does not look at, in the client's upgrade request."""
    sent, served = _path(client), _path(server)
    if _PLACEHOLDER.sub("{}", sent) != _PLACEHOLDER.sub("{}", served):
        yield _breaks("path", f"the client asks for {sent}, and the server is at {served}")
        return
    yield from _compare_auth(client, server)
    yield from _compare_subprotocols(client.endpoint.subprotocols, server.endpoint.subprotocols)
    yield from _compare_params(_params(client), _params(server))
    for constraint in server.endpoint.constraints:
        if constraint not in client.endpoint.constraints:
            message = f"the server requires of the parameters: {constraint}"
            yield _breaks(constraint.names[0], message)


def _compare_auth(client: CompiledEndpoint, server: CompiledEndpoint) -> Iterator[Difference]:
    taken = set(server.api.auth.ways)
    if any(way.kind is AuthKind.NONE for way in taken):
        return
    if not taken.issuperset(client.api.auth.ways):
        yield _breaks(
            "auth", "the client may prove who it is in a way that the server does not take"
        )


def _compare_subprotocols(offered: Sequence[str], known: Sequence[str]) -> Iterator[Difference]:
    if (offered or known) and not set(offered) & set(known):
        mine, theirs = (", ".join(names) or "none" for names in (offered, known))
        message = f"the client speaks the subprotocols {mine}, and the server {theirs}"
        yield _breaks("subprotocols", message)


def _compare_params(given: _Params, wanted: _Params) -> Iterator[Difference]:
    for place, param in wanted.items():
        if place in given:
            yield from _compare(given[place], param)
        elif param.required and param.default is None:
            message = f"the server requires the parameter {param.name}, which is not sent"
            yield _breaks(param.name, message)
    for place, param in given.items():
        if place not in wanted:
            message = f"the server does not look at the parameter {param.name}"
            yield Difference(Effect.IGNORED, param.name, message)


def _breaks(subject: str, message: str) -> Difference:
    return Difference(Effect.BREAKS, subject, message)


def _path(endpoint: CompiledEndpoint) -> str:
    """The path that is asked for, with its placeholders."""
    return urlsplit(endpoint.api.base_url).path.rstrip("/") + endpoint.endpoint.path


def _params(endpoint: CompiledEndpoint) -> _Params:
    """The parameters by where they travel; in the path they go by their number."""
    found: _Params = {}
    for number, param in enumerate(endpoint.endpoint.params):
        location = param.location or ParamLocation.QUERY
        name = param.name.lower() if location is ParamLocation.HEADER else param.name
        found[location, str(number) if location is ParamLocation.PATH else name] = param
    return found


def _compare(sent: ConnectionParam, read: ConnectionParam) -> Iterator[Difference]:
    """What the server refuses about one parameter."""
    if read.required and read.default is None and not sent.required:
        message = f"the server requires the parameter {read.name}, which may be left out"
        yield _breaks(read.name, message)
    refused = [value for value in _values(sent) if not _takes(sent, read, value)]
    if refused:
        yield _breaks(read.name, f"as the parameter {read.name} {_refusal(sent, read, refused)}")


def _refusal(sent: ConnectionParam, read: ConnectionParam, refused: list[ParamValue]) -> str:
    """Which values it is that a client may send and the server refuses."""
    if sent.choices and not sent.many:
        return f"the client may send {_listed(refused)}, which the server refuses"
    mine, theirs = _domain(sent), _domain(read)
    if mine == theirs:
        return f"the server does not read {refused[0]!r} as the client writes it"
    return f"the client may send {mine}, and the server takes {theirs}: not {refused[0]!r}, say"


def _domain(param: ConnectionParam) -> str:
    """The values that a parameter has."""
    bounds = [
        f"{word} {bound}"
        for word, bound in (("at least", param.minimum), ("at most", param.maximum))
        if bound is not None
    ]
    kind = " ".join([f"any {param.param_type.value}", " and ".join(bounds)]).rstrip()
    single = _listed(param.choices) if param.choices else kind
    if not param.many:
        return single
    least = [f"at least {param.min_items}"] if param.min_items else []
    most = [] if param.max_items is None else [f"at most {param.max_items}"]
    count = " and ".join([*least, *most])
    return f"a list of {count or 'any number'}, each {single}"


def _listed(values: Sequence[ParamValue]) -> str:
    *front, last = map(repr, values)
    return f"{', '.join(front)} or {last}" if front else last


def _values(param: ConnectionParam) -> Iterator[ParamValue]:
    """Values that stand for all that a client may send."""
    bounds = (bound for bound in (param.minimum, param.maximum) if bound is not None)
    singles = param.choices or (*_EXAMPLES, *bounds)
    lists = [(one, other) for one in singles for other in singles] if param.many else []
    for value in (*singles, *lists):
        try:
            yield param.value(value)
        except ValueError:
            continue


_EXAMPLES = ("any text", "a,b", "1", "0", "-1", "1.5", "true", "false", {"name": "text"})
"""Values of all types, of which each parameter takes those that are of its own."""


def _takes(sent: ConnectionParam, read: ConnectionParam, value: ParamValue) -> bool:
    """Whether the server reads ``value`` as the client writes it."""
    try:
        texts = sent.write(value)
    except ValueError:
        return True  # no client writes it
    named = ((read.name + name.removeprefix(sent.name), text) for name, text in texts)
    try:
        return read.read(named) is not None
    except ValueError:
        return False
