"""A body of another class that has the name of a described one is told from it."""

from __future__ import annotations

import pytest
from msgspec import Struct

from schematic import Side
from schematic_engine.codec import codecs_of, copy_in_words
from schematic_engine.endpoints import resolve
from support.echo import TALK
from support.echo import Hello as Described


class Hello(Struct):
    """Has the name of what a client says, and is written in another file."""

    name: str


class Hallo(Struct):
    """Has a name that no described class has."""


KINDS = codecs_of(resolve(TALK))[Side.CLIENT].kinds.values()


def test_both_classes_are_named_where_their_files_differ() -> None:
    told = copy_in_words(Hello, KINDS)
    assert told.startswith(f"this one is {__name__}.Hello, and that of the description is ")
    assert told.endswith(f"{Described.__module__}.Hello")


@pytest.mark.parametrize("body", [Hallo, int])
def test_nothing_is_said_of_a_class_whose_name_nobody_has(body: type) -> None:
    assert copy_in_words(body, KINDS) == ""
