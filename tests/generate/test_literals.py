"""Values and texts as source: nothing gets out of the string that it is put in."""

from __future__ import annotations

import ast
import enum
import io
import math
import re
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schematic import DefinitionError
from schematic.generate.literals import comment, docstring, literal, plain_text, quoted

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.frozensets(SCALARS, max_size=4)
        | st.sets(SCALARS, max_size=4)
    ),
)
HOSTILE = st.text() | st.lists(
    st.sampled_from(
        [
            '"""',
            '"',
            "'''",
            "\\",
            "\n",
            "\r",
            "\x00",
            "\x1b",
            "\u202e",
            "\u2028",
            "Args:",
            "# noqa",
            "type: ignore",
            "coding: utf-7",
            "�",
            "a",
            " ",
            ".",
            "\\N{DASH}",
            "語",
            "\ufeff",
        ]
    ),
    max_size=30,
).map("".join)


class Colour(enum.Enum):
    RED = "red"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@given(VALUES)
def test_the_source_of_a_value_gives_the_value(value: object) -> None:
    source = literal(value)
    again = eval(source)  # of what was just written
    assert again == value
    assert type(again) is type(value)
    assert source.isprintable()


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, 10**5000, -(10**5000)], ids=["inf", "-inf", "long", "-long"]
)
def test_numbers_that_python_does_not_write_as_it_reads_them_come_back(value: float) -> None:
    assert eval(literal(value)) == value


def test_nan_comes_back() -> None:
    assert math.isnan(eval(literal(math.nan)))


def test_members_are_written_by_name_and_flags_together_by_value() -> None:
    known = {"Colour": Colour, "Right": Right}
    for value in (Colour.RED, Right.READ, Right.READ | Right.WRITE):
        assert eval(literal(value), known) is value
    assert literal([Colour.RED], named=lambda value: "RED") == "[RED]"


def test_what_has_no_source_is_refused() -> None:
    with pytest.raises(DefinitionError, match="a object cannot be written as source code"):
        literal([object()])
    assert literal([object()], named=lambda value: "it") == "[it]"


def test_sets_are_written_in_one_order() -> None:
    assert literal({"b", "a"}) == '{"a", "b"}'


@given(HOSTILE)
def test_a_quoted_text_is_one_printable_string(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert quoted(text).isprintable()
    assert quoted(text).startswith('"') or '"' in text


@given(
    HOSTILE, st.dictionaries(HOSTILE, HOSTILE, max_size=3), st.integers(0, 3).map(lambda n: 4 * n)
)
@example(text='ends with a "quote"', attributes={}, indent=0)
@example(text="ends with a \\", attributes={"a": "\\"}, indent=4)
def test_a_docstring_is_one_string_in_short_lines(
    text: str, attributes: dict[str, str], indent: int
) -> None:
    source = docstring(text, indent=indent, attributes=attributes)
    opened = "".join(f"{' ' * depth}if 1:\n" for depth in range(0, indent, 4))
    body = ast.parse(opened + source).body
    while isinstance(body[0], ast.If):
        body = body[0].body
    assert len(body) == 1
    inner = body[0]
    assert isinstance(inner, ast.Expr)
    assert isinstance(inner.value, ast.Constant)
    assert isinstance(inner.value.value, str)
    assert all(len(line) <= 100 and line == line.rstrip() for line in source.splitlines())
    assert source.replace("\n", "").isprintable()


def test_a_docstring_has_a_summary_paragraphs_and_attributes() -> None:
    said = docstring(
        "Says a thing. More of\nit.\n\nArgs:\n\n" + "long " * 30,
        attributes={"text": "what to say" + " or not" * 15, "empty": " "},
    )
    assert said == (
        '    """Says a thing.\n\n    More of it.\n\n    Args.\n\n'
        "    "
        + " ".join(["long"] * 19)
        + "\n    "
        + " ".join(["long"] * 11)
        + "\n\n    Attributes:\n        text: what to say"
        + " or not" * 10
        + "\n           "
        + " or not" * 5
        + '\n    """\n'
    )


def test_a_long_sentence_is_cut_in_the_summary_and_told_in_full_below() -> None:
    said = docstring("word " * 40, indent=0)
    summary, _, *body = said.splitlines()
    assert summary.endswith("word...")
    assert len(summary) <= 100
    assert " ".join(body[:-1]) == "word " * 39 + "word"


def test_nothing_said_is_said() -> None:
    assert docstring("  \n ", indent=0) == '"""No description."""\n'


@given(HOSTILE, st.integers(0, 8))
def test_a_comment_is_nothing_but_comment(text: str, indent: int) -> None:
    said = comment(text, indent=indent)
    kinds = {one.type for one in tokenize.generate_tokens(io.StringIO(said).readline)}
    assert kinds <= {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER, tokenize.NEWLINE}
    assert all(len(line) <= 100 for line in said.splitlines())
    assert not re.search(r"# *noqa|# *type:|coding[:=]", said)


def test_what_is_not_seen_is_left_out() -> None:
    assert plain_text("a\u202eb\x00c\r\nd\te\ufefff") == "ab c\nd\tef"
