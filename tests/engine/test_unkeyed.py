"""Channels without a key of their own: brackets, answers in order, refusals, limits for two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import UNSET, Struct, UnsetType

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
)
from schematic.compile import compile_endpoint, compile_lifecycle
from schematic_engine.errors import LocalIllegalMessage, RemoteIllegalMessage
from schematic_engine.events import Message, Violation
from schematic_engine.keyed import LET_PASS, KeyedStates
from schematic_engine.machine import ChannelStep, Machine
from schematic_engine.session import Session
from schematic_engine.unkeyed import Unnamed
from support.held import held
from support.lifecycles import DIRECTIONS, bound, keyed, message

CLIENT, SERVER = Side


class Conversation:
    """A client and a server, each with what it has received; nothing arrives by itself."""

    def __init__(self, lifecycle: ConnectionLifecycle) -> None:
        endpoint = compile_endpoint(bound(lifecycle))
        self.sessions = {side: Session(endpoint, side) for side in Side}
        self.under_way: dict[Side, list[str | bytes]] = {side: [] for side in Side}

    def send(self, side: Side, name: str, **body: Any) -> None:
        """``side`` says it; the other has not read it yet."""
        self.under_way[side].append(self.sessions[side].send(name, body))

    def read(self, side: Side) -> list[tuple[str, object]]:
        """``side`` reads all that is under way to it: ids and keys."""
        payloads, self.under_way[side.other] = self.under_way[side.other], []
        events = [self.sessions[side].receive(payload) for payload in payloads]
        assert all(isinstance(event, Message) for event in events), events
        return [(event.id, event.key) for event in events if isinstance(event, Message)]

    def say(self, side: Side, name: str, **body: Any) -> list[tuple[str, object]]:
        """``side`` says it, and the other reads it at once."""
        self.send(side, name, **body)
        return self.read(side.other)

    def refusal(self, side: Side, name: str, **body: Any) -> str:
        """Why ``side`` may not say it."""
        with pytest.raises(LocalIllegalMessage) as caught:
            self.sessions[side].send(name, body)
        return str(caught.value)


def turns(**rules: Any) -> ConnectionLifecycle:
    """Turns as in spoken conversations: text in, an id of the server's with the answer, audio."""
    speak = keyed("Speak", CLIENT)
    started = keyed("Started", SERVER, answers="Speak")
    turn = Channel(
        id="Turn",
        key=ChannelKey(server="key"),
        lifecycle=ConnectionLifecycle(
            initialize=[
                speak,
                OpeningStep(started, gating=False),
            ],
            streaming_messages=[speak],
            close=keyed("Flush", CLIENT),
            server_messages=[
                MessageSchema(id="Audio", direction=DIRECTIONS[SERVER], schema=Schema.binary()),
                keyed("Ended", SERVER, final=True),
            ],
        ),
        **{"max_answered": 1, "reuse": KeyReuse.NEVER, **rules},
    )
    return ConnectionLifecycle(channels=[turn])


def test_what_has_no_key_belongs_to_the_channel_that_its_sender_is_in() -> None:
    talk = Conversation(turns())
    assert talk.say(CLIENT, "Speak") == [("Speak", None)]
    assert talk.say(CLIENT, "Speak") == [("Speak", None)]
    assert len(talk.sessions[SERVER].machine.channels[0].open_keys()) == 1
    assert talk.say(SERVER, "Started", key="t1") == [("Started", "t1")]
    server = talk.sessions[SERVER]
    event = talk.sessions[CLIENT].receive(server.send("Audio", b"\0\0"))
    assert isinstance(event, Message)
    assert (event.id, event.key) == ("Audio", "t1")
    assert talk.say(CLIENT, "Flush") == [("Flush", "t1")]
    assert talk.say(SERVER, "Ended", key="t1") == [("Ended", "t1")]
    with pytest.raises(LocalIllegalMessage, match="the server is in no Turn"):
        server.send("Audio", b"\0\0")


