"""Two versions at one connection, with messages on their way: what breaks breaks in the report.

The peers read their own description by themselves (see `support.peers`). Each says what its own
description lets it say, and judges what it hears by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, MessageSchema, OpeningStep, Side
from schematic.compile import compile_endpoint
from schematic.compile.diff import Effect, compatible
from schematic.compile.diff.meeting import SILENCE
from support.lifecycles import bound, lifecycles, message
from support.peers import Reading, Talk, View, distances

NEAR = 4
"""How many messages are said at most; what breaks later is not looked for."""


@dataclass(frozen=True)
class Apart:
    """What has passed at each peer, what is on its way to it, and what nobody expected."""

    client: View
    server: View
    to_client: tuple[Talk, ...] = ()
    to_server: tuple[Talk, ...] = ()
    broken: str = ""


@dataclass(frozen=True)
class Versions:
    """A client of one version and a server of another."""

    client: Reading
    server: Reading

    def edges(self, apart: Apart) -> Iterator[tuple[Apart, int]]:
        if apart.broken:
            return
        for talk, after in self.client.talks(apart.client, self.client.would):
            if talk[0] is Side.CLIENT and len(apart.to_server) < 2:
                yield replace(apart, client=after, to_server=(*apart.to_server, talk)), 1
        for talk, after in self.server.talks(apart.server, self.server.would):
            if talk[0] is Side.SERVER and len(apart.to_client) < 2:
                yield replace(apart, server=after, to_client=(*apart.to_client, talk)), 1
        if apart.to_client:
            yield self._at_client(apart, *apart.to_client), 0
        if apart.to_server:
            yield self._at_server(apart, *apart.to_server), 0

    def _at_client(self, apart: Apart, talk: Talk, *rest: Talk) -> Apart:
        if talk not in self.client.said:  # not known, so passed over
            return replace(apart, to_client=rest)
        if not self.client.may(apart.client, talk):
            return replace(apart, broken=talk[1])
        return replace(apart, client=self.client.after(apart.client, talk), to_client=rest)

    def _at_server(self, apart: Apart, talk: Talk, *rest: Talk) -> Apart:
        if not self.server.may(apart.server, talk):
            return replace(apart, broken=talk[1])
        return replace(apart, server=self.server.after(apart.server, talk), to_server=rest)


@st.composite
def versions(draw: st.DrawFn) -> tuple[ConnectionLifecycle, ConnectionLifecycle]:
    """A lifecycle, and one that some changes have made of it."""
    old = draw(lifecycles())

    def changed(one: MessageSchema) -> MessageSchema | None:
        change = draw(st.sampled_from(["", "", "", "gone", "once", "final", "after", "until"]))
        if change == "gone" or one.direction.senders == tuple(Side):
            return None
        names = [other.id for other in old.messages]
        rivals = [
            o.id for o in old.messages if one.direction.senders[0].other in o.direction.senders
        ]
        fields: dict[str, dict[str, Any]] = {
            "once": {"repeatable": not one.repeatable},
            "final": {"final": not one.final},
            "after": {"after": draw(st.sampled_from(names))},
            "until": {
                "until": draw(st.lists(st.sampled_from(rivals), max_size=1)) if rivals else ()
            },
        }
        return replace(one, **fields.get(change, {}))

    kept = {one.id: changed(one) for one in old.messages}
    steps = [
        OpeningStep(*chosen, gating=step.gating != (draw(st.integers(0, 3)) == 0))
        for step in old.opening
        if (chosen := [made for one in step.messages if (made := kept[one.id])])
    ]
    if draw(st.booleans()):
        steps = draw(st.permutations(steps))
    more = [message("Fresh", draw(st.sampled_from(Side)))] if draw(st.booleans()) else []
    lists = [
        [made for one in listed if (made := kept[one.id])]
        for listed in (old.streaming_messages, old.server_messages)
    ]
    for one in more:
        lists[one.direction.senders[0] is Side.SERVER].append(one)
    new = replace(
        old,
        initialize=steps,
        streaming_messages=lists[0],
        close=old.close if old.close is None else kept[old.close.id],
        server_messages=lists[1],
    )
    return old, without_dangling(new)


def without_dangling(lifecycle: ConnectionLifecycle) -> ConnectionLifecycle:
    """The same without references to messages that it has not got."""
    senders = {one.id: one.direction.senders for one in lifecycle.messages}

    def mended(one: MessageSchema) -> MessageSchema:
        return replace(
            one,
            after=[name for name in one.after if name in senders],
            until=[
                name
                for name in one.until
                if all(side.other in senders.get(name, ()) for side in one.direction.senders)
            ],
        )

    return replace(
        lifecycle,
        initialize=[
            OpeningStep(*map(mended, s.messages), gating=s.gating) for s in lifecycle.opening
        ],
        streaming_messages=list(map(mended, lifecycle.streaming_messages)),
        close=lifecycle.close and mended(lifecycle.close),
        server_messages=list(map(mended, lifecycle.server_messages)),
    )


@settings(max_examples=80)
@given(versions())
def test_the_shortest_conversation_that_breaks_is_as_short_as_any_with_messages_on_their_way(
    both: tuple[ConnectionLifecycle, ConnectionLifecycle],
) -> None:
    old, new = map(compile_endpoint, map(bound, both))
    readings: dict[str, Reading] = dict(zip(["old", "new"], map(Reading, both), strict=True))
    for peering in compatible(old, new):
        pair = Versions(readings[peering.client], readings[peering.server])
        reached = distances(Apart(View(), View()), pair.edges, NEAR)
        broken = [far for apart, far in reached.items() if apart.broken]
        breaks = [
            len(one.example.path)
            for one in peering.differences
            if one.effect is Effect.BREAKS and one.subject != SILENCE
        ]
        nearest = min(breaks, default=NEAR + 1)
        assert min(broken, default=NEAR + 1) == min(nearest, NEAR + 1)


@given(lifecycles())
def test_a_version_is_compatible_with_itself(lifecycle: ConnectionLifecycle) -> None:
    endpoint = compile_endpoint(bound(lifecycle))
    for peering in compatible(endpoint, endpoint):
        assert [one for one in peering.differences if one.subject != SILENCE] == []
