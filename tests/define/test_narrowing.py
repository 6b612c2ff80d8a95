from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schematic import (
    Channel,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    DefinitionError,
    ListStyle,
    OpeningStep,
    ParamType,
    Refusal,
    Side,
    Timer,
)
from schematic.define.lifecycle_checks import check_lifecycle
from schematic.define.narrowing import absent_with, combinations, without
from support.definitions import an_api, an_endpoint, param
from support.lifecycles import keyed, message

CLIENT, SERVER = Side.CLIENT, Side.SERVER
FORM = param("form", choices=["binary", "json", "base64"], default="binary")
JSON = {"form": ("json", "base64")}


def absent(lifecycle: ConnectionLifecycle, *params: ConnectionParam, **given: Any) -> set[str]:
    return set(absent_with(lifecycle, params, given))


def saying(**when: Any) -> ConnectionLifecycle:
    return ConnectionLifecycle(
        streaming_messages=[
            message(name, CLIENT, when=condition) for name, condition in when.items()
        ]
    )


def test_a_message_exists_with_the_values_that_it_names_and_with_a_default_that_is_one() -> None:
    lifecycle = saying(Plain={"form": "binary"}, Wrapped=JSON)
    assert absent(lifecycle, FORM, form="json") == {"Plain"}
    assert absent(lifecycle, FORM, form="base64") == {"Plain"}
    assert absent(lifecycle, FORM) == absent(lifecycle, FORM, form="binary") == {"Wrapped"}


def test_a_text_counts_as_its_value_and_what_is_no_value_as_the_default() -> None:
    flag = param("loud", ParamType.BOOLEAN, default=False)
    lifecycle = saying(Shout={"loud": True})
    assert absent(lifecycle, flag, loud="TRUE") == set()
    assert absent(lifecycle, flag, loud="perhaps") == {"Shout"}
    assert absent(saying(Shout={"loud": True}), replace(flag, default=None)) == {"Shout"}


def test_all_parameters_of_a_condition_count() -> None:
    level = param("level", ParamType.INTEGER, default=1)
    lifecycle = saying(Both={"form": "json", "level": 2})
    assert absent(lifecycle, FORM, level, form="json", level=2) == set()
    assert absent(lifecycle, FORM, level, form="json") == {"Both"}


def test_without_conditions_nothing_is_ever_absent() -> None:
    assert absent(ConnectionLifecycle(streaming_messages=[message("A", CLIENT)])) == set()


def test_what_is_absent_is_nowhere_and_nothing_speaks_of_it() -> None:
    first = OpeningStep(message("A", CLIENT), message("B", CLIENT))
    second = OpeningStep(message("C", SERVER), gating=False)
    inner = ConnectionLifecycle(
        initialize=keyed("Open", CLIENT),
        streaming_messages=[keyed("More", CLIENT), keyed("Stop", CLIENT, ends_both=True)],
    )
    job = Channel(id="Job", key="key", lifecycle=inner, ignores=["More", "Stop"])
    lifecycle = ConnectionLifecycle(
        initialize=[first, second],
        streaming_messages=[message("D", CLIENT, until=["E", "F"]), message("G", CLIENT)],
        close=message("Bye", CLIENT),
        server_messages=[message("E", SERVER), message("F", SERVER)],
        channels=[job, replace(job, id="Task", lifecycle=renamed(inner))],
        timers=[Timer.keepalive(5, message="G"), Timer.idle(20)],
        closing=Closing(by=SERVER),
    )
    left = without(lifecycle, frozenset({"B", "C", "E", "G", "Bye", "More", "TaskOpen"}))
    check_lifecycle(left)
    assert left == ConnectionLifecycle(
        initialize=[OpeningStep(message("A", CLIENT))],
        streaming_messages=[message("D", CLIENT, until="F")],
        server_messages=[message("F", SERVER)],
        channels=[
            Channel(
                id="Job",
                key="key",
                lifecycle=ConnectionLifecycle(
                    initialize=[OpeningStep(keyed("Open", CLIENT))],
                    streaming_messages=[keyed("Stop", CLIENT, ends_both=True)],
                ),
                ignores=["Stop"],
            )
        ],
        timers=[Timer.idle(20)],
        closing=Closing(by=SERVER),
    )


