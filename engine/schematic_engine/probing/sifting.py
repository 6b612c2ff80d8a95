"""`Sifting`: makes findings of conversations that showed a fault.

Those that show the same are put together. Each group is held to its word: the shortest of it is
replayed, with patience where it was silence that showed the fault, and without its illegal step,
since what shows then has nothing to do with it. Then Hypothesis makes it as small as it can, and
what remains is replayed again, to know whether it always shows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from schematic_engine.conformance import RecordKind
from schematic_engine.probing.limits import Limits
from schematic_engine.probing.planning.plan import Flaw, Plan
from schematic_engine.probing.reporting.report import ProbeFinding, finding_of
from schematic_engine.probing.reporting.scripts import as_script
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.sockets.caller import Caller
from schematic_engine.probing.sockets.listener import Listener
from schematic_engine.probing.talking.outcome import Evidence, Outcome
from schematic_engine.tap import Journal

if TYPE_CHECKING:
    from schematic_engine.probing.planning.planner import Planner

__all__ = ["Sifting"]

_MOST_TRIED = 3
"""How many conversations that show the same are replayed before it is taken for slowness."""
_CONFIRMED, _SMALL = 0.4, 0.8
"""By which part of its time all failures are repeated, and then made smaller."""

_Signature: TypeAlias = tuple[str, Flaw | None, str | int]
"""The rule, the flaw of the illegal step if it was made, and what came: a code, or a message."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A plan, and how often it showed its fault.

    Attributes:
        plan: the plan.
        outcome: a conversation that shows it.
        times: in how many conversations it showed once more.
        of: of how many; 0 if there was no time to repeat it.
    """

    plan: Plan
    outcome: Outcome
    times: int
    of: int


class Sifting:
    """Sifts the conversations of one probe.

    Args:
        planner: made the plans.
        caller: holds conversations.
        settings: what the probe may cost.
        outcomes: what came of the conversations.
        limits: until when it may go on.
        drawn: for each plan that was drawn, the seed and all that were drawn with it.
    """

    def __init__(
        self,
        planner: Planner,
        caller: Caller | Listener,
        settings: ProbeSettings,
        outcomes: Mapping[Plan, Outcome],
        limits: Limits,
        *,
        drawn: Mapping[Plan, tuple[int, Sequence[Plan]]],
    ) -> None:
        self._planner, self._caller, self._settings = planner, caller, settings
        self._outcomes, self._drawn = dict(outcomes), drawn
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._small = self._until = 0.0

    async def findings(self) -> list[ProbeFinding]:
        """What was found, the shortest conversation first."""
        groups: dict[_Signature, list[Plan]] = defaultdict(list)
        for plan, outcome in self._outcomes.items():
            signature = _signature(plan, outcome)
            if signature is not None:
                groups[signature].append(plan)
        for plans in groups.values():
            plans.sort(key=lambda plan: plan.weight)
        limits = self._limits
        confirmed = limits.after(_CONFIRMED * limits.sifting)
        self._small = limits.after(_SMALL * limits.sifting)
        self._until = limits.after(limits.sifting)
        sure = await asyncio.gather(*(self._tried(*one, confirmed) for one in groups.items()))
        smallest = [
            None if shown is None else await self._shrunk(signature, shown)
            for signature, shown in zip(groups, sure, strict=True)
        ]
        found = await asyncio.gather(
            *(
                self._replayed(signature, plan, shown, groups[signature])
                for signature, plan, shown in zip(groups, smallest, sure, strict=True)
                if plan is not None and shown is not None
            )
        )
        return sorted(found, key=lambda one: one.length)

    async def _tried(
        self, signature: _Signature, plans: Sequence[Plan], until: float
    ) -> _Shown | None:
        """The first of ``plans`` that shows it again; the first at all if there is no time."""
        if self._limits.is_late(until):
            return _Shown(plans[0], self._outcomes[plans[0]], 0, 0)
        sure: list[_Shown | None] = []

        async def confirm() -> None:
            sure.append(await self._confirmed(signature, plans))

        await self._limits.within(confirm(), until)
        return sure[0] if sure else _Shown(plans[0], self._outcomes[plans[0]], 0, 0)

    async def _confirmed(self, signature: _Signature, plans: Sequence[Plan]) -> _Shown | None:
        """The first of ``plans`` that shows it again; None if it was slowness."""
        once: _Shown | None = None
        for plan in plans[:_MOST_TRIED]:
            if plan.wrong is not None and await self._fails_anyway(plan):
                continue
            shown = await self._replay(signature, plan)
            if shown.times:
                return shown
            fault = self._outcomes[plan].fault
            if fault is not None and fault.evidence is not Evidence.SILENT and once is None:
                once = replace(shown, outcome=self._outcomes[plan], times=1, of=shown.of + 1)
        return once

    async def _fails_anyway(self, plan: Plan) -> bool:
        """Whether the legal messages of ``plan`` show a fault by themselves."""
        legal = Plan(plan.says)
        if legal not in self._outcomes:
            self._outcomes[legal] = await self._caller.converse(legal, self._settings)
        return self._outcomes[legal].fault is not None

    async def _replay(self, signature: _Signature, plan: Plan) -> _Shown:
        """Hold the conversation again, a few times at once."""
        quiet = self._settings.quiet(self._planner.prober.other)
        settings, known = self._settings, self._outcomes.get(plan)
        if known is None or known.fault is None or known.fault.evidence is Evidence.SILENT:
            settings = replace(settings, grace=max(quiet, settings.patience))
        outcomes = await asyncio.gather(
            *(self._caller.converse(plan, settings) for _ in range(settings.replays))
        )
        showing = [one for one in outcomes if _signature(plan, one) == signature]
        return _Shown(plan, [*outcomes, *showing][-1], len(showing), len(outcomes))

    async def _shrunk(self, signature: _Signature, shown: _Shown) -> Plan:
        """The smallest plan that shows the same; what does not show every time is left as it is."""
        if shown.times < shown.of or not shown.of:
            return shown.plan
        return await asyncio.to_thread(self._shrink, signature, shown.plan)

    def _shrink(self, signature: _Signature, plan: Plan) -> Plan:
        """The same, beside the loop, which holds the conversations."""
        from schematic_engine.probing.planning.draw import less  # noqa: PLC0415  # an extra

        seed, drawn = self._drawn.get(plan, (0, ()))
        known = {one: self._outcomes[one] for one in (plan, *drawn) if one in self._outcomes}

        def fails(plan: Plan) -> bool:
            if plan not in known:
                if self._limits.is_late(self._small):
                    return False
                talk = self._caller.converse(plan, self._settings)
                held = self._limits.within(talk, self._small)
                outcome = asyncio.run_coroutine_threadsafe(held, self._loop).result()
                if outcome is None:
                    return False
                known[plan] = outcome
            return _signature(plan, known[plan]) == signature

        source = (self._settings.max_steps, self._settings.drawn, seed) if drawn else None
        return less(self._planner, plan, fails, drawn_from=source)

    async def _replayed(
        self, signature: _Signature, plan: Plan, sure: _Shown, group: Sequence[Plan]
    ) -> ProbeFinding:
        """The finding that ``plan`` makes, or the plan that was ``sure`` before it was shrunk."""
        shown: _Shown | None = None
        if plan != sure.plan:
            shown = await self._limits.within(self._replay(signature, plan), self._until)
        return self._made(shown if shown is not None and shown.times else sure, group)

    def _made(self, shown: _Shown, group: Sequence[Plan]) -> ProbeFinding:
        planner, outcome = self._planner, shown.outcome
        others = [self._outcomes[one].fault for one in group]
        names = dict.fromkeys(one.message for one in others if one is not None)
        found = finding_of(shown.plan, outcome)
        journal = Journal(planner.endpoint)
        found = replace(
            found,
            likewise=tuple(name for name in names if name and name != found.message),
            shown=shown.times,
            replays=shown.of,
            trace=b"".join(map(journal.line, outcome.records)).decode(),
            awaited=planner.samples(outcome.fault.awaited if outcome.fault else ()),
        )
        place, patience = self._caller.place, self._settings.patience
        script = as_script(found, planner.endpoint, planner.prober, place, patience)
        return replace(found, script=script)


def _signature(plan: Plan, outcome: Outcome) -> _Signature | None:
    """What a conversation shows, as far as others can show the same."""
    if outcome.fault is None:
        return None
    fault = outcome.fault
    flaw = plan.wrong.flaw if plan.wrong is not None and outcome.provoked else None
    if fault.evidence is Evidence.CLOSED:
        codes = [record.code for record in outcome.records if record.kind is RecordKind.CLOSE]
        return fault.rule.id, flaw, codes[-1] if codes else ""  # that of the probed side
    # With what an illegal step was made is told as "the same with".
    return fault.rule.id, flaw, fault.message if flaw is None else ""
