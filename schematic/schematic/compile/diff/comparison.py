"""`compatible`: both peerings of two versions of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schematic.compile.diff.differences import Difference, Effect, Peering
from schematic.compile.diff.hearing import Ears
from schematic.compile.diff.keys import compare_keys
from schematic.compile.diff.meeting import Joint, Meeting
from schematic.compile.diff.request import compare_requests
from schematic.compile.endpoint import CompiledEndpoint
from schematic.compile.table import ChannelTable, State, Table
from schematic.compile.verify.place import Place
from schematic.define import Side

__all__ = ["compatible"]


def compatible(old: CompiledEndpoint, new: CompiledEndpoint) -> tuple[Peering, Peering]:
    """Compare two versions of an endpoint.

    Timers are not compared: they bind their owner alone. Neither are close codes.

    Args:
        old: the version that some peers still speak.
        new: the version that others speak already.

    Returns:
        What comes of an old client at a new server, and of a new client at an old server.
    """
    return _peering("old", old, "new", new), _peering("new", new, "old", old)


def _peering(
    client: str, client_endpoint: CompiledEndpoint, server: str, server_endpoint: CompiledEndpoint
) -> Peering:
    endpoints = {Side.CLIENT: client_endpoint, Side.SERVER: server_endpoint}
    names = {Side.CLIENT: f"the {client} client", Side.SERVER: f"the {server} server"}
    found = [
        *compare_requests(client_endpoint, server_endpoint),
        *_conversation(endpoints, names),
    ]
    breaks = [one for one in found if one.effect is Effect.BREAKS]
    ignored = [one for one in found if one.effect is Effect.IGNORED]
    return Peering(client, server, (*breaks, *ignored))


def _conversation(
    endpoints: Mapping[Side, CompiledEndpoint], names: Mapping[Side, str]
) -> Iterator[Difference]:
    """The differences on the connection, then those on its channels."""
    ears = {side: Ears(side, endpoints[side], endpoints[side.other]) for side in Side}
    places = {side: Place(one, one.table) for side, one in endpoints.items()}
    connection = Meeting(places, ears, names)
    yield from _with_channels(connection)


def _with_channels(meeting: Meeting) -> Iterator[Difference]:
    """The differences in a meeting, then those on the channels within it."""
    yield from meeting.differences
    for opener in Side:
        for number, spec in enumerate(meeting.table(opener).channels):
            if spec.opener is opener:
                yield from _channel(meeting, opener, number)


def _channel(outer: Meeting, opener: Side, number: int) -> Iterator[Difference]:
    """The differences on the channels of one kind, by its number at who opens them."""
    numbers = {opener: number, opener.other: _counterpart(outer, opener, number)}
    carrying = None if -1 in numbers.values() else _carrying(outer, numbers)
    if carrying is None:
        return  # it never comes to that, for a reason that the differences around it give
    places = {side: place.inner[numbers[side]] for side, place in outer.places.items()}
    before = (*outer.before, *outer.ways[carrying])
    meeting = Meeting(places, outer.ears, outer.names, before, (outer, carrying))
    compare_keys(meeting, opener)
    yield from _with_channels(meeting)


def _counterpart(outer: Meeting, opener: Side, number: int) -> int:
    """The number of the channels that the other side takes it to open; -1 if it takes it for none.

    Ids of channels are not on the wire, the messages that open them are.
    """
    speaker, listener = (outer.table(side) for side in (opener, opener.other))
    depth = len(outer.places[opener.other].numbers)
    opens = _openings(speaker.channels[number], opener)
    expected = {name for spec in listener.channels for name in _openings(spec, opener)}
    heard = (
        taken.kind.channels[depth]
        for name in opens
        for taken in outer.ears[opener].take(name, opens, expected)
        if taken.kind is not None and len(taken.kind.channels) > depth
    )
    return max(heard, default=-1)


def _openings(spec: ChannelTable, opener: Side) -> frozenset[str]:
    return frozenset(name for side, name, _ in spec.table.steps(spec.table.start) if side is opener)


def _carrying(outer: Meeting, numbers: Mapping[Side, int]) -> Joint | None:
    """The nearest state in which both sides may speak on these channels; None if there is none."""

    def carries(joint: Joint) -> bool:
        return all(
            _speaks(outer.table(side), state, speaker, numbers[side])
            for side, state in zip(Side, joint, strict=True)
            for speaker in Side
        )

    return next((joint for joint in outer.ways if carries(joint)), None)


def _speaks(table: Table, state: State, speaker: Side, number: int) -> bool:
    """Whether ``speaker`` may speak on a channel as far as the outer order goes, if ever."""
    ever = any(m.channel == number for row in table.rows(speaker) for m in row.moves.values())
    moves = table.row(state, speaker).moves.values()
    return not ever or any(m.channel == number and m.legal(state[2]) for m in moves)
