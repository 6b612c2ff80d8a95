"""How breaches are answered, as data."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schematic import (
    Breach,
    Channel,
    ConnectionLifecycle,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    OnBreach,
    Schema,
    Side,
)
from schematic.define.lifecycle_checks import check_lifecycle
from schematic.define.narrowing import without
from support.lifecycles import body_of, keyed, message

C, S = Side.CLIENT, Side.SERVER


class Loose(msgspec.Struct, tag="loose"):
    words: list[str]


JOBS = Channel(
    id="Job",
    key="key",
    lifecycle=ConnectionLifecycle(
        initialize=keyed("Open", C), server_messages=[keyed("Done", S, final=True)]
    ),
)
LOOSE = MessageSchema(id="Loose", direction=MessageDirection.SERVER_TO_CLIENT, schema=Schema(Loose))


def lifecycle(*rules: OnBreach, **more: Any) -> ConnectionLifecycle:
    return ConnectionLifecycle(
        initialize=message("Hello", C),
        streaming_messages=[message("Say", C)],
        server_messages=[message("Oops", S), LOOSE],
        channels=[JOBS],
        on_breach=rules,
        **more,
    )


def test_the_first_rule_that_fits_is_the_answer() -> None:
    rules = lifecycle(
        OnBreach.ignore(Breach.EARLY, message="Done", by=S),
        OnBreach.close(4429, Breach.REPEATED, message=["Hello", "Open"]),
        OnBreach.say("Oops", Breach.ILLEGAL),
        OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, by=None),
    )
    check_lifecycle(rules)
    ignored, twice, oops, invalid = rules.on_breach
    assert rules.answer_to(S, Breach.EARLY, "Done") == ignored
    assert ignored.ignores
    assert rules.answer_to(C, Breach.REPEATED, "Hello") == twice
    assert not twice.ignores
    assert rules.answer_to(C, Breach.REPEATED, "Say") == oops
    assert not oops.ignores
    assert rules.answer_to(C, Breach.EARLY, "Say") == oops
    assert rules.answer_to(S, Breach.EARLY, "Oops") is None
    assert rules.answer_to(S, Breach.INVALID, "Oops") == invalid
    assert rules.answer_to(C, Breach.UNKNOWN, "") == invalid


@pytest.mark.parametrize("breach", Breach)
def test_illegal_stands_for_every_wrong_moment(breach: Breach) -> None:
    rule = OnBreach.close(4000, Breach.ILLEGAL)
    assert rule.answers(C, breach, "Say") == breach.is_illegal
    assert breach.is_illegal == (breach not in (Breach.UNKNOWN, Breach.INVALID))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (OnBreach.close(4000), "breaches: say which kinds of breach are meant"),
        (OnBreach.close(1006, Breach.EARLY), "close_code: 1006 is no close code"),
        (OnBreach.close(4000, Breach.EARLY, reason="é" * 62), "reason: a close frame has room"),
        (OnBreach.ignore(Breach.EARLY, message="Never"), "messages: the client has no message"),
        (OnBreach.ignore(Breach.EARLY, message="Done"), "messages: the client has no message"),
        (OnBreach.ignore(Breach.EARLY, message="Say", by=None), "messages: the server has no"),
        (OnBreach.say("Say", Breach.EARLY), "says: the server has no message 'Say'"),
        (OnBreach.say("Done", Breach.EARLY), "says: 'Done' is a message of a channel"),
        (
            OnBreach.say("Oops", Breach.EARLY, body=body_of("Say")()),
            "body: it is no Oops",
        ),
        (OnBreach.say("Loose", Breach.EARLY, body=Loose([])), "body: the body can be changed"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place(rule: OnBreach, told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        check_lifecycle(lifecycle(OnBreach.ignore(Breach.LATE), rule))
    assert str(caught.value).startswith(f"on_breach[1].{told}")


def test_a_message_that_only_the_other_side_may_say_can_be_meant_by_a_rule_about_direction() -> (
    None
):
    check_lifecycle(lifecycle(OnBreach.close(4400, Breach.FOREIGN, message="Done")))


def test_a_body_that_fits_is_said() -> None:
    check_lifecycle(lifecycle(OnBreach.say("Oops", Breach.EARLY, body=body_of("Oops")())))


def test_rules_are_about_the_messages_that_a_connection_has() -> None:
    whole = lifecycle(
        OnBreach.close(4000, Breach.EARLY, message=["Say", "Hello"]),
        OnBreach.close(4001, Breach.LATE, message="Say"),
        OnBreach.say("Oops", Breach.LATE),
        OnBreach.close(4002, Breach.LATE),
    )
    left = without(whole, frozenset({"Say", "Oops"}))
    check_lifecycle(left)
    assert left.on_breach == (
        OnBreach.close(4000, Breach.EARLY, message="Hello"),
        OnBreach.close(4002, Breach.LATE),
    )


def test_rules_belong_to_the_connection() -> None:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", C), on_breach=[OnBreach.ignore(Breach.EARLY)]
    )
    channel = Channel(id="Job", key="key", lifecycle=inside)
    with pytest.raises(DefinitionError, match="belong to the connection"):
        check_lifecycle(ConnectionLifecycle(channels=[channel]))
