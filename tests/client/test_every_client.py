"""Every generated client says all that it can say to a mock, on each of its surfaces."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Condition
from typing import Any

import pytest

from schematic import Side
from schematic_engine.client import Send, aio, sync
from support.clients import Generated, Line
from support.loops import on_a_strict_loop


class Tally:
    """Counts messages by their classes, for one who waits for them in another task."""

    def __init__(self) -> None:
        self.heard: Counter[type[Any]] = Counter()
        self._news = asyncio.Condition()

    async def count(self, message: Any) -> None:
        async with self._news:
            self.heard[type(message)] += 1
            self._news.notify_all()

    async def reaches(self, needed: Counter[type[Any]]) -> None:
        async with self._news:
            await self._news.wait_for(lambda: needed <= self.heard)


class ThreadTally:
    """The same for one who waits in another thread."""

    def __init__(self) -> None:
        self.heard: Counter[type[Any]] = Counter()
        self._news = Condition()

    def count(self, message: Any) -> None:
        with self._news:
            self.heard[type(message)] += 1
            self._news.notify_all()

    def reaches(self, needed: Counter[type[Any]]) -> None:
        with self._news:
            self._news.wait_for(lambda: needed <= self.heard)


NEEDS_A_HANDLER = {"Pong": "answers pings of a server, which a mock sends none of by itself"}


@pytest.fixture
def lines(client: Generated) -> list[Line]:
    (lines,) = client.conversations
    return lines


def fields(message: Any) -> dict[str, Any]:
    """The fields that a caller would name."""
    return {name: getattr(message, name) for name in message.__struct_fields__}


def said(method: Any, message: Any) -> Any:
    """Calls a method without arguments where the message says itself, or else with the message."""
    return method() if _made_without(type(message)) == message else method(message)


def _made_without(of: type[Any]) -> Any:
    with suppress(TypeError):
        return of()
    return None


def sends(owner: type[Any], of: type[Any]) -> str:
    """The name of the method of ``owner`` that says messages of the class ``of``."""
    for base in owner.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, Send) and value.body is of:
                return name
    raise AssertionError((owner, of))


def steps(owner: type[Any], of: type[Any]) -> str | None:
    """The name of any method of a phase that says messages of the class ``of``."""
    for base in owner.__mro__:
        for name, value in vars(base).items():
            body = getattr(value, "body", None) or getattr(value, "_body", None)
            if body is of or getattr(body, "body", None) is of:
                return name
    return None


def channel_method(owner: Any, of: type[Any]) -> str | None:
    """The name of the method of ``owner`` that gives a channel on which ``of`` is said."""
    for base in type(owner).__mro__:
        for name, value in vars(base).items():
            hints = getattr(value, "__annotations__", {})
            if list(hints) == ["key", "return"]:
                module = __import__(type(owner).__module__, fromlist=["_"])
                opened = getattr(module, hints["return"])
                if any(steps(one, of) for one in _phases_of(module, opened)):
                    return name
    return None


def _phases_of(module: Any, first: type[Any]) -> list[type[Any]]:
    stem = first.__name__.removesuffix("Opening")
    names = (f"{stem}{kind}" for kind in ("", "Opening", "Streaming", "Closing"))
    return [getattr(module, name) for name in names if hasattr(module, name)]


def test_all_that_a_client_says_is_said_in_some_conversation(client: Generated) -> None:
    said = {line.id for lines in client.conversations for line in lines}
    kinds = {kind.id for kind in client.endpoint.kinds if kind.side is Side.CLIENT}
    assert kinds - said <= set(NEEDS_A_HANDLER)


def heard_as(client: Generated, line: Line, message: Any) -> None:
    """What was received is of the class of one of the answers."""
    assert type(message) in {client.classes[one] for one in line.heard}


# ---------------------------------------------------------------------------- explicit methods


@on_a_strict_loop
async def test_explicit_methods_say_and_hear_everything(
    client: Generated, lines: list[Line], url: str
) -> None:
    async with client.surface("Ws").connect(**client.options, url=url) as connection:
        greeting = [one async for one in _greeting(connection, client)]
        assert Counter(map(type, greeting)) == _classes(client, client.greeting)
        for line in lines:
            assert line.id in connection.allowed()
            await said(
                getattr(connection, sends(type(connection), type(line.message))), line.message
            )
            for _ in line.heard:
                heard_as(client, line, await connection.receive())
        assert await connection.close() == []
        assert connection.closed.normal


def test_explicit_methods_say_and_hear_everything_with_blocking_calls(
    client: Generated, lines: list[Line], url: str
) -> None:
    with client.surface("Ws", "Sync").connect(**client.options, url=url) as connection:
        greeting = [connection.receive() for _ in client.greeting]
        assert Counter(map(type, greeting)) == _classes(client, client.greeting)
        for line in lines:
            assert line.id in connection.allowed()
            method = getattr(connection, sends(type(connection), type(line.message)))
            method(**fields(line.message))
            for _ in line.heard:
                heard_as(client, line, connection.receive())
        assert connection.close() == []
        assert connection.closed.normal


async def _greeting(connection: Any, client: Generated) -> AsyncIterator[Any]:
    for _ in client.greeting:
        yield await connection.receive()


def _classes(client: Generated, ids: tuple[str, ...]) -> Counter[type[Any]]:
    return Counter(client.classes[one] for one in ids)


# ------------------------------------------------------------------------------------- phases


@on_a_strict_loop
async def test_phases_lead_through_a_whole_conversation(
    client: Generated, lines: list[Line], url: str
) -> None:
    async with client.surface("Phases").connect(**client.options, url=url) as first:
        phase: Any = first
        expected = Counter(client.greeting)
        channels: dict[Any, Any] = {}
        passed: list[Any] = []
        for line in lines:
            phase = await _to_where_it_is_said(phase, line, passed, expected, client)
            name = steps(type(phase), type(line.message))
            if name is not None:
                after = await said(getattr(phase, name), line.message)
                if after is not None:
                    passed.append((phase, name, line))
                    phase = after
            else:
                kind = channel_method(phase, type(line.message))
                assert kind is not None
                channel = channels.get(line.key) or getattr(phase, kind)(line.key)
                name = steps(type(channel), type(line.message))
                assert name is not None, (type(channel), line)
                after = await getattr(channel, name)(line.message)
                channels[line.key] = after or channel
            expected.update(line.heard)
            if isinstance(phase, aio.Listening):
                await _hear(phase, expected, client)
        for stale, name, line in passed:
            with pytest.raises(Exception, match="is over: use the"):
                await getattr(stale, name)(line.message)


async def _to_where_it_is_said(
    phase: Any, line: Line, passed: list[Any], expected: Counter[str], client: Generated
) -> Any:
    while hasattr(phase, "ready"):
        phase = await phase.ready()
    if isinstance(phase, aio.Listening):
        await _hear(phase, expected, client)
    return phase


async def _hear(phase: Any, expected: Counter[str], client: Generated) -> None:
    ids = {of: name for name, of in client.classes.items()}
    while expected:
        expected -= Counter([ids[type(await phase.receive())]])


def test_phases_lead_through_a_whole_conversation_with_blocking_calls(
    client: Generated, lines: list[Line], url: str
) -> None:
    with client.surface("Phases", "Sync").connect(**client.options, url=url) as first:
        phase: Any = first
        expected = deque(client.greeting)
        channels: dict[Any, Any] = {}
        for line in lines:
            while hasattr(phase, "ready"):
                phase = phase.ready()
            name = steps(type(phase), type(line.message))
            if name is not None:
                phase = getattr(phase, name)(**fields(line.message)) or phase
            else:
                kind = channel_method(phase, type(line.message))
                assert kind is not None
                channel = channels.get(line.key) or getattr(phase, kind)(line.key)
                name = steps(type(channel), type(line.message))
                assert name is not None
                without_key = {
                    one: value for one, value in fields(line.message).items() if value != line.key
                }
                channels[line.key] = getattr(channel, name)(**without_key) or channel
            expected.extend(line.heard)
            while expected and isinstance(phase, sync.Listening):
                heard = phase.receive()
                expected.popleft()
                assert type(heard) in client.classes.values()


# ---------------------------------------------------------------------------------- callbacks


@on_a_strict_loop
async def test_callbacks_say_and_hear_everything(
    client: Generated, lines: list[Line], url: str
) -> None:
    builder, tally = client.surface("Callbacks")(), Tally()
    first, streamed, last = _parts(client, lines)
    for of in {client.classes[one] for one in client.server}:
        builder.add(of, tally.count)

    async def source() -> AsyncIterator[Any]:
        for line in streamed:
            await tally.reaches(_before(client, lines, line))
            yield line.message
        await tally.reaches(_all(client, lines[: len(first) + len(streamed)]))

    await builder.run(source(), **_run_options(client, first, last), url=url)
    assert tally.heard == _all(client, lines)


def test_callbacks_say_and_hear_everything_with_blocking_calls(
    client: Generated, lines: list[Line], url: str
) -> None:
    builder, tally = client.surface("Callbacks", "Sync")(), ThreadTally()
    first, streamed, last = _parts(client, lines)
    builder.on_other(tally.count)

    def source() -> Iterator[Any]:
        for line in streamed:
            tally.reaches(_before(client, lines, line))
            yield line.message
        tally.reaches(_all(client, lines[: len(first) + len(streamed)]))

    builder.run(source(), **_run_options(client, first, last), url=url)
    assert tally.heard == _all(client, lines)


def _all(client: Generated, lines: list[Line]) -> Counter[type[Any]]:
    """What the mock has said once it has answered all of ``lines``."""
    answers = (name for line in lines for name in line.heard)
    return _classes(client, (*client.greeting, *answers))


def _before(client: Generated, lines: list[Line], line: Line) -> Counter[type[Any]]:
    """What the mock has said before it is ``line``'s turn."""
    return _all(client, lines[: next(n for n, one in enumerate(lines) if one is line)])


