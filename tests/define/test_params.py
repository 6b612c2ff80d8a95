from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import (
    ConnectionParam,
    DefinitionError,
    ListStyle,
    ParamLocation,
    ParamType,
    ParamValue,
)
from support.definitions import a_bound, param

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
VALUES: dict[ParamType, st.SearchStrategy[ParamValue]] = {
    ParamType.STRING: st.text(),
    ParamType.INTEGER: st.integers(-(10**99), 10**99),
    ParamType.BOOLEAN: st.booleans(),
    ParamType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    ParamType.OBJECT: st.dictionaries(TEXT, JSON, max_size=4),
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
    if kind is not ParamType.OBJECT:
        assert param("p", kind, default=text) == param("p", kind, default=value)


@given(st.sampled_from([ParamType.BOOLEAN, ParamType.INTEGER, ParamType.FLOAT]), st.data())
def test_a_string_may_be_given_as_a_value_that_it_is_the_text_of(
    kind: ParamType, data: st.DataObject
) -> None:
    value = data.draw(VALUES[kind])
    string = param("p")
    assert string.value(value) == kind.format(value)
    assert string.write(value) == param("p", kind).write(value)
    assert param("p", default=value) == param("p", default=kind.format(value))


def test_a_string_given_as_a_boolean_is_in_the_words_of_the_service() -> None:
    assert param("p", words=("on", "off")).write(False) == (("p", "off"),)
    with pytest.raises(ValueError, match="True is not one of on, off"):
        param("p", choices=("on", "off")).value(True)


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
    assert param("p", ParamType.BOOLEAN).write(text) == (("p", "true"),)


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
        (ParamType.STRING, math.inf, "inf is not a finite float"),
        (ParamType.STRING, 10**100, "an integer of more than 100 digits"),
        (ParamType.STRING, {}, "{} is not a string"),
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
    assert rate.read([("rate", "8000")]) == 8000
    with pytest.raises(ValueError, match="44100 is not one of 8000, 16000"):
        rate.value(44100)


def test_one_choice_may_be_written_alone() -> None:
    assert param("source", choices="sdk").choices == ("sdk",)


def test_parameters_are_equal_by_value_and_hashable() -> None:
    one, other = (param("p", choices=["a", "b"], default="a") for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)


# Lists and objects

ELEMENTS: dict[ParamType, st.SearchStrategy[Any]] = VALUES
LISTS = st.sampled_from(ParamType).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(ELEMENTS[kind], max_size=4))
)
STYLES = st.lists(st.sampled_from(ListStyle), min_size=1, max_size=3, unique=True)


@given(LISTS, STYLES, st.booleans())
def test_a_list_is_read_back_as_it_was_written_or_refused(
    typed: tuple[ParamType, list[Any]], styles: list[ListStyle], in_header: bool
) -> None:
    kind, elements = typed
    location = ParamLocation.HEADER if in_header and ListStyle.REPEATED not in styles else None
    several = param("p", kind, many=styles, location=location)
    try:
        sent = several.write(elements)
    except ValueError:
        assert ListStyle.JSON not in styles, "JSON can say any list"
        return
    found = several.read([("q", "1"), *sent, ("P2", "1")])
    assert found == tuple(elements)
    assert isinstance(found, tuple)
    assert [type(one) for one in found] == [type(one) for one in elements]


def texts(*written: str) -> list[tuple[str, str]]:
    return [("p", text) for text in written]


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        (ListStyle.REPEATED, texts("1", "2")),
        (ListStyle.COMMA, texts("1,2")),
        (ListStyle.JSON, texts("[1,2]")),
    ],
)
def test_each_style_of_a_list_is_written_its_own_way(
    style: ListStyle, sent: list[tuple[str, str]]
) -> None:
    assert param("p", ParamType.INTEGER, many=style).write([1, "2"]) == tuple(sent)


def test_a_list_that_may_come_in_several_styles_is_read_in_each() -> None:
    terms = param("p", many=(ListStyle.JSON, ListStyle.REPEATED))
    assert terms.read(texts('["a","b"]')) == ("a", "b")
    assert terms.read(texts("a", "b")) == ("a", "b")
    assert terms.read(texts("a")) == ("a",)
    assert terms.read(texts("[a")) == ("[a",)
    assert terms.read([]) is None


