from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pytest
from hypothesis import given, settings
from msgspec import UNSET, Meta, Struct, UnsetType

from schematic import (
    AuthStrategy,
    AutoReply,
    Channel,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    ListStyle,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    ParamLocation,
    ParamType,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import compile_endpoint
from schematic.compile.reference import to_page
from schematic.compile.reference.facts import auth_in_words, param_in_words, timer_in_words
from schematic.compile.reference.objects import FieldEntry, ObjectEntry, Objects, about
from schematic.compile.reference.sentences import listed, order_in_words
from support.lifecycles import bound, channelled, keyed, message

C, S = Side.CLIENT, Side.SERVER
UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT


class Word(Struct, frozen=True):
    """One word.

    Attributes:
        text: as it was
            understood.
    """

    text: str


class Line(Struct, frozen=True, tag_field="type", tag=True):
    """What was said `<here>`, <here> and [there].

    It has a second paragraph.

    Attributes:
        words: its words.
        speaker (str): who said it.
        style: "loud" | "quiet".

    Raises:
        Nothing: ever.
    """

    words: tuple[Word, ...]
    speaker: str | UnsetType | None = UNSET
    style: Literal["loud", "quiet"] | UnsetType = UNSET
    pace: float = 1.0
    reply: Line | UnsetType = UNSET


def page_of(lifecycle: ConnectionLifecycle) -> str:
    blobs = ConnectionParam(name="blobs", param_type=ParamType.BOOLEAN)
    live = WebSocketEndpoint(
        id="Live", path="/live", connection_params=[blobs], lifecycle=lifecycle
    )
    api = WebSocketApi(name="Captions", base_url="wss://captions.example/", endpoints=[live])
    return to_page(compile_endpoint(api.endpoint()))


def headings_with_all_links(page: str) -> list[str]:
    """The headings of a page, no two alike; every link within it has to lead to one of them."""
    headings: list[str] = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    assert len(set(headings)) == len(headings)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= anchors
    return headings


# ---------------------------------------------------------------------------------------- the page


@settings(max_examples=30)
@given(channelled())
def test_every_message_has_a_place_and_every_link_leads_somewhere(
    lifecycle: ConnectionLifecycle,
) -> None:
    page = to_page(compile_endpoint(bound(lifecycle)))
    headings = headings_with_all_links(page)
    known = {message.id for message in lifecycle.messages}
    known |= {m.id for channel in lifecycle.channels for m in channel.lifecycle.messages}
    assert known <= set(headings)


def test_a_page_tells_all_there_is_to_know_about_an_endpoint() -> None:
    api = WebSocketApi(
        name="Captions",
        base_url="wss://captions.example/",
        docs_url="https://captions.example/docs",
        auth=AuthStrategy.api_key(header="X-Key"),
        headers={"X-Version": "1"},
        endpoints=[
            WebSocketEndpoint(
                id="Live",
                path="/rooms/{room}",
                description="Captions as they come.",
                connection_params=[
                    ConnectionParam(
                        name="speed",
                        param_type=ParamType.INTEGER,
                        default=1,
                        choices=(1, 2),
                        description="Twice | once.",
                        location=ParamLocation.QUERY,
                    ),
                    ConnectionParam(name="key", param_type=ParamType.STRING),
                ],
                constraints=[Constraint.needs("key", {"speed": 1})],
                subprotocols=["captions.v2", "captions.v1"],
                lifecycle=ConnectionLifecycle(
                    initialize=MessageSchema(id="Hello", direction=UP, schema=Schema.text("hi")),
                    streaming_messages=[
                        MessageSchema(
                            id="Media", description="Sound.", direction=UP, schema=Schema.binary()
                        )
                    ],
                    server_messages=[
                        MessageSchema(
                            id="Line", description="Words.", direction=DOWN, schema=Schema(Line)
                        )
                    ],
                    timers=[Timer.idle(20)],
                ),
            )
        ],
    )
    page = to_page(compile_endpoint(api.endpoint()), picture="live.svg", about="From the docs.")
    headings_with_all_links(page)
    assert page.startswith("# Captions: Live\n\nCaptions as they come.\n\n| | |\n")
    for line in (
        "| URL | `wss://captions.example/rooms/{room}` |",
        "| Credentials | header `X-Key: …` |",
        "| Header | `X-Version: 1` |",
        "| Subprotocol | `captions.v2` or `captions.v1` |",
        "Rules across parameters:",
        "- key needs speed=1.",
        "| Documentation | <https://captions.example/docs> |",
        "From the docs.",
        "![The order of messages of Live](live.svg)",
        "- The client first says [Hello](#hello). Until it has, nobody says anything else.",
        "| `room` | string, required | path | |",
        "| `speed` | integer | query | Default `1`. One of `1` `2`. Twice \\| once. |",
        "- After 20 s of silence from the client the server closes with 1008.",
        "| [Media](#media) | Sound. | |",
        "It is text: `hi`.",
        "It is bytes, in a binary frame.",
        "What was said `<here>`, \\<here\\> and \\[there\\]. It has a second paragraph.",
        '| `type` | `"Line"` | |',
        "| `words` | list of [Word](#type-word) | its words. |",
        "| `speaker` | string or null | optional; who said it. |",
        '| `style` | `"loud"` or `"quiet"` | optional; "loud" \\| "quiet". |',
        "| `pace` | number | optional, default `1.0` |",
        "| `reply` | [Line](#line) | optional |",
        "### type Word",
        "| `text` | string | as it was understood. |",
    ):
        assert line in page.splitlines(), line


def test_an_endpoint_of_little_has_a_short_page() -> None:
    page = to_page(compile_endpoint(bound(ConnectionLifecycle())))
    assert "##" not in page.replace("## Order of messages", "")
    assert page.endswith(
        "- The client has no last word: its half ends with the WebSocket.\n"
        "- The server has no last word: its half ends with the WebSocket.\n"
    )


def test_a_page_has_what_the_verifier_says() -> None:
    alike = [MessageSchema(id=name, direction=UP, schema=Schema(name)) for name in "AB"]
    page = page_of(ConnectionLifecycle(streaming_messages=alike))
    assert "## Known findings" in page
    assert "- `decodes-alike` (warning): A and B from the client can be said" in page
    assert "It is any JSON object." in page


def test_channels_within_channels_have_sections_of_their_own() -> None:
    item = Channel(
        id="Item",
        key="inner",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("ItemAdded", S, outer_key="outer"),
            server_messages=[keyed("ItemDone", S, final=True, key="outer")],
        ),
    )
    response = Channel(
        id="Response",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Create", C),
            streaming_messages=[keyed("Cancel", C, to_all=True)],
            server_messages=[keyed("Done", S, final=True)],
            channels=[item],
        ),
    )
    page = page_of(ConnectionLifecycle(channels=[response]))
    outer, inner = page.index("## The channel Response"), page.index("## The channel Item")
    assert outer < inner < page.index("## What the client says")
    marks = "on [Response](#the-channel-response), without a key to all channels of its sender's"
    assert f"| [Cancel](#cancel) | | {marks} |" in page
    assert "| [ItemAdded](#itemadded) | | on [Item](#the-channel-item), opens, outer key" in page
    marks = "on [Item](#the-channel-item), ends its sender's half, key in outer"
    assert f"| [ItemDone](#itemdone) | | {marks} |" in page
    headings_with_all_links(page)


