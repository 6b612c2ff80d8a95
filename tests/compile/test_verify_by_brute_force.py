"""The verifier against two peers who try everything: each rule finds what they find, as near.

The peers read the description by themselves (see `support.peers`) and talk through queues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import (
    Channel,
    ConnectionLifecycle,
    KeyReuse,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
    Timer,
)
from schematic.compile import compile_endpoint
from schematic.compile.verify import Finding, Severity, verify
from support.lifecycles import bound, channels, lifecycles
from support.peers import Reading, Talk, View, distances

NOTHING = View()
FAR = 40  # more than any shortest conversation of so few messages

Queue: TypeAlias = tuple[Talk, ...]
Apart: TypeAlias = tuple[View, View, Queue, Queue]
"""What has passed at the client, at the server, and what is on its way to each."""


@st.composite
def forbidding(draw: st.DrawFn) -> ConnectionLifecycle:
    """A lifecycle in which some messages forbid the other side others."""
    plain = draw(lifecycles())

    def forbidden(message: MessageSchema) -> MessageSchema:
        rivals = [
            other.id
            for other in plain.messages
            if all(side.other in other.direction.senders for side in message.direction.senders)
        ]
        until = draw(st.lists(st.sampled_from(rivals), max_size=1)) if rivals else []
        return replace(message, until=until)

    return changed(plain, forbidden)


def changed(
    lifecycle: ConnectionLifecycle, change: Callable[[MessageSchema], MessageSchema]
) -> ConnectionLifecycle:
    """The same with other messages."""
    steps = [
        OpeningStep(*map(change, step.messages), gating=step.gating) for step in lifecycle.opening
    ]
    return replace(
        lifecycle,
        initialize=steps,
        streaming_messages=[change(message) for message in lifecycle.streaming_messages],
        close=lifecycle.close and change(lifecycle.close),
        server_messages=[change(message) for message in lifecycle.server_messages],
    )


@st.composite
def nameless(draw: st.DrawFn) -> ConnectionLifecycle:
    """A lifecycle in which of some messages nothing but the name is known."""
    plain = draw(lifecycles())
    bare = {message.id for message in plain.messages if draw(st.booleans())}

    def stripped(message: MessageSchema) -> MessageSchema:
        return replace(message, schema=Schema(message.id)) if message.id in bare else message

    return changed(plain, stripped)


def findings(lifecycle: ConnectionLifecycle, rule: str) -> list[Finding]:
    found = verify(compile_endpoint(bound(lifecycle)), least=Severity.NOTE)
    return [finding for finding in found if finding.rule == rule]


def together(
    reading: Reading, allowed: Callable[[View, Talk], bool] | None = None
) -> dict[View, int]:
    """Every view that two peers can have in common, with nothing on its way."""

    def edges(view: View) -> Iterator[tuple[View, int]]:
        for _, after in reading.talks(view, allowed or reading.may):
            yield after, 1

    return distances(View(), edges, FAR)


@dataclass(frozen=True)
class Peers:
    """Two peers who say what they would, with any number of messages on their way.

    Of those that nobody could tell from silence it is only known that they were said.
    """

    reading: Reading

    @cached_property
    def choices(self) -> Callable[[View, Side], list[tuple[Talk, View]]]:
        """What a side would say, and what it knows afterwards."""

        @cache
        def choices(view: View, side: Side) -> list[tuple[Talk, View]]:
            would = self.reading.talks(view, self.reading.would)
            return [(talk, after) for talk, after in would if talk[0] is side]

        return choices

    def edges(self, now: Apart) -> Iterator[tuple[Apart, int]]:
        client, server, to_client, to_server = now
        for talk, after in self.choices(client, Side.CLIENT):
            if after != client:
                yield (after, server, to_client, (*to_server, talk)), 1
        for talk, after in self.choices(server, Side.SERVER):
            if after != server:
                yield (client, after, (*to_client, talk), to_server), 1
        for talk in to_client[:1]:
            assert self.reading.may(client, talk)
            yield (self.reading.after(client, talk), server, to_client[1:], to_server), 0
        for talk in to_server[:1]:
            assert self.reading.may(server, talk)
            yield (client, self.reading.after(server, talk), to_client, to_server[1:]), 0

    def reached(self, start: View = NOTHING) -> dict[Apart, int]:
        """Everything that they may come to from ``start``, with how many messages it takes."""
        return distances((start, start, (), ()), self.edges, FAR)

    def said(self, start: View = NOTHING) -> frozenset[Talk]:
        """Everything that they ever say from ``start`` on."""
        reached = self.reached(start)
        clients, servers = {now[0] for now in reached}, {now[1] for now in reached}
        by_client = (one for view in clients for one, _ in self.choices(view, Side.CLIENT))
        by_server = (one for view in servers for one, _ in self.choices(view, Side.SERVER))
        return frozenset((*by_client, *by_server))


@settings(max_examples=60)
@given(st.one_of(lifecycles(), forbidding()))
def test_a_message_is_unreachable_exactly_if_no_peers_ever_say_it(
    lifecycle: ConnectionLifecycle,
) -> None:
    reading = Reading(lifecycle)
    said = Peers(reading).said()
    found = {
        one.message.split(" can never")[0] for one in findings(lifecycle, "unreachable-message")
    }
    assert found == {f"{name} from the {side.value}" for side, name in set(reading.said) - said}


@settings(max_examples=20)
@given(st.one_of(lifecycles(), forbidding()))
def test_a_conversation_can_get_stuck_exactly_if_peers_get_to_where_no_end_is_in_reach(
    lifecycle: ConnectionLifecycle,
) -> None:
    reading = Reading(lifecycle)
    peers = Peers(reading)
    reached = peers.reached()
    before: dict[Apart, list[Apart]] = {}
    for now in reached:
        for after, _ in peers.edges(now):
            before.setdefault(after, []).append(now)
    hopeful = {now for now in reached if not now[2] and not now[3] and reading.is_end(now[0])}
    queue = list(hopeful)
    while queue:
        fresh = set(before.get(queue.pop(), ())) - hopeful
        hopeful |= fresh
        queue.extend(fresh)
    stuck = [far for now, far in reached.items() if now not in hopeful]
    found = findings(lifecycle, "no-way-to-the-end")
    assert [len(one.example.path) for one in found] == ([min(stuck)] if stuck else [])


@settings(max_examples=60)
@given(nameless())
def test_bare_names_are_alike_exactly_if_some_moment_allows_both(
    lifecycle: ConnectionLifecycle,
) -> None:
    reading = Reading(lifecycle)
    nearest: dict[tuple[Side, frozenset[str]], int] = {}
    for view, far in together(reading).items():
        for side in Side:
            bare = [
                name
                for (who, name), _ in reading.talks(view, reading.may)
                if who is side and reading.messages[name].schema.is_name_only
            ]
            for one in bare:
                for other in bare:
                    if one < other:
                        pair = (side, frozenset({one, other}))
                        nearest[pair] = min(far, nearest.get(pair, far))
    found = {
        (side, frozenset(name.split(" or "))): len(one.example.path) - 1
        for one in findings(lifecycle, "decodes-alike")
        for side, name in one.example.path[-1:]
    }
    assert found == nearest


@settings(max_examples=30)
@given(forbidding())
def test_choices_are_mixed_exactly_where_who_is_first_silences_the_other(
    lifecycle: ConnectionLifecycle,
) -> None:
    reading = Reading(lifecycle)
    pairs: dict[frozenset[Talk], bool] = {}
    ever = cache(Peers(reading).said)
    for view in quiet(reading):
        talks = dict(reading.talks(view, reading.would))
        for one, after in talks.items():
            for other, instead in talks.items():
                if one[0] is not other[0] and not reading.would(after, other):
                    pair = frozenset({one, other})
                    both = reading.after(after, other)
                    assert reading.may(after, other)
                    assert both == reading.after(instead, one)
                    pairs[pair] = bool((ever(after) ^ ever(both)) - pair) or pairs.get(pair, False)
    found = findings(lifecycle, "mixed-choice")
    for severity, matters in ((Severity.WARNING, True), (Severity.NOTE, False)):
        told = [one for one in found if one.severity is severity]
        meant = {pair for pair, differs in pairs.items() if differs is matters}
        assert {frozenset(one.example.path[-2:]) for one in told} <= meant
        firsts = {one.example.path[-2] for one in told}
        assert all(pair & firsts for pair in meant)


@settings(max_examples=60)
@given(
    lifecycles(),
    st.lists(
        st.one_of(
            st.just(Timer.initialize(3)),
            st.sampled_from(Side).map(lambda side: Timer.idle(3, of=side)),
        ),
        max_size=2,
    ),
)
def test_a_wait_is_named_exactly_if_a_peer_gets_to_where_it_can_only_wait(
    lifecycle: ConnectionLifecycle, timers: list[Timer]
) -> None:
    reading = Reading(lifecycle)
    waits: dict[Side, int] = {}
    for view, far in quiet(reading).items():
        for side in Side:
            timed = any(
                timer == Timer.idle(3, of=side.other)
                or (timer == Timer.initialize(3) and not reading.is_open(view))
                for timer in timers
            )
            if not timed and owed(reading, view, side):
                waits[side] = min(far, waits.get(side, far))
    found = {
        Side(one.example.remark.split()[1]): len(one.example.path)
        for one in findings(replace(lifecycle, timers=timers), "waiting-without-timer")
    }
    assert found == waits


def quiet(reading: Reading) -> dict[View, int]:
    """Every view in common of peers who say nothing in vain, fatal errors aside."""

    def allowed(view: View, talk: Talk) -> bool:
        message = reading.messages[talk[1]]
        fatal = message.ambient and (message.ends or message == reading.lifecycle.close)
        return reading.would(view, talk) and not fatal

    return together(reading, allowed)


def owed(reading: Reading, view: View, side: Side) -> bool:
    """Whether ``side`` can say nothing until the other says something that leads on."""
    if reading.is_end(view):
        return False
    said = [
        (talk, after)
        for talk, after in reading.talks(view, reading.would)
        if not reading.messages[talk[1]].ambient
    ]
    if any(talk[0] is side for talk, _ in said):
        return False
    mine = [talk for talk in reading.said if talk[0] is side]
    return any(
        after.finished != view.finished
        or after.ended != view.ended
        or any(reading.may(after, talk) and not reading.may(view, talk) for talk in mine)
        for _, after in said
    )


@dataclass(frozen=True)
class OneKey:
    """What has come of one key.

    Attributes:
        mine: which channel of this key it is for its opener: 0 before the first.
        view: what has passed on it, for the opener.
        theirs: which channel it is for the other side.
        other: what has passed on it, for the other side.
        to_other: what is on its way there, each with the channel that is meant.
        to_opener: what is on its way back.
    """

    mine: int = 0
    view: View = NOTHING
    theirs: int = 0
    other: View = NOTHING
    to_other: tuple[tuple[int, Talk], ...] = ()
    to_opener: Queue = ()


@dataclass(frozen=True)
class Keys:
    """A channel, and what its opener does with one key."""

    channel: Channel

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.channel.lifecycle)

    def edges(self, key: OneKey) -> Iterator[tuple[OneKey, int]]:
        yield from ((after, 1) for after in self._said(key))
        yield from ((after, 0) for after in self._heard(key))

    def _said(self, key: OneKey) -> Iterator[OneKey]:
        opener, would = self.channel.opener, self.reading.would
        if len(key.to_other) < 3:
            for talk, after in self.reading.talks(key.view, would):
                if talk[0] is opener:
                    yield self._sends(key, max(key.mine, 1), talk, after)
            if key.mine == 1 and self._opens_again(key.view):
                for talk, after in self.reading.talks(View(), would):
                    yield self._sends(key, 2, talk, after)
        if key.theirs == 1 and len(key.to_opener) < 2:
            for talk, after in self.reading.talks(key.other, would):
                if talk[0] is opener.other:
                    yield replace(key, other=after, to_opener=(*key.to_opener, talk))

    def _heard(self, key: OneKey) -> Iterator[OneKey]:
        if key.to_other:
            (number, talk), *rest = key.to_other
            heard = self.reading.after(key.other if number == key.theirs else View(), talk)
            yield replace(key, theirs=number, other=heard, to_other=tuple(rest))
        if key.to_opener and key.mine == 1:
            heard = self.reading.after(key.view, key.to_opener[0])
            yield replace(key, view=heard, to_opener=key.to_opener[1:])

    def _sends(self, key: OneKey, number: int, talk: Talk, after: View) -> OneKey:
        return replace(key, mine=number, view=after, to_other=(*key.to_other, (number, talk)))

    def _over(self, view: View) -> bool:
        to_end = any(self.reading.messages[name].ends_both for _, name in view.passed)
        return to_end or all(self._ended(view, side) for side in Side)

    def _ended(self, view: View, side: Side) -> bool:
        """Whether ``side`` has said its last word on the channel, or has none left to say."""
        lifecycle = self.channel.lifecycle
        steps = {n for n, step in enumerate(lifecycle.opening) if step.side is side}
        close = lifecycle.close is not None and side in lifecycle.close.direction.senders
        silent = steps <= view.finished and not lifecycle.streaming(side) and not close
        return side in view.ended or silent

    def _opens_again(self, view: View) -> bool:
        reuse, over = self.channel.reuse, self._over(view)
        early = reuse is KeyReuse.IMMEDIATE and self._ended(view, self.channel.opener)
        return (early or (reuse is not KeyReuse.NEVER and over)) and (
            self.channel.max_open != 1 or over
        )


@st.composite
def hasty(draw: st.DrawFn) -> Channel:
    """A channel whose keys may be used again in any way, too early or not."""
    plain = draw(channels())
    reuse = draw(st.sampled_from(KeyReuse))
    # What is within one ends with it, and has no part in how its key is used.
    inside = replace(plain.lifecycle, channels=())
    limit = draw(st.sampled_from([1, 2]))
    return replace(plain, lifecycle=inside, reuse=reuse, max_open=limit)


@settings(max_examples=60)
@given(hasty())
def test_a_key_races_exactly_if_something_late_gets_to_an_opener_that_has_opened_it_again(
    channel: Channel,
) -> None:
    reached = distances(OneKey(), Keys(channel).edges, 6)
    races = [far for key, far in reached.items() if key.mine == 2 and key.to_opener]
    found = findings(ConnectionLifecycle(channels=[channel]), "reuse-race")
    assert [len(one.example.path) for one in found] == ([min(races)] if races else [])
