"""The endpoint as data, which a generated module carries in itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from schematic.compile import narrowed_tables
from schematic.compile.embed import table_to_data
from schematic.define import AuthStrategy, WebSocketApi
from schematic.generate.websocket.source import Source
from schematic.interchange.description import to_data

__all__ = ["FORMAT", "described", "embedded"]

FORMAT: Final = 1
"""The version of the form of the data; `schematic_engine.client.embedded` reads it."""

_WIDTH = 100


def embedded(source: Source, params: dict[str, str]) -> str:
    """The statement that gives the clients of a module their endpoint."""
    make = source.runtime("Embedded")
    clients = " = ".join(f"{colour}{source.prefix}Ws.endpoint" for colour in ("", "Sync"))
    text = _compact(_data(source, params))
    lines = "\n".join(_cut(text))
    return f'{clients} = {make}(__name__, r"""\n{lines}\n""")\n'


def described(source: Source) -> str:
    """The description of the endpoint, with all that is only for people, as text."""
    return _compact(to_data(_alone(source), _types(source)))


def _data(source: Source, params: dict[str, str]) -> dict[str, Any]:
    compiled = source.plan.compiled
    api = to_data(_alone(source), _types(source), docs=False)
    for name, message in api["endpoints"][0].get("lifecycle", {}).get("messages", {}).items():
        if message["schema"] == {"type": name}:
            del message["schema"]  # `Embedded` knows it by the name
    data: dict[str, Any] = {
        "format": FORMAT,
        "api": api,
        "table": table_to_data(compiled.table),
    }
    classes = {name: of for name, of in source.classes.items() if name != of}
    if classes:
        data["classes"] = classes
    renamed = {python: wire for wire, python in params.items() if python != wire}
    if renamed:
        data["params"] = renamed
    narrowed = [
        [sorted(absent), table_to_data(table)]
        for absent, table in narrowed_tables(compiled).items()
    ]
    if narrowed:
        data["narrowed"] = narrowed
    return data


def _alone(source: Source) -> WebSocketApi:
    """The API with this endpoint alone."""
    compiled = source.plan.compiled
    api = compiled.api
    return WebSocketApi(
        name=api.name,
        description=api.description,
        base_url=api.base_url,
        docs_url=api.docs_url,
        auth=_auth(source),
        env_auth=api.env_auth,
        env_username=api.env_username,
        headers=api.headers,
        endpoints=[compiled.endpoint],
    )


def _auth(source: Source) -> AuthStrategy:
    """The ways to carry credentials that this endpoint has."""
    auth = source.plan.compiled.api.auth
    ids = {one.id for one in source.plan.client}
    ways = [
        replace(way, messages=tuple(message for message in way.messages if message in ids))
        for way in auth.ways
        if not way.messages or ids & set(way.messages)
    ]
    return ways[0] if len(ways) == 1 else replace(auth, alternatives=tuple(ways))


def _types(source: Source) -> dict[str, object]:
    """The types of bodies, by the names of the classes that stand for them in the module."""
    return {
        source.of(one): one.message.schema.body
        for one in source.plan.spoken
        if one.message.schema.body is not None and not one.message.schema.is_name_only
    }


def _compact(data: dict[str, Any]) -> str:
    """As JSON in ASCII without any space between."""
    return json.dumps(data, separators=(",", ":"))


def _cut(text: str) -> list[str]:
    """The text in lines, none of which ends in a space; breaks mean nothing to who reads it."""
    lines: list[str] = []
    while text:
        line = text[:_WIDTH].rstrip(" ") or text
        lines.append(line)
        text = text[len(line) :]
    return lines
