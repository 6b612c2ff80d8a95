"""Decoding in one pass is only faster: the recogniser, which looks first, is the slow twin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal
from unittest.mock import ANY

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from schematic import BoundEndpoint, Schema, Side
from schematic.compile import compile_endpoint
from schematic_engine.apart import mentions
from schematic_engine.codec import codecs_of
from schematic_engine.compression import Compression
from schematic_engine.connection import Connection
from schematic_engine.credentials import Carried
from schematic_engine.errors import LocalInvalidMessage, LocalProtocolError
from schematic_engine.events import SessionEvent, Violation
from schematic_engine.frames import masked
from schematic_engine.session import Session
from support.apis import TO_CLIENT, TO_SERVER, kind, one_endpoint
from support.lookalikes import BODIES, payloads

PACKED = Compression(min_size=40)


def without_one_pass(session: Session) -> Session:
    """The same, but every payload is looked at before it is decoded."""
    session._one_pass = False
    return session


def endpoint_of(bodies: Sequence[tuple[Schema, bool]]) -> BoundEndpoint:
    """A server that may say ``bodies``, some of them only once."""
    messages = [
        kind(TO_CLIENT, body, f"Kind{number}", repeatable=repeatable)
        for number, (body, repeatable) in enumerate(bodies)
    ]
    return one_endpoint("Random", server_messages=messages)


def comparable(event: SessionEvent | None) -> Any:
    """An event as a value; errors are compared by what they say."""
    if isinstance(event, Violation):
        return type(event.error), str(event.error), event.payload
    return event


endpoints = st.lists(st.tuples(st.sampled_from(BODIES), st.booleans()), min_size=1, max_size=6).map(
    endpoint_of
)


def spelled(raw: object, escaped: str) -> str:
    """``raw`` in JSON, one letter of it written as an escape wherever it occurs."""
    text = msgspec.json.encode(raw).decode()
    return re.sub(f'(?<=[a-z"]){escaped}(?=[a-z"])', f"\\\\u{ord(escaped):04x}", text)


texts = st.builds(spelled, payloads, st.sampled_from("~~~tex")) | st.sampled_from(
    ["PING", "{", '{"type":"done","type":"answer"}', '{"type":"done"}', '{"type":"answer"']
)
frames = st.one_of(texts, texts.map(str.encode), st.binary(max_size=3))


@given(endpoints, st.lists(payloads, max_size=4))
def test_what_a_kind_writes_is_recognised_as_that_kind_whatever_else_may_be_said(
    endpoint: BoundEndpoint, raws: list[object]
) -> None:
    codec = codecs_of(compile_endpoint(endpoint))[Side.SERVER]
    for one, raw in product(codec.kinds.values(), raws):
        if isinstance(one.schema.body, str | None):
            continue  # it says nothing of what is written
        with suppress(ValueError):  # it fits no body of this kind
            body = one.decode(msgspec.json.encode(raw))
            assert one in codec.recogniser.find(one.encode(body), is_text=one.is_text)


@st.composite
def conversations(draw: st.DrawFn) -> list[str | bytes]:
    """Few different payloads, said in any order, and often the same one several times."""
    some = draw(st.lists(frames, min_size=1, max_size=4))
    runs = st.tuples(st.sampled_from(some), st.integers(1, 4))
    return [payload for payload, times in draw(st.lists(runs, max_size=5)) for _ in range(times)]


@given(endpoints, conversations(), st.booleans())
def test_one_pass_and_two_come_to_the_same(
    endpoint: BoundEndpoint, said: list[str | bytes], bytes_are_text: bool
) -> None:
    quick = Session(endpoint, Side.CLIENT)
    slow = without_one_pass(Session(endpoint, Side.CLIENT))
    for payload in said:
        is_text = isinstance(payload, str) or bytes_are_text
        one = comparable(quick.receive(payload, is_text=is_text))
        assert one == comparable(slow.receive(payload, is_text=is_text))
        assert quick.machine.state == slow.machine.state


def at_once(session: Session, said: Sequence[str | bytes]) -> list[SessionEvent | None]:
    """What ``session`` makes of many payloads that came together."""
    events: list[SessionEvent | None] = []
    came = iter(said)
    while (payload := session.receive_plain(came, events.append)) is not None:
        events.append(session.receive(payload, is_text=isinstance(payload, str)))
    return events


def check_many_at_once(endpoint: BoundEndpoint, said: Sequence[str | bytes]) -> None:
    quick = Session(endpoint, Side.CLIENT)
    slow = without_one_pass(Session(endpoint, Side.CLIENT))
    one_by_one = [slow.receive(payload, is_text=isinstance(payload, str)) for payload in said]
    assert list(map(comparable, at_once(quick, said))) == list(map(comparable, one_by_one))
    assert quick.machine.state == slow.machine.state


@given(endpoints, conversations())
def test_many_at_once_and_one_by_one_come_to_the_same(
    endpoint: BoundEndpoint, said: list[str | bytes]
) -> None:
    check_many_at_once(endpoint, said)


class Audio(Struct):
    audio: str
    final: None = None


class Final(Struct):
    final: bool
    audio: None = None


class Problem(Struct):
    message: str
    code: int


class Words(Struct):
    text: str


class Space(Struct):
    text: Literal[" "]


class Go(Struct):
    text: Literal["go"] = "go"


class Labelled(Struct):
    label: Literal["a", "b"]
    text: str = ""


class Nested(Struct):
    inner: Words
    text: str


class Tagged(Struct, tag_field="kind", tag="tagged"):
    text: str
    code: int


class TaggedAlike(Struct, tag_field="kind", tag="tagged"):
    text: str
    message: str


class Slashed(Struct, rename={"either": "either/or"}):
    text: str
    either: int


class Longer(Words):
    code: int


class Coded(Struct):
    text: str
    code: int


@dataclass
class Loose:
    text: str
    code: int | UnsetType = UNSET


class Row(Struct, array_like=True):
    text: str


class Trimmed(Struct):
    text: str

    def __post_init__(self) -> None:
        self.text = str(self.text).strip()


TYPICAL: dict[type, dict[str, object]] = {
    Audio: {"audio": "AAAA"},
    Final: {"final": True},
    Problem: {"message": "m", "code": 1},
    Words: {"text": "t"},
    Space: {"text": " "},
    Go: {"text": "go"},
    Labelled: {"label": "a", "text": "t"},
    Nested: {"inner": {"text": "t"}, "text": "t"},
    Tagged: {"kind": "tagged", "text": "t", "code": 1},
    Trimmed: {"text": " t"},
}
"""What each of these kinds says; few of them have a tag."""

ODD: list[dict[str, object]] = [
    {"text": " "},
    {"text": "go"},
    {"text": ""},
    {"text": "code"},
    {"text": 1},
    {"audio": '"message"'},
    {"audio": None},
    {"label": "c"},
    {"kind": "other"},
    {"kind": "tagged"},
    {"inner": {}},
]


@st.composite
def mistakable(draw: st.DrawFn) -> tuple[BoundEndpoint, list[str | bytes]]:
    """A kind that is said twice, so that more of it is expected, and then something like it."""
    bodies = draw(st.lists(st.sampled_from(list(TYPICAL)), min_size=2, max_size=4, unique=True))
    schemas = [Schema(body) for body in bodies]
    if draw(st.booleans()):
        schemas.append(Schema("Anything"))
    endpoint = endpoint_of([(schema, draw(st.integers(0, 5)) > 0) for schema in schemas])
    usual, *rivals = (TYPICAL[body] for body in bodies)
    odd = draw(st.lists(st.sampled_from([*rivals, *ODD]), max_size=4))
    mixed = ({**usual, **one} if draw(st.booleans()) else {**one, **usual} for one in odd)
    said = [usual, usual, *mixed]
    escaped = draw(st.sampled_from(["~", *{name[0] for one in said for name in one}]))
    return endpoint, [spelled(one, escaped) for one in said]


@given(mistakable())
def test_what_was_expected_is_taken_for_that_only_if_it_is_nothing_else(
    case: tuple[BoundEndpoint, list[str | bytes]],
) -> None:
    check_many_at_once(*case)


@pytest.mark.parametrize(
    ("bodies", "usual", "odd"),
    [
        pytest.param([Go, "Anything"], '{"text":"go"}', "{}", id="a default is not there"),
        pytest.param([Trimmed, Space], '{"text":" t"}', '{"text":" "}', id="a body is changed"),
        pytest.param(
            [Words, Tagged, TaggedAlike],
            '{"text":"t"}',
            '{"text":"t","kind":"tagged"}',
            id="a tag is there and the rest is not",
        ),
        pytest.param([Row, Words], '["t"]', '{"text":"t"}', id="a struct is an array"),
        pytest.param(
            [Words, Slashed],
            '{"text":"t"}',
            r'{"text":"t","either\/or":1}',
            id="a name is written in another way",
        ),
    ],
)
def test_expectations_are_not_led_astray_where(bodies: list[Any], usual: str, odd: str) -> None:
    endpoint = endpoint_of([(Schema(body), True) for body in bodies])
    for width in (0, 3000):
        check_many_at_once(endpoint, [one.ljust(width) for one in (usual, usual, odd, usual)])


_PIECES = st.sampled_from(('"', '"message"', "message", '"mess', "a", " " * 700, "b" * 1015, ":"))


@given(st.lists(_PIECES, max_size=12).map("".join))
@example('"' + "x" * 1023 + '"message"')
@example('"' + "x" * 1020 + '"message"' + "x" * 3000)
@example('"' + "x" * 3000 + '"message"')
def test_a_name_is_found_wherever_it_is_in_a_long_payload(payload: str) -> None:
    assert mentions(payload, '"message"') == ('"message"' in payload)


INSTANCES: dict[type, dict[str, object]] = {
    Audio: {"audio": "AAAA", "final": None},
    Final: {"final": True, "audio": None},
    Problem: {"message": "m", "code": 1},
    Words: {"text": "t"},
    Space: {"text": " "},
    Go: {"text": "go"},
    Labelled: {"label": "a", "text": "t"},
    Nested: {"inner": Words("t"), "text": "t"},
    Tagged: {"text": "t", "code": 1},
    Trimmed: {"text": " t"},
    Row: {"text": "t"},
}
"""What each of these kinds says, by attribute."""

VALUES: st.SearchStrategy[object] = st.sampled_from(
    ["t", " ", "go", "", "a", 1, True, None, "x" * 600, "\ud800", Words("t"), [1], b"t"]
)


RULES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {"repeatable": False}, {"repeatable": False}, {"until": "Stop"}, {"final": True}]
)

STOP: tuple[object, ...] = ()
"""Nothing is said; the peer says its word."""


@st.composite
def sayings(draw: st.DrawFn) -> tuple[BoundEndpoint, list[tuple[object, ...]]]:
    """What a server that has several kinds says, each thing several times; not all of it right."""
    bodies = draw(st.lists(st.sampled_from(list(INSTANCES)), min_size=1, max_size=4, unique=True))
    schemas = [Schema(body) for body in bodies]
    if draw(st.booleans()):
        schemas += [Schema("Anything"), Schema.binary(), Schema.text("go", "GO")]
    messages = [
        kind(TO_CLIENT, schema, f"Kind{number}", **draw(RULES))
        for number, schema in enumerate(schemas)
    ]
    stop = kind(TO_SERVER, Schema.text("stop", "STOP"), "Stop")
    endpoint = one_endpoint("Random", streaming_messages=[stop], server_messages=messages)
    names = [message.id for message in endpoint.endpoint.lifecycle.server_messages]
    said: list[tuple[object, ...]] = []
    for _ in range(draw(st.integers(1, 5))):
        body = draw(st.sampled_from(bodies))
        usual = INSTANCES[body]
        values = {name: draw(VALUES) for name in usual if draw(st.booleans())}
        name = names[bodies.index(body)]
        raw = msgspec.to_builtins(body(**usual))
        said += [(body(**usual),), (body(**usual),), (body(**{**usual, **values}),)]
        said += draw(
            st.lists(
                st.sampled_from([(name, raw), (name, body(**usual)), (body(**usual), raw)])
                | st.tuples(
                    st.sampled_from([*names, "Nothing"]),
                    st.sampled_from([{**usual, **values}, {"text": "go"}, b"t", "GO", {}, None]),
                )
                | st.sampled_from([("Kind0",), (names[-1],), (b"t",), ({},), STOP, STOP]),
                max_size=4,
            )
        )
    return endpoint, [one for one in said for _ in range(draw(st.integers(1, 2)))]


def outcome(session: Session, said: tuple[object, ...]) -> object:
    """What comes of sending, as a value."""
    if said == STOP:
        return session.receive("STOP")
    try:
        return session.send(*said)
    except LocalProtocolError as error:
        return type(error), str(error)


def check_said_again(endpoint: BoundEndpoint, said: Sequence[tuple[object, ...]]) -> None:
    quick, slow = Session(endpoint, Side.SERVER), Session(endpoint, Side.SERVER)
    for one in said:
        slow.sayable.clear()  # it has never said anything
        assert outcome(quick, one) == outcome(slow, one)
        assert quick.machine.state == slow.machine.state
        assert quick.said == slow.said
    check_written_again(endpoint, said)


def opened(endpoint: BoundEndpoint) -> Connection:
    """A server's connection, past its handshake, that packs what is longer than 40 bytes."""
    client, server = Connection.client(endpoint), Connection.server(compression=PACKED)
    server.receive_data(client.data_to_send())
    server.accept(endpoint)
    server.data_to_send()
    return server


