"""A finding as a Python program of its own: `as_script`.

It needs the library `websockets` and nothing else, plays the conversation again, and exits with 1
while the fault is there, with 0 when it is not, and with 2 if it cannot be tried. Everything that
comes from a description or from the other side stands in it as a literal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.conformance import Record, RecordKind
from schematic_engine.frames import masked, unmasked
from schematic_engine.hiding import HIDDEN
from schematic_engine.keyed import Keys
from schematic_engine.probing.planning.plan import Flaw
from schematic_engine.probing.reporting.likeness import likeness, telling_of
from schematic_engine.probing.reporting.misfits import with_misfit
from schematic_engine.probing.reporting.report import ProbeFinding
from schematic_engine.probing.reporting.script_text import AS_CLIENT, AS_SERVER, BODY
from schematic_engine.probing.rules import CLOSE_UNANSWERED, UNREACHABLE
from schematic_engine.probing.talking.outcome import Evidence

__all__ = ["Place", "as_script"]

_NO_MASK = b"\0\0\0\0"
_VARIABLE = "SCHEMATIC_SECRET"
"""Where the description names no environment variable."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a script plays its conversation.

    Attributes:
        url: where to connect to, or to listen.
        headers: header lines of the request; secrets are redacted.
        subprotocols: what is offered, likewise, or understood.
        variables: the environment variables that may hold the secret.
        username: the user name that goes with the secret, if there is one.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    username: str | None = None


def as_script(
    finding: ProbeFinding, endpoint: CompiledEndpoint, prober: Side, place: Place, patience: float
) -> str:
    """The program that shows ``finding``.

    Args:
        finding: what was found.
        endpoint: what is spoken.
        prober: the side that the program speaks for.
        place: where.
        patience: seconds in which what is due has to come.
    """
    constants = {
        "FAULT": f"{finding.rule.id}: {finding.text}",
        "EXPECTED": finding.expected,
        "URL": place.url,
        "HEADERS": dict(place.headers),
        "SUBPROTOCOLS": list(place.subprotocols),
        "USERNAME": place.username,
        "PATIENCE": patience,
        "END": _end(finding, endpoint, prober),
    }
    played = list(_lines(finding, endpoint, prober))
    needed = HIDDEN in repr((place.url, place.headers, place.subprotocols, played))
    constants["SECRET"] = (HIDDEN, *(place.variables or (_VARIABLE,))) if needed else ()
    told = [f"{name} = {value!a}" for name, value in constants.items()]
    lines = "".join(f"    {line!a},\n" for line in played)
    told.append(f"LINES = [\n{lines}]")
    frame = AS_CLIENT if prober is Side.CLIENT else AS_SERVER
    return BODY.replace("# CONSTANTS\n", "\n".join(told) + "\n").replace("# FRAME\n", frame)


def _lines(
    finding: ProbeFinding, endpoint: CompiledEndpoint, prober: Side
) -> Iterable[tuple[str, object]]:
    """What is said and heard, in order."""
    used = {key for say in finding.plan.says for key in _keys_of(say.keys)}
    telling = telling_of(endpoint, prober.other, used)
    records = [one for one in finding.conversation if one.is_message]
    raw = finding.flaw is Flaw.AFTER_CLOSE
    last_said = max((n for n, one in enumerate(records) if one.side is prober), default=-1)
    for number, record in enumerate(records):
        if record.side is not prober:
            is_last = number == len(records) - 1 and finding.evidence is Evidence.SAID
            seen = likeness(_payload(record), telling, whole=is_last)
            if is_last:
                seen = with_misfit(seen, endpoint, prober.other, finding.message, _payload(record))
            yield "hear", seen
        elif raw and number == last_said:
            yield "raw", _after_the_end(_payload(record), prober)
        else:
            yield "say", _payload(record)


def _payload(record: Record) -> str | bytes:
    assert record.payload is not None
    return record.payload


def _after_the_end(payload: str | bytes, prober: Side) -> bytes:
    """A close frame with 1000, and behind it a message, as bytes on the wire."""
    is_text = isinstance(payload, str)
    content = payload.encode() if isinstance(payload, str) else payload
    if prober is Side.SERVER:
        return b"\x88\x02\x03\xe8" + unmasked(content, is_text)
    return b"\x88\x82" + _NO_MASK + b"\x03\xe8" + masked(iter((_NO_MASK,)))(content, is_text)


def _end(finding: ProbeFinding, endpoint: CompiledEndpoint, prober: Side) -> tuple[object, ...]:
    """By what the fault shows after all that."""
    telling = telling_of(endpoint, prober.other)
    awaited = [likeness(one, telling, whole=False) for one in finding.awaited]
    if finding.rule is UNREACHABLE:
        return ("unreachable",)
    if finding.evidence is Evidence.SAID:
        return ("said",)
    if finding.rule is CLOSE_UNANSWERED:
        return ("close unanswered",)
    if finding.evidence is Evidence.CLOSED:
        return ("closed", _code(finding.conversation, prober.other), *awaited)
    return ("missing", *awaited) if awaited else ("open",)


def _keys_of(keys: Keys | None) -> tuple[object, ...]:
    return keys if isinstance(keys, tuple) else (keys,) if keys is not None else ()


def _code(records: Iterable[Record], side: Side) -> int:
    """The code with which ``side`` closed."""
    closes = (one for one in records if one.kind is RecordKind.CLOSE and one.side is side)
    return next((one.code for one in closes), 1006)