def test_an_opening_without_a_key_is_absent_together_with_its_answer() -> None:
    answers = [
        keyed("Reply", SERVER, answers="Ask"),
        keyed("Told", SERVER, answers=["Tell", "Ask"]),
    ]
    call = Channel(
        id="Call",
        key=None,
        lifecycle=ConnectionLifecycle(
            initialize=[
                OpeningStep(keyed("Ask", CLIENT), keyed("Tell", CLIENT)),
                OpeningStep(*answers),
            ],
        ),
        unasked=["Reply", "Told"],
        uncounted=["Ask", "Tell"],
        refused_by=Refusal(message="Error"),
    )
    lifecycle = ConnectionLifecycle(server_messages=[message("Error", SERVER)], channels=[call])
    (left,) = without(lifecycle, frozenset({"Ask", "Reply", "Error"})).channels
    assert [m.id for m in left.messages] == ["Tell", "Told"]
    assert left.messages[1].answers == ("Tell",)
    assert (left.unasked, left.uncounted, left.refused_by) == (("Told",), ("Tell",), None)
    (whole,) = without(lifecycle, frozenset({"Tell"})).channels
    assert [m.id for m in whole.messages] == ["Ask", "Reply", "Told"]
    assert whole.refused_by == Refusal(message="Error")
    check_lifecycle(without(lifecycle, frozenset({"Tell"})))


def renamed(lifecycle: ConnectionLifecycle) -> ConnectionLifecycle:
    opening, *_ = (step.messages[0] for step in lifecycle.opening)
    return ConnectionLifecycle(initialize=replace(opening, id=f"Task{opening.id}"))


def test_every_combination_that_makes_a_difference_is_named() -> None:
    lifecycle = saying(Plain={"form": "binary"}, Wrapped=JSON, Loud={"loud": True})
    flag = param("loud", ParamType.BOOLEAN)
    assert combinations(lifecycle, [FORM, flag]) == {
        frozenset({"Wrapped"}): "form=binary and loud=true",
        frozenset({"Wrapped", "Loud"}): "form=binary and loud=false",
        frozenset({"Plain"}): "form=json and loud=true",
        frozenset({"Plain", "Loud"}): "form=json and loud=false",
    }
    assert combinations(ConnectionLifecycle(), [FORM]) == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"choices": ["a", "b"]}, ["kind=a", "kind=b"]),
        ({}, ["kind=a", "no kind"]),
        ({"choices": ["a"]}, ["kind=a", "no kind"]),
        ({"default": "c"}, ["kind=a", "another kind"]),
        ({"required": True}, ["kind=a", "another kind"]),
        ({"required": True, "choices": ["a"]}, ["kind=a"]),
    ],
)
def test_one_value_stands_for_all_that_no_condition_names(
    fields: dict[str, Any], words: list[str]
) -> None:
    found = combinations(saying(A={"kind": "a"}), [param("kind", **fields)])
    assert list(found.values()) == words


def test_more_combinations_than_anybody_could_look_at_are_refused() -> None:
    names = [f"p{number}" for number in range(11)]
    lifecycle = saying(**{name.upper(): {name: "x"} for name in names})
    with pytest.raises(DefinitionError, match="2048 combinations of values; 1024 is the limit"):
        combinations(lifecycle, [param(name) for name in names])


@pytest.mark.parametrize(
    ("lifecycle", "problem"),
    [
        (saying(A={"shape": "x"}), "lifecycle: A.when: there is no parameter 'shape'. There are: "),
        (saying(A={"form": "xml"}), "lifecycle: A.when: form: 'xml' is not one of binary, json, "),
        (saying(A="form"), "lifecycle: A.when: say which values of form"),
        (saying(A={"many": "x"}), "lifecycle: A.when: many is no single value; a condition can "),
        (
            ConnectionLifecycle(
                streaming_messages=[
                    message("A", CLIENT, when={"form": "json"}),
                    message("B", CLIENT, after="A"),
                ]
            ),
            "lifecycle: what is left with form=binary: streaming_messages[0].after: 'A' is not a ",
        ),
    ],
)
def test_a_condition_that_cannot_be_is_named_by_its_place(
    lifecycle: ConnectionLifecycle, problem: str
) -> None:
    many = param("many", many=ListStyle.COMMA)
    with pytest.raises(DefinitionError) as caught:
        an_api(an_endpoint(FORM, many, lifecycle=lifecycle))
    assert str(caught.value).startswith(f"Example / Talk / {problem}")
