"""JSON Schemas become types; nothing else that stands in them becomes anything."""

from __future__ import annotations

import ast
import builtins
import functools
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from schematic import DefinitionError, Schema, SchematicError
from schematic.interchange import schema_subset
from schematic.interchange.schema_types import (
    read_schemas,
    schema_of,
    source_of_schemas,
    types_of_schemas,
)
from schematic.interchange.source_check import check_declarations
from support.generated import Sources, running

TEXT = {
    "type": "object",
    "description": "Says a text.",
    "required": ["type", "text"],
    "properties": {
        "type": {"const": "text"},
        "text": {"type": "string", "minLength": 1, "description": "What to say."},
        "class": {"enum": ["a", "b"], "default": "a"},
        "voice": {"type": "object", "properties": {"speed": {"type": "number", "minimum": 0.5}}},
        "reply": {"$ref": "#"},
        "count": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
        "when": {"type": "string", "format": "date-time"},
        "table": {"additionalProperties": {"type": "integer"}},
        "pair": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False}
        | {"minItems": 2, "type": "array"},
        "any": True,
    },
}


def type_of(schema: Any, document: object = None) -> Any:
    return types_of_schemas({"Body": schema}, document)["Body"]


def test_an_object_becomes_a_struct_with_its_fields_and_docs() -> None:
    read = read_schemas({"send text": TEXT})
    assert read.names == {"send text": "SendText"}
    sources = Sources()
    sources.types.declare(read.types["send text"])
    assert sources.types.declarations() == (
        "class SendTextVoice(Struct, frozen=True, kw_only=True):\n"
        '    """The object `SendTextVoice`."""\n\n'
        "    speed: Annotated[float, Meta(ge=0.5)] | UnsetType = UNSET\n\n\n"
        "class SendText(Struct, frozen=True, kw_only=True):\n"
        '    """Says a text.\n\n    Attributes:\n        text: What to say.\n'
        '        class_: The default is "a".\n    """\n\n'
        "    text: Annotated[str, Meta(min_length=1)]\n"
        '    type: Literal["text"] = "text"\n'
        '    class_: Literal["a", "b"] | UnsetType = field(name="class", default=UNSET)\n'
        "    voice: SendTextVoice | UnsetType = UNSET\n"
        "    reply: SendText | UnsetType = UNSET\n"
        "    count: Annotated[int, Meta(ge=0, le=9)] | UnsetType | None = UNSET\n"
        "    when: str | UnsetType = UNSET\n"
        "    table: dict[str, int] | UnsetType = UNSET\n"
        "    pair: tuple[str, int] | UnsetType = UNSET\n"
        "    any: Any | UnsetType = UNSET\n"
    )


def test_the_source_declares_the_same_types() -> None:
    read = read_schemas({"Text": TEXT})
    payload = b'{"text":"t","type":"text","class":"b","reply":{"text":"u"},"pair":["a",1]}'
    with running(read.source) as module:
        declared = msgspec.json.decode(payload, type=module.Text)
        assert msgspec.json.encode(declared) == msgspec.json.encode(
            msgspec.json.decode(payload, type=read.types["Text"])
        )
        assert module.Text(text="t").type == "text"
        assert module.Text(text="t").class_ is UNSET


def test_a_type_can_be_the_body_of_a_message() -> None:
    assert Schema(type_of(TEXT)).name == "Body"


def test_a_named_constant_is_a_constant_where_it_is_used() -> None:
    kind = {"const": "x", "description": "Which."}
    schema = {"properties": {"kind": {"$ref": "#/k"}}, "required": ["kind"], "k": kind}
    read = read_schemas({"A": schema, "Kind": kind})
    assert '    kind: Literal["x"] = "x"\n' in read.source
    assert msgspec.json.decode(b'"x"', type=read.types["Kind"]) == "x"


