"""Whose fault an error is, and the errors that every request may meet, however it travels.

The tree of all errors is drawn in `schematic_engine.errors`, which offers these, too. They stand
apart so that a client of plain HTTP knows nothing of WebSockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schematic.define.errors import SchematicError

if TYPE_CHECKING:
    from schematic.define.breaches import Breach

__all__ = [
    "InvalidParameter",
    "LocalProtocolError",
    "MessageTooBig",
    "MissingCredentials",
    "ProtocolError",
    "RemoteProtocolError",
]


class ProtocolError(SchematicError):
    """Root of the errors that one of the two peers is to blame for.

    Attributes:
        close_code: the WebSocket close code that answers it when the peer is to blame
            (RFC 6455, section 7.4.1).
    """

    close_code = 1002

    @property
    def close_reason(self) -> str:
        """What to tell the peer in the close frame, the important words first.

        A close frame holds 123 bytes of it (RFC 6455, section 5.5.1).
        """
        return str(self)


class LocalProtocolError(ProtocolError):
    """This side asked for something that the protocol forbids. Nothing was changed or written."""


class RemoteProtocolError(ProtocolError):
    """The peer did something that the protocol forbids.

    Attributes:
        breach: which kind of breach of the description it is; None for everything else.
    """

    breach: Breach | None = None


class MessageTooBig(RemoteProtocolError):
    """A limit on what the peer may send was passed.

    Attributes:
        limit: the name of the field of `Limits`.
        value: its value.
    """

    close_code = 1009

    def __init__(self, *, limit: str, value: int, unit: str = "bytes") -> None:
        self.limit = limit
        self.value = value
        super().__init__(f"the peer sent more than {limit} = {value} {unit}")


class InvalidParameter(LocalProtocolError, ValueError):
    """A value that a request cannot carry, or, where a server reads one, did not carry well.

    Attributes:
        parameter: its name.
        problem: what is wrong with it. Values of credentials are not repeated.
    """

    def __init__(self, *, parameter: str, problem: str) -> None:
        self.parameter = parameter
        self.problem = problem
        super().__init__(f"{parameter}: {problem}")


class MissingCredentials(LocalProtocolError):
    """The API wants credentials and none were found.

    Attributes:
        what: ``secret`` or ``username``.
        tried: the environment variables that might have held it.
    """

    def __init__(self, *, what: str, tried: tuple[str, ...] = ()) -> None:
        self.what = what
        self.tried = tried
        variables = f", or set {' or '.join(tried)}" if tried else ""
        super().__init__(f"no {what} for this API: pass one{variables}")
