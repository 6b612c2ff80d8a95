"""The machine on one small conversation, told in its own words."""

from __future__ import annotations

import pytest

from schematic import ConnectionLifecycle, OpeningStep, Side
from schematic.compile import Phase, compile_endpoint, compile_lifecycle
from schematic_engine.errors import LocalIllegalMessage
from schematic_engine.events import Message
from schematic_engine.machine import Machine
from schematic_engine.session import Session
from support.lifecycles import bound, message

LIFECYCLE = ConnectionLifecycle(
    initialize=message("Hello", Side.CLIENT, repeatable=False),
    streaming_messages=[message("Chunk", Side.CLIENT), message("Mark", None, repeatable=False)],
    close=message("Done", Side.CLIENT),
    server_messages=[
        message("Audio", Side.SERVER),
        message("Final", Side.SERVER, final=True, after="Done"),
        message("Trouble", Side.SERVER, ambient=True),
    ],
)


def after(*said: str) -> Machine:
    machine = Machine(compile_lifecycle(LIFECYCLE))
    for step in said:
        side, _, name = step.partition(":")
        move = machine.move(Side(side), name)
        assert move is not None, step
        machine.apply(Side(side), move)
    return machine


@pytest.mark.parametrize(
    ("said", "phase"),
    [
        ((), Phase.INITIALIZING),
        (("server:Trouble",), Phase.INITIALIZING),
        (("client:Hello",), Phase.STREAMING),
        (("client:Hello", "client:Chunk", "server:Audio"), Phase.STREAMING),
        (("client:Hello", "client:Done"), Phase.CLOSING),
        (("client:Hello", "client:Done", "server:Final"), Phase.CLOSING),
    ],
)
def test_the_phase_follows_the_conversation(said: tuple[str, ...], phase: Phase) -> None:
    assert after(*said).phase is phase


@pytest.mark.parametrize(
    ("said", "side", "name", "why"),
    [
        ((), Side.CLIENT, "Chunk", "still opening"),
        ((), Side.SERVER, "Audio", "wait until opening step 1 (Hello) is finished"),
        (("client:Hello",), Side.CLIENT, "Hello", "belongs to the opening"),
        (("client:Hello", "client:Mark"), Side.CLIENT, "Mark", "sent once, and it has been"),
        (("client:Hello", "client:Done"), Side.CLIENT, "Chunk", "has ended its half"),
        (("client:Hello",), Side.SERVER, "Final", "wait until Done from the client has passed"),
        (("client:Hello",), Side.SERVER, "Chunk", "only the client may send it"),
    ],
)
def test_a_refusal_says_why(said: tuple[str, ...], side: Side, name: str, why: str) -> None:
    machine = after(*said)
    assert machine.move(side, name) is None
    assert why in machine.explain(side, name)["why"]


def test_a_message_once_for_each_half_is_counted_apart() -> None:
    machine = after("client:Hello", "client:Mark")
    assert machine.move(Side.SERVER, "Mark") is not None


def test_each_half_ends_alone() -> None:
    machine = after("client:Hello", "client:Done")
    assert machine.ended(Side.CLIENT)
    assert not machine.ended(Side.SERVER)
    assert machine.allowed(Side.CLIENT) == ()
    assert set(machine.allowed(Side.SERVER)) == {"Audio", "Final", "Trouble", "Mark"}


def test_a_refused_opening_lets_nobody_go_on() -> None:
    answer = OpeningStep(
        message("AuthOk", Side.SERVER), message("AuthInvalid", Side.SERVER, final=True)
    )
    table = compile_lifecycle(
        ConnectionLifecycle(initialize=[answer], streaming_messages=[message("Go", Side.CLIENT)])
    )
    machine = Machine(table)
    move = machine.move(Side.SERVER, "AuthInvalid")
    assert move is not None
    machine.apply(Side.SERVER, move)
    assert machine.phase is Phase.CLOSING
    assert machine.allowed(Side.CLIENT) == ()


def test_an_error_reads_as_advice() -> None:
    error = LocalIllegalMessage(**after().explain(Side.CLIENT, "Chunk"))
    assert str(error) == (
        "Chunk from the client is illegal while INITIALIZING: the client is still opening the "
        "conversation. Legal now: Hello. Chunk is legal after Hello from the client."
    )


def test_an_error_with_no_step_on_the_way_names_none() -> None:
    facts = {**after().explain(Side.CLIENT, "Chunk"), "path": ()}
    assert str(LocalIllegalMessage(**facts)).endswith("Legal now: Hello.")


def test_an_error_says_when_there_is_no_way_back() -> None:
    error = LocalIllegalMessage(
        **after("client:Hello", "client:Done").explain(Side.CLIENT, "Chunk")
    )
    assert str(error).endswith(
        "Nothing is legal now. Chunk cannot become legal again on this connection."
    )


def test_who_knows_of_a_goodbye_does_not_go_on_but_nobody_is_blamed_for_not_knowing() -> None:
    goodbye = message("Goodbye", Side.SERVER)
    chunk = message("Chunk", Side.CLIENT, until="Goodbye")
    lifecycle = ConnectionLifecycle(streaming_messages=[chunk], server_messages=[goodbye])
    endpoint = compile_endpoint(bound(lifecycle))
    client, server = Session(endpoint, Side.CLIENT), Session(endpoint, Side.SERVER)
    crossing = client.send("Chunk")
    client.receive(server.send("Goodbye"))
    assert isinstance(server.receive(crossing), Message)
    with pytest.raises(LocalIllegalMessage, match="not to be sent any more, now that Goodbye"):
        client.send("Chunk")
