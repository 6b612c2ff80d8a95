"""Either adapter through real proxies."""

from __future__ import annotations

import gc
import socket
import ssl
import sys
from collections.abc import Iterator

import pytest
import trustme

from schematic_engine.errors import DeadlineExceeded, LocalProtocolError, ProxyError
from schematic_engine.limits import Limits
from support.either import ADAPTERS, Talker
from support.proxy import ProxyServer
from support.threaded_server import Peer, ThreadedServer

SCHEMES = ("http", "socks4a", "socks5", "socks5h")


@pytest.fixture(params=ADAPTERS)
def talk(request: pytest.FixtureRequest) -> Talker:
    return ADAPTERS[request.param]


@pytest.fixture(autouse=True, scope="module")
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def echo(peer: Peer) -> None:
    peer.accept()
    peer.echo()


def port_of(server: ThreadedServer) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize("slowly", [False, True])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_conversation_goes_through_a_proxy_however_its_answers_are_cut(
    talk: Talker, scheme: str, slowly: bool
) -> None:
    with ProxyServer(scheme, slowly=slowly) as proxy, ThreadedServer(echo) as server:
        assert talk(url=server.url, proxy=proxy.url) == "a word"
    assert [port for _, port in proxy.asked] == [port_of(server)]


@pytest.mark.parametrize("scheme", ["http", "socks4a", "socks5h"])
def test_a_name_is_looked_up_by_the_proxy_and_tls_is_verified_for_it(
    talk: Talker, scheme: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    tls = serving(authority, "api.example")
    with ProxyServer(scheme) as proxy, ThreadedServer(echo, tls=tls) as server:
        url = f"wss://api.example:{port_of(server)}"
        assert talk(url=url, ssl=trusting, proxy=proxy.url) == "a word"
    assert proxy.asked == [("api.example", port_of(server))]


@pytest.mark.parametrize("scheme", ["socks4", "socks5"])
def test_a_name_is_looked_up_here_where_the_scheme_says_so(talk: Talker, scheme: str) -> None:
    with ProxyServer(scheme) as proxy, ThreadedServer(echo) as server:
        assert talk(url=server.url, proxy=proxy.url) == "a word"
    assert proxy.asked[0][0] in ("127.0.0.1", "::1")


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_certificate_that_is_misnamed_or_not_trusted_fails_through_a_proxy_too(
    talk: Talker, scheme: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    for name, context in (("elsewhere.example", trusting), ("api.example", None)):
        tls = serving(authority, name)
        with ProxyServer(scheme) as proxy, ThreadedServer(echo, tls=tls) as server:
            url = f"wss://api.example:{port_of(server)}"
            with pytest.raises(ssl.SSLCertVerificationError):
                talk(url=url, ssl=context, proxy=proxy.url)


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_credentials_are_decoded_and_let_in(talk: Talker, scheme: str) -> None:
    with (
        ProxyServer(scheme, credentials=("me", "p@ss/word")) as proxy,
        ThreadedServer(echo) as server,
    ):
        url = proxy.url.replace("://", "://me:p%40ss%2Fword@")
        assert talk(url=server.url, proxy=url) == "a word"


@pytest.mark.parametrize(
    ("scheme", "userinfo", "problem"),
    [
        ("http", "", "HTTP 407"),
        ("http", "me:secret-word@", "HTTP 407"),
        ("socks5h", "", "did not connect us"),
        ("socks5h", "me:secret-word@", "authentication"),
        ("socks4a", "me@", "user-id"),
    ],
)
def test_a_proxy_that_lets_nobody_in_is_a_proxy_error_without_the_password(
    talk: Talker, scheme: str, userinfo: str, problem: str
) -> None:
    with ProxyServer(scheme, credentials=("somebody", "else")) as proxy:
        url = proxy.url.replace("://", f"://{userinfo}")
        with pytest.raises(ProxyError, match=problem) as caught:
            talk(url="ws://api.example", proxy=url)
    assert caught.value.proxy == proxy.url
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "secret-word" not in shown


@pytest.mark.parametrize(
    ("scheme", "code", "problem"),
    [("http", 403, "HTTP 403"), ("socks5h", 2, "not allowed"), ("socks4a", 0x5B, "rejected")],
)
def test_a_proxy_that_refuses_says_so(talk: Talker, scheme: str, code: int, problem: str) -> None:
    with (
        ProxyServer(scheme, refuse=code) as proxy,
        pytest.raises(ProxyError, match=problem) as caught,
    ):
        talk(url="ws://api.example:8080", proxy=proxy.url)
    assert caught.value.status == code
    assert proxy.asked == [("api.example", 8080)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_that_does_not_speak_its_protocol_is_a_proxy_error(
    talk: Talker, scheme: str
) -> None:
    with ProxyServer(answer=b"no such thing") as proxy:  # which hangs up over SOCKS
        url = proxy.url.replace("http://", f"{scheme}://")
        with pytest.raises((ProxyError, DeadlineExceeded)):
            talk(url="ws://localhost:9", proxy=url, limits=Limits(open_timeout=0.2))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_time_to_open_covers_the_proxy(talk: Talker, scheme: str) -> None:
    with ProxyServer(scheme, stall=True) as proxy, pytest.raises(DeadlineExceeded) as caught:
        talk(url="ws://localhost:9", proxy=proxy.url, limits=Limits(open_timeout=0.05))
    assert caught.value.deadline == "open_timeout"


@pytest.mark.parametrize("scheme", [None, *SCHEMES])
def test_the_time_to_open_covers_all_addresses_of_a_host_together(
    scheme: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def time_out(_: socket.socket, address: object) -> None:
        tried.append(address)
        raise TimeoutError("timed out")

    found = socket.getaddrinfo("127.0.0.1", 9, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found * 3)
    monkeypatch.setattr(socket.socket, "connect", time_out, raising=False)
    with pytest.raises(DeadlineExceeded, match="open_timeout"):
        ADAPTERS["sync"](url="ws://api.example", proxy=scheme and f"{scheme}://proxy.example:9")
    assert tried == [("127.0.0.1", 9)]


def test_an_address_that_refuses_is_followed_by_the_next(
    talk: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refusing = taken.getsockname()[1]
    with ThreadedServer(echo) as server:
        ports = (refusing, port_of(server))
        lookups = [socket.getaddrinfo("127.0.0.1", p, type=socket.SOCK_STREAM) for p in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [*lookups[0], *lookups[1]])
        assert talk(url="ws://api.example", proxy=None) == "a word"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_that_is_not_there_is_a_proxy_error(talk: Talker, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(ProxyError, match="cannot be reached") as caught:
        talk(url="ws://localhost:9", proxy=url)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_the_environment_is_asked_unless_it_is_told_not_to_be(
    talk: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProxyServer(refuse=403) as proxy, ThreadedServer(echo) as server:
        monkeypatch.setenv("all_proxy", proxy.url)
        with pytest.raises(ProxyError):
            talk(url="ws://api.example")
        assert talk(url=server.url) == "a word"  # loopback addresses are reached directly
        monkeypatch.setenv("no_proxy", "api.invalid")
        for without in ({}, {"proxy": None}):
            with pytest.raises(socket.gaierror):
                talk(url="ws://api.invalid", **without)
    assert len(proxy.asked) == 1


def test_without_python_socks_the_error_says_how_to_install_it(
    talk: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_socks", None)
    with pytest.raises(LocalProtocolError, match=r'pip install "schematic-ws\[proxy\]"'):
        talk(url="ws://api.example", proxy="socks5h://me:word@proxy.example")
    with ProxyServer("http") as proxy, ThreadedServer(echo) as server:
        assert talk(url=server.url, proxy=proxy.url) == "a word"
