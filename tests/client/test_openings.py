"""Openings of any shape are walked through, step by step, in the phases of a generated client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, OpeningStep, Side
from schematic.compile import compile_endpoint
from schematic.generate.websocket import module as written
from schematic.generate.websocket import websocket_client
from schematic_engine.client import aio
from schematic_engine.mock import MockServer
from schematic_engine.policy import Policy
from support.colours import opened, settled
from support.generated import running
from support.lifecycles import bound, message
from support.mocked import MockTalk

STEPS = st.lists(
    st.tuples(st.sampled_from(Side), st.booleans(), st.booleans()), min_size=1, max_size=4
)


def lifecycle_of(steps: list[tuple[Side, bool, bool]]) -> ConnectionLifecycle:
    """An opening of steps: whose turn it is, whether it gates, and whether there is a choice."""
    opening = []
    for number, (side, gating, choice) in enumerate(steps):
        names = [f"O{number}a", f"O{number}b"][: 1 + choice]
        opening.append(OpeningStep(*(message(name, side) for name in names), gating=gating))
    return ConnectionLifecycle(
        initialize=opening,
        streaming_messages=[message("Say", Side.CLIENT)],
        server_messages=[message("Heard", Side.SERVER)],
    )


def steps_of(phase: Any) -> Iterator[Any]:
    """The methods of a phase that lead on."""
    for base in type(phase).__mro__:
        for name, value in vars(base).items():
            if isinstance(value, aio.Step) or type(value).__name__ == "Step":
                yield getattr(phase, name)


@settings(max_examples=15)
@given(STEPS, st.sampled_from(["", "Sync"]))
def test_an_opening_of_any_shape_leads_to_streaming(
    steps: list[tuple[Side, bool, bool]], colour: str
) -> None:
    endpoint = bound(lifecycle_of(steps))
    expected = MockTalk(compile_endpoint(endpoint))
    with mock.patch.object(written, "formatted", str):
        source = websocket_client(endpoint, prefix="Any")

    async def walk(module: Any, url: str) -> None:
        phases = getattr(module, f"{colour}AnyPhases")
        policy = Policy(unknown="error")
        async with opened(phases.connect(url=url, policy=policy)) as first:
            phase: Any = first
            while type(phase).__name__.removeprefix("Sync") != "Streaming":
                ready = getattr(phase, "ready", None)
                phase = await settled(ready() if ready else next(steps_of(phase))())
            for number, (side, _, _) in enumerate(steps):
                if side is Side.CLIENT:
                    expected.say(f"O{number}a")
            expected.say("Say")
            await settled(phase.send_say())
            for name in expected.heard:
                assert type(await settled(phase.receive(30))).__name__ == name

    with running(source) as module, MockServer(endpoint) as server:
        asyncio.run(walk(module, server.url))
        assert server.violations == []


def test_what_the_server_opens_with_later_is_waited_for_and_not_received_before() -> None:
    for steps, listens in (
        ([(Side.CLIENT, False, False), (Side.SERVER, True, False)], False),
        ([(Side.CLIENT, False, False)], True),
        ([(Side.CLIENT, True, False)], False),
    ):
        with running(websocket_client(bound(lifecycle_of(steps)))) as module:
            assert hasattr(module.Initializing, "receive") is listens