def test_answers_name_what_was_asked_first_in_first_out() -> None:
    talk = Conversation(turns(max_answered=None))
    for name in ("Speak", "Flush", "Speak", "Flush"):
        talk.say(CLIENT, name)
    talk.say(SERVER, "Started", key="t1")
    talk.say(SERVER, "Started", key="t2")
    assert talk.sessions[CLIENT].machine.channels[0].open_keys() == ("t1", "t2")
    assert "no Speak waits for an answer" in talk.refusal(SERVER, "Started", key="t3")


def test_the_next_is_answered_when_the_one_before_has_ended() -> None:
    talk = Conversation(turns())
    for name in ("Speak", "Flush", "Speak", "Flush"):
        talk.say(CLIENT, name)
    talk.say(SERVER, "Started", key="t1")
    assert "1 of at most 1 Turn channels are being answered" in talk.refusal(
        SERVER, "Started", key="t2"
    )
    talk.say(SERVER, "Ended", key="t1")
    assert talk.say(SERVER, "Started", key="t2") == [("Started", "t2")]


def test_an_answer_waits_until_the_opening_has_been_said_whole() -> None:
    call = Channel(
        id="Call",
        key=ChannelKey(server="key"),
        lifecycle=ConnectionLifecycle(
            initialize=[
                keyed("Ask", CLIENT),
                keyed("Details", CLIENT),
                keyed("Answer", SERVER, answers="Ask"),
            ],
        ),
    )
    talk = Conversation(ConnectionLifecycle(channels=[call]))
    talk.say(CLIENT, "Ask")
    assert "Answer from the server is illegal" in talk.refusal(SERVER, "Answer", key="a")
    talk.say(CLIENT, "Details")
    assert talk.say(SERVER, "Answer", key="a") == [("Answer", "a")]


def test_a_message_for_no_turn_is_illegal_for_its_receiver_too() -> None:
    talk = Conversation(turns())
    event = talk.sessions[CLIENT].receive(b"\0\0", is_text=False)
    assert isinstance(event, Violation)
    assert isinstance(event.error, RemoteIllegalMessage)
    assert "the server is in no Turn" in str(event.error)


def flushes() -> ConnectionLifecycle:
    """A request and its reply without any id: replies come in order."""
    return ConnectionLifecycle(
        channels=[
            Channel.request(
                id="Flush",
                ask=message("Flush", CLIENT),
                replies=[message("Flushed", SERVER), message("Failed", SERVER)],
                key=None,
                max_open=2,
            )
        ]
    )


def test_replies_without_an_id_come_in_order_and_only_to_what_was_asked() -> None:
    talk = Conversation(flushes())
    talk.send(CLIENT, "Flush")
    talk.send(CLIENT, "Flush")
    assert "2 of at most 2 Flush channels are open" in talk.refusal(CLIENT, "Flush")
    talk.read(SERVER)
    assert talk.say(SERVER, "Flushed") == [("Flushed", None)]
    assert talk.say(SERVER, "Failed") == [("Failed", None)]
    assert "no Flush waits for an answer" in talk.refusal(SERVER, "Flushed")
    assert talk.sessions[SERVER].machine.channels[0].open_keys() == ()


def test_a_request_by_id_ends_with_its_reply() -> None:
    request = Channel.request(
        id="Call", ask=keyed("Call", SERVER), replies=[keyed("Result", CLIENT)], key="key"
    )
    talk = Conversation(ConnectionLifecycle(channels=[request]))
    talk.say(SERVER, "Call", key="a")
    talk.say(SERVER, "Call", key="b")
    assert talk.say(CLIENT, "Result", key="b") == [("Result", "b")]
    assert "no Call 'b' is open" in talk.refusal(CLIENT, "Result", key="b")


class Asked(Struct):
    event_id: str | UnsetType = UNSET


class Created(Struct):
    key: str


class Fault(Struct):
    about: str | UnsetType | None = UNSET


def said(name: str, side: Side, body: type[Struct], **flags: Any) -> MessageSchema:
    tagged = type(name, (body,), {"__annotations__": {}}, tag=name)
    return MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(tagged), **flags)


