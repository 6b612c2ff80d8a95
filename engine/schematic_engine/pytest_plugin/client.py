"""`ClientFactory`, the value of the fixture ``schematic_client``: clients that test a server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLContext
from time import monotonic
from typing import Any, Final

from schematic.compile import CompiledEndpoint
from schematic.define import DefinitionError, Side
from schematic_engine import asyncio as aio
from schematic_engine import sync
from schematic_engine.address import parse_url
from schematic_engine.arguments import HeaderLines, header_lines, subprotocol_names
from schematic_engine.asyncio.driver import Driver
from schematic_engine.asyncio.opening import Opening
from schematic_engine.asyncio.reach import reach
from schematic_engine.credentials import Credentials, find_credentials
from schematic_engine.endings import accepted
from schematic_engine.endpoints import resolve
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from schematic_engine.playbook import Playbook, Player
from schematic_engine.policy import Policy
from schematic_engine.pytest_plugin.actors import Scripted
from schematic_engine.pytest_plugin.asgi import App, AsgiHost
from schematic_engine.pytest_plugin.log import Log, Logs
from schematic_engine.pytest_plugin.overheard import Overheard
from schematic_engine.pytest_plugin.places import Spoken, endpoint_of, playbook_of, whole_of
from schematic_engine.pytest_plugin.sockets import Sockets
from schematic_engine.pytest_plugin.stage import Stage, without_timers
from schematic_engine.pytest_plugin.verdict import Rulebook, check_rules, told, wrong_with
from schematic_engine.route import Route, choose_route
from schematic_engine.sync.link import Link
from schematic_engine.sync.reach import open_transport
from schematic_engine.tap.proxy import is_loopback

__all__ = ["Client", "ClientFactory", "Host"]

_NO_SECRET: Final = "test"
_LIMITS: Final = Limits(close_timeout=1.0)
_TYPED: Final = Policy()
_SCRIPTED: Final = Policy(unknown="pass", violation="report", replies=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a server is to be reached, and judged; see `ClientFactory.__call__`."""

    url: str | None
    app: App | None
    params: Mapping[str, object]
    auth: str | None
    headers: HeaderLines
    subprotocols: tuple[str, ...]
    ssl: SSLContext | None
    allow: Collection[str]
    strict: bool
    policy: Policy = _TYPED

    @property
    def rulebook(self) -> Rulebook:
        """Which findings count."""
        return Rulebook(frozenset(self.allow), self.strict)


class Client:
    """What one client has seen of a server.

    Args:
        log: what passed.
        rulebook: which findings count.
        close: ends its connection, if it is open; None where its user does.
    """

    def __init__(
        self, log: Log, rulebook: Rulebook, close: Callable[[], None] | None = None
    ) -> None:
        self._log, self._rulebook, self._close = log, rulebook, close

    def wrong(self, *, final: bool, colour: bool) -> str:
        """What the server did wrong; empty if nothing."""
        return wrong_with([(self._log, None)], self._rulebook, final=final, colour=colour)

    def close(self, *, failed: bool = False) -> None:
        """End the connection."""
        del failed
        if self._close is not None:
            self._close()


class Host:
    """An application that is under test.

    Args:
        host: runs it.
    """

    def __init__(self, host: AsgiHost) -> None:
        self._host = host

    def wrong(self, *, final: bool, colour: bool) -> str:
        """What it raised; empty if nothing."""
        del final, colour
        return "\n\n".join(f"the application failed: {told(one)}" for one in self._host.errors)

    def close(self, *, failed: bool = False) -> None:
        """Stop it."""
        del failed
        self._host.close()


