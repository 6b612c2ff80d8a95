"""Types as source: the new ones read and write the same JSON as the old ones."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import itertools
import keyword
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    Required,
    TypedDict,
    TypeVar,
    get_args,
)

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from schematic import BodyKind, MessageSchema
from schematic.generate.layout import formatted
from schematic_engine.mock.samples import sample
from support.bundled import bundled
from support.generated import Sources, running
from support.type_checkers import refusals

T = TypeVar("T")


class Level(enum.StrEnum):
    """How loud.

    Two paragraphs.
    """

    LOW = "low"
    title = "high"  # type: ignore[assignment]  # hides a method of texts


class Number(enum.IntEnum):
    ONE = 1


class Text(enum.StrEnum):
    A = "a"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    """A place."""

    x: int
    y: float = 1.5


Odd = NamedTuple("Odd", [("count", int), ("str", int), ("tag", str)])  # noqa: UP014  # hides str


class Plain(TypedDict, total=False):
    """A dict.

    Attributes:
        b: comes first.
    """

    b: Required[int]
    a: str | None


Hyphens = TypedDict("Hyphens", {"xi-api-key": str, "class": "Level | None", "__x": int})


@dataclass
class Data:
    """A dataclass."""

    name: str
    tags: list[str] = field(default_factory=list)
    level: Level = Level.LOW
    made: tuple[int, ...] = field(default_factory=lambda: (1, 2))


class Camel(Struct, rename="camel", forbid_unknown_fields=True):
    first_name: str
    last_name: str | UnsetType | None = UNSET


class Row(Struct, array_like=True):
    a: int
    b: str = "b"


class Tree(Struct, tag_field="kind", tag=7, kw_only=True):
    """A tree.

    Attributes:
        value: what it holds, \\ and all; which goes on for so long that it has to be continued in
            a second line.
        nothing: is not there.
    """

    children: list[Tree] = []
    parent: Tree | None = None
    value: int


class Box(Struct, Generic[T]):
    content: T
    more: list[T] = []


Shadows = msgspec.defstruct(
    "Shadows",
    [
        ("str", int),
        ("field", Annotated[bool, Meta(description="Said so.")], msgspec.field(name="class")),
        ("self", str | None, None),
        ("UNSET", str | UnsetType, UNSET),
    ],
)


class Limited(Struct, omit_defaults=True):
    count: Annotated[int, Meta(ge=1, lt=5)] = 1
    ratio: Annotated[float, Meta(gt=0, le=1, multiple_of=0.25)] = 0.5
    name: Annotated[str, Meta(min_length=1, max_length=9, pattern='^["a-z\\\\]+$')] = "a"
    items: Annotated[list[int], Meta(max_length=3)] = []
    at: Annotated[datetime.datetime, Meta(tz=True)] | None = None
    said: Annotated[str, Meta(title="T", examples=["é"], extra_json_schema={"x-y": [1]})] = ""


class Scalars(Struct, kw_only=True):
    id: uuid.UUID = uuid.UUID(int=7)
    made: uuid.UUID = msgspec.field(default_factory=uuid.uuid4)
    price: decimal.Decimal = decimal.Decimal("1.50")
    at: datetime.datetime = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
    day: datetime.date = datetime.date(2000, 1, 1)
    clock: datetime.time = datetime.time(1, 2)
    length: datetime.timedelta = datetime.timedelta(1, 2, 3)
    data: bytes = b"\x00"
    raw: msgspec.Raw
    choice: Literal["b", "a", 1, None] = None
    anything: Any = None
    rights: Rights = Rights.WRITE
    number: Number = Number.ONE
    text: Text | None = Text.A
    pair: tuple[int, str] = (1, "a")
    nothing: tuple[()] = ()
    several: frozenset[int] = frozenset({1})
    unique: set[str] = set()
    table: dict[str, list[int]] = msgspec.field(default_factory=lambda: {"a": [1]})
    number_or_text: int | str | UnsetType | None = UNSET


class Whole(Struct, frozen=True):
    plain: Plain
    hyphens: Hyphens
    data: Data
    camel: Camel
    row: Row
    tree: Tree | None
    numbers: Box[int]
    texts: Box[str]
    shadows: Shadows  # type: ignore[valid-type]  # made at run time
    scalars: Scalars
    place: Point = Point(1)
    odd: Odd = Odd(1, 2, "t")
    spare: Camel = msgspec.field(default_factory=lambda: Camel("x"))


TYPES: tuple[Any, ...] = (
    Whole,
    Plain,
    Hyphens,
    Data,
    Camel,
    Row,
    Tree,
    Box[int],
    Shadows,
    Limited,
    Scalars,
    Point,
)
TYPES += (Level, Odd, Rights)


@functools.cache
def bodies() -> tuple[MessageSchema, ...]:
    """All messages of all bundled definitions that have a type."""
    return tuple(
        message
        for api in bundled()
        for endpoint in api.endpoints
        for message in endpoint.lifecycle.every_message
        if message.schema.kind is BodyKind.JSON and not message.schema.is_name_only
    )


def declared(types: Sources, message: MessageSchema) -> str:
    body: Any = message.schema.body
    if isinstance(body, type):
        return types.types.declare(body, name=message.id, about=message.description)
    return types.types.alias(message.id, body, about=message.description)


def schema_of(type_: Any) -> Any:
    """The JSON Schema of a type, without prose, its parts named in the order of their use."""
    (root,), parts = msgspec.json.schema_components([type_], ref_template="{name}")
    order: dict[str, int] = {}
    found: list[str] = []

    def number(name: str) -> int:
        if name not in order:
            order[name] = len(order)
            found.append(name)
        return order[name]

    def plain(value: Any, *, named: bool = False) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return {"$ref": number(value["$ref"])}
        if "propertyName" in value:
            return {**value, "mapping": [*map(number, value["mapping"].values())]}
        return {
            key: plain(one, named=key == "properties")
            for key, one in value.items()
            if named or (key not in ("title", "description") and (key, one) != ("default", []))
        }

    return [plain(root), *(plain(parts[name]) for name in found)]


def read(payload: bytes, type_: Any) -> tuple[str, bytes | None]:
    """What a type makes of a payload: what it writes again, or that it does not fit."""
    try:
        return "read", msgspec.json.encode(msgspec.json.decode(payload, type=type_))
    except msgspec.ValidationError as error:
        return str(error), None


COUNTER = itertools.count()
NAMES = st.sampled_from(
    [
        *keyword.kwlist[:4],
        "str",
        "int",
        "list",
        "self",
        "field",
        "UNSET",
        "Struct",
        "_a",
        "text",
        "some_text",
        "someText",
        "Any",
        "tuple",
        "UnsetType",
        "x",
        "x_",
        "name",
        "type",
    ]
)
SCALARS: list[tuple[Any, Any]] = [
    (int, 3),
    (str, "s"),
    (float, 0.5),
    (bool, True),
    (Any, {"a": [1]}),
    (Level, "low"),
    (Literal["x", "y"], "y"),
    (Annotated[int, Meta(ge=2)], 2),
    (bytes, "AAA="),
]


@st.composite
def types(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    """A type, and a value of it as JSON has it."""
    kind = draw(st.sampled_from(["scalar", "scalar", "list", "dict", "optional", "struct"]))
    if kind == "scalar" or not depth:
        scalar: tuple[Any, Any] = draw(st.sampled_from(SCALARS))
        return scalar
    if kind == "struct":
        return draw(structs(depth - 1))
    made: tuple[Any, Any] = draw(types(depth - 1))
    inner, value = made
    if kind == "list":
        several: Any = tuple if draw(st.booleans()) else list
        return several[(inner, ...) if several is tuple else inner], [value, value]
    if kind == "dict":
        table: Any = dict
        return table[str, inner], {"k": value}
    return (inner | None if inner is not Any else Any), draw(st.sampled_from([value, None]))


@st.composite
def structs(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    names = draw(st.lists(NAMES, unique=True, max_size=5))
    fields: list[Any] = []
    value: dict[str, Any] = {}
    keyword_only = draw(st.booleans())
    defaulted = False
    for name in names:
        inner, example = draw(types(depth))
        wire = draw(st.sampled_from([name, name, f"{name}-1"]))
        if draw(st.booleans()) or (defaulted and not keyword_only):
            defaulted = True
            fields.append((name, inner | UnsetType, msgspec.field(name=wire, default=UNSET)))
            if draw(st.booleans()):
                value[wire] = example
        else:
            fields.append((name, inner, msgspec.field(name=wire)))
            value[wire] = example
    tag = draw(st.sampled_from([None, "t", 'qu"ote\n', 3]))
    if tag is not None:
        value["kind"] = tag
    made = msgspec.defstruct(
        draw(st.sampled_from(["Made", "Struct", "Any", "made", "Level", "Warning"])),
        fields,
        kw_only=keyword_only,
        tag_field=None if tag is None else "kind",
        tag=tag,
        forbid_unknown_fields=draw(st.booleans()),
        module=f"module_{next(COUNTER)}",  # msgspec mixes up classes of one name in one module
    )
    return made, value


@settings(deadline=None)
@given(structs(), st.booleans())
def test_any_struct_reads_and_writes_what_it_did(made: tuple[Any, Any], broken: bool) -> None:
    type_, value = made
    if broken and value:
        value[next(iter(value))] = {"not": "this"}
    payload = msgspec.json.encode(value)
    sources = Sources()
    name = sources.types.declare(type_)
    with running(sources.text()) as module:
        new = getattr(module, name)
        assert read(payload, new) == read(payload, type_)
        assert schema_of(new) == schema_of(type_)


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_each_kind_of_type_has_the_same_schema(type_: Any) -> None:
    sources = Sources()
    name = sources.types.declare(type_)
    with running(sources.text()) as module:
        assert schema_of(getattr(module, name)) == schema_of(type_)


def test_all_kinds_of_types_pass_the_checkers_and_keep_their_defaults(tmp_path: Path) -> None:
    sources = Sources()
    for type_ in TYPES:
        sources.types.declare(type_)
    sources.types.wrap("Audio", bytes)
    sources.types.alias("Anything", Tree | None, about="A union.")
    for message in bodies():
        declared(sources, message)
    check(formatted(sources.text()), tmp_path)


def test_bundled_bodies_read_and_write_what_they_did() -> None:
    sources = Sources()
    names = [(declared(sources, message), message.schema) for message in bodies()]
    with running(sources.text()) as module:
        for name, schema in names:
            payload = msgspec.json.encode(sample(schema))
            new = parts(getattr(module, name))
            old = parts(schema.body)
            assert [read(payload, one) for one in new] == [read(payload, one) for one in old]
            assert [schema_of(one) for one in new] == [schema_of(one) for one in old]
            assert any(read(payload, one) == ("read", payload) for one in new)


def parts(body: Any) -> tuple[Any, ...]:
    """The members of a union, which msgspec may not read as one; else the type itself."""
    return get_args(body) or (body,)


def check(source: str, folder: Path) -> None:
    """Let ruff, mypy and pyright look at a module."""
    modules = folder / "modules"
    modules.mkdir(exist_ok=True)
    (modules / "made.py").write_text(source)
    ruff = [
        "check",
        "--isolated",
        "--select=A,B,D,E,F,I,N,PIE,RUF,UP,W",
        "--line-length=100",
        "--config=lint.pydocstyle.convention='google'",
        "--target-version=py311",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *ruff, modules], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert refusals(modules, folder / "scratch") == {"mypy": set(), "pyright": set()}
