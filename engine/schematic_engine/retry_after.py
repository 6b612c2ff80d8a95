"""``Retry-After``: how long a server asks to be left alone (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re

__all__ = ["seconds_from"]

_DELAY = re.compile(r"[0-9]{1,15}")


def seconds_from(value: str, now: float) -> float | None:
    """How many seconds ``value`` asks to wait; None where it is neither a delay nor a date.

    A moment that has passed asks for nothing: 0.

    Args:
        value: of the header: a whole number of seconds, or an HTTP date in any of the three
            forms that a recipient has to read (RFC 9110, section 5.6.7).
        now: the time of day, in seconds since 1970 in UTC, which only a date needs.
    """
    value = value.strip()
    if _DELAY.fullmatch(value):
        return float(value)
    from datetime import UTC  # noqa: PLC0415  # few servers ask, and fewer name a moment
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # which loads sockets and more

    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:  # the oldest form names no zone, and means UTC
            moment = moment.replace(tzinfo=UTC)
        return max(moment.timestamp() - now, 0.0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
