"""The rules of the opening handshake, each held over any cutting of the bytes into reads.

RFC 6455, section 4, and RFC 9112 for the HTTP around it. Sizes and framing of bodies are in
test_handshake.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.utilities import generate_accept_token

from schematic_engine.address import Address
from schematic_engine.errors import MessageTooBig, RemoteProtocolError
from schematic_engine.events import Accepted, Rejected, Request
from schematic_engine.handshake import ClientHandshake, ServerHandshake
from support.frames import cut, cuts
from support.upgrades import KEY, request, switching

DEFLATE = "permessage-deflate"
few = settings(max_examples=5)  # beside no cut at all and a cut after every byte


def asking(data: bytes, reads: Iterable[int]) -> tuple[Request | int, ServerHandshake]:
    """What a server makes of a request: the request, or the status with which it refuses."""
    server, found = ServerHandshake(), None
    try:
        for piece in cut(data, list(reads)):
            found = server.receive_data(piece) or found
    except RemoteProtocolError:
        response = server.data_to_send()
        assert b"\r\nconnection: close\r\n" in response.lower()
        return int(response.split()[1]), server
    assert found is not None
    return found, server


def every_byte(data: bytes) -> range:
    return range(len(data))


GOOD_REQUESTS = {
    "two Connection lines": request("Connection: keep-alive"),
    "a list of connection options": request(
        "Connection: keep-alive, UPGRADE,", without="Connection"
    ),
    "one of several protocols": request("Upgrade: foo/2, WebSocket", without="Upgrade"),
    "several protocols in lines": request("Upgrade: h2c"),
    "subprotocols in two lines": request("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"),
    "bare line feeds": request(end="\n"),
    "an unknown extension": request("Sec-WebSocket-Extensions: x; y=1, z"),
    "spaces around a key": request(f"Sec-WebSocket-Key:  {KEY} ", without="Sec-WebSocket-Key"),
}


@pytest.mark.parametrize("name", GOOD_REQUESTS)
@few
@given(places=cuts())
def test_a_request_in_order_is_understood_however_it_is_cut(name: str, places: list[int]) -> None:
    data = GOOD_REQUESTS[name]
    for reads in ([], places, every_byte(data)):
        found, server = asking(data, reads)
        assert isinstance(found, Request)
        assert found.path == "/v1/stream"
        server.accept(compression=True)
        assert server.deflate is None


BAD_REQUESTS = {
    "no key": (400, request(without="Sec-WebSocket-Key")),
    "an empty key": (400, request("Sec-WebSocket-Key:", without="Sec-WebSocket-Key")),
    "a key of 15 bytes": (
        400,
        request("Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2Rl", without="Sec-WebSocket-Key"),
    ),
    "a key of 17 bytes": (
        400,
        request("Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZmc=", without="Sec-WebSocket-Key"),
    ),
    "a key without its padding": (
        400,
        request(f"Sec-WebSocket-Key: {KEY.rstrip('=')}", without="Sec-WebSocket-Key"),
    ),
    "a key that is not base64": (
        400,
        request("Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==", without="Sec-WebSocket-Key"),
    ),
    "a repeated key": (400, request(f"Sec-WebSocket-Key: {KEY}")),
    "two keys in one": (
        400,
        request(f"Sec-WebSocket-Key: {KEY}, {KEY}", without="Sec-WebSocket-Key"),
    ),
    "no Host": (400, request(without="Host")),
    "two Hosts": (400, request("Host: example.org")),
    "no Connection": (400, request(without="Connection")),
    "another connection option": (400, request("Connection: close", without="Connection")),
    "no Upgrade": (400, request(without="Upgrade")),
    "another protocol": (400, request("Upgrade: websocket2", without="Upgrade")),
    "no version": (400, request(without="Sec-WebSocket-Version")),
    "a repeated version": (400, request("Sec-WebSocket-Version: 13")),
    "an older version": (
        426,
        request("Sec-WebSocket-Version: 8", without="Sec-WebSocket-Version"),
    ),
    "a version that is none": (
        426,
        request("Sec-WebSocket-Version: 13a", without="Sec-WebSocket-Version"),
    ),
    "HTTP/1.0": (400, request(first="GET /v1/stream HTTP/1.0")),
    "another method": (405, request(first="PUT /v1/stream HTTP/1.1")),
    "obsolete line folding": (400, request("x-long: one\r\n two")),
    "a folded Upgrade": (400, request("Upgrade: web\r\n\tsocket", without="Upgrade")),
    "a space before the colon": (400, request("x-odd : 1")),
    "a header without a colon": (400, request("odd")),
    "a body": (400, request("Content-Length: 2")),
    "a chunked body": (400, request("Transfer-Encoding: chunked")),
    "an extension header against the grammar": (400, request('Sec-WebSocket-Extensions: a; b="')),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
@few
@given(places=cuts())
def test_a_request_out_of_order_is_refused_however_it_is_cut(name: str, places: list[int]) -> None:
    status, data = BAD_REQUESTS[name]
    for reads in ([], places, every_byte(data)):
        assert asking(data, reads)[0] == status


@few
@given(cuts())
def test_a_header_block_over_the_limit_is_refused_however_it_is_cut(places: list[int]) -> None:
    data = request("x: " + "y" * 17_000)
    server = ServerHandshake()

    def feed() -> None:
        for piece in cut(data, places):
            server.receive_data(piece)

    with pytest.raises(MessageTooBig, match="max_header_size"):
        feed()
    assert server.data_to_send().startswith(b"HTTP/1.1 431 ")


EXTENSIONS = {
    f"{DEFLATE}": True,
    f'x; y=",{DEFLATE},"': False,
    f'x; y=",{DEFLATE},", {DEFLATE}': True,
    f'x; y="\\"", {DEFLATE}; client_max_window_bits="12"': True,
    f"x-{DEFLATE}": False,
    f"{DEFLATE}; {DEFLATE}": False,
    f"{DEFLATE}; server_max_window_bits=abc, {DEFLATE}; client_max_window_bits": True,
    f"{DEFLATE}; server_no_context_takeover; server_no_context_takeover": False,
}


@pytest.mark.parametrize("header", EXTENSIONS)
@few
@given(places=cuts())
def test_extensions_are_told_apart_by_the_grammar_of_lists(header: str, places: list[int]) -> None:
    data = request(f"Sec-WebSocket-Extensions: {header}")
    for reads in ([], places, every_byte(data)):
        found, server = asking(data, reads)
        assert isinstance(found, Request)
        server.accept()
        assert (server.deflate is not None) is EXTENSIONS[header]
        assert (b"permessage-deflate" in server.data_to_send()) is EXTENSIONS[header]


# --------------------------------------------------------------------------------------- answers


def answering(
    change: dict[str, object], reads: list[int] | None, *lines: str
) -> Accepted | Rejected | None:
    """What a client that offered ``a`` and compression makes of an answer; None cuts every byte."""
    address = Address(scheme="ws", host="example.org", port=80)
    client = ClientHandshake(address, subprotocols=["a"])
    sent = client.data_to_send().decode().split("\r\n")
    key = next(line.split(": ")[1] for line in sent if line.startswith("Sec-WebSocket-Key"))
    token = generate_accept_token(key.encode()).decode()
    data = switching(token, *lines, **change)  # type: ignore[arg-type]  # checked by the call
    found = None
    for piece in cut(data, every_byte(data) if reads is None else reads):
        found = client.receive_data(piece) or found
    return found


GOOD_ANSWERS: dict[str, tuple[str, ...]] = {
    "two Connection lines": ("Connection: keep-alive",),
    "a subprotocol that was offered": ("Sec-WebSocket-Protocol: a",),
    "compression": (f"Sec-WebSocket-Extensions: {DEFLATE}",),
    "quoted parameters": (f'Sec-WebSocket-Extensions: {DEFLATE}; client_max_window_bits="9"',),
    "a folded header, as clients have to take it": ("x-long: one\r\n two",),
}


@pytest.mark.parametrize("name", GOOD_ANSWERS)
@few
@given(places=cuts())
def test_an_answer_in_order_is_accepted_however_it_is_cut(name: str, places: list[int]) -> None:
    for reads in ([], places, None):
        assert isinstance(answering({}, reads, *GOOD_ANSWERS[name]), Accepted)


BAD_ANSWERS: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "no token": ({"without": "Sec-WebSocket-Accept"}, ()),
    "a wrong token": (
        {"without": "Sec-WebSocket-Accept"},
        ("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",),
    ),
    "an empty token": ({"without": "Sec-WebSocket-Accept"}, ("Sec-WebSocket-Accept:",)),
    "two tokens": ({}, ("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",)),
    "no Upgrade": ({"without": "Upgrade"}, ()),
    "another protocol": ({"without": "Upgrade"}, ("Upgrade: h2c",)),
    "several protocols": ({"without": "Upgrade"}, ("Upgrade: h2c, websocket",)),
    "several protocols in lines": ({}, ("Upgrade: h2c",)),
    "no Connection": ({"without": "Connection"}, ()),
    "another connection option": ({"without": "Connection"}, ("Connection: close",)),
    "HTTP/1.0": ({"first": "HTTP/1.0 101 Switching Protocols"}, ()),
    "a subprotocol that was not offered": ({}, ("Sec-WebSocket-Protocol: b",)),
    "two subprotocols": ({}, ("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: a")),
    "an extension that was not offered": ({}, ("Sec-WebSocket-Extensions: x",)),
    "extensions in two lines": (
        {},
        (f"Sec-WebSocket-Extensions: {DEFLATE}", "Sec-WebSocket-Extensions: x"),
    ),
    "an offered extension twice": ({}, (f"Sec-WebSocket-Extensions: {DEFLATE}, {DEFLATE}",)),
    "a parameter that does not exist": ({}, (f"Sec-WebSocket-Extensions: {DEFLATE}; x=1",)),
    "a window that does not exist": (
        {},
        (f"Sec-WebSocket-Extensions: {DEFLATE}; server_max_window_bits=16",),
    ),
    "an offered extension in quotes": ({}, (f'Sec-WebSocket-Extensions: "{DEFLATE}"',)),
    "a header without a colon": ({}, ("odd",)),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
@few
@given(places=cuts())
def test_an_answer_out_of_order_is_an_error_however_it_is_cut(name: str, places: list[int]) -> None:
    change, lines = BAD_ANSWERS[name]
    for reads in ([], places, None):
        with pytest.raises(RemoteProtocolError):
            answering(change, reads, *lines)


@pytest.mark.parametrize("status", [200, 301, 307, 400, 401, 403, 404, 407, 429, 500, 503])
@few
@given(places=cuts(), body=st.binary(max_size=50))
def test_a_rejection_is_told_with_its_headers_and_its_body(
    status: int, places: list[int], body: bytes
) -> None:
    _, server = asking(request(), [])
    server.reject(status, headers=[("Retry-After", "120"), ("Location", "/there")], body=body)
    client = ClientHandshake(Address(scheme="ws", host="example.org", port=80))
    data = server.data_to_send()
    found = None
    for piece in cut(data, places):
        found = client.receive_data(piece) or found
    assert isinstance(found, Rejected)
    assert (found.status, found.body) == (status, body)
    assert {("retry-after", "120"), ("location", "/there")} <= {*found.headers}
