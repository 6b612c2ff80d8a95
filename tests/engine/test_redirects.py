"""Where a client goes when a server points elsewhere, and with what."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import AuthStrategy, WebSocketApi
from schematic.define.urls import is_host
from schematic_engine.address import Address
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import HandshakeRejected, InvalidParameter
from schematic_engine.redirects import Redirect, Redirects, with_query
from support.echo import TALK

HERE = Address("wss", "api.example", 443, "/v1/talk?room=hall")
SECRET = "s3cr3t/+ü"
STATUSES = (301, 302, 303, 307, 308)


def rejected(status: int = 307) -> HandshakeRejected:
    return HandshakeRejected(status=status, headers=(("server", "x"),), body=b"moved")


def followed(location: str, at: Address = HERE, **options: object) -> Redirect:
    return Redirects(1, **options).follow(rejected(), at, [location])  # type: ignore[arg-type]  # test


def refused(*locations: str, at: Address = HERE, most: int = 1, **options: object) -> str:
    hops = Redirects(most, **options)  # type: ignore[arg-type]  # a test
    with pytest.raises(HandshakeRejected) as caught:
        hops.follow(rejected(), at, locations)
    assert caught.value.hint in str(caught.value)
    assert (caught.value.status, caught.value.body) == (307, b"moved")
    return caught.value.hint


# Where a Location points


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/v2", "wss://api.example/v2"),
        ("talk/2?x=1", "wss://api.example/v1/talk/2?x=1"),
        ("../v2/./talk", "wss://api.example/v2/talk"),
        ("?room=other", "wss://api.example/v1/talk?room=other"),
        ("#part", "wss://api.example/v1/talk?room=hall"),
        ("/v2#part", "wss://api.example/v2"),
        ("//other.example/v2", "wss://other.example/v2"),
        ("https://other.example", "wss://other.example/"),
        ("wss://Other.example:8443/v2", "wss://other.example:8443/v2"),
        ("https://other.example:443?a", "wss://other.example/?a"),
        ("https://[2001:db8::1]:80/v2", "wss://[2001:db8::1]:80/v2"),
        ("/a:b/http://c", "wss://api.example/a:b/http://c"),
    ],
)
def test_a_location_is_absolute_or_relative_with_the_schemes_of_http_too(
    location: str, expected: str
) -> None:
    if location == "#part":
        assert "where the client has been" in refused(location)
        return
    address = followed(location).address
    assert f"{address.scheme}://{address.authority}{address.target}" == expected


def test_from_ws_a_redirect_may_lead_to_wss() -> None:
    here = Address("ws", "api.example", 80, "/")
    there = followed("https://api.example/", here)
    assert there == Redirect(Address("wss", "api.example", 443, "/"), trusted=False)
    assert followed("http://api.example/x", here).trusted


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("", "not a URL"),
        ("/a b", "not a URL"),
        ("/a\r\nx: y", "not a URL"),
        ("/\u00fc", "not a URL"),
        ("/a\\b", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://api.example:99999/", "not a URL"),
        ("/" + "a" * 8000, "longer than 8000"),
        ("javascript:alert(1)", "begins neither"),
        ("ftp://api.example/", "begins neither"),
        ("https:/v2", "begins neither"),
        ("file:///etc/passwd", "begins neither"),
        ("https://me:hunter2@api.example/", "user name or password"),
        ("//me@api.example/", "user name or password"),
        ("https:///v2", "host and port"),
        ("///v2", "host and port"),
        ("https://api.example:0/", "host and port"),
        ("https://a..b/", "host and port"),
        (f"https://{'a' * 64}.example/", "host and port"),
        ("http://api.example/v2", "nothing leads to ws://"),
        ("ws://other.example/v2", "nothing leads to ws://"),
    ],
)
def test_a_location_that_leads_nowhere_is_refused_with_the_reason(location: str, why: str) -> None:
    hint = refused(location)
    assert why in hint
    assert "hunter2" not in hint


def test_a_repeated_location_is_refused() -> None:
    assert "repeated" in refused("/a", "/b")


@given(st.text(max_size=40) | st.from_regex(r"(https?:|wss?:)?//[^\x00-\x20]{0,20}"))
def test_whatever_a_location_says_leads_to_a_proper_address_or_to_a_refusal(location: str) -> None:
    try:
        address = followed(location).address
    except HandshakeRejected:
        return
    assert address.secure
    assert is_host(address.host)
    assert 0 < address.port < 65536
    request = Connection.client(
        TALK, credentials=Credentials("key"), redirect=Redirect(address, trusted=False)
    ).data_to_send()
    first, *_ = request.split(b"\r\n")
    assert first == f"GET {address.target} HTTP/1.1".encode()
    assert request.count(b"\r\n\r\n") == 1


# Whether it is followed


@pytest.mark.parametrize("status", [300, 304, 305, 306, 401, 503])
def test_other_statuses_are_no_redirects(status: int) -> None:
    error = rejected(status)
    with pytest.raises(HandshakeRejected) as caught:
        Redirects(5).follow(error, HERE, ["/v2"])
    assert caught.value is error


@pytest.mark.parametrize("status", STATUSES)
def test_the_five_statuses_are_followed_and_want_a_location(status: int) -> None:
    assert Redirects(1).follow(rejected(status), HERE, ["/v2"]).trusted
    with pytest.raises(HandshakeRejected, match="moved"):
        Redirects(1).follow(rejected(status), HERE, [])


def test_none_is_followed_unless_asked_for_and_the_error_says_where_to_and_how() -> None:
    hint = refused("https://other.example/v2?token=x", most=0)
    assert hint == ("it points to wss://other.example/v2?...; connect(redirects=1) would follow")


def test_as_many_are_followed_as_were_asked_for() -> None:
    hops = Redirects(2)
    first = hops.follow(rejected(), HERE, ["/1"])
    second = hops.follow(rejected(), first.address, ["/2"])
    with pytest.raises(HandshakeRejected, match=r"redirects=3"):
        hops.follow(rejected(), second.address, ["/3"])


def test_a_loop_is_seen() -> None:
    hops = Redirects(9)
    first = hops.follow(rejected(), HERE, ["/1"])
    second = hops.follow(rejected(), first.address, ["/2"])
    with pytest.raises(HandshakeRejected, match="where the client has been"):
        hops.follow(rejected(), second.address, ["/1"])


@pytest.mark.parametrize("most", [-1, True, 1.5, None])
def test_how_many_is_a_whole_number(most: object) -> None:
    with pytest.raises(InvalidParameter, match="redirects"):
        Redirects(most)


def test_what_is_meant_for_one_server_keeps_a_client_from_another() -> None:
    assert "ssl is meant for this server alone" in refused("//other.example/", bound_by="ssl")
    assert followed("/v2", bound_by="ssl").trusted


# With what

ELSEWHERE = ("//other.example/", "//api.example:444/", "//sub.api.example/")


@pytest.mark.parametrize("location", ELSEWHERE)
def test_trust_is_lost_at_the_border_of_the_origin_for_good(location: str) -> None:
    hops = Redirects(3)
    away = hops.follow(rejected(), HERE, [location])
    assert not away.trusted
    assert not hops.follow(rejected(), away.address, ["https://api.example/back"]).trusted


def test_a_query_that_repeats_the_secret_loses_it_at_the_border() -> None:
    secret = quote(SECRET, safe="")
    location = f"//other.example/?a=1&key={secret}&b=2"
    assert followed(location, secrets=[SECRET]).address.target == "/?a=1&b=2"
    assert followed(f"//other.example/?key={secret}", secrets=[SECRET]).address.target == "/"
    assert followed(f"/?key={secret}", secrets=[SECRET]).address.target == f"/?key={secret}"


@pytest.mark.parametrize(
    "place", ["//other.example/{}", "//other.example/?x=a{}b", "//other.example/?{}=x"]
)
@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_secret_elsewhere_in_the_url_is_refused_and_not_repeated(place: str, times: int) -> None:
    secret = "abc~def" if times == 0 else SECRET
    text = secret
    for _ in range(times):
        text = quote(text, safe="")
    hint = refused(place.format(text), secrets=[secret])
    assert hint == "it points to another server and repeats the credentials"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/login/{}", "wss://api.example/...;"),
        ("/login/{}?x", "wss://api.example/...?...;"),
        ("//{}.example/", "a host whose name repeats the credentials;"),
        ("/?key={}", "wss://api.example/?...;"),
    ],
)
@pytest.mark.parametrize("secret", ["Hunter2", "%48unter2"])
def test_no_error_about_a_redirect_shows_a_secret(location: str, shown: str, secret: str) -> None:
    if "%" in secret and "//" in location:
        return  # not the name of a host
    hint = refused(location.format(secret), most=0, secrets=["Hunter2"])
    assert shown in hint
    assert secret.casefold() not in hint.casefold()


def test_a_query_is_completed_and_nothing_in_it_is_said_twice() -> None:
    address = Address("wss", "x", 443, "/a?key=old&b=1")
    assert with_query(address, [("key", "new"), ("c", "2 3")]).target == "/a?key=old&b=1&c=2%203"
    assert with_query(Address("wss", "x", 443, "/a"), [("k", "v")]).target == "/a?k=v"
    assert with_query(Address("wss", "x", 443, "/a"), []).target == "/a"


WAYS = {
    "header": AuthStrategy.api_key(header="x-key"),
    "bearer": AuthStrategy.bearer_token(),
    "basic": AuthStrategy.basic(),
    "query": AuthStrategy.api_key_query(name="key"),
    "subprotocol": AuthStrategy.subprotocol("token"),
}


def asked(way: AuthStrategy, redirect: Redirect | None) -> tuple[str, dict[str, str]]:
    api = WebSocketApi(
        name="Echo",
        base_url="wss://api.example",
        headers=(("x-version", "3"),),
        auth=way,
        endpoints=(TALK.endpoint,),
    )
    core = Connection.client(
        api,
        credentials=Credentials("Hunter2", username="Ann"),
        redirect=redirect,
        headers=[("cookie", "Hunter2"), ("x-own", "Hunter2")],
        subprotocols=["own.Hunter2"],
    )
    head = core.data_to_send().decode("ascii").removesuffix("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return first, dict(line.lower().split(": ", 1) for line in lines)


@pytest.mark.parametrize("way", WAYS)
def test_credentials_go_along_within_the_origin_and_nowhere_else(way: str) -> None:
    there = Address("wss", "api.example", 443, "/v2?room=den")
    first, usual = asked(WAYS[way], None)
    again, headers = asked(WAYS[way], Redirect(there, trusted=True))
    nonce = {"sec-websocket-key"}
    assert {n: v for n, v in headers.items() if n not in nonce} == {
        n: v for n, v in usual.items() if n not in nonce
    }
    assert again.startswith("GET /v2?room=den")
    assert ("Hunter2" in first) == ("Hunter2" in again) == (way == "query")

    other = Address("wss", "other.example", 443, "/v2?room=den")
    foreign, few = asked(WAYS[way], Redirect(other, trusted=False))
    assert foreign == "GET /v2?room=den HTTP/1.1"
    assert set(few) == {
        "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
        "sec-websocket-extensions", "x-version",
    }  # fmt: skip
    assert few["host"] == "other.example"


def test_a_secret_within_a_message_stays_at_home_too() -> None:
    way = AuthStrategy.in_message("Hello", field="name")
    api = WebSocketApi(
        name="Echo", base_url="wss://api.example", auth=way, endpoints=(TALK.endpoint,)
    )
    for trusted in (True, False):
        core = Connection.client(
            api, credentials=Credentials("Hunter2"), redirect=Redirect(HERE, trusted=trusted)
        )
        assert core._carried is not None
        assert (core._carried.secret == "Hunter2") is trusted


def test_the_query_of_the_new_address_is_the_one_that_is_sent() -> None:
    there = Redirect(Address("wss", "api.example", 443, "/v2?key=theirs"), trusted=True)
    first, _ = asked(WAYS["query"], there)
    assert parse_qsl(first.split(" ")[1].partition("?")[2]) == [("key", "theirs")]
