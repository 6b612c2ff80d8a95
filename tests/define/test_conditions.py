from __future__ import annotations

from typing import Any

import pytest

from schematic import Condition, Constraint, DefinitionError, ListStyle, ParamType
from support.definitions import an_api, an_endpoint, param

MODEL = param("model")
CALL = param("call_id")
ENCODING = param("encoding", choices=["pcm", "opus", "aac"], default="pcm")
RATE = param("rate", ParamType.INTEGER)
FLAG = param("redact", ParamType.BOOLEAN, default=False)
TERMS = param("terms", many=ListStyle.REPEATED)
PARAMS = (MODEL, CALL, ENCODING, RATE, FLAG, TERMS)


def problem(constraint: Constraint, **sent: Any) -> str | None:
    values = {p.name: sent.get(p.name, p.default) for p in PARAMS}
    return constraint.resolved(PARAMS).problem({n: v for n, v in values.items() if v}, sent)


def test_at_most_one_is_broken_by_two() -> None:
    one = Constraint.at_most_one("model", "call_id", "rate")
    assert problem(one) is None
    assert problem(one, model="m") is None
    assert problem(one, model="m", rate=1) == (
        "model and rate exclude each other; choose one of them"
    )


def test_at_least_one_is_broken_by_none() -> None:
    one = Constraint.at_least_one("rate", {"encoding": ("opus", "aac")})
    assert problem(one, rate=1) is None
    assert problem(one, encoding="aac") is None
    assert problem(one, encoding="aac", rate=1) is None
    assert problem(one, encoding="pcm") == (
        "one of them is required: rate, or encoding=opus or aac"
    )


def test_exactly_one_is_broken_by_none_and_by_two() -> None:
    one = Constraint.exactly_one("model", "call_id")
    assert problem(one, model="m") is None
    assert problem(one) == "one of them is required: model, or call_id"
    assert problem(one, model="m", call_id="c") == (
        "model and call_id exclude each other; choose one of them"
    )


def test_what_needs_another_does_not_go_without() -> None:
    needs = Constraint.needs("terms", {"redact": True}, "model")
    assert problem(needs) is None
    assert problem(needs, model="m") is None
    assert problem(needs, terms=("a",), redact=True, model="m") is None
    assert problem(needs, terms=("a",), model="m") == (
        "terms needs redact=true; add that, or leave terms out"
    )


def test_a_value_may_be_written_as_text_and_a_default_counts() -> None:
    assert problem(Constraint.needs({"redact": "TRUE"}, "rate"), redact=True) is not None
    assert problem(Constraint.needs({"encoding": "pcm"}, "rate")) == (
        "encoding=pcm needs rate; add that, or leave encoding=pcm out"
    )


def test_a_condition_of_several_parameters_holds_if_all_do() -> None:
    both = Condition.of({"encoding": "opus", "redact": True})
    assert both.holds({"encoding": "opus", "redact": True}, ())
    assert not both.holds({"encoding": "opus", "redact": False}, ())
    assert str(both) == "encoding=opus and redact=true"
    assert Condition.of(both) is both
    assert Condition().holds({}, ())


def test_constraints_say_what_they_are() -> None:
    assert str(Constraint.needs("terms", "model", "rate")) == "terms needs model and rate"
    assert str(Constraint.exactly_one("model", "rate")) == "exactly one of model, or rate"


@pytest.mark.parametrize(
    ("constraint", "where"),
    [
        (
            Constraint.at_most_one("model", "tempo"),
            "conditions[1]: there is no parameter 'tempo'. There are: model, call_id",
        ),
        (
            Constraint.needs({"encoding": "mp3"}, "rate"),
            "conditions[0]: encoding: 'mp3' is not one of pcm, opus, aac",
        ),
        (
            Constraint.needs("rate", {"terms": "a"}),
            "conditions[1]: terms is no single value; a condition can say that it is given",
        ),
        (
            Constraint.at_most_one("model"),
            " a constraint is about two different conditions or more",
        ),
        (
            Constraint.exactly_one("model", "model"),
            " a constraint is about two different conditions or more",
        ),
    ],
)
def test_a_constraint_about_what_does_not_exist_is_named_by_its_place(
    constraint: Constraint, where: str
) -> None:
    fine = Constraint.at_most_one("model", "call_id")
    with pytest.raises(DefinitionError) as caught:
        an_api(an_endpoint(*PARAMS, constraints=[fine, constraint]))
    place = f"Example / Talk / constraints[1]{':' if where[0] == ' ' else '.'}"
    assert str(caught.value).startswith(place + where)
