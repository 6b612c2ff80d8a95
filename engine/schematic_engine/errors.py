"""What can go wrong on a connection, and whose fault it is.

::

    SchematicError
    ├── DefinitionError                    the description contradicts itself
    ├── ProtocolError
    │   ├── LocalProtocolError             you did something that this protocol forbids
    │   │   ├── LocalIllegalMessage        (also an IllegalMessage)
    │   │   ├── LocalInvalidMessage        (also an InvalidMessage)
    │   │   ├── InvalidParameter           a request cannot carry that value (also a ValueError)
    │   │   ├── MissingCredentials         the API wants credentials and none were found
    │   │   └── ReceiveLimitExceeded       you let more pile up unread than you allowed
    │   └── RemoteProtocolError            they did
    │       ├── RemoteIllegalMessage       (also an IllegalMessage)
    │       ├── RemoteInvalidMessage       (also an InvalidMessage)
    │       ├── UnknownMessage             no kind of this endpoint looks like it
    │       ├── MessageTooBig              a limit on what they may send was passed
    │       ├── HandshakeRejected          they answered the upgrade with an HTTP status
    │       └── DeadlineExceeded           they were silent for too long (also a TimeoutError)
    ├── ProxyError                         a proxy between you could not help (also an OSError)
    └── ConnectionClosed                   it is over: code, reason, and whether cleanly

A refused local call changes nothing: nothing was written, and the state is what it was before.
Errors never hold credentials.
"""

from __future__ import annotations

from typing import Any

from schematic.define import Breach, CloseCode, SchematicError, Side
from schematic.define.close_codes import NORMAL_CODES
from schematic_engine.blame import (
    InvalidParameter,
    LocalProtocolError,
    MessageTooBig,
    MissingCredentials,
    ProtocolError,
    RemoteProtocolError,
)
from schematic_engine.delivery import Delivery
from schematic_engine.retry_after import seconds_from

__all__ = [
    "ConnectionClosed",
    "DeadlineExceeded",
    "HandshakeRejected",
    "IllegalMessage",
    "InvalidMessage",
    "InvalidParameter",
    "LocalIllegalMessage",
    "LocalInvalidMessage",
    "LocalProtocolError",
    "MessageTooBig",
    "MissingCredentials",
    "ProtocolError",
    "ProxyError",
    "ReceiveLimitExceeded",
    "RemoteIllegalMessage",
    "RemoteInvalidMessage",
    "RemoteProtocolError",
    "UnknownMessage",
]


class IllegalMessage(ProtocolError):
    """A known message at the wrong moment.

    Attributes:
        side: who sent it, or wanted to.
        message: its id.
        state: where the conversation stood, for example ``INITIALIZING``.
        why: the reason in words.
        allowed: the ids that this side could have sent instead.
        path: the shortest legal way from here to this message, as ``(side, id)`` steps that come
            before it; ``None`` when it cannot become legal any more on this connection.
    """

    close_code = 1008

    def __init__(
        self,
        *,
        side: Side,
        message: str,
        state: str,
        why: str,
        allowed: tuple[str, ...],
        path: tuple[tuple[Side, str], ...] | None,
    ) -> None:
        self.side = side
        self.message = message
        self.state = state
        self.why = why
        self.allowed = allowed
        self.path = path
        super().__init__(
            f"{message} from the {side.value} is illegal while {state}: {why}. {self.hint}"
        )

    @property
    def close_reason(self) -> str:
        """What was wrong and what was expected, without the explanation."""
        expected = ", ".join(self.allowed) or "nothing"
        return f"{self.message} is illegal while {self.state}; expected {expected}"

    @property
    def hint(self) -> str:
        """What to do instead, as a sentence or two."""
        now = f"Legal now: {', '.join(self.allowed)}." if self.allowed else "Nothing is legal now."
        if self.path is None:
            return f"{now} {self.message} cannot become legal again on this connection."
        if not self.path:
            return now
        steps = ", then ".join(f"{name} from the {side.value}" for side, name in self.path)
        return f"{now} {self.message} is legal after {steps}."


class LocalIllegalMessage(IllegalMessage, LocalProtocolError):
    """`send` was asked for a message that is not legal now. Nothing was written."""


class RemoteIllegalMessage(IllegalMessage, RemoteProtocolError):
    """The peer sent a known message that no correct peer could have sent now."""

    def __init__(self, *, breach: Breach = Breach.ILLEGAL, **facts: Any) -> None:
        self.breach = breach
        super().__init__(**facts)


class InvalidMessage(ProtocolError):
    """A message whose body does not fit its schema.

    Attributes:
        message: the id of the kind it is, or was meant to be; empty when the payload cannot be
            read at all (not JSON, say).
        problem: what is wrong with the body, and where in it.
    """

    close_code = 1007

    def __init__(self, *, message: str, problem: str) -> None:
        self.message = message
        self.problem = problem
        super().__init__(f"{message}: {problem}" if message else problem)


class LocalInvalidMessage(InvalidMessage, LocalProtocolError):
    """`send` was given a body that does not fit the message, or that the peer would misread."""


