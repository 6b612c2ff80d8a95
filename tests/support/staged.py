"""Two ends in memory, each with a stage, and a clock that nobody waits for."""

from __future__ import annotations

from typing import Final

from schematic import Side
from schematic.compile import CompiledEndpoint
from schematic_engine.events import Request
from schematic_engine.limits import Limits
from schematic_engine.playbook import Difference, Playbook, Player, difference
from schematic_engine.policy import Policy
from schematic_engine.pytest_plugin.actors import Actor, Scripted
from schematic_engine.pytest_plugin.log import Log, Logs
from schematic_engine.pytest_plugin.overheard import Overheard
from schematic_engine.pytest_plugin.stage import Stage, without_timers

__all__ = ["Duet", "duet", "played"]

LIMITS: Final = Limits(ping_interval=None, open_timeout=None, close_timeout=None)
POLICY: Final = Policy(unknown="error", violation="report", replies=False)


class Duet:
    """A client and a server, joined without delay.

    Attributes:
        now: the time.
        players: who plays each side.
        logs: what passed at each end.
    """

    def __init__(self, client: Playbook, server: Playbook) -> None:
        self.now = 0.0
        endpoint = without_timers(server.endpoint)
        self.players = {
            Side.CLIENT: Player(client, Side.CLIENT),
            Side.SERVER: Player(server, Side.SERVER),
        }
        self.logs: dict[Side, Log] = {side: Logs(side).begin() for side in Side}
        dialling = Overheard.at_client(
            self.logs[Side.CLIENT], endpoint, limits=LIMITS, policy=POLICY, url="ws://127.0.0.1"
        )
        listening = Overheard.at_server(self.logs[Side.SERVER], limits=LIMITS, policy=POLICY)
        self._stages = {
            Side.CLIENT: Stage(dialling, self._cast),
            Side.SERVER: Stage(listening, lambda core, request: self._accept(core, endpoint)),
        }
        self._told: set[Side] = set()

    def _cast(self, core: Overheard, request: Request | None) -> Actor:
        return Scripted(core, self.players[core.role])

    def _accept(self, core: Overheard, endpoint: CompiledEndpoint) -> Actor:
        core.accept(endpoint)
        return self._cast(core, None)

    def run(self) -> None:
        """Let everything happen that will."""
        for _ in range(10_000):
            if self._move():
                continue
            deadlines = [stage.next_deadline() for stage in self._stages.values()]
            times = [time for time in deadlines if time is not None]
            if not times:
                return
            self.now = max(self.now, min(times))
            for stage in self._stages.values():
                stage.tick(self.now)
        raise AssertionError("it has no end")

    def _move(self) -> bool:
        moved = False
        for side, stage in self._stages.items():
            data = stage.core.data_to_send()
            other = self._stages[side.other]
            if data:
                other.receive(data, self.now)
                moved = True
            if stage.is_over and side not in self._told:
                self._told.add(side)
                if not other.is_over:
                    other.receive(b"", self.now)
                moved = True
        return moved

    def difference(self, side: Side) -> Difference | None:
        """Where the other side departs from the script of ``side``."""
        return difference(self.players[side])


def duet(client: Playbook, server: Playbook) -> Duet:
    """A client plays one script and a server another one, to the end."""
    made = Duet(client, server)
    made.run()
    return made


def played(book: Playbook) -> Duet:
    """Both sides of one script, to the end."""
    return duet(book, book)