def test_references_start_from_the_document() -> None:
    document: dict[str, Any] = {
        "components": {
            "schemas": {
                "a/b": {"type": "object", "properties": {"c": {"$ref": "#/components/x/0"}}},
                "Again": {"$ref": "#/components/schemas/Again"},
            },
            "x": [{"type": "integer"}],
        }
    }
    read = read_schemas({"M": {"$ref": "#/components/schemas/a~1b"}}, document)
    assert msgspec.json.decode(b'{"c":1}', type=read.types["M"]).c == 1
    assert "class M(Struct" in source_of_schemas(
        {"M": {"$ref": "#/components/schemas/a~1b"}}, document
    )
    assert type_of({"$ref": "#/components/schemas/Again"}, document) is Any
    kept = read_schemas(document["components"]["schemas"], document)
    assert list(kept.names) == ["a/b", "Again"]


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"$ref": "other.json#/a"}, "leaves the document"),
        ({"$ref": "file:///etc/passwd"}, "leaves the document"),
        ({"$ref": "https://example.com/a"}, "leaves the document"),
        ({"$ref": "#anchor"}, "leaves the document"),
        ({"$ref": 3}, "leaves the document"),
        ({"properties": {"a": {"$ref": "#/nowhere"}}}, "'#/nowhere' points to nothing"),
        ({"type": "text"}, "'text' is none of string"),
        ({"enum": []}, "an enum of no values"),
        ({"enum": "a"}, "expected a list, not 'a'"),
        ({"properties": [], "type": "object"}, r"expected an object, not \[\]"),
        ({"allOf": {}}, "expected a list"),
        ([], r"a schema is an object, not \[\]"),
        ({"a": {1, 2}}, "set is not a JSON value"),
    ],
)
def test_a_schema_that_is_wrong_is_refused(schema: Any, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        type_of(schema)


@pytest.mark.parametrize(
    ("schema", "fits", "unfit"),
    [
        ({"anyOf": [{"type": "string"}, {"enum": ["a"]}, {"type": "null"}]}, ["b", None], [1]),
        ({"oneOf": [{"const": "a"}, {"enum": ["b", 3]}]}, ["a", "b", 3], ["c", 4]),
        ({"enum": [True, 1.5, "x", None, [1], {}]}, [True, 2.5, "y", None, [2], {"a": 1}], [False]),
        ({"const": True}, [True], [False, 1, "true", None]),
        ({"const": False, "nullable": True}, [False, None], [True, 0]),
        ({"enum": [True, 1, "a"]}, [True, 1, "a"], [False, 0, "b"]),
        ({"enum": [True, False]}, [True, False], [1]),
        ({"anyOf": [{"const": True}, {"type": "boolean"}]}, [True, False], [1]),
        ({"anyOf": [{"const": True}, {"type": "integer"}]}, [True, 3], [False]),
        ({"items": {"const": False}}, [[False]], [[True]]),
        ({"anyOf": [{"items": {"type": "string"}}, {"items": {"type": "integer"}}]}, [[1]], [1]),
        ({"anyOf": [{}, {"type": "string"}]}, [1, "a"], []),
        ({"type": ["string", "integer"]}, ["a", 1], [[], None]),
        ({"type": "integer", "nullable": True}, [1, None], ["a"]),
        ({"const": None}, [None], [1]),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, [6], [5]),
        ({"type": "integer", "minimum": 9, "exclusiveMinimum": 5}, [6], [5]),
        ({"type": "string", "pattern": "^a"}, ["ab", "b"], [1]),
        ({"type": "string", "pattern": "(a+)+$"}, ["a" * 60 + "!"], [1]),
        ({"type": "object", "properties": {'a"b': {"type": "integer"}}}, [{'a"b': "x"}], [1]),
        ({"type": "string", "pattern": "\\p{L}("}, ["b"], []),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, [["a"], [1]], ["a"]),
        ({"items": [{"type": "string"}], "additionalItems": False, "minItems": 1}, [["a"]], [[1]]),
        (
            {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
            [{"x": 1}],
            [{"x": ""}],
        ),
        ({"allOf": [{"type": "string"}, {"maxLength": 1}]}, ["a"], ["ab"]),
        ({"type": "number", "multipleOf": 0}, [1.5], ["a"]),
        (False, [1, None], []),
    ],
    ids=str,
)
def test_schemas_are_as_wide_as_msgspec_can_say(
    schema: Any, fits: list[Any], unfit: list[Any]
) -> None:
    type_ = type_of(schema)
    for value in fits:
        assert msgspec.json.decode(json.dumps(value), type=type_) == (
            tuple(value) if isinstance(value, list) and type_ != Any else value
        ) or isinstance(value, list)
    for value in unfit:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps(value), type=type_)


