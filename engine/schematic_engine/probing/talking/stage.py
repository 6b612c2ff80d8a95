"""`staged`: a conversation of a prober with a scripted peer, in memory, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.events import Closed
from schematic_engine.probing.planning.plan import Plan
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.talking.outcome import Outcome
from schematic_engine.probing.talking.talk import Talk
from schematic_engine.wire import Wire

__all__ = ["DEAF", "HANG_UP", "Act", "Script", "staged"]

Act: TypeAlias = str | bytes | int
"""What a scripted peer does: it says a text, or bytes, or closes with a code."""
HANG_UP = 1006
"""In place of a code: it drops the connection without a close frame."""
DEAF = 0
"""In place of a code: it will answer no close frame, but drop the connection."""

Script: TypeAlias = Callable[[str | bytes | None], Iterable[Act]]
"""What the peer does about a message; None stands for the beginning."""


def staged(
    plan: Plan,
    endpoint: CompiledEndpoint,
    script: Script,
    *,
    prober: Side = Side.CLIENT,
    settings: ProbeSettings = ProbeSettings(),  # noqa: B008  # frozen
    secrets: Sequence[str] = (),
) -> Outcome:
    """Hold the conversation; what came of it.

    Args:
        plan: what the prober says.
        endpoint: what is spoken.
        script: the peer.
        prober: the side that the plan is for.
        settings: how long the prober waits. Nobody does: the clock is set to when it would stop.
        secrets: what is told to nobody.
    """
    now = 0.0
    talk = Talk(plan, endpoint, prober, settings=settings, now=now, secrets=secrets)
    peer = _Peer(script, prober.other)
    while True:
        said = peer.hear(talk.data_to_send())
        deadline = talk.next_deadline()
        if deadline is None:
            return talk.outcome(now)
        if said is not None:
            talk.receive_data(said, now)
        else:
            now = max(now, deadline)
            talk.handle_timeout(now)


class _Peer:
    """A peer that follows its script."""

    def __init__(self, script: Script, side: Side) -> None:
        self._script = script
        self._wire = Wire(side)
        self._gone = self._told = self._deaf = False
        self._act(script(None))

    def hear(self, data: bytes) -> bytes | None:
        """What it writes when it has heard ``data``; None if nothing, empty when it is gone."""
        for event in self._wire.receive_data(data) if data else ():
            if isinstance(event, (str, bytes)) and self._wire.open:
                self._act(self._script(event))
            elif isinstance(event, Closed):
                self._gone = True
                if self._deaf:
                    self._wire.data_to_send()
        said = self._wire.data_to_send()
        if said or not self._gone or self._told:
            return said or None
        self._told = True
        return b""

    def _act(self, acts: Iterable[Act]) -> None:
        for act in acts:
            if act == HANG_UP:
                self._gone = True
            elif act == DEAF:
                self._deaf = True
            elif isinstance(act, int):
                self._wire.close(act)
            else:
                self._wire.send(act)
