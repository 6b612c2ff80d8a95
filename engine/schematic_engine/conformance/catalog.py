"""Which endpoint does a recorded connection speak? Told from the URL that it asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.define import BoundEndpoint, DefinitionError, WebSocketApi
from schematic_engine.address import parse_url, read_target
from schematic_engine.conformance.redact import printable, shown_path
from schematic_engine.conformance.trace import Record, RecordKind
from schematic_engine.errors import InvalidParameter

__all__ = ["Catalog", "Speaks"]

Speaks: TypeAlias = "CompiledEndpoint | Catalog"
"""The endpoint that all connections speak, or those among which each finds its own."""

_MOST_NAMED = 4
_MOST_KNOWN = 1024
_LONGEST_HOST = 120


class Catalog:
    """Endpoints among which connections find theirs.

    Whoever asks the host of an API means it, so host and path decide. Where the host is none of
    theirs, as with a mock, a proxy or a test server, the path alone decides, if it fits exactly
    one of them.
    """

    def __init__(self, endpoints: Iterable[BoundEndpoint]) -> None:
        self._entries = [_Entry(endpoint) for endpoint in endpoints]
        self._known: OrderedDict[tuple[str, str], CompiledEndpoint | str] = OrderedDict()

    @property
    def apis(self) -> tuple[WebSocketApi, ...]:
        """The APIs whose endpoints they are."""
        return tuple({id(one.api): one.api for one in self._entries}.values())

    def find(self, first: Record) -> CompiledEndpoint | str:
        """The endpoint of a connection that begins with ``first``, or why there is none."""
        if first.kind is not RecordKind.OPEN or first.target is None:
            return "its request is not recorded, so its endpoint cannot be found"
        place = (first.host, first.target.partition("?")[0])
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._find(*place)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return known

    def _find(self, host: str, path: str) -> CompiledEndpoint | str:
        here = [entry for entry in self._entries if entry.is_at(host)]
        asked = f"{printable(host.rpartition('@')[2])[:_LONGEST_HOST]}{shown_path(path)}"
        entries = here or self._entries
        for any_prefix in (False, True):
            found = _closest([one for one in entries if one.fits(path, any_prefix)])
            if len(found) == 1:
                return found[0].compiled
            if found:
                names = ", ".join(one.name for one in found[:_MOST_NAMED])
                return f"what it asks for, {asked}, fits several endpoints: {names}"
        place = "of that host" if here else "that is known"
        return f"what it asks for, {asked}, is no endpoint {place}"


class _Entry:
    """One endpoint and where it is."""

    def __init__(self, bound: BoundEndpoint) -> None:
        self._bound = bound
        self.name = f"{bound.api.name}/{bound.endpoint.id}"
        try:
            base = parse_url(bound.api.base_url)
            self._authority, self._base_path = base.authority.casefold(), base.target
        except (InvalidParameter, DefinitionError):  # it is wherever its users say
            self._authority, self._base_path = "", ""

    @property
    def api(self) -> WebSocketApi:
        return self._bound.api

    @property
    def compiled(self) -> CompiledEndpoint:
        return compile_endpoint(self._bound)

    @property
    def placeholders(self) -> int:
        """How much of its path may be anything."""
        return self._bound.endpoint.path.count("{")

    def is_at(self, host: str) -> bool:
        """Whether ``host``, with or without the usual port, is where its API is."""
        host = host.casefold()
        usual = (host.removesuffix(":443"), host.removesuffix(":80"))
        return bool(host) and self._authority in (host, *usual)

    def fits(self, path: str, any_prefix: bool) -> bool:
        """Whether a path asks for it: below its own path or at the root, or anywhere."""
        bases = (None,) if any_prefix else (self._base_path, "")
        return any(read_target(self._bound.endpoint, path, base) is not None for base in bases)


def _closest(found: Sequence[_Entry]) -> list[_Entry]:
    """Those whose path says the most itself: ``/rooms/new`` rather than ``/rooms/{id}``."""
    fewest = min((one.placeholders for one in found), default=0)
    return [one for one in found if one.placeholders == fewest]