def responses(**rules: Any) -> ConnectionLifecycle:
    """Responses that both sides may start, and others that count for nothing."""
    answers = [
        said("Created", SERVER, Created, answers="Create"),
        said("CreatedAside", SERVER, Created, answers="CreateAside"),
    ]
    response = Channel(
        id="Response",
        key=ChannelKey(server="key"),
        lifecycle=ConnectionLifecycle(
            initialize=[
                OpeningStep(said("Create", CLIENT, Asked), said("CreateAside", CLIENT, Asked)),
                OpeningStep(*answers),
            ],
            server_messages=[
                keyed("Delta", SERVER),
                keyed("Done", SERVER, final=True),
            ],
        ),
        uncounted=["CreateAside", "CreatedAside"],
        refused_by=Refusal(message="Fault", names="about", ticket="event_id"),
        **{"unasked": ["Created"], "max_open": 1, "reuse": KeyReuse.NEVER, **rules},
    )
    return ConnectionLifecycle(
        server_messages=[said("Fault", SERVER, Fault, ambient=True)], channels=[response]
    )


def test_a_second_is_refused_where_one_is_known_to_run_or_to_be_asked_for() -> None:
    talk = Conversation(responses())
    talk.send(CLIENT, "Create")
    assert "1 of at most 1 Response channels are open" in talk.refusal(CLIENT, "Create")
    talk.read(SERVER)
    talk.say(SERVER, "Created", key="r1")
    assert "at most 1" in talk.refusal(CLIENT, "Create")
    assert "Create" not in talk.sessions[CLIENT].allowed()
    talk.say(SERVER, "Done", key="r1")
    assert talk.say(CLIENT, "Create") == [("Create", None)]


def test_any_number_runs_beside_it_that_does_not_count() -> None:
    talk = Conversation(responses())
    for _ in range(3):
        talk.say(CLIENT, "CreateAside")
    talk.say(CLIENT, "Create")
    talk.say(SERVER, "CreatedAside", key="a1")
    talk.say(SERVER, "CreatedAside", key="a2")
    talk.say(SERVER, "Created", key="r1")
    for key in ("a2", "r1", "a1"):
        assert talk.say(SERVER, "Delta", key=key) == [("Delta", key)]
    assert "1 of at most 1 Response channels are being answered" in talk.refusal(
        SERVER, "Created", key="r2"
    )


def test_a_create_that_crosses_the_servers_own_is_no_breach_for_anybody() -> None:
    talk = Conversation(responses())
    talk.send(CLIENT, "Create")
    talk.send(SERVER, "Created", key="own")
    assert talk.read(CLIENT) == [("Created", "own")]
    assert talk.read(SERVER) == [("Create", None)]
    talk.say(SERVER, "Done", key="own")
    talk.say(SERVER, "Created", key="answer")
    assert talk.say(SERVER, "Done", key="answer") == [("Done", "answer")]


def test_a_second_create_with_no_word_of_the_server_between_is_a_breach() -> None:
    talk = Conversation(responses())
    server = talk.sessions[SERVER]
    assert isinstance(server.receive('{"type": "Create"}'), Message)
    event = server.receive('{"type": "Create"}')
    assert isinstance(event, Violation)
    assert "1 of at most 1 Response" in str(event.error)
    assert isinstance(server.receive('{"type": "CreateAside"}'), Message)
    talk.send(SERVER, "Fault")  # which may have been about anything, so the client may try again
    assert isinstance(server.receive('{"type": "Create"}'), Message)


def test_what_has_become_of_a_channel_unseen_is_held_against_nobody() -> None:
    jobs = KeyedStates(compile_lifecycle(responses()).channels[0])

    def said(side: Side, name: str, key: str | None = None) -> bool:
        step = jobs.judge(side, name, key)
        if step is not None:
            jobs.apply(side, step)
        return step is not None

    assert said(CLIENT, "Create")
    assert said(SERVER, "Created", "r1")
    assert not said(CLIENT, "Create")
    jobs.lose("r1")
    assert said(CLIENT, "Create")
    jobs.lose(None)
    assert said(CLIENT, "Create")


