"""The draft of one endpoint: its lifecycle, and the remarks on each part of it."""

from __future__ import annotations

from collections.abc import Iterable

from schematic.compile import CompiledEndpoint
from schematic.define import (
    Breach,
    Channel,
    ChannelKey,
    CloseCode,
    Closing,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    OpeningStep,
    SchematicError,
    Side,
    Timer,
    WebSocketEndpoint,
)
from schematic.define.close_codes import is_close_code
from schematic.interchange.definition_source import Path
from schematic_engine.infer.bodies import Bodies
from schematic_engine.infer.channels import Talk, channels_of
from schematic_engine.infer.conversations import Conversation
from schematic_engine.infer.evidence import SURE, Evidence
from schematic_engine.infer.firsts import apart
from schematic_engine.infer.kinds import Kind, kinds_of
from schematic_engine.infer.order import order_of
from schematic_engine.infer.outliers import outliers
from schematic_engine.infer.requests import Asked
from schematic_engine.infer.timers import timers_of
from schematic_engine.infer.words import fails

__all__ = ["EndpointDraft"]

_DIRECTIONS = {
    Side.CLIENT: MessageDirection.CLIENT_TO_SERVER,
    Side.SERVER: MessageDirection.SERVER_TO_CLIENT,
}
_NORMAL = (1000, 1001, 1005)
_MOST_KINDS = 500
_MOST_OUTLIERS = 10


