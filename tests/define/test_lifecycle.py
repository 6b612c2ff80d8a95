"""Which lifecycles contradict themselves, and where exactly."""

from __future__ import annotations

from typing import Any

import pytest

from schematic import (
    ConnectionLifecycle,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
)
from schematic.define.lifecycle_checks import check_lifecycle
from support.lifecycles import message

C, S = Side.CLIENT, Side.SERVER
HELLO, CHUNK, AUDIO = message("Hello", C), message("Chunk", C), message("Audio", S)


def raw(**fields: Any) -> MessageSchema:
    given: dict[str, Any] = {
        "id": "Odd",
        "direction": MessageDirection.CLIENT_TO_SERVER,
        "schema": Schema("Body"),
    }
    return MessageSchema(**{**given, **fields})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"streaming_messages": [CHUNK, AUDIO]},
            (
                "streaming_messages[1].direction: Audio is server-to-client, but this list "
                "holds what "
                "the client says"
            ),
        ),
        (
            {"server_messages": [CHUNK]},
            (
                "server_messages[0].direction: Chunk is client-to-server, but this list holds what "
                "the server says"
            ),
        ),
        (
            {"streaming_messages": [CHUNK, CHUNK]},
            "streaming_messages[1].id: 'Chunk' is listed already at streaming_messages[0]",
        ),
        (
            {"streaming_messages": [CHUNK], "close": CHUNK},
            "close.id: 'Chunk' is listed already at streaming_messages[0]",
        ),
        (
            {"streaming_messages": [CHUNK], "server_messages": [message("Chunk", S)]},
            (
                "server_messages[0].id: 'Chunk' is another message at "
                "streaming_messages[0]; give one "
                "another id"
            ),
        ),
        (
            {"close": message("Bye", C, ambient=True)},
            "close.ambient: the close message cannot be ambient",
        ),
        (
            {"initialize": OpeningStep()},
            "initialize[0]: an opening step needs at least one message",
        ),
        (
            {"initialize": [HELLO, OpeningStep(CHUNK, AUDIO)]},
            (
                "initialize[1]: an opening step belongs to one side, got Chunk (client-to-server), "
                "Audio (server-to-client); make one step for each side"
            ),
        ),
        (
            {"initialize": message("Both", None)},
            (
                "initialize[0]: an opening step belongs to one side, got Both "
                "(bidirectional); make "
                "one step for each side"
            ),
        ),
        (
            {"initialize": message("Error", S, ambient=True)},
            (
                "initialize[0]: Error is ambient, so it may be said at any moment: list it "
                "among the "
                "streaming or server messages instead"
            ),
        ),
        (
            {"streaming_messages": [message("Late", C, after="Never")]},
            "streaming_messages[0].after: 'Never' is not a message of this lifecycle",
        ),
        (
            {"streaming_messages": [message("Late", C, until="Never")]},
            "streaming_messages[0].until: 'Never' is not a message of this lifecycle",
        ),
        (
            {"streaming_messages": [raw(id="_odd")]},
            (
                "streaming_messages[0].id: '_odd' is not a message id: use a Python "
                "identifier such as "
                "SendText"
            ),
        ),
        (
            {"streaming_messages": [raw(after_end=True)]},
            (
                "streaming_messages[0].after_end: only an ambient message can be said after its "
                "sender's end; set ambient=True too"
            ),
        ),
        (
            {"streaming_messages": [raw(schema=Schema(None))]},
            "streaming_messages[0].schema: a JSON schema needs a type or a name, got None",
        ),
        (
            {"streaming_messages": [raw(key="a..b")]},
            "streaming_messages[0].key: 'a..b' is not the name of a field, or names joined by dots",
        ),
    ],
)
def test_a_contradiction_is_named_with_its_place(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        check_lifecycle(ConnectionLifecycle(**fields))
    assert str(caught.value).replace(" / ", ": ", 1) in (problem, problem.replace(" / ", ": "))


def test_an_opening_may_be_written_as_nothing_one_message_one_step_or_several() -> None:
    step = OpeningStep(HELLO, gating=False)
    assert ConnectionLifecycle().opening == ()
    assert ConnectionLifecycle(initialize=HELLO).opening == (OpeningStep(HELLO),)
    assert ConnectionLifecycle(initialize=step).opening == (step,)
    assert ConnectionLifecycle(initialize=[HELLO, step]).opening == (OpeningStep(HELLO), step)


def test_a_message_of_the_opening_may_stream_too() -> None:
    lifecycle = ConnectionLifecycle(initialize=HELLO, streaming_messages=[HELLO, CHUNK])
    check_lifecycle(lifecycle)
    assert lifecycle.messages == (HELLO, CHUNK)


def test_a_bidirectional_message_streams_from_both_sides_wherever_it_is_listed() -> None:
    both = message("Both", None)
    lifecycle = ConnectionLifecycle(streaming_messages=[both, CHUNK], server_messages=[both])
    check_lifecycle(lifecycle)
    assert lifecycle.streaming(C) == (both, CHUNK)
    assert lifecycle.streaming(S) == (both,)