def test_the_first_style_that_can_say_a_list_is_written() -> None:
    both = param("p", many=(ListStyle.REPEATED, ListStyle.JSON))
    assert both.write(["[1", "2"]) == tuple(texts("[1", "2"))
    assert both.write(["[1]"]) == tuple(texts('["[1]"]'))
    assert both.write([]) == tuple(texts("[]"))


def test_a_list_that_would_be_read_as_another_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written so that it is read back"):
        param("p", many=ListStyle.COMMA).write(["a,b"])


@pytest.mark.parametrize("style", [ListStyle.COMMA, ListStyle.REPEATED])
def test_an_empty_list_that_would_be_read_as_none_is_refused(style: ListStyle) -> None:
    with pytest.raises(ValueError, match="an empty list cannot be written: leave the parameter"):
        param("p", many=style).write([])


def test_a_lone_value_is_a_list_of_one() -> None:
    terms = param("p", many=ListStyle.REPEATED, default="a")
    assert terms.default == ("a",)
    assert terms.value("b") == ("b",)
    assert param("p", many=ListStyle.COMMA, default=["a", "b"]).default == ("a", "b")


def test_elements_are_held_to_type_choices_and_bounds_and_lists_to_their_length() -> None:
    rates = param(
        "p", ParamType.INTEGER, many=ListStyle.COMMA, minimum=1, maximum=9, min_items=2, max_items=3
    )
    assert rates.read(texts("1,9")) == (1, 9)
    for text, problem in (
        ("1,x", "'x' is not an integer"),
        ("1,10", "'10' is out of bounds: 1 to 9"),
        ("1", "1 values; it takes 2 to 3"),
        ("1,2,3,4", "4 values; it takes 2 to 3"),
    ):
        with pytest.raises(ValueError, match=re.escape(problem)):
            rates.read(texts(text))
    with pytest.raises(ValueError, match="2 values; it takes at most 1"):
        param("p", many=ListStyle.COMMA, max_items=1).value(["a", "b"])
    with pytest.raises(ValueError, match="0 values; it takes at least 1"):
        param("p", many=ListStyle.JSON, min_items=1).value([])
    with pytest.raises(ValueError, match="'c' is not one of a, b"):
        param("p", many=ListStyle.REPEATED, choices=["a", "b"]).value(["a", "c"])


@pytest.mark.parametrize("text", ["1", "{}", "[1", "[NaN]", '["\\ud800"]', "[" * 99999])
def test_what_is_no_json_array_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a JSON array") as caught:
        param("p", many=ListStyle.JSON).read(texts(text))
    assert len(str(caught.value)) < 120


def test_a_list_of_one_style_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="given 2 times"):
        param("p", many=ListStyle.COMMA).read(texts("a", "b"))


def test_lines_of_one_header_are_one_list() -> None:
    header = param("X-Terms", many=ListStyle.COMMA, location=ParamLocation.HEADER)
    assert header.write(["a", "b"]) == (("X-Terms", "a,b"),)
    assert header.read([("x-terms", "a, b"), ("x-terms", "c")]) == ("a", "b", "c")


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1)
NESTED = st.recursive(
    TEXT, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3), max_leaves=6
)
SESSION = param("session", ParamType.OBJECT, brackets=True)


@given(st.dictionaries(KEYS, NESTED, min_size=1, max_size=3))
def test_an_object_in_brackets_is_read_back_as_it_was_written(value: dict[str, Any]) -> None:
    assert SESSION.read(SESSION.write(value)) == value


