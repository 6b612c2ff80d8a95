"""For each fault the shortest conversation that shows it, written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["PROOFS", "Outcome", "Proof", "Said"]

Said: TypeAlias = "dict[str, Any] | bytes"
Outcome: TypeAlias = "tuple[str | int, ...]"
"""What a program does: kinds of messages, and the code with which it closes; 1006 for none."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A conversation with a program.

    Attributes:
        before: what is said to it, and the kinds of messages that it says, as correct ones do, too.
        last: what is said to it then; None for nothing.
        right: what a correct program does next.
        wrong: what the faulty one does next.
        owes: where no rule of the checker is broken: what in the description is.
        first: another conversation that has to be held on a connection before.
    """

    before: tuple[Said | str, ...] = ()
    last: Said | None = None
    right: Outcome
    wrong: Outcome
    owes: str = ""
    first: tuple[Said | str, ...] = ()

    @property
    def length(self) -> int:
        """The number of messages."""
        said = sum(isinstance(one, str) for one in self.wrong)
        return len(self.before) + (self.last is not None) + said


def m(kind: str, **fields: Any) -> Said:
    return {"type": kind, **fields}


IN = (m("login", token="t"), "welcome")
SHOWN = (*IN, m("line", text="x"), "caption")
SET = (*IN, m("configure"), "configured")
STOPPED = (*IN, m("stop"), "summary")

DUBBING = {
    "takes-text-before-login": Proof(last=m("line", text="x"), right=(4401,), wrong=()),
    "takes-anything-after-stop": Proof(
        before=STOPPED, last=m("line", text="x"), right=(4410,), wrong=()
    ),
    "takes-two-logins": Proof(before=IN, last=m("login", token="t"), right=(4429,), wrong=()),
    "configures-twice": Proof(before=SET, last=m("configure"), right=("refused",), wrong=()),
    "takes-corrections-of-nothing": Proof(
        last=m("correct", text="x"), right=("refused",), wrong=()
    ),
    "takes-unknown-kinds": Proof(last=m("nonsense"), right=(4400,), wrong=()),
    "takes-bodies-without-fields": Proof(last=m("pong"), right=(4400,), wrong=()),
    "takes-any-type-of-text": Proof(
        before=IN, last=m("line", text=1), right=(4400,), wrong=("caption",)
    ),
    "takes-any-speed": Proof(
        before=IN, last=m("configure", speed=100), right=(4400,), wrong=("configured",)
    ),
    "welcomes-unasked": Proof(right=(), wrong=("welcome",)),
    "speaks-after-summary": Proof(
        before=IN, last=m("stop"), right=("summary",), wrong=("summary", "caption")
    ),
    "captions-nothing": Proof(before=IN, right=(), wrong=("caption",)),
    "confirms-twice": Proof(before=SET, right=(), wrong=("configured",)),
    "says-unknown-kinds": Proof(
        before=IN, last=m("line", text="x"), right=("caption",), wrong=("subtitle",)
    ),
    "captions-without-text": Proof(
        before=IN, last=m("line", text="x"), right=("caption",), wrong=("caption",)
    ),
    "pongs-with-text": Proof(last=m("ping", n=1), right=("pong",), wrong=("pong",)),
    "voice-as-text": Proof(before=IN, last=b"\0", right=("binary",), wrong=("text",)),
    "speaker-as-object": Proof(
        before=IN, last=m("line", text="x", speaker="y"), right=("caption",), wrong=("caption",)
    ),
    "never-welcomes": Proof(
        last=m("login", token="t"), right=("welcome",), wrong=(), owes="a step of the opening"
    ),
    "never-pongs": Proof(last=m("ping", n=1), right=("pong",), wrong=(), owes="a reply"),
    "never-sums-up": Proof(
        before=IN, last=m("stop"), right=("summary",), wrong=(), owes="its last word"
    ),
    "hangs-up-at-stop": Proof(before=IN, last=m("stop"), right=("summary",), wrong=(1000,)),
    "closes-with-another-code": Proof(last=m("nonsense"), right=(4400,), wrong=(1003,)),
    "closes-with-an-undocumented-code": Proof(
        before=STOPPED, last=m("line", text="x"), right=(4410,), wrong=(4999,)
    ),
    "refuses-with-the-wrong-message": Proof(
        before=SET, last=m("configure"), right=("refused",), wrong=("configured",)
    ),
    "refuses-corrections": Proof(
        before=SHOWN, last=m("correct", text="y"), right=("caption",), wrong=(4401,)
    ),
    "refuses-the-first-configuration": Proof(
        before=IN,
        last=m("configure"),
        right=("configured",),
        wrong=("refused",),
        owes="what answers a breach is no answer to a legal message",
    ),
    "crashes-on-null": Proof(
        before=IN,
        last=m("configure", voice=None),
        right=("configured",),
        wrong=(1011,),
    ),
    "crashes-on-an-optional-field": Proof(
        before=IN,
        last=m("configure", words=["x"]),
        right=("configured",),
        wrong=(1011,),
    ),
    "crashes-on-empty-text": Proof(
        before=IN, last=m("line", text=""), right=("caption",), wrong=(1011,)
    ),
    "drops-other-alphabets": Proof(
        before=IN, last=m("line", text="é"), right=("caption",), wrong=(1006,)
    ),
    "crashes-on-long-text": Proof(
        before=IN, last=m("line", text="x" * 256), right=("caption",), wrong=(1011,)
    ),
    "crashes-on-no-audio": Proof(before=IN, last=b"", right=("binary",), wrong=(1011,)),
    "remembers-logins": Proof(
        first=IN, last=m("line", text="x"), right=(4401,), wrong=("caption",)
    ),
}


def entered(room: str) -> tuple[Said | str, ...]:
    return (m("enter", room=room), "entered")


def left(room: str) -> tuple[Said | str, ...]:
    return (m("leave", room=room), "left")


ROOMS = {
    "greets-twice": Proof(before=("hello",), right=(), wrong=("hello",)),
    "answers-a-room-that-was-left": Proof(
        before=("hello", *entered("a"), *left("a")), right=(), wrong=("heard",)
    ),
    "answers-in-the-room-before": Proof(
        before=("hello", *entered("a")),
        last=m("enter", room="b"),
        right=("entered",),
        wrong=("entered",),
    ),
    "folds-cases": Proof(
        before=("hello",), last=m("enter", room="A"), right=("entered",), wrong=("entered",)
    ),
    "ignores-unknown-rooms": Proof(
        before=("hello",), last=m("say", room="a", text="x"), right=("refused",), wrong=()
    ),
    "speaks-in-any-room": Proof(
        before=("hello",), last=m("say", room="a", text="x"), right=("refused",), wrong=("heard",)
    ),
    "opens-too-many": Proof(
        before=("hello", *entered("a"), *entered("b")),
        last=m("enter", room="c"),
        right=("refused",),
        wrong=("entered",),
    ),
    "opens-again": Proof(
        before=("hello", *entered("a"), *left("a")),
        last=m("enter", room="a"),
        right=(4409,),
        wrong=("entered",),
    ),
    "opens-twice": Proof(
        before=("hello", *entered("a")), last=m("enter", room="a"), right=(4409,), wrong=()
    ),
    "enters-twice": Proof(before=("hello", *entered("a")), right=(), wrong=("entered",)),
    "speaks-before-it-confirms": Proof(
        before=("hello",), last=m("enter", room="a"), right=("entered",), wrong=("heard",)
    ),
    "never-leaves": Proof(
        before=("hello", *entered("a")),
        last=m("leave", room="a"),
        right=("left",),
        wrong=(),
        owes="the last word of a channel",
    ),
    "forgets-the-reply": Proof(
        before=("hello",),
        last=m("who", id=1, name=""),
        right=("nobody",),
        wrong=(),
        owes="an answer",
    ),
    "answers-twice": Proof(
        before=("hello", m("who", id=1, name="x"), "found"), right=(), wrong=("nobody",)
    ),
    "counts-rooms-that-were-left": Proof(
        before=("hello", *entered("a"), *left("a"), *entered("b")),
        last=m("enter", room="c"),
        right=("entered",),
        wrong=("refused",),
        owes="what answers a breach is no answer to a legal message",
    ),
    "writes-the-key-elsewhere": Proof(
        before=("hello",), last=m("enter", room="a"), right=("entered",), wrong=("entered",)
    ),
}

SUBSCRIBED = (m("subscribe", topic="x"), "subscribed")
FEED = {
    "never-hangs-up": Proof(
        before=SUBSCRIBED,
        last=m("bye"),
        right=("farewell", 1000),
        wrong=("farewell",),
        owes="the close, which is the server's",
    ),
    "ends-in-an-error": Proof(
        before=SUBSCRIBED,
        last=m("bye"),
        right=("farewell", 1000),
        wrong=("farewell", 1011),
        owes="a normal code at the end of a conversation without any breach",
    ),
    "announces-another-code": Proof(last=m("more"), right=("failed", 4408), wrong=("failed", 1000)),
    "takes-acks-of-nothing": Proof(
        before=SUBSCRIBED, last=m("ack"), right=("failed", 4408), wrong=()
    ),
    "goes-on-after-its-error": Proof(
        last=m("more"), right=("failed", 4408), wrong=("failed", "item")
    ),
}

WELCOME = ("login", m("welcome", session="s"))
HELLO = (m("hello"), "enter")
INSIDE = (*HELLO, m("entered", room_id="lobby"), "say")
ITEMS = ("subscribe", m("subscribed"), "more")
CLIENTS = {
    "speaks-before-welcome": Proof(before=("login",), right=(), wrong=("line",)),
    "goes-on-though-overloaded": Proof(
        before=("login", m("overloaded"), m("welcome", session="s")),
        right=("stop",),
        wrong=("line",),
    ),
    "speaks-after-stop": Proof(before=(*WELCOME, "line", "stop"), right=(), wrong=("line",)),
    "stops-twice": Proof(before=(*WELCOME, "line", "stop"), right=(), wrong=("stop",)),
    "never-closes": Proof(
        before=(*WELCOME, "line", "stop"),
        last=m("summary", captions=1),
        right=(1000,),
        wrong=(),
        owes="the close, which is the client's",
    ),
    "bears-unknown-kinds": Proof(before=("login",), last=m("nonsense"), right=(4400,), wrong=()),
    "bears-invalid-bodies": Proof(before=("login",), last=m("pong"), right=(4400,), wrong=()),
    "bears-any-order": Proof(
        before=("login",), last=m("caption", text="x"), right=(4402,), wrong=()
    ),
    "complains-with-another-code": Proof(
        before=("login",), last=m("nonsense"), right=(4400,), wrong=(1008,)
    ),
    "forgets-pongs": Proof(
        before=("login",), last=m("ping", n=1), right=("pong",), wrong=(), owes="a reply"
    ),
    "speaks-before-it-is-inside": Proof(before=("enter",), right=(), wrong=("say",)),
    "enters-again": Proof(
        before=(*INSIDE, "leave", m("left", room_id="lobby")),
        right=("who",),
        wrong=("enter",),
    ),
    "leaves-twice": Proof(before=(*INSIDE, "leave"), right=(), wrong=("leave",)),
    "enters-too-many": Proof(before=("enter",), right=(), wrong=("enter", "enter")),
    "answers-in-any-room": Proof(
        before=("enter",), last=m("heard", room_id="attic", text="x"), right=(4402,), wrong=("say",)
    ),
    "acknowledges-nothing": Proof(before=ITEMS, right=("bye",), wrong=("ack",)),
    "hangs-up-after-goodbye": Proof(before=(*ITEMS, "bye"), right=(), wrong=(1000,)),
}

PROOFS = {**DUBBING, **ROOMS, **FEED, **CLIENTS}
