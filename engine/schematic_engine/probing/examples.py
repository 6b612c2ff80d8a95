"""An example for each rule of the prober: a conversation that breaks it, of an API made for that.

``schematic rules ID`` shows them. They are held by the prober itself, with a scripted server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.define import (
    AutoReply,
    Breach,
    Closing,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    OpeningStep,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.conformance.rules import Rule
from schematic_engine.probing import rules
from schematic_engine.probing.planning.plan import Flaw, Plan, Say, Wrong
from schematic_engine.probing.reporting.report import finding_of
from schematic_engine.probing.reporting.text import finding_in_words
from schematic_engine.probing.talking import charges
from schematic_engine.probing.talking.outcome import Outcome
from schematic_engine.probing.talking.stage import DEAF, HANG_UP, Act, staged

__all__ = [
    "EXAMPLES",
    "Bye",
    "Echo",
    "End",
    "Example",
    "Hello",
    "Ping",
    "Pong",
    "Say_",
    "Welcome",
    "echoing",
    "example_of",
]


class Hello(msgspec.Struct, tag="hello"):
    """The client's first message."""


class Welcome(msgspec.Struct, tag="welcome"):
    """The server's first message."""


class Say_(msgspec.Struct, tag="say"):  # noqa: N801  # the prober has a Say
    """Something to be echoed."""

    text: str


class Echo(msgspec.Struct, tag="echo"):
    """The same text."""

    text: str


class Ping(msgspec.Struct, tag="ping"):
    """Asks for a pong."""


class Pong(msgspec.Struct, tag="pong"):
    """Answers a ping."""


class Bye(msgspec.Struct, tag="bye"):
    """The client is done."""


class End(msgspec.Struct, tag="end"):
    """The server is, too, and closes."""


def echoing() -> CompiledEndpoint:
    """A small API in which every rule can be broken."""
    client, server = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT

    def message(direction: MessageDirection, body: type, **flags: Any) -> MessageSchema:
        name = body.__name__.rstrip("_")
        return MessageSchema(id=name, direction=direction, schema=Schema(body), **flags)

    lifecycle = ConnectionLifecycle(
        initialize=[
            OpeningStep(message(client, Hello, repeatable=False)),
            OpeningStep(message(server, Welcome)),
        ],
        streaming_messages=[message(client, Say_), message(client, Ping)],
        close=message(client, Bye),
        server_messages=[
            message(server, Echo, after="Say"),
            message(server, Pong, replies=AutoReply(to="Ping")),
            message(server, End, final=True, after="Bye"),
        ],
        closing=Closing(by=Side.SERVER),
        on_breach=[OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID)],
    )
    endpoint = WebSocketEndpoint(id="Echo", path="/echo", lifecycle=lifecycle)
    api = WebSocketApi(name="Echoing", base_url="wss://echo.example", endpoints=[endpoint])
    return compile_endpoint(api.endpoint("Echo"))


class Example(msgspec.Struct, frozen=True):
    """A conversation that breaks a rule.

    Attributes:
        says: the messages that the prober says, by their kinds.
        answers: what the other side does about each kind; about the empty one, at the beginning.
        wrong: the illegal step.
        prober: the side that the prober speaks for.
        problem: why there is no conversation at all.
    """

    says: tuple[str, ...]
    answers: Mapping[str, tuple[Act, ...]]
    wrong: Wrong | None = None
    prober: Side = Side.CLIENT
    problem: str = ""

    def outcome(self) -> Outcome:
        """What comes of it."""
        if self.problem:
            return Outcome((), (), charges.unreachable(self.prober.other, self.problem))

        def script(payload: str | bytes | None) -> tuple[Act, ...]:
            kind = "" if payload is None else msgspec.json.decode(payload)["type"]
            return self.answers.get(kind, ())

        says = tuple(Say(kind.capitalize(), _BODIES[kind].encode()) for kind in self.says)
        return staged(Plan(says, self.wrong), echoing(), script, prober=self.prober)


def _body(kind: str, **fields: str) -> str:
    return msgspec.json.encode({"type": kind, **fields}).decode()


_BODIES = {kind: _body(kind) for kind in ("hello", "welcome", "ping", "pong", "bye", "end")}
_BODIES["say"], _BODIES["echo"] = _body("say", text="Hi"), _body("echo", text="Hi")
_WELCOMES = {"hello": (_BODIES["welcome"],)}
_ENDS = {**_WELCOMES, "bye": (_BODIES["end"], 1000)}
_EARLY = Wrong(Flaw.EARLY, "Say", _BODIES["say"].encode(), is_text=True)
_UNKNOWN = Wrong(Flaw.UNKNOWN, "", _body("nonsense").encode(), is_text=True)

EXAMPLES: dict[Rule, Example] = {
    rules.NO_REPLY: Example(("hello",), {}),
    rules.NO_AUTOMATIC_REPLY: Example(("hello", "ping"), _WELCOMES),
    rules.NO_LAST_MESSAGE: Example(("hello", "bye"), {**_WELCOMES, "bye": (1000,)}),
    rules.REFUSED_LEGAL: Example(("hello", "say"), {**_WELCOMES, "say": (1011,)}),
    rules.NOT_CLOSED: Example(("hello", "bye"), {**_WELCOMES, "bye": (_BODIES["end"],)}),
    rules.CLOSE_UNANSWERED: Example(("hello",), {"hello": (DEAF, *_WELCOMES["hello"])}),
    rules.LOST: Example(("hello", "say"), {**_WELCOMES, "say": (HANG_UP,)}),
    rules.UNREACHABLE: Example((), {}, problem="Connection refused"),
    rules.CLOSED_EARLY: Example(
        ("welcome",),
        {"": (_BODIES["hello"],), "welcome": (_BODIES["bye"], 1000)},
        prober=Side.SERVER,
    ),
    rules.ACCEPTED: Example((), {"say": (_BODIES["echo"],)}, _EARLY),
    rules.REFUSED_OTHERWISE: Example((), {"nonsense": (1000,)}, _UNKNOWN),
}
"""The example of each rule."""


def example_of(rule: Rule) -> str:
    """The example of a rule as text: the conversation, and what the prober says of it."""
    example = EXAMPLES[rule]
    outcome = example.outcome()
    return "\n".join(finding_in_words(echoing(), finding_of(Plan((), example.wrong), outcome)))