def test_an_object_in_brackets_has_one_key_for_each_text() -> None:
    sent = SESSION.write({"audio": {"rate": 16000, "mono": True}, "model": "m"})
    assert sent == (
        ("session[audio][rate]", "16000"),
        ("session[audio][mono]", "true"),
        ("session[model]", "m"),
    )
    assert SESSION.read([("other", "1")]) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "neither empty nor nested"),
        ({"a": {}}, "neither empty nor nested"),
        ({"a": ["b"]}, "brackets hold texts and objects, not ['b']"),
        ({"a": None}, "brackets hold texts and objects, not None"),
        ({"a]": "b"}, "'a]' cannot stand in brackets"),
        ({"": "b"}, "'' cannot stand in brackets"),
        ({"a": object()}, "it cannot be written as JSON"),
        (5, "5 is not an object"),
        ("[]", "'[]' is not an object"),
    ],
)
def test_what_brackets_cannot_hold_is_refused(value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        SESSION.write(value)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["session"], "'session' is not session[key]"),
        (["session[]"], "'session[]' is not session[key]"),
        (["session[a"], "'session[a' is not session[key]"),
        (["session[a]b"], "'session[a]b' is not session[key]"),
        (["session[a]", "session[a]"], "'a' is given twice"),
        (["session[a]", "session[a][b]"], "'a' holds a text and an object"),
        (["session[a][b]", "session[a]"], "'a' is given twice"),
        (["session" + "[a]" * 17], "nested more than 16 deep"),
        (["session" + "[a]" * 99999], "cannot be written as JSON"),
    ],
)
def test_keys_in_brackets_that_contradict_each_other_are_refused(
    names: list[str], problem: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        SESSION.read([(name, "x") for name in names])


def test_an_object_travels_as_json_otherwise() -> None:
    gateway = param("p", ParamType.OBJECT)
    assert gateway.write({"model": "m", "n": 1}) == (("p", '{"model":"m","n":1}'),)
    assert gateway.read([("p", '{"model": "m"}')]) == {"model": "m"}
    many = param("p", ParamType.OBJECT, many=ListStyle.REPEATED)
    assert many.write([{"a": 1}, {}]) == (("p", '{"a":1}'), ("p", "{}"))
    assert many.write({"a": 1}) == (("p", '{"a":1}'),)


# Words and bounds


@given(st.sampled_from([("True", "False"), ("1", "0"), ("yes", "no")]), st.booleans())
def test_a_boolean_is_written_in_its_words_and_read_whatever_their_case(
    words: tuple[str, str], value: bool
) -> None:
    flag = param("p", ParamType.BOOLEAN, words=words)
    ((_, text),) = flag.write(value)
    assert text == words[0 if value else 1]
    for written in (text, text.upper(), text.lower(), str(value)):
        assert flag.read([("p", written)]) is value
    with pytest.raises(ValueError, match="'maybe' is not a boolean"):
        flag.read([("p", "maybe")])


@pytest.mark.parametrize(
    ("bounds", "outside", "words"),
    [
        ({"minimum": 5, "maximum": 3600}, [4, 3601], "5 to 3600"),
        ({"minimum": 0.5}, [0.4], "at least 0.5"),
        ({"maximum": 1}, [1.1], "at most 1"),
    ],
)
def test_a_number_stays_within_its_bounds(
    bounds: dict[str, float], outside: list[float], words: str
) -> None:
    number = param("p", ParamType.FLOAT, **bounds)
    for inside in bounds.values():
        assert number.value(inside) == inside
    for value in outside:
        with pytest.raises(ValueError, match=f"{value} is out of bounds: {words}"):
            number.value(value)


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
        {"location": ParamLocation.HEADER, "many": ListStyle.REPEATED},
        "many: keys are repeated in the query only; a header holds one list",
    ),
    (
        {"name": "room", "many": ListStyle.REPEATED},
        "many: {room} is one segment of the path, which has no keys to repeat",
    ),
    (
        {"name": "room", "param_type": ParamType.OBJECT, "brackets": True},
        "brackets: {room} is one segment of the path, which has no keys to repeat",
    ),
    ({"min_items": 1}, "many: only a list has a number of values; say how it is written"),
    (
        {"many": ListStyle.JSON, "min_items": 3, "max_items": 2},
        "max_items: no list has 3 to 2 values",
    ),
    ({"many": ListStyle.JSON, "default": ["a", None]}, "default: None is not a string"),
    ({"param_type": ParamType.OBJECT, "default": {}}, "default: an object has none"),
    ({"param_type": ParamType.OBJECT, "choices": [{}]}, "choices: an object has none"),
    ({"brackets": True}, "brackets: only an object is written with keys in brackets"),
    (
        {"param_type": ParamType.OBJECT, "brackets": True, "many": ListStyle.JSON},
        "brackets: keys in brackets are for one object in the query",
    ),
    (
        {"param_type": ParamType.OBJECT, "many": ListStyle.COMMA},
        "many: JSON holds commas itself; write the objects in another style",
    ),
    ({"minimum": 1}, "minimum: a string has no bounds"),
    (
        {"param_type": ParamType.INTEGER, "minimum": 2, "maximum": 1},
        "maximum: no number is 2 to 1",
    ),
    (
        {"words": ("no", "No")},
        "words: ('no', 'No') are not a word for true and another for false",
    ),
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
