"""Three small APIs, described: what the programs beside this file are supposed to speak.

* `DUBBING`: a login that is answered, texts and audio with an answer each, an application close
  with half-close and a last word; the client hangs up.
* `ROOMS`: a greeting, rooms as channels with keys, at most two at once and none twice, and
  questions with an id.
* `FEED`: what may be said once something else was, a refusal that announces its close code, and a
  server that hangs up.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schematic import (
    AutoReply,
    Breach,
    Channel,
    ChannelKey,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    KeyReuse,
    MessageDirection,
    MessageSchema,
    OnBreach,
    OpeningStep,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["DUBBING", "FEED", "ROOMS"]

CLIENT = MessageDirection.CLIENT_TO_SERVER
SERVER = MessageDirection.SERVER_TO_CLIENT
BOTH = MessageDirection.BIDIRECTIONAL

Id = Annotated[str, Meta(min_length=1)]
Whole = Annotated[int, Meta(ge=0, lt=2**31)]


class Body(Struct, frozen=True, tag_field="type", tag=str.lower):
    """What all have in common: the kind is the name of the type, in small letters."""


class Login(Body, frozen=True):
    """Who it is; any token will do."""

    token: Id
    nickname: str | None = None


class Welcome(Body, frozen=True):
    """The client may go on."""

    session: str


class Configure(Body, frozen=True):
    """How it shall sound, once."""

    language: Literal["en", "fr"] = "en"
    voice: str | None = None
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0
    words: tuple[str, ...] = ()


class Configured(Body, frozen=True):
    """So it shall be."""


class Line(Body, frozen=True):
    """A text."""

    text: str
    speaker: str | None = None


class Caption(Body, frozen=True):
    """The text of a line, as it will be shown."""

    text: str
    speaker: str | None = None


class Correct(Body, frozen=True):
    """Another text for a caption."""

    text: str


class Ping(Body, frozen=True):
    """Asks for a pong with the same number."""

    n: Whole


class Pong(Body, frozen=True):
    """Answers a ping."""

    n: Whole


class Overloaded(Body, frozen=True):
    """The client should say nothing new, and finish."""


class Stop(Body, frozen=True):
    """The client is done."""


class Summary(Body, frozen=True):
    """The server is, too."""

    captions: Whole


class Refused(Body, frozen=True):
    """What was said has been thrown away."""

    reason: str
    room: str | None = None


def said(body: type[Struct], direction: MessageDirection, **marks: object) -> MessageSchema:
    """A message whose id is the name of its body."""
    fields: dict[str, object] = {"schema": Schema(body), **marks}
    return MessageSchema(id=body.__name__, direction=direction, **fields)  # type: ignore[arg-type]


OUT_OF_ORDER = OnBreach.close(4402, Breach.ILLEGAL, by=Side.SERVER)
UNREADABLE = OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, Breach.FOREIGN, by=None)
CODES = (
    CloseCode(code=1000, meaning="nothing more to say", normal=True),
    CloseCode(code=4400, meaning="a message that is none, or has a wrong body"),
    CloseCode(code=4402, meaning="the server broke the order", by=Side.CLIENT),
)
PINGS = (
    said(Ping, BOTH, ambient=True, after_end=True),
    said(Pong, BOTH, ambient=True, after_end=True, replies=AutoReply(to="Ping", copies="n")),
)


def server_code(code: int, meaning: str) -> CloseCode:
    """A code that only the server gives."""
    return CloseCode(code=code, meaning=meaning, by=Side.SERVER)


def alone(name: str, lifecycle: ConnectionLifecycle) -> WebSocketApi:
    """An API of one endpoint."""
    endpoint = WebSocketEndpoint(id="Talk", path=f"/{name.lower()}", lifecycle=lifecycle)
    return WebSocketApi(name=name, base_url=f"wss://{name.lower()}.example", endpoints=[endpoint])


dubbing = alone(
    "Dubbing",
    ConnectionLifecycle(
        initialize=[said(Login, CLIENT), said(Welcome, SERVER)],
        streaming_messages=[
            said(Configure, CLIENT, repeatable=False),
            said(Line, CLIENT, until="Overloaded"),
            MessageSchema(id="Audio", direction=CLIENT, schema=Schema.binary()),
            said(Correct, CLIENT, after="Caption"),
            *PINGS,
        ],
        close=said(Stop, CLIENT),
        server_messages=[
            said(Configured, SERVER, repeatable=False, after="Configure"),
            said(Caption, SERVER, after="Line"),
            MessageSchema(id="Voice", direction=SERVER, schema=Schema.binary(), after="Audio"),
            said(Refused, SERVER, ambient=True),
            said(Overloaded, SERVER, ambient=True, repeatable=False),
            said(Summary, SERVER, final=True, after="Stop"),
        ],
        closing=Closing(
            by=Side.CLIENT,
            codes=[
                *CODES,
                server_code(4401, "something was said before the login"),
                server_code(4410, "something was said after the stop"),
                server_code(4429, "logged in twice"),
            ],
        ),
        on_breach=[
            UNREADABLE,
            OnBreach.say("Refused", Breach.EARLY, message="Correct", body=Refused("too early")),
            OnBreach.say("Refused", Breach.REPEATED, message="Configure", body=Refused("repeated")),
            OnBreach.close(4429, Breach.REPEATED, message="Login"),
            OnBreach.close(4401, Breach.EARLY),
            OnBreach.close(4410, Breach.LATE),
            OUT_OF_ORDER,
        ],
    ),
)
DUBBING = dubbing.endpoint()


class Hello(Body, frozen=True):
    """A greeting, for which nobody has to wait."""

    version: Whole = 1


class Enter(Body, frozen=True):
    """Opens a room."""

    room: Id
    nickname: str | None = None


class Entered(Body, frozen=True):
    """The room is open."""

    room_id: Id


class Say(Body, frozen=True):
    """To all in the room."""

    room: Id
    text: str


class Heard(Body, frozen=True):
    """By all in the room."""

    room_id: Id
    text: str


class Leave(Body, frozen=True):
    """Nothing more from the client in this room."""

    room: Id


class Left(Body, frozen=True):
    """Nor from the server."""

    room_id: Id


class Who(Body, frozen=True):
    """A question; the id is the client's choice."""

    id: Whole
    name: str