def test_a_page_says_how_connections_end() -> None:
    by_server = page_of(ConnectionLifecycle(closing=Closing(by=S)))
    ends = "## How it ends\n\nThe server closes the WebSocket when everything has been said.\n"
    assert ends in by_server
    assert "| Code |" not in by_server
    error = message("Error", S, ambient=True, final=True, closes=CloseNotice(code=4001))
    announced = page_of(ConnectionLifecycle(server_messages=[error]))
    assert "ends its sender's half, its sender closes next with 4001, at any moment" in announced
    full = Closing(codes=[CloseCode(code=4000, meaning="full")])
    assert "| 4000 | full | either side |" in page_of(ConnectionLifecycle(closing=full))


class Empty(TypedDict):
    pass


def test_an_object_without_fields_has_none_to_list() -> None:
    nothing = MessageSchema(id="Nothing", direction=UP, schema=Schema(list[Empty]))
    page = page_of(ConnectionLifecycle(streaming_messages=[nothing]))
    assert "It is list of [Empty](#type-empty)." in page
    assert page.endswith("### type Empty\n\nIt has no fields.\n")


def test_a_channel_has_a_section_and_its_messages_say_so() -> None:
    operation = Channel(
        id="Operation",
        description="A question and its answers.",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=[keyed("Ask", C), keyed("Accept", S)],
            streaming_messages=[keyed("Cancel", C, ends_both=True, key="outer")],
            server_messages=[keyed("Answer", S), keyed("Done", S, final=True)],
        ),
        ignores=["Cancel"],
    )
    page = page_of(ConnectionLifecycle(channels=[operation]))
    for line in (
        "## The channel Operation",
        "A question and its answers.",
        "- The client opens a channel with [Ask](#ask).",
        "- The server then says [Accept](#accept). Until it has, nobody says anything else.",
        "- With [Cancel](#cancel) the client ends it for both sides.",
        "- [Done](#done) is the server's last word. The client may go on.",
        "- Key: key.",
        "- Where no channel of its key is open, [Cancel](#cancel) is no breach.",
        "| [Ask](#ask) | | on [Operation](#the-channel-operation), opens |",
    ):
        assert line in page.splitlines(), line
    assert "on [Operation](#the-channel-operation), ends both halves, key in outer" in page


