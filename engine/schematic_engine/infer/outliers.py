"""Which conversations do not keep the order of the draft that was made of them.

A rule is believed when nearly all conversations keep it, so some may not: they are outliers, or the
rule is wrong. Whoever reads the draft has to know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance import Judge, Record, RecordKind, Severity
from schematic_engine.infer.conversations import Conversation

__all__ = ["outliers"]


def outliers(
    endpoint: CompiledEndpoint, conversations: Sequence[Conversation]
) -> Iterator[tuple[Conversation, int, str]]:
    """Each conversation that ``endpoint`` refuses: it, the first line of that, and the message.

    The message is empty where it is none that the endpoint knows.
    """
    for talk in conversations:
        if not talk.in_order:
            continue
        judge = Judge(endpoint)
        for record in _records(talk):
            verdict = judge.feed(record)
            if any(one.rule.severity is Severity.ERROR for one in verdict.findings):
                yield talk, record.line, verdict.message
                break


def _records(talk: Conversation) -> Iterator[Record]:
    """A conversation as the checker reads it."""
    opened = RecordKind.OPEN
    first = talk.said[0] if talk.said else None
    if first is not None:
        yield Record(
            line=first.line, connection=0, side=first.side, kind=opened, target=talk.target
        )
    for one in talk.said:
        kind = RecordKind.TEXT if isinstance(one.payload, str) else RecordKind.BINARY
        yield Record(line=one.line, connection=0, side=one.side, kind=kind, payload=one.payload)
