"""What becomes of messages: two connections in memory, and a link that is cut at any byte."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from schematic import Channel, ChannelKey, Closing, ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.delivery import Delivery, Sent
from schematic_engine.events import Message, Request
from schematic_engine.ledger import Ledger
from schematic_engine.limits import Limits
from support.lifecycles import LOGIN, bound, keyed, message

C, S = Side.CLIENT, Side.SERVER
CHAT = ConnectionLifecycle(
    initialize=message("Hello", C),
    streaming_messages=(
        message("Say", C),
        message("Ask", C),
        message("Note", C, ambient=True),
    ),
    server_messages=(
        message("Heard", S),
        message("Answer", S, after=("Ask",)),
        message("Oops", S, ambient=True),
    ),
    channels=(
        Channel(
            id="Talk",
            key=ChannelKey(client="key", server="key"),
            lifecycle=ConnectionLifecycle(
                initialize=keyed("Open", C),
                streaming_messages=(keyed("Chat", C),),
                server_messages=(keyed("Chatter", S),),
                close=keyed("Shut", C),
            ),
        ),
    ),
)
STREAMED = ("Say", "Ask", "Note")


@dataclass
class Pair:
    """A client and a server; bytes go over when they are told to.

    Attributes:
        said: how many messages the client has sent.
        ends: the number of bytes after which each of them had been written.
        inbound: bytes under way to each side.
    """

    limits: Limits = field(default_factory=lambda: Limits(ping_interval=None))
    lifecycle: ConnectionLifecycle = CHAT

    def __post_init__(self) -> None:
        self.endpoint = compile_endpoint(bound(self.lifecycle))
        self.client = Connection.client(self.endpoint, limits=self.limits)
        self.server = Connection.server(limits=self.limits)
        self.ends = {C: self.client, S: self.server}
        self.inbound = {C: bytearray(), S: bytearray()}
        self.heard: list[str] = []
        self.said = 0
        for end in self.ends.values():
            end.handle_timeout(0.0)
        self.write(C)
        self.read(S)
        self.write(S)
        self.read(C)

    def say(self, name: str, body: object = UNSET) -> None:
        self.client.send(name, body)
        self.said += 1

    def write(self, side: Side, most: int | None = None) -> int:
        """Takes what there is and lets ``most`` bytes of it go; returns how many did not."""
        data = self.ends[side].data_to_send()
        gone = data[:most]
        self.inbound[side.other] += gone
        return len(data) - len(gone)

    def read(self, side: Side, most: int | None = None) -> None:
        """Lets ``side`` read up to ``most`` of the bytes under way to it."""
        data = bytes(self.inbound[side][:most])
        del self.inbound[side][: len(data)]
        for event in self.ends[side].receive_data(data) if data else ():
            if isinstance(event, Request):
                self.server.accept(self.endpoint)
            elif isinstance(event, Message) and side is S:
                self.heard.append(event.id)

    def answer(self, name: str, body: object = UNSET) -> None:
        """The client sends, the server reads all and says ``name``, and the client reads it."""
        self.write(C)
        self.read(S)
        self.server.send(name, body)
        self.write(S)
        self.read(C)


def counts(delivery: Delivery) -> tuple[int, int, int]:
    return delivery.received, delivery.written, delivery.unwritten


# ---------------------------------------------------------------------------------- the property


SAYINGS = st.sampled_from([None, b"", b"x"])


def act(pair: Pair, data: st.DataObject) -> None:
    """One random step of the client, the server, or the network."""
    step = data.draw(st.sampled_from(["say", "ask", "answer", "ask back", "write", "read"]))
    if step == "say":
        pair.say(data.draw(st.sampled_from(STREAMED)))
    elif step == "ask":
        pair.client.ping(data.draw(SAYINGS))
    elif step == "ask back":
        pair.server.ping(data.draw(SAYINGS))
    elif step == "answer":
        legal = [name for name in ("Heard", "Answer", "Oops") if name in pair.server.allowed()]
        for name in legal[: data.draw(st.integers(0, 3))]:
            pair.server.send(name, UNSET)
    elif step == "write":
        for side in Side:
            pair.write(side)
    else:
        pair.read(data.draw(st.sampled_from(Side)), data.draw(st.integers(1, 40)))


@given(st.data())
def test_no_cut_makes_the_account_claim_what_is_not_so(data: st.DataObject) -> None:
    """Both ends act at random, each byte goes as far as it goes, and then the link is cut."""
    limit = data.draw(st.sampled_from([1, 3, 1024]), label="limit")
    pair = Pair(Limits(ping_interval=None, max_unconfirmed=limit))
    pair.say("Hello")
    for _ in range(data.draw(st.integers(0, 25), label="steps")):
        act(pair, data)
    if data.draw(st.booleans(), label="close"):
        pair.client.close(data.draw(st.sampled_from([1000, 3000])))
    unwritten = pair.write(C, data.draw(st.none() | st.integers(0, 60), label="cut"))
    for _ in range(3):
        pair.read(S, data.draw(st.integers(0, 200)))
        pair.write(S)
        pair.read(C, data.draw(st.integers(0, 200)))
    delivery = pair.client.delivery(unwritten)
    assert sum(counts(delivery)) == pair.said
    assert delivery.received <= len(pair.heard)
    numbers = [one.number for one in delivery.messages]
    assert numbers == list(range(pair.said - len(numbers) + 1, pair.said + 1))
    assert len(numbers) == min(limit, delivery.written + delivery.unwritten)
    pair.read(S)  # all that was written arrives at last
    assert pair.said - delivery.unwritten >= len(pair.heard)
    if limit == 1024:
        assert pair.said - delivery.unwritten == len(pair.heard)


# ------------------------------------------------------------------------------------- evidence


def test_what_is_written_is_not_yet_received() -> None:
    pair = Pair()
    pair.say("Hello")
    assert counts(pair.client.delivery()) == (0, 0, 1)
    pair.write(C)
    pair.read(S)
    assert pair.client.delivery() == Delivery(written=1, messages=(Sent(1, "Hello"),))
    assert counts(pair.client.delivery(1)) == (0, 0, 1)


def test_a_streaming_message_shows_that_the_opening_has_arrived() -> None:
    pair = Pair()
    pair.say("Hello")
    pair.say("Say")
    pair.answer("Oops")
    assert counts(pair.client.delivery()) == (0, 2, 0)  # it may be said at any time
    pair.answer("Heard")
    assert counts(pair.client.delivery()) == (1, 1, 0)


def test_what_comes_after_a_message_by_name_shows_that_the_first_of_it_has_arrived() -> None:
    pair = Pair()
    for name in ("Hello", "Say", "Ask", "Say", "Ask"):
        pair.say(name)
    pair.answer("Answer")
    assert counts(pair.client.delivery()) == (3, 2, 0)


def test_each_step_of_an_opening_shows_that_those_before_it_have_arrived() -> None:
    pair = Pair(lifecycle=LOGIN)
    pair.say("Hello")
    pair.say("Ping")
    pair.answer("Challenge")
    assert counts(pair.client.delivery()) == (1, 1, 0)
    pair.say("Answer")
    pair.answer("Welcome")
    assert counts(pair.client.delivery()) == (3, 0, 0)


def test_a_reply_on_a_channel_shows_that_its_opening_has_arrived() -> None:
    pair = Pair()
    pair.say("Hello")
    for key in ("a", "b"):
        pair.say("Open", {"key": key})
        pair.say("Chat", {"key": key})
    pair.answer("Chatter", {"key": "b"})
    delivery = pair.client.delivery()
    assert counts(delivery) == (4, 1, 0)
    assert delivery.written_messages == (Sent(5, "Chat", "b"),)
    assert delivery.unwritten_messages == ()


def test_a_pong_shows_that_all_before_its_ping_has_arrived_and_others_show_nothing() -> None:
    pair = Pair()
    pair.say("Hello")
    pair.client.ping(b"")
    pair.client.ping(b"mine")
    pair.say("Say")
    pair.write(C)
    for payload, expected in ((b"", (0, 2, 0)), (b"other", (0, 2, 0)), (b"mine", (1, 1, 0))):
        pair.client.receive_data(bytes([0x8A, len(payload)]) + payload)
        assert counts(pair.client.delivery()) == expected


@pytest.mark.parametrize(
    ("closing", "code", "received"),
    [
        (Closing(), 1000, 2),
        (Closing(by=C), 1000, 2),
        (Closing(by=S), 1000, 0),
        (Closing(), 1001, 0),
    ],
)
def test_the_answer_to_our_close_frame_shows_that_all_has_arrived(
    closing: Closing, code: int, received: int
) -> None:
    lifecycle = ConnectionLifecycle(
        initialize=message("Hello", C), streaming_messages=(message("Say", C),), closing=closing
    )
    pair = Pair(lifecycle=lifecycle)
    pair.say("Hello")
    pair.say("Say")
    pair.client.close(1000)
    pair.write(C)
    pair.client.receive_data(bytes([0x88, 2]) + code.to_bytes(2, "big"))
    assert pair.client.delivery().received == received


def test_pongs_that_go_first_do_not_shift_the_account() -> None:
    pair = Pair()
    pair.say("Hello")
    pair.write(C)
    pair.say("Say")
    pair.server.ping(b"0123456789")
    pair.write(S)
    pair.read(C)
    assert pair.write(C, 16) > 0  # the pong, and nothing of the message
    size = 27  # of the message
    assert counts(pair.client.delivery(size)) == (0, 1, 1)
    assert counts(pair.client.delivery(1)) == (0, 1, 1)
    assert counts(pair.client.delivery(0)) == (0, 2, 0)


def test_what_goes_out_first_shifts_all_that_waits_behind_it() -> None:
    ledger = Ledger(10)
    for end in (10, 20, 30):
        ledger.sent(end, "Say", None)
    ledger.jumped(15, 5)
    assert counts(ledger.report(25, ())) == (0, 2, 1)
    ledger.jumped(0, 5)
    assert counts(ledger.report(25, ())) == (0, 1, 2)


def test_before_the_connection_is_open_there_is_nothing_to_tell() -> None:
    assert Connection.server().delivery() == Delivery()


def test_what_is_remembered_is_bounded() -> None:
    ledger = Ledger(2)
    for number in range(100):
        ledger.sent(number, "Say", None)
        ledger.pinged(number.to_bytes(2, "big"))
    for number in range(2000):
        ledger.opening((0, number))
    ledger.opening((0, 1999))  # once more under the same key: the first time counts
    assert ledger._channels[0, 1999] == 101
    assert len(ledger._pings) <= 64
    assert len(ledger._channels) <= 1024
    assert counts(ledger.report(0, ())) == (0, 98, 2)
