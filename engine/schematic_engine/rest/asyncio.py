"""`RestClient`: call a described REST API with asyncio, or any event loop that ``httpx`` knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast

from schematic.define.rest import RestApi
from schematic_engine.rest.answers import Answer
from schematic_engine.rest.core import (
    Core,
    Operation,
    RestOptions,
    check_own,
    client_arguments,
    missing,
)
from schematic_engine.rest.requests import Request

if TYPE_CHECKING:
    import httpx

__all__ = ["RestClient", "RestSurface"]

T = TypeVar("T")


class RestClient:
    """Calls the endpoints of a described API. Use it with ``async with``, or `aclose` it.

    ::

        async with RestClient(elevenlabs_rest()) as client:
            voices = await client.call("ListVoices", {"page_size": 5})

    Args:
        api: the description.
        options: see `RestOptions`.

    Raises:
        MissingCredentials: the API wants credentials, and there are none.
        InvalidParameter: an option has a value that no request can carry.
        ModuleNotFoundError: ``httpx`` is not installed.
        TypeError: ``client`` is no ``httpx.AsyncClient``, or comes with options that it decides.
    """

    def __init__(self, api: RestApi, **options: Unpack[RestOptions]) -> None:
        self._core = Core(api, options)
        try:
            import httpx  # noqa: PLC0415  # an extra

            from schematic_engine.rest import library  # noqa: PLC0415
        except ModuleNotFoundError:
            raise missing() from None
        self._library = library
        self._own = "client" not in options
        if "client" in options:
            check_own(options, options["client"], httpx.AsyncClient)
            self._client = options["client"]
        else:
            self._client = httpx.AsyncClient(**client_arguments(options))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections; a client that the caller passed stays open."""
        if self._own:
            await self._client.aclose()

    async def call(
        self, endpoint: str, params: Mapping[str, object] | None = None, body: object = None
    ) -> Any:
        """Calls an endpoint and returns what its response says.

        Args:
            endpoint: its id.
            params: values by parameter name; None is as good as absent.
            body: a value of the type that the endpoint takes, a mapping from the names of a
                form's fields to their values, a text, or bytes or an open file.

        Returns:
            A value of the type of the response, a text, bytes, or None for an empty one.

        Raises:
            InvalidParameter: a value is unknown, missing or not allowed; nothing was sent.
            HttpError: the status is not 2xx.
            InvalidResponse: the body is not what the description says.
            MessageTooBig: the body is larger than a limit allows.
            httpx.TransportError: the network failed.
        """
        async with self._answered(endpoint, params, body) as (answer, raw):
            await _take_all(answer, raw)
            return answer.result()

    @asynccontextmanager
    async def _answered(
        self, endpoint: str, params: Mapping[str, object] | None, body: object
    ) -> AsyncGenerator[tuple[Answer, AsyncGenerator[bytes, None]], None]:
        request = self._core.request(endpoint, params, body)
        response = await self._client.send(self._built(request), stream=True)
        async with aclosing(response), aclosing(_raw(response)) as raw:
            lines = self._library.lines_of(response)
            inflated = response.is_stream_consumed
            yield self._core.answer(request, response.status_code, lines, inflated=inflated), raw

    def stream(
        self, endpoint: str, params: Mapping[str, object] | None = None, body: object = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Calls an endpoint and yields the body of its response while it arrives.

        ::

            async with client.stream("StreamSpeech", {...}, Speech("Hello.")) as chunks:
                async for chunk in chunks:
                    ...

        Args:
            endpoint: its id.
            params: values by parameter name.
            body: see `call`.

        Returns:
            A context manager, within which the chunks can be read: bytes, at most 64 KiB each.

        Raises:
            InvalidParameter: see `call`.
            HttpError: the status is not 2xx.
            httpx.TransportError: the network failed.
        """
        return self._stream(endpoint, params, body)

    @asynccontextmanager
    async def _stream(
        self, endpoint: str, params: Mapping[str, object] | None, body: object
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        async with self._answered(endpoint, params, body) as (answer, raw):
            if not answer.good:
                await _take_all(answer, raw)
                answer.result()
            async with aclosing(_chunks(answer, raw)) as chunks:
                yield chunks

    def _built(self, request: Request) -> httpx.Request:
        arguments = self._library.arguments_of(request)
        content = arguments.get("content")
        if isinstance(content, Iterator):
            pieces = cast("Iterator[bytes]", content)
            arguments["content"] = self._library.later(pieces)
        built = self._client.build_request(**arguments)
        return self._library.with_hidden_url(built, request)


async def _raw(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body as it arrives; as a whole where a hook or a mock has read it already."""
    if response.is_stream_consumed:
        yield response.content
        return
    async for data in response.aiter_raw():
        yield data


async def _take_all(answer: Answer, raw: AsyncIterator[bytes]) -> None:
    async for data in raw:
        answer.take(data)
        if answer.full:
            return


async def _chunks(answer: Answer, raw: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for data in raw:
        for piece in answer.pieces(data):
            yield piece
    answer.finish()


class RestSurface:
    """What a generated client with asyncio stands on; its methods call the endpoints."""

    def __init__(self, api: RestApi, options: RestOptions) -> None:
        self._rest = RestClient(api, **options)

    async def _call(
        self, operation: Operation[T], params: Mapping[str, object], body: object = None
    ) -> T:
        result: T = await self._rest.call(operation.endpoint, params, body)
        return result

    def _stream(
        self, operation: Operation[bytes], params: Mapping[str, object], body: object = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._rest.stream(operation.endpoint, params, body)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections; an ``httpx`` client that the caller passed stays open."""
        await self._rest.aclose()
