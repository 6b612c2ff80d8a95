"""Each difference is shown on two versions that differ in it and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from msgspec import Struct

from schematic import (
    AuthStrategy,
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    KeyReuse,
    ListStyle,
    MessageSchema,
    OpeningStep,
    ParamLocation,
    ParamType,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.diagram import to_sequence
from schematic.compile.diff import Difference, Effect, compatible
from schematic.compile.scenario import Heard, Said
from support.lifecycles import DIRECTIONS, keyed, message

C, S = Side.CLIENT, Side.SERVER
HELLO, LINE = message("Hello", C), message("Line", C)
AUDIO = message("Audio", S)


def version(**fields: Any) -> CompiledEndpoint:
    """An endpoint of an API, made of what the three of them are told."""
    of_api = {name: fields.pop(name) for name in ("auth", "base_url") if name in fields}
    names = ("path", "connection_params", "constraints", "subprotocols")
    of_endpoint = {name: fields.pop(name) for name in names if name in fields}
    there: dict[str, Any] = {"id": "Only", "path": "/only", **of_endpoint}
    endpoint = WebSocketEndpoint(**there, lifecycle=ConnectionLifecycle(**fields))
    given: dict[str, Any] = {"name": "Example", "base_url": "ws://127.0.0.1"}
    return compile_endpoint(WebSocketApi(**(given | of_api), endpoints=[endpoint]).endpoint())


def differences(
    old: dict[str, Any], new: dict[str, Any]
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """What an old client meets at a new server, and a new one at an old server."""
    first, second = compatible(version(**old), version(**new))
    assert (first.client, first.server) == ("old", "new")
    assert (second.client, second.server) == ("new", "old")
    for peering in (first, second):
        broken = any(one.effect is Effect.BREAKS for one in peering.differences)
        assert peering.is_compatible is not broken
    return first.differences, second.differences


def told(found: tuple[Difference, ...]) -> list[str]:
    return [f"{one.effect.value} {one.message}" for one in found]


BASE: dict[str, Any] = {
    "initialize": HELLO,
    "streaming_messages": [LINE],
    "server_messages": [AUDIO],
}


# ----------------------------------------------------------------------------------------- order


def test_a_version_gets_on_with_itself() -> None:
    assert differences(BASE, BASE) == ((), ())


def test_a_new_message_of_the_client_breaks_at_an_old_server() -> None:
    more = BASE | {"streaming_messages": [LINE, message("Shout", C)]}
    at_new, at_old = differences(BASE, more)
    assert at_new == ()
    (broken,) = at_old
    assert (broken.effect, broken.subject) == (Effect.BREAKS, "Shout")
    assert broken.message == "the old server does not know Shout"
    assert (
        to_sequence(broken.example)
        == """\
