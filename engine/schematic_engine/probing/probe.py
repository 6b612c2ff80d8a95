"""`probe_server`, `probe_client`: property-based testing of others' programs, from definitions.

The shortest conversations come first, then random ones, several at once. What fails is then made
smaller, one conversation at a time, and replayed.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from ssl import SSLContext
from typing import TYPE_CHECKING, TypeAlias

from schematic.compile import CompiledEndpoint, narrow
from schematic.define import BoundEndpoint, SchematicError, Side
from schematic_engine.address import target_for
from schematic_engine.arguments import HeaderLines
from schematic_engine.credentials import Credentials
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import LocalProtocolError
from schematic_engine.probing.caller import Caller
from schematic_engine.probing.coverage import Coverage
from schematic_engine.probing.door import address_at, door_of
from schematic_engine.probing.listener import Listener, Run
from schematic_engine.probing.outcome import Evidence, Outcome
from schematic_engine.probing.plan import Flaw, Plan
from schematic_engine.probing.report import ProbeFinding, ProbeReport, Tally, finding_of
from schematic_engine.probing.rules import UNREACHABLE
from schematic_engine.probing.scripts import as_script
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.tap import Journal

if TYPE_CHECKING:
    from schematic_engine.probing.planner import Planner

__all__ = ["Progress", "Unreachable", "probe_client", "probe_server"]

Progress: TypeAlias = Callable[[int, int, int], None]
"""Told how many conversations were held, how many are planned, and how many failed."""

_SHRINKING = 15.0
"""Seconds for which a failure is made smaller at most."""
_MOST_TRIED = 3
"""How many conversations that show the same are held again before it is taken for slowness."""

_MOST_REPEATED = 24
"""How many of the shortest conversations are held once more, after all others."""


class Unreachable(SchematicError):
    """No conversation could be held with what is to be probed."""


async def probe_server(
    url: str,
    endpoint: AnyEndpoint,
    *,
    seed: int = 0,
    settings: ProbeSettings = ProbeSettings(),  # noqa: B008  # frozen
    params: Mapping[str, object] | None = None,
    credentials: Credentials | None = None,
    headers: HeaderLines = (),
    ssl: SSLContext | None = None,
    on_progress: Progress | None = None,
) -> ProbeReport:
    """Probe the server at ``url``: does it speak ``endpoint``, and refuse what it should?

    Args:
        url: where it is: a base URL, or one with the endpoint's path.
        endpoint: what it is supposed to speak.
        seed: decides all that is random.
        settings: what the probe may cost.
        params: values of the connection's parameters by name.
        credentials: what the API's authentication wants.
        headers: further header lines of the requests.
        ssl: for ``wss``; None verifies the server against the system's certificates.
        on_progress: is told how far it is.

    Raises:
        Unreachable: the server could not be reached, or refused the first connection.
        LocalProtocolError: a parameter or credential is missing, the URL is none, or Hypothesis
            is not installed.
    """
    door = door_of(endpoint, url, params=params, credentials=credentials, headers=headers)
    return await _Search(Caller(door, settings, ssl), seed, settings, on_progress).run()


async def probe_client(
    run: Run | None,
    endpoint: AnyEndpoint,
    *,
    url: str | None = None,
    seed: int = 0,
    settings: ProbeSettings = ProbeSettings(),  # noqa: B008  # frozen
    params: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
) -> ProbeReport:
    """Probe a client: does it speak ``endpoint``, and refuse what it should?

    Args:
        run: has the client hold one conversation at the URL that it is given, and returns then.
            What it raises is not looked at; it is cancelled if it goes on for long. None where
            clients come by themselves, which takes a ``url``.
        endpoint: what it is supposed to speak.
        url: where to listen, one conversation after another. Without it each conversation has an
            address of its own on the loopback interface, and several are held at once.
        seed: decides all that is random.
        settings: what the probe may cost.
        params: values of the connection's parameters, for the URL.
        on_progress: is told how far it is.

    Raises:
        Unreachable: the client did not connect the first time, or there is no listening there.
        LocalProtocolError: a parameter is missing, the URL is none, or Hypothesis is not installed.
    """
    compiled = narrow(resolve(endpoint), params or {})
    bound = BoundEndpoint(api=compiled.api, endpoint=compiled.endpoint)
    if url is None:
        if run is None:
            raise LocalProtocolError("say where to listen, with a url, or how to start the client")
        listener = Listener(run, compiled, target_for(bound, params, base_path=""), settings)
    else:
        at = address_at(bound, url, params)
        settings = replace(settings, jobs=1)
        listener = Listener(run, compiled, at.target, settings, host=at.host, port=at.port)
    try:
        async with listener:
            return await _Search(listener, seed, settings, on_progress).run()
    except OSError as error:
        raise Unreachable(f"cannot listen there: {error.strerror or error}") from error


def _planner(endpoint: CompiledEndpoint, prober: Side, settings: ProbeSettings) -> Planner:
    try:
        from schematic_engine.probing.planner import Planner  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise LocalProtocolError("a probe needs Hypothesis: install schematic-ws[probe]") from error
    return Planner(endpoint, prober, settings.max_body_size)


_Signature: TypeAlias = tuple[str, Flaw | None]


class _Search:
    """One probe."""

    def __init__(
        self,
        caller: Caller | Listener,
        seed: int,
        settings: ProbeSettings,
        on_progress: Progress | None,
    ) -> None:
        self._planner = _planner(caller.endpoint, caller.prober, settings)
        self._caller = caller
        self._seed, self._settings = seed, settings
        self._on_progress = on_progress
        self._outcomes: dict[Plan, Outcome] = {}
        self._random: dict[bool, set[Plan]] = {False: set(), True: set()}
        self._coverage = Coverage(caller.endpoint)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._failed = 0
        self._planned = 0
        self._number = (settings.examples + 1) // 2

    async def run(self) -> ProbeReport:
        await self._first()
        shortest = [*self._planner.legal(), *self._planner.illegal()]
        shortest.sort(key=lambda plan: plan.weight)
        await self._hold(shortest)
        await self._hold(await asyncio.to_thread(self._draw))
        await self._hold_again(shortest[:_MOST_REPEATED])
        findings = await self._findings()
        return ProbeReport(
            endpoint=self._planner.endpoint.name,
            probed=self._planner.prober.other,
            seed=self._seed,
            findings=tuple(findings),
            coverage=self._coverage,
            tallies=self._tallies(),
            connections=self._caller.connections,
            mute=dict(self._planner.mute),
            seconds=self._loop.time() - self._began,
            complete=not self._is_late(),
        )

    async def _first(self) -> None:
        """A conversation in which nothing is said, to see whether there is anybody.

        Raises:
            Unreachable: there is not.
        """
        outcome = await self._caller.converse(Plan(()), self._settings)
        if outcome.fault is not None and outcome.fault.rule is UNREACHABLE:
            raise Unreachable(f"no conversation could be held: {outcome.fault.came}")
        self._keep(Plan(()), outcome)

    def _draw(self) -> list[Plan]:
        from schematic_engine.probing.draw import drawn  # noqa: PLC0415  # an extra

        most = self._settings.max_steps
        for illegal in (False, True):
            made = drawn(self._planner, most, self._number, self._seed, illegal=illegal)
            self._random[illegal] = set(made)
        return [plan for made in self._random.values() for plan in made]

    async def _hold(self, plans: Sequence[Plan]) -> None:
        """Hold conversations, several at once, as long as there is time."""
        new = [plan for plan in dict.fromkeys(plans) if plan not in self._outcomes]
        self._planned += len(new)
        free = asyncio.Semaphore(self._settings.jobs)

        async def hold(plan: Plan) -> None:
            async with free:
                if not self._is_late():
                    self._keep(plan, await self._caller.converse(plan, self._settings))

        async with asyncio.TaskGroup() as group:
            for plan in new:
                group.create_task(hold(plan))

    async def _hold_again(self, plans: Sequence[Plan]) -> None:
        """Hold conversations again that showed nothing: the other side may remember others."""
        free = asyncio.Semaphore(self._settings.jobs)

        async def hold(plan: Plan) -> None:
            async with free:
                if not self._is_late():
                    outcome = await self._caller.converse(plan, self._settings)
                    if outcome.fault is not None:
                        self._keep(plan, outcome)

        async with asyncio.TaskGroup() as group:
            for plan in plans:
                if plan in self._outcomes and self._outcomes[plan].fault is None:
                    group.create_task(hold(plan))

    def _keep(self, plan: Plan, outcome: Outcome) -> None:
        self._outcomes[plan] = outcome
        self._coverage.add(outcome.said)
        self._failed += outcome.fault is not None
        if self._on_progress is not None:
            self._on_progress(len(self._outcomes), self._planned + 1, self._failed)

    def _is_late(self) -> bool:
        return self._loop.time() > self._began + self._settings.time

    def _tallies(self) -> tuple[Tally, ...]:
        fates: dict[Flaw, Counter[object]] = defaultdict(Counter)
        for plan, outcome in self._outcomes.items():
            if plan.wrong is not None:
                fates[plan.wrong.flaw][outcome.fate] += 1
        return tuple(Tally(flaw, fates[flaw]) for flaw in Flaw if flaw in fates)  # type: ignore[arg-type]

    # ------------------------------------------------------------------------------- the findings

    async def _findings(self) -> list[ProbeFinding]:
        groups: dict[_Signature, list[Plan]] = defaultdict(list)
        for plan, outcome in self._outcomes.items():
            signature = _signature(plan, outcome)
            if signature is not None:
                groups[signature].append(plan)
        for plans in groups.values():
            plans.sort(key=lambda plan: plan.weight)
        sure = await asyncio.gather(*(self._confirmed(*group) for group in groups.items()))
        smallest = [
            None if plan is None else await asyncio.to_thread(self._shrink, signature, plan)
            for signature, plan in zip(groups, sure, strict=True)
        ]
        found = await asyncio.gather(
            *(
                self._replayed(signature, plan, groups[signature])
                for signature, plan in zip(groups, smallest, strict=True)
                if plan is not None
            )
        )
        return sorted(found, key=lambda one: one.length)

    async def _confirmed(self, signature: _Signature, plans: Sequence[Plan]) -> Plan | None:
        """The first of ``plans`` that shows it again, with patience; None if it was slowness.

        What shows without the illegal step, too, has nothing to do with it.
        """
        for plan in plans[:_MOST_TRIED]:
            if plan.wrong is not None and await self._fails_anyway(plan):
                continue
            shown, _ = await self._shows(signature, plan, self._settings.replays)
            if shown:
                return plan
        return None

    async def _fails_anyway(self, plan: Plan) -> bool:
        """Whether the legal messages of ``plan`` show a fault by themselves."""
        legal = Plan(plan.says)
        if legal not in self._outcomes:
            self._keep(legal, await self._caller.converse(legal, self._settings))
        return self._outcomes[legal].fault is not None

    async def _replayed(
        self, signature: _Signature, plan: Plan, group: Sequence[Plan]
    ) -> ProbeFinding:
        """The finding that ``plan`` makes, the smallest of ``group``."""
        shown, outcome = await self._shows(signature, plan, self._settings.replays)
        if outcome is None:
            plan = group[0]
            outcome = self._outcomes[plan]
        return self._made(plan, outcome, group, shown)

    def _made(
        self, plan: Plan, outcome: Outcome, group: Sequence[Plan], shown: int
    ) -> ProbeFinding:
        others = [self._outcomes[one].fault for one in group]
        names = dict.fromkeys(one.message for one in others if one is not None)
        planner, patience = self._planner, self._settings.patience
        found = finding_of(plan, outcome)
        journal = Journal(planner.endpoint)
        found = replace(
            found,
            likewise=tuple(name for name in names if name and name != found.message),
            shown=shown,
            replays=self._settings.replays,
            trace=b"".join(map(journal.line, outcome.records)).decode(),
            awaited=planner.samples(outcome.fault.awaited if outcome.fault else ()),
        )
        place = self._caller.place
        script = as_script(found, planner.endpoint, planner.prober, place, patience)
        return replace(found, script=script)

    async def _shows(
        self, signature: _Signature, plan: Plan, times: int
    ) -> tuple[int, Outcome | None]:
        """In how many replays ``plan`` shows it, with patience; and the last that did."""
        quiet = self._settings.quiet(self._planner.prober.other)
        patient = replace(self._settings, grace=max(quiet, self._settings.patience))
        known = self._outcomes.get(plan)
        silent = known is None or known.fault is None or known.fault.evidence is Evidence.SILENT
        settings = patient if silent else self._settings
        outcomes = await asyncio.gather(
            *(self._caller.converse(plan, settings) for _ in range(times))
        )
        showing = [one for one in outcomes if _signature(plan, one) == signature]
        return len(showing), showing[-1] if showing else None

    def _shrink(self, signature: _Signature, plan: Plan) -> Plan:
        """The smallest plan that shows it; runs beside the loop, which holds the conversations."""
        from schematic_engine.probing.draw import less  # noqa: PLC0415  # an extra

        end = self._loop.time() + _SHRINKING
        drawn = plan in self._random.get(plan.wrong is not None, ())
        earlier = self._random[plan.wrong is not None].intersection(self._outcomes)
        known = {one: self._outcomes[one] for one in (earlier if drawn else (plan,))}

        def fails(plan: Plan) -> bool:
            if plan not in known:
                if self._loop.time() > end:
                    return False
                talk = self._caller.converse(plan, self._settings)
                known[plan] = asyncio.run_coroutine_threadsafe(talk, self._loop).result()
            return _signature(plan, known[plan]) == signature

        source = (self._settings.max_steps, self._number, self._seed) if drawn else None
        return less(self._planner, plan, fails, drawn_from=source)


def _signature(plan: Plan, outcome: Outcome) -> _Signature | None:
    """What a conversation shows, as far as others can show the same."""
    if outcome.fault is None:
        return None
    provoked = plan.wrong is not None and outcome.provoked
    return outcome.fault.rule.id, plan.wrong.flaw if plan.wrong and provoked else None
