"""What one version of a body cannot read of another, in the words of the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType, ValidationError, convert, to_builtins

from schematic import Schema
from schematic.compile.diff.bodies import misread


class Tone(Enum):
    LOW = "low"
    HIGH = "high"


class Plain(Struct):
    text: str


class Optionally(Struct):
    text: str = "hello"


class Always(Struct):
    text: Literal["hello"] = "hello"


class Wrapped(Struct):
    inner: Plain


class WrappedList(Struct):
    inner: list[Plain]


class Strict(Struct, forbid_unknown_fields=True):
    pass


class Tree(Struct):
    children: list[Tree]
    name: str = ""


class Bush(Struct):
    children: list[Bush]
    name: int = 0


class Typed(TypedDict):
    text: str


class Yes(Struct, tag="yes"):
    pass


class No(Struct, tag="no"):
    pass


class YesInAField(Struct):
    type: Literal["yes"] = "yes"


class YesOrNo(Struct):
    type: Literal["yes", "no"] = "yes"


class Tagless(Struct):
    type: str


class Words(Struct):
    word: Yes | No


class WordsInFields(Struct):
    word: YesInAField


def limited(kind: Any, **limits: Any) -> Any:
    return Annotated[kind, Meta(**limits)]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (Plain, Plain),
        (Plain, Optionally),
        (Always, Plain),
        (Plain, Typed),
        (Plain, dict[str, str]),
        (Plain, Any),
        (Literal["a"], Any),
        (dict[str, str], Optionally),
        (Strict, Optionally),
        (Any, Plain),
        (Yes, YesInAField),
        (YesInAField, Yes),
        (Yes, YesOrNo),
        (Yes, Tagless),
        (YesInAField, Yes | No),
        (WordsInFields, Words),
        (Yes, dict[str, str]),
        (Plain, Plain | None),
        (Tree, Tree),
        (int, float),
        (int, int | str),
        (int | None, float | None),
        (Tone, str),
        (Tone, Literal["low", "high", "middle"]),
        (Literal[1, None], int | None),
        (Literal[1], float),
        (Literal[True], bool),
        (UUID, str),
        (datetime, str),
        (date, str),
        (time, str),
        (Decimal, str),
        (bytes, str),
        (float, Decimal),
        (list[int], tuple[float, ...]),
        (tuple[int, str], tuple[float, str]),
        (set[int], Sequence[int]),
        (dict[str, int], dict[str, float]),
        (limited(int, ge=1), limited(int, ge=0)),
        (limited(int, gt=0), limited(int, ge=0)),
        (limited(int, le=3), limited(int, lt=4)),
        (limited(str, min_length=2, max_length=3), limited(str, min_length=1, max_length=3)),
        (limited(str, pattern="^a"), limited(str, pattern="^a")),
    ],
)
def test_what_reads_everything_is_not_objected_to(sent: Any, read: Any) -> None:
    assert misread(Schema(sent, name="Sent"), Schema(read, name="Read")) is None


@pytest.mark.parametrize(
    ("sent", "read", "problem"),
    [
        (Optionally, Plain, "text is required, and may be left out"),
        (Strict, Plain, "text is required, and is not written"),
        (Plain, Strict, "the body may not have text"),
        (WrappedList, Wrapped, "inner is a list, and has to be an object"),
        (list[Optionally], list[Plain], "[].text is required, and may be left out"),
        (dict[str, int], dict[str, str], "* is an integer, and has to be a string"),
        (Tree, Bush, "name is a string, and has to be an integer"),
        (dict[str, str], Plain, "text is required, and may be left out"),
        (dict[str, int], Optionally, "text is an integer, and has to be a string"),
        (Plain, dict[str, int], "text is a string, and has to be an integer"),
        (Yes, No, "the body is no 'no'"),
        (Plain, No, "the body is no 'no'"),
        (YesInAField, No, "the body is no 'no'"),
        (YesOrNo, Yes, "the body is no 'yes'"),
        (Tagless, Yes, "the body is no 'yes'"),
        (No, YesInAField, "type does not know 'no'"),
        (Words, WordsInFields, "word.type does not know 'no'"),
        (Yes, Strict, "the body may not have type"),
        (Yes, dict[str, int], "type is a string, and has to be an integer"),
        (dict[str, str], Yes, "type is required, and may be left out"),
        (float, int, "the body is a number, and has to be an integer"),
        (bool, int, "the body is a boolean, and has to be an integer"),
        (int | None, int, "the body is null, and has to be an integer"),
        (int | str, int, "the body is a string, and has to be an integer"),
        (str, UUID, "the body is a string, and has to be a UUID"),
        (str, Tone, "the body may be anything, and has to be 'low' or 'high'"),
        (str, Literal["on"], "the body may be anything, and has to be 'on'"),
        (Tone, Literal["low"], "the body does not know 'high'"),
        (Literal["on"], int, "the body is a string, and has to be an integer"),
        (Literal[True], str, "the body is a boolean, and has to be a string"),
        (Literal["on", None], str, "the body is null, and has to be a string"),
        (tuple[int, str], tuple[int], "the body has 2 items, not 1"),
        (tuple[int, str], tuple[int, int], "[1] is a string, and has to be an integer"),
        (int, limited(int, ge=1), "the body has to be at least 1"),
        (limited(int, ge=1), limited(int, gt=1), "the body has to be more than 1"),
        (int, limited(int, le=1), "the body has to be at most 1"),
        (limited(float, le=1), limited(float, lt=1), "the body has to be less than 1"),
        (str, limited(str, min_length=1), "the body has to be of a length of at least 1"),
        (
            list[int],
            limited(list[int], max_length=2),
            "the body has to be of a length of at most 2",
        ),
        (str, limited(str, pattern="^a"), "the body has to keep to the pattern ^a"),
        (int, limited(int, multiple_of=2), "the body has to keep to the multiple of 2"),
    ],
)
def test_what_is_not_read_is_named(sent: Any, read: Any, problem: str) -> None:
    assert misread(Schema(sent, name="Sent"), Schema(read, name="Read")) == problem


def test_of_bare_names_text_and_bytes_nothing_is_known() -> None:
    assert misread(Schema("Anything"), Schema(Plain)) is None
    assert misread(Schema(Plain), Schema("Anything")) is None
    assert misread(Schema.text(), Schema(Plain)) is None
    assert misread(Schema(Plain), Schema.binary()) is None


# ----------------------------------------------------------------------- held to what msgspec does


TYPES: list[Any] = [
    bool,
    int,
    str,
    None,
    Literal["a", "b"],
    Literal[1, 2],
    limited(int, ge=0),
    limited(int, gt=0, lt=5),
    limited(str, min_length=1),
    list[int],
    list[str],
    dict[str, int],
    Plain,
    Optionally,
    Wrapped,
    Plain | None,
    int | None,
    int | str,
]
VALUES: list[Any] = [
    True,
    *(0, 1, 2, 4, -1),
    *("a", "b", ""),
    None,
    *([], [1], ["a"]),
    *({}, {"text": "a"}, {"text": 1}, {"inner": {"text": "a"}}, {"inner": {}}),
]


@given(st.sampled_from(TYPES), st.sampled_from(TYPES))
def test_who_reads_everything_reads_each_value_that_msgspec_writes(sent: Any, read: Any) -> None:
    """Where nothing is objected to, no value of the one is refused as the other."""
    if misread(Schema(sent, name="Sent"), Schema(read, name="Read")) is None:
        for value in VALUES:
            if _is(value, sent):
                assert _is(value, read), value


TAGS: list[Any] = [Yes, No, YesInAField, YesOrNo, Tagless, Yes | No, Strict, dict[str, str]]


@pytest.mark.parametrize("sent", [Yes(), No(), YesInAField(), YesOrNo(), Tagless("yes")], ids=repr)
@given(read=st.sampled_from(TAGS))
def test_a_tag_is_judged_as_the_field_that_it_is_on_the_wire(sent: Any, read: Any) -> None:
    """Who may read all that a type writes reads this, be it a tag or a field."""
    if misread(Schema(type(sent)), Schema(read, name="Read")) is None:
        assert _is(to_builtins(sent), read)


def _is(value: Any, kind: Any) -> bool:
    try:
        convert(value, kind)
    except ValidationError:
        return False
    return True


def test_an_absent_field_is_not_a_null() -> None:
    class Absent(Struct):
        text: str | UnsetType = UNSET

    class Nullable(Struct):
        text: str | None = None

    assert misread(Schema(Absent), Schema(Nullable)) is None
    assert misread(Schema(Nullable), Schema(Absent)) == "text is null, and has to be a string"
