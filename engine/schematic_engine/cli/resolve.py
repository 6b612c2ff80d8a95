"""From what a user types to an API or an endpoint: ``NAME/ENDPOINT``, ``file.py:name/ENDPOINT``."""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from schematic.define import BoundEndpoint, RestApi, WebSocketApi
from schematic_engine.cli.files import api_from_file, made_api
from schematic_engine.cli.unusable import Absent, Blame, Unusable

__all__ = [
    "GROUP",
    "REST_GROUP",
    "installed",
    "load",
    "name_of",
    "origin_of",
    "resolve_any",
    "resolve_endpoint",
    "resolve_endpoints",
    "resolve_rest",
]

GROUP = "schematic.definitions"
"""The entry-point group through which packages offer their definitions."""
REST_GROUP = "schematic.rest"
"""The same for those of REST APIs."""

_FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<name>[^/]*))?(?:/(?P<endpoint>.*))?")


def resolve_any(reference: str) -> WebSocketApi | BoundEndpoint:
    """What ``reference`` names: an endpoint, or an API when it stops there.

    Raises:
        Unusable: there is no such thing; the message says what there is.
    """
    api, endpoint = _split(reference)
    return api if endpoint is None else _pick(api, endpoint)


def resolve_endpoints(reference: str) -> tuple[BoundEndpoint, ...]:
    """The endpoint that ``reference`` names, or all those of the API that it names.

    Raises:
        Unusable: there is no such thing, or there are none; the message says what there is.
    """
    found = resolve_any(reference)
    if isinstance(found, BoundEndpoint):
        return (found,)
    if not found.endpoints:
        raise Unusable(f"{reference} has no endpoints.")
    return tuple(found.endpoint(one.id) for one in found.endpoints)


def resolve_endpoint(reference: str) -> BoundEndpoint:
    """The endpoint that ``reference`` names; an API alone will do if it has exactly one.

    Raises:
        Unusable: there is no such thing, or several; the message says what there is.
    """
    found = resolve_endpoints(reference)
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{reference.rstrip('/')}/{one.endpoint.id}" for one in found)
    raise Unusable(f"{reference} has {len(found)} endpoints, name one of them: {known}")


def name_of(reference: str) -> str:
    """What an API is called by who refers to it: its installed name, or its name in the file."""
    file = _FILE.fullmatch(reference)
    if file is not None:
        return file["name"] or Path(file["file"]).stem
    return reference.partition("/")[0]


def origin_of(reference: str) -> str:
    """How a generated file says from which API it is: without folders, or an endpoint."""
    file = _FILE.fullmatch(reference)
    if file is None:
        return reference.partition("/")[0]
    name = f":{file['name']}" if file["name"] else ""
    return f"{Path(file['file']).name}{name}"


def resolve_rest(reference: str) -> RestApi:
    """The REST API that ``reference`` names: the name of an installed one, or ``file.py:name``.

    Raises:
        Unusable: there is no such thing; the message says what there is.
    """
    file = _FILE.fullmatch(reference)
    if file is not None and not file["endpoint"]:
        return api_from_file(Path(file["file"]), file["name"] or None, RestApi)
    for known, entry in installed(REST_GROUP).items():
        if known.casefold() == reference.casefold():
            place = f"{known} ({entry.value})"
            with Blame(place):
                value = entry.load()
            return made_api(value, place, kind=RestApi)
    raise Absent(_unknown("REST API", reference, list(installed(REST_GROUP)), "installed"))


def installed(group: str = GROUP) -> dict[str, EntryPoint]:
    """The definitions that installed packages offer, by name, in alphabetical order."""
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    return {entry.name: entry for entry in found}


def load(entry: EntryPoint) -> WebSocketApi:
    """The API behind an entry point.

    Raises:
        Unusable: it cannot be imported, or is no WebSocket API.
    """
    place = f"{entry.name} ({entry.value})"
    with Blame(place):
        value = entry.load()
    return made_api(value, place)


def _split(reference: str) -> tuple[WebSocketApi, str | None]:
    file = _FILE.fullmatch(reference)
    if file is not None:
        return api_from_file(Path(file["file"]), file["name"] or None), file["endpoint"] or None
    name, _, endpoint = reference.partition("/")
    return _by_name(name), endpoint or None


def _by_name(name: str) -> WebSocketApi:
    """The installed API called ``name``, by its entry point or by its own name, in any case."""
    entries = installed()
    for known, entry in entries.items():
        if known.casefold() == name.casefold():
            return load(entry)
    for entry in entries.values():
        try:
            api = load(entry)
        except Unusable:
            continue  # another package's fault must not hide what was asked for
        if api.name.casefold() == name.casefold():
            return api
    raise Absent(_unknown("API", name, list(entries), "installed"))


def _pick(api: WebSocketApi, endpoint: str) -> BoundEndpoint:
    for one in api.endpoints:
        if one.id.casefold() == endpoint.casefold():
            return api.endpoint(one.id)
    known = [one.id for one in api.endpoints]
    raise Unusable(_unknown("endpoint", endpoint, known, f"in {api.name}"))


def _unknown(what: str, name: str, known: list[str], where: str) -> str:
    lower = {one.casefold(): one for one in known}
    close = [lower[one] for one in get_close_matches(name.casefold(), lower)]
    sentences = [f"There is no {what} {name!r} {where}."]
    if close:
        sentences.append(f"Did you mean {' or '.join(close)}?")
    sentences.append(f"There is: {', '.join(known)}." if known else "There is none at all.")
    return " ".join(sentences)
