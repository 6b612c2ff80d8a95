"""Two peers that go by a description as its documentation tells it, and queues between them.

An independent reading of the rules of order: nothing here knows of charts, tables or marks. It is
slow and obvious on purpose, and explores all that may happen, so it can judge what the compiler
makes of small lifecycles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias, TypeVar

from schematic import ConnectionLifecycle, MessageSchema, OpeningStep, Side

__all__ = ["Reading", "Talk", "View", "distances"]

Talk: TypeAlias = tuple[Side, str]
"""Who says what."""

N = TypeVar("N", bound=Hashable)


@dataclass(frozen=True)
class View:
    """What has passed at one place, as far as any rule asks about it.

    Attributes:
        finished: the numbers of the opening steps that are finished.
        ended: the sides that have said their last word.
        passed: what has been said, by whom.
    """

    finished: frozenset[int] = frozenset()
    ended: frozenset[Side] = frozenset()
    passed: frozenset[Talk] = frozenset()


@dataclass(frozen=True)
class Reading:
    """A lifecycle, or that of a channel under one key, read by the rules of the documentation."""

    lifecycle: ConnectionLifecycle

    @cached_property
    def messages(self) -> dict[str, MessageSchema]:
        """The messages by id."""
        return {message.id: message for message in self.lifecycle.messages}

    @cached_property
    def said(self) -> tuple[Talk, ...]:
        """Everything that anybody may ever say."""
        return tuple((side, m.id) for m in self.lifecycle.messages for side in m.direction.senders)

    @cached_property
    def _asked_about(self) -> frozenset[str]:
        """The messages of which some rule asks whether they have passed."""
        names = {m.id for m in self.lifecycle.messages if m.ends_both or not m.repeatable}
        for message in self.lifecycle.messages:
            names |= {*message.after, *message.until}
        return frozenset(names)

    def may(self, view: View, talk: Talk) -> bool:
        """Rules 1 to 4: whether this is legal where ``view`` is what has passed."""
        side, message = talk[0], self.messages.get(talk[1])
        if message is None or side not in message.direction.senders:
            return False
        if side in view.ended and not message.after_end:
            return False
        if any(self._awaited(side, name) not in view.passed for name in message.after):
            return False
        if not message.repeatable and talk in view.passed:
            return False
        return message.ambient or (side not in view.ended and self._in_turn(view, side, message))

    def would(self, view: View, talk: Talk) -> bool:
        """Whether a sender that knows of all in ``view`` says this."""
        side, message = talk[0], self.messages[talk[1]]
        heard = {name for who, name in view.passed if who is side.other}
        asked_to_end = any(self.messages[name].ends_both for name in heard)
        return self.may(view, talk) and not asked_to_end and not heard & set(message.until)

    def after(self, view: View, talk: Talk) -> View:
        """What has passed once this has, too."""
        side, message = talk[0], self.messages[talk[1]]
        if message.id in self._asked_about:
            view = replace(view, passed=view.passed | {talk})
        if message.ends or message == self.lifecycle.close:
            return replace(view, ended=view.ended | {side})
        step = self._next_step(view, side)
        if step is not None and message in self.lifecycle.opening[step].messages:
            return replace(view, finished=view.finished | {step})
        return view

    def is_open(self, view: View) -> bool:
        """Whether every gating step is finished."""
        return all(
            index in view.finished
            for index, step in enumerate(self.lifecycle.opening)
            if step.gating
        )

    def has_last(self, side: Side) -> bool:
        """Whether ``side`` has a last message to say once the opening is over."""
        close = self.lifecycle.close
        return any(
            (message.ends or message == close) and not message.ambient
            for message in (*self.lifecycle.streaming(side), *((close,) if close else ()))
            if side in message.direction.senders
        )

    def is_end(self, view: View) -> bool:
        """Whether nobody owes anything any more."""
        if any(self.messages[name].ends_both for _, name in view.passed):
            return True
        if not self.is_open(view):
            return bool(view.ended)
        return all(side in view.ended or not self.has_last(side) for side in Side)

    def talks(
        self, view: View, allowed: Callable[[View, Talk], bool]
    ) -> Iterator[tuple[Talk, View]]:
        """What ``allowed`` lets be said in ``view``, and the view afterwards."""
        for talk in self.said:
            if allowed(view, talk):
                yield talk, self.after(view, talk)

    def _in_turn(self, view: View, side: Side, message: MessageSchema) -> bool:
        step = self._next_step(view, side)
        steps = self.lifecycle.opening if step is None else self.lifecycle.opening[:step]
        gates_open = all(index in view.finished for index, one in enumerate(steps) if one.gating)
        if step is not None:
            return gates_open and message in self.lifecycle.opening[step].messages
        streaming = (*self.lifecycle.streaming(side), self.lifecycle.close)
        return gates_open and message in streaming

    def _next_step(self, view: View, side: Side) -> int | None:
        own = (
            index
            for index, step in enumerate(self.lifecycle.opening)
            if _belongs(step, side) and index not in view.finished
        )
        return next(own, None)

    def _awaited(self, side: Side, name: str) -> Talk:
        """Whose ``name`` is meant: of both sides' messages, the other side's."""
        senders = self.messages[name].direction.senders
        return (side.other if side.other in senders else side, name)


def _belongs(step: OpeningStep, side: Side) -> bool:
    return step.side is side


def distances(start: N, edges: Callable[[N], Iterator[tuple[N, int]]], most: int) -> dict[N, int]:
    """Everything that can be reached, with how many messages it takes, at most ``most``."""
    found: dict[N, int] = {}
    queue: deque[tuple[N, int]] = deque([(start, 0)])
    while queue:
        node, far = queue.popleft()
        if node in found and found[node] <= far:
            continue
        found[node] = far
        for after, cost in edges(node):
            if far + cost <= most and found.get(after, most + 1) > far + cost:
                (queue.append if cost else queue.appendleft)((after, far + cost))
    return found
