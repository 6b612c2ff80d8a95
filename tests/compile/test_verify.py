"""Each rule is shown on a definition that breaks it and nothing else."""

from __future__ import annotations

from hypothesis import given

from schematic import ConnectionLifecycle, MessageSchema, OpeningStep, Schema, Side
from schematic.compile import compile_endpoint
from schematic.compile.verify import RULES, Finding, Severity, verify
from schematic_definitions.elevenlabs import elevenlabs
from support.lifecycles import DIRECTIONS, bound, lifecycles, message

HELLO = message("Hello", Side.CLIENT)
CHUNK = message("Chunk", Side.CLIENT)
AUDIO = message("Audio", Side.SERVER)


def findings(**fields: object) -> tuple[Finding, ...]:
    return verify(compile_endpoint(bound(ConnectionLifecycle(**fields))))  # type: ignore[arg-type]


def named(name: str, side: Side) -> MessageSchema:
    return MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(f"{name}Body"))


def test_nothing_is_found_in_a_sound_definition() -> None:
    assert verify(compile_endpoint(elevenlabs().endpoint())) == ()


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


@given(lifecycles())
def test_an_example_is_a_legal_conversation_from_the_start(lifecycle: ConnectionLifecycle) -> None:
    endpoint = compile_endpoint(bound(lifecycle))
    for finding in verify(endpoint):
        assert finding.rule in RULES
        state = endpoint.table.start
        for side, name in finding.example:
            move = endpoint.table.legal(state, side, name)
            assert move is not None
            state = endpoint.table.after(state, side, move)
