from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.utilities import generate_accept_token

from schematic_engine.address import Address
from schematic_engine.errors import (
    ConnectionClosed,
    LocalProtocolError,
    MessageTooBig,
    RemoteProtocolError,
)
from schematic_engine.events import Accepted, Rejected, Request
from schematic_engine.handshake import ClientHandshake, ServerHandshake
from schematic_engine.limits import Limits
from support.frames import cut, cuts
from support.upgrades import KEY, request, switching

ADDRESS = Address(scheme="ws", host="example.org", port=80, target="/v1/stream?a=1")


def asked(data: bytes, reads: Iterable[int] = ()) -> tuple[ServerHandshake, Request | None]:
    server, found = ServerHandshake(), None
    for piece in cut(data, list(reads)):
        found = server.receive_data(piece) or found
    return server, found


def refused(data: bytes) -> bytes:
    """The response with which a server refuses a request."""
    server = ServerHandshake()
    with pytest.raises(RemoteProtocolError):
        server.receive_data(data)
    response = server.data_to_send()
    assert b"connection: close\r\n" in response.lower()
    return response


def started(**options: object) -> tuple[ClientHandshake, str]:
    """A client that has sent its request, and the token it waits for."""
    client = ClientHandshake(ADDRESS, **options)  # type: ignore[arg-type]  # checked by the call
    lines = client.data_to_send().decode().split("\r\n")
    key = next(line.split(": ")[1] for line in lines if line.startswith("Sec-WebSocket-Key"))
    return client, generate_accept_token(key.encode()).decode()


# ----------------------------------------------------------------------------------- both together


@given(st.data(), st.booleans(), st.booleans(), st.sampled_from([None, "a", "b"]))
def test_a_client_and_a_server_agree_however_their_bytes_are_cut(
    data: st.DataObject, offer: bool, grant: bool, subprotocol: str | None
) -> None:
    to_server, to_client = data.draw(cuts()), data.draw(cuts())
    extra = data.draw(st.binary(max_size=20))
    client = ClientHandshake(
        ADDRESS, headers=[("xi-api-key", "s3cret")], subprotocols=["a", "b"], compression=offer
    )
    server, found = asked(client.data_to_send() + extra, to_server)
    assert found is not None
    assert (found.target, found.path, found.query) == (ADDRESS.target, "/v1/stream", (("a", "1"),))
    assert found.header("Host") == "example.org"
    assert found.header("xi-api-key") == "s3cret"
    assert found.subprotocols == ("a", "b")
    assert server.trailing == extra
    server.accept(subprotocol=subprotocol, headers=[("x-more", "1")], compression=grant)
    results = [
        client.receive_data(piece) for piece in cut(server.data_to_send() + extra, to_client)
    ]
    (accepted,) = (result for result in results if result is not None)
    assert isinstance(accepted, Accepted)
    assert accepted.subprotocol == subprotocol
    assert ("x-more", "1") in accepted.headers
    assert accepted.compression is (offer and grant)
    assert (client.deflate is not None, server.deflate is not None) == (offer and grant,) * 2
    pieces = b"".join(cut(extra, to_client))
    assert pieces.startswith(client.trailing)


@given(st.binary(max_size=200), st.sampled_from([b"", b"GET / HTTP/1.1\r\n", request()[:-2]]))
def test_garbage_sent_to_a_server_is_refused_or_waited_for(garbage: bytes, start: bytes) -> None:
    server = ServerHandshake(limits=Limits(max_header_size=300))
    try:
        server.receive_data(start + garbage + b"\r\n\r\n")
    except RemoteProtocolError:
        assert server.data_to_send().startswith(b"HTTP/1.1 4")


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"HTTP/1.1 101 \r\n", b"HTTP/1.1 400 \r\n"]),
    cuts(),
)
def test_garbage_sent_to_a_client_fails_or_rejects(
    garbage: bytes, start: bytes, places: list[int]
) -> None:
    def outcome(reads: list[int]) -> object:
        client, _ = started()
        try:
            for piece in cut(start + garbage + b"\r\n\r\n", reads):
                result = client.receive_data(piece)
                if result is not None:
                    return result
            return client.receive_data(b"")
        except (ConnectionClosed, RemoteProtocolError) as error:
            return type(error)

    assert outcome([]) == outcome(places)
    assert not isinstance(outcome([]), Accepted)


