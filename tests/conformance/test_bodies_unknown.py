"""Messages that are not recorded in full, or redacted: said to be undecidable, accusing nobody."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_lifecycle
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.machine import Machine
from support.lifecycles import asked, bound, channelled, lifecycles
from support.recordings import found, judged, line, opened, said
from support.walks import body, sayable

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")
CLIENT, SERVER = Side
HIDDEN = "[redacted]"


def hide(told: str, way: str) -> str:
    """A message of a recording without its body, with a part of it, or with its tag hidden."""
    read = json.loads(told)
    if way == "missing":
        return json.dumps({key: read[key] for key in ("conn", "dir", "kind")} | {"truncated": True})
    if way == "cut":
        return json.dumps(read | {"data": read["data"][:-3], "truncated": True})
    return json.dumps(read | {"data": json.dumps(json.loads(read["data"]) | {"type": HIDDEN})})


@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_a_legal_conversation_of_which_any_bodies_are_unknown_is_clean(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    machine = Machine(compile_lifecycle(lifecycle))
    lines = [opened()] if data.draw(st.booleans()) else []
    for _ in range(data.draw(st.integers(1, 10))):
        legal = [(side, one) for side in Side for one in sayable(machine, side)]
        if not legal:
            break
        side, (name, key) = data.draw(st.sampled_from(legal))
        step = machine.move(side, name, key)
        assert step is not None
        machine.apply(side, step)
        told = said(side, {"type": name, **body(key)})
        way = data.draw(st.sampled_from(["", "missing", "cut", "hidden"]))
        lines.append(hide(told, way) if way else told)
    assert found(judged(bound(lifecycle), lines)) == []


@pytest.mark.parametrize("way", ["missing", "cut"])
def test_what_is_unknown_is_said_once_and_what_no_reading_allows_is_still_found(way: str) -> None:
    init, text, close = {"text": " "}, {"text": "Hi "}, {"text": ""}
    unknown = hide(said(CLIENT, text), way)
    lines = [opened(), said(CLIENT, init), unknown, unknown, said(CLIENT, close)]
    trace = judged(SPEECH, [*lines, said(CLIENT, text)])
    assert found(trace, notes=True) == [(3, "SCH-906"), (6, "SCH-101"), (6, "SCH-903")]


def test_what_may_have_been_the_close_message_leaves_all_possible() -> None:
    init, text = {"text": " "}, {"text": "Hi "}
    hidden = said(CLIENT, {"text": HIDDEN})
    assert found(judged(SPEECH, [opened(), said(CLIENT, init), hidden, said(CLIENT, text)])) == []
    assert found(judged(SPEECH, [opened(), hidden, said(CLIENT, init)])) == []


def test_a_hidden_secret_that_tells_nothing_costs_nothing() -> None:
    init = {"text": " ", "xi-api-key": HIDDEN}
    lines = [opened(), said(CLIENT, init), said(CLIENT, {"text": ""}), said(CLIENT, {"text": "Hi"})]
    assert found(judged(SPEECH, lines), notes=True) == [(4, "SCH-101"), (4, "SCH-903")]


def test_a_body_that_does_not_fit_since_it_was_redacted_is_undecided() -> None:
    init = {"text": " ", "try_trigger_generation": HIDDEN}
    trace = judged(SPEECH, [opened(), said(CLIENT, init)])
    assert found(trace, notes=True) == [(2, "SCH-906"), (2, "SCH-903")]


def test_a_hidden_key_makes_no_channel_suspicious() -> None:
    endpoint = graphql_transport_ws().endpoint()
    lines = [
        opened(),
        said(CLIENT, {"type": "connection_init"}),
        said(SERVER, {"type": "connection_ack"}),
        said(CLIENT, {"type": "subscribe", "id": HIDDEN, "payload": {"query": "{a}"}}),
        said(SERVER, {"type": "next", "id": "1", "payload": {"data": {}}}),
    ]
    assert found(judged(endpoint, lines)) == []


def test_a_redacted_text_that_is_no_json_is_undecided_too() -> None:
    assert found(judged(SPEECH, [opened(), said(CLIENT, HIDDEN)]), notes=True) == [
        (2, "SCH-906"),
        (2, "SCH-903"),
    ]


def test_a_redacted_parameter_is_not_held_against_the_client() -> None:
    path = "/v1/text-to-speech/v/stream-input?output_format=[redacted]"
    lines = [line("open", CLIENT, path=path), said(CLIENT, {"text": " "})]
    assert found(judged(SPEECH, lines)) == []
