"""Playbooks of recordings: each plays again, and a client that leaves out a step departs there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from schematic import Side
from schematic_definitions.deepgram import deepgram, deepgram_agent
from schematic_definitions.elevenlabs import elevenlabs, elevenlabs_agents
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_definitions.openai import openai
from schematic_engine.conformance import Record, read_trace
from schematic_engine.conformance.examples import captions
from schematic_engine.playbook import (
    Closes,
    Playbook,
    PlaybookError,
    Player,
    Says,
    difference,
    recorded,
)

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"
LIVE = captions().endpoint("Live")

NAMES = {
    "elevenlabs_stream_input": (elevenlabs(), "StreamTextToSpeech"),
    "elevenlabs_convai_sync": (elevenlabs_agents(), "Conversation"),
    "deepgram_listen1_sync": (deepgram(), "ListenV1"),
    "deepgram_speak1_async": (deepgram(), "SpeakV1"),
    "deepgram_agent1_sync": (deepgram_agent(), "AgentV1"),
    "openai_realtime_sync": (openai(), "Realtime"),
    "gql_node_two_interleaved": (graphql_transport_ws(), "TransportWs"),
    "gql_node_invalid_json": (graphql_transport_ws(), "TransportWs"),
}


class Tape:
    """One recording.

    Attributes:
        books: its playbooks.
        payloads: what was said, by the place where it is written.
    """

    def __init__(self, name: str) -> None:
        api, endpoint = NAMES[name]
        lines = (TRACES / f"{name}.jsonl").read_bytes().splitlines()
        records = [record for record in read_trace(lines) if isinstance(record, Record)]
        self.books = recorded(api.endpoint(endpoint), records, name=name)
        self.payloads = {f"{name}:{one.line}": one.payload for one in records if one.payload}

    def replay(self, book: Playbook, without: int | None = None) -> Player:
        """A server that replays, and a client that says what it said, but for one step."""
        player = Player(book, Side.SERVER, pace=0)
        player.begin(0)
        speak(player)
        for number, step in enumerate(book.steps):
            if step.side is Side.SERVER or number == without:
                continue
            if isinstance(step, Closes):
                player.hear_close(step.code or 1000, 0)
            else:
                names = (step.message,) if isinstance(step, Says) else ()
                player.hear(names, self.payloads[step.place], 0)
            speak(player)
        return player


def speak(player: Player) -> None:
    """It says all that it has to say now."""
    while player.take(0) is not None:
        pass


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_plays_again_to_the_byte_and_departs_where_a_step_is_left_out(
    name: str,
) -> None:
    tape = Tape(name)
    for book in tape.books:
        player = tape.replay(book)
        assert difference(player) is None
        for seen in player.seen:
            if seen.side is Side.SERVER and seen.payload is not None and seen.step is not None:
                assert seen.payload == tape.payloads[book.steps[seen.step].place]
        for number, step in enumerate(book.steps):
            if step.side is Side.CLIENT and not _same_follows(book, number):
                departed = difference(tape.replay(book, number))
                assert departed is not None
                assert departed.step == number + 1


def _same_follows(book: Playbook, number: int) -> bool:
    mine = [step for step in book.steps[number:] if step.side is Side.CLIENT]
    return len(mine) > 1 and (
        replace(mine[0], after=0, place="") == replace(mine[1], after=0, place="")
    )


def test_delays_are_those_between_one_line_and_the_next() -> None:
    lines = [
        b'{"dir":"client","kind":"open","t":1,"path":"/captions?room=7"}',
        b'{"dir":"server","kind":"accepted","t":1.25}',
        b'{"dir":"client","kind":"text","t":1.5,"data":"{\\"type\\":\\"start\\"}"}',
        b'{"dir":"server","kind":"text","t":2.5,"data":"{\\"type\\":\\"pause\\"}"}',
        b'{"dir":"server","kind":"close","t":2.75,"code":1000}',
        b'{"dir":"client","kind":"close","t":2.8,"code":1000}',
    ]
    (book,) = recorded(LIVE, read_trace(lines))
    assert [step.after for step in book.steps] == [0.25, 1.0, 0.25]
    assert [str(step) for step in book.steps] == [
        'client Start ={"type": "start"}',
        'server Pause ={"type": "pause"}',
        "server closes 1000",
    ]
    assert book.params == {"room": "7"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"nonsense", "t:1: cannot be read"),
        (b'{"dir":"client","kind":"text","truncated":true}', "t:1: a message was not recorded in"),
    ],
)
def test_what_is_not_there_cannot_be_replayed(line: bytes, words: str) -> None:
    with pytest.raises(PlaybookError, match=words):
        recorded(LIVE, read_trace([line]), name="t")


def test_what_was_redacted_may_be_anything() -> None:
    data = '{\\"type\\":\\"line\\",\\"text\\":\\"key [redacted] and more\\"}'
    line = f'{{"dir":"client","kind":"text","data":"{data}"}}'.encode()
    (book,) = recorded(LIVE, read_trace([line]))
    for text, is_fine in (("key 123 and more", True), ("key 123", False)):
        player = Player(book, Side.SERVER)
        player.begin(0)
        player.hear(["Line"], f'{{"type":"line","text":"{text}"}}', 0)
        assert (difference(player) is None) == is_fine


def test_a_text_with_much_redacted_is_compared_in_no_time() -> None:
    data = "a [redacted] b " * 200
    body = msgspec.json.encode({"type": "line", "text": data}).decode()
    line = msgspec.json.encode({"dir": "client", "kind": "text", "data": body})
    (book,) = recorded(LIVE, read_trace([line]))
    for end, is_fine in ((" b ", True), (" c ", False)):
        player = Player(book, Side.SERVER)
        player.begin(0)
        text = "a 123 b " * 199 + "a 123" + end
        player.hear(["Line"], f'{{"type":"line","text":"{text}"}}', 0)
        assert (difference(player) is None) == is_fine


def test_a_rejection_is_a_status_and_nothing_else() -> None:
    lines = [
        b'{"dir":"client","kind":"open","path":"/captions?room=7"}',
        b'{"dir":"server","kind":"rejected","status":401}',
    ]
    (book,) = recorded(LIVE, read_trace(lines))
    assert (book.rejects, book.steps) == (401, ())


def test_a_key_in_an_answer_is_the_one_that_the_client_has_made_up_now() -> None:
    lines = [
        b'{"dir":"client","kind":"text","data":"{\\"type\\":\\"start\\"}"}',
        b'{"dir":"client","kind":"text","data":"{\\"type\\":\\"open\\",\\"job\\":\\"old\\"}"}',
        (
            b'{"dir":"server","kind":"text",'
            b'"data":"{\\"x\\":1,\\"type\\":\\"part\\",\\"job\\":\\"old\\"}"}'
        ),
    ]
    (book,) = recorded(LIVE, read_trace(lines))
    player = Player(book, Side.SERVER)
    player.begin(0)
    player.hear(["Start"], '{"type":"start"}', 0)
    player.hear(["Open"], '{"type":"open","job":"new"}', 0)
    act = player.take(0)
    assert act is not None
    assert act.payload == '{"x":1,"type":"part","job":"new"}'
