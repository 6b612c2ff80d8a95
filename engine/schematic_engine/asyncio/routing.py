"""What happens to a connection between its request and its end, as `serve` was told."""

from __future__ import annotations

from collections.abc import Mapping

from schematic.compile import CompiledEndpoint
from schematic.define import ParamValue, WebSocketApi
from schematic_engine.address import match_request
from schematic_engine.asyncio.server_connection import Handler, ServerConnection
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import InvalidParameter

__all__ = ["pipeline"]

_NO_ROUTES: tuple[CompiledEndpoint, ...] = ()
_TEXT = (("content-type", "text/plain; charset=utf-8"),)


def pipeline(
    endpoints: AnyEndpoint | Handler, handler: Handler | None, process_request: Handler | None
) -> Handler:
    """What happens to a connection, from its request to its end."""
    if handler is None:
        if not callable(endpoints):
            raise TypeError("serve() needs a handler: serve(api, handler) or serve(handler)")
        routed, last = _NO_ROUTES, endpoints
    else:
        assert not callable(endpoints)
        routed, last = _compiled(endpoints), handler

    async def handle(connection: ServerConnection) -> None:
        if process_request is not None:
            await process_request(connection)
        if routed and not connection.decided:
            await _route(routed, connection)
        if connection.endpoint is not None or not connection.decided:
            await last(connection)

    return handle


def _compiled(endpoints: AnyEndpoint) -> tuple[CompiledEndpoint, ...]:
    if isinstance(endpoints, WebSocketApi):
        return tuple(resolve(endpoints.endpoint(one.id)) for one in endpoints.endpoints)
    return (resolve(endpoints),)


async def _route(routed: tuple[CompiledEndpoint, ...], connection: ServerConnection) -> None:
    """Accept the connection for the endpoint whose path it names, or reject it."""
    request = connection.request
    for endpoint in routed:
        try:
            params = match_request(endpoint, request.target, request.headers)
        except InvalidParameter as error:
            return await connection.reject(400, _TEXT, str(error).encode())
        if params is not None:
            return await _welcome(endpoint, params, connection)
    return await connection.reject(404, _TEXT, b"no endpoint has this path")


async def _welcome(
    endpoint: CompiledEndpoint, params: Mapping[str, ParamValue], connection: ServerConnection
) -> None:
    """Accept the connection, unless it offers no subprotocol that the endpoint needs."""
    try:
        await connection.accept(endpoint, params=params)
    except InvalidParameter as error:
        await connection.reject(endpoint.endpoint.unagreed, _TEXT, str(error).encode())