# --------------------------------------------------------------------------------------- sentences


def words(lifecycle: ConnectionLifecycle) -> tuple[str, ...]:
    return order_in_words(lifecycle, str)


def test_a_conversation_is_told_from_its_opening_to_its_end() -> None:
    assert words(
        ConnectionLifecycle(
            initialize=[
                OpeningStep(message("Greeting", S), gating=False),
                OpeningStep(message("Start", C), message("Resume", C)),
            ],
            streaming_messages=[message("Audio", C), message("Note", C, repeatable=False)],
            close=message("Stop", C),
            server_messages=[
                message("Text", S),
                message("Answer", S, after="Note"),
                message("Echo", S, until="Stop"),
                message("Done", S, final=True, after=("Stop", "Audio")),
                message("Warning", S, ambient=True),
                message("Trouble", S, ambient=True, after="Audio"),
                message("Error", S, ambient=True, final=True, repeatable=False),
                message("Pulse", S, ambient=True, after_end=True),
            ],
        )
    ) == (
        "The server's own first word is Greeting. The client need not wait for it.",
        "The client then says Start or Resume. Until it has, nobody says anything else.",
        "The client may say Audio and Note (once), in any order.",
        "The server may say Text, as often as it likes.",
        "The server may say Answer once Note has passed.",
        "The server says Echo no more once it knows of Stop.",
        "Stop is the client's last word. The server may go on.",
        "Done is the server's last word, once Stop and Audio have passed.",
        "At any moment the server may say Warning or Trouble once Audio has passed.",
        "At any moment the server may say Error, which is its last word.",
        "At any moment the server may say Pulse, even after its last word.",
    )


def test_who_has_nothing_left_to_say_does_not_go_on() -> None:
    question = ConnectionLifecycle(
        initialize=keyed("Ask", C), server_messages=[keyed("Answer", S, final=True)]
    )
    assert order_in_words(question, str, on_channel=True)[-1] == "Answer is the server's last word."
    error = message("Error", C, ambient=True)
    heard = ConnectionLifecycle(streaming_messages=[error], close=message("Done", S))
    assert "Done is the server's last word." in words(heard)
    early = replace(heard, streaming_messages=[message("Line", C, until="Done"), error])
    assert "Done is the server's last word." in words(early)
    late = replace(heard, streaming_messages=[message("Line", C)])
    assert "Done is the server's last word. The client may go on." in words(late)


def test_the_marks_of_a_message_are_told_beside_it() -> None:
    page = page_of(
        ConnectionLifecycle(
            streaming_messages=[
                message("More", C, until=("Full", "Error")),
                message("Stop", C, ends_both=True),
                message("Ask", C),
            ],
            server_messages=[
                message("Full", S),
                message("Told", S, replies=AutoReply(to="Ask")),
                message("Error", S, ambient=True, final=True, repeatable=False),
                message("Pulse", S, ambient=True, after_end=True),
                MessageSchema(
                    id="Blob",
                    direction=DOWN,
                    schema=Schema(Word, frame="either"),
                    when={"blobs": True},
                ),
            ],
        )
    )
    for line in (
        "| [More](#more) | | until [Full](#full) or [Error](#error) |",
        "| [Stop](#stop) | | ends both halves |",
        "| [Told](#told) | | replies by itself to [Ask](#ask) |",
        "| [Error](#error) | | ends its sender's half, at any moment, once |",
        "| [Pulse](#pulse) | | at any moment, even after its sender's end |",
        "| [Blob](#blob) | | with blobs=true, JSON in a text or a binary frame |",
    ):
        assert line in page.splitlines(), line