def _parts(client: Generated, lines: list[Line]) -> tuple[list[Line], list[Line], list[Line]]:
    """What is said first, what a source gives, and the goodbye."""
    handlers = client.surface("Callbacks")
    first = lines[: len(handlers.opening)]
    goodbye = client.surface("Ws").close._body
    last = [line for line in lines if type(line.message) is goodbye and line is lines[-1]]
    return first, lines[len(first) : len(lines) - len(last)], last


def _run_options(client: Generated, first: list[Line], last: list[Line]) -> dict[str, Any]:
    handlers = client.surface("Callbacks")
    options = dict(client.options)
    for (name, _), line in zip(handlers.opening, first, strict=True):
        options[name] = line.message
    if last:
        options["goodbye"] = last[0].message
    return options


# -------------------------------------------------------------------------------------- split


@on_a_strict_loop
async def test_a_split_client_talks_and_listens_in_two_tasks(
    client: Generated, lines: list[Line], url: str
) -> None:
    async with client.surface("Ws").connect(**client.options, url=url) as connection:
        (sink, stream), tally = connection.split(), Tally()

        async def listen() -> None:
            async for message in stream:
                await tally.count(message)

        listening = asyncio.ensure_future(listen())
        for line in lines:
            await tally.reaches(_before(client, lines, line))
            await said(getattr(sink, sends(type(sink), type(line.message))), line.message)
        await tally.reaches(_all(client, lines))
        await connection.connection.close()
        await listening


def test_a_split_client_talks_and_listens_in_two_threads(
    client: Generated, lines: list[Line], url: str
) -> None:
    with (
        client.surface("Ws", "Sync").connect(**client.options, url=url) as connection,
        ThreadPoolExecutor(1) as thread,
    ):
        (sink, stream), tally = connection.split(), ThreadTally()

        def listen() -> None:
            for message in stream:
                tally.count(message)

        listening = thread.submit(listen)
        for line in lines:
            tally.reaches(_before(client, lines, line))
            getattr(sink, sends(type(sink), type(line.message)))(line.message)
        tally.reaches(_all(client, lines))
        connection.connection.close()
        listening.result()
