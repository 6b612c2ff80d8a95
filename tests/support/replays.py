"""Recorded conversations to be held again, right ones and wrong ones, over any library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.assemblyai import assemblyai
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs, elevenlabs_agents
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_definitions.openai import openai
from schematic_engine.conformance import Record, RecordKind, Vantage, examine_records, read_trace
from schematic_engine.conformance.shown import Shown

__all__ = [
    "VANTAGES",
    "Ends",
    "Replay",
    "found_in",
    "hold",
    "recorded",
    "replays",
    "unseen",
    "verdict",
]

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

_RECORDED = {
    "elevenlabs_stream_input": (elevenlabs(), "StreamTextToSpeech"),
    "elevenlabs_probe_empty_text": (elevenlabs(), "StreamTextToSpeech"),
    "elevenlabs_convai_sync": (elevenlabs_agents(), "Conversation"),
    "deepgram_listen1_sync": (deepgram(), "ListenV1"),
    "openai_realtime_sync": (openai(), "Realtime"),
    "assemblyai_v3_sync": (assemblyai(), "StreamingV3"),
    "gql_node_pyclient_interleaved": (graphql_transport_ws(), "TransportWs"),
}
VANTAGES = {Side.CLIENT: Vantage.CLIENT, Side.SERVER: Vantage.SERVER}


class Replay(msgspec.Struct, frozen=True):
    """A conversation to be held.

    Attributes:
        endpoint: what is spoken.
        target: path and query that the client asks for.
        subprotocol: what the client offers and the server chooses.
        said: who says what, in order; nothing overtakes.
        closes: who closes the connection, with which code and reason.
    """

    endpoint: CompiledEndpoint
    target: str
    subprotocol: str | None
    said: tuple[tuple[Side, str | bytes], ...]
    closes: tuple[Side, int, str] = (Side.CLIENT, 1000, "that was all")


class Ends(Protocol):
    """The two ends of one connection, and whatever lies between them."""

    async def say(self, side: Side, said: str | bytes) -> None:
        """``side`` sends something, and the other one gets it."""
        ...

    async def close(self, side: Side, code: int, reason: str) -> None:
        """``side`` closes, and the other one learns of it."""
        ...


def recorded(name: str) -> Replay:
    """The one connection of a recording."""
    api, endpoint = _RECORDED[name]
    lines = (TRACES / f"{name}.jsonl").read_bytes().splitlines()
    records = [record for record in read_trace(lines) if isinstance(record, Record)]
    said = [(r.side, r.payload) for r in records if r.payload is not None]
    asked = next(r.target for r in records if r.kind is RecordKind.OPEN)
    chosen = next((r.chosen for r in records if r.kind is RecordKind.ACCEPTED), None)
    return Replay(compile_endpoint(api.endpoint(endpoint)), asked or "/", chosen, tuple(said))


@st.composite
def replays(draw: st.DrawFn) -> Replay:
    """A recorded conversation, or one that differs from it by a step or two."""
    replay = recorded(draw(st.sampled_from(sorted(_RECORDED))))
    said = list(replay.said)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(said) - 1))
        change = draw(st.sampled_from(["leave out", "twice", "move", "turn"]))
        one = said[at]
        if change == "twice":
            said.insert(at, one)
        elif change == "turn":
            said[at] = (one[0].other, one[1])
        elif len(said) > 1:
            del said[at]
            if change == "move":
                said.insert(draw(st.integers(0, len(said))), one)
    side = draw(st.sampled_from(Side))
    code, reason = draw(st.sampled_from([(1000, ""), (1000, "that was all"), (4001, "no")]))
    return msgspec.structs.replace(replay, said=tuple(said), closes=(side, code, reason))


async def hold(replay: Replay, ends: Ends) -> None:
    """Hold a conversation over an open connection, to its end."""
    for side, said in replay.said:
        await ends.say(side, said)
    await ends.close(*replay.closes)


def verdict(replay: Replay, own: Side, *, answer: int | None = None) -> list[tuple[int, str]]:
    """What `schematic check` finds in a replay that was recorded at the end of ``own``.

    Args:
        replay: what was held.
        own: at whose end.
        answer: the code of the close frame that answers; that of the first if left out.
    """
    side, code, reason = replay.closes
    offered = () if replay.subprotocol is None else (replay.subprotocol,)
    records = [
        _record(Side.CLIENT, RecordKind.OPEN, target=replay.target, offered=offered),
        _record(Side.SERVER, RecordKind.ACCEPTED, chosen=replay.subprotocol),
        *(
            _record(
                who,
                RecordKind.TEXT if isinstance(said, str) else RecordKind.BINARY,
                payload=said,
            )
            for who, said in replay.said
        ),
        _record(side, RecordKind.CLOSE, code=code, reason=reason),
        _record(side.other, RecordKind.CLOSE, code=code if answer is None else answer),
    ]
    numbered = [msgspec.structs.replace(one, line=line) for line, one in enumerate(records, 1)]
    return found_in(
        examine_records(replay.endpoint, "replay", numbered, vantage=VANTAGES[own]).findings
    )


def unseen(replay: Replay, found: Sequence[tuple[int, str]]) -> list[str]:
    """The rules of what `verdict` finds at the server beyond ``found``, which must all be in it."""
    expected = Counter(verdict(replay, Side.SERVER))
    assert Counter(found) <= expected
    return [rule for _, rule in (expected - Counter(found)).elements()]


def found_in(findings: Sequence[Shown]) -> list[tuple[int, str]]:
    """Line and rule of each finding."""
    return [(shown.finding.line, shown.finding.rule.id) for shown in findings]


def _record(side: Side, kind: RecordKind, **fields: Any) -> Record:
    return Record(line=0, connection=0, side=side, kind=kind, **fields)
