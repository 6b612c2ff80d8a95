"""How a client proves who it is, from security schemes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schematic.define import AuthStrategy, DefinitionError
from schematic.interchange.reader.nodes import Node
from schematic.interchange.reader.words import is_handshake_header, sentence

__all__ = ["auth_of"]

_CHALLENGED = ("digest", "hoba", "mutual", "negotiate", "scram-sha-1", "scram-sha-256", "vapid")
"""Schemes that answer a challenge, so that no header can be written beforehand."""


def auth_of(root: Node, holders: Iterable[Node]) -> tuple[AuthStrategy, list[str]]:
    """The strategy that security schemes come to, and remarks on those that come to none.

    Args:
        root: the document.
        holders: what has a ``security``: a server, operations.
    """
    ways: list[AuthStrategy] = []
    remarks: list[str] = []
    seen: set[str] = set()
    for requirement in _requirements(holders):
        for scheme in _schemes(root, requirement, remarks):
            if scheme.place not in seen:
                seen.add(scheme.place)
                _add(scheme, ways, remarks)
        if not requirement.value and AuthStrategy.none() not in ways:
            ways.append(AuthStrategy.none())
    if len(ways) < 2:
        return ways[0] if ways else AuthStrategy.none(), remarks
    return AuthStrategy.any_of(*ways), remarks


def _requirements(holders: Iterable[Node]) -> Iterator[Node]:
    for holder in holders:
        listed = holder.get("security")
        if listed is not None:
            yield from listed.each()


def _schemes(root: Node, requirement: Node, remarks: list[str]) -> Iterator[Node]:
    """The schemes that are required: itself in AsyncAPI 3, the named ones in AsyncAPI 2."""
    if isinstance(requirement.mapping().get("type"), str):
        yield requirement
        return
    names = list(requirement.mapping())
    if len(names) > 1:
        remarks.append(
            f"{' and '.join(names)} are required together, which is not supported; they are "
            "listed as if each were enough"
        )
    for name in names:
        scheme = root.get("components", "securitySchemes", name)
        if scheme is None:
            raise requirement.refusal(f"there is no security scheme {name!r}")
        yield scheme


def _add(scheme: Node, ways: list[AuthStrategy], remarks: list[str]) -> None:
    kind = scheme.first_text_of("type")
    try:
        way = _way(scheme, kind)
        if way is not None:
            way.check()
    except DefinitionError as error:
        raise scheme.refusal(error.problem) from None
    if way is None:
        remarks.append(
            f"choose: auth=, for the security scheme {scheme.name} ({_told(scheme, kind)}), which "
            "does not say how the credentials travel; a token usually does as "
            f"AuthStrategy.bearer_token(). {sentence(scheme.first_text_of('description'))}"
        )
    elif way not in ways:
        ways.append(way)


def _way(scheme: Node, kind: str) -> AuthStrategy | None:
    """The strategy of one scheme; None where there is none."""
    where, name = scheme.first_text_of("in"), scheme.first_text_of("name")
    if kind == "httpApiKey" and where == "header" and not is_handshake_header(name):
        return AuthStrategy.api_key(header=name)
    if kind == "httpApiKey" and where == "query":
        return AuthStrategy.api_key_query(name=name)
    if kind == "userPassword":
        return AuthStrategy.basic()
    return _http(scheme.first_text_of("scheme")) if kind == "http" else None


def _http(scheme: str) -> AuthStrategy | None:
    name = scheme.lower()
    if name == "bearer":
        return AuthStrategy.bearer_token()
    if name == "basic":
        return AuthStrategy.basic()
    if not name or name in _CHALLENGED:
        return None
    return AuthStrategy.api_key(header="Authorization", prefix=scheme)


def _told(scheme: Node, kind: str) -> str:
    words = [kind, scheme.first_text_of("scheme"), scheme.first_text_of("in")]
    return " ".join(filter(None, words)) or "of no type"
