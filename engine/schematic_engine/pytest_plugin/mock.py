"""`MockFactory`, the value of the fixture ``schematic_mock``, and the `Mock` that it makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from ssl import SSLContext
from typing import Final, Literal, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import BoundEndpoint, DefinitionError, ParamValue, Side, WebSocketApi
from schematic_engine.address import match_request
from schematic_engine.conformance import RULES
from schematic_engine.endpoints import resolve
from schematic_engine.errors import InvalidParameter
from schematic_engine.events import Message, Request
from schematic_engine.limits import Limits
from schematic_engine.mock import Call, Handler
from schematic_engine.playbook import Playbook, Player
from schematic_engine.playbook.patterns import mismatch
from schematic_engine.policy import Policy
from schematic_engine.pytest_plugin.actors import Actor, Improvised, Scripted
from schematic_engine.pytest_plugin.log import Log, Logs
from schematic_engine.pytest_plugin.overheard import Overheard
from schematic_engine.pytest_plugin.places import (
    Spoken,
    is_playbook,
    named_api,
    playbook_of,
    whole_of,
)
from schematic_engine.pytest_plugin.sockets import Sockets
from schematic_engine.pytest_plugin.stage import Stage, without_timers
from schematic_engine.pytest_plugin.verdict import Rulebook, check_rules, told, wrong_with

__all__ = ["Mock", "MockFactory", "Scripts"]

_LIMITS: Final = Limits(ping_interval=None)
_SCRIPTED: Final = Policy(unknown="error", violation="report", replies=False)

Found: TypeAlias = tuple[CompiledEndpoint, Mapping[str, ParamValue]]
"""The endpoint that a request asks for, and its parameters."""


class Mock:
    """A server on this machine, made from a description or from playbooks.

    It runs until its test ends, and what its clients do wrong fails the test. It is made by the
    fixture ``schematic_mock``, and may be used from any thread and any event loop.
    """

    def __init__(
        self,
        endpoints: tuple[CompiledEndpoint, ...],
        scripts: Scripts | None,
        rulebook: Rulebook,
        policy: Policy,
        ssl: SSLContext | None,
    ) -> None:
        self._endpoints = endpoints
        self._scripts = scripts
        self._rulebook = rulebook
        self._policy = policy if scripts is None else _SCRIPTED
        self._logs = Logs(Side.SERVER)
        self._stages: list[tuple[Log, Stage]] = []
        self._handlers: dict[str, Handler] = {}
        self._scheme = "ws" if ssl is None else "wss"
        self._sockets = Sockets()
        self._sockets.listen("127.0.0.1", self._stage, ssl)

    @property
    def url(self) -> str:
        """The base URL for clients: ``ws://127.0.0.1:port``."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._sockets.port

    @property
    def connections(self) -> int:
        """How many clients have connected so far."""
        return len(self._logs)

    @property
    def received(self) -> tuple[Message, ...]:
        """What clients have said so far that was in order, one connection after the other."""
        return tuple(message for log in self._logs for message in log.heard)

    def bodies(self, message: str) -> list[object]:
        """The decoded bodies of one kind of message that clients have said so far, in order."""
        return [one.body for one in self.received if one.id == message]

    def wait_for(self, message: str, times: int = 1, timeout: float = 5.0) -> list[object]:
        """Wait until clients have said ``message``; returns its bodies so far.

        Args:
            message: its id.
            times: how often.
            timeout: seconds to wait.

        Raises:
            AssertionError: they have not, within that time.
        """
        __tracebackhide__ = True
        if not self._logs.wait(lambda: len(self.bodies(message)) >= times, timeout):
            heard = ", ".join(one.id for one in self.received) or "nothing"
            raise AssertionError(f"no {message} within {timeout:g} s; clients said {heard}")
        return self.bodies(message)

    def on(self, message: str) -> Callable[[Handler], Handler]:
        """Register what to do about the client's ``message``, as with `MockServer.on`.

        Raises:
            DefinitionError: the client has no such message, or a playbook says what is said.
        """
        if self._scripts is not None:
            raise DefinitionError("a mock with a playbook says what is in it, and has no handlers")
        known = {k.id for one in self._endpoints for k in one.kinds if k.side is Side.CLIENT}
        if message not in known:
            names = ", ".join(sorted(known))
            raise DefinitionError(f"the client has no message {message!r}; it has {names}")

        def register(handler: Handler) -> Handler:
            self._handlers[message] = handler
            return handler

        return register

    @contextmanager
    def expects(self, rule: str, timeout: float = 5.0) -> Generator[None]:
        """What clients do wrong in the ``with`` block against ``rule`` is expected.

        Args:
            rule: the id of a rule, such as ``SCH-101``; ``schematic rules`` lists them.
            timeout: seconds to wait for it at the end of the block.

        Raises:
            AssertionError: no client broke it.
            DefinitionError: there is no such rule.
        """
        __tracebackhide__ = True
        check_rules([rule])
        before = set(self._broken(rule))
        yield
        if not self._logs.wait(lambda: bool(set(self._broken(rule)) - before), timeout):
            raise AssertionError(
                f"no client broke {rule} ({RULES[rule].name}) within {timeout:g} s"
            )
        self._rulebook.excused |= set(self._broken(rule)) - before

    def _broken(self, rule: str) -> list[tuple[int, int, str]]:
        return [
            (log.number, one.line, rule)
            for log in self._logs
            for one in tuple(log.findings)
            if one.rule.id == rule and one.side in (None, Side.CLIENT)
        ]

    # ------------------------------------------------------------------------ for the fixture

    def wrong(self, *, final: bool, colour: bool) -> str:
        """What clients did wrong; empty if nothing.

        Args:
            final: whether nothing more is to come; then what is missing is waited for, shortly.
            colour: whether the text is for a terminal with colours.
        """
        patience = self._scripts.patience if final and self._scripts is not None else 0.0
        self._sockets.settle(patience)
        found = wrong_with(self._stages, self._rulebook, final=final, colour=colour)
        parts = [found, *(f"our side failed: {told(one)}" for one in self._sockets.errors)]
        if self._scripts is not None and final:
            parts += (f"{book.name}: no client connected" for book in self._scripts.left)
        return "\n\n".join(part for part in parts if part)

    def close(self, *, failed: bool = False) -> None:
        """Close all connections and stop listening."""
        del failed
        self._sockets.close()

    # ------------------------------------------------------------------- in the server's thread

    def _stage(self) -> Stage:
        log = self._logs.begin()
        core = Overheard.at_server(log, limits=_LIMITS, policy=self._policy)
        stage = Stage(core, self._cast)
        self._stages.append((log, stage))
        return stage

    def _cast(self, core: Overheard, request: Request | None) -> Actor | None:
        assert request is not None  # a server's stage is asked when a request has come
        found = self._route(core, request)
        if found is None:
            return None
        endpoint, params = found
        if self._scripts is not None:
            return self._scripts.cast(core, endpoint, params)
        if not core.accept(endpoint, params=params):
            return None
        assert core.session is not None  # it has been accepted
        return Improvised(core, Call(core.session.endpoint, params), self._handlers)

    def _route(self, core: Overheard, request: Request) -> Found | None:
        """The endpoint that is asked for; None where there is none, and the request is refused."""
        for endpoint in self._endpoints:
            try:
                params = match_request(endpoint, request.target, request.headers)
            except InvalidParameter as error:
                core.refuse(400, str(error), endpoint)
                return None
            if params is not None:
                return endpoint, params
        alone = self._endpoints[0] if len(self._endpoints) == 1 else None
        core.refuse(404, "no endpoint has this path", alone)
        if alone is None:
            core.log.wrong(f"the client asked for {request.path}, which is no endpoint's path")
        return None