class ClientFactory:
    """Makes clients for one test; the value of the fixture ``schematic_client``.

    What the server does wrong fails the test. A server is named by its base URL, or given as an
    ASGI application, which then runs in a thread of its own until the test ends.

    Args:
        base: the folder of the test, where its playbooks are.
        keep: called with each client, and each application, of the test.
    """

    def __init__(self, base: Path, keep: Callable[[Client | Host], None]) -> None:
        self._base = base
        self._keep = keep
        self._logs = Logs(Side.CLIENT)
        self._hosts: dict[int, AsgiHost] = {}

    def __call__(
        self,
        what: Spoken,
        *,
        url: str | None = None,
        app: App | None = None,
        params: Mapping[str, object] | None = None,
        auth: str | None = None,
        headers: HeaderLines = (),
        subprotocols: tuple[str, ...] = (),
        ssl: SSLContext | None = None,
        allow: Collection[str] = (),
        strict: bool = False,
    ) -> sync.ClientConnection:
        """An open connection with blocking calls; it is closed when the test ends.

        Args:
            what: the endpoint, or its name.
            url: the server's base URL; None for the API's own.
            app: an ASGI application in place of a URL.
            params: the connection's parameters by name.
            auth: the secret; None looks in the environment variables that the API names, and a
                server on this machine gets ``test`` where there is none.
            headers: further header lines of the request.
            subprotocols: offered to the server, most wanted first.
            ssl: for ``wss``; None verifies the server against the system's certificates.
            allow: ids of rules that the server may break.
            strict: whether warnings of the judge fail the test, too.

        Raises:
            DefinitionError: there is no such endpoint or rule, or both ``url`` and ``app``.
            Exception: what `schematic_engine.sync.connect` raises.
        """
        __tracebackhide__ = True
        asked = _Asked(url, app, params or {}, auth, headers, subprotocols, ssl, allow, strict)
        core, route = self._core(what, asked)
        core.handle_timeout(monotonic())
        transport = open_transport(route, ssl, deadline=core.next_deadline(), limits=_LIMITS)
        link = Link(core, transport, _LIMITS)
        try:
            connection = sync.ClientConnection(link, link.open(None))
        except BaseException:
            transport.close()
            raise
        link.start()
        self._keep(Client(core.log, asked.rulebook, connection.close))
        return connection

    def asyncio(
        self,
        what: Spoken,
        *,
        url: str | None = None,
        app: App | None = None,
        params: Mapping[str, object] | None = None,
        auth: str | None = None,
        headers: HeaderLines = (),
        subprotocols: tuple[str, ...] = (),
        ssl: SSLContext | None = None,
        allow: Collection[str] = (),
        strict: bool = False,
    ) -> Opening[aio.ClientConnection]:
        """The same for asyncio: ``async with`` it, or ``await`` it and close it yourself."""
        asked = _Asked(url, app, params or {}, auth, headers, subprotocols, ssl, allow, strict)

        async def opening() -> aio.ClientConnection:
            __tracebackhide__ = True
            core, route = self._core(what, asked)
            driver = Driver(core, _LIMITS)
            self._keep(Client(core.log, asked.rulebook))
            try:
                async with asyncio.timeout(_LIMITS.open_timeout):
                    await reach(driver, route, ssl, _LIMITS)
                    opened = await asyncio.shield(driver.opened)
                    welcome = accepted(opened, driver.lost, secure=route.address.secure)
            except BaseException:
                await driver.drop()
                raise
            return aio.ClientConnection(driver, welcome)

        return Opening(opening)

    def play(
        self,
        book: Playbook | Path | str,
        *,
        url: str | None = None,
        app: App | None = None,
        params: Mapping[str, object] | None = None,
        auth: str | None = None,
        headers: HeaderLines = (),
        ssl: SSLContext | None = None,
        allow: Collection[str] = (),
        strict: bool = False,
        pace: float = 1.0,
        timeout: float = 5.0,
    ) -> tuple[Message, ...]:
        """Play the client's side of a playbook to its end.

        After its last step the connection is closed with 1000, unless the script does it.

        Args:
            book: the playbook, or the path of its file, relative to the test's folder.
            url: the server's base URL; None for the API's own.
            app: an ASGI application in place of a URL.
            params: connection parameters besides those of the playbook.
            auth: as for a connection.
            headers: further header lines of the request.
            ssl: for ``wss``; None verifies the server against the system's certificates.
            allow: ids of rules that the server may break.
            strict: whether warnings of the judge count, too.
            pace: by how much delays are multiplied; 0 leaves them out.
            timeout: seconds from the connection to the end of the script.

        Returns:
            What the server said that was in order.

        Raises:
            AssertionError: the server departed from the script or broke a rule; the error shows
                what was expected and what was seen.
            PlaybookError: the playbook cannot be read, or does not keep to its description.
            Exception: what `schematic_engine.sync.connect` raises about the request.
        """
        __tracebackhide__ = True
        script = playbook_of(book, self._base)
        given = {**script.values, **(params or {})}
        asked = _Asked(url, app, given, auth, headers, (), ssl, allow, strict, _SCRIPTED)
        core, route = self._core(without_timers(resolve(whole_of(script))), asked)
        stage = Stage(core, lambda c, _: Scripted(c, Player(script, Side.CLIENT, pace=pace)))
        sockets = Sockets()
        try:
            address = route.address
            sockets.connect(address.host, address.port, stage, ssl or address.secure or None)
            sockets.settle(timeout)
        finally:
            sockets.close(1000)
        if core.log.rejected != script.rejects:
            core.log.wrong(_answered(core.log.rejected, script.rejects))
        text = wrong_with([(core.log, stage)], asked.rulebook, final=True)
        errors = [told(error) for error in sockets.errors]
        if text or errors:
            raise AssertionError("\n\n".join([*errors, text]).strip())
        return tuple(core.log.heard)

    async def aplay(self, book: Playbook | Path | str, **options: Any) -> tuple[Message, ...]:
        """As `play`, for servers in the event loop of the test (asyncio): it goes on meanwhile."""
        __tracebackhide__ = True
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, partial(self.play, book, **options))

    # ----------------------------------------------------------------------- for this class

    def _core(self, what: Spoken, asked: _Asked) -> tuple[Overheard, Route]:
        """A core connection, and the way to its server."""
        __tracebackhide__ = True
        check_rules(asked.allow)
        url = asked.url
        if asked.app is not None:
            if url is not None:
                raise DefinitionError("pass a url or an app, not both")
            url = self._host(asked.app).url
        compiled: CompiledEndpoint = resolve(endpoint_of(what))
        core = Overheard.at_client(
            self._logs.begin(),
            compiled,
            params=asked.params,
            credentials=_credentials(compiled, asked.auth, url),
            url=url,
            headers=header_lines(asked.headers),
            subprotocols=subprotocol_names(asked.subprotocols),
            limits=_LIMITS,
            policy=asked.policy,
        )
        return core, choose_route(
            core.address,
            proxy=None,
            unix=None,
            server_hostname=None,
            ssl=asked.ssl,
            environ=os.environ,
        )

    def _host(self, app: App) -> AsgiHost:
        """The host of ``app``, which is started where it is first used."""
        host = self._hosts.get(id(app))
        if host is None:
            host = self._hosts[id(app)] = AsgiHost(app)
            self._keep(Host(host))
        return host


def _answered(status: int | None, expected: int | None) -> str:
    """That the server's answer to the request is another one."""
    did = "accepted the request" if status is None else f"answered the request with {status}"
    return f"the server {did}" + ("" if expected is None else f", where {expected} was expected")


def _credentials(
    endpoint: CompiledEndpoint, secret: str | None, url: str | None
) -> Credentials | None:
    """The credentials to connect with; a server on this machine need not have real ones."""
    found = find_credentials(endpoint.api, secret, environ=os.environ)
    if found is None and url is not None and is_loopback(parse_url(url).host):
        return find_credentials(endpoint.api, _NO_SECRET)
    return found
