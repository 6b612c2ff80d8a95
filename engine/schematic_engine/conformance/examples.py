"""An example for each rule: the smallest recording that breaks it, of an API made up for that.

``schematic rules ID`` and the documentation show them, with what the checker says of them. A test
takes every line out of every example in turn, and finds the rule no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec

from schematic.compile import compile_endpoint
from schematic.define import (
    Breach,
    Channel,
    CloseNotice,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    MessageDirection,
    MessageSchema,
    OnBreach,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.conformance import rules
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.examine import examine
from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.rules import Rule, Severity
from schematic_engine.conformance.shown import Trace
from schematic_engine.conformance.vantage import Vantage

__all__ = [
    "EXAMPLES",
    "Cancel",
    "Caption",
    "Done",
    "Example",
    "Failure",
    "Line",
    "Open",
    "Other",
    "Part",
    "Pause",
    "Start",
    "Stop",
    "captions",
    "example_of",
]

_CLIENT = MessageDirection.CLIENT_TO_SERVER
_SERVER = MessageDirection.SERVER_TO_CLIENT


class Start(msgspec.Struct, tag="start"):
    """The client's first message."""

    language: str = "en"


class Line(msgspec.Struct, tag="line"):
    """Something to caption."""

    text: str


class Stop(msgspec.Struct, tag="stop"):
    """The client is done."""


class Caption(msgspec.Struct, tag="caption"):
    """A caption."""

    text: str


class Pause(msgspec.Struct, tag="pause"):
    """The server wants no more lines."""


class Failure(msgspec.Struct, tag="failure"):
    """The server gives up, and closes with ``code``."""

    code: int


class Done(msgspec.Struct, tag="done"):
    """The server is done."""


class Open(msgspec.Struct, tag="open"):
    """A job begins."""

    job: str


class Cancel(msgspec.Struct, tag="cancel"):
    """A job is not wanted any more."""

    job: str


class Part(msgspec.Struct, tag="part"):
    """A part of a job's result."""

    job: str


class Other(msgspec.Struct, tag="other"):
    """Something that may come before the opening, and is ignored then."""

    kind: Literal["x"] = "x"


def captions() -> WebSocketApi:
    """An API of captions, with a little of everything that can go wrong."""

    def message(direction: MessageDirection, body: type, **flags: Any) -> MessageSchema:
        return MessageSchema(id=body.__name__, direction=direction, schema=Schema(body), **flags)

    job = ConnectionLifecycle(
        initialize=message(_CLIENT, Open),
        streaming_messages=[message(_CLIENT, Cancel, ends_both=True)],
        server_messages=[message(_SERVER, Part)],
    )
    lifecycle = ConnectionLifecycle(
        initialize=message(_CLIENT, Start),
        streaming_messages=[
            message(_CLIENT, Line, until="Pause"),
            message(_CLIENT, Other),
        ],
        close=message(_CLIENT, Stop),
        server_messages=[
            message(_SERVER, Caption),
            message(_SERVER, Pause),
            message(_SERVER, Failure, closes=CloseNotice(code="code"), ambient=True, final=True),
            message(_SERVER, Done, final=True, after="Stop"),
        ],
        channels=[Channel(id="Job", key="job", lifecycle=job)],
        on_breach=[
            OnBreach.ignore(Breach.EARLY, message="Other"),
            OnBreach.close(4400, Breach.UNKNOWN),
        ],
    )
    endpoint = WebSocketEndpoint(
        id="Live",
        path="/captions",
        subprotocols="captions.v1",
        connection_params=[
            ConnectionParam(name="room", param_type=ParamType.STRING, required=True),
            ConnectionParam(name="speed", param_type=ParamType.FLOAT),
            ConnectionParam(name="pace", param_type=ParamType.FLOAT),
        ],
        constraints=[Constraint.at_most_one("speed", "pace")],
        lifecycle=lifecycle,
    )
    return WebSocketApi(name="Captions", base_url="wss://captions.example", endpoints=[endpoint])


class Example(msgspec.Struct, frozen=True):
    """A recording that breaks a rule.

    Attributes:
        lines: its lines, as they stand in a file.
        vantage: where it was made.
        finds: whether its endpoint is to be found by its URL.
    """

    lines: tuple[str, ...]
    vantage: Vantage = Vantage.TAP
    finds: bool = False

    def trace(self) -> Trace:
        """What the checker finds."""
        lines = (line.encode() for line in self.lines)
        return examine(_speaks(self.finds), "example.jsonl", lines, vantage=self.vantage)


