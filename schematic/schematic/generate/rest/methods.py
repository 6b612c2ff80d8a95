"""The two clients of a generated REST module: for asyncio, and with blocking calls."""

from __future__ import annotations

from dataclasses import dataclass

from schematic.define import AuthKind, Endpoint
from schematic.generate.literals import docstring
from schematic.generate.rest.arguments import Arguments, arguments_of
from schematic.generate.rest.source import Source

__all__ = ["ASYNC", "SYNC", "Colour", "client_class"]


@dataclass(frozen=True, slots=True)
class Colour:
    """Asyncio or blocking calls.

    Attributes:
        prefix: what names begin with, those of the runtime too.
        define: how a method is defined.
        wait: what stands before a call.
        manager: what a stream is in ``contextlib``.
        iterator: what it gives, in ``collections.abc``.
        how: the colour in words.
    """

    prefix: str
    define: str
    wait: str
    manager: str
    iterator: str
    how: str


ASYNC = Colour(
    *("", "async def", "await ", "AbstractAsyncContextManager", "AsyncIterator"), "for asyncio"
)
SYNC = Colour("Sync", "def", "", "AbstractContextManager", "Iterator", "with blocking calls")


def client_class(source: Source, colour: Colour) -> str:
    """The class of a client, with a method for each endpoint."""
    name = f"{colour.prefix}{source.prefix}Rest"
    options = source.runtime(f"{colour.prefix}RestOptions")
    methods = [_method(source, colour, endpoint) for endpoint in source.api.endpoints]
    return (
        f"class {name}({source.runtime(f'{colour.prefix}RestSurface')}):\n"
        f"{_about_class(source, colour)}\n"
        f"    def __init__(self, **options: {source.typing('Unpack')}[{options}]) -> None:\n"
        f"        super().__init__(_API, options)\n\n{chr(10).join(methods)}"
    )


def _about_class(source: Source, colour: Colour) -> str:
    api = source.api
    what = api.description or f"A client of {api.name}."
    if colour is SYNC:
        return docstring(f"{what}\n\nThe same as `{source.prefix}Rest`, {colour.how}.")
    raised = (
        "Each call raises `InvalidParameter` before it sends what does not fit; `HttpError` with "
        "status and body for an answer other than 2xx; `InvalidResponse` and `MessageTooBig` for "
        "one that cannot be read; and an ``httpx.TransportError`` when the network fails."
    )
    parts = (what, f"{_credentials(source)} {_USE}", raised)
    about = "\n\n".join(part.strip() for part in parts)
    return docstring(about, attributes={"options": "see `RestOptions`."}, section="Args")


_USE = (
    "Use it with ``async with``, or `aclose` it. ``url`` calls another server, ``client`` takes an "
    "``httpx`` client of yours."
)


def _credentials(source: Source) -> str:
    api = source.api
    if all(way.kind is AuthKind.NONE for way in api.auth.ways):
        return "It needs no credentials."
    variables = "`` or ``".join(api.env_auth)
    else_ = f", which is else read from ``{variables}``" if variables else ""
    return f"``auth`` is the secret{else_}."


def _method(source: Source, colour: Colour, endpoint: Endpoint) -> str:
    arguments = arguments_of(source, endpoint)
    name, operation = source.methods[endpoint.id], source.operations[endpoint.id]
    if endpoint.response.streamed:
        manager = source.imports.name("contextlib", colour.manager, typing_only=True)
        iterator = source.abstract(colour.iterator)
        returns, define, call = f"{manager}[{iterator}[bytes]]", "def", "self._stream"
    else:
        returns, define = source.returned(endpoint), colour.define
        call = f"{colour.wait}self._call"
    give = "" if returns == "None" else "return "
    body = f"        {give}{call}(_{operation}, {arguments.passed})\n"
    return (
        f"    {define} {name}{arguments.signature} -> {returns}:\n"
        f"{_about_method(source, colour, endpoint, arguments)}{body}"
    )


def _about_method(source: Source, colour: Colour, endpoint: Endpoint, arguments: Arguments) -> str:
    line = f"{endpoint.method.value} {endpoint.path}"
    what = endpoint.description.strip() or f"Call ``{line}``."
    if colour is SYNC:
        told = f"See `{source.prefix}Rest.{source.methods[endpoint.id]}`."
        return docstring(f"{what}\n\n{told}", indent=8)
    said = [what]
    if endpoint.description.strip():
        said.append(f"``{line}``")
    if endpoint.response.streamed:
        said.append("The body comes in pieces: use ``async with`` and, within, ``async for``.")
    about = {one.name: one.about for one in arguments.ordered}
    return docstring("\n\n".join(said), indent=8, attributes=about, section="Args")