def test_a_boolean_that_has_to_be_is_there_without_being_given() -> None:
    closes = {
        "properties": {"close": {"const": True, "description": "Ends."}},
        "required": ["close"],
    }
    goes_on = {"properties": {"close": {"const": False}}, "required": ["close"]}
    read = read_schemas({"Stop": closes, "Go": goes_on, "Any": {"oneOf": [closes, goes_on]}})
    assert "    close: Literal[True] = True\n" in read.source
    assert msgspec.json.encode(read.types["Stop"]()) == b'{"close":true}'
    assert msgspec.json.encode(read.types["Go"]()) == b'{"close":false}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"close":false}', type=read.types["Stop"])
    with running(read.source) as module:
        assert module.Stop().close is True


def test_the_pattern_of_a_text_is_told_and_not_checked() -> None:
    text = {"type": "string", "description": "Who", "pattern": "(a+)+$"}
    read = read_schemas(
        {"Body": {"properties": {"who": text, "more": text | {"pattern": "a" * 999}}}}
    )
    assert "        who: Who. It has to match the pattern (a+)+$ (not checked).\n" in read.source
    assert "        more: Who. It has to match a pattern, which is not checked.\n" in read.source
    assert "Meta" not in read.source


ODD = st.text(st.characters(codec="utf-8", max_codepoint=0x250), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(ODD | ODD.map(lambda text: text + '"') | ODD.map(lambda text: "\\" + text))
def test_a_property_of_any_name_is_a_field_or_its_object_is_any(name: str) -> None:
    inner = {"properties": {name: {"type": "integer"}}, "required": [name]}
    read = read_schemas({"Whole": inner, "Outer": {"properties": {"inner": inner}}, "Other": {}})
    whole, value = read.types["Whole"], {name: 1}
    assert msgspec.to_builtins(msgspec.convert(value, whole)) == value
    outer = msgspec.convert({"inner": value}, read.types["Outer"])
    assert msgspec.to_builtins(outer) == {"inner": value}
    is_any = whole == dict[str, Any]
    assert read.unnamed == (dict.fromkeys(["Whole", "Outer"], name) if is_any else {})
    assert is_any or whole.__struct_encode_fields__ == (name,)


def test_long_values_keep_to_the_columns() -> None:
    long = "word " * 60
    source = read_schemas({"Body": {"properties": {"a": {"enum": [long, "b"]}}}}).source
    assert max(map(len, source.splitlines())) <= 100
    with running(source) as module:
        assert msgspec.json.decode(json.dumps({"a": long}), type=module.Body).a == long


def an_object(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": kind}, **fields},
    }


def test_constants_tell_the_objects_of_a_union_apart() -> None:
    union = {"oneOf": [an_object("a", x={"type": "integer"}), an_object("b")]}
    type_ = type_of({"type": "object", "properties": {"u": union}})
    made = msgspec.json.decode(b'{"u":{"kind":"a","x":1}}', type=type_)
    assert made.u.x == 1
    assert msgspec.json.encode(made) == b'{"u":{"kind":"a","x":1}}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"u":{"kind":"c"}}', type=type_)


