"""The way through an HTTP proxy, without a network."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.address import Address
from schematic_engine.errors import ProxyError
from schematic_engine.limits import Limits
from schematic_engine.proxies import Proxy
from schematic_engine.tunnel import Tunnel
from support.frames import cut, cuts

PROXY = Proxy("http", "proxy", 80)
GUARDED = Proxy("http", "proxy", 80, "me", "pässword")
API = Address("wss", "api.example", 443)


def test_the_request_names_the_server_with_its_port_and_carries_the_credentials() -> None:
    tunnel = Tunnel(GUARDED, API)
    word = b64encode("me:pässword".encode())
    assert tunnel.data_to_send().split(b"\r\n") == [
        b"CONNECT api.example:443 HTTP/1.1",
        b"host: api.example:443",
        b"proxy-authorization: Basic " + word,
        b"",
        b"",
    ]
    assert tunnel.data_to_send() == b""


def test_an_ipv6_address_stands_in_brackets() -> None:
    request = Tunnel(PROXY, Address("ws", "2001:db8::1", 8080)).data_to_send()
    assert request.startswith(
        b"CONNECT [2001:db8::1]:8080 HTTP/1.1\r\nhost: [2001:db8::1]:8080\r\n"
    )
    assert b"authorization" not in request


ANSWERS = {
    b"HTTP/1.1 200 Connection established\r\n\r\n": "open",
    b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n": "open",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nX: y\r\n\r\n": "open",
    b"HTTP/1.1 200 OK\r\n\r\nsurprise": "before it was asked",
    b"HTTP/1.1 403 No\r\n\r\n<html>": "HTTP 403",
    b"HTTP/1.1 302 Go\r\nLocation: /login\r\n\r\n": "HTTP 302",
    b"HTTP/1.1 407 Who\r\n\r\n": "no credentials in",
    b"SSH-2.0-OpenSSH\r\n\r\n": "not HTTP",
    b"HTTP/1.1 101 Switching\r\n\r\n": "not HTTP",
    b"HTTP/1.1 200 OK\r\n": "hung up",
    b"": "hung up",
}


def outcome(answer: bytes, at: list[int], proxy: Proxy = PROXY) -> str:
    tunnel = Tunnel(proxy, API)
    try:
        for piece in filter(None, cut(answer, at)):
            if tunnel.receive_data(piece):
                return "open"
        tunnel.receive_data(b"")
    except ProxyError as error:
        return str(error).removeprefix("proxy http://proxy:80: ")
    raise AssertionError("the end is an answer, too")


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.items())
def test_an_answer_opens_the_way_or_says_why_not(answer: bytes, expected: str) -> None:
    assert expected in outcome(answer, [])


@given(st.sampled_from(sorted(set(ANSWERS) - {b"HTTP/1.1 200 OK\r\n\r\nsurprise"})), cuts())
def test_the_outcome_does_not_depend_on_the_reads(answer: bytes, at: list[int]) -> None:
    assert outcome(answer, at) == outcome(answer, [])


@given(st.binary(max_size=60))
def test_whatever_a_proxy_says_is_an_outcome(noise: bytes) -> None:
    assert outcome(noise, [])


def test_a_refusal_says_whether_credentials_were_sent_and_shows_none() -> None:
    refused = outcome(b"HTTP/1.1 407 Who\r\n\r\n", [], GUARDED)
    assert "these credentials" in refused
    assert "me:" not in refused
    with pytest.raises(ProxyError) as caught:
        Tunnel(GUARDED, API).receive_data(b"HTTP/1.1 407 Who\r\n\r\n")
    assert (caught.value.status, caught.value.proxy) == (407, "http://proxy:80")
    assert isinstance(caught.value, OSError)


def test_an_answer_without_end_is_cut_off() -> None:
    tunnel = Tunnel(PROXY, API, limits=Limits(max_header_size=256))
    with pytest.raises(ProxyError, match="max_header_size = 256"):
        tunnel.receive_data(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300)
