"""A secret goes to the server and nowhere else, however it is carried and whatever goes wrong."""

from __future__ import annotations

import base64
import inspect
import os
import re
import string
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.utilities import generate_accept_token

from schematic import AuthStrategy, ConnectionLifecycle, Side, WebSocketApi, WebSocketEndpoint
from schematic_engine.address import Address
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials, credentials_for
from schematic_engine.endings import accepted, farewell
from schematic_engine.errors import HandshakeRejected, ProtocolError
from schematic_engine.events import Closed, Rejected
from schematic_engine.policy import Policy
from schematic_engine.redirects import Redirects
from schematic_engine.wire import Wire
from support.frames import TEXT, close_frame, frame
from support.lifecycles import message

HELLO, CHUNK = message("Hello", Side.CLIENT), message("Chunk", Side.CLIENT)
WORD = message("Word", Side.SERVER)

WAYS = {
    "header": AuthStrategy.api_key(header="x-key"),
    "prefixed": AuthStrategy.api_key(header="Authorization", prefix="Token"),
    "bearer": AuthStrategy.bearer_token(),
    "basic": AuthStrategy.basic(),
    "query": AuthStrategy.api_key_query(name="token"),
    "subprotocol": AuthStrategy.subprotocol("realtime", prefix="key."),
    "message": AuthStrategy.in_message("Hello", field="auth.key"),
}
USER = "somebody"


def api(way: str) -> WebSocketApi:
    lifecycle = ConnectionLifecycle(
        initialize=HELLO, streaming_messages=[CHUNK], server_messages=[WORD]
    )
    endpoint = WebSocketEndpoint(id="Talk", path="/talk", lifecycle=lifecycle)
    return WebSocketApi(
        name="Api", base_url="ws://example.org", auth=WAYS[way], endpoints=[endpoint]
    )


def forms(secret: str) -> tuple[str, ...]:
    """How the secret can look on the wire."""
    return (secret, quote(secret, safe=""), quote_plus(secret), basic_form(secret))


def basic_form(secret: str) -> str:
    return base64.b64encode(f"{USER}:{secret}".encode()).decode()


@dataclass
class Run:
    """One client's life, and all that it lets anybody see.

    Attributes:
        client: the connection.
        secret: what must not be seen.
        request: what it wrote first, which is the server's to see.
        seen: texts.
    """

    client: Connection
    secret: str
    request: str = ""
    seen: list[str] = field(default_factory=list[str])

    def look(self, *values: object) -> None:
        """Notes how values look, errors with their tracebacks and causes."""
        for value in values:
            self.seen += [repr(value), str(value)]
            if isinstance(value, BaseException):
                self.seen += traceback.format_exception(value)
            if isinstance(value, Closed):
                self.look(farewell(value), *([value.error] if value.error else []))
            if isinstance(value, Rejected | Closed):
                with pytest.raises(Exception) as caught:  # noqa: PT011  # any, to be looked at
                    accepted(value)
                self.look(caught.value)

    def hear(self, data: bytes) -> None:
        self.look(*self.client.receive_data(data))

    def tries(self, action: Callable[[], object]) -> None:
        try:
            self.look(action())
        except ProtocolError as error:
            self.look(error)

    def answer(self, *lines: str) -> None:
        """Accepts the upgrade."""
        (key,) = re.findall(r"(?i)sec-websocket-key: (\S+)", self.request)
        token = generate_accept_token(key.encode()).decode()
        head = ["HTTP/1.1 101 x", "Upgrade: websocket", "Connection: Upgrade"]
        text = "\r\n".join([*head, f"Sec-WebSocket-Accept: {token}", *lines])
        self.hear(text.encode() + b"\r\n\r\n")

    def says_hello(self) -> None:
        self.client.send("Hello", {})
        self.client.data_to_send()


def nothing(run: Run) -> None:
    """The server does not answer."""
    run.client.handle_timeout(0)
    run.look(*run.client.handle_timeout(10))


def hangs_up(run: Run) -> None:
    run.hear(b"")


def rejects(run: Run) -> None:
    """The server repeats what it was given, as some do."""
    body = re.sub(r"^|$", run.secret, quote(run.secret, safe="")).encode()
    if basic_form(run.secret) in run.request:
        body += basic_form(run.secret).encode()
    head = f"HTTP/1.1 401 No\r\nx-given: {run.secret}\r\ncontent-length: {len(body)}\r\n\r\n"
    run.hear(head.encode() + body)


def speaks_nonsense(run: Run) -> None:
    run.hear(b"220 smtp.example.org\r\n\r\n")


