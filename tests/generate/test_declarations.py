"""How classes are declared: names, order, and what the caller asks for."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType

from schematic import DefinitionError
from support.generated import Sources, running


class Inner(Struct, frozen=True):
    """What is inside.

    Attributes:
        a: a number.
    """

    a: int = 1


class Message(Struct, frozen=True, kw_only=True, rename="camel"):
    """Says something.

    Attributes:
        text: what.
        context_id: where.
        gone: no such field.

    Raises:
        ValueError: never.
    """

    text: str
    context_id: str
    api_key: str | UnsetType = UNSET
    inner: Inner = Inner(2)


class Keys(TypedDict):
    a: Inner


class Colour(enum.Enum):
    RED = "red"


class Array(Struct, array_like=True):
    a: int


def namesake(name: str = "Inner") -> type[Struct]:
    return msgspec.defstruct(name, [("b", int)])


def test_a_class_stands_before_its_users_with_its_docs() -> None:
    sources = Sources()
    assert sources.types.declare(Message) == "Message"
    assert sources.types.declarations() == (
        "class Inner(Struct, frozen=True):\n"
        '    """What is inside.\n\n    Attributes:\n        a: a number.\n    """\n\n'
        "    a: int = 1\n\n\n"
        'class Message(Struct, frozen=True, kw_only=True, rename="camel"):\n'
        '    """Says something.\n\n    Attributes:\n        text: what.\n'
        '        context_id: where.\n    """\n\n'
        "    text: str\n    context_id: str\n    api_key: str | UnsetType = UNSET\n"
        "    inner: Inner = Inner(a=2)\n"
    )
    assert sources.imports.render().endswith("\nfrom msgspec import UNSET, Struct, UnsetType\n")


def test_a_message_has_the_name_of_its_id_whatever_else_has_it() -> None:
    sources = Sources()
    assert sources.types.expect("message.inner") == "MessageInner"
    assert sources.types.expect("Inner", type_=namesake()) == "Inner"
    assert sources.types.annotation(tuple[Inner, ...] | None) == "tuple[Inner2, ...] | None"
    assert sources.types.declare(Message, name="message.inner", about="It.") == "MessageInner"
    assert "class Inner(" in sources.types.declarations()
    assert '    """It.\n' in sources.types.declarations()


def test_others_use_the_name_that_a_class_is_expected_to_have() -> None:
    sources = Sources()
    sources.types.expect("said", Inner)
    sources.types.declare(Message)
    assert sources.types.declare(Inner, name="said", secrets=["a"]) == "Said"
    assert "class Inner" not in sources.types.declarations()
    with running(sources.text()) as module:
        made = module.Message(text="t", context_id="c")
        assert repr(made).endswith("inner=Said())")
        assert msgspec.json.encode(made) == b'{"text":"t","contextId":"c","inner":{"a":2}}'


def test_one_type_may_have_several_names() -> None:
    sources = Sources()
    assert sources.types.declare(Message, name="First") == "First"
    assert sources.types.declare(Message, name="Second") == "Second"
    assert sources.types.declare(Message, name="First") == "First"
    assert sources.types.annotation(Message) == "First"
    with running(sources.text()) as module:
        assert module.First is not module.Second


def test_asked_again_with_wishes_a_class_is_declared_as_wished() -> None:
    sources = Sources()
    sources.types.annotation(Message)
    assert sources.types.declare(Message, name="Message", secrets=["apiKey"]) == "Message"
    assert sources.types.declarations().count("class Message") == 1
    with running(sources.text()) as module:
        made = module.Message(text="t", context_id="c", api_key="hidden")
        assert repr(made) == "Message(text='t', context_id='c', inner=Inner(a=2))"
        assert "hidden" not in repr(list(made.__rich_repr__()))


@pytest.mark.parametrize("key", ["context_id", "contextId"])
def test_a_field_can_come_first_without_its_keyword(key: str) -> None:
    sources = Sources()
    sources.types.declare(Message, first=[key])
    with running(sources.text()) as module:
        made = module.Message("c", "t")
        assert (made.context_id, made.text) == ("c", "t")


def test_fields_are_found_by_their_names_on_the_wire() -> None:
    made = msgspec.defstruct("Made", [("class", int), ("text", str)], rename={"text": "xi-text"})
    sources = Sources()
    assert sources.types.fields(made) == {"class": "class_", "xi-text": "text"}
    assert "class Made(" in sources.types.declarations()


def test_other_bodies_are_wrapped_or_have_an_alias() -> None:
    sources = Sources()
    assert sources.types.wrap("Audio", bytes, about="Sound.") == "Audio"
    assert sources.types.wrap("In", Inner, field="class") == "In"
    assert sources.types.alias("Payload", dict[str, Inner] | None) == "Payload"
    assert sources.types.declarations().endswith(
        'class Audio(Struct, frozen=True):\n    """Sound."""\n\n    data: bytes\n\n\n'
        "class Inner(Struct, frozen=True):\n"
        '    """What is inside.\n\n    Attributes:\n        a: a number.\n    """\n\n'
        "    a: int = 1\n\n\n"
        'class In(Struct, frozen=True):\n    """The body of a `In`."""\n\n'
        '    class_: Inner = field(name="class")\n\n\n'
        "Payload: TypeAlias = dict[str, Inner] | None\n"
    )


def test_unions_that_msgspec_cannot_read_are_written_all_the_same() -> None:
    assert Sources().types.annotation(Inner | Message) == "Inner | Message"


def test_the_same_calls_give_the_same_text() -> None:
    def text() -> str:
        sources = Sources()
        for type_ in (Message, Keys, Colour, Annotated[Inner, Meta(title="x")]):
            sources.types.declare(type_)
        return sources.text()

    assert text() == text()


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda types: types.declare(int), "is no class with fields or values"),
        (lambda types: types.annotation(object), "object cannot be written as a type of a body"),
        (lambda types: types.annotation("Nowhere"), "cannot be read as the type of a body"),
        (lambda types: types.declare(Inner, first=["b"]), "Inner has no field 'b'"),
        (lambda types: types.declare(Inner, secrets=["b"]), "Inner has no field 'b'"),
        (lambda types: types.declare(Colour, secrets=["RED"]), "Colour has no field 'RED'"),
        (lambda types: types.declare(Keys, first=["a"]), "Keys has no field 'a'"),
        (lambda types: types.declare(Array, first=["a"]), "is an array on the wire"),
    ],
)
def test_what_cannot_be_done_is_refused(ask: Callable[[Any], object], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        ask(Sources().types)


def test_a_default_that_changes_each_time_is_refused() -> None:
    counter = itertools.count()
    made = msgspec.defstruct(
        "Made", [("a", int, msgspec.field(default_factory=lambda: next(counter)))]
    )
    with pytest.raises(DefinitionError, match=r"the default of a is made by .*something else"):
        Sources().types.declare(made)