def test_names_are_listed_as_people_do() -> None:
    assert listed(["A"]) == "A"
    assert listed(["A", "B"]) == "A and B"
    assert listed(["A", "B", "C"], "or") == "A, B or C"


# ------------------------------------------------------------------------------------------- facts


def code(text: str) -> str:
    return f"`{text}`"


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (AuthStrategy.none(), "none"),
        (AuthStrategy.basic(), "user name and password (HTTP Basic)"),
        (AuthStrategy.bearer_token(), "header `Authorization: Bearer …`"),
        (AuthStrategy.api_key(header="X-Key"), "header `X-Key: …`"),
        (AuthStrategy.api_key_query(name="key"), "query parameter `key`"),
        (AuthStrategy.subprotocol("realtime", prefix="key."), "subprotocols `realtime, key.…`"),
        (AuthStrategy.in_message("Init", "Resume", field="k"), "field `k` of Init or Resume"),
        (
            AuthStrategy.any_of(AuthStrategy.none(), AuthStrategy.api_key_query(name="key")),
            "none, or query parameter `key`",
        ),
    ],
)
def test_where_credentials_go_is_said_in_words(auth: AuthStrategy, expected: str) -> None:
    said = [MessageSchema(id=name, direction=UP, schema=Schema(name)) for name in auth.messages]
    endpoint = WebSocketEndpoint(
        id="E", path="/", lifecycle=ConnectionLifecycle(streaming_messages=said)
    )
    api = WebSocketApi(name="A", base_url="wss://a.example", auth=auth, endpoints=[endpoint])
    assert auth_in_words(api, code) == expected


def test_ways_that_are_for_another_endpoints_messages_are_left_out() -> None:
    auth = AuthStrategy.any_of(
        AuthStrategy.in_message("Init", "Resume", field="k"),
        AuthStrategy.in_message("Hello", field="h"),
    )
    endpoints = [
        WebSocketEndpoint(
            id=f"E{number}",
            path=f"/{number}",
            lifecycle=ConnectionLifecycle(
                streaming_messages=[
                    MessageSchema(id=name, direction=UP, schema=Schema(name)) for name in names
                ]
            ),
        )
        for number, names in enumerate((["Init", "Hello"], ["Resume"]))
    ]
    api = WebSocketApi(name="A", base_url="wss://a.example", auth=auth, endpoints=endpoints)
    assert [auth_in_words(api, endpoint=endpoint) for endpoint in endpoints] == [
        "field k of Init, or field h of Hello",
        "field k of Resume",
    ]


def test_environment_variables_that_hold_the_key_are_named() -> None:
    api = WebSocketApi(
        name="A",
        base_url="wss://a.example",
        auth=AuthStrategy.bearer_token(),
        env_auth=["A_KEY", "KEY"],
    )
    assert auth_in_words(api) == "header Authorization: Bearer …, from $A_KEY or $KEY"


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        (
            ConnectionParam(name="rate", param_type=ParamType.INTEGER, minimum=1, maximum=9),
            ["1 to 9"],
        ),
        (
            ConnectionParam(name="s", param_type=ParamType.INTEGER, minimum=0, maximum=2**32 - 1),
            ["0 to 4294967295"],
        ),
        (
            ConnectionParam(name="rate", param_type=ParamType.FLOAT, minimum=0.5, default=1.5),
            ["default `1.5`", "at least 0.5"],
        ),
        (ConnectionParam(name="rate", param_type=ParamType.INTEGER, maximum=9), ["at most 9"]),
        (
            ConnectionParam(
                name="terms",
                param_type=ParamType.STRING,
                many=(ListStyle.JSON, ListStyle.REPEATED),
            ),
            ["several, as a JSON array or as repeated keys"],
        ),
        (
            ConnectionParam(name="session", param_type=ParamType.OBJECT, brackets=True),
            ["as `session[key]=value`"],
        ),
        (
            ConnectionParam(name="letter", param_type=ParamType.STRING, choices=("a", "b", "c")),
            ["one of `a` … (3 in all)"],
        ),
    ],
)
def test_what_a_parameter_may_be_is_said_in_words(
    param: ConnectionParam, expected: list[str]
) -> None:
    assert list(param_in_words(param, code, most=2)) == expected