class Scripts:
    """The playbooks of one mock: one for each connection, in order.

    Args:
        books: the playbooks; all of one endpoint.
        pace: by how much delays are multiplied.
        patience: seconds that are waited at the end for what is missing.

    Attributes:
        left: the playbooks that no connection has taken yet.
        patience: see there.
    """

    def __init__(self, books: list[Playbook], pace: float, patience: float) -> None:
        self.left = list(books)
        self.patience = patience
        self._pace = pace

    def cast(
        self, core: Overheard, endpoint: CompiledEndpoint, params: Mapping[str, ParamValue]
    ) -> Actor | None:
        """Whoever plays the next playbook; None if there is none, and the request is refused."""
        if not self.left:
            core.refuse(503, "no playbook is left for this connection", endpoint)
            core.log.wrong("the client connected more often than there are playbooks")
            return None
        book = self.left.pop(0)
        for name, pattern in book.params.items():
            problem = mismatch(pattern, params.get(name), {})
            if problem is not None:
                core.refuse(400, f"{name} is not as the playbook says", endpoint)
                core.log.wrong(f"{book.name}: param {name}: {problem}")
                return None
        if book.rejects is not None:
            core.refuse(book.rejects, "rejected, as the playbook says", endpoint)
            return None
        core.accept(without_timers(endpoint), params=params)
        return Scripted(core, Player(book, Side.SERVER, pace=self._pace))


