"""Each rule is shown on a definition that breaks it and nothing else."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    KeyReuse,
    MessageSchema,
    OpeningStep,
    Refusal,
    Schema,
    Side,
    Timer,
)
from schematic.compile import compile_endpoint, compile_lifecycle
from schematic.compile.diagram import to_sequence
from schematic.compile.paths import Path, explore
from schematic.compile.scenario import Heard, Said, Scenario, told
from schematic.compile.verify import RULES, Finding, Severity, verify
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.machine import Machine
from support.lifecycles import DIRECTIONS, bound, channelled, keyed, lifecycles, message

HELLO = message("Hello", Side.CLIENT)
CHUNK = message("Chunk", Side.CLIENT)
AUDIO = message("Audio", Side.SERVER)
CHUNK_BACK = message("ChunkBack", Side.SERVER)


def findings(**fields: object) -> tuple[Finding, ...]:
    return verify(compile_endpoint(bound(ConnectionLifecycle(**fields))))  # type: ignore[arg-type]


def named(name: str, side: Side) -> MessageSchema:
    return MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(f"{name}Body"))


def said(*names: str) -> Path:
    """A path on which the client alone speaks."""
    return tuple((Side.CLIENT, name) for name in names)


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


def test_an_opening_that_is_forbidden_by_what_it_follows_is_unreachable_and_stuck() -> None:
    hello = OpeningStep(message("Hello", Side.SERVER))
    found = findings(initialize=[hello, message("Auth", Side.CLIENT, until="Hello")])
    assert [one.rule for one in found] == ["unreachable-message", "no-way-to-the-end"]
    assert found[0].message == (
        "Auth from the client can never be said: "
        "by then the client knows that Hello from the server has passed"
    )
    assert found[1].example == Scenario((), "no way leads from here to the end", last=False)


def test_a_message_that_is_forbidden_by_what_it_waits_for_is_unreachable() -> None:
    line = message("Line", Side.CLIENT, after="Go", until="Go")
    (found,) = findings(streaming_messages=[line], server_messages=[message("Go", Side.SERVER)])
    assert (found.rule, found.message.partition(":")[0]) == (
        "unreachable-message",
        "Line from the client can never be said",
    )


def test_a_message_that_is_said_only_while_what_forbids_it_is_on_its_way_is_reachable() -> None:
    line = message("Line", Side.CLIENT, after="Go", until="Stop")
    go, stop = (message(name, Side.SERVER) for name in ("Go", "Stop"))
    assert findings(streaming_messages=[line], server_messages=[AUDIO, stop, go]) == ()


def test_a_message_after_its_senders_end_is_unreachable_for_that_reason() -> None:
    (found,) = findings(
        initialize=message("Hi", Side.CLIENT, final=True), streaming_messages=[CHUNK]
    )
    assert found.message == "Chunk from the client can never be said: the client has ended by then"


def test_a_message_after_an_opening_that_is_never_finished_is_unreachable_for_that_reason() -> None:
    opening = message("Settings", Side.CLIENT, after="Never")
    never = message("Never", Side.SERVER)
    found = findings(initialize=opening, streaming_messages=[CHUNK], server_messages=[never, ERROR])
    reasons = {one.message for one in found if one.message.startswith("Chunk")}
    assert reasons == {
        "Chunk from the client can never be said: the client never gets beyond Settings"
    }


def test_an_end_that_a_message_takes_with_it_is_out_of_reach() -> None:
    line = message("Line", Side.CLIENT, until="Stop")
    fields = {
        "streaming_messages": [line],
        "server_messages": [
            message("Stop", Side.SERVER),
            message("Ack", Side.SERVER, after="Line"),
        ],
        "close": message("Bye", Side.CLIENT, after="Ack"),
    }
    stuck, choice = findings(**fields)
    assert (stuck.rule, stuck.example.steps) == (
        "no-way-to-the-end",
        (Said(Side.SERVER, "Stop"), Heard(Side.CLIENT)),
    )
    assert (choice.rule, choice.severity) == ("mixed-choice", Severity.WARNING)
    assert choice.message == (
        "Stop from the server may cross Line, which the client does not say once it knows; what "
        "crossed is good all the same, but who was first decides whether Ack or Bye can be said "
        "in the end"
    )


def test_of_two_that_forbid_each_other_either_may_be_the_one_that_matters() -> None:
    (choice,) = mixed(
        streaming_messages=[message("Left", Side.CLIENT, until="Right"), CHUNK],
        server_messages=[
            message("Right", Side.SERVER, until="Left"),
            message("More", Side.SERVER, after="Left"),
        ],
    )
    assert choice.severity is Severity.WARNING
    assert choice.message.endswith("whether More can be said in the end")


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
    assert [(f.rule, f.example.path) for f in found] == [
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
    assert [(f.rule, f.severity, f.example.path) for f in found] == [
        ("decodes-alike", Severity.WARNING, said("Hello", "One or Two"))
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
    assert [f.rule for f in found] == ["reuse-race"]
    assert found[0].example == Scenario(
        (
            *told(said("Hello")),
            *told(said("Open"), "a"),
            Said(Side.SERVER, "Data", "a"),
            *told(said("Done", "Open"), "a"),
            Heard(Side.CLIENT),
        ),
        "of the old a, or of the new one?",
    )


def test_a_key_on_which_nobody_answers_cannot_race() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT), close=keyed("Done", Side.CLIENT)
    )
    assert findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.IMMEDIATE)]) == ()


def test_what_comes_only_after_the_end_may_be_late_as_well() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        close=keyed("Done", Side.CLIENT),
        server_messages=[keyed("End", Side.SERVER, final=True, after="Done")],
    )
    found = findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.IMMEDIATE)])
    assert [one.example.path for one in found] == [
        (*said("Open", "Done"), (Side.SERVER, "End"), *said("Open"))
    ]


def test_a_key_whose_opener_never_ends_is_never_used_again() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        streaming_messages=[keyed("More", Side.CLIENT)],
        server_messages=[keyed("End", Side.SERVER, final=True)],
    )
    assert findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.IMMEDIATE)]) == ()


def test_a_side_that_has_nothing_left_to_say_on_a_channel_has_ended_there() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Ask", Side.CLIENT),
        server_messages=[keyed("Reply", Side.SERVER, final=True)],
    )
    assert findings(channels=[channel(lifecycle=inside)]) == ()
    (found,) = findings(channels=[channel(lifecycle=inside, reuse=KeyReuse.IMMEDIATE)])
    path = (*said("Ask"), (Side.SERVER, "Reply"), *said("Ask"))
    assert (found.rule, found.example.path) == ("reuse-race", path)


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
    assert [(f.rule, f.example.path) for f in found] == [
        ("unreachable-message", ()),
        ("unreachable-message", ()),
        ("decodes-alike", said("Open", "One or Two")),
    ]


def test_messages_of_a_channel_and_of_the_connection_can_be_alike_too() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT), streaming_messages=[named("One", Side.CLIENT)]
    )
    found = findings(
        streaming_messages=[named("Two", Side.CLIENT)], channels=[channel(lifecycle=inside)]
    )
    assert [(f.rule, f.example.path) for f in found] == [("decodes-alike", said("Two or One"))]


def test_an_example_on_a_channel_begins_with_what_opens_the_connection() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        server_messages=[named("One", Side.SERVER), named("Two", Side.SERVER)],
    )
    greeting = OpeningStep(message("Created", Side.SERVER), gating=False)
    (found,) = findings(initialize=[greeting, HELLO], channels=[channel(lifecycle=inside)])
    assert found.message.startswith("channel Job: One and Two from the server")
    assert [name for _, name in found.example.path] == ["Hello", "Created", "Open", "One or Two"]


def test_a_channel_that_is_never_reached_has_findings_without_an_example() -> None:
    refusal = OpeningStep(message("No", Side.CLIENT, final=True), gating=False)
    found = findings(initialize=[refusal], channels=[channel(max_open=None)])
    assert [(f.rule, f.example) for f in found if f.rule == "unbounded-channels"] == [
        ("unbounded-channels", Scenario())
    ]


WAITS = "waiting-without-timer"


def waits(*timers: Timer, **fields: object) -> list[str]:
    """The sentences about waits, where nothing worse is found."""
    lifecycle = ConnectionLifecycle(timers=timers, **fields)  # type: ignore[arg-type]
    found = verify(compile_endpoint(bound(lifecycle)), least=Severity.NOTE)
    assert {finding.rule for finding in found} <= {WAITS}
    assert {finding.severity for finding in found} <= {Severity.NOTE}
    return [finding.message for finding in found]


READY = OpeningStep(message("Ready", Side.SERVER))
BYE = message("Bye", Side.CLIENT)
LAST = message("Last", Side.SERVER, final=True, after="Bye")
ERROR = message("Error", Side.SERVER, ambient=True, final=True)


def test_who_can_only_wait_for_the_opening_is_named_unless_a_timer_ends_that() -> None:
    opening = {"initialize": [HELLO, READY], "streaming_messages": [CHUNK]}
    assert waits(**opening) == [
        "no timer ends the client's wait for Ready (opening)",
        "no timer ends the server's wait for Hello (opening)",
    ]
    assert waits(Timer.initialize(3), **opening) == []
    assert waits(Timer.idle(3, of=Side.CLIENT), Timer.keepalive(1), **opening) == [
        "no timer ends the client's wait for Ready (opening)"
    ]


def test_who_has_ended_and_waits_for_the_last_message_is_named() -> None:
    ending = {"streaming_messages": [CHUNK], "close": BYE, "server_messages": [AUDIO, LAST]}
    assert waits(**ending) == ["no timer ends the client's wait for Last (end)"]
    assert waits(Timer.initialize(3), **ending) != []
    assert waits(Timer.idle(3, of=Side.SERVER, owner=Side.CLIENT), **ending) == []


def test_an_error_that_may_end_it_all_is_waited_for_by_nobody() -> None:
    assert waits(streaming_messages=[CHUNK], close=BYE, server_messages=[AUDIO, ERROR]) == []


def test_who_needs_to_hear_something_first_waits_for_that() -> None:
    line = message("Line", Side.CLIENT, after="Audio")
    closing = {"close": message("Bye", Side.CLIENT, after="Line")}
    assert waits(streaming_messages=[line], server_messages=[AUDIO, CHUNK_BACK], **closing) == [
        "no timer ends the client's wait for Audio (end)",
    ]


def test_an_answer_on_a_channel_is_waited_for_however_much_else_is_said() -> None:
    asked = ConnectionLifecycle(
        initialize=keyed("Ask", Side.CLIENT),
        server_messages=[keyed("Reply", Side.SERVER, final=True)],
    )
    silence = [Timer.idle(3, of=side) for side in Side]
    assert waits(*silence, streaming_messages=[CHUNK], channels=[channel(lifecycle=asked)]) == [
        "no timer ends the client's wait for Reply (end of Job)"
    ]


def test_a_timer_of_the_channel_ends_its_waits() -> None:
    def on(*timers: Timer, more: bool = False) -> list[str]:
        replies = [keyed("Reply", Side.SERVER, final=True)]
        inside = ConnectionLifecycle(
            initialize=keyed("Ask", Side.CLIENT),
            server_messages=[*replies, keyed("Part", Side.SERVER)] if more else replies,
            timers=timers,
        )
        return waits(streaming_messages=[CHUNK], channels=[channel(lifecycle=inside)])

    told_of = ["no timer ends the client's wait for Reply (end of Job)"]
    assert on(Timer.idle(3, of=Side.SERVER, owner=Side.CLIENT)) == []
    assert on(Timer.idle(3, of=Side.CLIENT)) == told_of
    assert on(Timer.reply(3)) == []
    # After a part of it the timer for the reply has stopped.
    assert on(Timer.reply(3), more=True) == told_of


def test_the_nearest_wait_is_shown() -> None:
    found = verify(
        compile_endpoint(
            bound(ConnectionLifecycle(initialize=[HELLO, READY], streaming_messages=[CHUNK]))
        ),
        least=Severity.NOTE,
    )
    assert [finding.example.remark for finding in found] == [
        "the client waits for Ready",
        "the server waits for Hello",
    ]
    assert [finding.example.path for finding in found] == [((Side.CLIENT, "Hello"),), ()]


def mixed(**fields: object) -> list[Finding]:
    lifecycle = ConnectionLifecycle(**fields)  # type: ignore[arg-type]
    found = verify(compile_endpoint(bound(lifecycle)), least=Severity.NOTE)
    return [finding for finding in found if finding.rule == "mixed-choice"]


def test_what_may_cross_a_message_that_forbids_it_is_good_whoever_was_first() -> None:
    line = message("Line", Side.CLIENT, until="Goodbye")
    goodbye = message("Goodbye", Side.SERVER)
    (found,) = mixed(streaming_messages=[line, CHUNK], server_messages=[goodbye, AUDIO])
    assert found.severity is Severity.NOTE
    assert found.message == (
        "Goodbye from the server may cross Line, which the client does not say once it knows; "
        "what crossed is good all the same, and both sides come to the same whoever was first"
    )
    assert found.example.steps == (
        Said(Side.SERVER, "Goodbye"),
        Said(Side.CLIENT, "Line"),
        Heard(Side.SERVER),
        Heard(Side.CLIENT),
    )


def test_two_ends_for_both_on_a_channel_cross_and_each_pair_is_told_once() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", Side.CLIENT),
        streaming_messages=[keyed("Stop", None, ends_both=True)],
        server_messages=[keyed("Data", Side.SERVER)],
    )
    (found,) = mixed(channels=[channel(lifecycle=inside, reuse=KeyReuse.NEVER)])
    assert found.message.startswith("channel Job: Stop from the client may cross Stop or Data, ")
    assert found.example.path[1:] == ((Side.CLIENT, "Stop"), (Side.SERVER, "Data"))


def responses(**rules: Any) -> Channel:
    """Opened without a key, and by the side that answers as well."""
    inside = ConnectionLifecycle(
        initialize=[
            OpeningStep(message("Create", Side.CLIENT)),
            OpeningStep(keyed("Created", Side.SERVER, answers="Create")),
        ],
        server_messages=[keyed("Text", Side.SERVER), keyed("Finished", Side.SERVER, final=True)],
    )
    given = {"id": "Response", "key": ChannelKey(server="key"), "lifecycle": inside, "max_open": 1}
    return Channel(**{**given, "unasked": "Created", **rules})


def test_openings_of_both_sides_under_one_limit_cross_and_it_matters_who_was_first() -> None:
    found = findings(channels=[responses()])
    assert [(one.rule, one.severity) for one in found] == [("mixed-choice", Severity.WARNING)]
    assert found[0].message == (
        "channel Response: Create from the client may cross Created, with which the server opens "
        "one by itself; who is first keeps the other from it, and when they cross, 2 are open at "
        "once, of at most 1"
    )
    assert (
        "\n" + to_sequence(found[0].example) + "\n"
        == """
