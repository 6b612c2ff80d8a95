"""`ProbeSettings`: what a probe may cost, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from schematic.define import Side
from schematic_engine.errors import LocalProtocolError

__all__ = ["ProbeSettings"]

_GRACE = {Side.SERVER: 0.05, Side.CLIENT: 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """Bounds on a probe.

    Attributes:
        examples: how many random conversations are held, besides the shortest one for each
            transition and each kind of illegal step.
        time: seconds after which no further conversation is begun. Those that are held then are
            given 5 more; then what failed is repeated and made smaller, for as many seconds
            again, at least 5 and at most 30.
        rate: connections that are begun in a second at most; None for any number.
        jobs: conversations that are held at once.
        max_steps: how much the prober says in a random conversation at most.
        max_body_size: bytes of a generated body at most.
        grace: seconds of silence that are taken for a peer that has nothing to say, once it has
            answered a ping; None takes 0.05 for servers and 0.25 for clients, which have plans of
            their own. What is found so is confirmed with ``patience``.
        patience: seconds in which what is due has to come.
        open_timeout: seconds for the opening handshake.
        close_timeout: seconds in which a close frame has to be answered.
        replays: how often a failure is repeated, to know whether it always shows.
    """

    examples: int = 40
    time: float = 60.0
    rate: float | None = None
    jobs: int = 8
    max_steps: int = 8
    max_body_size: int = 4096
    grace: float | None = None
    patience: float = 1.0
    open_timeout: float = 10.0
    close_timeout: float = 3.0
    replays: int = 3

    def __post_init__(self) -> None:
        for name in ("jobs", "max_steps", "max_body_size", "replays"):
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} has to be at least 1")
        for name in ("time", "grace", "patience", "open_timeout", "close_timeout"):
            seconds = getattr(self, name)
            if seconds is not None and not seconds > 0:
                raise LocalProtocolError(f"{name} has to be more than 0 seconds")
        if self.examples < 0:
            raise LocalProtocolError("examples cannot be negative")
        if self.rate is not None and not self.rate > 0:
            raise LocalProtocolError("rate has to be more than 0 connections a second")

    def quiet(self, peer: Side) -> float:
        """Seconds of silence that are enough for ``peer``."""
        return _GRACE[peer] if self.grace is None else self.grace

    @property
    def drawn(self) -> int:
        """How many random conversations of each sort are held: legal ones, and others."""
        return (self.examples + 1) // 2