def test_who_gives_up_for_both_sides_may_open_again_before_any_answer() -> None:
    call = Channel(
        id="Call",
        key=ChannelKey(server="key"),
        lifecycle=ConnectionLifecycle(
            initialize=[
                keyed("Ask", CLIENT),
                OpeningStep(keyed("Answer", SERVER, answers="Ask"), gating=False),
            ],
            streaming_messages=[keyed("NeverMind", CLIENT, ends_both=True)],
            server_messages=[keyed("End", SERVER, final=True)],
        ),
        max_open=1,
        refused_by=Refusal(message="Fault"),
    )
    fault = said("Fault", SERVER, Fault, ambient=True)
    talk = Conversation(ConnectionLifecycle(server_messages=[fault], channels=[call]))
    talk.say(CLIENT, "Ask")
    talk.send(SERVER, "Answer", key="a")
    talk.say(CLIENT, "NeverMind")
    assert talk.read(CLIENT) == [("Answer", "a")]  # it was on its way
    for _ in range(3):
        assert talk.say(CLIENT, "Ask") == [("Ask", None)]
        assert talk.say(CLIENT, "NeverMind") == [("NeverMind", None)]


def test_two_of_the_servers_at_once_are_its_breach() -> None:
    talk = Conversation(responses())
    client = talk.sessions[CLIENT]
    for key, legal in (("r1", True), ("r2", False)):
        event = client.receive(f'{{"type": "Created", "key": "{key}"}}')
        assert isinstance(event, Message) is legal


def test_a_refusal_that_names_the_opening_frees_its_place_and_no_other() -> None:
    talk = Conversation(responses(max_open=2))
    talk.say(CLIENT, "Create", event_id="e1")
    talk.say(CLIENT, "Create", event_id="e2")
    talk.say(SERVER, "Fault", about="something else")
    assert "2 of at most 2" in talk.refusal(CLIENT, "Create")
    talk.say(SERVER, "Fault", about="e2")
    talk.say(CLIENT, "Create", event_id="e3")
    talk.say(SERVER, "Created", key="r1")
    assert "2 of at most 2" in talk.refusal(CLIENT, "Create")


def test_a_refusal_that_names_nothing_may_have_been_one() -> None:
    talk = Conversation(responses(unasked=[]))
    talk.say(CLIENT, "Create")
    talk.say(SERVER, "Fault")
    talk.say(CLIENT, "Create")  # which it may, if that was meant
    talk.say(SERVER, "Created", key="r1")
    assert talk.say(SERVER, "Created", key="r2") == [("Created", "r2")]  # it was not
    assert "no Create waits for an answer" in talk.refusal(SERVER, "Created", key="r3")


def test_doubtful_openings_are_remembered_up_to_a_bound() -> None:
    table = compile_lifecycle(responses())
    machine = Machine(table)
    for _ in range(1000):
        for side, name in ((CLIENT, "Create"), (SERVER, "Fault")):
            step = machine.move(side, name)
            assert step is not None
            machine.apply(side, step)
    assert len(machine.channels[0].open_keys()) <= 64


def uploads() -> ConnectionLifecycle:
    """Uploads without any key, which may be refused while they go on."""
    upload = Channel(
        id="Upload",
        key=None,
        lifecycle=ConnectionLifecycle(
            initialize=said("Begin", CLIENT, Asked),
            streaming_messages=[message("Piece", CLIENT)],
            server_messages=[message("Stored", SERVER, answers="Begin", final=True)],
        ),
        refused_by=Refusal(message="Fault", names="about", ticket="event_id"),
    )
    return ConnectionLifecycle(
        server_messages=[said("Fault", SERVER, Fault, ambient=True)], channels=[upload]
    )


