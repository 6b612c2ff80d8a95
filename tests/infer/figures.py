"""How well drafts judge: what they accept, and which mutations they refuse.

For each endpoint of which there are several recordings, every recording that the definition written
by hand accepts is left out once. A draft is made of the others, and has to accept the one left out,
without the messages of kinds that no other recording has. Then that conversation is changed by one
step, at random, with messages of known kinds only; of the changed ones that the definition written
by hand refuses, the draft should refuse most.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infer.endpoints import described, recordings
from msgspec import structs

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_engine.conformance import Judge, Record, RecordKind, Severity, read_trace
from schematic_engine.conformance.rules import OTHER_PATH
from schematic_engine.infer import Gathering, definition_of

Recording = tuple[Record, ...]

MUTATIONS = 400
"""Of all recordings of an endpoint together, each as many, but of none more than `_MOST`."""

_MOST = 80

_MESSAGES = (RecordKind.TEXT, RecordKind.BINARY)


@dataclass(slots=True)
class Figures:
    """What was counted for one endpoint.

    Attributes:
        recordings: those that the definition written by hand accepts.
        judged: those of them that the others have messages of.
        accepted: those that the draft of the others accepts.
        refused: the kinds of mutations, and of each how many the definition written by hand
            refuses, and how many of these the draft does.
        wrong: what drafts said against recordings that they should accept.
    """

    recordings: int
    judged: int
    accepted: int
    refused: dict[str, tuple[int, int]]
    wrong: list[str]

    @property
    def of(self) -> int:
        """How many mutations the definition written by hand refuses."""
        return sum(theirs for theirs, _ in self.refused.values())

    @property
    def found(self) -> int:
        """How many of them the drafts refuse."""
        return sum(ours for _, ours in self.refused.values())


def figures(name: str) -> Figures:
    """The figures of one endpoint."""
    endpoint = described(name)
    sound = {path: one for path in recordings(name) if _is_sound(endpoint, one := _read(path))}
    named = {path: list(_named(endpoint, one)) for path, one in sound.items()}
    counted = Figures(len(sound), 0, 0, {}, [])
    for path, whole in named.items():
        others = {other: one for other, one in sound.items() if other != path}
        known = {(one.side, ident) for other in others for one, ident in named[other]}
        kept = tuple(one for one, ident in whole if not ident or (one.side, ident) in known)
        if any(one.kind in _MESSAGES for one in kept) and _is_sound(endpoint, kept):
            times = min(_MOST, MUTATIONS // len(sound))
            _count(counted, endpoint, _LeftOut(path, kept, others, times))
    return counted


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """A recording that is left out: what is kept of it, the others, and how often to change it."""

    path: Path
    kept: Recording
    others: Mapping[Path, Recording]
    mutations: int


def _count(counted: Figures, endpoint: CompiledEndpoint, left_out: _LeftOut) -> None:
    """Count what a draft of the others makes of what is kept of a recording."""
    path, kept, others = left_out.path, left_out.kept, left_out.others
    counted.judged += 1
    draft = _drafted(others, kept)
    wrong = _errors(draft, kept)
    counted.accepted += not wrong
    counted.wrong += [f"{path.stem}: {one}" for one in wrong]
    if wrong:
        return
    chance = random.Random(path.stem)
    pool = [one for some in others.values() for one in some if one.kind in _MESSAGES]
    seen: set[tuple[object, ...]] = set()
    for _ in range(left_out.mutations):
        kind, changed = _mutated(chance, kept, pool)
        key = tuple((one.side, one.kind, one.payload) for one in changed)
        if key in seen or _is_sound(endpoint, changed):
            continue
        seen.add(key)
        theirs, ours = counted.refused.get(kind, (0, 0))
        counted.refused[kind] = theirs + 1, ours + (not _is_sound(draft, changed))


def _read(path: Path) -> Recording:
    with path.open("rb") as lines:
        return tuple(one for one in read_trace(lines) if isinstance(one, Record))


def _drafted(others: Mapping[Path, Recording], kept: Recording) -> CompiledEndpoint:
    """The endpoint of a draft that the conversation is with."""
    gathering = Gathering()
    for path, records in others.items():
        gathering.add(path.name, records)
    api = definition_of(gathering).api
    drafts = [compile_endpoint(api.endpoint(one.id)) for one in api.endpoints]
    return next(
        (one for one in drafts if not any(_is_elsewhere(one, kept))),
        drafts[0],
    )


def _is_elsewhere(endpoint: CompiledEndpoint, records: Recording) -> Iterator[bool]:
    judge = Judge(endpoint)
    for record in records:
        for finding in judge.feed(record).findings:
            yield finding.rule is OTHER_PATH


def _errors(endpoint: CompiledEndpoint, records: Recording) -> list[str]:
    """The errors in a recording, connection by connection."""
    judges: dict[int, Judge] = {}
    found: list[str] = []
    for record in records:
        judge = judges.get(record.connection)
        if judge is None or (record.kind is RecordKind.OPEN and judge.has_begun):
            judge = judges[record.connection] = Judge(endpoint, record.connection)
        found += [
            f"line {finding.line}: {finding.text}"
            for finding in judge.feed(record).findings
            if finding.rule.severity is Severity.ERROR
        ]
    return found


def _is_sound(endpoint: CompiledEndpoint, records: Recording) -> bool:
    return not _errors(endpoint, records)


def _named(endpoint: CompiledEndpoint, records: Recording) -> Iterator[tuple[Record, str]]:
    """Each record, with what the definition written by hand calls it."""
    judges: dict[int, Judge] = {}
    for record in records:
        if record.connection not in judges:
            judges[record.connection] = Judge(endpoint, record.connection)
        yield record, judges[record.connection].feed(record).message


# ------------------------------------------------------------------------------------- mutations


def _mutated(
    chance: random.Random, records: Recording, pool: Sequence[Record]
) -> tuple[str, Recording]:
    """The conversation with one step dropped, said twice, swapped, moved or put in."""
    said = [number for number, one in enumerate(records) if one.kind in _MESSAGES]
    kind = chance.choice(list(_MUTATIONS))
    return kind, _MUTATIONS[kind](chance, list(records), said, pool)


def _drop(
    chance: random.Random, records: list[Record], said: list[int], pool: Sequence[Record]
) -> Recording:
    del pool
    del records[chance.choice(said)]
    return tuple(records)


def _duplicate(
    chance: random.Random, records: list[Record], said: list[int], pool: Sequence[Record]
) -> Recording:
    del pool
    at = chance.choice(said)
    return (*records[:at], records[at], *records[at:])


def _swap(
    chance: random.Random, records: list[Record], said: list[int], pool: Sequence[Record]
) -> Recording:
    del pool
    at = chance.randrange(max(1, len(said) - 1))
    first, second = said[at], said[min(at + 1, len(said) - 1)]
    records[first], records[second] = records[second], records[first]
    return tuple(records)


def _move(
    chance: random.Random, records: list[Record], said: list[int], pool: Sequence[Record]
) -> Recording:
    del pool
    to = chance.choice(said)
    records.insert(to, records.pop(chance.choice(said)))
    return tuple(records)


def _insert(
    chance: random.Random, records: list[Record], said: list[int], pool: Sequence[Record]
) -> Recording:
    one = structs.replace(chance.choice(pool), connection=records[said[0]].connection)
    at = chance.choice([*said, said[-1] + 1])
    return (*records[:at], one, *records[at:])


_Mutation = Callable[[random.Random, list[Record], list[int], Sequence[Record]], Recording]
_MUTATIONS: Mapping[str, _Mutation] = {
    "drop": _drop,
    "duplicate": _duplicate,
    "swap": _swap,
    "move": _move,
    "insert": _insert,
}


HEAD = (
    "| endpoint | recordings | left out and accepted | mutations refused |",
    "|---|---|---|---|",
)


def rows(counted: Mapping[str, Figures]) -> list[str]:
    """The figures as the lines of a table of Markdown."""
    of = sum(one.of for one in counted.values())
    found = sum(one.found for one in counted.values())
    accepted = sum(one.accepted for one in counted.values())
    judged = sum(one.judged for one in counted.values())
    recorded = sum(one.recordings for one in counted.values())
    return [
        *HEAD,
        *(row(name, one) for name, one in counted.items()),
        f"| all | {recorded} | {accepted} of {judged} | {_share(found, of)} |",
    ]


def row(name: str, one: Figures) -> str:
    """The line of one endpoint."""
    accepted = f"{one.accepted} of {one.judged}"
    return f"| {name} | {one.recordings} | {accepted} | {_share(one.found, one.of)} |"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "none"


def written(page: str, lines: Sequence[str]) -> str:
    """``page`` with these lines in the place of its table."""
    before, head, rest = page.partition(HEAD[0])
    assert head, "the page has no table"
    return before + "\n".join(lines) + rest[rest.index("\n\n") :]
