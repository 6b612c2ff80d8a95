"""`SyncRestClient`: call a described REST API from a script."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from schematic.define.rest import RestApi
from schematic_engine.rest.answers import Answer
from schematic_engine.rest.core import (
    Core,
    Operation,
    SyncRestOptions,
    check_own,
    client_arguments,
    missing,
)
from schematic_engine.rest.requests import Request

if TYPE_CHECKING:
    import httpx

__all__ = ["SyncRestClient", "SyncRestSurface"]

T = TypeVar("T")


class SyncRestClient:
    """Calls the endpoints of a described API. Use it with ``with``, or `close` it.

    ::

        with SyncRestClient(elevenlabs_rest()) as client:
            voices = client.call("ListVoices", {"page_size": 5})

    Args:
        api: the description.
        options: see `SyncRestOptions`.

    Raises:
        MissingCredentials: the API wants credentials, and there are none.
        InvalidParameter: an option has a value that no request can carry.
        ModuleNotFoundError: ``httpx`` is not installed.
        TypeError: ``client`` is no ``httpx.Client``, or comes with options that it decides.
    """

    def __init__(self, api: RestApi, **options: Unpack[SyncRestOptions]) -> None:
        self._core = Core(api, options)
        try:
            import httpx  # noqa: PLC0415  # an extra

            from schematic_engine.rest import library  # noqa: PLC0415
        except ModuleNotFoundError:
            raise missing() from None
        self._library = library
        self._own = "client" not in options
        if "client" in options:
            check_own(options, options["client"], httpx.Client)
            self._client = options["client"]
        else:
            self._client = httpx.Client(**client_arguments(options))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections; a client that the caller passed stays open."""
        if self._own:
            self._client.close()

    def call(
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
        with self._answered(endpoint, params, body) as (answer, raw):
            _take_all(answer, raw)
            return answer.result()

    @contextmanager
    def _answered(
        self, endpoint: str, params: Mapping[str, object] | None, body: object
    ) -> Generator[tuple[Answer, Generator[bytes, None, None]], None, None]:
        request = self._core.request(endpoint, params, body)
        response = self._client.send(self._built(request), stream=True)
        with closing(response), closing(_raw(response)) as raw:
            lines = self._library.lines_of(response)
            inflated = response.is_stream_consumed
            yield self._core.answer(request, response.status_code, lines, inflated=inflated), raw

    def stream(
        self, endpoint: str, params: Mapping[str, object] | None = None, body: object = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Calls an endpoint and yields the body of its response while it arrives.

        ::

            with client.stream("StreamSpeech", {...}, Speech("Hello.")) as chunks:
                for chunk in chunks:
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

    @contextmanager
    def _stream(
        self, endpoint: str, params: Mapping[str, object] | None, body: object
    ) -> Generator[Iterator[bytes], None, None]:
        with self._answered(endpoint, params, body) as (answer, raw):
            if not answer.good:
                _take_all(answer, raw)
                answer.result()
            with closing(_chunks(answer, raw)) as chunks:
                yield chunks

    def _built(self, request: Request) -> httpx.Request:
        built = self._client.build_request(**self._library.arguments_of(request))
        return self._library.with_hidden_url(built, request)


def _raw(response: httpx.Response) -> Generator[bytes, None, None]:
    """The body as it arrives; as a whole where a hook or a mock has read it already."""
    if response.is_stream_consumed:
        yield response.content
        return
    yield from response.iter_raw()


def _take_all(answer: Answer, raw: Iterator[bytes]) -> None:
    for data in raw:
        answer.take(data)
        if answer.full:
            return


def _chunks(answer: Answer, raw: Iterator[bytes]) -> Generator[bytes, None, None]:
    for data in raw:
        yield from answer.pieces(data)
    answer.finish()


class SyncRestSurface:
    """What a generated sync client stands on; its methods call the endpoints."""

    def __init__(self, api: RestApi, options: SyncRestOptions) -> None:
        self._rest = SyncRestClient(api, **options)

    def _call(
        self, operation: Operation[T], params: Mapping[str, object], body: object = None
    ) -> T:
        result: T = self._rest.call(operation.endpoint, params, body)
        return result

    def _stream(
        self, operation: Operation[bytes], params: Mapping[str, object], body: object = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        return self._rest.stream(operation.endpoint, params, body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections; an ``httpx`` client that the caller passed stays open."""
        self._rest.close()
