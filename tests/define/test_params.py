from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import ConnectionParam, DefinitionError, ParamLocation, ParamType, ParamValue
from support.definitions import a_bound, param

VALUES: dict[ParamType, st.SearchStrategy[ParamValue]] = {
    ParamType.STRING: st.text(),
    ParamType.INTEGER: st.integers(-(10**99), 10**99),
    ParamType.BOOLEAN: st.booleans(),
    ParamType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
}
TYPED_VALUES = st.sampled_from(ParamType).flatmap(
    lambda kind: st.tuples(st.just(kind), VALUES[kind])
)


@given(TYPED_VALUES)
def test_what_is_formatted_parses_to_the_same_value(typed: tuple[ParamType, ParamValue]) -> None:
    kind, value = typed
    parsed = kind.parse(kind.format(value))
    assert parsed == value
    assert type(parsed) is type(value)


@given(TYPED_VALUES)
def test_a_default_given_as_text_is_the_same_as_one_given_as_a_value(
    typed: tuple[ParamType, ParamValue],
) -> None:
    kind, value = typed
    text = kind.format(value)
    assert param("p", kind, default=text) == param("p", kind, default=value)


@given(st.sampled_from(ParamType), st.text())
def test_a_text_that_parses_formats_without_error(kind: ParamType, text: str) -> None:
    try:
        value = kind.parse(text)
    except ValueError:
        return
    assert kind.parse(kind.format(value)) == value


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_booleans_are_read_whatever_their_case_and_written_in_lower_case(text: str) -> None:
    assert ParamType.BOOLEAN.parse(text) is True
    assert param("p", ParamType.BOOLEAN).format(text) == "true"


@pytest.mark.parametrize(
    ("kind", "given_value", "problem"),
    [
        (ParamType.BOOLEAN, "maybe", "'maybe' is not a boolean"),
        (ParamType.BOOLEAN, "1", "'1' is not a boolean"),
        (ParamType.BOOLEAN, 1, "1 is not a boolean"),
        (ParamType.INTEGER, "1.0", "'1.0' is not an integer"),
        (ParamType.INTEGER, "1_000", "'1_000' is not an integer"),
        (ParamType.INTEGER, " 1", "' 1' is not an integer"),
        (ParamType.INTEGER, "007", "'007' is not an integer"),
        (ParamType.INTEGER, "\u0663", "'\u0663' is not an integer"),
        (ParamType.INTEGER, True, "True is not an integer"),
        (ParamType.INTEGER, 1.0, "1.0 is not an integer"),
        (ParamType.FLOAT, "inf", "'inf' is not a finite float"),
        (ParamType.FLOAT, "1e999", "'1e999' is not a finite float"),
        (ParamType.FLOAT, math.nan, "nan is not a finite float"),
        (ParamType.FLOAT, True, "True is not a finite float"),
        (ParamType.STRING, 5, "5 is not a string"),
        (ParamType.STRING, None, "None is not a string"),
        (ParamType.STRING, [0] * 50, "[0, 0,"),
    ],
)
def test_a_value_of_another_type_is_refused(
    kind: ParamType, given_value: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        kind.format(given_value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("kind", [ParamType.INTEGER, ParamType.FLOAT])
def test_an_integer_of_absurd_length_is_refused(kind: ParamType) -> None:
    with pytest.raises(ValueError, match="an integer of more than 100 digits"):
        kind.format(10**5000)


def test_an_integer_is_a_float_too() -> None:
    assert ParamType.FLOAT.coerce(1) == 1.0
    assert isinstance(ParamType.FLOAT.coerce("1"), float)


def test_only_a_choice_is_allowed_where_there_are_choices() -> None:
    rate = param("rate", ParamType.INTEGER, choices=["8000", 16000])
    assert rate.choices == (8000, 16000)
    assert rate.parse("8000") == 8000
    with pytest.raises(ValueError, match="44100 is not one of 8000, 16000"):
        rate.value(44100)


def test_one_choice_may_be_written_alone() -> None:
    assert param("source", choices="sdk").choices == ("sdk",)


def test_parameters_are_equal_by_value_and_hashable() -> None:
    one, other = (param("p", choices=["a", "b"], default="a") for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)


BAD_PARAMS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: '' is not a parameter name"),
    ({"name": "a\nb"}, "name: 'a\\nb' is not a parameter name"),
    ({"param_type": ParamType.BOOLEAN, "default": "maybe"}, "default: 'maybe' is not a boolean"),
    ({"choices": ["a"], "default": "b"}, "default: 'b' is not one of a"),
    ({"param_type": ParamType.INTEGER, "choices": [1, "x"]}, "choices[1]: 'x' is not an integer"),
    ({"location": ParamLocation.HEADER, "name": "a b"}, "name: 'a b' is not a header name"),
    (
        {"location": ParamLocation.HEADER, "default": "a\r\nb"},
        "default: a header value cannot hold a line break",
    ),
    ({"location": ParamLocation.PATH}, "location: the path has no {p}"),
    (
        {"location": ParamLocation.QUERY, "name": "room"},
        "location: {room} is in the path; give one of the two another name",
    ),
]


@pytest.mark.parametrize(("fields", "problem"), BAD_PARAMS)
def test_a_parameter_that_contradicts_itself_is_named_by_its_place(
    fields: dict[str, Any], problem: str
) -> None:
    given_fields: dict[str, Any] = {"name": "p", "param_type": ParamType.STRING} | fields
    bad = ConnectionParam(**given_fields)
    with pytest.raises(DefinitionError) as caught:
        a_bound(param("fine"), bad, path="/{room}")
    assert str(caught.value) == f"Example / Talk / connection_params[1].{problem}"


def test_a_header_parameter_may_have_a_default_or_none() -> None:
    header = ParamLocation.HEADER
    a_bound(param("A", location=header), param("B", location=header, default="x"))


def test_two_parameters_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        a_bound(param("a"), param("b"), param("a"))
    assert str(caught.value) == (
        "Example / Talk / connection_params[2].name: 'a' is taken already by connection_params[0]"
    )


def test_placeholders_are_path_parameters_and_come_first_declared_or_not() -> None:
    endpoint = a_bound(
        param("q"), param("room", ParamType.INTEGER), path="/{house}/{room}"
    ).endpoint
    assert [(p.name, p.param_type, p.location, p.required) for p in endpoint.params] == [
        ("house", ParamType.STRING, ParamLocation.PATH, True),
        ("room", ParamType.INTEGER, ParamLocation.PATH, True),
        ("q", ParamType.STRING, ParamLocation.QUERY, False),
    ]