# ----------------------------------------------------------------------------------------- server


@pytest.mark.parametrize(
    "data",
    [
        request("Connection: keep-alive"),
        request("Connection: keep-alive, Upgrade", without="Connection"),
        request("Upgrade: h2c"),
        request("upgrade: foo, WebSocket", without="Upgrade"),
        request("Content-Length: 0"),
        request(end="\n"),
        request("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"),
        request(first="GET http://example.org/v1/stream HTTP/1.1"),
    ],
)
def test_what_the_rfcs_allow_is_understood(data: bytes) -> None:
    _, found = asked(data)
    assert found is not None
    assert found.path == "/v1/stream"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(first="POST / HTTP/1.1"), 405),
        (request(first="GET / HTTP/1.0"), 400),
        (request(first="GET * HTTP/1.1"), 400),
        (request(first="GET foo HTTP/1.1"), 400),
        (request(without="Host"), 400),
        (request("Host: other"), 400),
        (request(without="Connection"), 400),
        (request(without="Upgrade"), 400),
        (request("Upgrade: h2c", without="Upgrade"), 400),
        (request(without="Sec-WebSocket-Key"), 400),
        (request("Sec-WebSocket-Key:", without="Sec-WebSocket-Key"), 400),
        (request("Sec-WebSocket-Key: short", without="Sec-WebSocket-Key"), 400),
        (request("Sec-WebSocket-Key: !!!!", without="Sec-WebSocket-Key"), 400),
        (request(f"Sec-WebSocket-Key: {KEY}"), 400),
        (request(f"Sec-WebSocket-Key: {KEY}, {KEY}", without="Sec-WebSocket-Key"), 400),
        (request(without="Sec-WebSocket-Version"), 400),
        (request("Sec-WebSocket-Version: 13"), 400),
        (request("Sec-WebSocket-Version: 8", without="Sec-WebSocket-Version"), 426),
        (request("Content-Length: 1"), 400),
        (request("Transfer-Encoding: chunked"), 400),
        (request("Sec-WebSocket-Protocol: a b"), 400),
        (request("Sec-WebSocket-Protocol: \xe9"), 400),
        (request("Sec-WebSocket-Extensions: a;"), 400),
        (request("Sec-WebSocket-Extensions: \xe9"), 400),
        (request("Connection: \xe9"), 400),
        (request("Host: \xe9", without="Host"), 400),
        (request("bad header: x"), 400),
        (request("x: a\x00b"), 400),
        (b"GET / HTTP/1.1 \x00\r\n\r\n", 400),
        (b"\x16\x03\x01", 400),
    ],
)
def test_what_is_no_upgrade_is_refused_with_a_status(data: bytes, status: int) -> None:
    assert refused(data).startswith(b"HTTP/1.1 %d " % status)


def test_another_version_is_told_which_one_is_spoken() -> None:
    data = request("Sec-WebSocket-Version: 8", without="Sec-WebSocket-Version")
    assert b"sec-websocket-version: 13\r\n" in refused(data).lower()


def test_a_long_header_block_is_refused_whether_complete_or_not() -> None:
    for data in (request("x: " + "y" * 16384), b"GET / HTTP/1.1\r\nx: " + b"y" * 16384):
        server = ServerHandshake()
        with pytest.raises(MessageTooBig, match="max_header_size = 16384"):
            server.receive_data(data)
        assert server.data_to_send().startswith(b"HTTP/1.1 431 ")


def test_a_limit_above_that_of_h11_holds() -> None:
    server = ServerHandshake(limits=Limits(max_header_size=100_000))
    data = request("x: " + "y" * 50_000)
    assert server.receive_data(data[:40_000]) is None
    assert server.receive_data(data[40_000:]) is not None


def test_frames_that_come_before_the_answer_are_kept_up_to_a_limit() -> None:
    server, _ = asked(request() + b"early")
    server.receive_data(b" bird")
    assert server.trailing == b"early bird"
    with pytest.raises(MessageTooBig):
        server.receive_data(b"x" * 16384)
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")


def test_a_client_that_leaves_during_the_handshake_is_an_error() -> None:
    with pytest.raises(ConnectionClosed):
        ServerHandshake().receive_data(b"")


