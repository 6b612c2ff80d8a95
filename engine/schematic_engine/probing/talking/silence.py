"""`Silence`: has the other side nothing more to say? No clock; time is an argument.

That is established in two steps. A ping goes out, and its pong shows that the other side's
WebSocket has taken in all that was said before it; then some time passes without a word, since
the program behind may answer later. A peer that answers no ping is waited for as long as for a
close frame, and one that never stops talking for a bounded time.
"""

from __future__ import annotations

from schematic_engine.probing.settings import ProbeSettings

__all__ = ["Silence"]

_TALKATIVE = 5
"""A peer that goes on talking is heard for so many times the patience."""


class Silence:
    """Follows one conversation.

    Args:
        settings: how long is waited.
        now: the time.
    """

    def __init__(self, settings: ProbeSettings, now: float) -> None:
        self._settings = settings
        self._said = self._moved = now
        self._pings = 0
        self._ping: bytes | None = None  # that is not answered
        self._ponged = False

    def said(self, now: float) -> None:
        """Something was said to the other side, which has to be asked again."""
        self._said = self._moved = now
        self._ping, self._ponged = None, False

    def heard(self, now: float) -> None:
        """The other side said something."""
        self._moved = now

    def pong(self, payload: bytes, now: float) -> bool:
        """A pong came; whether it says that everything was taken in."""
        if payload != self._ping:
            return False
        self._ping, self._ponged, self._moved = None, True, now
        return True

    def ask(self) -> bytes | None:
        """The ping that is to be sent now; None if none is."""
        if self._ponged or self._ping is not None:
            return None
        self._pings += 1
        self._ping = b"schematic-probe-%d" % self._pings
        return self._ping

    def until(self, patience: float) -> float:
        """When it is established, if nothing more is heard.

        Args:
            patience: seconds without a word that have to pass.
        """
        if not self._ponged:
            return self._said + self._settings.close_timeout
        longest = self._said + _TALKATIVE * max(patience, self._settings.patience)
        return min(self._moved + patience, longest)
