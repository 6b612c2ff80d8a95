"""A whole conversation between two connections, over a link that is cut at each of its bytes."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import BoundEndpoint, Side
from schematic.compile import Phase
from schematic_definitions.elevenlabs import (
    AudioOutput,
    CloseConnection,
    FinalOutput,
    InitializeConnection,
    SendText,
    elevenlabs,
)
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import (
    DeadlineExceeded,
    LocalProtocolError,
    RemoteIllegalMessage,
    RemoteProtocolError,
)
from schematic_engine.events import Accepted, Closed, Event, Message, Request, Violation
from schematic_engine.limits import Limits
from schematic_engine.testing import Chop, Corrupt, Cut, Fault, HalfOpen, Link, Plan
from support.frames import TEXT, frame


def without_timers() -> BoundEndpoint:
    """ElevenLabs' endpoint with no timer of its own: the deadlines here are the connection's."""
    given = elevenlabs().endpoint("StreamTextToSpeech")
    lifecycle = replace(given.endpoint.lifecycle, timers=())
    return replace(given, endpoint=replace(given.endpoint, lifecycle=lifecycle))


ENDPOINT = without_timers()
TEXTS = ("Hello ", "there, ", "how are you? ")
SAID_BY_CLIENT = (InitializeConnection(), *map(SendText, TEXTS), CloseConnection())
OPEN_SECONDS, CLOSE_SECONDS = 5.0, 7.0
LIMITS = Limits(
    open_timeout=OPEN_SECONDS, close_timeout=CLOSE_SECONDS, ping_interval=None, ping_timeout=None
)
NO_FAULTS = Plan()


def audio(text: str) -> AudioOutput:
    return AudioOutput(audio=base64.b64encode(text.encode() * 9).decode())


SAID_BY_SERVER = (*map(audio, TEXTS), FinalOutput(is_final=True))


class Conversation:
    """A client that says everything at once, and a server that answers each text.

    Attributes:
        link: the link between them.
        spoken: what each side has said, which is what the other may hear.
    """

    def __init__(self, plan: Plan = NO_FAULTS, *, compression: bool = False) -> None:
        self.spoken: dict[Side, list[object]] = {side: [] for side in Side}
        client = Connection.client(
            ENDPOINT,
            params={"voice_id": "voice"},
            credentials=Credentials("key"),
            compression=compression,
            limits=LIMITS,
        )
        server = Connection.server(compression=compression, limits=LIMITS)
        self.link = Link(client, server, plan, react=self.react)

    def react(self, side: Side, event: Event) -> None:
        if isinstance(event, Request):
            self.core(side).accept(ENDPOINT)
        elif isinstance(event, Accepted):
            self.say(side, *SAID_BY_CLIENT)
        elif isinstance(event, Message) and side is Side.SERVER:
            if event.id == "SendText":
                self.say(side, audio(event.body.text))
            elif event.id == "CloseConnection":
                self.say(side, FinalOutput(is_final=True))
                self.core(side).close(1000)

    def say(self, side: Side, *messages: object) -> None:
        """Say it, unless the connection has ended meanwhile, which is no surprise to anybody."""
        core = self.core(side)
        for message in messages:
            try:
                core.send(message)
            except LocalProtocolError:
                assert core.close_expected() or core.phase is Phase.FAILED
                return
            self.spoken[side].append(message)

    def core(self, side: Side) -> Connection:
        return self.link.ends[side].connection

    def heard(self, side: Side) -> list[object]:
        return [message.body for message in self.link.ends[side].messages]

    def closed(self, side: Side) -> Closed:
        """How it ended for ``side``: told once, last, and then nothing is left to do."""
        events, core = self.link.ends[side].events, self.core(side)
        (closed,) = [event for event in events if isinstance(event, Closed)]
        assert closed is events[-1]
        assert core.close_expected()
        assert core.next_deadline() is None
        assert core.receive_data(b"") == []
        assert core.handle_timeout(1e9) == []
        assert core.data_to_send() == b""
        return closed


def plan(writer: Side, *faults: Fault) -> Plan:
    """What happens to what ``writer`` writes."""
    return Plan(to_server=faults) if writer is Side.CLIENT else Plan(to_client=faults)


def traffic(*, compression: bool) -> dict[Side, int]:
    """How many bytes each side writes in an uncut conversation."""
    whole = Conversation(compression=compression)
    whole.link.run_out()
    return {side: end.sent for side, end in whole.link.ends.items()}


def shake_hands(link: Link) -> None:
    """Let the request and its answer pass, and nothing more."""
    for side in (Side.CLIENT, Side.SERVER):
        link.settle(side)
        link.deliver(side.other)


def documented(closed: Closed) -> bool:
    """Whether this is how a connection ends that was cut: lost, or given up in time."""
    if closed.clean:
        return (closed.code, closed.error) == (1000, None)
    late = isinstance(closed.error, DeadlineExceeded)
    return closed.code == 1006 and (closed.error is None or late)


@pytest.mark.parametrize("compression", [False, True])
@pytest.mark.parametrize("size", [None, 1, 7])
def test_without_a_cut_everything_arrives_and_both_close_cleanly(
    size: int | None, compression: bool
) -> None:
    chopped = () if size is None else (Chop((size,)),)
    whole = Conversation(Plan(chopped, chopped), compression=compression)
    whole.link.run_out()
    assert whole.heard(Side.SERVER) == list(SAID_BY_CLIENT)
    assert whole.heard(Side.CLIENT) == list(SAID_BY_SERVER)
    for side in Side:
        closed = whole.closed(side)
        assert (closed.code, closed.clean, closed.error) == (1000, True, None)
    assert whole.link.now == 0.0


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("compression", [False, True])
@pytest.mark.parametrize("side", list(Side))
def test_a_cut_at_each_byte_loses_nothing_that_arrived_and_leaves_nobody_waiting(
    side: Side, compression: bool, silent: bool
) -> None:
    total = traffic(compression=compression)[side]
    assert total > 150
    for at in range(total):
        fault = HalfOpen(at) if silent else Cut(at)
        cut = Conversation(plan(side, fault), compression=compression)
        cut.link.run_out()
        if silent:
            # Neither the core nor its limits bound how long an open connection may be silent:
            # whoever waits for messages says how long. Here, both have waited long enough.
            for each in Side:
                cut.core(each).close(1000)
            cut.link.run_out()
            assert cut.link.now <= OPEN_SECONDS + 2 * CLOSE_SECONDS
        for each in Side:
            assert documented(cut.closed(each)), (at, each)
            heard = cut.heard(each)
            said = cut.spoken[each.other]
            assert heard == (said if cut.closed(each).clean else said[: len(heard)])


@given(
    st.sampled_from(Side),
    st.integers(0, 2000),
    st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 300)), max_size=40),
    st.booleans(),
)
def test_a_cut_after_any_chunking_and_any_delay_is_as_harmless(
    side: Side, at: int, arrivals: list[tuple[Side, int]], silent: bool
) -> None:
    cut = Conversation(plan(side, HalfOpen(at) if silent else Cut(at)))
    for to, size in arrivals:
        for each in Side:
            cut.link.settle(each)
        cut.link.deliver(to, size)
    cut.link.run_out()
    for each in Side:
        cut.core(each).close(1000)
    cut.link.run_out()
    for each in Side:
        assert documented(cut.closed(each))
        heard = cut.heard(each)
        assert heard == cut.spoken[each.other][: len(heard)]


@pytest.mark.parametrize("side", list(Side))
def test_silence_during_the_handshake_ends_at_its_deadline(side: Side) -> None:
    cut = Conversation(plan(Side.CLIENT, HalfOpen(20)))
    cut.link.run_out()
    assert cut.link.now == OPEN_SECONDS
    error = cut.closed(side).error
    assert isinstance(error, DeadlineExceeded)
    assert (error.deadline, error.seconds) == ("open_timeout", OPEN_SECONDS)


@pytest.mark.parametrize("side", list(Side))
def test_silence_after_a_close_frame_ends_at_its_deadline(side: Side) -> None:
    cut = Conversation()
    shake_hands(cut.link)
    cut.link.strike(HalfOpen(), side)
    cut.core(side).close(1000)
    cut.link.run_out()
    assert cut.link.now == CLOSE_SECONDS
    error = cut.closed(side).error
    assert isinstance(error, DeadlineExceeded)
    assert (error.deadline, error.seconds) == ("close_timeout", CLOSE_SECONDS)


@pytest.mark.parametrize("compression", [False, True])
def test_a_broken_byte_anywhere_ends_in_documented_errors_and_never_raises(
    compression: bool,
) -> None:
    """Not a cut but damage: each byte of the client's frames, all of its bits turned over."""
    whole = Conversation(compression=compression)
    shake_hands(whole.link)
    head = whole.link.client.sent
    whole.link.run_out()
    assert whole.link.client.sent > head + 100
    for at in range(head, whole.link.client.sent):
        damaged = Conversation(plan(Side.CLIENT, Corrupt(at)), compression=compression)
        damaged.link.run_out()
        damaged.link.strike(Cut(), Side.SERVER)  # a length that became too long waits for the rest
        damaged.link.run_out()
        error = damaged.closed(Side.SERVER).error
        assert error is None or isinstance(error, RemoteProtocolError)
        for event in damaged.link.server.events:
            if isinstance(event, Violation):
                assert event.error is error


def test_a_violation_reaches_both_ends_with_its_reason() -> None:
    """One side breaks the order past its own engine; both ends learn of it, once."""
    cut = Conversation()
    link = cut.link
    link.settle(Side.CLIENT)
    link.deliver(Side.SERVER)
    link.settle(Side.SERVER)
    link.client.inbound.write(frame(TEXT, b'{"isFinal": true}'), link.now)
    link.run_out()
    error = cut.closed(Side.CLIENT).error
    assert isinstance(error, RemoteIllegalMessage)
    assert error.message == "FinalOutput"
    closed = cut.closed(Side.SERVER)
    assert (closed.code, closed.clean) == (1008, True)