def test_a_rejection_has_status_headers_and_body() -> None:
    server, _ = asked(request())
    server.reject(503, headers=[("Retry-After", "7")], body=b"busy")
    client, _ = started()
    rejected = client.receive_data(server.data_to_send())
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (503, b"busy")
    headers = dict(rejected.headers)
    assert headers["retry-after"] == "7"
    assert headers["content-length"] == "4"
    assert headers["content-type"].startswith("text/plain")


def test_a_rejection_may_say_what_its_body_is_and_may_have_none() -> None:
    server, _ = asked(request())
    server.reject(401, headers=[("content-type", "application/json")], body=b"{}")
    assert server.data_to_send().lower().count(b"content-type") == 1
    server, _ = asked(request())
    server.reject(401)
    assert b"content-type" not in server.data_to_send().lower()


def test_a_request_is_answered_once_and_not_before_it_came() -> None:
    server = ServerHandshake()
    with pytest.raises(LocalProtocolError, match="no request"):
        server.accept()
    with pytest.raises(LocalProtocolError, match="no request"):
        server.reject(400)
    server.receive_data(request())
    server.accept()
    with pytest.raises(LocalProtocolError, match="no request"):
        server.reject(400)


@pytest.mark.parametrize("status", [101, 199, 204, 304, 600])
def test_a_status_that_cannot_reject_is_refused(status: int) -> None:
    server, _ = asked(request())
    with pytest.raises(LocalProtocolError, match=str(status)):
        server.reject(status)
    assert server.data_to_send() == b""


def test_a_subprotocol_that_was_not_offered_is_refused_and_another_can_be_chosen() -> None:
    server, _ = asked(request("Sec-WebSocket-Protocol: a"))
    with pytest.raises(LocalProtocolError, match="'b'"):
        server.accept(subprotocol="b")
    server.accept(subprotocol="a")
    assert b"Sec-WebSocket-Protocol: a\r\n" in server.data_to_send()


def test_a_request_that_does_not_arrive_in_time_is_told_so() -> None:
    server = ServerHandshake()
    server.give_up()
    assert server.data_to_send().startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ()),
        ("/a%2Fb?x=1&x=%20&y", "/a%2Fb", (("x", "1"), ("x", " "), ("y", ""))),
        ("//evil/a", "//evil/a", ()),
        ("ws://h", "/", ()),
        ("WSS://h?x=1", "/", (("x", "1"),)),
        ("http://h/a?b=c?d", "/a", (("b", "c?d"),)),
    ],
)
def test_a_target_is_split_into_path_and_query(
    target: str, path: str, query: tuple[tuple[str, str], ...]
) -> None:
    _, found = asked(request(first=f"GET {target} HTTP/1.1"))
    assert found is not None
    assert (found.target, found.path, found.query) == (target, path, query)


# ----------------------------------------------------------------------------------------- client


def test_informational_answers_are_skipped() -> None:
    client, token = started()
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    assert client.receive_data(data) is None
    assert isinstance(client.receive_data(switching(token) + b"frames"), Accepted)
    assert client.trailing == b"frames"


def test_an_answer_with_several_connection_lines_is_understood() -> None:
    client, token = started()
    assert isinstance(client.receive_data(switching(token, "Connection: keep-alive")), Accepted)


@pytest.mark.parametrize(
    "change",
    [
        {"without": "Upgrade"},
        {"without": "Connection"},
        {"without": "Sec-WebSocket-Accept"},
        {"first": "HTTP/1.0 101 Switching Protocols"},
        {"first": "HTTP/1.1 101 \x00"},
        {"first": "SSH-2.0-OpenSSH"},
    ],
)
def test_an_answer_that_is_no_upgrade_is_an_error(change: dict[str, str]) -> None:
    client, token = started()
    with pytest.raises(RemoteProtocolError):
        client.receive_data(switching(token, **change))


@pytest.mark.parametrize(
    "line",
    [
        "Sec-WebSocket-Accept: again",
        "Sec-WebSocket-Protocol: unasked",
        "Sec-WebSocket-Protocol: \xe9",
        "Sec-WebSocket-Extensions: unasked",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=abc",
        "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate",
        "Connection: \xe9",
        "bad header: x",
    ],
)
def test_an_answer_with_a_wrong_header_is_an_error(line: str) -> None:
    client, token = started()
    with pytest.raises(RemoteProtocolError):
        client.receive_data(switching(token, line))


