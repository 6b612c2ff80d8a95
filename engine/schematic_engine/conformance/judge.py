"""`Judge`: follows one connection from outside, in both directions, and says what was wrong.

The judge stands anywhere: at the client, at the server, or at a tap between them. It is fed with
records in the order in which they passed there, and answers each with a `Verdict`. It does no
input and output, and an illegal message does not move it: the conversation is judged on as if
that message had not been said.

Payloads are recognised as a receiver does it (see `schematic_engine.codec`), but in every state
that is possible rather than in one (see `schematic_engine.conformance.possible`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import structs

from schematic.compile import CompiledEndpoint
from schematic.compile.paths import Path
from schematic.compile.table import Phase, RowKind, State
from schematic.define import Breach, Side
from schematic_engine.breaches import distance
from schematic_engine.codec import KindCodec, elsewhere_in_words
from schematic_engine.conformance import rules
from schematic_engine.conformance.book import book_of
from schematic_engine.conformance.ending import LOST
from schematic_engine.conformance.explain import why_illegal, why_stopped
from schematic_engine.conformance.findings import Because, Broken, Finding, Repair, Verdict
from schematic_engine.conformance.history import History, Passed, steps_on
from schematic_engine.conformance.possible import Keyed, Possible, Reading, Readings
from schematic_engine.conformance.redact import HIDDEN, redact_text
from schematic_engine.conformance.repairs import CORRECT_IT, LEAVE_IT_OUT, move_before
from schematic_engine.conformance.request import judge_choice, judge_offer
from schematic_engine.conformance.rules import Rule
from schematic_engine.conformance.trace import Record, RecordKind
from schematic_engine.conformance.vantage import Vantage
from schematic_engine.keyed import KeyedStates, Keys

__all__ = ["Judge"]

_REPAIRS: dict[Rule, Repair] = {
    rules.WRONG_DIRECTION: LEAVE_IT_OUT,
    rules.UNKNOWN_MESSAGE: LEAVE_IT_OUT,
    rules.INVALID_BODY: CORRECT_IT,
    rules.NOT_JSON: CORRECT_IT,
}
"""What helps against what is wrong in itself."""

_IN_PART, _TOO_DEEP = "not recorded in full", "nested too deeply to be read"
"""Why a message cannot be judged."""

_NO_CLAIM = (0, 0)
"""The specificity up to which a shape says nothing: any object, any text, any bytes."""


class Judge:
    """Judges one connection. Feed it with records in order, then call `finish`."""

    def __init__(
        self,
        endpoint: CompiledEndpoint,
        connection: int = 0,
        *,
        vantage: Vantage = Vantage.TAP,
        shown: Callable[[Record], Record] | None = None,
    ) -> None:
        """Begin to judge.

        Args:
            endpoint: what the connection is supposed to speak.
            connection: its number, for findings.
            vantage: where the records pass.
            shown: hides what is secret in a record, before findings say what stands in it.
        """
        self._own = vantage.own
        self._connection = connection
        self._offered: tuple[str, ...] | None = None
        self._follow(endpoint)
        self._complete: bool | None = None
        self._line = 0
        self._spoken = False
        self._unread: set[str] = set()
        self._shown = shown
        self._closed: dict[Side, Record] = {}
        self._over = False
        self._lost = False

    def _follow(self, endpoint: CompiledEndpoint) -> None:
        """Judge by ``endpoint`` what comes from here on."""
        book = self._book = book_of(endpoint)
        self._endpoint = endpoint
        self._table = endpoint.table
        self._codecs = book.codecs
        self._possible = Possible(endpoint.table)
        self._history = History()
        self._promises = book.promises.fresh()
        self._answers = book.answers.fresh()
        self._bears = self._answers.bears

    @property
    def has_begun(self) -> bool:
        """Whether the WebSocket was asked for, so that another ``open`` is another connection."""
        return self._complete is not None

    @property
    def phase(self) -> str:
        """Where the conversation stands: ``STREAMING``, or ``STREAMING or CLOSING``."""
        if self._over:
            return Phase.CLOSED.value
        if self._complete is None:
            return Phase.CONNECTING.value
        return Phase.CLOSING.value if self._closed else self._possible.phase

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come: it was closed by both sides, lost or rejected."""
        return self._over or self._lost

    @property
    def is_complete(self) -> bool:
        """Whether the recording has this connection from its beginning."""
        return self._complete is not False

    def feed(self, record: Record) -> Verdict:
        """Judge the next record of this connection."""
        self._line = record.line
        if self._lost:
            return Verdict()
        return self._said(record) if record.is_message else Verdict("", self._happened(record))

    def _happened(self, record: Record) -> tuple[Finding, ...]:
        """Something that is no message."""
        kind = record.kind
        if kind is RecordKind.CLOSE:
            return self._close(record)
        if kind is RecordKind.LOST:
            return self._lose(record)
        self._over |= kind is RecordKind.REJECTED
        if kind is not RecordKind.HTTP:
            self._complete = True
        if kind is RecordKind.OPEN:
            return self._asked(record)
        return self._accepted(record) if kind is RecordKind.ACCEPTED else ()

    def miss(self, side: Side | None = None) -> None:
        """Something of this connection could not be read: anything legal may have passed.

        Args:
            side: who said it; None if that is not known.
        """
        if side is None:
            self._possible.widen()
        else:
            self._possible.lose(side)

    def finish(self) -> tuple[Finding, ...]:
        """The recording is over."""
        if self._lost:
            return ()
        if self._closed or self._over or not self.has_begun:
            return self._end()
        return (
            Finding(
                rule=rules.UNFINISHED,
                line=self._line,
                connection=self._connection,
                state=self._possible.phase,
                text="the recording ends while the connection is open; its end is not judged",
            ),
        )

    def _lose(self, record: Record) -> tuple[Finding, ...]:
        """Nobody knows what passed from here on."""
        self._lost = True
        if not self.has_begun:
            self._complete = False
        return (
            Finding(
                rule=rules.NOT_FOLLOWED,
                line=record.line,
                connection=self._connection,
                state=self._possible.phase,
                text=f"it could not be followed from here: {redact_text(record.reason)}",
            ),
        )

    # --------------------------------------------------------------------- the opening handshake

    def _asked(self, record: Record) -> tuple[Finding, ...]:
        """The client asks for a WebSocket: its parameters decide which messages there are."""
        broken: tuple[Broken, ...] = ()
        if record.target is not None:
            request = self._book.request(record.target)
            self._follow(request.endpoint)
            broken = request.broken
        self._offered = record.offered
        needed = self._endpoint.endpoint.subprotocols
        offer = () if self._offered is None else judge_offer(needed, self._offered)
        return tuple(self._found(record, one) for one in (*broken, *offer))

    def _accepted(self, record: Record) -> tuple[Finding, ...]:
        """The server accepts: with what was offered, and with what is needed if that was."""
        if self._offered is None:
            return ()
        needed = self._endpoint.endpoint.subprotocols
        broken = judge_choice(needed, self._offered, record.chosen)
        return tuple(self._found(record, one) for one in broken)

    def _found(self, record: Record, broken: Broken) -> Finding:
        finding = self._finding(broken.rule, record, broken.text)
        return structs.replace(finding, repair=broken.repair, because=broken.because)

    # ---------------------------------------------------------------------------- what is said

    def _said(self, record: Record) -> Verdict:
        side = record.side
        if side in self._closed:
            return Verdict("", (self._after_close(record),))
        if record.payload is None or not self._is_told(side, record.payload):
            return Verdict("", self._untold(record))
        try:
            kinds, problem = self._recognise(side, record), ""
        except RecursionError:
            return Verdict("", self._untold(record, _TOO_DEEP))
        except ValueError as error:
            kinds, problem = (), redact_text(str(error))
        if len(kinds) == 1 and self._spoken:
            usual = self._usual(record, kinds[0])
            if usual is not None:
                return usual
        notes = () if self.has_begun else self._begin(record, kinds)
        self._spoken = True
        verdict = self._judge(record, kinds) if kinds else self._foreign(record, problem)
        return Verdict(verdict.message, (*notes, *verdict.findings))

    def _usual(self, record: Record, kind: KindCodec) -> Verdict | None:
        """The verdict on a message in order that changes nothing, as most are; None for others.

        It is what `_judge` would say, in less time, and a test holds the two together.
        """
        side, payload = record.side, record.payload
        assert payload is not None
        if kind.id in self._book.eventful or not self._possible.stays(
            side, kind, payload, own=side is self._own
        ):
            return None
        try:
            kind.decode(payload)
        except (ValueError, RecursionError):
            return None
        if self._answers.are_owed:
            self._answers.note(record, kind.id)
        return self._book.verdicts[kind.id]

    def _after_close(self, record: Record) -> Finding:
        """A message of a side that had sent a close frame, or of a connection that was lost."""
        line = self._closed[record.side].line
        text = f"the {record.side.value} sent a message after its close frame on line {line}"
        finding = self._finding(rules.AFTER_CLOSE_FRAME, record, text)
        repair = move_before(line, "its close frame") if self._is_legal(record) else LEAVE_IT_OUT
        because = Because(line, record.side, closes=True)
        return structs.replace(finding, because=because, repair=repair)

    def _is_legal(self, record: Record) -> bool:
        """Whether what was said would have been in order where the conversation stands."""
        if record.payload is None:
            return False
        try:
            kinds = self._recognise(record.side, record)
        except (ValueError, RecursionError):
            return False
        keyed, _ = _keyed(kinds, record.payload)
        return bool(self._possible.read(record.side, keyed))

    def _is_told(self, side: Side, payload: str | bytes) -> bool:
        """Whether nothing was redacted that tells messages, or channels, apart."""
        if isinstance(payload, bytes) or HIDDEN not in payload:
            return True
        return self._book.hidden.tells(side, payload)

    def _untold(self, record: Record, why: str = _IN_PART) -> tuple[Finding, ...]:
        """A message of which nobody can say what it was, and ``why``."""
        if not self.has_begun:
            self._complete, self._possible = False, Possible.anywhere(self._table)
        self._spoken = True
        self._possible.unread(record.side)
        return self._undecided(record, why=why)

    def _undecided(
        self, record: Record, message: str = "", *, why: str = _IN_PART
    ) -> tuple[Finding, ...]:
        """A message cannot be judged, which is said once on a connection for each reason."""
        if why in self._unread:
            return ()
        self._unread.add(why)
        text = (
            f"a message is {why} and cannot be judged; what it may have been is "
            "taken as possible, here and wherever that happens again"
        )
        return (self._finding(rules.BODY_UNKNOWN, record, text, message),)

    def _recognise(self, side: Side, record: Record) -> tuple[KindCodec, ...]:
        """The kinds of ``side`` that the payload may be, most specific first."""
        payload, is_text = _content(record)
        return self._codecs[side].recogniser.find(payload, is_text=is_text)

    def _begin(self, record: Record, kinds: Sequence[KindCodec]) -> tuple[Finding, ...]:
        """Decide on the first message whether the recording has the connection's beginning.

        It has if that message opens the conversation, unless the same message may be said later
        too, in a state that allows what a beginning does not, or the other side may have opened
        channels before.
        """
        side, anywhere = record.side, Possible.anywhere(self._table)
        keyed, _ = _keyed(kinds, record.payload)
        begun = Possible(self._table, _states(self._possible.read(side, keyed)))
        first = self._table.row(self._table.start, side)
        self._complete = (
            first.kind is RowKind.OPENING
            and all(self._table.row(state, side) is not first for state in begun.states)
            and begun.covers(_states(anywhere.read(side, keyed, self._bears)))
            and not Possible(self._table).carries_alone(side.other)
        )
        if self._complete:
            return ()
        self._possible = anywhere
        text = (
            "the recording begins in mid-connection: what is reported is illegal in every state "
            "that the conversation can be in"
        )
        return (self._finding(rules.MID_CONNECTION, record, text),)

    def _judge(self, record: Record, kinds: Sequence[KindCodec]) -> Verdict:
        """Judge a payload that looks like one or more messages of its sender."""
        keyed, problem = _keyed(kinds, record.payload)
        if not keyed:
            self._possible.lose_channels()  # it may have been any of them that was meant
            return self._invalid(record, kinds[0].id, problem)
        readings = self._possible.read(record.side, keyed, self._bears)
        if not readings:
            return self._illegal(record, keyed)
        problems: dict[KindCodec, str] = {}
        notes: tuple[Finding, ...] = ()
        for kind in readings:
            try:
                kind.decode(record.payload)
            except RecursionError:
                notes = self._undecided(record, kind.id, why=_TOO_DEEP)
            except ValueError as error:
                problems[kind] = redact_text(str(error))
        sound = [kind for kind in readings if kind not in problems] or list(readings)
        name = "|".join(dict.fromkeys(kind.id for kind in sound))
        self._promises.note(record, name)
        self._answers.note(record, name)
        taken = [readings[kind] for kind in sound]
        if len(problems) < len(readings):
            stopped = self._stopped(record, name, [one for one in keyed if one.kind in sound])
            again = self._take(record, name, taken)
            reused = () if again is None else (self._reused(record, name, *again),)
            return Verdict(name, (*notes, *stopped, *reused))
        verdict = self._invalid(record, name, "; ".join(dict.fromkeys(problems.values())))
        # Whether the other side took it for what it was meant to be cannot be known.
        self._possible.take(taken, surely=False)
        return verdict

    def _stopped(self, record: Record, name: str, kinds: Sequence[Keyed]) -> tuple[Finding, ...]:
        """What its sender, at whose end this was recorded, knew that it should not send."""
        side = record.side
        if side is not self._own or not self._possible.stopped(side, kinds):
            return ()
        because, repair = why_stopped(self._history, self._possible, side, kinds[0])
        what = "" if because is None else f" by {because.message} on line {because.line}"
        text = f"the {side.value} sent {name} although it had been told not to{what}"
        finding = self._finding(rules.SENT_THOUGH_STOPPED, record, text, name)
        return (structs.replace(finding, because=because, repair=repair),)

    def _take(
        self, record: Record, name: str, taken: Sequence[Reading]
    ) -> tuple[KeyedStates, Keys | None] | None:
        """One of ``taken`` is what happened; what it changed is remembered."""
        before, step = self._possible.states, taken[0].step
        if step is not None and len(taken) == 1:
            for place, stood, opened in steps_on(self._possible.channels, step):
                passed = Passed(record.line, record.side, name, stood, opened)
                self._history.note_on(place, passed)
        again = self._possible.take(taken)
        if self._possible.states != before:
            self._history.note(Passed(record.line, record.side, name, before))
        return again

    def _reused(self, record: Record, name: str, channel: KeyedStates, key: Keys | None) -> Finding:
        """A channel was opened under a key whose last messages may be on their way."""
        spec = channel.spec
        other = spec.opener.other.value
        text = (
            f"the {record.side.value} opened {spec.id} {redact_text(repr(key))} again while the "
            f"{other} could still speak on the one before: from here on it cannot be told to "
            f"which of them a message of the {other} belongs"
        )
        return self._finding(rules.KEY_REUSED_EARLY, record, text, name)

    def _invalid(self, record: Record, name: str, why: str) -> Verdict:
        if isinstance(record.payload, str) and HIDDEN in record.payload:
            return Verdict(name, self._undecided(record, name))
        text = f"{name} from the {record.side.value} does not fit its schema: {why}"
        finding = self._finding(rules.INVALID_BODY, record, text, name)
        return Verdict(name, (self._breach(record, finding, Breach.INVALID),))

    def _illegal(self, record: Record, kinds: Sequence[Keyed]) -> Verdict:
        """A known message of its sender that no possible state allows."""
        first = kinds[0].kind.specificity
        explained = [
            (self._possible.explain(record.side, keyed.kind.id, keyed.key), keyed)
            for keyed in kinds
            if keyed.kind.specificity == first
        ]
        facts, keyed = min(explained, key=lambda one: self._distance(record.side, *one))
        name = facts["message"]
        text = f"{name} from the {record.side.value} is illegal here: {facts['why']}"
        finding = self._finding(rules.ILLEGAL_ORDER, record, text, name, facts["path"])
        because, repair = why_illegal(
            self._history, self._possible, record.side, keyed, facts["path"]
        )
        finding = structs.replace(
            finding,
            state=facts["state"],
            allowed=facts["allowed"],
            because=because,
            repair=repair,
        )
        breaches = self._possible.breaches(record.side, name, keyed.key)
        return Verdict(name, (self._breach(record, finding, *breaches),))

    def _distance(self, side: Side, facts: dict[str, Any], keyed: Keyed) -> tuple[bool, float]:
        """How far away a message is from being legal, as `Session` measures it."""
        key = keyed.key
        breaches = self._possible.breaches(side, facts["message"], key)
        return distance(facts["path"], astray=Breach.NOT_OPEN in breaches)

    def _foreign(self, record: Record, problem: str) -> Verdict:
        """A payload that looks like no message of its sender."""
        side = record.side
        payload, is_text = _content(record)
        try:
            theirs = self._recognise(side.other, record)
        except (ValueError, RecursionError):
            theirs = ()
        if theirs and theirs[0].specificity > _NO_CLAIM:
            name = theirs[0].id
            text = f"the {side.value} sent {name}, which only the {side.other.value} may send"
            finding = self._finding(rules.WRONG_DIRECTION, record, text, name)
            return Verdict(name, (self._breach(record, finding, Breach.FOREIGN),))
        if problem:
            what = "a text" if is_text else "a binary message"
            text = f"the {side.value} sent {what} that is no JSON: {problem}"
            finding = self._finding(rules.NOT_JSON, record, text)
            return Verdict("", (self._breach(record, finding, Breach.INVALID),))
        shown = None if self._shown is None else self._shown(record).payload  # the words are cut
        words = shown if isinstance(payload, str) and isinstance(shown, str) else payload
        what = redact_text(self._codecs[side].recogniser.describe(words, is_text=is_text))
        what += elsewhere_in_words(self._endpoint, side, payload, is_text=is_text)
        # The other side may have understood more of it than the description does.
        self._possible.lose_channels()
        text = f"the {side.value} sent {what}, which is none of its messages"
        finding = self._finding(rules.UNKNOWN_MESSAGE, record, text)
        return Verdict("", (self._breach(record, finding, Breach.UNKNOWN),))

    def _breach(self, record: Record, finding: Finding, *breaches: Breach) -> Finding:
        """``finding`` is a breach, one of ``breaches``: a note if it is ignored as described."""
        answer = self._answers.find(record.side, breaches, finding.message)
        if answer is not None and answer.ignores:
            return structs.replace(finding, rule=rules.IGNORED_AS_DESCRIBED)
        if answer is not None and record.side.other not in self._closed:
            self._answers.owe(answer, record, finding.message)
        return finding

    def _finding(
        self,
        rule: Rule,
        record: Record,
        text: str,
        message: str = "",
        path: Path | None = None,
    ) -> Finding:
        repair = _REPAIRS.get(rule)
        return Finding(
            rule=rule,
            line=record.line,
            connection=self._connection,
            side=record.side,
            message=message,
            state=self._possible.phase,
            text=text,
            allowed=() if record.side in self._closed else self._possible.allowed(record.side),
            path=path,
            repair=repair,
        )

    # ------------------------------------------------------------------------------- the end

    def _close(self, record: Record) -> tuple[Finding, ...]:
        """A close frame passed, or the connection was lost."""
        if not self.has_begun:
            self._complete = False
        self._closed.setdefault(record.side, record)
        return self._end() if record.code == LOST or len(self._closed) == len(Side) else ()

    def _end(self) -> tuple[Finding, ...]:
        """Judge the end, once, when nothing more can come from either side."""
        if self._over or not self._closed:
            return ()
        self._over = True
        first = next(iter(self._closed.values()))
        if not self._spoken:
            return ()
        broken = [
            *self._answers.broken(self._closed),
            *((first.side, one) for one in self._promises.broken(first, self._possible)),
        ]
        return tuple(
            Finding(
                rule=one.rule,
                line=first.line,
                connection=self._connection,
                side=side,
                state=self._possible.phase,
                text=one.text,
                because=one.because,
                repair=one.repair,
            )
            for side, one in broken
        )


def _content(record: Record) -> tuple[str | bytes, bool]:
    """What was said, and whether in a text frame."""
    assert record.payload is not None  # texts and binaries have one
    return record.payload, isinstance(record.payload, str)


def _keyed(
    kinds: Sequence[KindCodec], payload: str | bytes | None
) -> tuple[tuple[Keyed, ...], str]:
    """Those of ``kinds`` whose key, if they need one, can be read; and why another's cannot."""
    assert payload is not None  # only texts and binaries look like anything
    found: list[Keyed] = []
    problem = ""
    for kind in kinds:
        try:
            found.append(Keyed(kind, kind.key_in(payload), kind.ticket_in(payload)))
        except ValueError as error:
            problem = redact_text(str(error))
    return tuple(found), problem


def _states(readings: Readings) -> frozenset[State]:
    """Every state that one of ``readings`` leads to."""
    return frozenset[State]().union(*(reading.states for reading in readings.values()))