class EndpointDraft:
    """The draft of one endpoint.

    Attributes:
        endpoint: its description.
        notes: remarks on it, by their place.
    """

    def __init__(self, asked: Asked, name: str) -> None:
        self._conversations = asked.conversations
        heard = kinds_of(asked.conversations)
        self._kinds, self._steps = apart(heard.kinds, heard.steps)
        if len(self._kinds) > _MOST_KINDS:
            raise SchematicError(
                f"{asked.path} has more than {_MOST_KINDS} kinds of messages; nothing that could "
                "be told from the recordings says which of them are the same"
            )
        self._talks = channels_of(self._kinds, self._steps)
        carried = {kind for talk in self._talks for kind in talk.paths}
        strays = {kind for talk in self._talks for kind in talk.strays}
        self._order = order_of(self._kinds, asked.conversations, self._steps, carried, strays)
        self._bodies = Bodies()
        self._messages: dict[Kind, MessageSchema] = {}
        self.notes: dict[Path, list[str]] = {}
        if asked.remarks:
            self.notes["path",] = asked.remarks
        self.endpoint = WebSocketEndpoint(
            id=name,
            path=asked.path,
            connection_params=asked.params,
            subprotocols=asked.subprotocols,
            lifecycle=self._lifecycle(carried),
        )
        self.notes["id",] = self._unseen(self.endpoint.lifecycle)

    # ------------------------------------------------------------------------------ the lifecycle

    def _lifecycle(self, carried: set[Kind]) -> ConnectionLifecycle:
        order = self._order
        opening = [one.kind for one in order.opening]
        said_again = {one.kind for one in order.opening if one.again}
        listed: dict[Side, list[Kind]] = {side: [] for side in Side}
        for kind in self._kinds:
            free = kind not in opening or kind in said_again
            if free and kind is not order.close and kind not in carried:
                listed[kind.side].append(kind)
        for attribute, kinds in (
            ("streaming_messages", listed[Side.CLIENT]),
            ("server_messages", listed[Side.SERVER]),
        ):
            for place, kind in enumerate(kinds):
                at: Path = ("lifecycle", attribute, place)
                self._remark(at, kind)
                times = len(kind.samples)
                if SURE <= times == len(kind.sources) and self._message(kind).repeatable:
                    told = f"Never twice in {times} conversations: if that is a rule, write"
                    self.notes[at].append(f"{told} repeatable=False.")
        if order.close is not None:
            self._remark(("lifecycle", "close"), order.close)
        for place, one in enumerate(order.opening):
            self._remark(("lifecycle", "initialize", place), one.kind, one.evidence)
        return ConnectionLifecycle(
            initialize=[
                OpeningStep(*map(self._message, one.choice), gating=one.gating)
                for one in order.opening
            ]
            or None,
            streaming_messages=[self._message(kind) for kind in listed[Side.CLIENT]],
            close=None if order.close is None else self._message(order.close),
            server_messages=[self._message(kind) for kind in listed[Side.SERVER]],
            channels=[self._channel(talk, place) for place, talk in enumerate(self._talks)],
            timers=self._timers(),
            closing=self._closing(),
            on_breach=[
                OnBreach.ignore(Breach.EARLY, message=name)
                for talk in self._talks
                for name in self._strays(talk)
            ]
            if opening
            else (),
        )

    def _message(self, kind: Kind) -> MessageSchema:
        """A message of the connection."""
        if kind not in self._messages:
            order = self._order
            said_once = {one.kind for one in order.opening if not one.again} | order.finals
            gate = order.after.get(kind)
            self._messages[kind] = MessageSchema(
                id=kind.id,
                direction=_DIRECTIONS[kind.side],
                schema=self._bodies.schema(kind),
                repeatable=kind not in said_once and kind is not order.close,
                final=kind in order.finals,
                ambient=kind in order.ambient,
                after=() if gate is None else gate.id,
            )
        return self._messages[kind]

    def _channel(self, talk: Talk, place: int) -> Channel:
        """A channel, with remarks on it."""
        at: Path = ("lifecycle", "channels", place)
        said = f"{talk.keys} keys"
        evidence = Evidence(
            f"Messages with a key of their own ({said})",
            talk.conversations,
            len([one for one in self._conversations if one.said]),
            tuple(talk.where),
        )
        self.notes[at] = [evidence.in_words(self._conversations)]
        if talk.ends:
            most = f"Never more than {talk.most_open} at once: if that is a rule, write max_open=."
            self.notes[at].append(most)
        paths = {side: self._usual(talk, side) for side in Side}
        openers = [self._carried(talk, kind, paths) for kind in talk.openers]
        listed: dict[Side, list[Kind]] = {side: [] for side in Side}
        for kind in talk.paths:
            if kind not in talk.openers:
                listed[kind.side].append(kind)
        for attribute, kinds in (
            ("streaming_messages", listed[Side.CLIENT]),
            ("server_messages", listed[Side.SERVER]),
        ):
            for number, kind in enumerate(kinds):
                self._remark((*at, "lifecycle", attribute, number), kind)
                if kind in talk.last:
                    times, of = talk.last[kind]
                    told = f"The last of its side on a key {times} of {of} times."
                    self.notes[(*at, "lifecycle", attribute, number)].append(told)
        return Channel(
            id=talk.name,
            key=ChannelKey(client=paths[Side.CLIENT], server=paths[Side.SERVER]),
            lifecycle=ConnectionLifecycle(
                initialize=OpeningStep(*openers),
                streaming_messages=[
                    self._carried(talk, kind, paths) for kind in listed[Side.CLIENT]
                ],
                server_messages=[self._carried(talk, kind, paths) for kind in listed[Side.SERVER]],
            ),
            ignores=self._strays(talk),
        )

    def _strays(self, talk: Talk) -> list[str]:
        """What is ignored where no channel of its key is open."""
        return [kind.id for kind in talk.paths if kind in talk.strays]

    def _carried(self, talk: Talk, kind: Kind, paths: dict[Side, str | None]) -> MessageSchema:
        """A message of a channel."""
        path = talk.paths[kind]
        leaves = kind in talk.leaves
        return MessageSchema(
            id=kind.id,
            direction=_DIRECTIONS[kind.side],
            schema=self._bodies.schema(kind),
            final=kind in talk.ends and not leaves,
            ends_both=leaves,
            key=None if path in ("", paths[kind.side]) else path,
        )

    def _usual(self, talk: Talk, side: Side) -> str | None:
        """Where the messages of ``side`` mostly have the key of a channel."""
        paths = [path for kind, path in talk.paths.items() if kind.side is side and path]
        return max(sorted(set(paths)), key=paths.count, default=None)

    def _timers(self) -> list[Timer]:
        """The timers that were seen, with remarks on them."""
        waited = [one.kind.side for one in self._order.opening if one.gating]
        found = timers_of(self._conversations, opens=waited[0] if waited else None)
        for place, (_, evidence) in enumerate(found):
            self.notes["lifecycle", "timers", place] = [evidence.in_words(self._conversations)]
        return [timer for timer, _ in found]

    # -------------------------------------------------------------------------------- the remarks

    def note_outliers(self, endpoint: CompiledEndpoint) -> None:
        """Remark which of the conversations do not keep the order that was made of them."""
        found = list(outliers(endpoint, self._conversations))
        if found:
            told = "; ".join(
                f"{talk.source} line {line} ({message or 'unknown'})"
                for talk, line, message in found[:_MOST_OUTLIERS]
            )
            self.notes["id",].append(
                f"{len(found)} of {len(self._conversations)} conversations do not keep this order; "
                f"they are wrong, or it is: {told}."
            )

    def _remark(self, at: Path, kind: Kind, *more: Evidence) -> None:
        """What speaks for a message, and for what is said about it."""
        times = f"{len(kind.samples)} times" if len(kind.samples) > 1 else "once"
        seen = Evidence(
            f"Told by {kind.why}; seen {times}",
            len(kind.sources),
            len(self._conversations),
            self._seen(kind),
        )
        order = self._order
        said = [seen, *order.evidence.get(kind, ()), *more]
        self.notes[at] = [
            one.in_words(self._conversations, before)
            for one, before in zip(said, [None, *said], strict=False)
        ]
        if kind in order.ambient and kind not in order.evidence:
            what = "an error" if fails(kind.id) else "a sign of life"
            self.notes[at].append(f"Called like {what}, so it may come at any moment.")

    def _seen(self, kind: Kind) -> tuple[tuple[int, int], ...]:
        first: dict[int, int] = {}
        for number in sorted(kind.sources)[:3]:
            first[number] = next(
                step.sample.said.line for step in self._steps[number] if step.kind is kind
            )
        return tuple(first.items())

    def _closing(self) -> Closing:
        """Who closes, and with which codes."""
        first = [one.closes[0] for one in self._conversations if one.closes]
        sides = {one.side for one in first if one.code in _NORMAL}
        codes: dict[int, set[Side]] = {}
        for one in first:
            if is_close_code(one.code) or one.code == 1005:
                codes.setdefault(one.code, set()).add(one.side)
        return Closing(
            by=sides.pop() if len(sides) == 1 and len(first) > 1 else None,
            codes=[
                CloseCode(
                    code=code,
                    meaning="seen in recordings",
                    by=next(iter(by)) if len(by) == 1 else None,
                    normal=code in _NORMAL,
                )
                for code, by in sorted(codes.items())
            ],
        )

    def _unseen(self, lifecycle: ConnectionLifecycle) -> list[str]:
        """What no recording shows."""
        order = self._order
        missing = [
            word
            for word, there in (
                ("an opening", order.opening),
                ("a close message", order.close),
                ("a final message of the server", order.finals),
                ("an error", [kind for kind in self._kinds if fails(kind.id)]),
                ("channels", self._talks),
                ("a silence that somebody ended", lifecycle.timers),
                ("a close frame", [one for one in self._conversations if one.closes]),
            )
            if not there
        ]
        unasked = [
            one.kind for one in order.opening if one.kind.side is Side.SERVER and not one.gating
        ]
        told = [f"Never seen: {', '.join(missing)}."] if missing else []
        if unasked:
            told.append(
                f"Whether the client has to wait for {unasked[0].id} cannot be seen in recordings; "
                "if it has to, leave out gating=False."
            )
        told.extend(_cut_short(self._conversations))
        return told


def _cut_short(conversations: Iterable[Conversation]) -> list[str]:
    partial = [one for one in conversations if not one.in_order]
    if not partial:
        return []
    told = (
        f"{len(partial)} conversations were not recorded from their beginning, or not in full: "
        "they say nothing about the order."
    )
    return [told]
