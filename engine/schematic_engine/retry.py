"""When to connect again, how long to wait before it, and when to give up.

A loop of connections is a row of attempts. Each of them ends: it was refused, it failed, or the
connection that came of it is over. `Attempts` is told, and says how many seconds to wait before
the next attempt, or that there is none. It owns no clock and no dice: the adapters wait, and pass
the time and a random number in.

What is worth another attempt is what may be over soon: a server that restarts or is overloaded, a
network that lost us. What will be the same next time is not: a wrong key, a wrong address, a
certificate that is not to be trusted, a peer that breaks the protocol, and a normal end. The
tables below say which close codes and which HTTP statuses are of the first kind; the description
of an API may say more about its codes (`schematic.CloseCode`), and `Reconnect` has the last word.

Delays grow by a factor and are drawn evenly between nothing and that bound ("full jitter"), so
that the clients of a server that comes back do not all come at once (RFC 6455, section 7.2.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from schematic_engine.arguments import expect
from schematic_engine.credentials import Credentials
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    ProxyError,
)
from schematic_engine.greeting import Greeting

__all__ = ["RETRIED_CODES", "RETRIED_STATUSES", "Again", "Attempts", "Reconnect"]

RETRIED_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        1001: "the server goes away: it shuts down or restarts",
        1006: "the connection was lost without a close frame",
        1011: "the server met a condition that it did not expect",
        1012: "the server restarts",
        1013: "the server is overloaded: try again later",
        1014: "a gateway got no good answer from the server behind it",
    }
)
"""The close codes that are worth another attempt where nothing else is said, and what they mean.

RFC 6455, section 7.4.1; 1012 to 1014 are in the IANA registry.
"""

RETRIED_STATUSES: Final[Mapping[int, str]] = MappingProxyType(
    {
        408: "the request came too slowly (RFC 9110, section 15.5.9)",
        425: "too early (RFC 8470)",
        429: "too many requests (RFC 6585)",
        500: "an error of the server",
        502: "a gateway got no good answer",
        503: "out of service for now",
        504: "a gateway got no answer in time",
    }
)
"""The HTTP statuses of a rejection that are worth another attempt, and what they mean.

``websockets`` tries again after 500, 502, 503 and 504; AWS's and OpenAI's SDKs after 408 and 429,
too.
"""

# What `ssl.SSLError.errno` is when TLS did not fail but was cut off: SSL_ERROR_SYSCALL,
# SSL_ERROR_ZERO_RETURN and SSL_ERROR_EOF. The core does not know the module.
_TLS_CUT_OFF: Final = frozenset({5, 6, 8})

# Replies of a SOCKS proxy (RFC 1928, section 6): a failure of its own, the network or the host
# cannot be reached, the connection was refused, the time to live expired.
_SOCKS_MAY_PASS: Final = frozenset({1, 3, 4, 5, 6})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """When a lost connection is worth another attempt, and how long to wait before it.

    Attributes:
        first_delay: seconds that the first delay is below. 1 s, as in gRPC; RFC 6455 suggests up
            to 5 s.
        factor: by how much the bound grows from one delay to the next. 2, the "truncated binary
            exponential backoff" of RFC 6455, section 7.2.3.
        max_delay: seconds that no delay is above. 90 s, as in ``websockets``; gRPC has 120 s.
        max_retries: attempts in a row that may fail after the first, or after a loss, before the
            last error is raised; None for no end. 10, as in urllib3.
        healthy_after: seconds after which a connection counts as a success, so that delays and
            retries start anew when it is lost. 10 s, within which systemd, too, takes a service
            that dies for one that does not come up. A server that accepts and hangs up sooner is
            failing.
        max_retry_after: seconds of a ``Retry-After`` that are obeyed; who asks for more gets an
            attempt after so many all the same. 300 s, time enough to deploy a server.
        codes: close codes that are worth another attempt (True) or are not (False), whatever
            `RETRIED_CODES` and the description say.
        statuses: the same for HTTP statuses, of servers and proxies, and `RETRIED_STATUSES`.
    """

    first_delay: float = 1.0
    factor: float = 2.0
    max_delay: float = 90.0
    max_retries: int | None = 10
    healthy_after: float = 10.0
    max_retry_after: float = 300.0
    codes: Mapping[int, bool] = field(default_factory=dict[int, bool])
    statuses: Mapping[int, bool] = field(default_factory=dict[int, bool])

    def __post_init__(self) -> None:
        for name in ("first_delay", "max_delay", "healthy_after", "max_retry_after"):
            if not _is_number(value := getattr(self, name), least=0):
                raise ValueError(f"Reconnect.{name}: {value!r} is not a number of seconds >= 0")
        if not _is_number(self.factor, least=1):
            raise ValueError(f"Reconnect.factor: {self.factor!r} is not a number >= 1")
        most = self.max_retries
        if most is not None and not (type(most) is int and most >= 0):
            raise ValueError(f"Reconnect.max_retries: {most!r} is neither None nor a count")
        object.__setattr__(self, "codes", dict(self.codes))
        object.__setattr__(self, "statuses", dict(self.statuses))

    def is_worth_it(self, error: BaseException) -> bool:
        """Whether ``error``, which ended an attempt or a connection, may be over by the next."""
        if isinstance(error, (HandshakeRejected, ProxyError)) and error.status is not None:
            retried = RETRIED_STATUSES if error.status >= 100 else _SOCKS_MAY_PASS
            return self.statuses.get(error.status, error.status in retried)
        if isinstance(error, DeadlineExceeded):
            return True
        if isinstance(error, ConnectionClosed):
            return self._is_code_worth_it(error)
        return isinstance(error, OSError) and _may_pass(error)

    def _is_code_worth_it(self, closed: ConnectionClosed) -> bool:
        if closed.code in self.codes:
            return self.codes[closed.code]
        reason = closed.error or (None if closed.clean else closed.__cause__)
        if reason is not None:
            return self.is_worth_it(reason)
        documented = closed.documented
        if documented is None:
            return closed.code in RETRIED_CODES
        if documented.retry is not None:
            return documented.retry
        return closed.code in RETRIED_CODES and not documented.normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is different about the next attempt; None leaves a thing as `connect` was given it.

    Attributes:
        params: values of the connection parameters.
        auth: the secret, or `Credentials`; not shown.
        url: the URL to use instead of the API's base URL.
        opening: makes what is said first.
    """

    params: Mapping[str, object] | None = None
    auth: str | Credentials | None = field(default=None, repr=False)
    url: str | None = None
    opening: Greeting | None = None

    def over(self, given: Again) -> Again:
        """The same with what ``given`` says where this says nothing."""
        return Again(
            params=given.params if self.params is None else self.params,
            auth=given.auth if self.auth is None else self.auth,
            url=given.url if self.url is None else self.url,
            opening=given.opening if self.opening is None else self.opening,
        )