def test_objects_that_nothing_tells_apart_are_any_object_within_others() -> None:
    plain = {"type": "object", "properties": {"x": {"type": "integer"}}}
    union = {"anyOf": [plain, an_object("b"), {"type": "null"}]}
    type_ = type_of({"type": "object", "properties": {"u": union}})
    assert msgspec.json.decode(b'{"u":{"x":"a"}}', type=type_).u == {"x": "a"}
    assert msgspec.json.decode(b'{"u":null}', type=type_).u is None


def test_a_body_may_be_a_union_that_nothing_tells_apart() -> None:
    plain = {"type": "object", "properties": {"x": {"type": "integer"}}}
    read = read_schemas({"Either": {"oneOf": [plain, an_object("b")]}})
    assert "Either: TypeAlias = Either1 | Either2" in read.source


def test_objects_are_put_together() -> None:
    base = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    more = {"allOf": [{"$ref": "#/base"}], "properties": {"y": {"type": "string"}}, "base": base}
    type_ = type_of(more)
    assert msgspec.to_builtins(msgspec.json.decode(b'{"x":1,"y":"a"}', type=type_)) == {
        "x": 1,
        "y": "a",
    }


def test_many_names_that_hide_others_are_kept_apart() -> None:
    names = ["Struct", "str", "field", "Any", "None", "Warning", "a-b", "aB", "a b", "日本", ""]
    wire = ["int", "field", "self", "UNSET", "__class__", "a.b", "a_b", "", "class", "Meta", "日"]
    schema = {"type": "object", "properties": {one: {"type": "integer"} for one in wire}}
    read = read_schemas(dict.fromkeys(names, schema) | {"X": {**schema}})
    for key in (*names, "X"):
        assert sorted(read.types[key].__struct_encode_fields__) == sorted(wire)
    assert len(set(read.names.values())) == len(read.names)


def test_schemas_that_are_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_subset, "MOST_PARTS", 2)
    inner = {"type": "object", "properties": {}}
    type_of({"type": "object", "properties": {"a": inner}})
    with pytest.raises(DefinitionError, match="too many: at most 2"):
        type_of({"type": "object", "properties": {"a": inner, "b": {**inner}}})


def test_lists_within_each_other_over_and_over_are_refused() -> None:
    pair = {"type": "array", "items": False, "minItems": 2}
    schema: dict[str, Any] = {"enum": ["a", "b"]}
    document = {
        f"A{n}": {**pair, "prefixItems": [{"$ref": f"#/A{n - 1}"}] * 2} for n in range(1, 15)
    }
    with pytest.raises(DefinitionError, match="holds more than 2000 others"):
        types_of_schemas(document, {"A0": schema, **document})


def test_unions_of_unions_over_and_over_are_as_short_as_one() -> None:
    document: dict[str, Any] = {"A0": {"type": "integer"}}
    for n in range(1, 8):
        document[f"A{n}"] = {"anyOf": [{"$ref": f"#/A{n - 1}"}] * 2 + [{"enum": ["a", "b"]}]}
    assert type_of({"$ref": "#/A7"}, document) == Literal["a", "b"] | int


def test_without_the_tool_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datamodel_code_generator", None)
    with pytest.raises(SchematicError, match=r"pip install \"schematic-ws\[generate\]\""):
        source_of_schemas({"A": {}})


# --------------------------------------------------------------------------------------- hostility