class MockFactory:
    """Makes mocks for one test; the value of the fixture ``schematic_mock``.

    Args:
        base: the folder of the test, where its playbooks are.
        keep: called with each mock that is made.
    """

    def __init__(self, base: Path, keep: Callable[[Mock], None]) -> None:
        self._base = base
        self._keep = keep

    def __call__(
        self,
        what: Spoken | Playbook | Path,
        *more: Playbook | Path | str,
        allow: Collection[str] = (),
        strict: bool = False,
        lenient: bool = False,
        fields: Literal["pass", "error"] = "pass",
        ssl: SSLContext | None = None,
        pace: float = 1.0,
        patience: float = 1.0,
    ) -> Mock:
        """A running mock.

        Args:
            what: an API or an endpoint, or the name of one (``elevenlabs/StreamTextToSpeech``,
                ``my_api.py:my_api/Chat``), or a playbook, or the path of one (``hello.play``,
                relative to the test's folder).
            more: the playbooks of further connections, in order.
            allow: ids of rules that clients may break.
            strict: whether warnings of the judge fail the test, too.
            lenient: whether a mock without a playbook goes on after a breach. If not, it answers
                one as described, which mostly ends the connection.
            fields: whether fields that the message's type does not know are wrong (``error``).
            ssl: a server's context, for ``wss``.
            pace: by how much the delays of playbooks are multiplied; 0 leaves them out.
            patience: seconds that are waited at the end of the test for what a playbook still
                expects.

        Raises:
            DefinitionError: there is no such endpoint or rule.
            PlaybookError: a playbook cannot be read, or does not keep to its description.
            OSError: a file cannot be read.
        """
        __tracebackhide__ = True
        check_rules(allow)
        scripts: Scripts | None = None
        if is_playbook(what):
            # Not a comprehension, which is a frame that the report of a failure shows.
            books = list(map(playbook_of, (what, *more), repeat(self._base)))
            scripts = Scripts(books, pace, patience)
            endpoints = _compiled(whole_of(books[0]))
        else:
            endpoints = _compiled(named_api(_spoken(what)))
        policy = Policy(
            unknown="error",
            fields=fields,
            violation="report" if lenient else "fail",
            replies=False,
        )
        rulebook = Rulebook(frozenset(allow), strict)
        mock = Mock(endpoints, scripts, rulebook, policy, ssl)
        self._keep(mock)
        return mock


def _spoken(what: Spoken | Playbook | Path) -> Spoken:
    assert not isinstance(what, (Playbook, Path))  # see `is_playbook`
    return what


def _compiled(
    found: WebSocketApi | BoundEndpoint | CompiledEndpoint,
) -> tuple[CompiledEndpoint, ...]:
    if isinstance(found, WebSocketApi):
        return tuple(resolve(found.endpoint(one.id)) for one in found.endpoints)
    return (resolve(found),)