@cache
def _speaks(finds: bool) -> Speaks:
    bound = captions().endpoint("Live")
    return Catalog([bound]) if finds else compile_endpoint(bound)


def _line(side: str, kind: str, **fields: Any) -> str:
    return msgspec.json.encode({"dir": side, "kind": kind, **fields}).decode()


def _asked(target: str = "/captions?room=7", **fields: Any) -> str:
    return _line("client", "open", path=target, **fields)


def _said(side: str, body: Mapping[str, Any]) -> str:
    return _line(side, "text", data=msgspec.json.encode(body).decode())


def _closed(side: str, code: int) -> str:
    return _line(side, "close", code=code)


_ASKED = _asked()
_START, _STOP = _said("client", {"type": "start"}), _said("client", {"type": "stop"})
_TEXT = _said("client", {"type": "line", "text": "Hello."})
_OPEN = _said("client", {"type": "open", "job": "a"})
_CANCEL = _said("client", {"type": "cancel", "job": "a"})
_WORDS = {"type": "caption", "text": "Hello."}

EXAMPLES: dict[Rule, Example] = {
    rules.ILLEGAL_ORDER: Example((_ASKED, _TEXT)),
    rules.WRONG_DIRECTION: Example((_said("client", _WORDS),)),
    rules.AFTER_CLOSE_FRAME: Example((_closed("client", 1000), _TEXT)),
    rules.SENT_THOUGH_STOPPED: Example((_said("server", {"type": "pause"}), _TEXT), Vantage.CLIENT),
    rules.UNKNOWN_MESSAGE: Example((_said("client", {"type": "lines"}),)),
    rules.INVALID_BODY: Example((_said("client", {"type": "line", "text": 5}),)),
    rules.NOT_JSON: Example((_line("client", "text", data="Hello."),)),
    rules.NO_FINAL_MESSAGE: Example((_START, _STOP, _closed("server", 1000))),
    rules.ABNORMAL_END: Example((_START, _closed("server", 1011))),
    rules.OTHER_CODE_ANNOUNCED: Example(
        (_said("server", {"type": "failure", "code": 4000}), _closed("server", 4001))
    ),
    rules.ANSWERED_OTHERWISE: Example(
        (_said("client", {"type": "lines"}), _closed("server", 1002))
    ),
    rules.NO_SUBPROTOCOL: Example((_asked(subprotocols=["captions.v0"]),)),
    rules.OTHER_PATH: Example((_asked("/caption?room=7"),)),
    rules.PARAMETER_MISSING: Example((_asked("/captions"),)),
    rules.PARAMETER_UNFIT: Example((_asked("/captions?room=7&speed=fast"),)),
    rules.PARAMETERS_AT_ODDS: Example((_asked("/captions?room=7&speed=1&pace=1"),)),
    rules.BAD_LINE: Example(('{"dir": "client", "kind": "te',)),
    rules.MID_CONNECTION: Example((_said("server", _WORDS),)),
    rules.UNFINISHED: Example((_START,)),
    rules.KEY_REUSED_EARLY: Example((_START, _OPEN, _CANCEL, _OPEN)),
    rules.IGNORED_AS_DESCRIBED: Example((_ASKED, _said("client", {"type": "other", "kind": "x"}))),
    rules.BODY_UNKNOWN: Example((_line("client", "text", truncated=True),)),
    rules.NO_ENDPOINT: Example((_asked("/elsewhere"),), finds=True),
    rules.NOT_FOLLOWED: Example((_line("client", "lost", reason="a frame is malformed"),)),
}
"""The example of each rule."""


def example_of(rule: Rule) -> str:
    """The example of a rule as text: the recording, and what the checker says of it."""
    example = EXAMPLES[rule]
    trace = example.trace()
    shown = tuple(one for one in trace.findings if one.finding.rule is rule)
    found = dict.fromkeys(Severity, 0) | {rule.severity: len(shown)}
    counts = msgspec.structs.replace(trace.counts, findings=found)
    alone = msgspec.structs.replace(trace, findings=shown, counts=counts)
    report = Report("Captions/Live", (alone,))
    told = report.as_text().splitlines()[:-1]
    return "\n".join([*example.lines, "", *told])
