"""The mock's side of a conversation, without any connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, defstruct

from schematic import (
    Channel,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint
from schematic_engine.errors import LocalIllegalMessage
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, Reply
from support.lifecycles import asked, bound, channelled, keyed, lifecycles, message
from support.mocked import MockTalk
from support.walks import body, sayable

HELLO = message("Hello", Side.CLIENT)
CHUNK = message("Chunk", Side.CLIENT)
DONE = message("Done", Side.CLIENT)
AUDIO = message("Audio", Side.SERVER)
FINAL = message("Final", Side.SERVER, final=True, after="Done")


class Talk(MockTalk):
    """A client and a mock of this lifecycle, joined without delay."""

    def __init__(self, lifecycle: ConnectionLifecycle, **handlers: Handler) -> None:
        super().__init__(compile_endpoint(bound(lifecycle)), **handlers)


def test_a_mock_answers_streams_says_its_last_word_and_is_finished() -> None:
    talk = Talk(
        ConnectionLifecycle(
            initialize=HELLO, streaming_messages=[CHUNK], close=DONE, server_messages=[AUDIO, FINAL]
        )
    )
    assert [talk.say(name) for name in ("Hello", "Chunk", "Chunk")] == [
        [],
        ["Audio"],
        ["Audio"],
    ]
    assert not talk.peer.finished()
    assert talk.say("Done") == ["Audio", "Final"]
    assert talk.peer.finished()


def test_a_mock_opens_when_it_is_its_turn_and_never_by_refusing() -> None:
    answer = OpeningStep(
        message("Refused", Side.SERVER, final=True), message("Welcome", Side.SERVER)
    )
    greeting = OpeningStep(message("Created", Side.SERVER), gating=False)
    talk = Talk(
        ConnectionLifecycle(initialize=[greeting, HELLO, answer], streaming_messages=[CHUNK])
    )
    assert talk.heard == ["Created"]
    assert talk.say("Hello") == ["Welcome"]
    assert talk.say("Chunk") == []


def test_a_mock_without_a_last_message_is_finished_when_the_client_is() -> None:
    talk = Talk(
        ConnectionLifecycle(streaming_messages=[CHUNK], close=DONE, server_messages=[AUDIO])
    )
    talk.say("Done")
    assert talk.peer.finished()


def test_a_mock_does_not_wait_for_an_error_that_could_be_its_last_word() -> None:
    error = message("Error", Side.SERVER, ambient=True, final=True)
    talk = Talk(ConnectionLifecycle(close=DONE, server_messages=[AUDIO, error]))
    assert talk.say("Done") == ["Audio"]
    assert talk.peer.finished()


def test_a_message_is_answered_where_it_was_said_although_more_has_been_read() -> None:
    talk = Talk(
        ConnectionLifecycle(
            initialize=HELLO, streaming_messages=[CHUNK], close=DONE, server_messages=[AUDIO, FINAL]
        )
    )
    said = ("Hello", "Chunk", "Chunk", "Done")
    events = [talk.server.receive(talk.client.send(name)) for name in said]
    assert [talk.say_to(event) for event in events] == [
        [],
        ["Audio"],
        ["Audio"],
        ["Audio", "Final"],
    ]


def test_a_handler_that_speaks_out_of_turn_is_refused_however_much_has_been_read() -> None:
    talk = Talk(
        ConnectionLifecycle(streaming_messages=[CHUNK], close=DONE, server_messages=[FINAL]),
        Chunk=lambda call, event: [("Final", {})],
    )
    chunk, _ = (talk.server.receive(talk.client.send(name)) for name in ("Chunk", "Done"))
    with pytest.raises(LocalIllegalMessage, match="Final"):
        talk.say_to(chunk)


def test_a_handler_closes_with_a_code_of_its_own_and_nothing_follows() -> None:
    talk = Talk(
        ConnectionLifecycle(streaming_messages=[CHUNK], server_messages=[AUDIO]),
        Chunk=lambda call, event: [("Audio", {}), Close(1008, "enough"), ("Audio", {})],
    )
    assert talk.say("Chunk") == ["Audio"]
    assert talk.peer.finished()
    assert talk.peer.close == Close(1008, "enough")


@pytest.mark.parametrize(
    ("notice", "close"),
    [
        (CloseNotice(code="number"), Close(4007)),
        (CloseNotice(code=1008, reason="type"), Close(1008, "Failed")),
        (CloseNotice(), Close(1011)),
    ],
)
def test_a_message_that_announces_the_close_is_followed_by_it(
    notice: CloseNotice, close: Close
) -> None:
    failed = message("Failed", Side.SERVER, ambient=True, final=True, closes=notice)
    talk = Talk(
        ConnectionLifecycle(streaming_messages=[CHUNK], server_messages=[AUDIO, failed]),
        Chunk=lambda call, event: [("Failed", {"number": 4007})],
    )
    assert talk.say("Chunk") == ["Failed"]
    assert talk.peer.finished()
    assert talk.peer.close == close


def test_a_mock_leaves_the_close_to_the_client_where_that_is_described() -> None:
    lifecycle = ConnectionLifecycle(
        streaming_messages=[CHUNK],
        close=DONE,
        server_messages=[FINAL],
        closing=Closing(by=Side.CLIENT),
    )
    talk = Talk(lifecycle)
    assert talk.say("Done") == ["Final"]
    assert not talk.peer.finished()
    assert Talk(replace(lifecycle, closing=Closing(by=Side.SERVER))).say("Done") == ["Final"]


def test_a_handler_takes_the_place_of_the_samples() -> None:
    def speak(call: Call, event: Message) -> Iterator[Reply]:
        call.memory["count"] = call.memory.get("count", 0) + 1
        for _ in range(call.memory["count"]):
            yield "Audio", {"type": "Audio", "number": 5}

    talk = Talk(
        ConnectionLifecycle(streaming_messages=[CHUNK, HELLO], server_messages=[AUDIO]),
        Chunk=speak,
        Hello=lambda call, event: None,
    )
    assert [talk.say("Chunk"), talk.say("Hello"), talk.say("Chunk")] == [
        ["Audio"],
        [],
        ["Audio", "Audio"],
    ]


@given(lifecycles(), st.data())
def test_a_mock_never_breaks_the_order_and_no_correct_client_upsets_it(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    talk = Talk(lifecycle)
    for _ in range(data.draw(st.integers(0, 15))):
        legal = talk.client.allowed()
        if not legal:
            return
        talk.say(data.draw(st.sampled_from(legal)))


@given(st.one_of(channelled(), asked()), st.data())
def test_a_mock_never_breaks_the_order_on_channels_either(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    talk = Talk(lifecycle)
    for _ in range(data.draw(st.integers(0, 15))):
        legal = sayable(talk.client.machine, Side.CLIENT)
        if not legal:
            return
        name, key = data.draw(st.sampled_from(legal))
        talk.say(name, body(key))


def test_a_mock_answers_on_the_channel_and_ends_its_half_after_the_client() -> None:
    job = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", Side.CLIENT),
            streaming_messages=[keyed("More", Side.CLIENT)],
            close=keyed("Stop", Side.CLIENT),
            server_messages=[keyed("Data", Side.SERVER), keyed("End", Side.SERVER, final=True)],
        ),
    )
    talk = Talk(ConnectionLifecycle(close=DONE, channels=[job]))
    said = [("Open", "a"), ("Open", "b"), ("More", "a"), ("Stop", "a"), ("More", "b")]
    assert [talk.say(name, {"key": key}) for name, key in said] == [
        [],
        [],
        ["Data a"],
        ["Data a", "End a"],
        ["Data b"],
    ]
    assert talk.say("Done") == ["End b"]
    assert talk.peer.finished()


def test_a_mock_opens_its_own_channels_in_answer_to_what_is_streamed() -> None:
    answer = Channel(
        id="Answer",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Created", Side.SERVER),
            server_messages=[keyed("Delta", Side.SERVER), keyed("Ready", Side.SERVER, final=True)],
        ),
        max_open=1,
    )
    talk = Talk(ConnectionLifecycle(streaming_messages=[CHUNK], channels=[answer]))
    assert talk.say("Chunk") == ["Created mock-1", "Delta mock-1", "Ready mock-1"]


def test_a_message_is_answered_with_what_comes_after_it_else_with_what_answers_nothing() -> None:
    change, first = message("Change", Side.CLIENT), message("First", Side.CLIENT, repeatable=False)
    talk = Talk(
        ConnectionLifecycle(
            streaming_messages=[change, first, CHUNK],
            close=DONE,
            server_messages=[
                AUDIO,
                message("Changed", Side.SERVER, after="Change"),
                message("Text", Side.SERVER, after="First"),
                message("More", Side.SERVER, after="Text"),
            ],
        )
    )
    assert [talk.say(name) for name in ("Chunk", "Change", "First", "Chunk", "Chunk", "Done")] == [
        ["Audio"],
        ["Changed"],
        ["Text"],
        ["Audio", "Text", "More"],
        ["Audio", "Text", "More"],
        ["Audio", "Changed", "Text", "More"],
    ]


def test_around_channels_that_the_client_opens_news_is_told_once() -> None:
    job = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", Side.CLIENT), close=keyed("Stop", Side.CLIENT)
        ),
    )
    talk = Talk(
        ConnectionLifecycle(
            streaming_messages=[CHUNK, HELLO],
            server_messages=[AUDIO, message("Greeted", Side.SERVER, after="Hello")],
            channels=[job],
        )
    )
    assert [talk.say(name) for name in ("Chunk", "Chunk", "Hello", "Hello")] == [
        ["Audio"],
        [],
        ["Greeted"],
        ["Greeted"],
    ]


def test_a_mock_counts_its_channels_in_integers_where_keys_are_and_says_bytes_on_them() -> None:
    created, ready = (
        MessageSchema(
            id=name,
            direction=MessageDirection.SERVER_TO_CLIENT,
            schema=Schema(defstruct(name, [("key", int)], tag_field="type", tag=name)),
            final=name == "Ready",
        )
        for name in ("Created", "Ready")
    )
    sound = MessageSchema(
        id="Sound", direction=MessageDirection.SERVER_TO_CLIENT, schema=Schema.binary()
    )
    turn = Channel(
        id="Turn",
        key="key",
        lifecycle=ConnectionLifecycle(initialize=created, server_messages=[sound, ready]),
    )
    talk = Talk(ConnectionLifecycle(streaming_messages=[CHUNK], channels=[turn]))
    assert talk.say("Chunk") == ["Created 0", "Sound 0", "Ready 0"]
    assert talk.say("Chunk") == ["Created 1", "Sound 1", "Ready 1"]


def inner(name: str, **flags: Any) -> MessageSchema:
    return keyed(name, Side.SERVER, **flags)


ITEM = Channel(
    id="Item",
    key="inner",
    lifecycle=ConnectionLifecycle(
        initialize=inner("Added"),
        server_messages=[
            inner("Word", after="Part"),
            inner("Part"),
            inner("Whole", final=True),
        ],
    ),
)
ANSWER = Channel(
    id="Answer",
    key="key",
    lifecycle=ConnectionLifecycle(
        initialize=keyed("Ask", Side.CLIENT),
        streaming_messages=[keyed("More", Side.CLIENT)],
        close=keyed("Enough", Side.CLIENT),
        server_messages=[keyed("Note", Side.SERVER), keyed("Over", Side.SERVER, final=True)],
        channels=[ITEM],
    ),
)


def test_a_mock_says_all_that_belongs_to_a_channel_within_a_channel() -> None:
    talk = Talk(ConnectionLifecycle(close=DONE, channels=[ANSWER]))
    talk.say("Ask", {"key": "a"})
    assert talk.say("Enough", {"key": "a"}) == [
        "Note a",
        "Added ('a', 'mock-1')",
        "Part ('a', 'mock-1')",
        "Word ('a', 'mock-1')",
        "Whole ('a', 'mock-1')",
        "Over a",
    ]


def test_a_mock_ends_what_a_handler_has_opened_within_a_channel_before_the_channel() -> None:
    talk = Talk(
        ConnectionLifecycle(close=DONE, channels=[ANSWER]),
        Ask=lambda call, event: [("Added", {"key": "a", "inner": "x"})],
    )
    talk.say("Ask", {"key": "a"})
    assert talk.say("Done") == ["Whole ('a', 'x')", "Over a"]


def test_a_message_that_cannot_be_made_names_its_place() -> None:
    odd = MessageSchema(
        id="Odd",
        direction=MessageDirection.SERVER_TO_CLIENT,
        schema=Schema(Annotated[str, Meta(pattern="^[A-Z]{4}$")], name="Odd"),
    )
    with pytest.raises(DefinitionError, match=r"^Example/Only / Odd: cannot make a sample of Odd"):
        Talk(ConnectionLifecycle(initialize=odd))