def written(connection: Connection, said: tuple[object, ...]) -> object:
    """What comes of sending on a connection, as a value, and what is to be written."""
    if said == STOP:
        stop = masked(iter([b"mask"]))(b"STOP", True)
        return [type(event) for event in connection.receive_data(stop)], connection.data_to_send()
    try:
        connection.send(*said)
    except LocalProtocolError as error:
        return type(error), str(error), connection.data_to_send()
    return connection.data_to_send()


def check_written_again(endpoint: BoundEndpoint, said: Sequence[tuple[object, ...]]) -> None:
    quick, slow = opened(endpoint), opened(endpoint)
    for one in said:
        assert slow.session is not None
        slow.session.sayable.clear()
        slow._repeaters.clear()  # it has never said anything
        assert written(quick, one) == written(slow, one)
        assert quick.delivery() == slow.delivery()


@given(sayings())
def test_what_is_said_again_is_judged_as_if_it_were_said_for_the_first_time(
    case: tuple[BoundEndpoint, list[tuple[object, ...]]],
) -> None:
    check_said_again(*case)


@pytest.mark.parametrize(
    ("usual", "rival", "said", "odd"),
    [
        pytest.param(Words, Space, (Words("t"),), (Words(" "),), id="a text that has a meaning"),
        pytest.param(
            Words, Space, ("Kind0", {"text": "t"}), ("Kind0", {"text": " "}), id="the same by name"
        ),
        pytest.param(
            Loose, Coded, (Loose("t"),), (Loose("t", 1),), id="a field that is there this time"
        ),
        pytest.param(
            Words, Coded, ("Kind0", Words("t")), ("Kind0", Longer("t", 1)), id="a field of its own"
        ),
    ],
)
def test_what_the_peer_would_misread_is_refused_after_what_it_would_not(
    usual: type, rival: type, said: tuple[object, ...], odd: tuple[object, ...]
) -> None:
    messages = [
        kind(TO_CLIENT, usual, "Kind0"),
        kind(TO_CLIENT, rival, "Kind1", repeatable=False),
    ]
    endpoint = one_endpoint("Mistakable", server_messages=messages)
    check_said_again(endpoint, [said, said, odd, said])
    assert outcome(Session(endpoint, Side.SERVER), odd) == (LocalInvalidMessage, ANY)


def test_a_secret_is_filled_in_each_time() -> None:
    endpoint = one_endpoint("Secret", server_messages=[kind(TO_CLIENT, Words, "Kind0")])
    carried = Carried(fields={"Kind0": ("token",)}, secret="s3cret")
    session = Session(endpoint, Side.SERVER, carried=carried)
    said = [session.send(Words("t")) for _ in range(3)]
    assert set(said) == {'{"text":"t","token":"s3cret"}'}