class Attempts:
    """Follows the attempts of one loop.

    Call `opened` when a connection is handed out, and `ended` when an attempt has failed or a
    connection is over; wait, and try again.

    Args:
        policy: what is worth it.

    Attributes:
        retries: how many attempts in a row were made because the one before had failed.
    """

    def __init__(self, policy: Reconnect) -> None:
        expect("reconnect", policy, Reconnect, "Reconnect(...)")
        self.policy = policy
        self.retries = 0
        self._bound = policy.first_delay
        self._opened: float | None = None

    def opened(self, now: float) -> None:
        """A connection is open and is handed out.

        Args:
            now: the time in seconds, of any clock that does not go back.
        """
        self._opened = now

    def ended(
        self,
        error: Exception,
        *,
        now: float,
        wall: float,
        random: float,
        left: int | None = None,
    ) -> float | None:
        """An attempt has failed, or a connection is over.

        Args:
            error: how.
            now: the time, on the clock of `opened`.
            wall: the time of day, in seconds since 1970 in UTC.
            random: a random number, at least 0 and below 1.
            left: the code with which this side closed on purpose; then ``error`` says nothing
                that matters.

        Returns:
            Seconds to wait before the next attempt; None if the end was a normal one.

        Raises:
            BaseException: ``error``, when another attempt is not worth it, or there were too many.
        """
        if self._opened is not None and now - self._opened >= self.policy.healthy_after:
            self.retries, self._bound = 0, self.policy.first_delay
        self._opened = None
        if left is not None:
            error = ConnectionClosed(code=left, clean=True)
        if not self.policy.is_worth_it(error):
            if left is not None or (isinstance(error, ConnectionClosed) and error.normal):
                return None
            raise self._told(error)
        if self.retries == self.policy.max_retries:
            raise self._told(error)
        return self._delay(error, wall, random)

    def _delay(self, error: Exception, wall: float, random: float) -> float:
        delay = random * min(self._bound, self.policy.max_delay)
        self.retries += 1
        self._bound = min(self._bound * self.policy.factor, self.policy.max_delay)
        asked = error.retry_after(wall) if isinstance(error, HandshakeRejected) else None
        return delay + min(asked or 0.0, self.policy.max_retry_after)

    def _told(self, error: Exception) -> Exception:
        if self.retries:
            times = "once" if self.retries == 1 else f"{self.retries} times in a row"
            error.add_note(f"tried again {times} before")
        return error


def _may_pass(error: OSError) -> bool:
    """Whether an error of the operating system, or of TLS, may be over by the next attempt."""
    if type(error).__module__ == "ssl":
        return error.errno in _TLS_CUT_OFF
    return not isinstance(error, PermissionError)


def _is_number(value: object, *, least: float) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return least <= value < math.inf
