"""Who speaks for our side of a connection: a script (`Scripted`), or the mock (`Improvised`).

They hold no sockets and no clock: they are told what was heard and what time it is, and speak
through the core connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from schematic_engine.conformance import RecordKind
from schematic_engine.events import Ambiguous, Event, Message, Overdue, Unknown, Violation
from schematic_engine.mock import Call, Handler, MockPeer, Reply
from schematic_engine.playbook import Closes, Difference, Player, difference
from schematic_engine.pytest_plugin.overheard import Overheard

__all__ = ["Actor", "Improvised", "Scripted"]

_DELIVERED: Final = (Message, Unknown, Ambiguous, Violation, Overdue)
_DEPARTED: Final = 1008
"""RFC 6455, section 7.4.1: what was said violates a policy, here the script."""
_NO_CODE, _LOST = 1005, 1006


class Actor(Protocol):
    """Speaks for one side of one connection."""

    def begin(self, now: float) -> None:
        """The connection is open."""

    def react(self, events: Sequence[Event], now: float) -> None:
        """The core has reported something."""

    def tick(self, now: float) -> None:
        """The time has come that `next_deadline` named, or another one."""

    def next_deadline(self) -> float | None:
        """When something is to be said; None while that is not known."""
        ...

    @property
    def hangs_up(self) -> bool:
        """Whether the connection is to be dropped without a close frame."""
        ...

    def is_waiting(self) -> bool:
        """Whether the conversation is to go on, as far as this side knows."""
        ...

    def difference(self) -> Difference | None:
        """What is not as it was to be; None if nothing is, or nothing was said about it."""
        ...

    def allowed_rules(self) -> frozenset[str]:
        """The rules that the other side is to break."""
        ...


class Improvised:
    """The mock's own answers, and those of handlers.

    Args:
        core: the connection; it has been accepted.
        call: what handlers are told of it.
        handlers: what to do about which message of the client.
    """

    def __init__(self, core: Overheard, call: Call, handlers: Mapping[str, Handler]) -> None:
        self._core = core
        self._peer = MockPeer(call, handlers)
        self.hangs_up = False

    def begin(self, now: float) -> None:
        """Say what comes first."""
        del now
        self._say(self._peer.opening())

    def react(self, events: Sequence[Event], now: float) -> None:
        """Answer what was heard.

        Raises:
            LocalProtocolError: a handler says what is illegal there, or does not fit.
        """
        del now
        for event in events:
            if not isinstance(event, _DELIVERED):
                continue
            self._say(self._peer.answer(event))
            if self._peer.finished() and self._core.is_open:
                self._core.close(self._peer.close.code, self._peer.close.reason)

    def tick(self, now: float) -> None:
        """Nothing is to be said at a time."""

    def next_deadline(self) -> float | None:
        """None."""
        return None

    def is_waiting(self) -> bool:
        """False: it waits for nothing in particular."""
        return False

    def difference(self) -> None:
        """None."""
        return

    def allowed_rules(self) -> frozenset[str]:
        """None of them."""
        return frozenset()

    def _say(self, replies: Iterable[Reply]) -> None:
        for reply in replies:
            if not self._core.is_open:
                return
            self._core.send(*reply)


class Scripted:
    """A playbook's steps.

    Args:
        core: the connection.
        player: plays this side of it.
    """

    def __init__(self, core: Overheard, player: Player) -> None:
        self._core = core
        self._player = player
        self._read = 0
        self._is_begun = False
        self.hangs_up = False

    def begin(self, now: float) -> None:
        """Say what comes first."""
        self._is_begun = True
        self._player.begin(now)
        self.tick(now)

    def react(self, events: Sequence[Event], now: float) -> None:
        """Follow what was heard, and say what is next."""
        del events  # the log has them, and what they are
        log, player = self._core.log, self._player
        while self._read < len(log.records):
            record = log.records[self._read]
            self._read += 1
            if record.side is player.role:
                continue
            if record.payload is not None:
                player.hear(log.names.get(record.line, ()), record.payload, now)
            elif record.kind is RecordKind.CLOSE:
                player.hear_close(record.code, now)
            self.tick(now)

    def tick(self, now: float) -> None:
        """Do what is due."""
        player, core = self._player, self._core
        while self._is_begun and (act := player.take(now)) is not None:
            if not isinstance(act.step, Closes):
                assert act.payload is not None
                if core.is_open:
                    core.say(act.payload)
            elif act.step.code == _LOST:
                self.hangs_up = True
            else:
                code = 1000 if act.step.code in (None, _NO_CODE) else act.step.code
                core.close(code or 1000, act.step.reason)
        if player.departure is not None and core.is_open:
            core.close(_DEPARTED, "not as the playbook says")

    def next_deadline(self) -> float | None:
        """When the next step is due."""
        return self._player.next_deadline()

    def is_waiting(self) -> bool:
        """Whether steps are missing that may still come."""
        player = self._player
        return player.departure is None and not player.is_over and bool(player.missing())

    def difference(self) -> Difference | None:
        """Where the conversation departs from the script."""
        return difference(self._player)

    def allowed_rules(self) -> frozenset[str]:
        """Those that the script says the other side violates."""
        other = self._player.role.other
        steps = self._player.book.steps
        named = (one.violates for one in steps if one.side is other)
        return frozenset(rule for rule in named if rule is not None)