def test_who_was_refused_says_no_more_but_what_was_on_its_way_is_good() -> None:
    talk = Conversation(uploads())
    talk.say(CLIENT, "Begin", event_id="b1")
    talk.send(CLIENT, "Piece")
    talk.send(SERVER, "Fault", about="b1")
    assert talk.read(SERVER) == [("Piece", None)]
    talk.read(CLIENT)
    talk.refusal(CLIENT, "Piece")
    assert talk.say(CLIENT, "Begin", event_id="b2") == [("Begin", None)]


def test_a_message_to_all_ends_every_channel_that_its_sender_opened() -> None:
    jobs = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", CLIENT),
            streaming_messages=[
                keyed("More", CLIENT),
                keyed("Stop", CLIENT, to_all=True, final=True),
            ],
            server_messages=[keyed("End", SERVER, final=True)],
        ),
    )
    talk = Conversation(ConnectionLifecycle(channels=[jobs]))
    assert talk.say(CLIENT, "Stop") == [("Stop", None)]  # to nobody
    for key in "abc":
        talk.say(CLIENT, "Open", key=key)
    talk.say(CLIENT, "Stop", key="b")
    assert talk.say(CLIENT, "More", key="a") == [("More", "a")]
    talk.say(CLIENT, "Stop")
    for key in "abc":
        assert "has ended its half" in talk.refusal(CLIENT, "More", key=key)
        assert talk.say(SERVER, "End", key=key) == [("End", key)]


def items(**rules: Any) -> ConnectionLifecycle:
    """Items within responses."""
    item = Channel(
        id="Item",
        key="inner",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Added", SERVER),
            server_messages=[keyed("Text", SERVER), keyed("ItemDone", SERVER, final=True)],
        ),
        **rules,
    )
    response = Channel(
        id="Response",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Create", CLIENT),
            streaming_messages=[keyed("Cancel", CLIENT, final=True)],
            server_messages=[keyed("Done", SERVER, final=True)],
            channels=[item],
        ),
    )
    return ConnectionLifecycle(initialize=message("Hello", CLIENT), channels=[response])


def test_channels_within_a_channel_have_both_keys_and_live_no_longer_than_it() -> None:
    talk = Conversation(items(max_open=1))
    talk.say(CLIENT, "Hello")
    talk.say(CLIENT, "Create", key="r")
    talk.say(CLIENT, "Create", key="q")
    assert talk.say(SERVER, "Added", key="r", inner="i") == [("Added", ("r", "i"))]
    assert "1 of at most 1 Item" in talk.refusal(SERVER, "Added", key="r", inner="j")
    assert talk.say(SERVER, "Added", key="q", inner="i") == [("Added", ("q", "i"))]
    assert "no Item 'j' is open" in talk.refusal(SERVER, "Text", key="r", inner="j")
    talk.say(SERVER, "ItemDone", key="r", inner="i")
    talk.say(SERVER, "Added", key="r", inner="j")
    talk.say(SERVER, "Done", key="r")
    assert "has ended its half" in talk.refusal(SERVER, "Text", key="r", inner="j")
    assert talk.say(SERVER, "Text", key="q", inner="i") == [("Text", ("q", "i"))]
    assert "no Response 'x' is open" in talk.refusal(SERVER, "Text", key="x", inner="i")


def test_a_copy_of_a_machine_is_followed_apart_channels_within_channels_included() -> None:
    machine = Machine(compile_lifecycle(items()))
    for side, name, key in (
        (CLIENT, "Hello", None),
        (CLIENT, "Create", "r"),
        (SERVER, "Added", ("r", "i")),
    ):
        step = machine.move(side, name, key)
        assert step is not None
        machine.apply(side, step)
    twin = machine.copy()
    step = twin.move(SERVER, "ItemDone", ("r", "i"))
    assert step is not None
    twin.apply(SERVER, step)
    assert twin.move(SERVER, "Text", ("r", "i")) is None
    assert machine.move(SERVER, "Text", ("r", "i")) is not None


