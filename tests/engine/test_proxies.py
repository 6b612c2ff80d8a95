"""Which proxy is chosen, from a URL or from the environment."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from schematic_engine.address import Address
from schematic_engine.errors import InvalidParameter
from schematic_engine.proxies import Proxy, choose_proxy, find_proxy, parse_proxy

API = Address("wss", "api.example", 443)
VARIABLES = ("wss_proxy", "ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy")

labels = st.sampled_from(["api", "example", "org", "x"])
names = st.lists(labels, min_size=1, max_size=3).map(".".join)
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_characters=":"))


def chosen(environ: Mapping[str, str], address: Address = API) -> str | None:
    proxy = find_proxy(address, environ)
    return None if proxy is None else proxy.url


# URLs


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy", Proxy("http", "proxy", 80)),
        ("HTTP://Proxy:3128/", Proxy("http", "proxy", 3128)),
        ("socks5h://[::1]", Proxy("socks5h", "::1", 1080)),
        ("socks4://me@10.0.0.1:9", Proxy("socks4", "10.0.0.1", 9, "me")),
        ("http://me@proxy", Proxy("http", "proxy", 80, "me")),
        ("socks5://me:p%40ss@proxy", Proxy("socks5", "proxy", 1080, "me", "p@ss")),
    ],
)
def test_a_url_names_a_proxy(url: str, expected: Proxy) -> None:
    assert parse_proxy(url) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://proxy", "TLS to the proxy"),
        ("ftp://proxy", "begins with http://"),
        ("proxy:8080", "begins with"),
        ("http://", "host and port"),
        ("http://proxy:0", "host and port"),
        ("http://proxy:99999", "not a URL"),
        ("http://pro xy", "white space"),
        ("http://proxy\r\n", "white space"),
        ("http://pröxy", "ASCII"),
        ("http://proxy/path", "nothing follows"),
        ("http://proxy?", "nothing follows"),
        ("http://me:a/b@proxy", "percent-encoded"),
        ("http://me:%ff@proxy", "UTF-8"),
        ("http://m%3Ae:x@proxy", "colon"),
        ("http://me:a%0d%0ab@proxy", "control character"),
        ("socks5://me@proxy", "1 to 255"),
        (f"socks5://me:{'x' * 256}@proxy", "1 to 255"),
        ("socks5://m%C3%A9:x@proxy", "ASCII for SOCKS"),
        ("socks4://me:word@proxy", "knows no passwords"),
        (False, "such as http://host"),
        (8080, "such as http://host"),
    ],
)
def test_what_is_no_url_of_a_proxy_is_refused_with_the_reason(url: object, problem: str) -> None:
    with pytest.raises(InvalidParameter, match=problem) as caught:
        choose_proxy(url, API, {})  # type: ignore[arg-type]  # that is the point
    assert caught.value.parameter == "proxy"


@given(st.sampled_from(["http", "socks5h"]), printable.filter(bool), printable.filter(bool))
def test_credentials_arrive_decoded_or_are_refused_and_are_never_shown(
    scheme: str, username: str, password: str
) -> None:
    username, password = f"<{username}>", f"<{password}>"
    url = f"{scheme}://{quote(username, safe='')}:{quote(password, safe='')}@proxy"
    try:
        proxy = parse_proxy(url)
    except InvalidParameter as error:
        shown = str(error)
        assert not (username + password).isprintable() or not (username + password).isascii()
    else:
        assert (proxy.username, proxy.password) == (username, password)
        shown = repr(proxy) + proxy.url + str(proxy.unspoken())
    assert password not in shown
    assert quote(password, safe="") not in shown


def test_schemes_say_who_looks_names_up() -> None:
    schemes = ("http", "socks4", "socks4a", "socks5", "socks5h")
    proxies = [parse_proxy(f"{scheme}://proxy") for scheme in schemes]
    assert [one.looks_up for one in proxies] == [True, False, True, False, True]
    assert [one.is_socks for one in proxies] == [False, True, True, True, True]
    assert [one.family for one in proxies] == ["HTTP", "SOCKS4", "SOCKS4", "SOCKS5", "SOCKS5"]


def test_socks_4_does_not_go_to_ipv6_addresses() -> None:
    address = Address("wss", "2001:db8::1", 443)
    with pytest.raises(InvalidParameter, match="IPv6"):
        choose_proxy("socks4://proxy", address, {})
    with pytest.raises(InvalidParameter, match="all_proxy"):
        choose_proxy(True, address, {"ALL_PROXY": "socks4a://proxy"})


# The argument


def test_a_proxy_that_is_given_is_used_whatever_the_environment_says() -> None:
    environ = {"NO_PROXY": "*", "HTTPS_PROXY": "http://other"}
    for address in (API, Address("ws", "localhost", 80)):
        assert choose_proxy("http://given", address, environ) == Proxy("http", "given", 80)


def test_none_means_none() -> None:
    assert choose_proxy(None, API, {"HTTPS_PROXY": "http://proxy"}) is None


def test_true_means_the_environment() -> None:
    environ = {"HTTPS_PROXY": "http://proxy"}
    assert choose_proxy(True, API, environ) == Proxy("http", "proxy", 80)
    assert choose_proxy(True, API, {}) is None


# The environment


@given(st.dictionaries(st.sampled_from(VARIABLES), st.just(True)), st.sampled_from(["ws", "wss"]))
def test_the_variable_for_web_sockets_counts_first_then_socks_then_https(
    found: dict[str, bool], scheme: str
) -> None:
    environ = {name: f"http://{name.replace('_', '-')}" for name in found}
    own = ["wss_proxy"] if scheme == "wss" else ["ws_proxy"]
    http = [] if scheme == "wss" else ["http_proxy"]
    order = [*own, "socks_proxy", "https_proxy", *http, "all_proxy"]
    first = next((name for name in order if name in found), None)
    proxy = find_proxy(Address(scheme, "api.example", 80), environ)
    assert (None if proxy is None else proxy.host.replace("-", "_")) == first


def test_a_variable_of_socks_is_about_socks() -> None:
    for value in ("proxy:9", "http://proxy:9", "socks5h://proxy:9"):
        assert chosen({"SOCKS_PROXY": value}) == "socks5h://proxy:9"
    assert chosen({"SOCKS_PROXY": "socks4://proxy:9"}) == "socks4://proxy:9"


def test_a_variable_without_scheme_means_http() -> None:
    assert chosen({"HTTPS_PROXY": "proxy:3128"}) == "http://proxy:3128"


def test_lower_case_goes_first_and_an_empty_one_says_no() -> None:
    upper = {"HTTPS_PROXY": "http://upper"}
    assert chosen(upper) == "http://upper:80"
    assert chosen({"https_proxy": "http://lower", **upper}) == "http://lower:80"
    assert chosen({**upper, "https_proxy": ""}) is None


def test_in_a_cgi_program_the_clients_header_is_not_believed() -> None:
    address = Address("ws", "api.example", 80)
    attack = {"HTTP_PROXY": "http://attacker", "REQUEST_METHOD": "GET"}
    assert chosen(attack, address) is None
    assert chosen({**attack, "http_proxy": "http://ours"}, address) == "http://ours:80"


def test_an_error_names_the_variable() -> None:
    with pytest.raises(InvalidParameter, match=r"^https_proxy: "):
        find_proxy(API, {"HTTPS_PROXY": "http://me:secret/word@proxy"})


@pytest.mark.parametrize(
    "host", ["localhost", "a.localhost", "localhost.", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_loopback_addresses_are_reached_directly(host: str) -> None:
    assert find_proxy(Address("ws", host, 80), {"ALL_PROXY": "http://proxy"}) is None


# NO_PROXY


def exempt(no_proxy: str, host: str, port: int = 443) -> bool:
    environ = {"ALL_PROXY": "http://proxy", "NO_PROXY": no_proxy}
    return find_proxy(Address("wss", host, port), environ) is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "expected"),
    [
        ("", "api.example", False),
        ("*", "api.example", True),
        ("other, *", "api.example", True),
        ("example", "api.example", True),
        (".example", "api.example", True),
        ("*.example", "api.example", True),
        (".api.example", "api.example", True),
        ("API.Example", "api.example", True),
        ("api.example.", "api.example", True),
        ("api.example", "api.example.", True),
        ("ample", "api.example", False),
        ("api.example.org", "api.example", False),
        ("a.example api.example", "api.example", True),
        (".", "api.example", False),
        ("api.example:443", "api.example", True),
        ("api.example:444", "api.example", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.11", False),
        ("0.0.1", "10.0.0.1", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "10.example", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::1", "2001:db8::1", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("[2001:db8::1]:443", "2001:db8::1", True),
        ("[2001:db8::1]:444", "2001:db8::1", False),
        ("2001:db8::/32", "10.0.0.1", False),
    ],
)
def test_no_proxy_lists_names_addresses_networks_and_ports(
    no_proxy: str, host: str, expected: bool
) -> None:
    assert exempt(no_proxy, host) is expected


@given(st.lists(names | st.just("*"), max_size=3), names, st.sampled_from([80, 443]))
@example(["*"], "x", 80)
def test_names_are_matched_as_the_standard_library_does(
    entries: list[str], host: str, port: int
) -> None:
    no_proxy = ",".join(entries)
    assume("*" not in entries or len(entries) == 1)  # elsewhere the library takes no star
    by_library = urllib.request.proxy_bypass(f"{host}:{port}", {"no": no_proxy})
    assert exempt(no_proxy, host, port) == bool(by_library)


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_networks_hold_what_is_within_them(host: object, other: object, bits: int) -> None:
    ip = ip_address(str(host))
    assume(not ip.is_loopback)
    network = ip_network(f"{other}/{min(bits, ip_address(str(other)).max_prefixlen)}", strict=False)
    assert exempt(str(network), str(host)) is (ip in network)


@given(st.text(max_size=30), names)
def test_no_list_is_an_error(no_proxy: str, host: str) -> None:
    assert exempt(no_proxy, host) in (True, False)