CANARY = "schematic_canary"
CALL = f"__import__('builtins').{CANARY}.append(1)"
EVIL = (
    *(CALL, f'"{CALL}"', f"'+{CALL}+'", f'"""\n{CALL}\n"""', f"'''\n{CALL}\n", f"\\\n{CALL}\n#"),
    *(
        f"{{{{ {CALL} }}}}",
        f"{{% if {CALL} %}}",
        "\u2028",
        "\x00",
        "__init__",
        "__del__",
        "../../x",
    ),
    *("file:///etc/passwd", "https://127.0.0.1:9/x", "#/a", "#", "x.json", "\\", '"', "\n", "os"),
    *("string", "object", "date-time", "class", "str", "field", "a", "b"),
)
TEXTS = st.sampled_from(EVIL) | st.text(st.characters(codec="utf-8"), max_size=5)
KEYWORDS = (
    *("$id", "$schema", "$anchor", "$dynamicRef", "title", "description", "format", "pattern"),
    *("const", "default", "customTypePath", "customBasePath", "x-python-type", "x-python-import"),
    *("x-enum-varnames", "x-enumNames", "examples", "contentEncoding", "contentMediaType", "type"),
    *("x-avro-logicalType", "x-is-classvar", "discriminator", "$comment", "minLength", "$ref"),
)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(TEXTS | st.sampled_from(KEYWORDS), inner, max_size=3)
    ),
    max_leaves=4,
)
SHAPES: st.SearchStrategy[Any] = st.recursive(
    st.just({}),
    lambda inner: st.one_of(
        st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda of: {"type": "object", "properties": of}
        ),
        inner.map(lambda of: {"type": "array", "items": of}),
        st.lists(inner, min_size=1, max_size=3).map(lambda of: {"anyOf": of}),
        st.lists(inner, min_size=1, max_size=2).map(lambda of: {"allOf": of}),
        st.lists(TEXTS, min_size=1, max_size=3).map(lambda of: {"enum": of}),
        TEXTS.map(lambda of: {"type": "string", "description": of, "default": of}),
        TEXTS.map(
            lambda of: {"type": "object", "properties": {of: {"const": of}}, "required": [of]}
        ),
        st.tuples(inner, st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=3)).map(
            lambda both: {**both[0], **both[1]}
        ),
    ),
    max_leaves=6,
)


class Watch:
    """Notes what reaches out of the process, or reads what is not Python's own."""

    noted: list[str] | None = None

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        if self.noted is None:
            return
        if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")):
            self.noted.append(event)
        if event == "open" and not str(details[0]).startswith((sys.prefix, sys.base_prefix)):
            self.noted.append(f"open {details[0]}")


@functools.cache
def the_watch() -> Watch:
    """The watch of this process; an audit hook stays for ever."""
    source_of_schemas({"Warm": {"type": "string"}})  # the tool is imported, which reads its files
    watch = Watch()
    sys.addaudithook(watch)
    return watch


@contextmanager
def watching() -> Iterator[list[str]]:
    watch = the_watch()
    noted: list[str] = []
    watch.noted = noted
    setattr(builtins, CANARY, noted)
    try:
        yield noted
    finally:
        watch.noted = None
        delattr(builtins, CANARY)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(TEXTS, SHAPES, min_size=1, max_size=2), st.none() | VALUES)
def test_nothing_in_a_schema_becomes_code_or_reaches_out(schemas: Any, document: Any) -> None:
    with watching() as noted:
        read = None
        with suppress(SchematicError):
            read = read_schemas(schemas, document)
        assert noted == []
    if read is not None:
        assert set(read.types) == set(schemas)
        source = read.source
        check_declarations(source)
        with watching() as noted, running(source):
            assert noted == []


