"""`Monitor`: judges what a program says and hears on sockets of its own."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, TypeVar
from weakref import finalize

from schematic.compile import CompiledEndpoint
from schematic.define import BoundEndpoint, Side, WebSocketApi
from schematic_engine.conformance import (
    Catalog,
    Finding,
    Report,
    Severity,
    Unusable,
    Vantage,
)
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.endpoints import resolve
from schematic_engine.monitor.errors import NotConforming, NotWatchable
from schematic_engine.monitor.notebook import Notebook
from schematic_engine.monitor.observer import MAX_FINDINGS, Observer
from schematic_engine.monitor.watch import Surroundings, Watch
from schematic_engine.tap import JournalFile

__all__ = ["LOGGER", "Monitor", "Watched"]

LOGGER = "schematic.monitor"
"""The logger that is told of errors and warnings."""

Watched: TypeAlias = BoundEndpoint | CompiledEndpoint | WebSocketApi | Catalog
"""What connections may be supposed to speak."""

_T = TypeVar("_T")

_log = logging.getLogger(LOGGER)

_ADAPTERS = {
    "websockets.asyncio.connection.Connection": "on_websockets.watch_asyncio",
    "websockets.sync.connection.Connection": "on_websockets.watch_threads",
    "aiohttp.client_ws.ClientWebSocketResponse": "on_aiohttp.watch_client",
    "aiohttp.web_ws.WebSocketResponse": "on_aiohttp.watch_server",
    "starlette.websockets.WebSocket": "on_asgi.watch_starlette",
}
"""What watches an object, by the full name of one of its classes: libraries stay unimported."""

_MOST_FAILURES = 20


class Monitor:
    """Judges the order of messages on a program's own sockets, and never touches a message.

    Each connection is judged at the end at which it is: a client as a client, a server as a server.
    What was wrong is kept, given to ``on_finding``, and logged as a warning (logger
    ``schematic.monitor``) by names alone, without anything that was said. A monitor may be used by
    any number of connections, tasks and threads.

    As a context manager it calls `finish` at the end; with ``raises=True`` it also raises what it
    has found, unless another error is on its way.

    Example:
        ::

            monitor = Monitor(elevenlabs().endpoint("StreamTextToSpeech"))
            async with websockets.connect(url) as ws:
                monitor.watch(ws)
                ...  # as before
            print(monitor.report().as_text())
    """

    def __init__(
        self,
        endpoint: Watched,
        *,
        on_finding: Callable[[Finding], object] | None = None,
        journal: JournalFile | None = None,
        secrets: Iterable[str] = (),
        raises: bool = False,
        transcribe: int = 100,
        max_findings: int = MAX_FINDINGS,
        vantage: Vantage | None = None,
        name: str = "monitor",
    ) -> None:
        """Begin to judge.

        Args:
            endpoint: what the connections are supposed to speak. Of an API with several endpoints,
                or of a `Catalog`, each connection finds its own by its URL.
            on_finding: is called with everything that is found: errors, warnings and notes, see
                ``finding.rule.severity``. It may be called from any thread that uses a watched
                connection; what it raises is logged, and goes no further.
            journal: a recording to which all records are added, without secrets, for
                ``schematic check``. Whoever opened it closes it. If it cannot be written, that is
                logged, and nothing else happens.
            secrets: what is hidden in the journal besides, wherever it stands.
            raises: raise `NotConforming` at the call that sent or received what is an error. What
                was sent is sent nevertheless; what was received is lost to the program. Meant for
                tests.
            transcribe: how many lines of each conversation are kept, for the page of a report;
                20,000 at the most in all.
            max_findings: with how many errors and warnings a connection is not judged any more.
                To explain one costs what judging thirty messages costs, and a log has to be
                stored, so a peer must not be able to cause any number of them.
            vantage: where it judges, if not at the program's end of each connection.
            name: what the connections are called in reports, in the place of a file.

        Raises:
            DefinitionError: a lifecycle that contradicts itself.
            TypeError: ``endpoint`` is nothing of that kind.
        """
        self._speaks = _speaks(endpoint)
        self._name = name
        self._on_finding = on_finding
        self._raises = raises
        self._news: deque[Finding] = deque()
        self._failures: list[Unusable] = []
        self._left: deque[Watch] = deque()
        self._observer = Observer(
            self._speaks,
            transcribe=transcribe,
            vantage=vantage,
            max_findings=max_findings,
            notebook=None
            if journal is None
            else Notebook(journal, self._speaks, secrets=secrets, fail=self._fail_to_write),
            tell=self._news.append,
        )
        self._around = Surroundings(
            time.monotonic, raises=raises, deliver=self._deliver, fail=self._fail
        )

    # -------------------------------------------------------------------------------- connections

    def watch(self, websocket: _T, *, url: str | None = None) -> _T:
        """Watch a connection, which is then used as before. It is the same object.

        Args:
            websocket: a connection of ``websockets`` (asyncio or threads, client or server);
                aiohttp's ``ClientWebSocketResponse``, or its ``WebSocketResponse`` before it is
                prepared; or the ``WebSocket`` of Starlette or FastAPI, best before it is accepted.
            url: what the client asked for, where the connection does not tell, as that of
                aiohttp's client: the URL, or its path and query. Without it parameters are not
                judged, and an endpoint cannot be found.

        Returns:
            ``websocket``.

        Raises:
            NotWatchable: it is nothing of that kind, is watched already, or comes too late.
        """
        module, _, function = _adapter_of(websocket).partition(".")
        adapter = import_module(f"schematic_engine.monitor.{module}")
        watch: Callable[[_T, Monitor, str | None], None] = getattr(adapter, function)
        watch(websocket, self, url)
        return websocket

    def connection(self, side: Side) -> Watch:
        """A connection of any other library, which is told what the program does on it.

        Args:
            side: the side on which the program is.
        """
        self._let_go()
        with self._around.lock:
            return Watch(self._observer.begin(side), self._around)

    def end_with(self, owner: object, watch: Watch) -> None:
        """End ``watch`` when nobody has ``owner`` any more, if it has not ended by then."""
        finalize(owner, self._left.append, watch).atexit = False

    # ------------------------------------------------------------------------------ what was found

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found until now, in order: of each severity the first thousand."""
        self._let_go()
        self._deliver()
        with self._around.lock:
            return self._observer.findings

    def report(self) -> Report:
        """What was found until now; see `Report` for its forms."""
        self._let_go()
        self._deliver()
        with self._around.lock:
            trace = self._observer.trace(self._name)
        known = self._speaks
        name = "" if isinstance(known, Catalog) else known.name
        return Report(name, (trace,), tuple(self._failures))

    def raise_for_findings(self, *, strict: bool = False) -> None:
        """Raise if anything was wrong until now.

        Args:
            strict: whether warnings count.

        Raises:
            NotConforming: something was wrong.
        """
        bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
        found = [finding for finding in self.findings if finding.rule.severity in bad]
        if found:
            raise NotConforming(found)

    def finish(self) -> Report:
        """Stop judging: what goes on is noted as unfinished. What was found in all.

        Connections go on; what they say from here on is not judged.
        """
        self._let_go()
        with self._around.lock:
            self._observer.finish(self._name)
        self._deliver()
        return self.report()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()
        if self._raises and error is None:
            self.raise_for_findings()

    # ----------------------------------------------------------------------- only for this class

    def _let_go(self) -> None:
        """End the connections that nobody has any more."""
        while self._left:
            watch = self._left.popleft()
            watch.unread()
            watch.end()

    def _deliver(self) -> None:
        """Tell what is new."""
        while self._news:
            try:
                finding = self._news.popleft()
            except IndexError:  # another thread was faster
                return
            if finding.rule.severity is not Severity.NOTE:
                _log.warning("%s", _in_names(finding))
            if self._on_finding is not None:
                with _Calling():
                    self._on_finding(finding)

    def _fail(self, number: int, error: Exception) -> None:
        """Judging a connection has failed, which is no concern of the program's traffic."""
        problem = f"connection {number} is not judged any more: {_blame(error)}"
        if len(self._failures) < _MOST_FAILURES:
            self._failures.append(Unusable(self._name, problem))
        _log.error("%s", problem)

    def _fail_to_write(self, error: OSError) -> None:
        """The journal cannot be written, which is no concern of anybody else's."""
        _log.error("the journal is not written any more: %s", error.strerror or _blame(error))


