"""What two versions say about the keys of the same channels: how many, and when again."""

from __future__ import annotations

from schematic.compile.body_types import lacks
from schematic.compile.diff.meeting import Meeting
from schematic.compile.scenario import Said, Step, told
from schematic.compile.table import ChannelTable
from schematic.compile.verify.place import KEY
from schematic.define import Side

__all__ = ["compare_keys"]

_SHOWN = 4
"""How many channels a chart opens before it says "and so on"."""


def compare_keys(meeting: Meeting, opener: Side) -> None:
    """Report channels that ``opener`` may open in ``meeting`` and the other side refuses."""
    mine, theirs = meeting.places[opener].spec, meeting.places[opener.other].spec
    openings = [(way, said) for way in meeting.ways.values() if (said := _first(way)) is not None]
    if mine is None or theirs is None or not openings:
        return  # the opening itself is refused
    for side in Side:
        _compare_defaults(meeting, side)
    _compare_unasked(meeting, opener, mine, theirs)
    _compare_limits(meeting, mine, theirs, openings[0][1])
    _compare_reuse(meeting, mine, theirs)


def _first(way: tuple[Step, ...]) -> Said | None:
    return next((step for step in way if isinstance(step, Said)), None)


def _compare_defaults(meeting: Meeting, speaker: Side) -> None:
    """A message of ``speaker``'s without a key, which is on another channel for who hears it."""
    here, there = meeting.places[speaker], meeting.places[speaker.other]
    assert here.spec is not None
    assert there.spec is not None
    meant, read = here.spec.key.default, there.spec.key.default
    if meant is None or meant == read:
        return
    me, other = meeting.names[speaker], meeting.names[speaker.other]
    outcome = f"{other} refuses it" if read is None else f"{read!r} to {other}"
    for joint, way in meeting.ways.items():
        for who, name, _ in here.table.choices(joint[0 if speaker is Side.CLIENT else 1]):
            if who is speaker and _may_have_no_key(meeting, here.spec, speaker, name):
                meeting.report(
                    name,
                    f"{me} may say {name} without a key, which means {meant!r} to it, "
                    f"and {outcome}",
                    (*way, *told([(speaker, name)])),
                    "it has no key",
                )
                return


def _may_have_no_key(meeting: Meeting, spec: ChannelTable, speaker: Side, name: str) -> bool:
    kind = meeting.ears[speaker].said[name]
    own = len(kind.channels) == len(meeting.places[speaker].numbers)
    written = kind.message.key if own else kind.message.outer_key
    path = tuple(written.split(".")) if written else spec.key.path(speaker)
    return name not in spec.keyless and path is not None and lacks(kind.message.schema, path)


def _compare_unasked(
    meeting: Meeting, opener: Side, mine: ChannelTable, theirs: ChannelTable
) -> None:
    """Channels that the side which answers opens by itself, and the opener expects to ask for."""
    for name in sorted(theirs.unasked - mine.unasked):
        asker, other = meeting.names[opener], meeting.names[opener.other]
        meeting.report(
            name,
            f"{asker} does not expect that {other} opens one of {mine.id} with {name}",
            (*told([(opener.other, name)], KEY),),
            "nobody has asked for it",
        )


def _compare_limits(
    meeting: Meeting, mine: ChannelTable, theirs: ChannelTable, opening: Said
) -> None:
    most = theirs.max_open
    if theirs.mixed or most is None or (mine.max_open is not None and mine.max_open <= most):
        return
    like = meeting.places[opening.side].key_like
    keys = [opening.key and like(key) for key in "abcde"[: min(most, _SHOWN) + 1]]
    steps = [step for key in keys for step in told([(opening.side, opening.message)], key)]
    limit = "any number" if mine.max_open is None else mine.max_open
    problem = f"at most {most} may be open at once"
    meeting.report(
        opening.message,
        f"{meeting.names[mine.opener]} may open {limit} of {mine.id}, and for "
        f"{meeting.names[mine.opener.other]} {problem}",
        tuple(steps),
        problem if most <= _SHOWN else f"and so on: {problem}",
    )


def _compare_reuse(meeting: Meeting, mine: ChannelTable, theirs: ChannelTable) -> None:
    for (client, server), way in meeting.ways.items():
        here, there = (client, server) if mine.opener is Side.CLIENT else (server, client)
        room = mine.max_open != 1 or mine.table.over(here)
        opening = _first(way)
        if opening and opening.key and room and mine.reusable(here) and not theirs.reusable(there):
            meeting.report(
                opening.message,
                f"{meeting.names[mine.opener]} may use a key of {mine.id} again before "
                f"{meeting.names[mine.opener.other]} is done with it",
                (*way, *told([(opening.side, opening.message)], opening.key)),
                "the key is still in use, or never used again",
            )
            return