class RemoteInvalidMessage(InvalidMessage, RemoteProtocolError):
    """The peer sent a message whose body does not fit the schema of its kind."""

    breach = Breach.INVALID


class UnknownMessage(RemoteProtocolError):
    """The peer sent a payload that no kind of this endpoint looks like."""

    close_code = 1008
    breach = Breach.UNKNOWN

    def __init__(self, *, problem: str, known: tuple[str, ...]) -> None:
        self.problem = problem
        self.known = known
        super().__init__(f"unknown message: {problem}. Known here: {', '.join(known) or 'none'}")


class ReceiveLimitExceeded(LocalProtocolError):
    """More messages wait to be read than this side allowed, and a waiting call needs to go on."""

    def __init__(self, *, limit: str, value: int) -> None:
        self.limit = limit
        self.value = value
        what = "bytes of messages" if limit.endswith("_bytes") else "messages"
        super().__init__(
            f"{value} received {what} wait unread ({limit} = {value}) and nothing more can be read "
            f"while this call waits: read them with receive(), or raise {limit}"
        )


class HandshakeRejected(RemoteProtocolError):
    """The server answered the upgrade request with an HTTP response instead of 101.

    Attributes:
        status: the HTTP status code.
        headers: the response's header lines, names in lower case.
        body: the response's body, cut at ``Limits.max_rejection_body`` bytes.
        hint: of a redirect, where it points and why that is not followed; else empty.
    """

    def __init__(
        self,
        *,
        status: int,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        hint: str = "",
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.hint = hint
        text = hint or body[:200].decode("utf-8", "replace").strip()
        super().__init__(
            f"the server rejected the upgrade with HTTP {status}" + (f": {text}" if text else "")
        )

    def retry_after(self, now: float) -> float | None:
        """How many seconds the server asks to wait before the next try; None if it does not.

        Args:
            now: the time of day, in seconds since 1970 in UTC (``time.time()``): the server may
                name a moment (``Retry-After``: RFC 9110, section 10.2.3).
        """
        asked = (seconds_from(value, now) for name, value in self.headers if name == "retry-after")
        return next((seconds for seconds in asked if seconds is not None), None)


_LATE = {
    "open_timeout": "the WebSocket was not open within",
    "close_timeout": "the closing handshake was not finished within",
    "ping_timeout": "neither a pong nor anything else came within",
    "idle_timeout": "nothing of a message came within",
    "receive": "nothing to receive within",
    "initialize": "the opening was not finished within",
    "idle": "silent for",
    "reply": "no reply to the opening within",
    "pong": "no pong within",
}
"""What the peer did not do in time, by the name of the deadline."""


class DeadlineExceeded(RemoteProtocolError, TimeoutError):
    """The peer did not do in the time allowed what was waited for.

    Attributes:
        deadline: which one: the field of `Limits`, such as ``open_timeout`` or ``ping_timeout``;
            ``receive`` for the timeout of a call; or the kind of a described timer, such as
            ``idle``.
        seconds: how long was allowed.
    """

    def __init__(self, *, deadline: str, seconds: float) -> None:
        self.deadline = deadline
        self.seconds = seconds
        late = _LATE.get(deadline, "not done within")
        super().__init__(f"{late} {seconds:g} s ({deadline})")


class ProxyError(SchematicError, OSError):
    """The proxy could not be reached, or did not connect us to the server.

    Attributes:
        proxy: its URL without credentials.
        problem: what went wrong.
        status: the HTTP status, or the reply code of SOCKS, with which it refused; None when it
            did not answer in order.
    """

    def __init__(self, *, proxy: str, problem: str, status: int | None = None) -> None:
        self.proxy = proxy
        self.problem = problem
        self.status = status
        super().__init__(f"proxy {proxy}: {problem}")


class ConnectionClosed(SchematicError):
    """The connection has ended. The text says the peer's words, and the error that ended it.

    Attributes:
        code: the close code; 1005 when the peer gave none, 1006 when the connection was lost
            without a close frame (RFC 6455, section 7.4.1).
        reason: the peer's words, often empty.
        clean: whether both close frames were exchanged.
        error: what ended it, when it was an error of either side: `MessageTooBig`, say, or
            `DeadlineExceeded`. It is the cause (``__cause__``), too.
        documented: what the description says about the code, if anything.
        delivery: what became of the messages that this side had sent; None if nobody could say.
    """

    delivery: Delivery | None = None

    def __init__(
        self,
        *,
        code: int,
        reason: str = "",
        clean: bool = False,
        error: Any = None,
        documented: CloseCode | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.clean = clean
        self.error = error
        self.documented = documented
        how = "closed" if clean else "lost"
        meaning = "" if documented is None else f" ({documented.meaning})"
        told = [reason] if reason else []
        if error is not None and str(error) not in told:
            told.append(str(error))
        super().__init__(": ".join((f"connection {how} with code {code}{meaning}", *told)))

    @property
    def normal(self) -> bool:
        """Whether it ended normally: both close frames, and a code that is documented as such.

        Where nothing is documented these are 1000, 1001 and 1005.
        """
        known = self.documented
        return self.clean and (self.code in NORMAL_CODES if known is None else known.normal)
