"""How the cost of a message grows with whatever may be many: the curves of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from benchmarks import receiving
from benchmarks.carried import Note, Open
from benchmarks.ends import only, speech_ends
from benchmarks.measure import Run, timed
from benchmarks.traffic import frame, payload
from websockets.frames import Frame

from schematic import Channel, ConnectionLifecycle, Side
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.elevenlabs import AudioOutput
from schematic_definitions.shorthand import client_says, server_says
from schematic_engine.events import Message
from schematic_engine.session import Session

__all__ = ["CURVES", "Curve"]

_Peers: TypeAlias = Mapping[str, Run]


@dataclass(frozen=True, slots=True)
class Curve:
    """One picture.

    Attributes:
        name: what the command line calls it, and its file.
        title: its heading.
        axis: what grows, with its unit.
        points: how far.
        units: messages in one run, at a point.
        peers: what is run at a point, for that many units.
        steep: whether the cost grows so much that its axis has to be logarithmic too.
    """

    name: str
    title: str
    axis: str
    points: Sequence[float]
    units: Callable[[float], int]
    peers: Callable[[float, int], _Peers]
    steep: bool = False


def _by_size(size: float, units: int) -> _Peers:
    room = int(size) - len(b'{"audio":""}')
    peers = receiving.typed(b'{"audio":"' + b"QUJD" * (room // 4) + b'"}', units)
    return {name: peers[name] for name in _COMPARED if name in peers}


_COMPARED = (receiving.OURS, receiving.WEBSOCKETS, receiving.WSPROTO, receiving.ALONE)


def _by_batch(messages: float, units: int) -> _Peers:
    content = payload("audio_256.json")
    read = round(len(frame(content, is_text=True)) * messages)
    peers = receiving.typed(content, units, read)
    return {name: peers[name] for name in _COMPARED if name in peers}


def _by_connections(open_at_once: float, units: int) -> _Peers:
    """Each message comes on another connection, in a read of its own."""
    one = frame(payload("audio_256.json"), is_text=True)
    decode = msgspec.json.Decoder(AudioOutput).decode
    ours = [speech_ends()[0] for _ in range(int(open_at_once))]
    theirs = [receiving.open_websockets() for _ in ours]

    def hear(_: int) -> int:
        seen = 0
        for at in range(units):
            seen += len(ours[at % len(ours)].receive_data(one))
        return seen

    def hear_theirs(_: int) -> int:
        seen = 0
        for at in range(units):
            peer = theirs[at % len(theirs)]
            peer.receive_data(one)
            for received in peer.events_received():
                assert isinstance(received, Frame)
                decode(received.data)
                seen += 1
        return seen

    return {
        receiving.OURS: timed(int, hear, units),
        receiving.WEBSOCKETS: timed(int, hear_theirs, units),
    }


def _by_kinds(kinds: float, units: int) -> _Peers:
    """The last of so many kinds, told apart by a tag or by the fields that are there."""
    return {
        "told apart by a tag": _hears(_vocabulary(int(kinds), tagged=True), units),
        "told apart by their fields": _hears(_vocabulary(int(kinds), tagged=False), units),
    }


def _vocabulary(kinds: int, *, tagged: bool) -> tuple[CompiledEndpoint, list[bytes]]:
    structs = [
        msgspec.defstruct(
            f"Kind{number}",
            [(f"field_{number}", str), ("text", str)],
            frozen=True,
            tag=f"kind_{number}" if tagged else None,
        )
        for number in range(kinds)
    ]
    lifecycle = ConnectionLifecycle(server_messages=[server_says(kind, "") for kind in structs])
    last = msgspec.json.encode(structs[-1]("a", "The quick brown fox jumps. " * 8))
    return compile_endpoint(only(lifecycle)), [last]


def _hears(what: tuple[CompiledEndpoint, list[bytes]], units: int) -> Run:
    endpoint, said = what

    def hear(session: Session) -> int:
        seen = 0
        for at in range(units):
            seen += isinstance(session.receive(said[at % len(said)], is_text=True), Message)
        return seen

    return timed(lambda: Session(endpoint, Side.CLIENT), hear, units)


def _by_channels(channels: float, units: int) -> _Peers:
    """Each message comes on another channel."""
    note = server_says(Note, "")
    inside = ConnectionLifecycle(initialize=client_says(Open, ""), server_messages=[note])
    context = Channel(id="Context", key="context", lifecycle=inside)
    endpoint = compile_endpoint(only(ConnectionLifecycle(channels=[context])))
    session = Session(endpoint, Side.CLIENT)
    names = [f"c{number}" for number in range(int(channels))]
    for name in names:
        session.send(Open(name))
    said = [
        msgspec.json.encode(Note(name, "p", "The quick brown fox jumps. " * 7)) for name in names
    ]

    def hear(_: int) -> int:
        seen = 0
        for at in range(units):
            seen += isinstance(session.receive(said[at % len(said)], is_text=True), Message)
        return seen

    return {"on one of the channels": timed(int, hear, units)}


CURVES: dict[str, Curve] = {
    curve.name: curve
    for curve in (
        Curve(
            name="size",
            title="Receiving one message, by its size",
            axis="bytes of one JSON message",
            points=[4**power for power in range(2, 11)],
            units=lambda size: max(4, int(2_000_000 / (size + 1_000))),
            peers=_by_size,
            steep=True,
        ),
        Curve(
            name="batch",
            title="Receiving one message of 256 B, by how many come in one read",
            axis="messages in one read (0.5: every message comes in two reads)",
            points=[0.5, 1, 2, 4, 8, 16, 64, 256],
            units=lambda _: 1_500,
            peers=_by_batch,
            steep=True,
        ),
        Curve(
            name="connections",
            title="Receiving one message of 256 B, by how many connections take turns",
            axis="open connections",
            points=[1, 10, 100, 1_000],
            units=lambda _: 2_000,
            peers=_by_connections,
        ),
        Curve(
            name="vocabulary",
            title="Receiving one message of 256 B, by how many kinds there are",
            axis="kinds of message that the server may say",
            points=[1, 2, 4, 8, 16, 32, 64, 128],
            units=lambda _: 2_000,
            peers=_by_kinds,
        ),
        Curve(
            name="channels",
            title="Receiving one message of 256 B, by how many channels are open",
            axis="open channels on one connection",
            points=[1, 10, 100, 1_000, 10_000],
            units=lambda _: 2_000,
            peers=_by_channels,
        ),
    )
}
"""By name, in the order of the page."""
