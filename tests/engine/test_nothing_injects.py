"""Whatever is put into a request arrives as that and nothing else, or is refused (RFC 9112, 2.2).

One property for every way in: a value is either refused by an error that is the caller's, or the
bytes, read by a parser that knows nothing of ours, say exactly the value, and otherwise what they
say for a harmless one.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schematic import (
    AuthStrategy,
    ConnectionParam,
    ParamLocation,
    ParamType,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.address import Address
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import HandshakeRejected, LocalProtocolError
from schematic_engine.proxies import parse_proxy
from schematic_engine.redirects import Redirects
from schematic_engine.route import choose_route
from schematic_engine.tunnel import Tunnel
from support.echo import TALK

HOSTILE = (
    "\r\nx-evil: 1",
    "\n\nGET /evil HTTP/1.1",
    "\r",
    "a\0b",
    "ü",
    "\u010a\u010d",  # CR and LF once their upper halves are cut off
    "\x85",
    "\ud800",
    "a b",
    "\ta",
    "a,b",
    "a/../b",
    "..",
    "a?b#c",
    "a&b=c",
    "%0d%0a",
    "%",
    "me:word@evil",
    '"',
    "\x7f",
    "",
)
texts = st.sampled_from(HOSTILE) | st.text(max_size=12) | st.text("\r\n\0 :/?#&=%@,;a", max_size=8)

WAYS = {
    "header": AuthStrategy.api_key(header="x-key"),
    "bearer": AuthStrategy.bearer_token(),
    "basic": AuthStrategy.basic(),
    "query": AuthStrategy.api_key_query(name="key"),
    "subprotocol": AuthStrategy.subprotocol("token"),
}


@dataclass(frozen=True)
class Asked:
    """A request as a stranger reads it."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """The value of a header that is there once."""
        (value,) = [value for key, value in self.headers if key == name]
        return value

    @property
    def names(self) -> list[str]:
        """The names of the headers, sorted."""
        return sorted(name for name, _ in self.headers)

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query, decoded."""
        pairs = parse_qsl(self.target.partition("?")[2], keep_blank_values=True, errors="strict")
        return [(name, value) for name, value in pairs]


def read(data: bytes) -> Asked:
    """Reads one request in the plainest way, and minds every byte that could be read otherwise."""
    text = data.decode("ascii")
    head, end, rest = text.partition("\r\n\r\n")
    assert (end, rest) == ("\r\n\r\n", "")
    lines = head.split("\r\n")
    assert not any(character in line for line in lines for character in "\r\n\0\x7f")
    method, target, version = lines[0].split(" ")
    assert version == "HTTP/1.1"
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        assert colon == ":"
        assert name.split() == [name]
        headers.append((name.lower(), value.strip(" ")))
    return Asked(method, target, tuple(headers))


@cache
def described(way: str) -> WebSocketApi:
    """An API with a parameter in each place."""
    return WebSocketApi(
        name="Echo",
        base_url="wss://api.example/v1",
        auth=WAYS[way],
        endpoints=(
            WebSocketEndpoint(
                id="Talk",
                path="/talk/{room}",
                connection_params=(
                    ConnectionParam(name="room", param_type=ParamType.STRING),
                    ConnectionParam(name="q", param_type=ParamType.STRING),
                    ConnectionParam(
                        name="x-param",
                        param_type=ParamType.STRING,
                        location=ParamLocation.HEADER,
                    ),
                ),
                lifecycle=TALK.endpoint.lifecycle,
            ),
        ),
    )


def request(way: str = "header", **given: Any) -> Asked:
    """What a client writes for these arguments."""
    params = {"room": "hall", "q": "1", "x-param": "p"} | given.pop("params", {})
    usual = {"credentials": Credentials("key", username="Ann"), "params": params}
    return read(Connection.client(described(way), **(usual | given)).data_to_send())


Way = tuple[Callable[[str], Asked], Callable[[Asked], object], Callable[[str], object]]
"""How a text goes into a request, what came of it there, and what should have."""


def same(text: str) -> object:
    return text


def stripped(text: str) -> object:
    """A header's value: white space around it does not count (RFC 9110, section 5.5)."""
    return text.strip(" \t")


def offers(asked: Asked) -> list[str]:
    return [one.strip() for one in asked.value("sec-websocket-protocol").split(",")]


def path_end(asked: Asked) -> str:
    assert asked.path.startswith("/v1/talk/")
    last = asked.path.removeprefix("/v1/talk/")
    assert last not in ("", ".", "..")
    assert "/" not in last
    return unquote(last, errors="strict")


def userinfo(asked: Asked, name: str) -> tuple[str, ...]:
    return tuple(b64decode(asked.value(name).removeprefix("Basic ")).decode().split(":", 1))


def header_lines(asked: Asked) -> list[tuple[str, str]]:
    usual = request().names
    return [line for line in asked.headers if line[0] not in usual]


