"""The programs that probe is held to: the correct ones are, and each fault is real.

A fault is shown by its proof, a conversation held by hand, in which a correct program does
otherwise, and is judged by our checker, which knows the description alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from probing.faulty import CORRECT, FAULTS, Fault
from probing.faulty import described as d
from probing.faulty.bodies import BINARY
from probing.proofs import PROOFS, Outcome, Proof, Said
from probing.scripts import correct
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from schematic import Side
from schematic_engine.asyncio import connect as connect_ours
from schematic_engine.conformance import Vantage
from schematic_engine.conformance.rules import ABNORMAL_END
from schematic_engine.events import Message
from schematic_engine.mock import MockServer
from schematic_engine.policy import Policy
from support.recordings import closed, judged, line, said

QUIET = 0.5
"""Seconds after which nothing more is expected of a program that has nothing to wait for."""

BY_NAME = {fault.name: fault for fault in FAULTS}
STRICT = Policy(unknown="error", fields="error")
LOST = 1006


class Talk:
    """A conversation with a program, recorded as it goes."""

    def __init__(self, fault: Fault, websocket: ServerConnection | ClientConnection) -> None:
        self.side, self.endpoint = fault.role, fault.endpoint
        self.websocket = websocket
        self.lines = [line("open", Side.CLIENT, path=fault.endpoint.endpoint.path)]

    async def say(self, body: Said) -> None:
        await self.websocket.send(body if isinstance(body, bytes) else json.dumps(body))
        self.lines.append(said(self.side.other, body))

    async def hear(self) -> str | int:
        """The kind of the next message, or the code of the program's close frame."""
        try:
            payload = await self.websocket.recv()
        except ConnectionClosed:
            code = self.websocket.close_code
            assert code is not None
            self.lines.append(closed(self.side, code))
            if code != LOST:
                self.lines.append(closed(self.side.other, code))
            return code
        self.lines.append(said(self.side, payload))
        if isinstance(payload, bytes):
            return BINARY
        try:
            return str(json.loads(payload)["type"])
        except (ValueError, TypeError, KeyError):
            return "text"

    async def follow(self, steps: tuple[Said | str, ...]) -> None:
        for step in steps:
            if isinstance(step, str):
                assert await self.hear() == step
            else:
                await self.say(step)

    async def outcome(self, expected: Outcome, *, only: bool) -> Outcome:
        """What the program does: as many things as expected, and if ``only``, what then comes."""
        heard: list[str | int] = []
        while not heard or isinstance(heard[-1], str):
            if expected and len(heard) == len(expected) and not only:
                await self.leave()
                break
            try:
                async with asyncio.timeout(60 if len(heard) < len(expected) else QUIET):
                    heard.append(await self.hear())
            except TimeoutError:
                await self.leave()
                break
        return tuple(heard)

    def accused(self) -> set[str]:
        """The rules that the checker finds broken by the program, at its own end.

        An end for which we have given a reason does not count.
        """
        at = Vantage.CLIENT if self.side is Side.CLIENT else Vantage.SERVER
        trace = judged(self.endpoint, self.lines, vantage=at)
        rules = {(shown.finding.side, shown.finding.rule) for shown in trace.findings}
        ours = {rule for side, rule in rules if side is self.side.other}
        return {
            rule.id
            for side, rule in rules
            if side is self.side and (rule is not ABNORMAL_END or not ours)
        }

    async def leave(self) -> None:
        """Close normally, which a program that has seen everything answers."""
        await self.websocket.close(1000)
        self.lines += [closed(self.side.other), closed(self.side, self.websocket.close_code or 0)]


@asynccontextmanager
async def dialled(fault: Fault, url: str) -> AsyncIterator[Talk]:
    async with connect(f"{url}{fault.endpoint.endpoint.path}", compression=None) as websocket:
        yield Talk(fault, websocket)


@asynccontextmanager
async def called(fault: Fault) -> AsyncIterator[Talk]:
    """A conversation with a client, which calls us."""
    talks: asyncio.Queue[Talk] = asyncio.Queue()
    over = asyncio.Event()

    async def take(websocket: ServerConnection) -> None:
        talks.put_nowait(Talk(fault, websocket))
        await over.wait()

    async with (
        serve(take, "127.0.0.1", 0, compression=None) as server,
        asyncio.TaskGroup() as tasks,
    ):
        port = next(iter(server.sockets)).getsockname()[1]
        tasks.create_task(fault.run(f"ws://127.0.0.1:{port}{fault.endpoint.endpoint.path}"))
        yield await talks.get()
        over.set()