def test_errors_say_what_has_to_happen_first() -> None:
    talk = Conversation(responses())
    said = talk.refusal(SERVER, "CreatedAside", key="a")
    assert said.endswith("CreatedAside is legal after CreateAside from the client.")
    talk.say(CLIENT, "Create")
    said = talk.refusal(CLIENT, "Create")
    assert "Legal now: CreateAside." in said
    after = "Created from the server, then Done from the server."
    assert said.endswith(f"Create is legal after {after}")
    talk.say(SERVER, "Created", key="r")
    said = talk.refusal(SERVER, "Created", key="s")
    assert said.endswith("Created is legal after Done from the server.")


def test_a_key_in_use_says_how_it_is_used_and_when_it_is_free() -> None:
    job = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", CLIENT),
            close=keyed("Close", CLIENT),
            server_messages=[keyed("End", SERVER, final=True)],
        ),
    )
    talk = Conversation(ConnectionLifecycle(channels=[job]))
    talk.say(CLIENT, "Open", key="a")
    said = talk.refusal(CLIENT, "Open", key="a")
    assert "Job 'a' is open already" in said
    assert "Open is legal after" in said
    talk.say(CLIENT, "Close", key="a")
    said = talk.refusal(CLIENT, "Open", key="a")
    assert "Job 'a' has not been ended by both sides" in said
    assert said.endswith("Open is legal after End from the server.")
    talk.say(SERVER, "End", key="a")
    assert talk.say(CLIENT, "Open", key="a") == [("Open", "a")]
    once = Conversation(ConnectionLifecycle(channels=[replace(job, reuse=KeyReuse.NEVER)]))
    for side, name in ((CLIENT, "Open"), (CLIENT, "Close")):
        once.say(side, name, key="a")
    assert "Job 'a' has not been ended yet" in once.refusal(CLIENT, "Open", key="a")
    once.say(SERVER, "End", key="a")
    said = once.refusal(CLIENT, "Open", key="a")
    assert "Job 'a' has been used, and a key is never used again" in said
    assert said.endswith("Open cannot become legal again on this connection.")


def test_what_is_known_to_be_over_is_not_listed_as_legal() -> None:
    lifecycle = ConnectionLifecycle(
        streaming_messages=[message("Line", CLIENT, until="GoAway"), message("Note", CLIENT)],
        server_messages=[message("GoAway", SERVER)],
    )
    talk = Conversation(lifecycle)
    talk.say(SERVER, "GoAway")
    said = talk.refusal(CLIENT, "Line")
    assert "not to be sent any more, now that GoAway from the server has passed" in said
    assert said.endswith("Legal now: Note. Line cannot become legal again on this connection.")


def placed(machine: Machine, *said: tuple[Side, str, Any]) -> list[object]:
    """Say it all on ``machine``; returns what each does on the channels."""
    steps: list[object] = []
    for side, name, key in said:
        step = machine.move(side, name, key)
        assert isinstance(step, ChannelStep), machine.explain(side, name, key)
        machine.apply(side, step)
        steps.append(step.outcome)
    return steps


def test_channels_without_a_key_are_called_by_the_order_in_which_they_were_opened() -> None:
    machine = Machine(compile_lifecycle(turns(max_answered=None)))
    placed(machine, *((CLIENT, name, None) for name in ("Speak", "Flush", "Speak")))
    assert repr(machine.channels[0].open_keys()) == "(#2, #1)"


def test_after_the_turn_that_a_side_is_in_was_lost_what_it_says_proves_nothing() -> None:
    machine = Machine(compile_lifecycle(turns()))
    placed(machine, (CLIENT, "Speak", None), (SERVER, "Started", "t1"))
    (states,) = machine.channels
    states.lose("t1")
    assert placed(machine, (SERVER, "Audio", None)) == [LET_PASS]
    placed(machine, (CLIENT, "Speak", None))  # which opens another


