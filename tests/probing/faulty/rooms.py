"""Servers of the rooms API: a correct one, and many that are wrong in one thing each."""

from __future__ import annotations

from typing import Any, ClassVar

from probing.faulty.bodies import Field, Fields, maybe, nullable, some_text, text, whole
from probing.faulty.described import ROOMS
from probing.faulty.program import Denied, Fault, Gone, Server, faulty
from websockets.asyncio.server import ServerConnection

__all__ = ["ROOMS_FAULTS", "Rooms"]

ROOMS_FAULTS: list[Fault] = []


class Rooms(Server):
    """The correct one."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "enter": {"room": Field(some_text), "nickname": maybe(nullable(text))},
        "say": {"room": Field(some_text), "text": Field(text)},
        "leave": {"room": Field(some_text)},
        "who": {"id": Field(whole), "name": Field(text)},
    }

    def __init__(self, websocket: ServerConnection) -> None:
        super().__init__(websocket)
        self.inside: list[str] = []
        self.used: set[str] = set()

    async def greet(self) -> None:
        await self.say("hello", version=1)

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        room = body.get("room")
        if kind == "who" or not some_text(room):
            return
        assert isinstance(room, str)
        if kind != "enter":
            if room not in self.inside:
                self.not_inside(kind, room)
        elif room in self.used:
            self.used_already(room)
        elif len(self.inside) >= 2:
            self.too_many()

    def not_inside(self, kind: str, room: str) -> None:
        raise Denied("out of order")

    def used_already(self, room: str) -> None:
        raise Gone(4409)

    def too_many(self) -> None:
        raise Denied("out of order")

    async def on_enter(self, body: dict[str, Any]) -> None:
        self.inside.append(body["room"])
        self.used.add(body["room"])
        await self.say("entered", room_id=body["room"])

    async def on_say(self, body: dict[str, Any]) -> None:
        await self.say("heard", room_id=body["room"], text=body["text"])

    async def on_leave(self, body: dict[str, Any]) -> None:
        self.inside.remove(body["room"])
        await self.say("left", room_id=body["room"])

    async def on_who(self, body: dict[str, Any]) -> None:
        if body["name"]:
            await self.say("found", id=body["id"], rooms=self.inside)
        else:
            await self.say("nobody", id=body["id"])


@faulty(ROOMS_FAULTS, ROOMS, shortest=2)  # Hello, Hello
class GreetsTwice(Rooms):
    """Greets twice."""

    async def greet(self) -> None:
        await super().greet()
        await super().greet()


@faulty(ROOMS_FAULTS, ROOMS, shortest=6)  # Hello, Enter, Entered, Leave, Left, Heard
class AnswersARoomThatWasLeft(Rooms):
    """Says something in a room after its last word there."""

    async def on_leave(self, body: dict[str, Any]) -> None:
        await super().on_leave(body)
        await self.say("heard", room_id=body["room"], text="door")


@faulty(ROOMS_FAULTS, ROOMS, shortest=5)  # Hello, Enter a, Entered a, Enter b, Entered a
class AnswersInTheRoomBefore(Rooms):
    """Mixes up keys: confirms a second room under the id of the first."""

    async def on_enter(self, body: dict[str, Any]) -> None:
        self.inside.append(body["room"])
        self.used.add(body["room"])
        await self.say("entered", room_id=self.inside[0])


@faulty(ROOMS_FAULTS, ROOMS, shortest=3)  # Hello, Enter A, Entered a
class FoldsCases(Rooms):
    """Mixes up keys: answers with the id in small letters."""

    async def on_enter(self, body: dict[str, Any]) -> None:
        self.inside.append(body["room"])
        self.used.add(body["room"])
        await self.say("entered", room_id=body["room"].lower())


@faulty(ROOMS_FAULTS, ROOMS, shortest=2)  # Hello, Say
class IgnoresUnknownRooms(Rooms):
    """Does nothing about what is said in a room that is not open, instead of refusing it."""

    def not_inside(self, kind: str, room: str) -> None:
        """Nothing is done about it."""

    async def on_say(self, body: dict[str, Any]) -> None:
        if body["room"] in self.inside:
            await super().on_say(body)

    async def on_leave(self, body: dict[str, Any]) -> None:
        if body["room"] in self.inside:
            await super().on_leave(body)


@faulty(ROOMS_FAULTS, ROOMS, shortest=3)  # Hello, Say, Heard
class SpeaksInAnyRoom(Rooms):
    """Answers in a room that nobody has entered."""

    def not_inside(self, kind: str, room: str) -> None:
        if kind != "say":
            super().not_inside(kind, room)


@faulty(ROOMS_FAULTS, ROOMS, shortest=7)  # Hello, twice Enter and Entered, Enter, Entered
class OpensTooMany(Rooms):
    """Lets a client enter as many rooms as it likes."""

    def too_many(self) -> None:
        """Nothing is done about it."""


@faulty(ROOMS_FAULTS, ROOMS, shortest=7)  # Hello, Enter, Entered, Leave, Left, Enter, Entered
class OpensAgain(Rooms):
    """Lets a client enter a room again that it has left."""

    def used_already(self, room: str) -> None:
        if room in self.inside:
            super().used_already(room)


@faulty(ROOMS_FAULTS, ROOMS, shortest=4)  # Hello, Enter, Entered, Enter
class OpensTwice(Rooms):
    """Does nothing about an id that is in use."""

    def used_already(self, room: str) -> None:
        if room not in self.inside:
            super().used_already(room)

    async def on_enter(self, body: dict[str, Any]) -> None:
        if body["room"] not in self.inside:
            await super().on_enter(body)


@faulty(ROOMS_FAULTS, ROOMS, shortest=4)  # Hello, Enter, Entered, Entered
class EntersTwice(Rooms):
    """Confirms a room twice."""

    async def on_enter(self, body: dict[str, Any]) -> None:
        await super().on_enter(body)
        await self.say("entered", room_id=body["room"])


@faulty(ROOMS_FAULTS, ROOMS, shortest=3)  # Hello, Enter, Heard
class SpeaksBeforeItConfirms(Rooms):
    """Says something in a room that it has not confirmed, and never does."""

    async def on_enter(self, body: dict[str, Any]) -> None:
        self.inside.append(body["room"])
        self.used.add(body["room"])
        await self.say("heard", room_id=body["room"], text="door")


@faulty(ROOMS_FAULTS, ROOMS, shortest=4)  # Hello, Enter, Entered, Leave
class NeverLeaves(Rooms):
    """Forgets its last word in a room."""

    async def on_leave(self, body: dict[str, Any]) -> None:
        self.inside.remove(body["room"])


@faulty(ROOMS_FAULTS, ROOMS, shortest=2)  # Hello, Who
class ForgetsTheReply(Rooms):
    """Does not answer a question after somebody whom it does not know."""

    async def on_who(self, body: dict[str, Any]) -> None:
        if body["name"]:
            await super().on_who(body)


@faulty(ROOMS_FAULTS, ROOMS, shortest=4)  # Hello, Who, Found, Nobody
class AnswersTwice(Rooms):
    """Answers a question twice."""

    async def on_who(self, body: dict[str, Any]) -> None:
        await super().on_who(body)
        await self.say("nobody", id=body["id"])


@faulty(ROOMS_FAULTS, ROOMS, shortest=9)  # Hello, twice Enter, Entered; Leave, Left; Enter, Refused
class CountsRoomsThatWereLeft(Rooms):
    """Refuses a third room even after one of the others was left."""

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        super().expect(kind, body)
        if kind == "enter" and len(self.used) >= 2:
            raise Denied("out of order")


@faulty(ROOMS_FAULTS, ROOMS, shortest=3)  # Hello, Enter, Entered: its key is in another field
class WritesTheKeyElsewhere(Rooms):
    """Writes the id of the room into the wrong field."""

    async def on_enter(self, body: dict[str, Any]) -> None:
        self.inside.append(body["room"])
        self.used.add(body["room"])
        await self.say("entered", room=body["room"])