def accepts_wrongly(run: Run) -> None:
    run.hear(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")


def repeats_the_subprotocol(run: Run) -> None:
    run.answer(f"Sec-WebSocket-Protocol: key.{run.secret}")


def closes_with_it(run: Run) -> None:
    run.answer()
    run.says_hello()
    run.hear(close_frame(1008, f"no such key: {run.secret}"[:120].encode()))


def breaks_the_order(run: Run) -> None:
    run.answer()
    run.hear(frame(TEXT, b'{"type": "Word"}'))
    run.hear(frame(TEXT, b'{"type": '))
    run.hear(b"\xff\xff\xff")


def is_misused(run: Run) -> None:
    run.tries(lambda: run.client.send("Chunk", {}))
    run.answer()
    for name, body in (("Chunk", {}), ("Hello", {"auth": 1, "number": "x"}), ("None", {})):
        run.tries(lambda name=name, body=body: run.client.send(name, body))  # type: ignore[misc]
    run.tries(lambda: run.client.close(9))
    run.tries(lambda: run.client.ping(b"x" * 126))
    run.tries(lambda: run.client.accept(api("header")))
    run.says_hello()
    run.look(*run.client.allowed(), run.client.session, run.client.session.machine)  # type: ignore[union-attr]


ENDS = [
    nothing,
    hangs_up,
    rejects,
    speaks_nonsense,
    accepts_wrongly,
    repeats_the_subprotocol,
    closes_with_it,
    breaks_the_order,
    is_misused,
]


@settings(max_examples=80)
@given(
    st.sampled_from(sorted(WAYS)),
    st.sampled_from(ENDS),
    st.text(string.ascii_letters + string.digits + "._~-", min_size=12, max_size=40),
)
def test_a_secret_is_seen_by_the_server_and_by_nobody_else(
    way: str, end: Callable[[Run], None], secret: str
) -> None:
    secret = f"sk-{secret}"
    user = USER if way == "basic" else None
    described, credentials = api(way), Credentials(secret, user)
    client = Connection.client(
        described, credentials=credentials, policy=Policy(violation="report")
    )
    run = Run(client, secret, client.data_to_send().decode())
    if way != "message":
        assert any(form in run.request for form in forms(secret))
    carried = credentials_for(described, credentials, {"Hello"})
    run.look(client, client.address, credentials, carried)
    with suppress(AssertionError):  # the handshake has failed, and nothing can be said
        end(run)
    run.look(client, client.phase, client.session)
    for text in run.seen:
        for form in forms(secret):
            assert form not in text, (way, end.__name__)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("status", [307, 401])
@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("Authorization", "Bearer Hunter2")], ["Hunter2", "bearer Hunter2"]),
        ([("Authorization", "Hunter2")], ["Hunter2", in_base64("Hunter2")]),
        ([("Proxy-Authorization", "Basic SHVudGVyMg==")], ["SHVudGVyMg=="]),
        ([("Cookie", 'theme=dark; sid="Hunter2"')], ["Hunter2", "Hunter2; path=/"]),
        ([("x-KEY", " Hunter2 ")], ["Hunter2"]),
        ([("X-Auth-Token", "Hunter2")], ["Hunter2"]),
    ],
)
def test_secrets_that_are_given_as_headers_are_not_told(
    lines: list[tuple[str, str]], told: list[str], status: int
) -> None:
    client = Connection.client(api("header"), credentials=Credentials("open sesame"), headers=lines)
    for text in told:
        assert_not_told(client, status, text, "Hunter2", "SHVudGVyMg")


@pytest.mark.parametrize("way", ["header", "bearer", "query"])
@pytest.mark.parametrize(
    "told",
    [
        in_base64("Hunter2~"),
        in_base64("Hunter2~").rstrip("="),
        in_base64(":Hunter2~"),
        in_base64("me:Hunter2~"),
        in_base64("Bearer Hunter2~ "),
        base64.urlsafe_b64encode("Hunter2~ÿÿ".encode()).decode(),
    ],
)
def test_encoded_secrets_are_not_told_either(way: str, told: str) -> None:
    client = Connection.client(api(way), credentials=Credentials("Hunter2~"))
    assert_not_told(client, 307, told, told.rstrip("="))


def test_a_location_that_hides_a_secret_in_percent_signs_is_not_told() -> None:
    client = Connection.client(api("header"), credentials=Credentials("Hunter2"))
    client.receive_data(b"HTTP/1.1 302 No\r\nlocation: /%2548unter2\r\ncontent-length: 0\r\n")
    (rejected,) = client.receive_data(b"\r\n")
    assert isinstance(rejected, Rejected)
    assert dict(rejected.headers)["location"] == "[redacted]"
    assert client.locations == ("/%2548unter2",)


def assert_not_told(client: Connection, status: int, told: str, *hidden: str) -> None:
    """A rejection that says ``told`` in every place shows nothing of what is to be hidden."""
    run = Run(client, told)
    place = quote(told, safe="~") if " " in told else told
    body = told.encode()
    head = f"HTTP/1.1 {status} No\r\nx-given: {told}\r\nlocation: /login/{place}\r\n"
    run.hear(head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body)
    rejected = HandshakeRejected(status=status)
    with pytest.raises(HandshakeRejected) as caught:
        Redirects(0, secrets=client.secrets).follow(
            rejected, Address("ws", "example.org", 80), client.locations
        )
    run.look(caught.value)
    for text in run.seen:
        for secret in hidden:
            assert secret not in text


def masks(data: bytes) -> Iterator[bytes]:
    """The masks of small frames."""
    while data:
        size = data[1] & 0x7F
        yield data[2:6]
        data = data[6 + size :]


def test_masks_are_the_given_entropy_and_none_is_used_twice() -> None:
    drawn: list[bytes] = []

    def entropy(size: int) -> bytes:
        start = sum(map(len, drawn)) // 4
        drawn.append(b"".join((start + n).to_bytes(4, "big") for n in range(size // 4)))
        return drawn[-1]

    wire = Wire(Side.CLIENT, entropy=entropy)
    for _ in range(3000):
        wire.send("x")
    used = list(masks(wire.data_to_send()))
    assert len(used) == len(set(used)) == 3000
    assert b"".join(drawn).startswith(b"".join(used))


def test_masks_come_from_the_operating_system_unless_something_else_is_given() -> None:
    assert inspect.signature(Wire).parameters["entropy"].default is os.urandom
    sent: list[set[bytes]] = []
    for _ in range(2):
        wire = Wire(Side.CLIENT)
        for _ in range(500):
            wire.send("x")
            wire.ping()
        sent.append(set(masks(wire.data_to_send())))
    assert [len(one) for one in sent] == [1000, 1000]
    assert sent[0].isdisjoint(sent[1])
