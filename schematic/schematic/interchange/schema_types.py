"""Types of bodies from JSON Schema, read by datamodel-code-generator.

Schemas are untrusted, and what they become is source that is run. So they are read in four steps,
each of which would do alone: `schema_subset` copies the keywords that types can say, and nothing
else; references lead nowhere but into the document; the tool writes classes; and `source_check`
looks at every node of them before any is run. No file is opened, no address is asked.

A reader of documents hands over the schemas of all messages, with the document that their
references start from, and gets the source for a module and the types for a `Schema`::

    read = read_schemas({"SendText": document["components"]["schemas"]["SendText"]}, document)
    read.source                           # "class SendText(Struct, frozen=True): ..."
    Schema(read.types["SendText"])

How a schema is understood:

* A field that is not required may be absent (`msgspec.UNSET`), whatever its default, which is told
  in words: a field that is absent and one that has its default are two different things.
* A required constant is a default, so that it need not be given. Where constants tell the objects
  of a union apart, they become tags.
* Fields that no schema describes are let through. What types cannot say is left out: ``not``,
  ``if``, ``format``. Patterns are told in words and not checked, since some take for ever.
* An object with a property that no type can have (quotes, backslashes and control characters are
  in its name, or Python reads it as another name) is any object.
* Unions that msgspec could not tell apart become "any object", "any text", within other types; a
  body itself may be a union of any objects.
"""

from __future__ import annotations

import importlib
import typing
import warnings
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import inspect

from schematic.compile.body_types import members_of
from schematic.define import DefinitionError, Schema, SchematicError
from schematic.generate.imports import Imports
from schematic.generate.layout import formatted
from schematic.generate.names import BUILTINS, Names
from schematic.generate.types import TypeSources
from schematic.interchange.schema_subset import Subset
from schematic.interchange.schema_unions import parts_within, readable_parts
from schematic.interchange.schema_words import BOOLEANS, Plain
from schematic.interchange.source_check import IMPORTABLE, check_declarations

__all__ = ["SchemaModule", "read_schemas", "schema_of", "source_of_schemas", "types_of_schemas"]

_IMPORTED = (
    *("Annotated", "Any", "Decimal", "Enum", "Flag", "IntEnum", "IntFlag", "Iterator", "Literal"),
    *("Meta", "NamedTuple", "NotRequired", "Optional", "Raw", "StrEnum", "Struct", "TypeAlias"),
    *("TypedDict", "UNSET", "UUID", "Union", "UnsetType", *BOOLEANS),
    *("annotations", "convert", "date", "datetime", "field", "time", "timedelta"),
)
"""Names that no class may have, since modules of types may import them."""

_HIDING = (
    *("bool", "bytes", "convert", "dict", "field", "float", "int", "list", "object", "self"),
    *("set", "str", "tuple", "Annotated", "Any", "Literal", "Meta", "Struct", "UNSET", "UnsetType"),
)
"""Names that a field of Python's may not have: its class would not see what they stand for."""

_OF_EVERY_CLASS = {"#all#": {"base_class_kwargs": {"frozen": True}}}
_TITLE = '"""Types that were made of JSON Schemas."""'
_MODULE = "schematic_schemas"


@dataclass(frozen=True, slots=True)
class SchemaModule:
    """What was read.

    Attributes:
        names: for each schema, by its key: the name of its type.
        types: for each schema, by its key: the type, as `Schema` takes it. It belongs to no module
            that could be imported; ``source`` makes one.
        unnamed: for each schema that holds a property which no type can have, by its key: the
            name of one. The object with that property is any object in its type.
    """

    names: Mapping[str, str]
    types: Mapping[str, Any]
    unnamed: Mapping[str, str] = attribute(default_factory=dict[str, str])

    @property
    def source(self) -> str:
        """A module that declares the types: imports, frozen Structs with docstrings, aliases.

        The types of the schemas are called there what ``names`` says; others are those that they
        refer to. It is written each time that it is asked for, and laid out by ruff.

        Raises:
            SchematicError: ruff is not installed.
        """
        names = Names(BUILTINS)
        imports = Imports(names)
        sources = TypeSources(names, imports)
        structs = {key for key, type_ in self.types.items() if inspect.is_struct_type(type_)}
        for key, name in self.names.items():
            sources.expect(name, self.types[key] if key in structs else None)
        for key, name in self.names.items():
            if key in structs:
                sources.declare(self.types[key], name=name)
            else:
                sources.alias(name, self.types[key])
        return formatted(f"{_TITLE}\n\n{imports.render()}\n\n{sources.declarations()}")


def read_schemas(schemas: Mapping[str, Any], document: object = None) -> SchemaModule:
    """Types from JSON Schemas: one for each, and those that they refer to.

    Args:
        schemas: by the name of the type that is wanted, any text; values as JSON has them. Drafts 4
            to 2020-12, and the dialects of AsyncAPI and OpenAPI (``nullable``).
        document: what references (``#/components/schemas/Text``) start from; without one, each
            schema is its own document.

    Raises:
        DefinitionError: a schema is wrong, too large, refers to another document, or gives types
            that msgspec cannot read.
        SchematicError: datamodel-code-generator is not installed.
    """
    subset = Subset(Names(BUILTINS | set(_IMPORTED)), document)
    names = subset.add(schemas)
    roots = set(names.values())
    try:
        made = _module(readable_parts(subset.parts, roots, tags=True), names)
    except _UnreadableTypes:
        made = _module(readable_parts(subset.parts, roots, tags=False), names)
    return replace(made, unnamed=_unnamed(subset, names))


