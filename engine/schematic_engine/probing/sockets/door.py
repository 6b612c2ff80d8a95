"""`Door`: where a prober asks for a connection, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schematic.compile import CompiledEndpoint, narrow
from schematic.define import BoundEndpoint, Side
from schematic_engine.address import Address, address_of, header_params
from schematic_engine.arguments import HeaderLines, header_lines
from schematic_engine.credentials import Carried, Credentials, credentials_for
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.handshake import ClientHandshake
from schematic_engine.hiding import secret_forms

__all__ = ["Door", "address_at", "door_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """What every connection of a probe begins with.

    Attributes:
        endpoint: what is spoken, with the messages that its parameters leave.
        address: where it is.
        headers: the header lines of the request.
        subprotocols: what is offered.
        carried: how credentials travel.
        secrets: what is told to nobody.
        username: the user name of the credentials, if a header carries it with the secret.
    """

    endpoint: CompiledEndpoint
    address: Address
    headers: tuple[tuple[str, str], ...]
    subprotocols: tuple[str, ...]
    carried: Carried
    secrets: tuple[str, ...]
    username: str | None

    def knock(self) -> ClientHandshake:
        """A fresh handshake, whose request is to be written."""
        return ClientHandshake(
            self.address,
            headers=self.headers,
            subprotocols=self.subprotocols,
            secret=self.carried.subprotocols[-1] if self.carried.subprotocols else None,
            compression=False,
        )


def door_of(
    endpoint: AnyEndpoint,
    url: str,
    *,
    params: Mapping[str, object] | None = None,
    credentials: Credentials | None = None,
    headers: HeaderLines = (),
) -> Door:
    """The door to ``endpoint`` at ``url``.

    Args:
        endpoint: what is spoken there.
        url: where: a base URL, or one that ends with the endpoint's path already.
        params: values of the connection's parameters by name.
        credentials: what the API's authentication wants.
        headers: further header lines.

    Raises:
        LocalProtocolError: a parameter or credential is missing or cannot be sent, or the URL is
            none.
    """
    compiled = narrow(resolve(endpoint), params or {})
    bound = BoundEndpoint(api=compiled.api, endpoint=compiled.endpoint)
    said = {kind.id for kind in compiled.kinds if kind.side is Side.CLIENT}
    carried = credentials_for(bound.api, credentials, said)
    lines = header_lines(headers)
    address = address_at(bound, url, params, query=carried.query)
    given = (*header_params(bound, params), *carried.headers, *lines)
    names = {name.lower() for name, _ in given}
    usual = tuple(line for line in bound.api.headers if line[0].lower() not in names)
    offered = (*bound.endpoint.subprotocols, *carried.subprotocols)
    return Door(
        endpoint=compiled,
        address=address,
        headers=(*usual, *given),
        subprotocols=tuple(dict.fromkeys(offered)),
        carried=carried,
        secrets=secret_forms(credentials, lines, bound.api.auth.ways),
        username=None if credentials is None else credentials.username,
    )


def address_at(
    bound: BoundEndpoint,
    url: str,
    params: Mapping[str, object] | None,
    *,
    query: Iterable[tuple[str, str]] = (),
) -> Address:
    """Where ``bound`` is at ``url``, which may end with its path already.

    Raises:
        InvalidParameter: see `schematic_engine.address.address_of`.
    """
    path = bound.endpoint.path
    base = url.removesuffix(path) if path != "/" else url
    return address_of(bound, params, url=base, query=query)
