"""`Search`: holds the conversations of one probe, and keeps what came of them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from schematic.define import SchematicError
from schematic_engine.errors import LocalProtocolError
from schematic_engine.probing.limits import Limits
from schematic_engine.probing.planning.coverage import Coverage
from schematic_engine.probing.planning.plan import Flaw, Plan
from schematic_engine.probing.reporting.report import ProbeReport, Tally
from schematic_engine.probing.rules import UNREACHABLE
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.sifting import Sifting
from schematic_engine.probing.sockets.caller import Caller
from schematic_engine.probing.sockets.listener import Listener
from schematic_engine.probing.talking.outcome import Fate, Outcome

if TYPE_CHECKING:
    from schematic_engine.probing.planning.planner import Planner

__all__ = ["Progress", "Search", "Unreachable"]

_MOST_REPEATED = 24
"""How many of the shortest conversations are held once more, after all others."""

Progress: TypeAlias = Callable[[int, int, int], None]
"""Told how many conversations were held, how many are planned, and how many failed."""


class Unreachable(SchematicError):
    """No conversation could be held with what is to be probed."""


class Search:
    """One probe.

    Args:
        caller: holds a conversation.
        seed: decides all that is random.
        settings: what the probe may cost.
        on_progress: is told how far it is.
        stop: is set to stop at once, with what has been found; None for never.

    Raises:
        LocalProtocolError: Hypothesis is not installed.
    """

    def __init__(
        self,
        caller: Caller | Listener,
        seed: int,
        settings: ProbeSettings,
        on_progress: Progress | None,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._planner = _planner(caller, settings)
        self._caller = caller
        self._seed, self._settings = seed, settings
        self._on_progress = on_progress
        self._outcomes: dict[Plan, Outcome] = {}
        self._coverage = Coverage(caller.endpoint)
        self._loop = asyncio.get_running_loop()
        self._limits = Limits(settings, stop)
        self._failed = self._planned = 0
        self._complete = True

    async def run(self) -> ProbeReport:
        """Hold all conversations, and sift what came of them.

        Raises:
            Unreachable: there is nobody to speak with.
        """
        await self._first()
        shortest = [*self._planner.legal(), *self._planner.illegal()]
        shortest.sort(key=lambda plan: plan.weight)
        await self._hold(shortest)
        drawn = await asyncio.to_thread(self._draw)
        await self._hold([plan for plans in drawn.values() for plan in plans])
        await self._hold_again(shortest[:_MOST_REPEATED])
        sifting = Sifting(
            self._planner,
            self._caller,
            self._settings,
            self._outcomes,
            self._limits,
            drawn={plan: (self._seed, plans) for plans in drawn.values() for plan in plans},
        )
        findings = tuple(await sifting.findings())
        return ProbeReport(
            endpoint=self._planner.endpoint.name,
            probed=self._planner.prober.other,
            seed=self._seed,
            findings=findings,
            coverage=self._coverage,
            tallies=self._tallies(),
            connections=self._caller.connections,
            mute=dict(self._planner.mute),
            seconds=self._loop.time() - self._limits.began,
            complete=self._complete and not self._limits.stopped,
            stopped=self._limits.stopped,
        )

    async def _first(self) -> None:
        """A conversation in which nothing is said, to see whether there is anybody.

        Raises:
            Unreachable: there is not.
        """
        outcome = await self._limits.within(
            self._caller.converse(Plan(()), self._settings), float("inf")
        )
        if outcome is None:
            return
        if outcome.fault is not None and outcome.fault.rule is UNREACHABLE:
            raise Unreachable(f"no conversation could be held: {outcome.fault.came}")
        self._keep(Plan(()), outcome)

    def _draw(self) -> dict[bool, tuple[Plan, ...]]:
        """Random plans, legal ones and such with an illegal step."""
        from schematic_engine.probing.planning.draw import drawn  # noqa: PLC0415  # an extra

        most, number = self._settings.max_steps, self._settings.drawn
        return {
            illegal: tuple(drawn(self._planner, most, number, self._seed, illegal=illegal))
            for illegal in (False, True)
        }

    async def _hold(self, plans: Sequence[Plan]) -> None:
        """Hold conversations that were not held yet."""
        new = [plan for plan in dict.fromkeys(plans) if plan not in self._outcomes]
        self._planned += len(new)
        await self._hold_all(new, self._keep)

    async def _hold_again(self, plans: Sequence[Plan]) -> None:
        """Hold conversations again that showed nothing: the other side may remember others."""

        def keep(plan: Plan, outcome: Outcome) -> None:
            if outcome.fault is not None:
                self._keep(plan, outcome)

        held = [plan for plan in plans if plan in self._outcomes]
        await self._hold_all([one for one in held if self._outcomes[one].fault is None], keep)

    async def _hold_all(self, plans: Sequence[Plan], keep: Callable[[Plan, Outcome], None]) -> None:
        """Hold conversations, several at once, as long as there is time."""
        free, limits = asyncio.Semaphore(self._settings.jobs), self._limits

        async def hold(plan: Plan) -> None:
            async with free:
                begins = self._caller.begins_at
                if begins > limits.begin_until or limits.is_late(limits.begin_until):
                    self._complete = False
                else:
                    keep(plan, await self._caller.converse(plan, self._settings))

        async def hold_all() -> None:
            async with asyncio.TaskGroup() as group:
                for plan in plans:
                    group.create_task(hold(plan))
            everything.append(True)

        everything: list[bool] = []
        await limits.within(hold_all(), limits.hold_until)
        self._complete &= bool(everything)

    def _keep(self, plan: Plan, outcome: Outcome) -> None:
        self._outcomes[plan] = outcome
        self._coverage.add(outcome.said)
        self._failed += outcome.fault is not None
        if self._on_progress is not None:
            self._on_progress(len(self._outcomes), self._planned + 1, self._failed)

    def _tallies(self) -> tuple[Tally, ...]:
        fates: dict[Flaw, Counter[Fate]] = defaultdict(Counter)
        for plan, outcome in self._outcomes.items():
            if plan.wrong is not None:
                fates[plan.wrong.flaw][outcome.fate] += 1
        return tuple(Tally(flaw, fates[flaw]) for flaw in Flaw if flaw in fates)


def _planner(caller: Caller | Listener, settings: ProbeSettings) -> Planner:
    try:
        from schematic_engine.probing.planning.planner import Planner  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise LocalProtocolError("a probe needs Hypothesis: install schematic-ws[probe]") from error
    most, fields = settings.max_body_size, caller.secret_fields
    return Planner(caller.endpoint, caller.prober, most, secret_fields=fields)
