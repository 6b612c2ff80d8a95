"""Playbooks are held to their description when they are made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Judge, Record, RecordKind, Severity
from schematic_engine.conformance.examples import captions
from schematic_engine.playbook import (
    ANY,
    SOME,
    Playbook,
    PlaybookError,
    Step,
    client,
    exactly,
    matching,
    server,
)
from support.scripts import scripts
from support.staged import played

LIVE = captions().endpoint("Live")
START, STOP = client.says("Start"), client.says("Stop")


@settings(max_examples=30)
@given(scripts())
def test_what_a_legal_script_plays_is_accepted_by_the_judge(book: Playbook) -> None:
    judge = Judge(book.endpoint)
    judge.feed(Record(line=0, connection=0, side=Side.SERVER, kind=RecordKind.ACCEPTED))
    for number, seen in enumerate(played(book).players[Side.CLIENT].seen, 1):
        found = judge.feed(
            Record(
                line=number,
                connection=0,
                side=seen.side,
                kind=RecordKind.TEXT,
                payload=seen.payload,
            )
        ).findings
        assert [one for one in found if one.rule.severity is Severity.ERROR] == []


@settings(max_examples=30)
@given(scripts(), st.data())
def test_a_step_that_is_taken_out_is_missed_only_by_what_needs_it(
    book: Playbook, data: st.DataObject
) -> None:
    """Whatever a changed script says, it is refused, or plays to its end."""
    if not book.steps:
        return
    number = data.draw(st.integers(0, len(book.steps) - 1))
    steps = (*book.steps[:number], *book.steps[number + 1 :])
    try:
        changed = Playbook(book.endpoint, *steps)
    except PlaybookError:
        return
    ends = played(changed)
    assert all(ends.difference(side) is None for side in Side)


@pytest.mark.parametrize(
    ("steps", "step", "words"),
    [
        ([STOP], 1, ["illegal here", "SCH-101", "Legal there from the client: Start", "repair"]),
        ([START, client.says("Lime")], 2, ["no message of the client 'Lime'", "mean Line?"]),
        ([START, client.says("Caption")], 2, ["only the server says Caption"]),
        ([START, client.says("Line", {"txt": ""})], 2, ["no field txt"]),
        ([START, client.says("Line", {"text": 5})], 2, ["Expected `str`"]),
        ([client.says("Start", violates="SCH-101")], 1, ["said to violate SCH-101", "no rule"]),
        ([client.says("Stop", violates="SCH-202")], 1, ["but it breaks SCH-101"]),
        ([client.says("Stop", violates="SCH-999")], 1, ["no rule 'SCH-999'", "SCH-101"]),
        ([START, client.sends("{}")], 2, ["SCH-201", "violates SCH-201"]),
        ([client.closes(), START], 2, ["closed before it"]),
        ([client.closes(999)], 1, ["999"]),
        ([START, client.says("Stop", after=-1)], 2, ["no delay"]),
        ([START, client.says("Stop", after=float("nan"))], 2, ["no delay"]),
        ([START, client.says("Line", times=SOME), client.says("Line")], 3, ["told from"]),
        ([START, server.says("Failure", {"code": 4000}), server.closes(4001)], 3, ["SCH-303"]),
    ],
)
def test_a_script_that_drifts_from_its_description_is_refused(
    steps: list[Step], step: int, words: list[str]
) -> None:
    with pytest.raises(PlaybookError) as caught:
        Playbook(LIVE, *steps, name="drifts.play")
    assert caught.value.place == f"drifts.play, step {step}"
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "steps",
    [
        [client.says("Stop", violates="SCH-101")],
        [START, client.sends("{}", violates="SCH-201")],
        [START, client.sends("nonsense", violates="SCH-203")],
        [START, client.sends('{"type":"line"}', violates="SCH-202")],
        [START, server.says("Failure", {"code": 4000}), server.closes(4001, violates="SCH-303")],
        [START, client.says("Line", {"text": matching("a+")}), STOP],
        [START, client.says("Line", exactly({"type": "line", "text": ANY}))],
        [START, client.sends('{"type":"line","text":"raw"}'), client.closes(None)],
    ],
)
def test_what_is_wrong_on_purpose_or_left_open_is_accepted(steps: list[Step]) -> None:
    assert Playbook(LIVE, *steps).steps


def test_a_recording_is_what_it_is() -> None:
    assert Playbook(LIVE, STOP, checked=False).steps[0].place == "playbook, step 1"


def test_what_stands_in_the_path_is_a_parameter_too() -> None:
    speech = elevenlabs().endpoint("StreamTextToSpeech")
    assert Playbook(speech, params={"voice_id": "rachel"}).values == {"voice_id": "rachel"}


def test_who_rejects_says_nothing_else() -> None:
    assert Playbook(LIVE, rejects=401).rejects == 401
    for steps, status in (([START], 401), ([], 200)):
        with pytest.raises(PlaybookError, match="300 to 599, and says nothing else"):
            Playbook(LIVE, *steps, rejects=status)


def test_a_parameter_that_there_is_not_is_refused() -> None:
    with pytest.raises(PlaybookError, match="no connection parameter 'rom'; did you mean room"):
        Playbook(LIVE, START, params={"rom": "7"})
    assert Playbook(LIVE, START, params={"room": "7", "speed": ANY}).values == {"room": "7"}
