"""How a server is reached, from the arguments of `connect`."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path
from typing import Any

import pytest

from schematic_engine.address import Address
from schematic_engine.errors import InvalidParameter, LocalProtocolError
from schematic_engine.proxies import Proxy
from schematic_engine.route import Route, choose_route, no_room_at

WSS = Address("wss", "api.example", 443)
WS = Address("ws", "api.example", 80)
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def route(address: Address, **given: Any) -> Route:
    usual: dict[str, Any] = {
        "proxy": True,
        "unix": None,
        "server_hostname": None,
        "ssl": None,
        "environ": {"ALL_PROXY": "http://proxy"},
    }
    return choose_route(address, **(usual | given))


def test_the_certificate_is_made_out_to_the_host_of_the_url_or_to_the_name_that_is_given() -> None:
    assert route(WS).server_hostname is None
    assert route(WSS, ssl=CONTEXT).server_hostname == "api.example"
    assert route(WSS, server_hostname="other.example").server_hostname == "other.example"


@pytest.mark.parametrize("given", [True, False, "cert.pem"])
def test_for_tls_a_context_is_wanted(given: object) -> None:
    for address in (WSS, WS):
        with pytest.raises(TypeError, match=r"ssl: pass an ssl\.SSLContext, or None"):
            route(address, ssl=given)


def test_a_proxy_is_chosen_for_the_address() -> None:
    assert route(WSS).proxy == Proxy("http", "proxy", 80)
    assert route(WSS, proxy=None).proxy is None


def test_a_unix_socket_is_reached_without_the_environments_proxy() -> None:
    assert route(WS, unix=Path("/run/x")) == Route(address=WS, server_hostname=None, unix="/run/x")


def test_a_unix_socket_without_room_is_an_os_error_that_names_its_path() -> None:
    error = no_room_at("/run/x")
    assert (error.errno, error.filename) == (errno.EAGAIN, "/run/x")


@pytest.mark.parametrize(
    ("address", "given", "problem"),
    [
        (WS, {"ssl": CONTEXT}, "ssl is given, but the URL says ws://"),
        (WS, {"server_hostname": "x"}, "server_hostname is given, but the URL says ws://"),
        (WSS, {"unix": "/run/x", "proxy": "http://proxy"}, "not reached through a proxy"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    address: Address, given: dict[str, Any], problem: str
) -> None:
    with pytest.raises(LocalProtocolError, match=problem):
        route(address, **given)


@pytest.mark.parametrize("name", ["", "a b", "a\r\nb", "ü", "a" * 64, "a\0"])
def test_the_name_in_the_certificate_is_the_name_of_a_host(name: str) -> None:
    with pytest.raises(InvalidParameter, match="server_hostname"):
        route(WSS, server_hostname=name)
