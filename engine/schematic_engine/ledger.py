"""`Ledger`: which messages the peer is known to have, and which were never written.

A connection is one stream of bytes in order. So what shows that the peer has one message shows
that it has all before it, and three numbers tell everything: how many are known to have arrived,
how many more were written, and how many were not, or not to their last byte.

Evidence is what only a peer that has read so far can send:

* the pong that repeats the payload of a ping sent afterwards (RFC 6455, section 5.5.3);
* a close frame with the code of ours, when ours had been sent (section 5.5.1). A peer that closes
  by itself at the same moment with the same code looks alike, so this counts only where the
  description does not say that it is the peer who closes;
* a message that the description allows only after one of ours: after a gating step of the opening,
  or `after` it by name;
* any message on a channel that this side alone opens, for the message that opened it.

Being written is no evidence: it means that the operating system, or the transport, took it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import ConnectionLifecycle, Side
from schematic_engine.delivery import Delivery, Sent
from schematic_engine.keyed import ChannelStep, Keys
from schematic_engine.machine import Machine

__all__ = ["Ledger", "Proofs", "follow_channels", "proofs_of"]

Proofs: TypeAlias = Mapping[str, tuple[tuple[str, ...], ...]]
"""By the id of a message of the peer: of each of these groups it must have read one of ours."""

_MOST_PINGS: Final = 64
_MOST_CHANNELS: Final = 1024


class Ledger:
    """Notes what is sent, and what shows that it has arrived.

    Args:
        limit: how many messages without evidence are remembered. What happened to older ones is
            counted; if it comes to that, as written, which is the weaker claim.

    Attributes:
        count: how many messages were sent.
        messages: the last of them: where each ends, its id, and its key.
    """

    __slots__ = (
        "_channels",
        "_firsts",
        "_pings",
        "_proofs",
        "_received",
        "_unsaid",
        "count",
        "messages",
    )

    def __init__(self, limit: int) -> None:
        self.messages: deque[tuple[int, str, Keys | None]] = deque(maxlen=limit)
        self.count = 0
        self._received = 0
        self._proofs: Proofs = {}
        self._unsaid: set[str] = set()  # kinds of which the number of the first is to be noted
        self._firsts: dict[str, int] = {}  # and those numbers
        self._pings: dict[bytes, int] = {}  # how many messages were sent before it
        self._channels: dict[object, int] = {}  # the number of the message that opened it

    def trust(self, proofs: Proofs) -> None:
        """From here on ``proofs`` is what messages of the peer show; see `proofs_of`."""
        self._proofs = proofs
        self._unsaid = {name for groups in proofs.values() for group in groups for name in group}

    def sent(self, end: int, name: str, key: Keys | None) -> None:
        """A message is queued, and ends ``end`` bytes after the beginning of all that is sent."""
        self.count += 1
        self.messages.append((end, name, key))
        if name in self._unsaid:
            self._unsaid.remove(name)
            self._firsts[name] = self.count

    def jumped(self, start: int, size: int) -> None:
        """``size`` bytes go out before what was queued behind the first ``start`` bytes."""
        sent = self.messages
        for index in range(len(sent) - 1, -1, -1):
            end, name, key = sent[index]
            if end <= start:
                break
            sent[index] = (end + size, name, key)

    def pinged(self, payload: bytes) -> None:
        """A ping is queued. Nobody has to ask for a pong without content, so it shows nothing."""
        if payload:
            self._pings.setdefault(payload, self.count)
            if len(self._pings) > _MOST_PINGS:
                del self._pings[next(iter(self._pings))]

    def ponged(self, payload: bytes) -> None:
        """A pong has come."""
        self._confirm(self._pings.pop(payload, 0))

    def opening(self, channel: object) -> None:
        """The message that is queued next opens ``channel``."""
        if channel not in self._channels:
            self._channels[channel] = self.count + 1
            if len(self._channels) > _MOST_CHANNELS:
                del self._channels[next(iter(self._channels))]

    def answered(self, channel: object) -> None:
        """The peer has said something on ``channel``."""
        self._confirm(self._channels.get(channel, 0))

    def answered_all(self) -> None:
        """The peer has answered our close frame."""
        self._confirm(self.count)

    def report(self, gone: int, heard: Iterable[str]) -> Delivery:
        """The account.

        Args:
            gone: how many bytes were written since the beginning.
            heard: the ids of the messages that have come from the peer.
        """
        for name in heard:
            for group in self._proofs.get(name, ()):
                numbers = [self._firsts[one] for one in group if one in self._firsts]
                self._confirm(min(numbers, default=0))
        forgotten = self.count - len(self.messages)
        written = max(self._received, forgotten)
        for number, (end, _, _) in enumerate(self.messages, start=forgotten + 1):
            if end <= gone:
                written = max(written, number)
        return Delivery(
            received=self._received,
            written=written - self._received,
            unwritten=self.count - written,
            messages=tuple(
                Sent(number, name, key)
                for number, (_, name, key) in enumerate(self.messages, start=forgotten + 1)
            ),
        )

    def _confirm(self, number: int) -> None:
        """The first ``number`` messages have arrived."""
        self._received = max(self._received, number)
        while self.messages and self.count - len(self.messages) < self._received:
            self.messages.popleft()


def follow_channels(machine: Machine, role: Side, ledger: Ledger) -> None:
    """Has ``ledger`` told what happens on the channels that ``role`` alone opens."""
    own = {
        number
        for number, states in enumerate(machine.channels)
        if states.spec.opener is role and not states.spec.mixed
    }
    watch = machine.watch

    def note(side: Side, step: ChannelStep) -> None:
        if watch is not None:
            watch(side, step)
        if step.channel not in own or step.name is None:
            return
        if side is not role:
            ledger.answered((step.channel, step.was or step.name))
        elif machine.channels[step.channel].state(step.name) is None:
            ledger.opening((step.channel, step.name))

    if own:
        machine.watch = note


@lru_cache(maxsize=256)
def proofs_of(endpoint: CompiledEndpoint, role: Side) -> Proofs:
    """What each message of ``role``'s peer shows to have arrived there, by its id."""
    lifecycle = endpoint.endpoint.lifecycle
    mine = {m.id for m in lifecycle.messages if role in m.direction.senders}
    proofs: dict[str, tuple[tuple[str, ...], ...]] = {}
    for message in lifecycle.messages:
        if role.other not in message.direction.senders:
            continue
        groups: list[tuple[str, ...]] = [(name,) for name in message.after if name in mine]
        if not message.ambient:
            groups += _steps_before(lifecycle, role, message.id)
        if groups:
            proofs[message.id] = tuple(groups)
    return proofs


def _steps_before(
    lifecycle: ConnectionLifecycle, role: Side, name: str
) -> Iterator[tuple[str, ...]]:
    """``role``'s gating steps that are done when its peer says ``name``."""
    for step in lifecycle.opening:
        ids = tuple(message.id for message in step.messages)
        if step.side is role.other and name in ids:
            return
        if step.side is role and step.gating:
            yield ids
