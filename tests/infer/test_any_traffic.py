"""Whatever is said: a draft is made, nothing is wrong with its order, and outliers are named."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from infer.drafts import CLIENT, SERVER, Turn, gathered, recording, tagged

from schematic import Side
from schematic.compile import compile_endpoint
from schematic.compile.verify import Severity as Grade
from schematic.compile.verify import verify
from schematic_engine.conformance import Severity, examine
from schematic_engine.infer import definition_of

KINDS = (
    *("hello", "welcome", "settings", "say", "said", "flush", "flushed", "ping", "error"),
    *("bye", "final"),
)
KEYS = st.sampled_from([None, None, "a", "b", 1])


def body(kind: str, key: str | int | None) -> dict[str, Any]:
    """A message, with a key or without."""
    return tagged(kind) if key is None else tagged(kind, id=key)


SAID = st.builds(body, st.sampled_from(KINDS), KEYS) | st.just(b"x")
TALK = st.tuples(
    st.lists(st.tuples(st.sampled_from(Side), SAID), min_size=1, max_size=8),
    st.sampled_from(Side),
)


@settings(max_examples=100)
@given(st.lists(TALK, min_size=1, max_size=5))
def test_a_draft_accepts_what_it_was_made_of_or_says_where_it_does_not(
    talks: list[tuple[list[Turn], Side]],
) -> None:
    recordings = [recording(turns, ended_by=side) for turns, side in talks]
    definition = definition_of(gathered(*recordings))
    endpoint = compile_endpoint(definition.api.endpoint())
    assert [one for one in verify(endpoint) if one.severity is Grade.ERROR] == []
    told = " ".join(definition.endpoint_notes[endpoint.endpoint.id]["id",])
    for number, lines in enumerate(recordings):
        trace = examine(endpoint, "", (line.encode() for line in lines))
        errors = [one.finding for one in trace.findings if _is_error(one.finding)]
        assert bool(errors) == (f"{number}.jsonl line" in told)


def _is_error(finding: Any) -> bool:
    return finding.rule.severity is Severity.ERROR


def test_a_conversation_that_is_unlike_all_others_is_named_with_its_line() -> None:
    def asked(key: str) -> list[Turn]:
        return [
            (CLIENT, body("ask", key)),
            (SERVER, body("part", key)),
            (SERVER, body("over", key)),
        ]

    sound = recording([turn for key in "abcdefghijk" for turn in asked(key)])
    odd = recording([*asked("a"), (SERVER, body("part", "a"))])
    definition = definition_of(gathered(sound, odd))
    [remarks] = [notes["id",] for notes in definition.endpoint_notes.values()]
    assert remarks[-1] == (
        "1 of 2 conversations do not keep this order; they are wrong, or it is: "
        "1.jsonl line 5 (Part)."
    )