def _unnamed(subset: Subset, names: Mapping[str, str]) -> dict[str, str]:
    """The schemas within which an object has a property that no type can have, with its name."""
    if not subset.unnamed:
        return {}
    found: dict[str, str] = {}
    for key, name in names.items():
        within = [one for one in parts_within(subset.parts, name) if one in subset.unnamed]
        if within:
            found[key] = subset.unnamed[within[0]]
    return found


def source_of_schemas(schemas: Mapping[str, Any], document: object = None) -> str:
    """The source of a module that declares the types of schemas: `SchemaModule.source`."""
    return read_schemas(schemas, document).source


def types_of_schemas(schemas: Mapping[str, Any], document: object = None) -> Mapping[str, Any]:
    """The types of schemas, by their keys: `SchemaModule.types`."""
    return read_schemas(schemas, document).types


def schema_of(name: str, schema: Any, document: object = None) -> Schema:
    """A JSON Schema as the body of a message: ``MessageSchema(schema=schema_of("Line", {...}))``.

    Args:
        name: what documents and generated code call the body.
        schema: the JSON Schema, as Python values.
        document: what its references start from; itself if None.

    Raises:
        DefinitionError: it is none, or cannot become a type; the message names the place.
        SchematicError: datamodel-code-generator is not installed.
    """
    return Schema(types_of_schemas({name: schema}, document)[name], name=name)


class _UnreadableTypes(DefinitionError):
    """msgspec cannot decode into one of the types."""


def _module(parts: Mapping[str, Plain], names: Mapping[str, str]) -> SchemaModule:
    source = _written(parts) if parts else ""
    check_declarations(source)
    defined = _run(source)
    missing = [key for key, name in names.items() if name not in defined]
    if missing:
        raise DefinitionError(f"no type was made of the schema {missing[0]!r}")
    types = {key: _readable(defined[name], key) for key, name in names.items()}
    return SchemaModule(dict(names), types)


def _written(parts: Mapping[str, Plain]) -> str:
    """What datamodel-code-generator makes of schemas of the subset."""
    tool, formats = _tool("datamodel_code_generator"), _tool("datamodel_code_generator.format")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": dict(parts)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = tool.generate(
                whole,
                input_file_type=tool.InputFileType.JsonSchema,
                output_model_type=tool.DataModelType.MsgspecStruct,
                target_python_version=tool.PythonVersion.PY_311,
                formatters=[formats.Formatter.BUILTIN],
                settings_path=Path(Path.cwd().anchor),  # not those of the folder we are in
                disable_timestamp=True,
                allow_remote_refs=False,
                strict_refs=True,
                skip_root_model=True,
                keyword_only=True,
                snake_case_field=True,
                extra_template_data=defaultdict(dict, _OF_EVERY_CLASS),
                aliases={name: f"{name}_" for name in _HIDING},
                apply_default_values_for_required_fields=True,
                enum_field_as_literal="all",
                use_annotated=True,
                use_msgspec_tagged_unions=True,
                use_schema_description=True,
                use_standard_collections=True,
                use_tuple_for_fixed_items=True,
                use_union_operator=True,
            )
    except (
        tool.Error,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise DefinitionError(f"the schemas cannot be made into types: {error}") from error
    if not isinstance(made, str):
        raise DefinitionError("the schemas cannot be made into types: they fill several modules")
    return _with_booleans(made)


def _with_booleans(source: str) -> str:
    """``source``, in which the types of one boolean are any: they become what they are."""
    source = source.replace("from typing import ", "from typing import Literal, ", 1)
    for name, value in BOOLEANS.items():
        source = source.replace(
            f"\n{name}: TypeAlias = bool\n", f"\n{name}: TypeAlias = Literal[{value}]\n", 1
        )
    return source


def _tool(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SchematicError(
            "datamodel-code-generator reads JSON Schemas, and is not installed: "
            'pip install "schematic-ws[generate]"'
        ) from None


def _run(source: str) -> dict[str, Any]:
    """The names that checked source defines, its annotations read.

    The module is in no place where annotations could be looked up later, so they are read at once.
    """
    module = ModuleType(_MODULE)
    defined = vars(module)
    defined["__builtins__"] = {"__build_class__": __build_class__, "__import__": _import, **_TYPES}
    try:
        exec(compile(source, f"<{_MODULE}>", "exec", dont_inherit=True), defined)
        for name, value in list(defined.items()):
            if isinstance(value, type) and value.__module__ == _MODULE:
                value.__annotations__ = typing.get_type_hints(
                    value, globalns=defined, localns={}, include_extras=True
                )
            elif not name.startswith("_"):
                defined[name] = _evaluated(value, defined)
    except (ValueError, TypeError, NameError, AttributeError, RecursionError) as error:
        raise _UnreadableTypes(f"the schemas give types that cannot be read: {error}") from error
    return defined


_TYPES: Mapping[str, type] = {
    one.__name__: one
    for one in (bool, bytes, dict, float, frozenset, int, list, object, set, str, tuple)
}


def _import(name: str, *more: Any) -> ModuleType:
    """What ``import`` means in source that was checked."""
    if name not in IMPORTABLE:
        raise ImportError(f"{name} is not imported by declarations")
    del more
    return importlib.import_module(name)


def _evaluated(alias: Any, defined: dict[str, Any]) -> Any:
    """An alias, in which names in quotes are what they stand for."""
    holder = type("Holder", (), {"__annotations__": {"alias": alias}})
    hints = typing.get_type_hints(holder, globalns=defined, localns={}, include_extras=True)
    return hints["alias"]


def _readable(type_: Any, key: str) -> Any:
    """``type_``, if msgspec can decode into it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inspect.type_info(type_)
    except (ValueError, TypeError, NameError, RecursionError) as error:
        if not members_of(Schema(type_)):
            raise _UnreadableTypes(
                f"the schema {key!r} gives a type that cannot be read: {error}"
            ) from error
    return type_