@pytest.mark.parametrize(
    ("timer", "expected"),
    [
        (
            Timer.initialize(3, close_code=4408),
            "after 3 s without the opening being finished the server closes with 4408",
        ),
        (
            Timer.idle(20, param="patience"),
            "after 20 s, or `patience`, of silence from the client the server closes with 1008",
        ),
        (
            Timer.keepalive(8, message="KeepAlive"),
            "after 8 s of its own silence the client says `KeepAlive`",
        ),
        (
            Timer.idle(9, of=S, owner=C, close_code=1011, close_reason="off"),
            "after 9 s of silence from the server the client closes with 1011 and the reason `off`",
        ),
        (Timer.keepalive(0.5, owner=S), "after 0.5 s of its own silence the server pings"),
        (Timer.open(5), "after 5 s without an answer to the upgrade the client gives up"),
        (
            Timer.close(5),
            "after 5 s without an answer to its close frame the client drops the connection",
        ),
        (
            Timer.close(5, owner=S),
            "after 5 s without an answer to its close frame the server drops the connection",
        ),
        (
            Timer.idle(9, message="Oops"),
            "after 9 s of silence from the client the server says `Oops` and closes with 1008",
        ),
        (Timer.pong(4), "after 4 s without a pong to its ping the client closes with 1011"),
        (Timer.reply(5), "after 5 s without a word from the server the client is told"),
        (
            Timer.idle(20, message="Final", close_code=None),
            "after 20 s of silence from the client the server says `Final`",
        ),
    ],
)
def test_times_are_told_in_words(timer: Timer, expected: str) -> None:
    assert timer_in_words(timer, code) == expected


# ----------------------------------------------------------------------------------------- objects


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int = 0
    y: int | None = None


class Shape(TypedDict):
    corners: list[Point]
    colour: NotRequired[Colour]


class Everything(Struct):
    anything: Any
    names: dict[str, list[str]]
    shape: Shape
    count: Annotated[int, Meta(ge=0)]
    size: Annotated[int, Meta(title="Size")]
    flag: Literal[True, "on"] | None
    mark: Literal["x"] = "x"
    raw: msgspec.Raw = msgspec.Raw(b"1")
    note: bytes | UnsetType = UNSET


def test_the_types_of_fields_are_read_as_people_read_them() -> None:
    objects = Objects()
    (everything,) = objects.body(Schema(Everything))
    assert isinstance(everything, ObjectEntry)

    def plain(field: FieldEntry) -> str:
        parts = (part if isinstance(part, str) else part.name for part in field.type)
        return "".join(parts) + (" ?" if field.optional else "")

    read = {field.name: plain(field) for field in objects.fields[everything]}
    assert read == {
        "anything": "anything",
        "names": "object of list of string",
        "shape": "Shape",
        "count": "integer",
        "size": "integer",
        "flag": '`true` or `"on"` or null',
        "mark": '`"x"`',
        "raw": "anything ?",
        "note": "bytes ?",
    }
    assert [entry.name for entry in objects.fields] == ["Everything", "Shape", "Point"]
    assert [entry.about for entry in objects.fields] == ["", "", ""]
    shape = next(entry for entry in objects.fields if entry.name == "Shape")
    assert {field.name: plain(field) for field in objects.fields[shape]} == {
        "corners": "list of Point",
        "colour": '`"red"` or `"blue"` ?',
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (Schema.binary(), "bytes, in a binary frame"),
        (Schema.text(), "any text"),
        (Schema.text("ping", "pong"), "text: `ping`, `pong`"),
        (Schema("Anything"), "any JSON object"),
        (Schema(int), "integer"),
    ],
)
def test_bodies_that_are_no_objects_are_told_in_words(schema: Schema, expected: str) -> None:
    assert Objects().body(schema) == (expected,)


def test_two_types_of_one_name_stay_two() -> None:
    first, second = (msgspec.defstruct("Item", [("n", int)]) for _ in range(2))
    objects = Objects()
    objects.body(Schema(first))
    objects.body(Schema(second))
    objects.body(Schema(first))
    assert [entry.name for entry in objects.fields] == ["Item", "Item 2"]


def test_docstrings_are_inherited_by_fields_and_not_by_types() -> None:
    class Base:
        """What all have.

        Attributes:
            one: the first.
            two: of the base.
        """

    class Derived(Base):
        """What this one is.

        Attributes:
            two: of its own.
        """

    class Silent(Base):
        pass

    assert about(Derived).text == "What this one is."
    assert about(Derived).attributes == {"one": "the first.", "two": "of its own."}
    assert about(Silent).text == ""
    assert about(Silent).attributes["one"] == "the first."
