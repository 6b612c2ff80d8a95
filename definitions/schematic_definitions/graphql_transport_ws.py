"""GraphQL over WebSocket: the subprotocol ``graphql-transport-ws``, spoken by any server.

Sources: the protocol text published with the reference implementation (npm ``graphql-ws``,
PROTOCOL.md), and how its server and others behave.

Covered: the subprotocol, the handshake message, operations with their ids, pings, who ends what,
and the close codes with which each kind of breach is answered. Connect with your server's ``url``.
A server of this description does what others do about a client that does not offer the
subprotocol: it accepts, and closes with 4406.

Not covered: whether a server sends one result to a query, since a message does not tell a query
from a subscription; codes that only one implementation gives, such as 4500 and 4004.

An operation is a channel whose key is its id. Either side may ``complete`` it, which ends it for
both without an answer: results that the server sent before it knew may still arrive. An id may
be used again after that, and then nobody can tell late results from new ones, so a client should
not; ``schematic verify`` says so as ``reuse-race``.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from schematic import (
    AutoReply,
    Breach,
    Channel,
    CloseCode,
    Closing,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    OpeningStep,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = [
    "Complete",
    "ConnectionAck",
    "ConnectionInit",
    "Next",
    "OperationError",
    "Ping",
    "Pong",
    "Subscribe",
    "SubscribePayload",
    "graphql_transport_ws",
]

Id = Annotated[str, Meta(min_length=1)]
Payload = dict[str, Any] | UnsetType | None


class ConnectionInit(Struct, frozen=True, tag_field="type", tag="connection_init"):
    """Opens the connection; the payload often holds credentials."""

    payload: Payload = UNSET


class ConnectionAck(Struct, frozen=True, tag_field="type", tag="connection_ack"):
    """The server accepts the connection; operations may begin."""

    payload: Payload = UNSET


class Ping(Struct, frozen=True, tag_field="type", tag="ping"):
    """Asks for a pong, at any time, from either side."""

    payload: Payload = UNSET


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    """Answers a ping, or comes unasked."""

    payload: Payload = UNSET


class SubscribePayload(Struct, frozen=True, kw_only=True):
    """A GraphQL request.

    Attributes:
        query: the document.
        operation_name: which operation of the document to run.
        variables: their values by name.
        extensions: whatever else the server understands.
    """

    query: str
    operation_name: str | UnsetType | None = msgspec.field(name="operationName", default=UNSET)
    variables: Payload = UNSET
    extensions: Payload = UNSET


class Subscribe(Struct, frozen=True, tag_field="type", tag="subscribe"):
    """Starts an operation (query, mutation or subscription) under an id that is not in use."""

    id: Id
    payload: SubscribePayload


class Next(Struct, frozen=True, tag_field="type", tag="next"):
    """One result of an operation: ``data``, ``errors`` and ``extensions`` as in GraphQL."""

    id: Id
    payload: dict[str, Any]


class OperationError(Struct, frozen=True, tag_field="type", tag="error"):
    """The operation was not run, and is over; no ``complete`` follows."""

    id: Id
    payload: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]


class Complete(Struct, frozen=True, tag_field="type", tag="complete"):
    """The operation is over, for both sides."""

    id: Id


_CLIENT = MessageDirection.CLIENT_TO_SERVER
_SERVER = MessageDirection.SERVER_TO_CLIENT
_BOTH = MessageDirection.BIDIRECTIONAL


_CLOSING = Closing(
    by=Side.CLIENT,
    codes=[
        CloseCode(code=1000, meaning="nothing more is wanted", normal=True),
        CloseCode(code=4400, meaning="invalid message"),
        CloseCode(code=4401, meaning="subscribe before the acknowledgement", by=Side.SERVER),
        CloseCode(code=4403, meaning="connection refused", by=Side.SERVER),
        CloseCode(code=4406, meaning="the subprotocol was not offered", by=Side.SERVER),
        CloseCode(code=4408, meaning="not initialised in time", by=Side.SERVER),
        CloseCode(code=4409, meaning="an operation of this id is running", by=Side.SERVER),
        CloseCode(code=4429, meaning="initialised more than once", by=Side.SERVER),
    ],
)


_ECHO = AutoReply(to="Ping", copies="payload")
"""A pong, with what the ping held: nobody has to, and the reference implementation does."""

_ON_BREACH = (
    OnBreach.ignore(Breach.EARLY, message="Complete"),
    OnBreach.close(4429, Breach.ILLEGAL, message="ConnectionInit"),
    OnBreach.close(4401, Breach.EARLY, message="Subscribe", reason="Unauthorized"),
    OnBreach.close(4409, Breach.KEY_IN_USE, message="Subscribe"),
    OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, Breach.FOREIGN, by=None),
)
"""What a server, and for 4400 a client, does about what should not have come."""


def _operation() -> Channel:
    return Channel(
        id="Operation",
        description="A query, mutation or subscription, by the id that the client chose.",
        key="id",
        lifecycle=ConnectionLifecycle(
            initialize=MessageSchema(
                id="Subscribe",
                description="Starts an operation.",
                direction=_CLIENT,
                schema=Schema(Subscribe),
            ),
            streaming_messages=[
                MessageSchema(
                    id="Complete",
                    description="The operation is over, or from the client: not wanted.",
                    direction=_BOTH,
                    schema=Schema(Complete),
                    ends_both=True,
                ),
            ],
            server_messages=[
                MessageSchema(
                    id="Next",
                    description="One result.",
                    direction=_SERVER,
                    schema=Schema(Next),
                ),
                MessageSchema(
                    id="OperationError",
                    description="The operation was not run.",
                    direction=_SERVER,
                    schema=Schema(OperationError),
                    ends_both=True,
                ),
            ],
        ),
        ignores=["Complete"],
    )


def graphql_transport_ws() -> WebSocketApi:
    """The description of ``graphql-transport-ws``, for the path ``/graphql``."""
    return WebSocketApi(
        name="GraphQL",
        description="GraphQL operations over one WebSocket.",
        base_url="ws://127.0.0.1:4000",
        docs_url="https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md",
        endpoints=[
            WebSocketEndpoint(
                id="TransportWs",
                path="/graphql",
                subprotocols="graphql-transport-ws",
                unagreed=4406,
                description="The subprotocol graphql-transport-ws.",
                lifecycle=ConnectionLifecycle(
                    initialize=[
                        OpeningStep(
                            MessageSchema(
                                id="ConnectionInit",
                                description="Opens the connection, once.",
                                direction=_CLIENT,
                                schema=Schema(ConnectionInit),
                                repeatable=False,
                            )
                        ),
                        OpeningStep(
                            MessageSchema(
                                id="ConnectionAck",
                                description="The server accepts.",
                                direction=_SERVER,
                                schema=Schema(ConnectionAck),
                                repeatable=False,
                            )
                        ),
                    ],
                    streaming_messages=[
                        MessageSchema(
                            id=name,
                            description=about,
                            direction=_BOTH,
                            schema=Schema(body),
                            ambient=True,
                            replies=replies,
                        )
                        for name, about, body, replies in (
                            ("Ping", "Asks for a pong.", Ping, None),
                            ("Pong", "Answers a ping, or comes unasked.", Pong, _ECHO),
                        )
                    ],
                    channels=[_operation()],
                    timers=[Timer.initialize(3, close_code=4408)],
                    closing=_CLOSING,
                    on_breach=_ON_BREACH,
                ),
            )
        ],
    )
