"""Redirects (RFC 9110, section 15.4): where a server points, and whether a client goes there.

A redirect is followed only when the caller asked for it, and by these rules:

* The statuses 301, 302, 303, 307 and 308 redirect, all in the same way: the request is a ``GET``.
  ``http`` in a Location means ``ws``, ``https`` means ``wss``; it may be relative.
* Never from ``wss`` to ``ws``, never twice to the same place.
* An origin is scheme, host and port (RFC 6454, section 4). To another one goes what anybody may
  know: neither credentials, in whatever way they travel, nor what the caller gave as ``headers``,
  ``subprotocols`` or parameters in headers. Nor do they again when a later redirect leads back.
  A query that repeats a secret loses it.
* What was meant for one server, such as an `ssl.SSLContext` that may hold a client's certificate,
  keeps a client from going to another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote_plus, urljoin, urlsplit

from schematic.define.urls import is_host
from schematic_engine.address import Address
from schematic_engine.errors import HandshakeRejected, InvalidParameter
from schematic_engine.hiding import held_by

__all__ = ["Redirect", "Redirects", "with_query"]

_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_PORTS: Final = {"ws": 80, "wss": 443}
_URL_TEXT = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986, section 2
_OTHER_SCHEME = re.compile(r"(?!(?:http|ws)s?://)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOSTLESS = re.compile(r"(?:[a-z]+:)?//(?![^/?#])", re.IGNORECASE)
_LONGEST: Final = 8000
"""Characters of a URL that everybody ought to take (RFC 9110, section 4.1)."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a client is sent.

    Attributes:
        address: where to.
        trusted: whether it has not left the first origin, so that credentials may go along.
    """

    address: Address
    trusted: bool


class Redirects:
    """Follows the redirects of one opening.

    Args:
        most: how many are followed.
        secrets: what must neither appear in the URL of another origin nor be shown in errors;
            see ``Connection.secrets``.
        bound_by: the argument, if any, that is meant for the first server alone.

    Raises:
        InvalidParameter: ``most`` is not a whole number from 0.
    """

    def __init__(
        self, most: object, *, secrets: Collection[str] = (), bound_by: str | None = None
    ) -> None:
        if not isinstance(most, int) or isinstance(most, bool) or most < 0:
            problem = f"how many redirects are followed: 0 or more, not {most!r}"
            raise InvalidParameter(parameter="redirects", problem=problem)
        self._most = most
        self._secrets = secrets
        self._bound_by = bound_by
        self._trusted = True
        self._seen: list[Address] = []

    def follow(
        self, rejected: HandshakeRejected, address: Address, locations: Sequence[str]
    ) -> Redirect:
        """Where to ask next.

        Args:
            rejected: how the server answered.
            address: where it was asked.
            locations: where the answer points, whole; see ``Connection.locations``.

        Raises:
            HandshakeRejected: nowhere: it is no redirect, or not one to follow. In that case the
                error says where it points and why that is not followed.
        """
        if rejected.status not in _STATUSES or not locations:
            raise rejected
        self._seen.append(address)
        try:
            return self._judged(locations, address)
        except ValueError as error:
            raise HandshakeRejected(
                status=rejected.status,
                headers=rejected.headers,
                body=rejected.body,
                hint=str(error),
            ) from None

    def _judged(self, locations: Sequence[str], address: Address) -> Redirect:
        if len(locations) > 1:
            raise ValueError("its Location is repeated")
        there = _located(locations[0], address)
        where = f"it points to {self._shown(there)}"
        if len(self._seen) > self._most:
            more = len(self._seen)
            raise ValueError(f"{where}; connect(redirects={more}) would follow")
        if address.secure and not there.secure:
            raise ValueError(f"{where}, and from wss:// nothing leads to ws://")
        if _origin(there) != _origin(address):
            if self._bound_by is not None:
                meant = f"{self._bound_by} is meant for this server alone"
                raise ValueError(f"{where}, another server, and {meant}: connect there yourself")
            self._trusted = False
        if not self._trusted and self._secrets:
            there = replace(there, target=_without(there.target, self._secrets))
            if held_by(there.host + there.target, self._secrets):
                raise ValueError("it points to another server and repeats the credentials")
        if there in self._seen:
            raise ValueError(f"{where}, where the client has been")
        return Redirect(there, self._trusted)

    def _shown(self, address: Address) -> str:
        """The URL without its query and whatever else may hold secrets."""
        path, mark, _ = address.target.partition("?")
        if held_by(address.host, self._secrets):
            return "a host whose name repeats the credentials"
        if held_by(path, self._secrets):
            path = "/..."
        return f"{address.scheme}://{address.authority}{path}{'?...' if mark else ''}"


def with_query(address: Address, pairs: Iterable[tuple[str, str]]) -> Address:
    """``address`` with those ``pairs`` whose names are not in its query yet."""
    path, _, query = address.target.partition("?")
    parts = query.split("&") if query else []
    known = {unquote_plus(part.partition("=")[0]) for part in parts}
    parts += [f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs if n not in known]
    return replace(address, target=path + ("?" + "&".join(parts) if parts else ""))


def _located(location: str, base: Address) -> Address:
    """The address that a Location names; it comes from a stranger."""
    if len(location) > _LONGEST:
        raise ValueError(f"its Location is longer than {_LONGEST} characters")
    if not _URL_TEXT.fullmatch(location):
        raise ValueError(
            "its Location is not a URL: it is empty, or a character cannot stand there"
        )
    if _OTHER_SCHEME.match(location):
        raise ValueError(
            "its Location begins neither with ws, wss, http and https, nor with a path"
        )
    scheme = "https" if base.secure else "http"
    try:
        parts = urlsplit(urljoin(f"{scheme}://{base.authority}{base.target}", location))
        port = parts.port
    except ValueError:
        raise ValueError("its Location is not a URL") from None
    if "@" in parts.netloc:
        raise ValueError("its Location holds a user name or password")
    if _HOSTLESS.match(location) or not is_host(parts.hostname or "") or port == 0:
        raise ValueError("its Location has no usable host and port")
    scheme = _SCHEMES[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(scheme, parts.hostname or "", port or _PORTS[scheme], target)


def _origin(address: Address) -> tuple[str, str, int]:
    return address.scheme, address.host, address.port


def _without(target: str, secrets: Collection[str]) -> str:
    """``target`` without the parameters whose value is a secret."""
    path, mark, query = target.partition("?")
    parts = query.split("&")
    kept = [part for part in parts if unquote_plus(part.partition("=")[2]) not in secrets]
    return f"{path}{mark}{'&'.join(kept)}" if any(kept) else path