def through_a_proxy(text: str) -> Asked:
    encoded = quote(text.encode("utf-8", "surrogatepass"), safe="")
    proxy = parse_proxy(f"http://{encoded}:{encoded}@proxy")
    return read(Tunnel(proxy, Address("wss", "api.example", 443)).data_to_send())


WAYS_IN: dict[str, Way] = {
    "a path parameter": (lambda t: request(params={"room": t}), path_end, same),
    "a query parameter": (
        lambda t: request(params={"q": t}),
        lambda asked: asked.query,
        lambda t: [("q", t)],
    ),
    "a parameter in a header": (
        lambda t: request(params={"x-param": t}),
        lambda asked: asked.value("x-param"),
        same,
    ),
    "a header's value": (
        lambda t: request(headers=[("x-own", t)]),
        header_lines,
        lambda t: [("x-own", stripped(t))],
    ),
    "a header's name": (
        lambda t: request(headers=[(t, "1")]),
        header_lines,
        lambda t: [(t.lower(), "1")],
    ),
    "a subprotocol": (lambda t: request(subprotocols=[t]), offers, lambda t: [t]),
    "a secret in a header": (
        lambda t: request(credentials=Credentials(t)),
        lambda asked: asked.value("x-key"),
        same,
    ),
    "a bearer token": (
        lambda t: request("bearer", credentials=Credentials(t)),
        lambda asked: asked.value("authorization"),
        lambda t: f"Bearer {t}",
    ),
    "a user name and a password": (
        lambda t: request("basic", credentials=Credentials(t, username=t)),
        lambda asked: userinfo(asked, "authorization"),
        lambda t: (t, t),
    ),
    "a secret in the query": (
        lambda t: request("query", credentials=Credentials(t)),
        lambda asked: asked.query,
        lambda t: [("q", "1"), ("key", t)],
    ),
    "a secret as a subprotocol": (
        lambda t: request("subprotocol", credentials=Credentials(t)),
        offers,
        lambda t: ["token", t],
    ),
    "a URL's host": (
        lambda t: request(url=f"wss://{t}"),
        lambda asked: (asked.value("host"), asked.path),
        lambda t: (
            t.partition("/")[0].lower().removesuffix(":443").removesuffix(":"),
            "/" + "/".join(filter(None, [t.partition("/")[2].rstrip("/"), "talk/hall"])),
        ),
    ),
    "a URL's path": (
        lambda t: request(url=f"wss://api.example/{t}"),
        lambda asked: (asked.value("host"), asked.path),
        lambda t: ("api.example", f"/{t}".rstrip("/") + "/talk/hall"),
    ),
    "the credentials of a proxy": (
        through_a_proxy,
        lambda asked: userinfo(asked, "proxy-authorization"),
        lambda t: (t, t),
    ),
}


@pytest.mark.parametrize("way_in", WAYS_IN)
@settings(max_examples=60)
@given(text=texts)
@example(text="harmless")
def test_a_value_arrives_as_it_is_or_is_refused(way_in: str, text: str) -> None:
    put, found, expected = WAYS_IN[way_in]
    try:
        asked = put(text)
    except LocalProtocolError:
        assert text != "harmless"
        return
    assert found(asked) == expected(text)
    harmless = put("harmless")
    assert asked.method == harmless.method
    if way_in != "a header's name":
        assert asked.names == harmless.names


@given(text=texts)
def test_a_location_leads_to_one_request_or_nowhere(text: str) -> None:
    rejected = HandshakeRejected(status=302)
    at = Address("wss", "api.example", 443, "/")
    try:
        redirect = Redirects(1).follow(rejected, at, [text])
    except HandshakeRejected:
        return
    asked = request(redirect=redirect)
    assert asked.target.startswith(redirect.address.target)
    assert asked.value("host") == redirect.address.authority


@given(text=texts)
def test_the_name_for_tls_is_a_name_or_refused(text: str) -> None:
    address = Address("wss", "api.example", 443)
    try:
        route = choose_route(
            address, proxy=None, unix=None, server_hostname=text, ssl=None, environ={}
        )
    except LocalProtocolError:
        return
    assert route.server_hostname == (text or "api.example")
    assert text.isascii()
    assert not set(text) & set("\r\n\0 /@#?%")


@pytest.mark.parametrize("answer", ["accept", "reject"])
@given(text=texts)
def test_a_servers_headers_arrive_as_they_are_or_are_refused(answer: str, text: str) -> None:
    def written(value: str) -> bytes:
        client = Connection.client(TALK, credentials=Credentials("key"))
        server = Connection.server()
        server.receive_data(client.data_to_send())
        if answer == "accept":
            server.accept(TALK, headers=[("x-own", value)])
        else:
            server.reject(401, headers=[("x-own", value)])
        return server.data_to_send()

    try:
        data = written(text)
    except LocalProtocolError:
        return
    head = data.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")[1:]
    usual = written("1").partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")[1:]
    lines = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head}
    assert len(head) == len(usual)
    assert lines["x-own"] == text.strip(" \t")
