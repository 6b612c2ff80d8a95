"""Clients of the three APIs: correct ones, and many that are wrong in one thing each.

A correct one has one short conversation, waits for what it is owed, and for the rest a moment; it
closes with the documented code when the server breaks the order or says what is no message.
"""

from __future__ import annotations

from typing import Any, ClassVar

from probing.faulty.bodies import (
    BINARY,
    Field,
    Fields,
    maybe,
    nullable,
    some_text,
    text,
    texts,
    whole,
)
from probing.faulty.described import DUBBING, FEED, ROOMS
from probing.faulty.program import LONG, Client, Fault, Gone, faulty
from websockets.asyncio.client import ClientConnection

__all__ = ["CLIENT_FAULTS", "DubbingClient", "FeedClient", "RoomsClient"]

CLIENT_FAULTS: list[Fault] = []


class DubbingClient(Client):
    """Logs in, has one line shown, and stops."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "welcome": {"session": Field(text)},
        "configured": {},
        "caption": {"text": Field(text), "speaker": maybe(nullable(text))},
        BINARY: {},
        "ping": {"n": Field(whole)},
        "pong": {"n": Field(whole)},
        "refused": {"reason": Field(text), "room": maybe(nullable(text))},
        "overloaded": {},
        "summary": {"captions": Field(whole)},
    }

    welcome = False
    has_asked = False
    overloaded = False
    stopped = False
    over = False

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        allowed = {
            "welcome": not self.welcome,
            "configured": False,
            "caption": self.has_asked,
            BINARY: False,
            "refused": not self.over,
            "overloaded": not self.overloaded and not self.over,
            "summary": self.stopped,
        }
        if not allowed.get(kind, True) or (self.over and kind not in ("ping", "pong")):
            self.astray(kind)

    def astray(self, kind: str) -> None:
        raise Gone(4402)

    async def converse(self) -> None:
        await self.say("login", token="t-1")
        await self.owed("welcome")
        if self.may_go_on():
            await self.line()
        await self.wait_for("caption", "overloaded")
        await self.stop()
        await self.owed("summary")

    def may_go_on(self) -> bool:
        return not self.overloaded

    async def line(self) -> None:
        self.has_asked = True
        await self.say("line", text="Is this on?")

    async def stop(self) -> None:
        self.stopped = True
        await self.say("stop")

    async def on_welcome(self, body: dict[str, Any]) -> None:
        self.welcome = True

    async def on_caption(self, body: dict[str, Any]) -> None:
        """It is shown."""

    async def on_refused(self, body: dict[str, Any]) -> None:
        """It is a pity."""

    async def on_configured(self, body: dict[str, Any]) -> None:
        """It never comes."""

    async def on_overloaded(self, body: dict[str, Any]) -> None:
        self.overloaded = True

    async def on_summary(self, body: dict[str, Any]) -> None:
        self.over = True


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, Line
class SpeaksBeforeWelcome(DubbingClient):
    """Does not wait until its login is answered."""

    async def converse(self) -> None:
        await self.say("login", token="t-1")
        await self.line()
        await self.owed("welcome")
        await self.stop()
        await self.owed("summary")


@faulty(CLIENT_FAULTS, DUBBING, shortest=4)  # Login, Overloaded, Welcome, Line
class GoesOnThoughOverloaded(DubbingClient):
    """Goes on after it was told not to."""

    def may_go_on(self) -> bool:
        return True


@faulty(CLIENT_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Line, Stop, Line
class SpeaksAfterStop(DubbingClient):
    """Says one more line after it has said that it is done."""

    async def stop(self) -> None:
        await super().stop()
        await self.line()


@faulty(CLIENT_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Line, Stop, Stop
class StopsTwice(DubbingClient):
    """Says twice that it is done."""

    async def stop(self) -> None:
        await super().stop()
        await super().stop()


@faulty(CLIENT_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Line, Stop, Summary
class NeverCloses(DubbingClient):
    """Does not hang up when all has been said, which is its to do."""

    async def leave(self) -> None:
        await self.wait_for("nothing", patience=LONG)
        await super().leave()


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, and what is no message
class BearsUnknownKinds(DubbingClient):
    """Bears messages of kinds that it does not know."""

    async def unknown(self, payload: str | bytes) -> None:
        """Nothing is done about it."""


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, Pong without its number
class BearsInvalidBodies(DubbingClient):
    """Does not look at the fields of what it hears."""

    def unfit(self, kind: str, body: dict[str, Any]) -> None:
        body.setdefault("n", 0)


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, Caption
class BearsAnyOrder(DubbingClient):
    """Does not mind in which order the server speaks."""

    def astray(self, kind: str) -> None:
        """Nothing is done about it."""


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, and what is no message
class ComplainsWithAnotherCode(DubbingClient):
    """Closes with 1008 where 4400 is documented."""

    async def unknown(self, payload: str | bytes) -> None:
        raise Gone(1008)


@faulty(CLIENT_FAULTS, DUBBING, shortest=2)  # Login, Ping
class ForgetsPongs(DubbingClient):
    """Leaves pings without an answer."""

    async def on_ping(self, body: dict[str, Any]) -> None:
        """Nothing is done about it."""


class RoomsClient(Client):
    """Enters a room, says something, leaves, asks a question."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "hello": {"version": maybe(whole)},
        "refused": {"reason": Field(text), "room": maybe(nullable(text))},
        "entered": {"room_id": Field(some_text)},
        "heard": {"room_id": Field(some_text), "text": Field(text)},
        "left": {"room_id": Field(some_text)},
        "found": {"id": Field(whole), "rooms": Field(texts)},
        "nobody": {"id": Field(whole)},
    }

    def __init__(self, websocket: ClientConnection) -> None:
        super().__init__(websocket)
        self.greeted = False
        self.entering: set[str] = set()
        self.inside: set[str] = set()
        self.leaving: set[str] = set()
        self.asked: set[int] = set()

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        room, number = body.get("room_id"), body.get("id")
        allowed = {
            "hello": not self.greeted,
            "entered": not some_text(room) or room in self.entering,
            "heard": not some_text(room) or room in self.inside,
            "left": not some_text(room) or room in self.leaving,
            "found": not whole(number) or number in self.asked,
            "nobody": not whole(number) or number in self.asked,
        }
        ambient = kind in ("hello", "refused")
        if not allowed.get(kind, True) or not (ambient or self.greeted):
            self.astray(kind, body)

    def astray(self, kind: str, body: dict[str, Any]) -> None:
        raise Gone(4402)

    async def converse(self) -> None:
        await self.enter("lobby")
        await self.owed("entered")
        await self.say("say", room="lobby", text="Hello?")
        await self.wait_for("heard")
        await self.leave_room("lobby")
        await self.owed("left")
        self.asked.add(7)
        await self.say("who", id=7, name="Ada")
        await self.owed("found", "nobody")

    async def enter(self, room: str) -> None:
        self.entering.add(room)
        await self.say("enter", room=room)

    async def leave_room(self, room: str) -> None:
        self.leaving.add(room)
        await self.say("leave", room=room)

    async def on_hello(self, body: dict[str, Any]) -> None:
        self.greeted = True

    async def on_refused(self, body: dict[str, Any]) -> None:
        """It is a pity."""

    async def on_entered(self, body: dict[str, Any]) -> None:
        self.entering.discard(body["room_id"])
        self.inside.add(body["room_id"])

    async def on_heard(self, body: dict[str, Any]) -> None:
        """It is shown."""

    async def on_left(self, body: dict[str, Any]) -> None:
        self.leaving.discard(body["room_id"])
        self.inside.discard(body["room_id"])

    async def on_found(self, body: dict[str, Any]) -> None:
        self.asked.discard(body["id"])

    async def on_nobody(self, body: dict[str, Any]) -> None:
        self.asked.discard(body["id"])


