"""Servers of the feed API: a correct one, and some that are wrong in one thing each."""

from __future__ import annotations

from typing import Any, ClassVar

from probing.faulty.bodies import Field, Fields, maybe, nullable, text, whole
from probing.faulty.described import FEED
from probing.faulty.program import Fault, Gone, Server, faulty

__all__ = ["FEED_FAULTS", "Feed"]

FEED_FAULTS: list[Fault] = []


class Feed(Server):
    """The correct one."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "subscribe": {"topic": Field(text), "since": maybe(nullable(whole))},
        "more": {},
        "ack": {},
        "bye": {},
    }

    subscribed = False
    items = 0

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "subscribe":
            if self.subscribed:
                raise Gone(4429)
        elif not self.subscribed or (kind == "ack" and not self.items):
            self.early(kind)

    def early(self, kind: str) -> None:
        raise TooEarly

    async def hear(self, payload: str | bytes) -> str:
        try:
            return await super().hear(payload)
        except TooEarly:
            await self.say("failed", code=4408, reason="too early")
            raise Gone(self.failed_with()) from None

    def failed_with(self) -> int:
        return 4408

    async def on_subscribe(self, body: dict[str, Any]) -> None:
        self.subscribed = True
        await self.say("subscribed")

    async def on_more(self, body: dict[str, Any]) -> None:
        self.items += 1
        await self.say("item", text="news", link=None)

    async def on_ack(self, body: dict[str, Any]) -> None:
        """Nothing to do."""

    async def on_bye(self, body: dict[str, Any]) -> None:
        await self.say("farewell")
        raise Gone(1000)


class TooEarly(Exception):
    """Something was said before its time."""


@faulty(FEED_FAULTS, FEED, shortest=4)  # Subscribe, Subscribed, Bye, Farewell
class NeverHangsUp(Feed):
    """Does not close after its last word, which is its to do."""

    over = False

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        if self.over:
            raise Gone(4410)
        super().expect(kind, body)

    async def on_bye(self, body: dict[str, Any]) -> None:
        self.over = True
        await self.say("farewell")


@faulty(FEED_FAULTS, FEED, shortest=4)  # Subscribe, Subscribed, Bye, Farewell
class EndsInAnError(Feed):
    """Closes with 1011 when all went well."""

    async def on_bye(self, body: dict[str, Any]) -> None:
        await self.say("farewell")
        raise Gone(1011)


@faulty(FEED_FAULTS, FEED, shortest=2)  # More, Failed
class AnnouncesAnotherCode(Feed):
    """Announces one close code, and closes with another."""

    def failed_with(self) -> int:
        return 1000


@faulty(FEED_FAULTS, FEED, shortest=3)  # Subscribe, Subscribed, Ack
class TakesAcksOfNothing(Feed):
    """Takes an acknowledgement before there was any item."""

    def early(self, kind: str) -> None:
        if kind != "ack" or not self.subscribed:
            super().early(kind)


@faulty(FEED_FAULTS, FEED, shortest=3)  # More, Failed, Item
class GoesOnAfterItsError(Feed):
    """Says that it failed, and goes on."""

    async def hear(self, payload: str | bytes) -> str:
        try:
            return await super().hear(payload)
        except Gone as gone:
            if gone.code != 4408:
                raise
            await self.say("item", text="news")
            return ""
