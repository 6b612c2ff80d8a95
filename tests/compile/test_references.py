"""A path that leads to no field is refused, with the place where it is written."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from msgspec import UNSET, Struct, UnsetType, field

from schematic import (
    AutoReply,
    Breach,
    Channel,
    ChannelKey,
    CloseNotice,
    ConnectionLifecycle,
    ConnectionParam,
    DefinitionError,
    ListStyle,
    MessageSchema,
    OnBreach,
    OpeningStep,
    ParamType,
    Refusal,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import compile_endpoint
from schematic.compile.body_types import can_say, holds, lacks
from support.lifecycles import DIRECTIONS, bound, keyed, message


class Inside(Struct, frozen=True):
    id: str
    note: str | None = None


class Typed(TypedDict):
    told: int


class Body(Struct, tag_field="type", tag="body"):
    at: Inside
    wire: int = field(name="onWire", default=0)
    maybe: Inside | UnsetType = UNSET
    names: dict[str, Inside] = {}
    anything: Any = None
    typed: Typed | None = None


class Pair(Struct, array_like=True):
    id: str


BODY = Schema(Body)


@pytest.mark.parametrize(
    ("path", "has", "may_lack"),
    [
        ("type", True, True),
        ("type.id", False, True),
        ("at", True, False),
        ("at.id", True, False),
        ("at.note", True, True),
        ("at.nope", False, True),
        ("at.id.deep", False, True),
        ("wire", False, True),
        ("onWire", True, True),
        ("maybe.id", True, True),
        ("names.any.id", True, True),
        ("names.any.nope", False, True),
        ("anything.at.all", True, True),
        ("typed.told", True, True),
        ("typed.nope", False, True),
        ("nope", False, True),
    ],
)
def test_a_body_holds_what_its_type_says(path: str, has: bool, may_lack: bool) -> None:
    names = tuple(path.split("."))
    assert holds(BODY, names) is has
    assert lacks(BODY, names) is may_lack


def test_of_a_bare_name_nothing_is_known_and_a_text_has_no_fields() -> None:
    assert (holds(Schema("Any"), ("id",)), lacks(Schema("Any"), ("id",))) == (True, True)
    assert (holds(Schema.text(), ("id",)), lacks(Schema.text(), ("id",))) == (False, True)
    assert not holds(Schema(Pair), ("id",))
    assert holds(Schema(Inside | Typed), ("told",))


def test_what_can_be_said_without_a_body_has_nothing_to_choose() -> None:
    class Plain(Struct):
        id: int
        more: str = ""

    assert can_say(Schema.text("ping"))
    assert not can_say(Schema.text("ping", "PING"))
    assert not can_say(Schema.binary())
    assert not can_say(Schema("Any"))
    assert can_say(Schema("Any"), ("id",))
    assert not can_say(Schema(Plain))
    assert can_say(Schema(Plain), ("id",))
    assert not can_say(Schema(Inside), ("note",))
    assert can_say(Schema(Inside), ("id",))
    assert can_say(Schema(dict[str, int]))


def needy(name: str, side: Side, **flags: Any) -> MessageSchema:
    """A message with a field that has to be given."""
    return MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(Inside), **flags)


C, S = Side.CLIENT, Side.SERVER
LINE = message("Line", C)
JOB: dict[str, Any] = {
    "id": "Job",
    "key": "key",
    "lifecycle": ConnectionLifecycle(initialize=keyed("Open", C)),
}


def job(*server: MessageSchema, **rules: Any) -> dict[str, Any]:
    inside = ConnectionLifecycle(initialize=keyed("Open", C), server_messages=server)
    return {"channels": [Channel(**{**JOB, "lifecycle": inside, **rules})]}


def asked(**refusal: Any) -> dict[str, Any]:
    inside = ConnectionLifecycle(
        initialize=[
            OpeningStep(keyed("Ask", C)),
            OpeningStep(keyed("Reply", S, answers="Ask")),
        ]
    )
    refused_by = Refusal(message="No", **refusal)
    channel = Channel(
        id="Job", key=ChannelKey(server="key"), lifecycle=inside, refused_by=refused_by
    )
    return {"server_messages": [message("No", S)], "channels": [channel]}


def within(key: str, outer: str | None = None) -> dict[str, Any]:
    item = ConnectionLifecycle(initialize=keyed("Added", S, outer_key=outer))
    inner = Channel(id="Item", key=key, lifecycle=item)
    inside = ConnectionLifecycle(initialize=keyed("Open", C), channels=[inner])
    return {"channels": [Channel(**{**JOB, "lifecycle": inside})]}


def timed(*timers: Timer) -> dict[str, Any]:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", C),
        streaming_messages=[needy("Beat", C, key="note")],
        timers=timers,
    )
    return {"channels": [Channel(**{**JOB, "lifecycle": inside})]}


def answering(**copies: Any) -> dict[str, Any]:
    pong = message("Pong", C, replies=AutoReply(to="Ping", **copies))
    return {"streaming_messages": [pong], "server_messages": [message("Ping", S)]}


def closing(**notice: Any) -> dict[str, Any]:
    return {"server_messages": [message("Bye", S, final=True, closes=CloseNotice(**notice))]}


@pytest.mark.parametrize(
    ("fields", "place", "problem"),
    [
        (job(key="nokey"), "channels[0].key", "Open has no field 'nokey'"),
        (
            job(keyed("Data", S, key="deep.key")),
            "channels[0].key",
            "Data has no field 'deep.key'",
        ),
        (
            job(key=ChannelKey(client="no", server="no", default="x")),
            "channels[0].key",
            "Open has no field 'no'",
        ),
        (within("no"), "channels[0].lifecycle.channels[0].key", "Added has no field 'no'"),
        (within("inner", "no"), "channels[0].key", "Added has no field 'no'"),
        (asked(names="no"), "channels[0].refused_by.names", "No has no field 'no'"),
        (asked(ticket="no"), "channels[0].refused_by.ticket", "Ask has no field 'no'"),
        (
            answering(copies={"no": "number"}),
            "streaming_messages[0].replies.copies",
            "Ping has no field 'no'",
        ),
        (
            answering(copies={"number": "no"}),
            "streaming_messages[0].replies.copies",
            "Pong has no field 'no'",
        ),
        (closing(code="no"), "server_messages[0].closes.code", "Bye has no field 'no'"),
        (closing(reason="no"), "server_messages[0].closes.reason", "Bye has no field 'no'"),
        (
            {
                "streaming_messages": [needy("Ping", C)],
                "timers": [Timer.keepalive(1, message="Ping")],
            },
            "timers[0].body",
            "Ping cannot be said without a body; give one",
        ),
        (
            timed(Timer.keepalive(1, message="Beat")),
            "channels[0].lifecycle.timers[0].body",
            "Beat cannot be said without a body; give one",
        ),
        (
            {
                "server_messages": [needy("Sorry", S)],
                "on_breach": [OnBreach.say("Sorry", Breach.ILLEGAL)],
            },
            "on_breach[0].body",
            "Sorry cannot be said without a body; give one",
        ),
    ],
)
def test_what_leads_nowhere_is_refused(fields: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_endpoint(bound(ConnectionLifecycle(**fields)))
    assert caught.value.place == ("Example", "Only", f"lifecycle.{place}")
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    "fields",
    [
        job(keyed("Data", S)),
        job(message("Data", S), key=ChannelKey(client="key", server="key", default="x")),
        within("inner", "outer"),
        asked(names="number", ticket="key"),
        answering(copies={"number": "number"}),
        answering(),
        closing(code="number", reason="number"),
        closing(code=4000),
        {
            "streaming_messages": [needy("Ping", C), LINE],
            "timers": [
                Timer.keepalive(1, message="Ping", body=Inside("a")),
                Timer.idle(2, of=S, owner=C, message="Line"),
                Timer.keepalive(1),
            ],
        },
        timed(Timer.keepalive(1, message="Beat", body=Inside("a"))),
        {
            "server_messages": [message("Sorry", S)],
            "on_breach": [OnBreach.say("Sorry", Breach.ILLEGAL), OnBreach.ignore(Breach.UNKNOWN)],
        },
    ],
)
def test_what_leads_somewhere_is_good(fields: dict[str, Any]) -> None:
    compile_endpoint(bound(ConnectionLifecycle(**fields)))


@pytest.mark.parametrize(
    "params",
    [
        [],
        [ConnectionParam(name="zz", param_type=ParamType.STRING)],
        [ConnectionParam(name="zz", param_type=ParamType.INTEGER, many=ListStyle.COMMA)],
    ],
)
def test_a_timer_is_overridden_by_a_number_of_the_endpoint_only(
    params: list[ConnectionParam],
) -> None:
    timer = Timer.idle(3, param="zz")
    inside = ConnectionLifecycle(initialize=keyed("Open", C), timers=[timer])
    for lifecycle, place in (
        (ConnectionLifecycle(timers=[timer]), "lifecycle.timers[0].param"),
        (
            ConnectionLifecycle(channels=[Channel(**{**JOB, "lifecycle": inside})]),
            "lifecycle.channels[0].lifecycle.timers[0].param",
        ),
    ):
        only = WebSocketEndpoint(id="Only", path="/", connection_params=params, lifecycle=lifecycle)
        with pytest.raises(DefinitionError) as caught:
            WebSocketApi(name="Example", base_url="ws://127.0.0.1", endpoints=[only])
        assert caught.value.place[-1] == place
        assert caught.value.problem == "'zz' is not a parameter of this endpoint that is a number"
