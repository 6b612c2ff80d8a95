"""The opening handshake of a WebSocket as somebody in between reads it. Pure.

What was sent is read as it is meant, not judged: whether a server should have accepted a request
is its own affair, and what follows an answer with status 101 are frames.
"""

from __future__ import annotations

import re
from typing import Final

import h11
import msgspec

from schematic_engine.errors import RemoteProtocolError
from schematic_engine.events import Headers
from schematic_engine.head import header_text

__all__ = ["Answer", "Asked", "read_answer", "read_request"]

_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")
_SWITCHED: Final = 101
_FINAL: Final = 200


class Asked(msgspec.Struct, frozen=True):
    """The head of a request.

    Attributes:
        target: its target as sent.
        headers: its header lines.
    """

    target: str
    headers: Headers

    def __repr__(self) -> str:
        """Nothing of it: there are credentials in it."""
        return "Asked(...)"

    def values(self, name: str) -> list[str]:
        """What the header ``name`` lists, which may stand on several lines."""
        return _listed(self.headers, name)

    @property
    def host(self) -> str:
        """The header ``Host``; empty if there is none."""
        return next((value for name, value in self.headers if name.lower() == "host"), "")

    @property
    def is_for_websocket(self) -> bool:
        """Whether it asks for a WebSocket (RFC 6455, section 4.2.1)."""
        return "websocket" in (value.lower() for value in self.values("upgrade"))


class Answer(msgspec.Struct, frozen=True):
    """The head of an answer.

    Attributes:
        status: its HTTP status.
        headers: its header lines.
    """

    status: int
    headers: Headers

    @property
    def is_preliminary(self) -> bool:
        """Whether another answer follows (RFC 9110, section 15.2)."""
        return self.status < _FINAL and not self.has_switched

    @property
    def has_switched(self) -> bool:
        """Whether frames follow."""
        return self.status == _SWITCHED

    @property
    def chosen(self) -> str | None:
        """The subprotocol that the server chose."""
        return next(iter(_listed(self.headers, "sec-websocket-protocol")), None)

    @property
    def extensions(self) -> str:
        """The extensions that it chose, as they are written in the header."""
        wanted = "sec-websocket-extensions"
        return ", ".join(value for name, value in self.headers if name.lower() == wanted)


def read_request(block: bytes) -> Asked:
    """Read the header block of a request.

    Raises:
        RemoteProtocolError: it is not valid HTTP.
    """
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=len(block) + 1)
    try:
        http.receive_data(block)
        event = http.next_event()
    except (h11.RemoteProtocolError, ValueError) as error:
        raise RemoteProtocolError(f"the request is not valid HTTP: {error}") from None
    if not isinstance(event, h11.Request):
        raise RemoteProtocolError("the request is not valid HTTP")
    return Asked(event.target.decode("latin-1"), header_text(event.headers))


def read_answer(block: bytes) -> Answer:
    """Read the header block of an answer.

    Raises:
        RemoteProtocolError: it is not valid HTTP.
    """
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=len(block) + 1)
    upgrade = [("host", "host"), ("connection", "upgrade"), ("upgrade", "websocket")]
    http.send(h11.Request(method="GET", target="/", headers=upgrade))
    try:
        http.receive_data(block)
        event = http.next_event()
    except (h11.RemoteProtocolError, ValueError) as error:
        raise RemoteProtocolError(f"the answer is not valid HTTP: {error}") from None
    if not isinstance(event, h11.Response | h11.InformationalResponse):
        raise RemoteProtocolError("the answer is not valid HTTP")
    return Answer(event.status_code, header_text(event.headers))


def _listed(headers: Headers, wanted: str) -> list[str]:
    values = [value.strip() for name, value in headers if name.lower() == wanted]
    return [one for value in values for one in _SEPARATOR.split(value) if one]