class Found(Body, frozen=True):
    """An answer."""

    id: Whole
    rooms: tuple[str, ...]


class Nobody(Body, frozen=True):
    """Another answer."""

    id: Whole


room = Channel(
    id="Room",
    key=ChannelKey(client="room", server="room_id"),
    lifecycle=ConnectionLifecycle(
        initialize=[said(Enter, CLIENT), said(Entered, SERVER)],
        streaming_messages=[said(Say, CLIENT)],
        close=said(Leave, CLIENT),
        server_messages=[said(Heard, SERVER), said(Left, SERVER, final=True, after="Leave")],
        timers=[Timer.reply(5)],
    ),
    max_open=2,
    reuse=KeyReuse.NEVER,
)
question = Channel.request(
    id="Question",
    ask=said(Who, CLIENT),
    replies=[said(Found, SERVER), said(Nobody, SERVER)],
    key="id",
)
rooms = alone(
    "Rooms",
    ConnectionLifecycle(
        initialize=OpeningStep(said(Hello, SERVER), gating=False),
        server_messages=[said(Refused, SERVER, ambient=True)],
        channels=[room, question],
        closing=Closing(
            by=Side.CLIENT, codes=[*CODES, server_code(4409, "a room that had been entered before")]
        ),
        on_breach=[
            UNREADABLE,
            OnBreach.close(4409, Breach.KEY_IN_USE),
            OnBreach.say("Refused", Breach.ILLEGAL, body=Refused("out of order")),
            OUT_OF_ORDER,
        ],
    ),
)
ROOMS = rooms.endpoint()


class Subscribe(Body, frozen=True):
    """To a topic."""

    topic: str
    since: Whole | None = None


class Subscribed(Body, frozen=True):
    """Items will come."""


class More(Body, frozen=True):
    """Asks for an item; some come without being asked for."""


class Item(Body, frozen=True):
    """News."""

    text: str
    link: str | None = None


class Ack(Body, frozen=True):
    """Items have been read."""


class Failed(Body, frozen=True):
    """The server closes next, with this code."""

    code: Annotated[int, Meta(ge=4000, le=4999)]
    reason: str = ""


class Bye(Body, frozen=True):
    """The client is done."""


class Farewell(Body, frozen=True):
    """The server is, too, and closes."""


feed = alone(
    "Feed",
    ConnectionLifecycle(
        initialize=[said(Subscribe, CLIENT), said(Subscribed, SERVER)],
        streaming_messages=[said(More, CLIENT), said(Ack, CLIENT, after="Item")],
        close=said(Bye, CLIENT),
        server_messages=[
            said(Item, SERVER),
            said(
                Failed,
                SERVER,
                ambient=True,
                final=True,
                closes=CloseNotice(code="code", reason="reason"),
            ),
            said(Farewell, SERVER, final=True, after="Bye"),
        ],
        closing=Closing(
            by=Side.SERVER,
            codes=[
                *CODES,
                server_code(4408, "something was said too early"),
                server_code(4410, "something was said after the goodbye"),
                server_code(4429, "subscribed twice"),
            ],
        ),
        on_breach=[
            UNREADABLE,
            OnBreach.say("Failed", Breach.EARLY, body=Failed(4408, "too early")),
            OnBreach.close(4429, Breach.REPEATED),
            OnBreach.close(4410, Breach.LATE),
            OUT_OF_ORDER,
        ],
    ),
)
FEED = feed.endpoint()