@faulty(CLIENT_FAULTS, ROOMS, shortest=2)  # Enter, Say: nobody has to wait for Hello
class SpeaksBeforeItIsInside(RoomsClient):
    """Says something in a room that has not been opened yet."""

    async def enter(self, room: str) -> None:
        await super().enter(room)
        await self.say("say", room=room, text="Hello?")


@faulty(CLIENT_FAULTS, ROOMS, shortest=7)  # Hello, Enter, Entered, Say, Leave, Left, Enter
class EntersAgain(RoomsClient):
    """Uses an id a second time."""

    async def on_left(self, body: dict[str, Any]) -> None:
        await super().on_left(body)
        await self.enter("lobby")


@faulty(CLIENT_FAULTS, ROOMS, shortest=6)  # Hello, Enter, Entered, Say, Leave, Leave
class LeavesTwice(RoomsClient):
    """Leaves a room twice."""

    async def leave_room(self, room: str) -> None:
        await super().leave_room(room)
        await super().leave_room(room)


@faulty(CLIENT_FAULTS, ROOMS, shortest=3)  # three times Enter
class EntersTooMany(RoomsClient):
    """Enters three rooms at once."""

    async def enter(self, room: str) -> None:
        for name in (room, "kitchen", "cellar"):
            await super().enter(name)