class _Calling:
    """A block that calls a function of the program: what it raises is logged, no more."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        _log.error("on_finding failed: %s", _blame(error))
        return True


def _speaks(endpoint: Watched) -> Speaks:
    if isinstance(endpoint, Catalog):
        return endpoint
    if isinstance(endpoint, WebSocketApi) and len(endpoint.endpoints) > 1:
        return Catalog(endpoint.endpoint(one.id) for one in endpoint.endpoints)
    return resolve(endpoint)


def _adapter_of(websocket: object) -> str:
    """The module and the function that watch it.

    Raises:
        NotWatchable: none does.
    """
    for one in type(websocket).__mro__:
        adapter = _ADAPTERS.get(f"{one.__module__}.{one.__qualname__}")
        if adapter is not None:
            return adapter
    raise NotWatchable(
        f"{type(websocket).__name__} cannot be watched: expected a connection of websockets, of "
        "aiohttp, or a WebSocket of Starlette. For any other use Monitor.connection()."
    )


def _in_names(finding: Finding) -> str:
    """A finding by names that come from the description: nothing that was said."""
    what = f"{finding.rule.id} {finding.rule.name}"
    if finding.message:
        what += f": {finding.message}"
    if finding.side is not None:
        what += f" from the {finding.side.value}"
    if finding.connection is not None:
        what += f", connection {finding.connection}"
    if finding.because is not None:
        because = finding.because
        what += f", because of {because.words}"
    return what


def _blame(error: Exception) -> str:
    """What failed and where; never the error's own words, which may hold what was said."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {Path(code.co_filename).name}, line {trace.tb_lineno}"
