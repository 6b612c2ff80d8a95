"""Definitions as plain data, and back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import (
    Condition,
    ConnectionLifecycle,
    Constraint,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    Side,
    Timer,
    WebSocketApi,
)
from schematic.interchange.description import (
    api_from_data,
    endpoint_from_data,
    lifecycle_from_data,
    lifecycle_to_data,
    to_data,
    types_of,
)
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs
from support.bundled import bundled
from support.definitions import an_api, an_endpoint, param
from support.descriptions import apis, endpoints
from support.lifecycles import bound, message

CLIENT = MessageDirection.CLIENT_TO_SERVER


@pytest.fixture(params=bundled(), ids=lambda api: api.name)
def api(request: pytest.FixtureRequest) -> WebSocketApi:
    found: WebSocketApi = request.param
    return found


def through_json(data: object) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


def test_every_bundled_api_reads_back_as_itself(api: WebSocketApi) -> None:
    assert api_from_data(through_json(to_data(api)), types_of(api)) == api


def test_every_bundled_endpoint_reads_back_as_itself(api: WebSocketApi) -> None:
    for endpoint in api.endpoints:
        types = types_of(endpoint)
        assert endpoint_from_data(through_json(to_data(endpoint)), types) == endpoint
        lifecycle = endpoint.lifecycle
        data = through_json(lifecycle_to_data(lifecycle, types))
        assert lifecycle_from_data(data, types) == lifecycle


@settings(max_examples=25)
@given(apis())
def test_any_api_with_any_text_reads_back_as_itself(api: WebSocketApi) -> None:
    assert api_from_data(through_json(to_data(api)), types_of(api)) == api


def test_data_without_docs_says_the_same_to_machines(api: WebSocketApi) -> None:
    data = to_data(api, docs=False)
    assert "description" not in json.dumps([data["endpoints"][0]["lifecycle"]])
    assert "docs_url" not in data
    read = api_from_data(through_json(data), types_of(api))
    assert to_data(read, docs=False) == data


def test_a_message_is_described_once_and_is_its_id_elsewhere() -> None:
    both = MessageSchema(id="Ping", direction=MessageDirection.BIDIRECTIONAL, schema=Schema("Ping"))
    lifecycle = ConnectionLifecycle(streaming_messages=[both], server_messages=[both])
    assert lifecycle_to_data(lifecycle) == {
        "messages": {"Ping": {"direction": "bidirectional", "schema": {"name_only": "Ping"}}},
        "streaming_messages": ["Ping"],
        "server_messages": ["Ping"],
    }


def test_the_two_ways_to_write_an_opening_stay_apart() -> None:
    alone = ConnectionLifecycle(initialize=message("Hello", Side.CLIENT))
    listed = ConnectionLifecycle(initialize=[message("Hello", Side.CLIENT)])
    assert lifecycle_to_data(alone)["initialize"] == "Hello"
    assert lifecycle_to_data(listed)["initialize"] == ["Hello"]
    for lifecycle in (alone, listed):
        assert lifecycle_from_data(lifecycle_to_data(lifecycle), types_of(lifecycle)) == lifecycle


def test_a_condition_that_names_a_parameter_twice_keeps_both_terms() -> None:
    twice = Condition((("speed", (1, 2)), ("speed", (2,))))
    api = an_api(
        an_endpoint(
            param("speed", ParamType.INTEGER), constraints=[Constraint.needs("speed", twice)]
        )
    )
    assert api_from_data(through_json(to_data(api)), types_of(api)) == api


@pytest.mark.parametrize("body", ["a word", 3, 2.5, True, (1, "a"), b"\xff", frozenset({1})])
def test_what_a_timer_says_reads_back_whatever_its_type(body: object) -> None:
    timer = Timer.idle(5, owner=Side.CLIENT, of=Side.SERVER, message="Say", body=body)
    said = MessageSchema(id="Say", direction=CLIENT, schema=Schema("Say"))
    lifecycle = ConnectionLifecycle(streaming_messages=[said], timers=[timer])
    read = lifecycle_from_data(through_json(lifecycle_to_data(lifecycle)), {})
    assert read == lifecycle
    assert type(read.timers[0].body) is type(body)


# Names of types


def test_types_of_one_name_are_told_apart_by_their_endpoints() -> None:
    types = types_of(deepgram())
    assert {"ListenV1Configure", "ListenV2Configure", "SpeakV2Configure", "Results"} <= set(types)
    assert "Configure" not in types


@settings(max_examples=10)
@given(apis())
def test_every_type_has_one_name(api: WebSocketApi) -> None:
    types = types_of(api)
    assert len(set(types.values())) == len(types)
    assert all(name.isidentifier() for name in types)
    assert types == types_of(api)


def test_types_of_one_name_in_one_endpoint_are_numbered() -> None:
    bodies = [msgspec.defstruct("Same", [("a", int)], tag=tag, frozen=True) for tag in "xyz"]
    said = [
        MessageSchema(id=f"Say{number}", direction=CLIENT, schema=Schema(body))
        for number, body in enumerate(bodies)
    ]
    api = an_api(an_endpoint(lifecycle=ConnectionLifecycle(streaming_messages=said)))
    assert list(types_of(api)) == ["TalkSame", "TalkSame2", "TalkSame3"]


def test_a_reader_may_give_the_names_types_of_its_own() -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[message("Say", Side.CLIENT)])
    other = msgspec.defstruct("Other", [], frozen=True)
    read = lifecycle_from_data(lifecycle_to_data(lifecycle), {"Say": other})
    assert read.streaming_messages[0].schema == Schema(other)


def test_a_writer_may_name_the_types_itself() -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[message("Say", Side.CLIENT)])
    body = lifecycle.streaming_messages[0].schema.body
    data = lifecycle_to_data(lifecycle, {"Spoken": body})
    assert data["messages"]["Say"]["schema"] == {"type": "Spoken"}


# What is refused


def test_a_type_without_a_name_cannot_be_written() -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[message("Say", Side.CLIENT)])
    with pytest.raises(DefinitionError, match="the body Say has no name; give types="):
        lifecycle_to_data(lifecycle, {})


def test_a_name_without_a_type_cannot_be_read() -> None:
    endpoint = elevenlabs().endpoint("StreamTextToSpeech").endpoint
    types = types_of(endpoint)
    del types["SendText"]
    with pytest.raises(
        DefinitionError,
        match=r"^lifecycle\.messages\.SendText\.schema\.type: there is no type 'SendText' among",
    ):
        endpoint_from_data(to_data(endpoint), types)


def test_what_has_no_json_form_cannot_be_written() -> None:
    timer = Timer.idle(5, body=object())
    with pytest.raises(DefinitionError, match="has no JSON form that reads back as the same"):
        to_data(bound(ConnectionLifecycle(timers=[timer])).endpoint)


def test_what_is_no_unicode_text_cannot_be_written() -> None:
    with pytest.raises(DefinitionError, match=r"^endpoints\[0\]\.description: .*not Unicode text"):
        to_data(an_api(an_endpoint(description="\ud800")))


SAY = {"direction": "client-to-server", "schema": {"name_only": "Say"}}


def lifecycle_with(**fields: Any) -> dict[str, Any]:
    return {"messages": {"Say": SAY}, "streaming_messages": ["Say"], **fields}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], r"^\[\] is not an object"),
        (lifecycle_with(extra=1), "^there is no field 'extra'. There are: initialize, streaming"),
        (lifecycle_with(close="Bye"), "^close: there is no message 'Bye'. There are: Say"),
        (lifecycle_with(streaming_messages=[]), r"^messages\.Say: nothing refers to it"),
        (lifecycle_with(streaming_messages="Say"), "^streaming_messages: 'Say' is not a list"),
        (lifecycle_with(streaming_messages=[1]), r"^streaming_messages\[0\]: 1 is not the id of a"),
        (lifecycle_with(messages={"Say": {**SAY, "id": "Say"}}), r"^messages\.Say: its key is its"),
        (lifecycle_with(messages={"Say": []}), r"^messages\.Say: \[\] is not an object"),
        (lifecycle_with(messages={"Say": {}}), r"^messages\.Say: direction is missing"),
        (lifecycle_with(messages={"Say": {**SAY, "final": 1}}), "final: 1 is not true or false"),
        (lifecycle_with(messages={"Say": {**SAY, "direction": "up"}}), "not one of client-to-serv"),
        (lifecycle_with(messages={"Say": {**SAY, "schema": {}}}), "give one of type, name_only"),
        (lifecycle_with(messages={"Say": {**SAY, "schema": {"kind": "json"}}}), "needs a type or"),
        (
            lifecycle_with(messages={"Say": {**SAY, "when": [{"param": "a", "values": [{}]}]}}),
            r"when\[0\]\.values\[0\]",
        ),
        (lifecycle_with(messages={"Say": {**SAY, "when": [{}]}}), r"when\[0\]\.param: None is not"),
        (lifecycle_with(initialize={"gating": False}), "^initialize: messages is missing"),
        (lifecycle_with(initialize={"messages": []}), "needs at least one message"),
        (
            lifecycle_with(timers=[{"kind": "idle", "owner": "us", "seconds": 1}]),
            "not one of client",
        ),
        (lifecycle_with(timers=[{"kind": "idle", "owner": "client"}]), "seconds is missing"),
        (
            lifecycle_with(
                timers=[{"kind": "idle", "owner": "client", "seconds": 1, "body": {"value": 1}}]
            ),
            r"^timers\[0\]\.body: give type, the name of a type, and value",
        ),
        (
            lifecycle_with(
                timers=[
                    {
                        "kind": "idle",
                        "owner": "client",
                        "seconds": 1,
                        "body": {"type": "bytes", "value": "%"},
                    }
                ]
            ),
            r"^timers\[0\]\.body\.value: Invalid base64",
        ),
        (lifecycle_with(on_breach=[{"breaches": {}}]), r"^on_breach\[0\]\.breaches: \{\} is not"),
        (lifecycle_with(close=float("nan")), "^close: nan is not a number that JSON has"),
        (lifecycle_with(close=b""), "^close: bytes is not a JSON value"),
        ({1: 2}, "^the key 1 is not a text"),
    ],
)
def test_data_that_describes_nothing_is_refused_with_its_place(data: Any, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        lifecycle_from_data(data, {})


def test_data_that_is_too_deep_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"lifecycle": deep}
    with pytest.raises(DefinitionError, match="nested more than 64 deep"):
        lifecycle_from_data(deep, {})


def test_data_that_is_too_large_is_refused_however_small_it_is_written() -> None:
    laughs: Any = ["ha"] * 100
    for _ in range(6):
        laughs = [laughs] * 100
    with pytest.raises(DefinitionError, match="too large"):
        lifecycle_from_data({"server_messages": laughs}, {})


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Each list or object in ``data`` with each of its keys."""
    keys = data.keys() if isinstance(data, dict) else range(len(data))
    for key in keys:
        yield data, key
        if isinstance(data[key], dict | list):
            yield from places(data[key])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.data(), endpoints(), JSON)
def test_whatever_data_becomes_it_is_read_or_refused(
    data: st.DataObject, endpoint: Any, other: object
) -> None:
    written = copy.deepcopy(to_data(endpoint))
    where, key = data.draw(st.sampled_from([(p, k) for p, k in places(written)]))
    there = data.draw(st.sampled_from([part[k] for part, k in places(written)]))
    where[key] = data.draw(st.sampled_from([other, there, [there], {"id": there}]))
    try:
        read = endpoint_from_data(written, types_of(endpoint))
    except DefinitionError:
        return
    assert endpoint_from_data(to_data(read, types_of(endpoint)), types_of(endpoint)) == read
