"""`Proxy`: stands between clients and a server, and records and judges what they say.

::

    with Proxy("wss://api.elevenlabs.io", elevenlabs(), file="trace.jsonl") as proxy:
        client = ElevenLabs(base_url=proxy.url, ...)
        ...
    print(proxy.report().as_text())

What passes is not changed, but for where a request goes to: see `schematic_engine.tap.rewriting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from os import PathLike, fspath
from ssl import SSLContext
from typing import Final

from schematic.compile import CompiledEndpoint
from schematic.define import BoundEndpoint, Side, WebSocketApi
from schematic_engine.address import Address, parse_url
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.redact import printable
from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.shown import Shown
from schematic_engine.endpoints import resolve
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.mock.loop_thread import EitherWay
from schematic_engine.tap.journal import MAX_BODY
from schematic_engine.tap.journal_file import MAX_FILE, JournalFile
from schematic_engine.tap.passage import ProxyPassage, Way
from schematic_engine.tap.recorder import LIVE, Recorder
from schematic_engine.tap.relay import Relay

__all__ = ["MAX_CONNECTIONS", "Proxy", "is_loopback", "speaks_of"]

MAX_CONNECTIONS: Final = 1000
"""Connections that a proxy passes on at a time."""

SETTLED: Final = 5.0
"""Seconds in which connections end whose client has gone."""


class Proxy(EitherWay):
    """A proxy in front of one server; a context manager, with ``with`` or ``async with``.

    Args:
        upstream: the server's base URL, ``ws`` or ``wss``. A path in it is put before the paths
            that clients ask for.
        speaks: what is spoken: an API, one endpoint, or a `Catalog`. Where there are several,
            each connection finds its own by its URL.
        host: the interface to listen on; only this machine can reach the default.
        port: 0 takes a free one.
        ssl: a server's context, so that clients connect with ``wss``.
        upstream_ssl: a client's context, for an upstream with ``wss``; None verifies it against the
            system's certificates.
        file: where the recording is written; None for nowhere.
        append: whether to go on with a file that is there.
        enforce: whether what breaks a rule is kept from the other side, and ends the connection:
            see `Relay`.
        keep_host: whether ``Host`` and ``Origin`` of requests stay as they are.
        secrets: texts that are hidden in all that is written and told.
        max_body: how much of a body is written.
        max_file: bytes that the file may grow to.
        max_connections: how many connections are passed on at a time; more are answered with 503.
        limits: bounds on what is held of a message, and the times to open and to close.
        tell: called with each finding when it is found, in the proxy's thread; it has to be quick,
            and an error in it breaks the connection that the finding is about.

    Attributes:
        accepted: how many connections there have been.
        unreached: how many of them ended because the server could not be reached.
        why_unreached: why it could not, the last time; empty if it always could.
    """

    def __init__(
        self,
        upstream: str,
        speaks: WebSocketApi | BoundEndpoint | CompiledEndpoint | Catalog,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: SSLContext | None = None,
        upstream_ssl: SSLContext | None = None,
        file: str | PathLike[str] | None = None,
        append: bool = False,
        enforce: bool = False,
        keep_host: bool = False,
        secrets: Iterable[str] = (),
        max_body: int = MAX_BODY,
        max_file: int = MAX_FILE,
        max_connections: int = MAX_CONNECTIONS,
        limits: Limits = DEFAULT_LIMITS,
        tell: Callable[[Shown], object] | None = None,
    ) -> None:
        super().__init__("schematic-proxy")
        self._way = Way(parse_url(upstream), upstream_ssl, limits)
        self._speaks = speaks_of(speaks)
        self._host, self._port, self._ssl = host, port, ssl
        self._path, self._append, self._max_file = file, append, max_file
        self._enforce, self._keep_host = enforce, keep_host
        self._secrets, self._max_body, self._tell = tuple(secrets), max_body, tell
        self._most = max_connections
        self._open: set[ProxyPassage] = set()
        self._listener: asyncio.Server | None = None
        self._file: JournalFile | None = None
        self._recorder: Recorder | None = None
        self._began = 0.0
        self.accepted = self.unreached = 0
        self.why_unreached = ""

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            RuntimeError: it is not running.
        """
        if self._listener is None:
            raise RuntimeError("the proxy is not running: use it in a with statement")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The base URL for clients.

        Raises:
            RuntimeError: it is not running.
        """
        scheme = "ws" if self._ssl is None else "wss"
        return f"{scheme}://{Address(scheme, self._host, self.port).authority}"

    @property
    def problem(self) -> str:
        """Why nothing is written to the file any more; empty while all is."""
        return "" if self._recorder is None else self._recorder.problem

    @property
    def rejected(self) -> int:
        """How many requests the server has rejected."""
        return 0 if self._recorder is None else self._recorder.rejected

    @property
    def last_status(self) -> int:
        """The HTTP status with which it did so last; 0 if it never did."""
        return 0 if self._recorder is None else self._recorder.last_status

    def report(self) -> Report:
        """What was found until now, or until it was stopped.

        Raises:
            RuntimeError: it was never started.
        """
        if self._recorder is None:
            raise RuntimeError("the proxy was not started: use it in a with statement")
        if self._thread is None:
            return self._recorder.report()
        found: list[Report] = []
        self._thread.run(self._report_to(self._recorder, found))
        return found[0]

    def settle(self, seconds: float = SETTLED) -> None:
        """Let what is under way arrive, with ``with``: wait until all connections have ended.

        Args:
            seconds: the longest time that this may take.
        """
        if self._thread is not None:
            self._thread.run(self.settled(seconds))

    async def settled(self, seconds: float = SETTLED) -> None:
        """The same as `settle`, with ``async with``."""
        if self._open:
            await asyncio.wait([passage.gone for passage in self._open], timeout=seconds)

    async def start(self) -> None:
        """Listen, in the running loop.

        Raises:
            OSError: it cannot listen there, or the file cannot be written.
        """
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        listener = await loop.create_server(
            self._accept, self._host, self._port, ssl=self._ssl, start_serving=False
        )
        try:
            self._recorder = self._recording()  # no file is begun anew for nothing
            await listener.start_serving()
        except BaseException:
            listener.close()
            self._close_file()
            raise
        self._listener = listener

    def _recording(self) -> Recorder:
        """What judges and writes down.

        Raises:
            OSError: the file cannot be written.
        """
        name = LIVE
        if self._path is not None:
            self._file = JournalFile(self._path, append=self._append, max_size=self._max_file)
            name = fspath(self._path)
        return Recorder(
            self._speaks,
            file=self._file,
            name=name,
            secrets=self._secrets,
            max_body=self._max_body,
            tell=self._tell,
        )

    async def stop(self) -> None:
        """Stop listening, and drop what is still connected."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
            passages = tuple(self._open)
            for passage in passages:
                passage.stop()
            for passage in passages:
                await passage.gone
            await listener.wait_closed()
        self._close_file()

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    async def _report_to(self, recorder: Recorder, found: list[Report]) -> None:
        found.append(recorder.report())

    def _accept(self) -> asyncio.Protocol:
        assert self._recorder is not None
        relay = Relay(
            self._recorder,
            self._way.upstream,
            enforce=self._enforce,
            keep_host=self._keep_host,
            limits=self._way.limits,
            began=self._began,
        )
        return ProxyPassage(relay, self._way, self._made, self._not_reached).ends[Side.CLIENT]

    def _made(self, passage: ProxyPassage) -> str:
        """A client is connected; why it is not served, if it is not."""
        self.accepted += 1
        self._open.add(passage)
        passage.gone.add_done_callback(lambda _: self._open.discard(passage))
        if len(self._open) > self._most:
            return f"the proxy has {self._most:,} connections already"
        return ""

    def _not_reached(self, why: str) -> None:
        self.unreached += 1
        self.why_unreached = printable(why)


def speaks_of(speaks: WebSocketApi | BoundEndpoint | CompiledEndpoint | Catalog) -> Speaks:
    """What connections are judged by: one endpoint, or those among which they find theirs."""
    if isinstance(speaks, WebSocketApi):
        bound = [speaks.endpoint(one.id) for one in speaks.endpoints]
        return Catalog(bound) if len(bound) != 1 else resolve(bound[0])
    return resolve(speaks) if isinstance(speaks, BoundEndpoint) else speaks


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``: it is ``localhost``, or such an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
