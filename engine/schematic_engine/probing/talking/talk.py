"""`Talk`: one conversation of a prober, from the plan to what came of it, no I/O.

A talk is driven like a connection: write `data_to_send`, feed `receive_data` and `handle_timeout`
with the time, and look at `next_deadline`. It is led by what the other side says: each message of
the plan is said as soon as it is legal, and what never becomes legal is left out.

    SAYING ──▶ PROVOKED ──▶ ENDING ──▶ CLOSING ──▶ OVER

The legal messages; then the illegal step, if there is one, and what follows it; what is due at the
end; the closing handshake. The first fault ends it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.conformance import Finding
from schematic_engine.conformance.rules import OTHER_CODE_ANNOUNCED
from schematic_engine.credentials import Carried
from schematic_engine.errors import (
    RemoteIllegalMessage,
    RemoteInvalidMessage,
)
from schematic_engine.events import Ambiguous, Closed, Message, Pong, Violation
from schematic_engine.frames import masked, unmasked
from schematic_engine.masking import masks
from schematic_engine.notices import announced
from schematic_engine.probing.planning.plan import Flaw, Plan, Say
from schematic_engine.probing.planning.sayable import Said
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.talking import charges
from schematic_engine.probing.talking.account import Account
from schematic_engine.probing.talking.hints import Hints
from schematic_engine.probing.talking.outcome import Fate, Fault, Outcome
from schematic_engine.probing.talking.refusal import Expectation, expectation
from schematic_engine.probing.talking.silence import Silence
from schematic_engine.probing.talking.voice import Voice
from schematic_engine.probing.talking.witness import Witness
from schematic_engine.wire import Wire

__all__ = ["Talk"]

_LOST = 1006
_NAMED = (RemoteIllegalMessage, RemoteInvalidMessage)
"""The errors that name the message."""


class _Stage(Enum):
    SAYING = "saying"
    PROVOKED = "provoked"
    ENDING = "ending"
    CLOSING = "closing"
    OVER = "over"


class Talk:
    """One conversation on an open WebSocket.

    Args:
        plan: what to say.
        endpoint: what is spoken, with the messages that the parameters leave.
        prober: the side that the plan is for.
        settings: how long is waited.
        now: the time, in seconds of any clock.
        carried: how credentials travel in messages.
        secrets: what is recorded nowhere.
    """

    def __init__(
        self,
        plan: Plan,
        endpoint: CompiledEndpoint,
        prober: Side,
        *,
        settings: ProbeSettings,
        now: float,
        carried: Carried | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self._plan, self._endpoint, self._settings = plan, endpoint, settings
        self._prober, self._peer = prober, prober.other
        described = endpoint.endpoint
        self._witness = Witness(endpoint, prober, secrets, described.subprotocols)
        self._closing = described.lifecycle.closing
        on_breach = described.lifecycle.on_breach
        self._complaints = {one.says for one in on_breach if one.by in (None, prober)}
        self._voice = Voice(endpoint, prober, carried)
        if plan.wrong is not None:
            self._plan = replace(plan, wrong=self._voice.filled(plan.wrong))
        self._session = self._voice.session
        self._machine = self._session.machine
        self._account = Account(endpoint, self._machine, self._peer)
        self._notices = {m.id: m.closes for m in described.lifecycle.messages if m.closes}
        self._hints = Hints(self._machine, prober)
        self._wire = Wire(prober)
        self._raw = b""  # which no wire would send
        self._silence = Silence(settings, now)
        self._said: list[Said] = []
        self._stage = _Stage.SAYING
        self._next = self._skipped = 0
        self._fate = Fate.NONE if plan.wrong is None else Fate.UNDECIDED
        self._expected: list[Expectation | None] = []  # by each state that may have judged it
        self._answers: list[str] = []  # what came after the illegal step
        self._fault: Fault | None = None
        self._began = self._left = now
        self._code = 0  # with which the prober closes
        self._advance(now)

    # ------------------------------------------------------------------------------- driving it

    @property
    def over(self) -> bool:
        """Whether the connection is to be dropped, once all is written."""
        return self._stage is _Stage.OVER

    def data_to_send(self) -> bytes:
        """Takes the bytes to write now."""
        data, self._raw = self._wire.data_to_send() + self._raw, b""
        return data

    def receive_data(self, data: bytes, now: float) -> None:
        """Takes what arrived; ``b""`` says that nothing more will come."""
        for event in self._wire.receive_data(data):
            if self.over:
                return
            if isinstance(event, (str, bytes)):
                self._silence.heard(now)
                self._hints.wait(now - self._settings.quiet(self._peer))
                self._hear(event)
            elif isinstance(event, Closed):
                self._hear_close(event)
            elif isinstance(event, Pong) and self._silence.pong(event.payload, now):
                self._hints.heard(now)
        self._advance(now)

    def handle_timeout(self, now: float) -> None:
        """Tells the time."""
        self._advance(now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` has to be called at the latest."""
        if self.over:
            return None
        if self._stage is _Stage.CLOSING:
            return self._left + self._settings.close_timeout
        return self._silence.until(self._patience())

    def outcome(self, now: float) -> Outcome:
        """What came of it."""
        faulty = self._fault is not None and bool(self._expected)
        return Outcome(
            records=tuple(self._witness.records),
            said=tuple(self._said),
            fault=self._fault,
            fate=Fate.FAULTY if faulty else self._fate,
            provoked=bool(self._expected),
            skipped=self._skipped,
            seconds=now - self._began,
        )

    # -------------------------------------------------------------------------------- advancing

    def _advance(self, now: float) -> None:
        """Do what can be done now, until the other side has to do something."""
        steps: dict[_Stage, Callable[[float], bool]] = {
            _Stage.SAYING: self._say_next,
            _Stage.PROVOKED: self._look_for_refusal,
            _Stage.ENDING: self._look_for_the_rest,
            _Stage.CLOSING: self._look_for_the_close,
        }
        while not self.over and steps[self._stage](now):
            pass

    def _is_quiet(self, now: float) -> bool:
        """Whether the other side has nothing more to say."""
        ping = self._silence.ask()
        if ping is not None:
            self._wire.ping(ping)
        return now >= self._silence.until(self._patience())

    def _patience(self) -> float:
        """Seconds of silence that are enough."""
        settings = self._settings
        return settings.patience if self._is_waiting() else settings.quiet(self._peer)

    def _is_waiting(self) -> bool:
        """Whether something has to come."""
        if self._stage is _Stage.PROVOKED:
            expected = self._certain()
            return expected is not None and expected.says is not None
        legal = self._fate is Fate.NONE or self._stage is _Stage.SAYING
        return legal and self._account.is_open

    # ------------------------------------------------------------------------- the legal messages

    def _say_next(self, now: float) -> bool:
        """Say the next message of the plan; whether to go on."""
        if self._next == len(self._plan.says):
            return self._provoke(now)
        say = self._plan.says[self._next]
        if self._try_to_say(say):
            self._silence.said(now)
            if say.message in self._notices:
                self._close(now, self._announced())
                return False
        elif not self._is_quiet(now) or self._owes():
            return False
        else:
            self._skipped += 1
        self._next += 1
        return True

    def _try_to_say(self, say: Say) -> bool:
        """Say it if it is legal now."""
        before = self._machine.state
        made = self._voice.frame(say)
        if made is None:
            return False
        self._write(*made)
        self._hints.said(before)
        self._said.append(Said(self._prober, *self._session.said))
        self._account.asked(say.message, made[0])
        return True

    def _write(self, payload: bytes, is_text: bool) -> None:
        self._wire.send_frame(payload, is_text=is_text)
        self._witness.message(self._prober, payload.decode() if is_text else payload)

    # --------------------------------------------------------------------------- the illegal step

    def _provoke(self, now: float) -> bool:
        """Make the illegal step, if there is one, as soon as it is illegal; whether to go on."""
        wrong = self._plan.wrong
        if wrong is not None and wrong.flaw is Flaw.AFTER_CLOSE:
            return self._speak_after_the_end(now)
        if wrong is None:
            self._stage = _Stage.ENDING
            return True
        expected = expectation(self._endpoint, self._machine, self._prober, wrong)
        if expected is None:
            return self._is_quiet(now) and self._end_well(Fate.UNDECIDED)
        self._stage = _Stage.PROVOKED
        self._expected.append(expected)
        self._write(wrong.payload, wrong.is_text)
        self._silence.said(now)
        return True

    def _speak_after_the_end(self, now: float) -> bool:
        """Send a close frame and then a message, once the other side has nothing to say."""
        wrong = self._plan.wrong
        assert wrong is not None
        if not self._is_quiet(now):
            return False
        self._fate = Fate.IGNORED
        self._expected.append(Expectation(ignored=True, closes=False))
        self._close(now)
        make = masked(masks(os.urandom)) if self._prober is Side.CLIENT else unmasked
        self._raw = make(wrong.payload, wrong.is_text)
        self._witness.message(
            self._prober, wrong.payload.decode() if wrong.is_text else wrong.payload
        )
        return False

    def _look_for_refusal(self, now: float) -> bool:
        """What became of the illegal step; whether to go on."""
        expected = self._certain()
        if expected is None:
            return self._end_well(Fate.UNDECIDED)
        if expected.says in self._answers and not expected.closes:
            return self._end_well(Fate.REFUSED)
        if not self._is_quiet(now):
            return False
        if expected.ignored:
            return self._end_well(Fate.IGNORED)
        if expected.says is None and self._was_told():
            return self._end_well(Fate.REFUSED)
        self._accuse_of_acceptance(expected, self._patience())
        return False

    def _end_well(self, fate: Fate) -> bool:
        self._fate, self._stage = fate, _Stage.ENDING
        return True

    def _was_told(self) -> bool:
        """Whether the other side said what may be said at any moment, such as an error."""
        return any(name in self._endpoint.table.ambient for name in self._answers)

    def _certain(self) -> Expectation | None:
        """What is expected, if that is the same in all states that may have judged the step."""
        first = self._expected[0]
        return first if all(one == first for one in self._expected) else None

    def _accuse_of_acceptance(self, expected: Expectation, seconds: float = 0) -> None:
        wrong = self._plan.wrong
        assert wrong is not None
        self._accuse(charges.accepted(self._peer, wrong, expected, self._answers, seconds))

    # ----------------------------------------------------------------------------------- the rest

    def _look_for_the_rest(self, now: float) -> bool:
        """Wait for what is due at the end, then close; whether to go on."""
        if self._is_quiet(now) and not (self._fate is Fate.NONE and self._owes()):
            self._close(now)
        return False

    def _look_for_the_close(self, now: float) -> bool:
        """Give up on a close frame that was not answered."""
        if now >= self._left + self._settings.close_timeout:
            self._accuse(charges.close_unanswered(self._peer, self._settings.close_timeout))
        return False

    def _announced(self) -> int:
        """The code that the message that was said last announces."""
        last = self._witness.records[-1]
        assert last.payload is not None
        notice = self._notices[self._session.said[0]]
        return announced(notice, last.payload)[0] or 1011

    def _close(self, now: float, code: int = 1000) -> None:
        self._wire.close(code)
        self._witness.close(self._prober, code)
        self._stage, self._left, self._code = _Stage.CLOSING, now, code

    def _owes(self) -> bool:
        """Accuse the other side if it owes something."""
        fault = self._account.overdue(self._settings.patience)
        if fault is not None:
            self._accuse(fault)
        return fault is not None

    # ---------------------------------------------------------------------------------- hearing

    def _hear(self, payload: str | bytes) -> None:
        """Take in a message of the other side."""
        bad = self._witness.message(self._peer, payload)
        before = self._machine.state
        event = self._session.receive(payload, is_text=isinstance(payload, str))
        name = ""
        if isinstance(event, Message):
            name = event.id
            if not self._expected:
                self._said.append(Said(self._peer, event.id, event.key))
        elif isinstance(event, Ambiguous):
            name = event.candidates[0]
        elif isinstance(event, Violation) and isinstance(event.error, _NAMED):
            name = event.error.message
        self._account.heard(name)
        if self._expected:
            self._hear_answer(name, bad)
        elif bad is not None:
            self._accuse(charges.said_wrongly(bad))
        elif isinstance(event, Message) and self._hints.forbid(before, name):
            self._accuse(charges.said_though_stopped(self._peer, name))
        elif name in self._complaints:
            self._accuse(charges.complained(self._peer, name))

    def _hear_answer(self, name: str, bad: Finding | None) -> None:
        """Take in what came after the illegal step."""
        wrong = self._plan.wrong
        assert wrong is not None
        self._answers.append(name)
        if wrong.flaw is Flaw.AFTER_CLOSE:
            self._accuse_of_acceptance(Expectation(ignored=True, closes=False))
            return
        if self._stage is not _Stage.PROVOKED:
            return
        self._expected.append(expectation(self._endpoint, self._machine, self._prober, wrong))
        expected = self._certain()
        if expected is not None and bad is not None:
            self._accuse_of_acceptance(expected)

    def _hear_close(self, closed: Closed) -> None:
        """The other side has ended the connection."""
        code, stage, witness = closed.code, self._stage, self._witness
        findings = witness.close(self._peer, code, closed.reason)
        reason = witness.clean(closed.reason)
        if stage is not _Stage.CLOSING and code != _LOST:
            findings += witness.close(self._prober, code)
        self._stage = _Stage.OVER
        if closed.error is not None:
            self._accuse(charges.dropped(self._peer, closing=False, problem=str(closed.error)))
        elif stage is _Stage.PROVOKED:
            self._weigh_refusal(code, reason)
        elif code == _LOST:
            self._accuse(charges.dropped(self._peer, closing=stage is _Stage.CLOSING))
        elif stage is _Stage.CLOSING:
            if code != self._code and not self._closing.is_normal(code):
                self._accuse(charges.ended_badly(self._peer, code, reason))
        elif self._fate is Fate.NONE or not self._expected:
            self._weigh_end(code, reason, findings)

    def _weigh_refusal(self, code: int, reason: str) -> None:
        """The connection ended after the illegal step."""
        expected = self._certain()
        said = expected is not None and expected.says in self._answers
        leaves = self._closing.is_normal(code) and self._may_leave(code, reason)
        if expected is None or (leaves and not said):
            return
        self._fate = Fate.REFUSED
        if expected.closes and expected.allows(code) and (said or expected.says is None):
            return
        wrong = self._plan.wrong
        assert wrong is not None
        peer = self._peer
        self._accuse(charges.refused_otherwise(peer, wrong, expected, code, reason, said=said))

    def _may_leave(self, code: int, reason: str) -> bool:
        """Whether a normal end may have been on its way before the illegal step was heard.

        A client may leave at any time; a server when all was said on one side, or after anything
        legal to which closing may be the answer.
        """
        if self._peer is Side.CLIENT or any(map(self._machine.ended, Side)):
            return True
        asked = any(one.side is self._prober for one in self._said)
        return asked and self._account.left(code, reason) is None

    def _weigh_end(self, code: int, reason: str, findings: Sequence[Finding]) -> None:
        """The other side ended a legal conversation."""
        other = [one for one in findings if one.rule is OTHER_CODE_ANNOUNCED]
        fault = self._account.left(code, reason)
        if other:
            fault = charges.other_code(other[0], code, reason)
        if fault is not None:
            self._accuse(fault)

    def _accuse(self, fault: Fault) -> None:
        """The first fault is the one, and ends the conversation."""
        self._fault = self._fault or self._witness.told(fault)
        self._stage = _Stage.OVER
