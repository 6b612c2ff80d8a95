"""What a server's answer can be, other than what was asked for.

::

    SchematicError
    └── ProtocolError
        └── RemoteProtocolError
            ├── HttpError         the answer has a status other than 2xx
            ├── InvalidResponse   the body is not what the description says
            └── MessageTooBig     it is larger than a limit allows, see schematic_engine.errors

What this side does wrong is an `InvalidParameter` or `MissingCredentials`, before anything is sent.
What the network does wrong is an ``httpx.TransportError``, as httpx raised it.
"""

from __future__ import annotations

from http import HTTPStatus

from schematic_engine.blame import RemoteProtocolError
from schematic_engine.retry_after import seconds_from

__all__ = ["HttpError", "InvalidResponse"]

_SHOWN = 200
_REDIRECTS = (301, 302, 303, 307, 308)


class HttpError(RemoteProtocolError):
    """The server answered with a status other than 2xx.

    What the server repeats of the credentials is blacked out.

    Attributes:
        endpoint: the id of the endpoint that was called.
        status: the HTTP status code.
        headers: the response's header lines, names in lower case.
        body: the response's body, cut at ``RestLimits.max_error_body`` bytes.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        status: int,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> None:
        self.endpoint = endpoint
        self.status = status
        self.headers = headers
        self.body = body
        told = _printable(body[:_SHOWN].decode("utf-8", "replace"))
        if status in _REDIRECTS:
            told = "redirects are not followed; call it with the url of the new place"
        meaning = f"HTTP {status} {_phrase(status)}".rstrip()
        super().__init__(f"{endpoint}: {meaning}" + (f": {told}" if told else ""))

    def retry_after(self, now: float) -> float | None:
        """How many seconds the server asks to wait before the next try; None if it does not.

        Args:
            now: the time of day, in seconds since 1970 in UTC (``time.time()``): the server may
                name a moment (``Retry-After``: RFC 9110, section 10.2.3).
        """
        asked = (seconds_from(value, now) for name, value in self.headers if name == "retry-after")
        return next((seconds for seconds in asked if seconds is not None), None)


class InvalidResponse(RemoteProtocolError):
    """The status says success, but the body is not what the description says.

    Attributes:
        endpoint: the id of the endpoint that was called.
        status: the HTTP status code.
        problem: what is wrong with the body, and where in it.
    """

    def __init__(self, *, endpoint: str, status: int, problem: str) -> None:
        self.endpoint = endpoint
        self.status = status
        self.problem = problem
        super().__init__(f"{endpoint}: the body of the response: {problem}")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _printable(text: str) -> str:
    """``text`` on one line, without anything that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