client                        server
   │────────── Hello ──────────▶│
   │────────── Shout ──────────✗│
   │ ✗ there is no such message │"""
    )


def test_a_new_message_of_the_server_is_passed_over_by_old_clients() -> None:
    more = BASE | {"server_messages": [AUDIO, message("Hint", S)]}
    at_new, at_old = differences(BASE, more)
    assert told(at_new) == ["ignored the old client does not know Hint, and passes it over"]
    assert at_old == ()


def test_a_message_that_moved_is_not_expected_where_it_was() -> None:
    ready = BASE | {"initialize": [HELLO, message("Ready", S)]}
    at_new, at_old = differences(BASE, ready)
    assert told(at_new) == [
        (
            "breaks the new server does not expect Line there: it has to wait until opening step 2 "
            "(Ready) is finished"
        ),
        "ignored the old client does not know Ready, and passes it over",
    ]
    assert told(at_old) == [
        "breaks the new client does not expect Audio there: Ready has to come first"
    ]


def test_what_was_repeatable_may_come_too_often() -> None:
    once = BASE | {"streaming_messages": [message("Line", C, repeatable=False)]}
    at_new, at_old = differences(BASE, once)
    assert told(at_new) == [
        "breaks the new server does not expect Line there: it may be said once only"
    ]
    assert at_new[0].example.path == ((C, "Hello"), (C, "Line"), (C, "Line"))
    assert at_old == ()
    assert differences(once, once) == ((), ())


def test_nothing_is_expected_after_what_has_become_an_end() -> None:
    final = BASE | {"server_messages": [AUDIO, message("Sum", S, final=True)]}
    plain = BASE | {"server_messages": [AUDIO, message("Sum", S)]}
    at_new, at_old = differences(final, plain)
    assert told(at_new) == [
        "breaks the old client does not expect Audio there: the server has ended",
        "breaks the old client does not expect Sum there: the server has ended",
    ]
    assert at_old == ()


def test_an_opening_that_is_over_does_not_come_again() -> None:
    first = BASE | {"streaming_messages": [LINE], "initialize": HELLO}
    anywhere = BASE | {"streaming_messages": [LINE, HELLO]}
    at_new, at_old = differences(anywhere, first)
    assert told(at_new) == [
        "breaks the new server does not expect Hello there: the opening is over"
    ]
    assert at_old == ()


def test_peers_who_wait_for_each_other_are_told() -> None:
    server_first = BASE | {"initialize": message("Welcome", S)}
    at_new, at_old = differences(BASE, server_first)
    assert "breaks the new server does not know Hello" in told(at_new)
    assert told(at_old) == [
        (
            "breaks nobody can go on: the new client waits for Welcome, and the old server waits "
            "for Hello"
        )
    ]


def test_two_messages_that_forbid_each_other_are_said_at_the_same_time() -> None:
    def forbidding(last: bool) -> dict[str, Any]:
        stop = message("Stop", C, until="Halt", final=True)
        halt = message("Halt", S, until="Stop", final=True)
        goodbye = message("Goodbye", S, after="Stop", ambient=True, after_end=True)
        after = message("Halt", S, final=True, after="Goodbye", until="Stop")
        return {
            "streaming_messages": [stop],
            "server_messages": [halt if not last else after, *([goodbye] if last else [])],
        }

    at_new, _ = differences(forbidding(True), forbidding(False))
    assert [one.example.path for one in at_new if one.subject == "Halt"] == [((S, "Halt"),)]


def test_what_crosses_is_judged_by_both() -> None:
    def version_of(late: bool) -> dict[str, Any]:
        return {
            "streaming_messages": [message("Stop", C, until="Halt")],
            "server_messages": [message("Halt", S, until="Stop"), AUDIO],
            "close": message("Bye", C, after="Halt" if late else ()),
        }

    at_new, at_old = differences(version_of(False), version_of(True))
    assert [one.subject for one in at_new] == ["Bye"]
    assert at_old == ()


# ---------------------------------------------------------------------------------------- bodies


class Old(Struct, tag="note", tag_field="type"):
    text: str


class Loud(Struct, tag="note", tag_field="type"):
    text: str
    volume: int


class Renamed(Struct, tag="remark", tag_field="type"):
    text: str


def body(kind: type, side: Side = C, name: str = "Note") -> dict[str, Any]:
    note = MessageSchema(id=name, direction=DIRECTIONS[side], schema=Schema(kind))
    lists = {"streaming_messages": [note]} if side is C else {"server_messages": [note]}
    return {"initialize": HELLO, **lists}


def test_a_field_that_has_become_required_breaks_who_leaves_it_out() -> None:
    at_new, at_old = differences(body(Old), body(Loud))
    assert told(at_new) == [
        "breaks the new server cannot take Note: volume is required, and is not written"
    ]
    assert at_old == ()


def test_a_body_that_cannot_be_read_breaks_clients_too() -> None:
    _, at_old = differences(body(Loud, S), body(Old, S))
    assert at_old == ()
    at_new, _ = differences(body(Loud, S), body(Old, S))
    assert told(at_new) == [
        "breaks the old client cannot take Note: volume is required, and is not written"
    ]


def test_a_message_with_another_tag_is_another_message() -> None:
    at_new, at_old = differences(body(Old), body(Renamed))
    assert told(at_new) == ["breaks the new server does not know Note"]
    assert told(at_old) == ["breaks the old server does not know Note"]


def test_an_id_that_is_not_on_the_wire_may_change() -> None:
    assert differences(body(Old), body(Old, name="Remark")) == ((), ())


def test_a_payload_that_has_become_another_message_is_told() -> None:
    class Line(Struct):
        text: str

    class Stop(Struct):
        text: Literal[""] = ""

    line = MessageSchema(id="Line", direction=DIRECTIONS[C], schema=Schema(Line))
    stop = MessageSchema(id="Stop", direction=DIRECTIONS[C], schema=Schema(Stop))
    old = {"streaming_messages": [line]}
    new = {"streaming_messages": [line], "close": stop}
    at_new, at_old = differences(old, new)
    assert told(at_new) == ["breaks the new server cannot take Line: it is taken for Stop"]
    # An old server takes the goodbye for one more line, of which it has no other name.
    assert at_old == ()


def test_what_only_one_version_can_tell_apart_is_told() -> None:
    class One(Struct):
        a: int

    class Two(Struct):
        b: int

    def kind(name: str, of: type) -> MessageSchema:
        return MessageSchema(id=name, direction=DIRECTIONS[C], schema=Schema(of))

    class Either(Struct):
        a: int
        b: int

    old = {"streaming_messages": [kind("Both", Either)]}
    new = {"streaming_messages": [kind("One", One), kind("Two", Two)]}
    at_new, _ = differences(old, new)
    assert told(at_new) == ["breaks the new server cannot take Both: it may be One or Two there"]


def test_of_a_bare_name_nothing_is_known_so_nothing_is_said_against_it() -> None:
    def bare(name: str) -> dict[str, Any]:
        schema = Schema(f"{name}Body")
        note = MessageSchema(id=name, direction=DIRECTIONS[C], schema=schema)
        return {"initialize": HELLO, "streaming_messages": [note]}

    assert differences(bare("Note"), body(Loud)) == ((), ())
    at_new, _ = differences(bare("Note"), bare("Remark"))
    assert told(at_new) == ["breaks the new server does not know Note"]


def test_text_and_bytes_are_told_from_json() -> None:
    def framed(schema: Schema) -> dict[str, Any]:
        return {
            "streaming_messages": [MessageSchema(id="Say", direction=DIRECTIONS[C], schema=schema)]
        }

    words, any_text = Schema.text("on", "off"), Schema.text()
    assert told(differences(framed(Schema.text("on", "mute")), framed(words))[0]) == [
        "breaks the new server does not know Say"
    ]
    assert differences(framed(words), framed(any_text))[0] == ()
    assert differences(framed(Schema(Old)), framed(any_text))[0] == ()
    assert differences(framed(Schema.text("1")), framed(Schema(int)))[0] == ()
    assert told(differences(framed(words), framed(Schema(int)))[0]) != []
    assert told(differences(framed(Schema.binary()), framed(any_text))[0]) != []
    assert differences(framed(Schema.binary()), framed(Schema.binary())) == ((), ())


def test_a_message_that_exists_on_fewer_connections_is_told() -> None:
    params = [ConnectionParam(name="mode", param_type=ParamType.STRING)]
    limited = message("Line", C, when={"mode": "loud"})
    new = {"streaming_messages": [limited], "connection_params": params}
    old = {"streaming_messages": [LINE], "connection_params": params}
    at_new, at_old = differences(old, new)
    assert told(at_new) == [
        "breaks the new server cannot take Line: it exists only where mode=loud"
    ]
    assert at_old == ()


# -------------------------------------------------------------------------------------- channels


def job(**rules: Any) -> dict[str, Any]:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", C),
        streaming_messages=rules.pop("more", []),
        close=keyed("Done", C),
        server_messages=[keyed("Data", S), keyed("End", S, final=True)],
    )
    made = Channel(**{"id": "Job", "key": "key", "lifecycle": inside, "max_open": 2, **rules})
    return {"initialize": HELLO, "channels": [made]}


def test_a_channel_whose_id_alone_has_changed_is_the_same() -> None:
    assert differences(job(), job(id="Task")) == ((), ())


def test_what_is_new_on_a_channel_breaks_after_it_was_opened() -> None:
    _, at_old = differences(job(), job(more=[keyed("Push", C)]))
    assert told(at_old) == ["breaks the old server does not know Push"]
    assert at_old[0].example.path == ((C, "Hello"), (C, "Open"), (C, "Push"))
    assert [getattr(step, "key", None) for step in at_old[0].example.steps[::2]] == [None, "a", "a"]


def test_more_channels_than_the_other_allows_are_counted() -> None:
    at_new, at_old = differences(job(), job(max_open=1))
    assert told(at_new) == [
        (
            "breaks the old client may open 2 of Job, and for the new server at most 1 may be "
            "open at once"
        )
    ]
    assert (
        to_sequence(at_new[0].example)
        == """\
