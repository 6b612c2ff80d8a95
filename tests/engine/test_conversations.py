"""Whatever two peers say, as long as it is legal nobody objects, and nothing illegal passes.

The machine below plays both peers of any definition: it says what the table allows, delays and
cuts what is under way, tries everything that is illegal, closes, and breaks the order past the
engine. Two connections, and judges of four vantages, have to agree with a plain model: two states
of the table, one for what has passed at each end.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schematic import BoundEndpoint, Side
from schematic.compile import CompiledEndpoint, Phase, State, compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Judge, Record, RecordKind, Severity
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import (
    LocalIllegalMessage,
    LocalProtocolError,
    RemoteIllegalMessage,
)
from schematic_engine.events import (
    Accepted,
    Closed,
    Event,
    Message,
    Ping,
    Pong,
    Request,
    Violation,
)
from schematic_engine.session import Session
from schematic_engine.testing import Link
from support.frames import BINARY, TEXT, frame
from support.lifecycles import bound, lifecycles
from support.steps import body_of_kind, check_explanation, legal_names, looks_like, payload_of

SIDES = st.sampled_from(Side)


class Vantage:
    """A judge at one place of the link: near the client, near the server, or anywhere between.

    Args:
        endpoint: what is spoken.
        at_once: whose messages pass here when they are sent; the others when they arrive.
    """

    def __init__(self, endpoint: CompiledEndpoint, at_once: frozenset[Side]) -> None:
        self.judge = Judge(endpoint)
        self.at_once = at_once
        self.lines = 0
        self.feed(Side.CLIENT, RecordKind.OPEN)
        self.feed(Side.SERVER, RecordKind.ACCEPTED)

    def feed(self, side: Side, kind: RecordKind, **fields: Any) -> list[str]:
        """Something passes; the names of the rules that it breaks."""
        self.lines += 1
        record = Record(line=self.lines, connection=0, side=side, kind=kind, **fields)
        verdict = self.judge.feed(record)
        return [f.rule.name for f in verdict.findings if f.rule.severity is Severity.ERROR]

    def hear(self, side: Side, payload: str | bytes) -> list[str]:
        kind = RecordKind.TEXT if isinstance(payload, str) else RecordKind.BINARY
        return self.feed(side, kind, payload=payload)


class Peers(RuleBasedStateMachine):
    """Two peers of one endpoint."""

    endpoints: st.SearchStrategy[BoundEndpoint] = lifecycles().map(bound)

    @initialize(data=st.data(), compression=st.booleans())
    def connect(self, data: st.DataObject, compression: bool) -> None:
        given = data.draw(self.endpoints)
        self.endpoint = compile_endpoint(given)
        self.table = self.endpoint.table
        self.view: dict[Side, State] = dict.fromkeys(Side, self.table.start)
        self.spoken: dict[Side, list[str]] = {side: [] for side in Side}
        self.heard: dict[Side, list[str]] = {side: [] for side in Side}
        self.closing: dict[Side, tuple[int, str]] = {}
        self.closed: dict[Side, Closed] = {}
        self.broken: RemoteIllegalMessage | None = None
        params = {"voice_id": "voice"} if "{voice_id}" in given.endpoint.path else {}
        client = Connection.client(
            given, params=params, credentials=Credentials("key"), compression=compression
        )
        self.link = Link(client, Connection.server(compression=compression), react=self.react)
        self.link.run()
        self.vantages = {
            at_once: Vantage(self.endpoint, frozenset(at_once))
            for at_once in ((), (Side.CLIENT,), (Side.SERVER,), tuple(Side))
        }

    # ------------------------------------------------------------------------------------- steps

    @precondition(lambda self: self.broken is None)
    @rule(side=SIDES, data=st.data())
    def say_something_legal(self, side: Side, data: st.DataObject) -> None:
        legal = sorted(self.may_say(side))
        if not legal:
            return
        name = data.draw(st.sampled_from(legal))
        self.core(side).send(name, body_of_kind(self.endpoint, name))
        self.spoken[side].append(name)
        self.pass_at(side, side, name)

    @rule(side=SIDES, size=st.one_of(st.none(), st.integers(1, 60)))
    def let_bytes_arrive(self, side: Side, size: int | None) -> None:
        self.link.settle(side.other)
        self.link.deliver(side, size)

    @precondition(lambda self: self.broken is None)
    @rule(side=SIDES)
    def ask_for_a_sign_of_life(self, side: Side) -> None:
        if side not in self.closing and side not in self.closed:
            self.core(side).ping(b"?")

    @precondition(lambda self: self.broken is None)
    @rule(side=SIDES)
    def try_to_say_everything_illegal(self, side: Side) -> None:
        core = self.core(side)
        self.link.flush(side)
        for name in self.names():
            if name in self.may_say(side):
                continue
            with pytest.raises(LocalProtocolError) as refused:
                core.send(name, body_of_kind(self.endpoint, name))
            if side in self.closing or side in self.closed:
                assert not isinstance(refused.value, LocalIllegalMessage)
            else:
                assert isinstance(refused.value, LocalIllegalMessage)
                assert (refused.value.side, refused.value.message) == (side, name)
                check_explanation(self.table, self.view[side], refused.value)
        assert core.data_to_send() == b""

    @precondition(lambda self: self.broken is None)
    @rule(side=SIDES)
    def hear_everything_illegal(self, side: Side) -> None:
        """What a bad peer might say now, told to the session and to a judge beside it."""
        nearby = self.vantages[(side,)]
        for name in self.names():
            payload = payload_of(self.endpoint, name)
            if self.flagged(side, payload):
                event = self.session(side).receive(payload)
                assert isinstance(event, Violation)
                assert isinstance(event.error, RemoteIllegalMessage)
                assert event.error.side is side.other
                check_explanation(self.table, self.view[side], event.error)
                if side.other not in self.closing and side not in self.closed:
                    (broken,) = nearby.hear(side.other, payload)
                    assert broken in ("illegal-order", "wrong-direction")

    @precondition(lambda self: self.broken is None)
    @rule(side=SIDES, code=st.sampled_from([1000, 1001, 4000]))
    def close(self, side: Side, code: int) -> None:
        self.core(side).close(code, "enough")
        if side not in self.closing and side not in self.closed:
            self.closing[side] = (code, "enough")
            self.close_at(side, side, code)

    @precondition(lambda self: self.broken is None and len(self.closing) < 2)
    @rule(side=SIDES, data=st.data())
    def break_the_order(self, side: Side, data: st.DataObject) -> None:
        """``side`` says something illegal past its own engine; nothing goes on after that."""
        if side in self.closing or side in self.closed:
            return
        self.link.flush(side)
        while self.link.deliver(side.other):
            pass
        if side.other in self.closed:
            return
        payloads = {payload_of(self.endpoint, name) for name in self.names()}
        wrong = sorted((p for p in payloads if self.flagged(side.other, p)), key=str)
        if not wrong:
            return
        payload = data.draw(st.sampled_from(wrong))
        raw = payload.encode() if isinstance(payload, str) else payload
        opcode = TEXT if isinstance(payload, str) else BINARY
        wrong_frame = frame(opcode, raw, masked=side is Side.CLIENT)
        self.link.ends[side.other].inbound.write(wrong_frame, self.link.now)
        before = len(self.link.ends[side.other].events)
        self.link.deliver(side.other)
        (event,) = self.link.ends[side.other].events[before:]
        assert isinstance(event, Violation)
        assert isinstance(event.error, RemoteIllegalMessage)
        check_explanation(self.table, self.view[side.other], event.error)
        assert self.core(side.other).phase is Phase.FAILED
        self.broken = event.error

    # -------------------------------------------------------------------------------- invariants

    @invariant()
    def everybody_knows_where_they_are(self) -> None:
        for side in Side:
            core, state = self.core(side), self.view[side]
            assert self.session(side).machine.state == state
            assert self.heard[side] == self.spoken[side.other][: len(self.heard[side])]
            if self.broken is not None:
                continue
            assert set(core.allowed()) == self.may_say(side)
            if side in self.closed:
                assert core.phase is Phase.CLOSED
                assert core.expected() == ()
                continue
            assert set(core.expected()) == legal_names(self.table, state, side.other)
            assert core.phase is (
                Phase.CLOSING if side in self.closing else self.table.phase(state)
            )

    def teardown(self) -> None:
        if not hasattr(self, "link"):
            return
        if not self.closing and self.broken is None:
            self.close(Side.CLIENT, 1000)
        self.link.run_out()
        assert self.link.now == 0.0
        for side in Side:
            end = self.link.ends[side]
            assert [event for event in end.events if isinstance(event, Closed)] == end.events[-1:]
            assert end.connection.close_expected()
            closed = self.closed[side]
            assert closed.clean
            if self.broken is not None:
                assert closed.error in (None, self.broken)
                continue
            assert closed.error is None
            assert self.heard[side] == self.spoken[side.other]
            told = self.closing.get(side.other) or (self.closing[side][0], "")
            assert (closed.code, closed.reason) == told
        for vantage in self.vantages.values():
            for finding in vantage.judge.finish():
                assert finding.rule.severity is not Severity.ERROR

    # ------------------------------------------------------------------------------- the model

    def react(self, side: Side, event: Event) -> None:
        core = self.core(side)
        if isinstance(event, Request):
            core.accept(self.endpoint)
        elif isinstance(event, Message):
            # After a breach only what was on its way to who broke the order still arrives.
            assert self.broken is None or self.broken.side is side
            assert len(self.spoken[side.other]) > len(self.heard[side])
            assert event.id == self.spoken[side.other][len(self.heard[side])]
            assert event.body == body_of_kind(self.endpoint, event.id)
            self.heard[side].append(event.id)
            self.pass_at(side, side.other, event.id)
        elif isinstance(event, Closed):
            assert side not in self.closed
            self.closed[side] = event
            self.close_at(side, side.other, event.code)
            if side not in self.closing:  # it was answered at once
                self.close_at(side, side, event.code)
        else:
            assert isinstance(event, Accepted | Ping | Pong) or (
                isinstance(event, Violation) and self.broken is None
            )

    def pass_at(self, place: Side, speaker: Side, name: str) -> None:
        """A message passes at one end: the model moves, and judges who stand there hear it."""
        state = self.view[place]
        move = self.table.legal(state, speaker, name)
        assert move is not None
        self.view[place] = self.table.after(state, speaker, move)
        for vantage in self.vantages.values():
            if (speaker in vantage.at_once) == (place is speaker):
                assert vantage.hear(speaker, payload_of(self.endpoint, name)) == []

    def close_at(self, place: Side, speaker: Side, code: int) -> None:
        """The same for a close frame."""
        for vantage in self.vantages.values():
            if (speaker in vantage.at_once) == (place is speaker):
                assert vantage.feed(speaker, RecordKind.CLOSE, code=code) == []

    def may_say(self, side: Side) -> set[str]:
        if side in self.closing or side in self.closed:
            return set()
        return legal_names(self.table, self.view[side], side)

    def flagged(self, side: Side, payload: str | bytes) -> bool:
        """Whether ``payload`` from the other side is none of what is legal, seen from ``side``."""
        kinds = looks_like(self.endpoint, side.other, payload)
        legal = legal_names(self.table, self.view[side], side.other)
        return not any(kind.id in legal for kind in kinds)

    def names(self) -> list[str]:
        return list(dict.fromkeys(kind.id for kind in self.endpoint.kinds))

    def core(self, side: Side) -> Connection:
        return self.link.ends[side].connection

    def session(self, side: Side) -> Session:
        session = self.core(side).session
        assert session is not None
        return session


class ElevenLabsPeers(Peers):
    """The same for a real service, whose messages have no tags."""

    endpoints = st.just(elevenlabs().endpoint("StreamTextToSpeech"))


TestAnyPeers = Peers.TestCase
TestAnyPeers.settings = settings(max_examples=60, stateful_step_count=30)
TestElevenLabsPeers = ElevenLabsPeers.TestCase
TestElevenLabsPeers.settings = settings(max_examples=60, stateful_step_count=30)
