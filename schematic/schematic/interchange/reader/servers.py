"""The address of the service: the first server that speaks WebSocket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schematic.define import DefinitionError
from schematic.interchange.reader.nodes import Node

__all__ = ["Chosen", "chosen_server", "is_served"]

_PROTOCOLS = ("wss", "ws")
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The server that the definition is about.

    Attributes:
        base_url: its address, variables filled in.
        server: what the document says of it; None where the caller gave the address.
        remarks: what else there would have been to choose.
    """

    base_url: str
    server: Node | None
    remarks: tuple[str, ...]


def chosen_server(root: Node, *, name: str | None = None, url: str | None = None) -> Chosen:
    """The server called ``name``, or the first that speaks WebSocket.

    Args:
        root: the document.
        name: its name in the document.
        url: an address that takes the place of all that the document says.

    Raises:
        DefinitionError: there is none, or its address has a variable without a value.
    """
    servers = dict(_servers(root))
    spoken = {key: server for key, server in servers.items() if _protocol(server) in _PROTOCOLS}
    if name is not None and name not in spoken:
        known = ", ".join(spoken) or "none"
        raise DefinitionError(f"there is no WebSocket server {name!r}. There are: {known}")
    key = name if name is not None else next(iter(spoken), None)
    if url is not None:
        return Chosen(url, None if key is None else spoken[key], ())
    if key is None:
        raise root.refusal(_no_server(servers))
    remarks = list(_variables(spoken[key]))
    for other, server in spoken.items():
        if other != key:
            remarks.append(f"Another server is {other}: {_written(server)}")
    return Chosen(_address(spoken[key]), spoken[key], tuple(remarks))


def is_served(channel: Node, server: Node | None) -> bool:
    """Whether a channel can be had at a server; one that names no servers is at all of them."""
    named = channel.get("servers")
    if named is None or server is None or not named.value:
        return True
    for one in named.each_raw():
        found = one.value if isinstance(one.value, str) else one.resolved().place
        if found in (server.place, server.name):
            return True
    return False


def _servers(root: Node) -> Iterator[tuple[str, Node]]:
    servers = root.get("servers")
    if servers is not None:
        yield from servers.items()


def _protocol(server: Node) -> str:
    return (server.text_of("protocol") or "").lower()


def _no_server(servers: dict[str, Node]) -> str:
    spoken = sorted({_protocol(server) or "an unnamed protocol" for server in servers.values()})
    told = f"its servers speak {', '.join(spoken)}" if spoken else "it names no server"
    return (
        f"this document has no WebSocket server (protocol ws or wss): {told}. If the service can "
        "be reached over WebSocket, give its address as the base URL (--base-url)"
    )


def _written(server: Node) -> str:
    """The address of a server as the document writes it, from its parts (3) or whole (2)."""
    host = server.text_of("host")
    if host is None:
        host = server.text_of("url")
    if host is None:
        raise server.refusal("it has neither host nor url")
    scheme, separator, rest = host.partition("://")
    rest = rest if separator else scheme
    return f"{_protocol(server)}://{rest}{server.text_of('pathname') or ''}".rstrip("/")


def _address(server: Node) -> str:
    def value(found: re.Match[str]) -> str:
        variable = server.get("variables", found[1])
        default = None if variable is None else _default(variable)
        if default is None:
            raise server.refusal(
                f"the variable {found[1]} has no default; give the address (--base-url)"
            )
        return default

    return _VARIABLE.sub(value, _written(server)).rstrip("/")


def _default(variable: Node) -> str | None:
    choices = variable.get("enum")
    first = next((one.text() for one in choices.each()), None) if choices else None
    return variable.text_of("default") or first


def _variables(server: Node) -> Iterator[str]:
    variables = server.get("variables")
    for name, variable in variables.items() if variables else ():
        default = _default(variable)
        choices = variable.get("enum")
        if default is not None and choices is not None:
            listed = ", ".join(one.text() for one in choices.each())
            yield f"The variable {name} of the server's address is {default}, one of: {listed}"
        elif default is not None:
            yield f"The variable {name} of the server's address is {default}"