def test_a_wrong_accept_token_is_an_error() -> None:
    client, _ = started()
    with pytest.raises(RemoteProtocolError, match="accept token"):
        client.receive_data(switching("AAAAAAAAAAAAAAAAAAAAAAAAAAA="))


def test_compression_that_was_not_offered_is_an_error() -> None:
    client, token = started(compression=False)
    with pytest.raises(RemoteProtocolError, match="permessage-deflate"):
        client.receive_data(switching(token, "Sec-WebSocket-Extensions: permessage-deflate"))


def test_a_long_answer_is_an_error() -> None:
    client, token = started()
    with pytest.raises(MessageTooBig, match="max_header_size"):
        client.receive_data(switching(token, "x: " + "y" * 16384))


def test_a_server_that_leaves_during_the_handshake_is_an_error() -> None:
    client, _ = started()
    with pytest.raises(ConnectionClosed):
        client.receive_data(b"")


@given(st.integers(0, 3), cuts())
def test_the_body_of_a_rejection_is_read_however_it_is_framed(
    framing: int, places: list[int]
) -> None:
    data = (
        b"HTTP/1.1 401 No\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nXX",
        b"HTTP/1.0 401 No\r\n\r\nhello",
    )[framing]
    client, _ = started()
    results = [client.receive_data(piece) for piece in cut(data, places)]
    found = next((result for result in results if result is not None), None)
    rejected = found or client.receive_data(b"")
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (401, b"hello")


@given(cuts())
def test_the_body_of_a_rejection_is_kept_up_to_the_limit(places: list[int]) -> None:
    client, _ = started(limits=Limits(max_rejection_body=3))
    data = b"HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n" + b"sorry" * 10
    results = [client.receive_data(piece) for piece in cut(data, places)]
    rejected = next(result for result in results if result is not None)
    assert isinstance(rejected, Rejected)
    assert rejected.body == b"sor"


def test_a_rejection_without_a_body_is_complete_at_once() -> None:
    client, _ = started()
    assert client.give_up() is None
    rejected = client.receive_data(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(rejected, Rejected)
    assert rejected.body == b""


def test_what_came_of_a_rejection_is_known_before_its_end() -> None:
    client, _ = started()
    assert client.receive_data(b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhel") is None
    rejected = client.give_up()
    assert rejected is not None
    assert (rejected.status, rejected.body) == (403, b"hel")


# -------------------------------------------------------------------------------------- injection

EVIL = ["a\r\nb: c", "a\nb", "a\rb", "a\x00b", "é", "a\x7fb"]


@pytest.mark.parametrize("value", EVIL)
def test_no_header_value_injects_and_the_error_does_not_repeat_it(value: str) -> None:
    with pytest.raises(LocalProtocolError, match="header x-key") as caught:
        ClientHandshake(ADDRESS, headers=[("x-key", value)])
    assert value not in str(caught.value)
    server, _ = asked(request())
    with pytest.raises(LocalProtocolError):
        server.accept(headers=[("x", value)])
    with pytest.raises(LocalProtocolError):
        server.reject(400, headers=[("x", value)])
    assert server.data_to_send() == b""


@pytest.mark.parametrize("name", [*EVIL, "", "a b", "a:b"])
def test_no_header_name_or_subprotocol_injects(name: str) -> None:
    with pytest.raises(LocalProtocolError, match="header name"):
        ClientHandshake(ADDRESS, headers=[(name, "x")])
    with pytest.raises(LocalProtocolError, match="subprotocol"):
        ClientHandshake(ADDRESS, subprotocols=[name])


@pytest.mark.parametrize("target", ["", "x", "/a b", "/a\r\nb", "/é", "/\x00"])
def test_no_target_injects(target: str) -> None:
    with pytest.raises(LocalProtocolError, match="path or query"):
        ClientHandshake(Address(scheme="ws", host="h", port=80, target=target))


@pytest.mark.parametrize("host", ["a\r\nb", "a" * 64, "a b\x00", "a..b"])
def test_no_host_injects(host: str) -> None:
    with pytest.raises(LocalProtocolError, match="Host"):
        ClientHandshake(Address(scheme="ws", host=host, port=80))


def test_secrets_do_not_show() -> None:
    address = Address(scheme="ws", host="h", port=80, target="/?key=s3cret")
    client = ClientHandshake(address, headers=[("xi-api-key", "s3cret")])
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(vars(client).keys())
