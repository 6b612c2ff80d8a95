from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schematic import (
    AuthStrategy,
    ConnectionLifecycle,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    Schema,
    WebSocketApi,
)
from schematic.compile import Phase, compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import InvalidParameter, LocalProtocolError, RemoteProtocolError
from schematic_engine.events import Accepted, Closed, Message, Request
from schematic_engine.handshake import ServerHandshake
from schematic_engine.subprotocols import agree, choosable, is_agreed
from support.definitions import an_api, an_endpoint

SECRET = "s3cret"
NO_AUTH = AuthStrategy.none()
TOKEN = AuthStrategy.subprotocol("token")


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    key: str | msgspec.UnsetType = msgspec.UNSET


HELLO = MessageSchema(id="Hello", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Hello))


def an(auth: AuthStrategy = NO_AUTH, **fields: Any) -> WebSocketApi:
    lifecycle = ConnectionLifecycle(streaming_messages=[HELLO])
    return an_api(an_endpoint(lifecycle=lifecycle, **fields), auth=auth)


def ask(api: WebSocketApi, **options: Any) -> tuple[Connection, Connection, Request]:
    """A client of ``api``, and a server that has its request."""
    client = Connection.client(api, credentials=Credentials(SECRET), **options)
    server = Connection.server()
    (request,) = server.receive_data(client.data_to_send())
    assert isinstance(request, Request)
    return client, server, request


NEEDY = an(subprotocols=["v2", "v1"])


def test_a_client_offers_what_the_endpoint_needs_and_the_server_takes_the_first_it_knows() -> None:
    client, server, request = ask(NEEDY, subprotocols=["v9", "v1"])
    assert request.subprotocols == ("v9", "v1", "v2")
    assert server.accept(NEEDY)
    assert server.subprotocol == "v1"
    (accepted,) = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    assert accepted.subprotocol == "v1"


def test_a_server_may_choose_another_one_that_will_do() -> None:
    _, server, _ = ask(NEEDY)
    server.accept(NEEDY, subprotocol="v1")
    assert server.subprotocol == "v1"


def test_a_request_without_one_is_refused_and_can_be_rejected() -> None:
    _, server, _ = ask(an(), subprotocols=["v9"])
    with pytest.raises(InvalidParameter) as caught:
        server.accept(NEEDY)
    assert str(caught.value) == "Sec-WebSocket-Protocol: offer one of v2, v1"
    server.reject(400)
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")


def test_a_request_without_one_may_be_accepted_and_closed_instead() -> None:
    api = an(subprotocols="v2", unagreed=4406)
    client, server, _ = ask(an(), subprotocols=["v9"])
    assert not server.accept(api)
    assert (server.subprotocol, server.phase) == (None, Phase.CLOSING)
    accepted, closed = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    assert closed == Closed(code=4406, reason="subprotocol not acceptable", clean=True)


def test_what_came_before_such_a_refusal_is_not_listened_to() -> None:
    client, server = Connection.client(an()), Connection.server()
    server.receive_data(client.data_to_send() + b"\x81\x80\0\0\0\0")
    server.accept(an(subprotocols="v2", unagreed=4406))
    assert server.handle_timeout(1.0) == []


def test_a_client_does_not_go_on_without_what_it_needs() -> None:
    client, server, _ = ask(NEEDY)
    server.accept(an())
    (closed,) = client.receive_data(server.data_to_send())
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert str(closed.error) == (
        "the server accepted without a subprotocol that Example/Talk needs: v2, v1"
    )
    assert client.phase is Phase.FAILED


# Secrets


def test_a_server_answers_a_secret_with_the_name_beside_it() -> None:
    api = an(TOKEN)
    client, server, request = ask(api)
    assert request.subprotocols == ("token", SECRET)
    assert SECRET not in repr(request)
    server.accept(api)
    answer = server.data_to_send()
    assert SECRET.encode() not in answer
    (accepted,) = client.receive_data(answer)
    assert isinstance(accepted, Accepted)
    assert accepted.subprotocol == "token"


def test_a_server_never_repeats_a_secret() -> None:
    api = an(TOKEN)
    _, server, _ = ask(api)
    with pytest.raises(LocalProtocolError) as caught:
        server.accept(api, subprotocol=SECRET)
    assert str(caught.value) == (
        "Example/Talk is offered secrets as subprotocols; choose one of token"
    )


def test_a_secret_that_a_server_repeats_is_not_told() -> None:
    client = Connection.client(an(TOKEN), credentials=Credentials(SECRET))
    server = ServerHandshake()
    server.receive_data(client.data_to_send())
    server.accept(subprotocol=SECRET)
    (accepted,) = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    assert accepted.subprotocol == "[redacted]"
    assert SECRET not in repr(accepted)


def test_what_is_needed_comes_before_what_goes_along_with_a_secret() -> None:
    compiled = compile_endpoint(an(TOKEN, subprotocols="v2").endpoint())
    assert choosable(compiled) == ("v2", "token")
    assert agree(compiled, ["token", SECRET, "v2"]) == "v2"
    assert agree(compiled, ["token", SECRET]) == "token"
    assert agree(compiled, [SECRET]) is None
    assert not is_agreed(compiled, "token")


def test_a_secret_is_filled_into_the_message_that_carries_it() -> None:
    api = an(AuthStrategy.in_message("Hello", field="key"))
    client, server, _ = ask(api)
    server.accept(api)
    client.receive_data(server.data_to_send())
    mine = Hello()
    client.send(mine)
    client.send("Hello", {"type": "hello", "key": "another"})
    assert mine == Hello()
    heard = server.receive_data(client.data_to_send())
    bodies = [event.body for event in heard if isinstance(event, Message)]
    assert bodies == [Hello(key=SECRET), Hello(key="another")]


def test_no_error_about_such_a_message_shows_the_secret() -> None:
    api = an(AuthStrategy.in_message("Hello", field="key"))
    client, server, _ = ask(api)
    server.accept(api)
    client.receive_data(server.data_to_send())
    with pytest.raises(LocalProtocolError) as caught:
        client.send("Hello", {"type": "hello", "key": 5})
    assert SECRET not in f"{caught.value!r} {client.session!r} {client!r}"


# Definitions

NEITHER = "is neither an HTTP status from 400 to 599 nor a close code: 1002, 1008, or 3000 to 4999"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"subprotocols": ["v1", "v 2"]},
            "subprotocols[1]: 'v 2' is not the name of a subprotocol",
        ),
        ({"subprotocols": ["v1", "v1"]}, "subprotocols: one of them is listed twice"),
        ({"subprotocols": "v1", "unagreed": 200}, f"unagreed: 200 {NEITHER}"),
    ],
)
def test_subprotocols_that_cannot_be_are_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        an(**fields)
    assert str(caught.value) == f"Example / Talk / {problem}"