client                             server
   │───────────── Hello ────────────▶│
   │─────────── Open [a] ───────────▶│
   │─────────── Open [b] ───────────✗│
   │ ✗ at most 1 may be open at once │"""
    )
    assert at_old == ()
    (many,), _ = differences(job(max_open=None), job(max_open=20))
    assert many.message.startswith("the old client may open any number of Job")
    assert many.example.remark == "and so on: at most 20 may be open at once"


def test_a_key_that_one_side_uses_again_too_early_is_told() -> None:
    at_new, at_old = differences(job(reuse=KeyReuse.IMMEDIATE), job())
    assert told(at_new) == [
        "breaks the old client may use a key of Job again before the new server is done with it"
    ]
    assert [name for _, name in at_new[0].example.path] == ["Hello", "Open", "Done", "Open"]
    assert at_old == ()


def test_a_message_without_a_key_belongs_to_another_channel_or_to_none() -> None:
    def default(name: str | None) -> dict[str, Any]:
        return job(key=ChannelKey(client="key", server="key", default=name))

    assert differences(default("main"), default("main")) == ((), ())
    at_new, at_old = differences(default("main"), default(None))
    assert told(at_old) == [
        (
            "breaks the old server may say Data without a key, which means 'main' to it, and the "
            "new client refuses it"
        )
    ]
    assert told(at_new)[0] == (
        "breaks the old client may say Open without a key, which means 'main' to it, and the new "
        "server refuses it"
    )
    assert at_new[0].example.steps[-2:] == (Said(C, "Open"), Heard(S))
    at_new, at_old = differences(default("main"), default("other"))
    assert told(at_new)[0].endswith("means 'main' to it, and 'other' to the new server")
    assert told(at_old)[0].endswith("means 'other' to it, and 'main' to the old server")


def test_a_key_that_is_always_written_needs_no_default() -> None:
    class Ask(Struct, tag="ask"):
        key: str

    def asked(name: str | None) -> dict[str, Any]:
        ask = MessageSchema(id="Ask", direction=DIRECTIONS[C], schema=Schema(Ask))
        inside = ConnectionLifecycle(initialize=ask)
        keys = ChannelKey(client="key", server="key", default=name)
        return {"channels": [Channel(id="Job", key=keys, lifecycle=inside, max_open=1)]}

    assert differences(asked("main"), asked(None)) == ((), ())


def test_a_key_in_another_field_is_not_found() -> None:
    at_new, _ = differences(job(), job(key="inner"))
    assert (
        "breaks the new server cannot take Open: its key is in key, and looked for in inner"
        in told(at_new)
    )


def test_a_message_that_has_moved_to_a_channel_belongs_elsewhere() -> None:
    outside = {"initialize": HELLO, "streaming_messages": [keyed("Push", C)]}
    at_new, at_old = differences(outside, job(more=[keyed("Push", C)]))
    assert told(at_new)[:1] == ["breaks the new server cannot take Push: it belongs to channel Job"]
    assert "breaks the old server does not know Open" in told(at_old)


def test_an_opening_that_has_left_its_channel_belongs_to_the_connection() -> None:
    outside = {"initialize": HELLO, "streaming_messages": [keyed("Open", C)]}
    at_new, _ = differences(job(), outside)
    assert told(at_new) == ["breaks the new server cannot take Open: it belongs to the connection"]


def test_a_channel_may_have_to_wait_for_more() -> None:
    later = job() | {"initialize": [HELLO, message("Ready", S)]}
    at_new, _ = differences(job(), later)
    assert [one.subject for one in at_new] == ["Open", "Ready"]


def test_channels_that_nobody_gets_to_differ_in_nothing() -> None:
    never = OpeningStep(message("No", C, final=True), gating=False)
    assert differences(
        job() | {"initialize": [never]}, job(max_open=1) | {"initialize": [never]}
    ) == (
        (),
        (),
    )


def test_channels_of_the_server_are_passed_over_by_clients_that_do_not_know_them() -> None:
    inside = ConnectionLifecycle(
        initialize=OpeningStep(keyed("Offer", S)), server_messages=[keyed("More", S, final=True)]
    )
    offers = Channel(id="Offers", key="key", lifecycle=inside, max_open=1)
    at_new, at_old = differences({}, {"channels": [offers]})
    assert told(at_new) == ["ignored the old client does not know Offer, and passes it over"]
    assert at_old == ()


def responses(**rules: Any) -> dict[str, Any]:
    inside = ConnectionLifecycle(
        initialize=[
            OpeningStep(message("Create", C)),
            OpeningStep(keyed("Created", S, answers="Create")),
        ],
        server_messages=[keyed("Finished", S, final=True)],
    )
    given = {"id": "Response", "key": ChannelKey(server="key"), "lifecycle": inside, "max_open": 2}
    return {"channels": [Channel(**{**given, **rules})]}


def test_a_channel_that_nobody_asked_for_is_not_expected() -> None:
    at_new, at_old = differences(responses(), responses(unasked="Created"))
    assert told(at_new) == [
        (
            "breaks the old client does not expect that the new server opens one of Response with "
            "Created"
        )
    ]
    assert at_old == ()


def test_channels_without_keys_are_counted_unless_both_sides_open_them() -> None:
    (found,), _ = differences(responses(), responses(max_open=1))
    assert [getattr(step, "key", "") for step in found.example.steps[::2]] == [None, None]
    _, at_old = differences(responses(unasked="Created"), responses(max_open=3, unasked="Created"))
    assert at_old == ()


def nested(*more: MessageSchema) -> dict[str, Any]:
    item = ConnectionLifecycle(
        initialize=OpeningStep(keyed("Added", S, outer_key="outer")),
        server_messages=[keyed("Final", S, final=True, outer_key="outer"), *more],
    )
    inner = Channel(id="Item", key="key", lifecycle=item, max_open=1)
    (outer,) = job()["channels"]
    return {"channels": [replace(outer, lifecycle=replace(outer.lifecycle, channels=[inner]))]}


def test_channels_within_channels_are_compared_as_well() -> None:
    assert differences(nested(), nested()) == ((), ())
    moved = nested(keyed("Delta", S, outer_key="inner"))
    at_new, _ = differences(nested(keyed("Delta", S, outer_key="outer")), moved)
    assert told(at_new) == [
        (
            "breaks the old client cannot take Delta: its key is in inner and key, and looked "
            "for in outer and key"
        )
    ]
    assert at_new[0].example.steps[-2] == Said(S, "Delta", "a, 1")


def test_a_channel_that_has_left_another_belongs_elsewhere() -> None:
    (outer,) = nested()["channels"]
    (inner,) = outer.lifecycle.channels
    apart = {"channels": [replace(outer, lifecycle=replace(outer.lifecycle, channels=[])), inner]}
    at_new, _ = differences(nested(), apart)
    assert "breaks the old client cannot take Added: it belongs to channel Item" in told(at_new)


# --------------------------------------------------------------------------------------- requests


def param(name: str = "speed", kind: ParamType = ParamType.STRING, **fields: Any) -> dict[str, Any]:
    return {"connection_params": [ConnectionParam(name=name, param_type=kind, **fields)]}


@pytest.mark.parametrize(
    ("old", "new", "at_new", "at_old"),
    [
        ({}, param(), [], ["ignored the server does not look at the parameter speed"]),
        (
            {},
            param(required=True),
            ["breaks the server requires the parameter speed, which is not sent"],
            ["ignored the server does not look at the parameter speed"],
        ),
        ({}, param(required=True, default="1"), [], None),
        (
            param(),
            param(required=True),
            ["breaks the server requires the parameter speed, which may be left out"],
            [],
        ),
        (
            param(choices=["a", "b"]),
            param(choices=["a"]),
            ["breaks as the parameter speed the client may send 'b', which the server refuses"],
            [],
        ),
        (
            param(choices=["a", "b", "c"]),
            param(choices=["b"]),
            [
                (
                    "breaks as the parameter speed the client may send 'a' or 'c', which the "
                    "server refuses"
                )
            ],
            [],
        ),
        (
            param(kind=ParamType.INTEGER),
            param(),
            [],
            [
                (
                    "breaks as the parameter speed the client may send any string, and the server "
                    "takes any integer: not 'any text', say"
                )
            ],
        ),
        (param(kind=ParamType.INTEGER), param(kind=ParamType.FLOAT), [], None),
        (
            param(kind=ParamType.FLOAT, maximum=4.5),
            param(kind=ParamType.FLOAT, maximum=4),
            [
                (
                    "breaks as the parameter speed the client may send any float at most 4.5, and "
                    "the server takes any float at most 4: not 4.5, say"
                )
            ],
            [],
        ),
        (
            param("X-Mode", location=ParamLocation.HEADER),
            param("x-mode", location=ParamLocation.HEADER),
            [],
            [],
        ),
        (
            {"path": "/rooms/{room}/talk"},
            {"path": "/rooms/{id}/talk"},
            [],
            [],
        ),
        (
            {"path": "/talk"},
            {"path": "/talk", "base_url": "ws://127.0.0.1/v2"},
            ["breaks the client asks for /talk, and the server is at /v2/talk"],
            ["breaks the client asks for /v2/talk, and the server is at /talk"],
        ),
        (
            {},
            {"auth": AuthStrategy.basic()},
            ["breaks the client may prove who it is in a way that the server does not take"],
            [],
        ),
        ({"auth": AuthStrategy.basic()}, {"auth": AuthStrategy.basic()}, [], []),
        (
            {},
            {"subprotocols": ["talk.2"]},
            ["breaks the client speaks the subprotocols none, and the server talk.2"],
            ["breaks the client speaks the subprotocols talk.2, and the server none"],
        ),
        ({"subprotocols": ["talk.1"]}, {"subprotocols": ["talk.2", "talk.1"]}, [], []),
        (
            param(many=ListStyle.COMMA),
            param(many=ListStyle.COMMA, max_items=1),
            [
                (
                    "breaks as the parameter speed the client may send a list of any number, each "
                    "any string, and the server takes a list of at most 1, each any string: not "
                    "('any text', 'any text'), say"
                )
            ],
            [],
        ),
        (
            param(),
            param(choices=["a", "b"]),
            [
                (
                    "breaks as the parameter speed the client may send any string, and the server "
                    "takes 'a' or 'b': not 'any text', say"
                )
            ],
            [],
        ),
        (
            param(many=ListStyle.JSON, min_items=1),
            param(many=ListStyle.COMMA, min_items=1),
            [],
            [
                (
                    "breaks as the parameter speed the server does not read ('any text',) as the "
                    "client writes it"
                )
            ],
        ),
    ],
)
def test_requests_are_judged_as_well(
    old: dict[str, Any], new: dict[str, Any], at_new: list[str], at_old: list[str] | None
) -> None:
    first, second = differences(old, new)
    assert told(first) == at_new
    assert at_old is None or told(second) == at_old


def test_a_rule_across_parameters_that_only_the_server_has_is_told() -> None:
    two = [ConnectionParam(name=name, param_type=ParamType.STRING) for name in ("one", "other")]
    free = {"connection_params": two}
    strict = free | {"constraints": [Constraint.exactly_one("one", "other")]}
    assert differences(strict, strict) == ((), ())
    at_new, at_old = differences(free, strict)
    assert told(at_new) == [
        "breaks the server requires of the parameters: exactly one of one, or other"
    ]
    assert at_old == ()
