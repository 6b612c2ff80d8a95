"""Either adapter over TLS: names, trust, and clients that have to show a certificate."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import Iterator

import pytest
import trustme

from schematic_engine import sync
from schematic_engine.asyncio import ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, HandshakeRejected, LocalProtocolError
from schematic_engine.mock import MockServer
from support.echo import TALK, Hello
from support.either import ADAPTERS, Talker
from support.loops import on_a_strict_loop
from support.threaded_server import Peer, ThreadedServer


@pytest.fixture(params=ADAPTERS)
def talk(request: pytest.FixtureRequest) -> Talker:
    return ADAPTERS[request.param]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True, scope="module")
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(
    authority: trustme.CA, name: str = "localhost", *, wants: ssl.VerifyMode = ssl.CERT_NONE
) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = wants
    return context


def echo(peer: Peer) -> None:
    peer.accept()
    peer.echo()


def test_an_untrusted_certificate_fails_by_default(talk: Talker, authority: trustme.CA) -> None:
    with (
        ThreadedServer(echo, tls=serving(authority)) as server,
        pytest.raises(ssl.SSLCertVerificationError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        talk(url=server.url)


def test_the_certificate_has_to_hold_the_urls_host_or_the_name_that_is_given(
    talk: Talker, authority: trustme.CA
) -> None:
    tls = serving(authority, "api.example")
    context = trusting(authority)
    with ThreadedServer(echo, tls=tls) as server:
        assert talk(url=server.url, ssl=context, server_hostname="api.example") == "a word"
    for name in ({}, {"server_hostname": "elsewhere.example"}):
        with (
            ThreadedServer(echo, tls=tls) as server,
            pytest.raises(ssl.SSLCertVerificationError, match="not valid for"),
        ):
            talk(url=server.url, ssl=context, **name)


def test_a_context_or_a_name_for_a_plain_connection_is_a_mistake(
    talk: Talker, authority: trustme.CA
) -> None:
    for given in ({"ssl": trusting(authority)}, {"server_hostname": "x"}):
        with pytest.raises(LocalProtocolError, match="ws://"):
            talk(url="ws://localhost:9", **given)


# Certificates of clients


async def refuse_strangers(connection: ServerConnection) -> None:
    """What a server does with a client's certificate: look who it is."""
    shown = connection.peer_certificate
    if shown is None:
        await connection.reject(401, body=b"show a certificate")
        return
    names = [value for kind, value in shown["subjectAltName"] if kind == "email"]
    await connection.reject(403, body=f"not for {', '.join(names)}".encode())


async def attempt(url: str, context: ssl.SSLContext, adapter: str) -> BaseException | None:
    """What comes of a connection to ``url``."""

    def blocking() -> None:
        sync.connect(TALK, url=url, auth="key", ssl=context).close()

    try:
        if adapter == "sync":
            await asyncio.to_thread(blocking)
        else:
            await connect(TALK, url=url, auth="key", ssl=context)
    except (ssl.SSLError, ConnectionClosed, HandshakeRejected) as error:
        return error
    return None


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_handler_sees_the_clients_certificate(adapter: str, authority: trustme.CA) -> None:
    @on_a_strict_loop
    async def run() -> None:
        tls = serving(authority, wants=ssl.CERT_OPTIONAL)
        async with serve(refuse_strangers, host="localhost", ssl=tls) as server:
            context = trusting(authority)
            nobody = await attempt(server.url, context, adapter)
            authority.issue_cert("ann@example.org").configure_cert(context)
            ann = await attempt(server.url, context, adapter)
        assert [str(error) for error in (nobody, ann)] == [
            "the server rejected the upgrade with HTTP 401: show a certificate",
            "the server rejected the upgrade with HTTP 403: not for ann@example.org",
        ]

    run()


@pytest.mark.parametrize("certificate", [None, "stranger"])
def test_a_server_that_does_not_trust_the_client_says_so_and_tls_tells(
    talk: Talker, authority: trustme.CA, certificate: str | None
) -> None:
    context = trusting(authority)
    if certificate is not None:
        trustme.CA().issue_cert("eve@example.org").configure_cert(context)
    tls = serving(authority, wants=ssl.CERT_REQUIRED)
    said = "CERTIFICATE_REQUIRED" if certificate is None else "UNKNOWN_CA"
    with ThreadedServer(echo, tls=tls) as server, pytest.raises(ssl.SSLError, match=said):
        talk(url=server.url, ssl=context)
    authority.issue_cert("ann@example.org").configure_cert(context)
    with ThreadedServer(echo, tls=tls) as server:
        assert talk(url=server.url, ssl=context) == "a word"


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_our_server_lets_nobody_in_without_a_certificate_that_it_trusts(
    adapter: str, authority: trustme.CA
) -> None:
    async def run() -> None:
        # In debug mode asyncio tells the handler why it has hung up.
        asyncio.get_running_loop().set_exception_handler(lambda _, context: None)
        tls = serving(authority, wants=ssl.CERT_REQUIRED)
        async with serve(refuse_strangers, host="localhost", ssl=tls) as server:
            stranger = trusting(authority)
            trustme.CA().issue_cert("eve@example.org").configure_cert(stranger)
            for context in (trusting(authority), stranger):
                # asyncio's server hangs up without a word (an alert) about the certificate.
                error = await attempt(server.url, context, adapter)
                assert isinstance(error, (ssl.SSLError, ConnectionClosed))
                if isinstance(error, ConnectionClosed):
                    assert "wants a client certificate" in error.__notes__[0]
            assert server.connections == ()
            friend = trusting(authority)
            authority.issue_cert("ann@example.org").configure_cert(friend)
            error = await attempt(server.url, friend, adapter)
            assert isinstance(error, HandshakeRejected)
            assert error.status == 403

    asyncio.run(run())


def test_a_mock_speaks_tls_too(authority: trustme.CA) -> None:
    with (
        MockServer(TALK, host="localhost", ssl=serving(authority)) as mock,
        sync.connect(TALK, url=mock.url, auth="key", ssl=trusting(authority)) as connection,
    ):
        assert mock.url.startswith("wss://localhost:")
        connection.send(Hello())
