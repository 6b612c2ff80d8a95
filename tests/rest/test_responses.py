"""What callers get of what a real server answers."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import zlib
from collections.abc import Iterator
from threading import Event
from typing import Any

import httpx
import pytest
import trustme
from msgspec import Struct

from schematic import AuthStrategy, DefinitionError
from schematic_engine.rest import (
    ApiRequest,
    ApiResponse,
    HttpError,
    InvalidResponse,
    MessageTooBig,
    RestClient,
    RestLimits,
    RestMethod,
    Schema,
    SyncRestClient,
)
from schematic_engine.rest.requests import Requests
from support.http_server import HttpServer, Reply, serving
from support.rest_callers import Caller, an_api

SECRET = "sk-s3cret/with+odd=signs"


class Voice(Struct):
    name: str


JSON = ApiResponse.json(Schema(Voice))


@pytest.mark.parametrize(
    ("response", "body", "returned"),
    [
        (JSON, b'{"name":"Ada","new":1}', Voice("Ada")),
        (ApiResponse.json(Schema(list[Voice], name="Voices")), b"[]", []),
        (ApiResponse.json(Schema("Anything")), b'{"a":null}', {"a": None}),
        (ApiResponse.text(), "grün".encode(), "grün"),
        (ApiResponse.binary(), bytes(range(256)), bytes(range(256))),
        (ApiResponse.empty(), b"ignored", None),
    ],
)
def test_each_kind_of_response_is_read(
    server: HttpServer, call: Caller, response: ApiResponse, body: bytes, returned: object
) -> None:
    server.reply = Reply(200, body)
    assert call(an_api(response=response), url=server.url) == returned
    assert server.last().header("Accept") == (response.media_type or "*/*")


def test_a_text_is_read_in_the_charset_that_it_names(server: HttpServer, call: Caller) -> None:
    latin = (("Content-Type", "text/plain; charset=iso-8859-1"),)
    server.reply = Reply(200, b"gr\xfcn", latin)
    assert call(an_api(response=ApiResponse.text()), url=server.url) == "grün"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_without_a_body_is_fine_where_none_is_expected(
    server: HttpServer, call: Caller, status: int
) -> None:
    server.reply = Reply(status)
    assert call(an_api(method=RestMethod.DELETE), url=server.url) is None


@pytest.mark.parametrize(
    ("response", "reply", "problem"),
    [
        (JSON, Reply(200, b'{"name":1}'), r"Voice: Expected `str`, got `int` - at `\$.name`"),
        (JSON, Reply(200, b"<html>"), "Voice: JSON is malformed"),
        (JSON, Reply(204), "Voice: Input data was truncated"),
        (ApiResponse.text(), Reply(200, b"\xff"), "it is not utf-8"),
        (
            ApiResponse.text(),
            Reply(200, b"a", (("Content-Type", "text/a; charset=klingon"),)),
            "its charset 'klingon' is not known",
        ),
        (
            ApiResponse.binary(),
            Reply(200, b"a", (("Content-Encoding", "br"),)),
            "its Content-Encoding 'br' was not asked for",
        ),
        (
            ApiResponse.binary(),
            Reply(200, b"no gzip", (("Content-Encoding", "gzip"),)),
            "it cannot be decompressed",
        ),
        (
            ApiResponse.binary(),
            Reply(200, gzip.compress(b"abc")[:-4], (("Content-Encoding", "gzip"),)),
            "it is compressed, and cut off",
        ),
    ],
)
def test_a_body_that_is_not_the_described_one_is_an_error_with_the_place(
    server: HttpServer, call: Caller, response: ApiResponse, reply: Reply, problem: str
) -> None:
    server.reply = reply
    with pytest.raises(InvalidResponse, match=f"^Speak: the body of the response: {problem}"):
        call(an_api(response=response), url=server.url)


@pytest.mark.parametrize(
    ("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_bodies_are_read(
    server: HttpServer, call: Caller, coding: str, compress: Any
) -> None:
    body = bytes(range(256)) * 1000
    server.reply = Reply(200, compress(body), (("Content-Encoding", coding),))
    assert call(an_api(response=ApiResponse.binary()), url=server.url) == body


# Errors


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503, 599])
def test_a_status_that_is_no_success_is_an_error_with_status_and_body(
    server: HttpServer, call: Caller, status: int
) -> None:
    server.reply = Reply(status, b'{"detail":\n"no\x1b[31m"}', (("Retry-After", "7"),))
    with pytest.raises(HttpError) as caught:
        call(an_api(response=JSON), url=server.url)
    error = caught.value
    assert (error.status, error.body) == (status, b'{"detail":\n"no\x1b[31m"}')
    assert (error.endpoint, error.retry_after(0)) == ("Speak", 7.0)
    assert str(error).startswith(f"Speak: HTTP {status}")
    assert str(error).endswith(': {"detail": "no [31m"}')


def test_the_body_of_an_error_is_bounded_and_so_is_its_message(
    server: HttpServer, call: Caller
) -> None:
    server.reply = Reply(500, b"x" * 100_000)
    with pytest.raises(HttpError) as caught:
        call(an_api(), url=server.url, limits=RestLimits(max_error_body=1000))
    assert caught.value.body == b"x" * 1000
    assert len(str(caught.value)) < 300


def test_the_body_of_an_error_may_be_broken(server: HttpServer, call: Caller) -> None:
    for coding in ("br", "gzip"):
        server.reply = Reply(500, b"\xff\xff", (("Content-Encoding", coding),))
        with pytest.raises(HttpError, match="HTTP 500"):
            call(an_api(), url=server.url)


def test_redirects_are_not_followed(server: HttpServer, call: Caller) -> None:
    server.reply = Reply(307, headers=(("Location", f"{server.url}/elsewhere"),))
    with pytest.raises(HttpError, match=r"HTTP 307 .*redirects are not followed"):
        call(an_api(), url=server.url)
    assert server.received.qsize() == 1


def test_a_network_that_fails_is_httpx_error(call: Caller) -> None:
    with serving() as gone:
        url = gone.url
    with pytest.raises(httpx.ConnectError):
        call(an_api(), url=url)


# Limits


@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_that_is_too_large_is_refused_with_the_name_of_the_limit(
    server: HttpServer, call: Caller, compressed: bool
) -> None:
    body = bytes(1_000_001)
    headers = (("Content-Encoding", "gzip"),) if compressed else ()
    server.reply = Reply(200, gzip.compress(body) if compressed else body, headers)
    limits = RestLimits(max_response_size=1_000_000)
    api = an_api(response=ApiResponse.binary())
    with pytest.raises(MessageTooBig, match="max_response_size = 1000000 bytes"):
        call(api, url=server.url, limits=limits)
    assert len(call(api, url=server.url, limits=RestLimits(max_response_size=1_000_001)))


@pytest.mark.parametrize("value", [0, -1, True, 1.5, None])
def test_a_limit_is_a_number_of_bytes(value: Any) -> None:
    with pytest.raises(ValueError, match=r"RestLimits\.max_error_body"):
        RestLimits(max_error_body=value)


# Streams


def test_what_is_streamed_arrives_chunk_by_chunk(server: HttpServer, stream: Caller) -> None:
    """The server waits, before each chunk, until the client has seen the one before."""
    seen = [Event() for _ in range(20)]

    def chunks() -> Iterator[bytes]:
        for index, event in enumerate(seen):
            yield b"%03d" % index
            assert event.wait(30)

    got: list[bytes] = []

    def see(chunk: bytes) -> bool:
        seen[len(got)].set()
        got.append(chunk)
        return True

    server.reply = Reply(200, chunks=chunks)
    stream(an_api(response=ApiResponse.binary()), see, url=server.url)
    assert got == [b"%03d" % index for index in range(20)]


def test_a_stream_that_expands_comes_in_pieces_of_bounded_size(
    server: HttpServer, stream: Caller
) -> None:
    packed = gzip.compress(bytes(50_000_000))
    server.reply = Reply(200, packed, (("Content-Encoding", "gzip"),))
    sizes: list[int] = []

    def see(chunk: bytes) -> bool:
        sizes.append(len(chunk))
        return True

    api = an_api(response=ApiResponse.binary())
    limits = RestLimits(max_response_size=1)  # which bounds what is held, and nothing is
    stream(api, see, url=server.url, limits=limits)
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 64 * 1024


def test_a_stream_may_be_left_early(server: HttpServer, stream: Caller) -> None:
    left = Event()

    def chunks() -> Iterator[bytes]:
        yield b"first"
        assert left.wait(30)

    server.reply = Reply(200, chunks=chunks)
    got: list[bytes] = []

    def see(chunk: bytes) -> bool:
        got.append(chunk)
        return False

    stream(an_api(), see, url=server.url)
    left.set()
    assert got == [b"first"]


def test_a_stream_that_is_refused_raises_before_any_chunk(
    server: HttpServer, stream: Caller
) -> None:
    server.reply = Reply(404, b"no such voice")
    with pytest.raises(HttpError, match="no such voice"):
        stream(an_api(), lambda _: True, url=server.url)


# Secrets


AUTHS = [
    AuthStrategy.api_key(header="X-Key"),
    AuthStrategy.bearer_token(),
    AuthStrategy.api_key_query(name="key"),
]


@pytest.mark.parametrize("auth", AUTHS)
def test_secrets_show_nowhere(
    server: HttpServer, call: Caller, auth: AuthStrategy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "httpx")
    server.reply = Reply(401, f"x{SECRET}".encode() * 99, (("X-Echo", SECRET),))
    with pytest.raises(HttpError) as caught:
        call(an_api(auth=auth), auth=SECRET, url=server.url, limits=RestLimits(max_error_body=33))
    error = caught.value
    told = f"{error} {error!r} {error.headers} {error.body!r} {caplog.text}"
    assert "s3cret" not in told
    assert "/speak" in caplog.text
    got = server.last()
    assert "s3cret" in f"{got.headers} {got.target}"


def test_a_request_shows_no_more_than_its_name() -> None:
    api = an_api(request=ApiRequest.text())
    request = Requests(api, None, headers={"Authorization": SECRET}).build(
        api.endpoint(), body="private"
    )
    assert repr(request) == "Request(POST Speak)"
    assert repr(request.body).startswith("<")


# Hooks


def test_hooks_and_a_transport_are_handed_to_httpx() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=gzip.compress(b"ok"), headers={"Content-Encoding": "gzip"}
        )

    with SyncRestClient(
        an_api(response=ApiResponse.text()),
        transport=httpx.MockTransport(answer),
        event_hooks={"request": [lambda request: seen.append(request.method)]},
        timeout=1.5,
    ) as client:
        assert client.call("Speak") == "ok"
    assert seen == ["POST"]


def test_hooks_and_a_transport_are_handed_to_httpx_with_asyncio(server: HttpServer) -> None:
    seen: list[bytes] = []
    server.reply = Reply(200, b"ok")

    async def read(response: httpx.Response) -> None:
        seen.append(await response.aread())

    async def run() -> str:
        async with RestClient(
            an_api(response=ApiResponse.text()),
            url=server.url,
            transport=httpx.AsyncHTTPTransport(retries=1),
            event_hooks={"response": [read]},
        ) as client:
            return str(await client.call("Speak"))

    assert asyncio.run(run()) == "ok"
    assert seen == [b"ok"]


def test_a_client_of_the_callers_is_used_and_left_open(server: HttpServer) -> None:
    with httpx.Client(headers={"X-Mine": "yes"}) as own:
        with SyncRestClient(an_api(), client=own, url=server.url) as client:
            client.call("Speak")
        assert not own.is_closed
        assert server.last().header("X-Mine") == "yes"

    async def run() -> None:
        async with httpx.AsyncClient() as own:
            async with RestClient(an_api(), client=own, url=server.url) as client:
                await client.call("Speak")
            assert not own.is_closed

    asyncio.run(run())
    assert server.last().header("X-Mine") is None


def test_a_client_of_the_wrong_kind_or_with_options_of_its_own_is_refused() -> None:
    with httpx.Client() as own:
        with pytest.raises(TypeError, match=r"client: pass an httpx\.AsyncClient, not Client"):
            RestClient(an_api(), client=own)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="timeout: your own client decides that"):
            SyncRestClient(an_api(), client=own, timeout=1)


def test_a_server_that_nobody_vouches_for_is_refused(call: Caller) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(tls=context) as server:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            call(an_api(), url=server.url)
        call(an_api(), url=server.url, ssl=trusting)
        assert server.last().method == "POST"


def test_an_endpoint_that_is_not_described_is_refused_with_those_that_are() -> None:
    problem = "'Speck' is not an endpoint of this API. There are: Speak"
    with SyncRestClient(an_api()) as client, pytest.raises(DefinitionError, match=problem):
        client.call("Speck")