client                                server
   │───────────── Create ─────────────╮ │
   │◀────────── Created [a] ──────────┼─│
   │                                  ╰✗│
   │ ✗ 2 are open at once, of at most 1 │
"""
    )


def test_a_refusal_decides_what_crosses() -> None:
    refused = responses(refused_by=Refusal(message="Error"))
    found = findings(server_messages=[message("Error", Side.SERVER)], channels=[refused])
    assert [one.example.remark for one in found] == ["Error may refuse what the client has opened"]


def test_without_a_limit_or_without_a_count_nobody_keeps_the_other_from_opening() -> None:
    free = responses(max_open=None)
    assert [one.rule for one in findings(channels=[free])] == ["unbounded-channels"]
    assert findings(channels=[responses(uncounted=["Create", "Created"])]) == ()


def test_without_a_key_of_its_own_an_opening_races_with_nothing() -> None:
    hurried = responses(unasked=(), reuse=KeyReuse.IMMEDIATE, max_open=2)
    assert findings(channels=[hurried]) == ()
    (found,) = findings(channels=[responses(unasked=(), max_open=None)])
    assert [getattr(step, "key", None) for step in found.example.steps] == [None] * 6


def test_a_channel_within_a_channel_is_verified_too() -> None:
    item = ConnectionLifecycle(
        initialize=OpeningStep(keyed("Added", Side.SERVER, outer_key="outer")),
        server_messages=[
            MessageSchema(id=name, direction=DIRECTIONS[Side.SERVER], schema=Schema(f"{name}Body"))
            for name in ("One", "Two")
        ],
    )
    inner = Channel(id="Item", key="key", lifecycle=item)
    job = channel()
    outer = replace(job, lifecycle=replace(job.lifecycle, channels=[inner]))
    found = findings(initialize=HELLO, channels=[outer])
    assert [(one.rule, one.message.split(":")[0]) for one in found] == [
        ("decodes-alike", "channel Item"),
        ("unbounded-channels", "channel Item"),
    ]
    assert [step for step in found[1].example.steps if isinstance(step, Said)] == [
        Said(Side.CLIENT, "Hello"),
        Said(Side.CLIENT, "Open", "a"),
        *(Said(Side.SERVER, "Added", f"a, {last}") for last in "1bc"),
    ]


@given(st.one_of(lifecycles(), channelled().map(lambda one: one.channels[0].lifecycle)), st.data())
def test_whatever_crosses_comes_to_the_same_at_both_sides(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    """What the notes about mixed choices promise: halves and marks know no order of arrival."""
    table = compile_lifecycle(lifecycle)
    for state, _ in explore(table, table.start, marks=-1):
        steps = list(table.steps(state))
        for side, name, after in steps:
            for other_side, other, other_after in steps:
                if side is not other_side:
                    here, there = (
                        table.legal(after, other_side, other),
                        table.legal(other_after, side, name),
                    )
                    assert here is not None
                    assert there is not None
                    assert table.after(after, other_side, here) == table.after(
                        other_after, side, there
                    )


@given(st.one_of(lifecycles(), channelled(nested=False), channelled(nested=False).map(hasty)))
def test_an_example_is_a_legal_conversation_from_the_start(lifecycle: ConnectionLifecycle) -> None:
    endpoint = compile_endpoint(bound(lifecycle))
    for finding in verify(endpoint, least=Severity.NOTE):
        assert finding.severity.reaches(RULES[finding.rule][0]) or finding.rule == "mixed-choice"
        machines = {side: Machine(endpoint.table) for side in Side}
        waiting: dict[Side, deque[Said]] = {side: deque() for side in Side}
        for step in finding.example.steps:
            if isinstance(step, Heard):
                who, words = machines[step.side], waiting[step.side.other].popleft()
            else:
                who, words = machines[step.side], step
                waiting[step.side].append(words)
            for name in words.message.split(" or "):
                assert who.move(words.side, name, words.key) is not None
            moved = who.move(words.side, words.message.split(" or ")[0], words.key)
            assert moved is not None
            who.apply(words.side, moved)