@pytest.mark.parametrize("lost", [Unnamed(1), None])
def test_where_a_channel_without_a_name_is_lost_any_may_have_been_meant(
    lost: Unnamed | None,
) -> None:
    machine = Machine(compile_lifecycle(turns(max_answered=None)))
    placed(
        machine,
        (CLIENT, "Speak", None),
        (CLIENT, "Flush", None),
        (CLIENT, "Speak", None),
        (SERVER, "Started", "t1"),
    )
    (states,) = machine.channels
    states.lose(lost)
    assert (states.open, states.open_keys()) == (0, ())
    assert placed(machine, (SERVER, "Audio", None), (SERVER, "Ended", "t1")) == [LET_PASS] * 2
    placed(machine, (SERVER, "Started", "t2"))  # the answer to an opening that is not known
    assert states.open_keys() == ("t2",)


ROUNDS, REMEMBERED = 5_000, 16


def jobs_ended_at_once() -> ConnectionLifecycle:
    """Jobs that one message without a key ends, all of them."""
    job = Channel(
        id="Job",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", CLIENT),
            streaming_messages=[keyed("Stop", CLIENT, to_all=True, final=True)],
            server_messages=[keyed("End", SERVER, final=True)],
        ),
    )
    return ConnectionLifecycle(channels=[job])


@pytest.mark.parametrize(
    ("lifecycle", "script"),
    [
        (turns(), "c Speak, c Flush, s Started n, s Audio, s Ended n"),
        (turns(reuse=KeyReuse.AFTER_BOTH_ENDED), "c Speak, c Flush, s Started n, s Ended n"),
        (turns(), "c Speak, c Flush"),  # and no answer ever comes
        (turns(max_answered=None), "c Speak, c Flush, s Started n"),  # and no end
        (flushes(), "c Flush, s Flushed"),
        (responses(), "c Create, s Created n, s Delta n, s Done n"),
        (responses(), "c CreateAside, s CreatedAside n, s Done n"),
        (
            responses(reuse=KeyReuse.AFTER_BOTH_ENDED),
            "c CreateAside, s CreatedAside n, s Delta n, s Done n",
        ),
        (responses(max_open=None), "c CreateAside"),
        (responses(), "s Created n, s Done n"),
        (responses(), "c Create, refused"),
        (responses(), "c Create #n, refused #n"),
        (uploads(), "c Begin #n, c Piece, refused #n, c Piece"),
        (uploads(), "c Begin #n, refused, s Stored"),
        (jobs_ended_at_once(), "c Open n, c Stop"),
        (items(), "c Create n, s Added n/1, s Text n/1, s Done n"),
        (items(), "c Create n, s Added n/1, s ItemDone n/1, s Done n"),
        (items(), "c Create n, s Added n/1, c Cancel n, s Done n"),
        (items(), "s Added one/n, s ItemDone one/n"),
        (items(reuse=KeyReuse.NEVER), "s Added one/n, s ItemDone one/n"),
    ],
)
def test_what_has_ended_is_not_remembered_for_ever(
    lifecycle: ConnectionLifecycle, script: str
) -> None:
    spec = compile_lifecycle(lifecycle).channels[0]
    states = KeyedStates(spec, most_ended=REMEMBERED)
    if "one/" in script:
        follow(states, "c Create one", 0)
    for number in range(ROUNDS):
        follow(states, script, number)
    assert held(states) < ROUNDS / 4
    assert len(states.open_keys()) <= 64 + REMEMBERED


def follow(states: KeyedStates, script: str, number: int) -> None:
    """Say what ``script`` says, with ``number`` for each n: ``c Open n`` or ``s Added n/1``."""
    for line in script.split(", "):
        who, *words = line.split()
        if who == "refused":
            states.refuse(number if words else None)
            continue
        name, key, ticket = words[0], None, None
        if words[1:] == ["#n"]:
            ticket = number
        elif words[1:]:
            parts = tuple(number if part == "n" else part for part in words[1].split("/"))
            key = parts[0] if len(parts) == 1 else (parts[0], parts[1])
        side = CLIENT if who == "c" else SERVER
        step = states.judge(side, name, key)
        assert step is not None, (line, number)
        states.apply(side, step, ticket)
