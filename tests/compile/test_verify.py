"""Each rule is shown on a definition that breaks it and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import (
    Channel,
    ConnectionLifecycle,
    KeyReuse,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint
from schematic.compile.verify import RULES, Finding, Severity, verify
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.machine import Machine
from support.lifecycles import DIRECTIONS, bound, channelled, keyed, lifecycles, message

HELLO = message("Hello", Side.CLIENT)
CHUNK = message("Chunk", Side.CLIENT)
AUDIO = message("Audio", Side.SERVER)


def findings(**fields: object) -> tuple[Finding, ...]:
    return verify(compile_endpoint(bound(ConnectionLifecycle(**fields))))  # type: ignore[arg-type]


def named(name: str, side: Side) -> MessageSchema:
    return MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(f"{name}Body"))


def hasty(lifecycle: ConnectionLifecycle) -> ConnectionLifecycle:
    """The same with keys that are used again at once."""
    channels = [replace(one, reuse=KeyReuse.IMMEDIATE) for one in lifecycle.channels]
    return replace(lifecycle, channels=channels)


@pytest.mark.parametrize("name", ["StreamTextToSpeech", "StreamMultiContext"])
def test_nothing_is_found_in_a_sound_definition(name: str) -> None:
    assert verify(compile_endpoint(elevenlabs().endpoint(name))) == ()


def test_two_messages_that_wait_for_each_other_are_unreachable() -> None:
    first = message("First", Side.CLIENT, after="Second")
    second = message("Second", Side.SERVER, after="First")
    found = findings(streaming_messages=[CHUNK, first], server_messages=[second])
    assert [f.rule for f in found] == ["unreachable-message", "unreachable-message"]
    assert found[0].message == (
        "First from the client can never be said: it waits until Second from the server has passed"
    )
    assert found[0].severity is Severity.ERROR


def test_an_opening_that_waits_for_what_comes_after_it_has_no_way_to_the_end() -> None:
    gate = message("Settings", Side.CLIENT, after="Ready")
    ready = message("Ready", Side.SERVER)
    found = findings(initialize=gate, server_messages=[ready])
    assert {f.rule for f in found} == {"unreachable-message", "no-way-to-the-end"}


def test_a_choice_that_spoils_the_end_is_shown_by_the_shortest_conversation() -> None:
    greeting = OpeningStep(message("Short", Side.CLIENT), message("Long", Side.CLIENT))
    found = findings(
        initialize=greeting,
        streaming_messages=[CHUNK],
        close=message("Done", Side.CLIENT, after="Long"),
    )
    assert [(f.rule, f.example) for f in found] == [
        ("no-way-to-the-end", ((Side.CLIENT, "Short"),))
    ]


def test_a_refused_opening_is_an_end() -> None:
    answer = OpeningStep(
        message("AuthOk", Side.SERVER), message("AuthInvalid", Side.SERVER, final=True)
    )
    assert findings(initialize=[HELLO, answer], streaming_messages=[CHUNK]) == ()


def test_two_bare_names_at_the_same_moment_decode_alike() -> None:
    one, two = named("One", Side.CLIENT), named("Two", Side.CLIENT)
    found = findings(initialize=HELLO, streaming_messages=[one, two], server_messages=[AUDIO])
    assert [(f.rule, f.severity, f.example) for f in found] == [
        ("decodes-alike", Severity.WARNING, ((Side.CLIENT, "Hello"),))
    ]


def test_two_bare_names_at_different_moments_are_told_apart_by_position() -> None:
    one, two = named("One", Side.CLIENT), named("Two", Side.CLIENT)
    assert findings(initialize=one, streaming_messages=[two]) == ()


def channel(**rules: Any) -> Channel:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        close=keyed("Done", Side.CLIENT),
        server_messages=[keyed("Data", Side.SERVER), keyed("End", Side.SERVER, final=True)],
    )
    return Channel(**{"id": "Job", "key": "key", "lifecycle": inside, "max_open": 3, **rules})


def test_a_bounded_channel_whose_keys_wait_for_both_ends_is_sound() -> None:
    assert findings(initialize=HELLO, channels=[channel()]) == ()


def test_channels_without_a_limit_are_named() -> None:
    found = findings(initialize=HELLO, channels=[channel(max_open=None)])
    assert [f.rule for f in found] == ["unbounded-channels"]
    assert found[0].message.startswith("channel Job: any number may be open")


def test_a_key_that_is_used_again_at_once_races_with_late_messages() -> None:
    found = findings(initialize=HELLO, channels=[channel(reuse=KeyReuse.IMMEDIATE)])
    said = ("Hello", "Open", "Done", "Open")
    assert [(f.rule, f.example) for f in found] == [
        ("reuse-race", tuple((Side.CLIENT, name) for name in said))
    ]


def test_a_key_whose_opener_never_ends_is_never_used_again() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        server_messages=[keyed("End", Side.SERVER, final=True)],
    )
    assert findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.IMMEDIATE)]) == ()


def test_an_end_for_both_without_an_answer_races_too_unless_keys_are_never_used_again() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        streaming_messages=[keyed("Stop", Side.CLIENT, ends_both=True)],
        server_messages=[keyed("Data", Side.SERVER), keyed("End", Side.SERVER, final=True)],
    )
    racing = findings(channels=[channel(lifecycle=inside)])
    assert [f.rule for f in racing] == ["reuse-race"]
    assert findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.NEVER)]) == ()


def test_a_channel_is_verified_inside_as_well() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        streaming_messages=[named("One", Side.CLIENT), named("Two", Side.CLIENT)],
        server_messages=[
            keyed("Never", Side.SERVER, after="Later"),
            keyed("Later", Side.SERVER, after="Never"),
        ],
    )
    found = findings(channels=[channel(lifecycle=inside)])
    assert [(f.rule, f.example) for f in found] == [
        ("unreachable-message", ()),
        ("unreachable-message", ()),
        ("decodes-alike", ((Side.CLIENT, "Open"),)),
    ]


def test_messages_of_a_channel_and_of_the_connection_can_be_alike_too() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT), streaming_messages=[named("One", Side.CLIENT)]
    )
    found = findings(
        streaming_messages=[named("Two", Side.CLIENT)], channels=[channel(lifecycle=inside)]
    )
    assert [(f.rule, f.example) for f in found] == [("decodes-alike", ())]


def test_an_example_on_a_channel_begins_with_what_opens_the_connection() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        server_messages=[named("One", Side.SERVER), named("Two", Side.SERVER)],
    )
    greeting = OpeningStep(message("Created", Side.SERVER), gating=False)
    (found,) = findings(initialize=[greeting, HELLO], channels=[channel(lifecycle=inside)])
    assert found.message.startswith("channel Job: One and Two from the server")
    assert found.example == ((Side.CLIENT, "Hello"), (Side.CLIENT, "Open"))


@given(st.one_of(lifecycles(), channelled(), channelled().map(hasty)))
def test_an_example_is_a_legal_conversation_from_the_start(lifecycle: ConnectionLifecycle) -> None:
    endpoint = compile_endpoint(bound(lifecycle))
    on_channels = {kind.id for kind in endpoint.kinds if kind.channel >= 0}
    for finding in verify(endpoint):
        assert finding.rule in RULES
        machine = Machine(endpoint.table)
        for side, name in finding.example:
            step = machine.move(side, name, "a" if name in on_channels else None)
            assert step is not None
            machine.apply(side, step)
