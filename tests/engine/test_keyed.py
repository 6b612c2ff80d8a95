"""Channels: what a key allows, refuses, and costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from msgspec import UNSET, Struct, UnsetType

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    KeyReuse,
    MessageDirection,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint, compile_lifecycle
from schematic_engine.errors import (
    LocalIllegalMessage,
    LocalInvalidMessage,
    RemoteIllegalMessage,
    RemoteInvalidMessage,
)
from schematic_engine.events import Message, Violation
from schematic_engine.keyed import LET_PASS, Key, KeyedStates
from schematic_engine.machine import Machine
from schematic_engine.session import Session
from support.lifecycles import bound, keyed, keyed_body_of, message


class Inner(Struct):
    id: str | int | UnsetType | None = UNSET


class Begin(Struct, tag="begin"):
    job: Inner | UnsetType | None = UNSET


class Note(Struct, tag="note"):
    job: str | UnsetType = UNSET


OPEN, MORE = keyed("Open", Side.CLIENT), keyed("More", Side.CLIENT)
DONE = keyed("Done", Side.CLIENT)
DATA = keyed("Data", Side.SERVER)
END = keyed("End", Side.SERVER, final=True)
STOP = keyed("Stop", None, ends_both=True)


def lifecycle(**rules: Any) -> ConnectionLifecycle:
    """Two halves for each key: the client's Open, More*, Done; the server's Data*, End."""
    channel = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=OPEN, streaming_messages=[MORE], close=DONE, server_messages=[DATA, END]
        ),
        **rules,
    )
    return ConnectionLifecycle(
        initialize=message("Hello", Side.CLIENT),
        close=message("Bye", Side.CLIENT),
        channels=[channel],
    )


def after(plan: ConnectionLifecycle, *said: str) -> Machine:
    """A machine on which was said ``client:Open:a`` and the like."""
    machine = Machine(compile_lifecycle(plan))
    for step in ("client:Hello", *said):
        side, name, key = [*step.split(":"), None][:3]
        assert side is not None
        assert name is not None
        move = machine.move(Side(side), name, key)
        assert move is not None, machine.explain(Side(side), name, key)
        machine.apply(Side(side), move)
    return machine


ENDED = ("client:Open:a", "client:Done:a", "server:End:a")


@pytest.mark.parametrize(
    ("said", "step", "why"),
    [
        ((), "client:More:a", "no Job 'a' is open"),
        ((), "server:Data:a", "no Job 'a' is open"),
        (("client:Open:a",), "client:Open:a", "Job 'a' is open already"),
        (("client:Open:a",), "client:More:b", "no Job 'b' is open"),
        (("client:Open:a", "client:Done:a"), "client:More:a", "has ended its half"),
        (("client:Open:a", "server:End:a"), "server:Data:a", "has ended its half"),
        (ENDED, "server:Data:a", "no Job 'a' is open"),
        (("client:Open:a", "client:Bye"), "client:More:a", "has ended its half"),
    ],
)
def test_what_a_key_refuses(said: tuple[str, ...], step: str, why: str) -> None:
    machine = after(lifecycle(), *said)
    side, name, key = step.split(":")
    before = machine.copy()
    assert machine.move(Side(side), name, key) is None
    assert why in machine.explain(Side(side), name, key)["why"]
    assert machine.allowed(Side(side), key) == before.allowed(Side(side), key)


def test_keys_are_isolated_from_one_another() -> None:
    machine = after(lifecycle(), "client:Open:a", "client:Open:b", "client:Done:a")
    assert machine.allowed(Side.CLIENT, "a") == ()
    assert machine.allowed(Side.CLIENT, "b") == ("More", "Done")
    assert machine.allowed(Side.SERVER, "a") == ("Data", "End")


def test_nothing_is_said_on_a_channel_before_the_connection_is_opened() -> None:
    machine = Machine(compile_lifecycle(lifecycle()))
    assert machine.move(Side.CLIENT, "Open", "a") is None
    assert "still opening" in machine.explain(Side.CLIENT, "Open", "a")["why"]


def test_a_limit_counts_channels_until_both_halves_have_ended() -> None:
    plan = lifecycle(max_open=2)
    machine = after(plan, "client:Open:a", "client:Open:b", "client:Done:a")
    assert machine.move(Side.CLIENT, "Open", "c") is None
    assert "2 of at most 2" in machine.explain(Side.CLIENT, "Open", "c")["why"]
    ended = after(plan, "client:Open:a", "client:Open:b", "client:Done:a", "server:End:a")
    assert ended.move(Side.CLIENT, "Open", "c") is not None


@pytest.mark.parametrize(
    ("reuse", "said", "again"),
    [
        (KeyReuse.AFTER_BOTH_ENDED, ENDED[:2], False),
        (KeyReuse.AFTER_BOTH_ENDED, ENDED, True),
        (KeyReuse.IMMEDIATE, ENDED[:1], False),
        (KeyReuse.IMMEDIATE, ENDED[:2], True),
        (KeyReuse.NEVER, ENDED, False),
    ],
)
def test_when_a_key_may_be_used_again(reuse: KeyReuse, said: tuple[str, ...], again: bool) -> None:
    machine = after(lifecycle(reuse=reuse), *said)
    assert (machine.move(Side.CLIENT, "Open", "a") is not None) is again


def stopping(**rules: Any) -> ConnectionLifecycle:
    channel = Channel(
        id="Operation",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=OPEN, streaming_messages=[STOP], server_messages=[DATA]
        ),
        ignores=["Stop"],
        **rules,
    )
    return ConnectionLifecycle(initialize=message("Hello", Side.CLIENT), channels=[channel])


def test_who_knows_of_the_end_says_no_more_but_what_was_on_its_way_is_good() -> None:
    machine = after(stopping(), "client:Open:a", "client:Stop:a")
    assert machine.move(Side.SERVER, "Data", "a") is not None  # it may have crossed
    assert machine.stopped(Side.SERVER, "Data", "a")  # but a server that knows does not send it
    assert not machine.stopped(Side.SERVER, "Data", "b")


def test_an_end_for_both_frees_the_key_and_the_slot() -> None:
    machine = after(stopping(max_open=1), "client:Open:a", "client:Stop:a")
    assert machine.move(Side.CLIENT, "Open", "a") is not None
    assert machine.move(Side.CLIENT, "Open", "b") is not None


def test_a_late_message_that_the_channel_ignores_changes_nothing() -> None:
    machine = after(stopping())
    step = machine.move(Side.CLIENT, "Stop", "never-opened")
    assert step is not None
    machine.apply(Side.CLIENT, step)
    assert machine.channels[0].state("never-opened") is None
    assert repr(LET_PASS) == "LET_PASS"


def states(most_ended: int = 4096, **rules: Any) -> KeyedStates:
    return KeyedStates(compile_lifecycle(lifecycle(**rules)).channels[0], most_ended=most_ended)


def say(jobs: KeyedStates, side: Side, name: str, key: Key) -> None:
    step = jobs.judge(side, name, key)
    assert step is not None, (side, name, key)
    jobs.apply(side, step)


def stays(jobs: KeyedStates, side: Side, name: str, key: Key) -> bool:
    """Whether it is no breach, and changes nothing."""
    step = jobs.judge(side, name, key)
    return step is not None and step.outcome is LET_PASS


@pytest.mark.parametrize("reuse", list(KeyReuse))
def test_twenty_thousand_ended_keys_are_not_all_remembered(reuse: KeyReuse) -> None:
    jobs = states(reuse=reuse, max_open=1)
    for key in range(20_000):
        for side, name in ((Side.CLIENT, "Open"), (Side.CLIENT, "Done"), (Side.SERVER, "End")):
            say(jobs, side, name, key)
    assert len(jobs._live) + len(jobs._ended) <= 4096
    assert jobs.open == 0


def test_after_a_key_was_forgotten_an_unknown_one_proves_nothing() -> None:
    jobs = states(most_ended=2)
    for key in range(4):
        say(jobs, Side.CLIENT, "Open", key)
        say(jobs, Side.CLIENT, "Done", key)
    assert jobs.open == 2
    assert stays(jobs, Side.SERVER, "Data", 0)
    assert not stays(jobs, Side.SERVER, "Data", 3)
    assert jobs.judge(Side.CLIENT, "More", 3) is None  # that one is remembered


def test_a_session_tells_channels_apart_by_the_key_in_the_payload() -> None:
    endpoint = compile_endpoint(bound(lifecycle(max_open=2)))
    client, server = Session(endpoint, Side.CLIENT), Session(endpoint, Side.SERVER)
    server.receive(client.send("Hello"))
    event = server.receive(client.send(keyed_body_of("Open")(key="x")))
    assert event == Message("Open", keyed_body_of("Open")(key="x"), event.payload, "x")  # type: ignore[union-attr]
    with pytest.raises(LocalIllegalMessage, match="no Job 'y' is open"):
        client.send(keyed_body_of("More")(key="y"))
    violation = server.receive('{"type": "More", "key": "y"}')
    assert isinstance(violation, Violation)
    assert isinstance(violation.error, RemoteIllegalMessage)
    assert violation.error.state == "STREAMING, Job 'y' not open"
    assert violation.error.path == ((Side.CLIENT, "Open"),)


@pytest.mark.parametrize("payload", ['{"type": "Open"}', '{"type": "Open", "key": null}'])
def test_a_message_without_a_key_is_invalid_where_there_is_no_default(payload: str) -> None:
    endpoint = compile_endpoint(bound(lifecycle()))
    server = Session(endpoint, Side.SERVER)
    server.receive('{"type": "Hello", "number": 0}')
    event = server.receive(payload)
    assert isinstance(event, Violation)
    assert "key" in str(event.error)


def test_a_default_key_stands_in_for_a_missing_one_and_paths_lead_into_objects() -> None:
    begin = MessageSchema(
        id="Begin", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Begin)
    )
    note = MessageSchema(
        id="Note", direction=MessageDirection.SERVER_TO_CLIENT, schema=Schema(Note)
    )
    channel = Channel(
        id="Job",
        key=ChannelKey(client="job.id", server="job", default="main"),
        lifecycle=ConnectionLifecycle(initialize=begin, server_messages=[note]),
    )
    endpoint = compile_endpoint(bound(ConnectionLifecycle(channels=[channel])))
    client, server = Session(endpoint, Side.CLIENT), Session(endpoint, Side.SERVER)
    keys = []
    for body in (Begin(), Begin(Inner("x")), Begin(Inner(7))):
        event = server.receive(client.send(body))
        assert isinstance(event, Message)
        keys.append(event.key)
    assert keys == ["main", "x", 7]
    event = client.receive(server.send(Note(job="x")))
    assert isinstance(event, Message)
    assert event.key == "x"


def test_a_message_that_is_refused_for_its_key_changes_nothing() -> None:
    endpoint = compile_endpoint(bound(lifecycle(max_open=1)))
    client = Session(endpoint, Side.CLIENT)
    client.send("Hello")
    client.send("Open", {"key": "a"})
    before = (client.machine.state, client.machine.channels[0].open_keys())
    with pytest.raises(LocalIllegalMessage, match="1 of at most 1 Job channels"):
        client.send("Open", {"key": "b"})
    with pytest.raises(LocalInvalidMessage):
        client.send("Open", {"key": 5})
    assert (client.machine.state, client.machine.channels[0].open_keys()) == before
    assert client.allowed() == ("Bye", "More", "Done")


def test_a_message_may_hold_the_key_elsewhere_than_its_channel_says() -> None:
    begin = MessageSchema(
        id="Begin",
        direction=MessageDirection.SERVER_TO_CLIENT,
        schema=Schema(Begin),
        key="job.id",
    )
    note = MessageSchema(
        id="Note", direction=MessageDirection.SERVER_TO_CLIENT, schema=Schema(Note)
    )
    channel = Channel(
        id="Job",
        key="job",
        lifecycle=ConnectionLifecycle(initialize=begin, server_messages=[note]),
    )
    endpoint = compile_endpoint(bound(ConnectionLifecycle(channels=[channel])))
    client, server = Session(endpoint, Side.CLIENT), Session(endpoint, Side.SERVER)
    event = client.receive(server.send(Begin(Inner("x"))))
    assert isinstance(event, Message)
    assert event.key == "x"
    with pytest.raises(LocalIllegalMessage, match="no Job 'y' is open"):
        server.send(Note(job="y"))
    assert isinstance(client.receive(server.send(Note(job="x"))), Message)


class Text(Struct):
    key: str
    text: str


class Finish(Struct):
    key: str
    text: Literal[""] = ""


def untagged() -> ConnectionLifecycle:
    """A channel whose messages differ by their text alone."""

    def made(name: str, body: type) -> MessageSchema:
        return MessageSchema(
            id=name, direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(body)
        )

    inside = ConnectionLifecycle(
        initialize=made("Begin", Begin),
        streaming_messages=[made("Text", Text)],
        close=made("Finish", Finish),
    )
    return ConnectionLifecycle(channels=[Channel(id="Talk", key="key", lifecycle=inside)])


def talking() -> tuple[Session, Session]:
    plan = untagged()
    begin = replace(plan.channels[0].lifecycle.opening[0].messages[0], key="job.id")
    inside = replace(plan.channels[0].lifecycle, initialize=begin)
    plan = replace(plan, channels=[replace(plan.channels[0], lifecycle=inside)])
    endpoint = compile_endpoint(bound(plan))
    client, server = Session(endpoint, Side.CLIENT), Session(endpoint, Side.SERVER)
    server.receive(client.send(Begin(Inner("a"))))
    return client, server


def test_an_empty_text_is_not_taken_for_the_end_of_a_channel() -> None:
    client, server = talking()
    with pytest.raises(LocalInvalidMessage, match="would read this body as Finish"):
        client.send("Text", {"key": "a", "text": ""})
    assert isinstance(server.receive(client.send("Text", {"key": "a", "text": "hi"})), Message)


def test_kinds_that_differ_by_their_text_are_told_apart_on_a_channel() -> None:
    client, server = talking()
    event = server.receive(client.send(Finish(key="a")))
    assert isinstance(event, Message)
    assert (event.id, event.key) == ("Finish", "a")


def test_a_key_of_a_wrong_type_makes_a_body_invalid_whichever_kind_it_is() -> None:
    _, server = talking()
    event = server.receive('{"key": [], "text": ""}')
    assert isinstance(event, Violation)
    assert isinstance(event.error, RemoteInvalidMessage)


def test_a_message_of_a_channel_without_a_key_is_not_sent() -> None:
    client, _ = talking()
    with pytest.raises(LocalInvalidMessage, match="it has no key"):
        client.send(Begin())
    assert client.machine.move(Side.CLIENT, "Begin") is None


def test_a_key_is_forgotten_together_with_its_race() -> None:
    plan = stopping()
    jobs = KeyedStates(compile_lifecycle(plan).channels[0], most_ended=2)
    for key in range(5):
        for name in ("Open", "Stop", "Open", "Stop"):
            say(jobs, Side.CLIENT, name, key)
    assert len(jobs._raced) <= 2
    assert stays(jobs, Side.SERVER, "Data", 0)


def test_what_is_lost_proves_nothing_any_more() -> None:
    jobs = states(max_open=1)
    say(jobs, Side.CLIENT, "Open", "a")
    jobs.lose("a")
    jobs.lose("never there")
    assert jobs.open == 0
    assert stays(jobs, Side.SERVER, "Data", "a")
    say(jobs, Side.CLIENT, "Open", "b")
    say(jobs, Side.CLIENT, "Done", "b")
    jobs.lose("b")
    say(jobs, Side.CLIENT, "Open", "c")
    jobs.lose_all()
    assert (jobs.open, jobs.open_keys()) == (0, ())


def test_races_are_remembered_up_to_a_bound_and_then_nothing_proves_anything() -> None:
    jobs = KeyedStates(compile_lifecycle(stopping()).channels[0], most_ended=2)
    for key in range(9):
        for name in ("Open", "Stop", "Open", "Stop"):
            say(jobs, Side.CLIENT, name, key)
    assert len(jobs._raced) <= 2
    assert stays(jobs, Side.SERVER, "Data", "unknown")


def test_the_race_of_a_key_in_use_is_never_forgotten() -> None:
    jobs = KeyedStates(compile_lifecycle(stopping()).channels[0], most_ended=2)
    for key in range(9):
        for name in ("Open", "Stop", "Open"):
            say(jobs, Side.CLIENT, name, key)
    assert jobs._raced == set(range(9))


def test_a_key_of_which_something_was_missed_may_have_been_used_before() -> None:
    jobs = KeyedStates(compile_lifecycle(stopping()).channels[0])
    jobs.lose_all()
    say(jobs, Side.CLIENT, "Open", "a")
    assert jobs._raced == {"a"}
    waiting = states()  # whose keys are used again only when both sides have ended
    waiting.lose_all()
    say(waiting, Side.CLIENT, "Open", "a")
    assert waiting._raced == set()