async def held(
    fault: Fault, proof: Proof, expected: Outcome, *, only: bool
) -> tuple[Outcome, set[str]]:
    """What the program does in the conversation of ``proof``, and what it is accused of."""
    if fault.role is Side.CLIENT:
        async with called(fault) as talk:
            return await concluded(proof, talk, expected, only=only)
    async with fault.serve() as url:
        if proof.first:
            async with dialled(fault, url) as talk:
                await talk.follow(proof.first)
        async with dialled(fault, url) as talk:
            return await concluded(proof, talk, expected, only=only)


async def concluded(
    proof: Proof, talk: Talk, expected: Outcome, *, only: bool
) -> tuple[Outcome, set[str]]:
    await talk.follow(proof.before)
    if proof.last is not None:
        await talk.say(proof.last)
    outcome = await talk.outcome(expected, only=only)
    return outcome, talk.accused()


def test_there_are_enough_kinds_of_faults() -> None:
    roles = [fault.role for fault in FAULTS]
    assert roles.count(Side.SERVER) >= 22
    assert roles.count(Side.CLIENT) >= 8
    assert BY_NAME.keys() == PROOFS.keys()
    assert len(BY_NAME) == len(FAULTS)


def test_proofs_are_as_long_as_is_said() -> None:
    lengths = {fault.name: fault.shortest for fault in FAULTS}
    assert {name: proof.length for name, proof in PROOFS.items()} == lengths


@pytest.mark.asyncio
async def test_each_fault_is_shown_by_its_proof_where_the_correct_program_does_right() -> None:
    async def show(fault: Fault, proof: Proof) -> None:
        wrong, accused = await held(fault, proof, proof.wrong, only=False)
        right, no_one = await held(correct(fault), proof, proof.right, only=True)
        assert (fault.name, wrong, right) == (fault.name, proof.wrong, proof.right)
        # Where no rule of the checker is broken, the description is, in what it asks of both sides.
        assert (fault.name, bool(accused), no_one) == (fault.name, not proof.owes, set())

    async with asyncio.TaskGroup() as tasks:
        for fault in FAULTS:
            tasks.create_task(show(fault, PROOFS[fault.name]))


CONVERSATIONS: dict[str, list[tuple[Side, object]]] = {
    "dubbing": [
        (Side.CLIENT, d.Login("t", nickname="x")),
        (Side.SERVER, d.Welcome("s-1")),
        (Side.CLIENT, d.Configure(words=("a",))),
        (Side.SERVER, d.Configured()),
        (Side.CLIENT, d.Line("Hello")),
        (Side.SERVER, d.Caption("Hello")),
        (Side.CLIENT, d.Correct("Hullo")),
        (Side.SERVER, d.Caption("Hullo")),
        (Side.CLIENT, b"abc"),
        (Side.SERVER, b"cba"),
        (Side.CLIENT, d.Ping(3)),
        (Side.SERVER, d.Pong(3)),
        (Side.CLIENT, d.Stop()),
        (Side.SERVER, d.Summary(1)),
    ],
    "rooms": [
        (Side.SERVER, d.Hello()),
        (Side.CLIENT, d.Enter("a")),
        (Side.SERVER, d.Entered("a")),
        (Side.CLIENT, d.Enter("b", nickname="x")),
        (Side.SERVER, d.Entered("b")),
        (Side.CLIENT, d.Say("b", "Hello")),
        (Side.SERVER, d.Heard("b", "Hello")),
        (Side.CLIENT, d.Who(1, "Ada")),
        (Side.SERVER, d.Found(1, ("a", "b"))),
        (Side.CLIENT, d.Leave("a")),
        (Side.SERVER, d.Left("a")),
        (Side.CLIENT, d.Enter("c")),
        (Side.SERVER, d.Entered("c")),
        (Side.CLIENT, d.Who(1, "")),
        (Side.SERVER, d.Nobody(1)),
    ],
    "feed": [
        (Side.CLIENT, d.Subscribe("weather")),
        (Side.SERVER, d.Subscribed()),
        (Side.CLIENT, d.More()),
        (Side.SERVER, d.Item("news")),
        (Side.CLIENT, d.Ack()),
        (Side.CLIENT, d.Bye()),
        (Side.SERVER, d.Farewell()),
    ],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_correct_servers_talk_with_our_client(name: str) -> None:
    fault = next(one for one in CORRECT if one.name == name)
    async with (
        fault.serve() as url,
        connect_ours(fault.endpoint, url=url, policy=STRICT) as connection,
    ):
        for side, body in CONVERSATIONS[name]:
            if side is Side.CLIENT:
                await connection.send(body)
            else:
                event = await connection.receive(60)
                assert isinstance(event, Message)
                assert event.body == body


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", CORRECT[3:], ids=lambda fault: fault.name)
async def test_correct_clients_talk_with_our_mock(fault: Fault) -> None:
    async with MockServer(fault.endpoint, fields="error") as server:
        await fault.run(f"{server.url}{fault.endpoint.endpoint.path}")
        assert server.violations == []
