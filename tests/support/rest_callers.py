"""One call of a REST API, by either client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from schematic_engine.rest import (
    ApiRequest,
    ApiResponse,
    ConnectionParam,
    Endpoint,
    RestApi,
    RestClient,
    RestMethod,
    SyncRestClient,
)

__all__ = ["CALLERS", "STREAMERS", "Caller", "an_api"]

Caller = Callable[..., Any]
"""Takes an API, an endpoint's id, parameters, a body and options; returns what the call does."""


def an_api(
    *params: ConnectionParam,
    method: RestMethod = RestMethod.POST,
    path: str = "/speak",
    request: ApiRequest | None = None,
    response: ApiResponse | None = None,
    headers: Mapping[str, str] | None = None,
    **fields: Any,
) -> RestApi:
    """An API with one endpoint, ``Speak``."""
    endpoint = Endpoint(
        id="Speak",
        method=method,
        path=path,
        request=request,
        response=response or ApiResponse.empty(),
        headers=headers or {},
        request_params=params,
    )
    fields = {"name": "Example", "base_url": "https://api.example.com", **fields}
    return RestApi(endpoints=[endpoint], **fields)


def _call(
    api: RestApi,
    params: Mapping[str, object] | None = None,
    body: object = None,
    **options: Any,
) -> Any:
    async def run() -> Any:
        async with RestClient(api, **options) as client:
            return await client.call("Speak", params, body)

    return asyncio.run(run())


def _call_sync(
    api: RestApi,
    params: Mapping[str, object] | None = None,
    body: object = None,
    **options: Any,
) -> Any:
    with SyncRestClient(api, **options) as client:
        return client.call("Speak", params, body)


def _stream(api: RestApi, each: Callable[[bytes], bool], **options: Any) -> None:
    async def run() -> None:
        async with RestClient(api, **options) as client, client.stream("Speak") as chunks:
            async for chunk in chunks:
                if not each(chunk):
                    break

    asyncio.run(run())


def _stream_sync(api: RestApi, each: Callable[[bytes], bool], **options: Any) -> None:
    with SyncRestClient(api, **options) as client, client.stream("Speak") as chunks:
        for chunk in chunks:
            if not each(chunk):
                break


CALLERS: Final[dict[str, Caller]] = {"asyncio": _call, "sync": _call_sync}
STREAMERS: Final[dict[str, Caller]] = {"asyncio": _stream, "sync": _stream_sync}
