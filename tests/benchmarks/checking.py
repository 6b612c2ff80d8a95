"""Judging recorded traffic: a text from the client and audio from the server, in turn.

- The order alone is what is left when every message has been recognised already.
- `Judge` recognises each message, judges it, and decodes its body to see whether it fits.
- A file is read, each line of it is decoded, and its connections are followed besides.
"""

from __future__ import annotations

import json

from benchmarks.measure import Run, timed

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import Judge, Record, RecordKind, examine
from schematic_engine.conformance.possible import Possible
from schematic_engine.machine import Machine

__all__ = ["ALONE", "FILE", "OURS", "judges"]

OURS = "schematic"
ALONE = "the order alone"
FILE = "a file of JSON Lines"

_ENDPOINT = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
_OPENING = json.dumps({"text": " "})
_SAID = (
    (Side.CLIENT, json.dumps({"text": "Order is a promise. "})),
    (Side.SERVER, json.dumps({"audio": "QUJD" * 60, "isFinal": None})),
)


def judges(count: int) -> dict[str, Run]:
    """Each judges ``count`` messages of one connection."""
    said = [_SAID[number % 2] for number in range(count)]
    records = [_record(number, side, text) for number, (side, text) in enumerate(said, 2)]
    lines = [_line(Side.CLIENT, _OPENING), *(_line(side, text) for side, text in said)]
    kinds = [
        (side, codecs_of(_ENDPOINT)[side].recogniser.text(text)[0], text) for side, text in said
    ]

    def begun() -> Judge:
        judge = Judge(_ENDPOINT)
        judge.feed(Record(line=0, connection=0, side=Side.CLIENT, kind=RecordKind.OPEN))
        judge.feed(_record(1, Side.CLIENT, _OPENING))
        return judge

    def alone(possible: Possible) -> int:
        return sum(possible.stays(side, kind, text, own=False) for side, kind, text in kinds)

    def judged(judge: Judge) -> int:
        return sum(not judge.feed(record).findings for record in records)

    def checked(_: int) -> int:
        return examine(_ENDPOINT, "trace.jsonl", lines).counts.messages - 1

    return {
        ALONE: timed(_streaming, alone, count),
        OURS: timed(begun, judged, count),
        FILE: timed(int, checked, count),
    }


def _streaming() -> Possible:
    """Where the conversation stands after its opening."""
    machine = Machine(_ENDPOINT.table)
    step = machine.move(Side.CLIENT, "InitializeConnection")
    assert step is not None
    machine.apply(Side.CLIENT, step)
    return Possible(_ENDPOINT.table, [machine.state])


def _record(line: int, side: Side, text: str) -> Record:
    return Record(line=line, connection=0, side=side, kind=RecordKind.TEXT, payload=text)


def _line(side: Side, text: str) -> bytes:
    return json.dumps({"dir": side.value, "kind": "text", "data": text}).encode() + b"\n"