@pytest.mark.parametrize("text", [CALL, "os.system", "file:///etc/passwd"])
def test_no_extension_is_read(text: str) -> None:
    more = dict.fromkeys((one for one in KEYWORDS if one not in ("const", "type", "$ref")), text)
    schema = {"type": "object", "properties": {"a": {"type": "string"} | more, text: True}, **more}
    with watching() as noted:
        read = read_schemas({"A": schema, text: {**schema}})
        assert noted == []
    imported = [
        one for one in check_declarations(read.source).body if isinstance(one, ast.ImportFrom)
    ]
    assert {one.module for one in imported} <= {"__future__", "typing", "msgspec"}


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from os import system",
        "from typing import get_type_hints",
        "from msgspec import json",
        "from builtins import print",
        "from . import x",
        "print(1)",
        "x = print(1)",
        "class A(print(1)): pass",
        "class A:\n    x: int = print(1)",
        "class A:\n    def f(self): pass",
        "@print\nclass A: pass",
        "class A(metaclass=int()): pass",
        "class print: pass",
        "x: print(1) = 1",
        "x: 'print(1)' = 1",
        "x: int = [i for i in ()]",
        "x: int = f'{1}'",
        "x: list['a.b'] = 1",
        "x: int.__class__ = 1",
        "__builtins__: int = 1",
        "class A:\n    __slots__: int = 1",
        "x: int = field(default_factory=lambda: print(1))",
        "x: int = field(default_factory=lambda x=print(1): 1)",
        "x: int = field(**{})",
        "if True: pass",
        "x: nowhere = 1",
        "def",
        "x: " + "-" * 5000 + "1",
        "\x00",
    ],
)
def test_source_that_does_more_than_declare_is_refused(source: str) -> None:
    with pytest.raises(DefinitionError, match=r"more than declare types|no Python"):
        check_declarations(source)


# ------------------------------------------------------------------------------------------- width

NAMES = st.sampled_from(["a", "b-c", "class", "type", "x y", "int"])
LEAVES: tuple[tuple[Any, Any], ...] = (
    ({"type": "string", "minLength": 1}, "s"),
    ({"type": "integer", "minimum": -3, "exclusiveMaximum": 9}, 4),
    ({"type": "number", "multipleOf": 0.5}, 1.5),
    ({"type": "boolean"}, True),
    ({"type": ["null", "string"]}, None),
    ({"enum": ["p", "q", 3]}, "q"),
    ({"const": "only"}, "only"),
    ({}, {"free": [1]}),
    (True, 3),
)


@st.composite
def described(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    """A schema, and a value that fits it."""
    kind = draw(st.sampled_from(["leaf", "object", "array", "map", "union", "all"]))
    if kind == "leaf" or not depth:
        leaf: tuple[Any, Any] = draw(st.sampled_from(LEAVES))
        return leaf
    if kind == "object":
        return draw(objects(depth - 1))
    first: tuple[Any, Any] = draw(described(depth - 1))
    schema, value = first
    if kind == "array":
        return {"type": "array", "items": schema, "minItems": 1}, [value, value]
    if kind == "map":
        return {"type": "object", "additionalProperties": schema}, {"key": value}
    if kind == "all":
        return {"allOf": [schema, {}]}, value
    second: tuple[Any, Any] = draw(described(depth - 1))
    return {"anyOf": [schema, second[0]]}, draw(st.sampled_from([value, second[1]]))


@st.composite
def objects(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    fields = draw(st.dictionaries(NAMES, described(depth), max_size=3))
    required = draw(st.sets(st.sampled_from(sorted(fields)))) if fields else set()
    absent = draw(st.sets(st.sampled_from(sorted(fields)))) - required if fields else set()
    return (
        {
            "type": "object",
            "properties": {name: schema for name, (schema, _) in fields.items()},
            "required": sorted(required),
        },
        {name: value for name, (_, value) in fields.items() if name not in absent},
    )


@settings(max_examples=40, deadline=None)
@given(described())
def test_what_fits_a_schema_fits_its_type_and_is_written_as_it_was(made: tuple[Any, Any]) -> None:
    schema, value = made
    jsonschema.validate(value, schema)
    holder = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    again = msgspec.convert({"value": value, "more": 1}, type_of(holder))
    jsonschema.validate(msgspec.to_builtins(again.value), schema)


def test_a_json_schema_is_the_body_of_a_message() -> None:
    line = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    schema = schema_of("Line", line)
    assert schema.name == "Line"
    body = msgspec.json.decode(b'{"text": "a"}', type=schema.body)
    assert body.text == "a"


def test_a_schema_that_is_no_type_says_what_makes_one_of_it() -> None:
    with pytest.raises(DefinitionError, match="schema_of makes one of a JSON Schema"):
        Schema({"type": "object"}).check()