@faulty(CLIENT_FAULTS, ROOMS, shortest=3)  # Enter, Heard of another room, Say
class AnswersInAnyRoom(RoomsClient):
    """Answers whatever is heard of a room that it never entered, there."""

    def astray(self, kind: str, body: dict[str, Any]) -> None:
        if kind != "heard":
            super().astray(kind, body)

    async def on_heard(self, body: dict[str, Any]) -> None:
        if body["room_id"] not in self.inside:
            await self.say("say", room=body["room_id"], text="Who is there?")


class FeedClient(Client):
    """Subscribes, asks for an item, acknowledges it, and says goodbye; the server hangs up."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "subscribed": {},
        "item": {"text": Field(text), "link": maybe(nullable(text))},
        "failed": {
            "code": Field(lambda value: whole(value) and 4000 <= value <= 4999),  # type: ignore[operator]
            "reason": maybe(text),
        },
        "farewell": {},
    }

    subscribed = False
    items = 0
    done = False
    over = False

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        allowed = {
            "subscribed": not self.subscribed,
            "item": self.subscribed,
            "failed": True,
            "farewell": self.done,
        }
        if self.over or not allowed[kind]:
            raise Gone(4402)

    async def converse(self) -> None:
        await self.say("subscribe", topic="weather")
        await self.owed("subscribed")
        await self.say("more")
        await self.wait_for("item")
        if self.items:
            await self.say("ack")
        self.done = True
        await self.say("bye")

    async def leave(self) -> None:
        await self.wait_for("nothing", patience=LONG)

    async def on_subscribed(self, body: dict[str, Any]) -> None:
        self.subscribed = True

    async def on_item(self, body: dict[str, Any]) -> None:
        self.items += 1

    async def on_failed(self, body: dict[str, Any]) -> None:
        self.over = True

    async def on_farewell(self, body: dict[str, Any]) -> None:
        self.over = True


@faulty(CLIENT_FAULTS, FEED, shortest=4)  # Subscribe, Subscribed, More, Ack
class AcknowledgesNothing(FeedClient):
    """Acknowledges before there is any item."""

    async def converse(self) -> None:
        self.items = 1
        await super().converse()


@faulty(CLIENT_FAULTS, FEED, shortest=4)  # Subscribe, Subscribed, More, Bye
class HangsUpAfterGoodbye(FeedClient):
    """Hangs up after its goodbye, without waiting for the server's."""

    async def leave(self) -> None:
        await self.websocket.close(1000)
