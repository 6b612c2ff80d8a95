"""Servers of the dubbing API: a correct one, and many that are wrong in one thing each.

The number of messages of the shortest conversation is argued beside each.
"""

from __future__ import annotations

from typing import Any, ClassVar

from probing.faulty.bodies import (
    BINARY,
    Field,
    Fields,
    between,
    maybe,
    nullable,
    one_of,
    some_text,
    text,
    texts,
    whole,
)
from probing.faulty.described import DUBBING
from probing.faulty.program import Denied, Fault, Gone, Server, faulty

__all__ = ["DUBBING_FAULTS", "Dubbing"]

DUBBING_FAULTS: list[Fault] = []


class Dubbing(Server):
    """The correct one."""

    KINDS: ClassVar[dict[str, Fields]] = {
        "login": {"token": Field(some_text), "nickname": maybe(nullable(text))},
        "configure": {
            "language": maybe(one_of("en", "fr")),
            "voice": maybe(nullable(text)),
            "speed": maybe(between(0.5, 2)),
            "words": maybe(texts),
        },
        "line": {"text": Field(text), "speaker": maybe(nullable(text))},
        BINARY: {},
        "correct": {"text": Field(text)},
        "ping": {"n": Field(whole)},
        "pong": {"n": Field(whole)},
        "stop": {},
    }

    logged_in = False
    configured = False
    stopped = False
    captions = 0

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        if kind in ("ping", "pong"):
            return
        if self.stopped:
            self.late(kind)
        elif kind == "login":
            if self.logged_in:
                self.again()
        elif kind == "correct":
            if not self.captions:
                raise Denied("too early")
        elif not self.logged_in:
            self.early(kind)
        elif kind == "configure" and self.configured:
            self.configured_already()

    def early(self, kind: str) -> None:
        raise Gone(4401)

    def late(self, kind: str) -> None:
        raise Gone(4410)

    def again(self) -> None:
        raise Gone(4429)

    def configured_already(self) -> None:
        raise Denied("repeated")

    async def on_login(self, body: dict[str, Any]) -> None:
        self.logged_in = True
        await self.say("welcome", session="s-1")

    async def on_configure(self, body: dict[str, Any]) -> None:
        self.configured = True
        await self.say("configured")

    async def on_line(self, body: dict[str, Any]) -> None:
        self.captions += 1
        await self.say("caption", text=body["text"], speaker=body.get("speaker"))

    async def on_binary(self, body: dict[str, Any]) -> None:
        await self.websocket.send(body["data"][::-1])

    async def on_correct(self, body: dict[str, Any]) -> None:
        await self.say("caption", text=body["text"])

    async def on_ping(self, body: dict[str, Any]) -> None:
        await self.say("pong", n=body["n"])

    async def on_pong(self, body: dict[str, Any]) -> None:
        """Nothing to do."""

    async def on_stop(self, body: dict[str, Any]) -> None:
        self.stopped = True
        await self.say("summary", captions=self.captions)


# ---------------------------------------------------------------- what it takes that it should not


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Line
class TakesTextBeforeLogin(Dubbing):
    """Takes texts before the login, in silence."""

    def early(self, kind: str) -> None:
        if kind != "line":
            super().early(kind)

    async def on_line(self, body: dict[str, Any]) -> None:
        if self.logged_in:
            await super().on_line(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Stop, Summary, Line
class TakesAnythingAfterStop(Dubbing):
    """Takes anything after the stop, in silence."""

    async def hear(self, payload: str | bytes) -> str:
        return "" if self.stopped else await super().hear(payload)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Login
class TakesTwoLogins(Dubbing):
    """Takes a second login, and lets it pass without a word."""

    def again(self) -> None:
        """Nothing is done about it."""

    async def on_login(self, body: dict[str, Any]) -> None:
        if not self.logged_in:
            await super().on_login(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Configure, Configured, Configure
class ConfiguresTwice(Dubbing):
    """Takes a second configuration without a word, instead of refusing it."""

    def configured_already(self) -> None:
        """Nothing is done about it."""

    async def on_configure(self, body: dict[str, Any]) -> None:
        if not self.configured:
            await super().on_configure(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Correct, which should be refused
class TakesCorrectionsOfNothing(Dubbing):
    """Takes corrections before there is any caption, in silence."""

    def expect(self, kind: str, body: dict[str, Any]) -> None:
        if kind != "correct" or self.stopped:
            super().expect(kind, body)

    async def on_correct(self, body: dict[str, Any]) -> None:
        if self.captions:
            await super().on_correct(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # a message of a kind that is not known
class TakesUnknownKinds(Dubbing):
    """Passes over messages of kinds that it does not know."""

    async def unknown(self, payload: str | bytes) -> None:
        """Nothing is done about it."""


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Pong without its number
class TakesBodiesWithoutFields(Dubbing):
    """Does not miss a field that is missing: what it has to say is said with an empty one."""

    def unfit(self, kind: str, body: dict[str, Any]) -> None:
        missing = [n for n, field in self.KINDS[kind].items() if field.required and n not in body]
        if not missing:
            super().unfit(kind, body)
        body.update({"n": 0} if "n" in missing else dict.fromkeys(missing, ""))


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Line of a wrong type, Caption
class TakesAnyTypeOfText(Dubbing):
    """Turns what should be the text of a line into one, whatever it is."""

    def unfit(self, kind: str, body: dict[str, Any]) -> None:
        if kind != "line" or "text" not in body or isinstance(body["text"], str):
            super().unfit(kind, body)
        body["text"] = str(body["text"])


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Configure, Configured
class TakesAnySpeed(Dubbing):
    """Does not hold the speed to its limits."""

    KINDS: ClassVar[dict[str, Fields]] = {
        **Dubbing.KINDS,
        "configure": {**Dubbing.KINDS["configure"], "speed": maybe(between(-1e308, 1e308))},
    }


# ----------------------------------------------------------------- what it says that it should not


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Welcome
class WelcomesUnasked(Dubbing):
    """Answers the login before anybody has logged in."""

    async def greet(self) -> None:
        await self.say("welcome", session="s-0")

    async def on_login(self, body: dict[str, Any]) -> None:
        self.logged_in = True


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Stop, Summary, Caption
class SpeaksAfterSummary(Dubbing):
    """Says a caption after its last word."""

    async def on_stop(self, body: dict[str, Any]) -> None:
        await super().on_stop(body)
        await self.say("caption", text="one more thing")


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Caption
class CaptionsNothing(Dubbing):
    """Says a caption before there is a line."""

    async def on_login(self, body: dict[str, Any]) -> None:
        await super().on_login(body)
        await self.say("caption", text="")


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Configure, Configured, Configured
class ConfirmsTwice(Dubbing):
    """Says twice what is said once."""

    async def on_configure(self, body: dict[str, Any]) -> None:
        await super().on_configure(body)
        await self.say("configured")


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Line, and what is no message
class SaysUnknownKinds(Dubbing):
    """Answers a line with a message of an unknown kind."""

    async def on_line(self, body: dict[str, Any]) -> None:
        self.captions += 1
        await self.say("subtitle", text=body["text"])


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Line, Caption
class CaptionsWithoutText(Dubbing):
    """Leaves out a field that has to be there."""

    async def on_line(self, body: dict[str, Any]) -> None:
        self.captions += 1
        await self.say("caption", speaker=body.get("speaker"))


@faulty(DUBBING_FAULTS, DUBBING, shortest=2)  # Ping, Pong
class PongsWithText(Dubbing):
    """Writes a number as a text."""

    async def on_ping(self, body: dict[str, Any]) -> None:
        await self.say("pong", n=str(body["n"]))


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Audio, and a text
class VoiceAsText(Dubbing):
    """Says in a text frame what belongs into a binary one."""

    async def on_binary(self, body: dict[str, Any]) -> None:
        await self.websocket.send(body["data"].hex())


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Line with a speaker, Caption
class SpeakerAsObject(Dubbing):
    """Writes one field otherwise, and only when it is not null."""

    async def on_line(self, body: dict[str, Any]) -> None:
        self.captions += 1
        speaker = body.get("speaker")
        named = None if speaker is None else {"name": speaker}
        await self.say("caption", text=body["text"], speaker=named)


# ---------------------------------------------------------------------------- what it does not say


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Login
class NeverWelcomes(Dubbing):
    """Forgets to answer the login."""

    async def on_login(self, body: dict[str, Any]) -> None:
        self.logged_in = True


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # Ping
class NeverPongs(Dubbing):
    """Does not answer pings."""

    async def on_ping(self, body: dict[str, Any]) -> None:
        """Nothing is done about it."""


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Stop
class NeverSumsUp(Dubbing):
    """Never says its last word."""

    async def on_stop(self, body: dict[str, Any]) -> None:
        self.stopped = True


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Stop
class HangsUpAtStop(Dubbing):
    """Closes at once when the client says that it is done, although its own last word is due."""

    async def on_stop(self, body: dict[str, Any]) -> None:
        raise Gone(1000)


# ---------------------------------------------------------------------------------- how it refuses


@faulty(DUBBING_FAULTS, DUBBING, shortest=1)  # a message of a kind that is not known
class ClosesWithAnotherCode(Dubbing):
    """Refuses unknown kinds with 1003, where 4400 is documented."""

    async def unknown(self, payload: str | bytes) -> None:
        raise Gone(1003)


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Stop, Summary, Line
class ClosesWithAnUndocumentedCode(Dubbing):
    """Refuses what comes after the stop with a code that is documented nowhere."""

    def late(self, kind: str) -> None:
        raise Gone(4999)


@faulty(DUBBING_FAULTS, DUBBING, shortest=6)  # Login, Welcome, and twice Configure, Configured
class RefusesWithTheWrongMessage(Dubbing):
    """Confirms a second configuration once more, instead of refusing it."""

    async def deny(self, reason: str) -> None:
        await self.say("configured" if reason == "repeated" else "refused", reason=reason)


@faulty(DUBBING_FAULTS, DUBBING, shortest=5)  # Login, Welcome, Line, Caption, Correct
class RefusesCorrections(Dubbing):
    """Refuses corrections for good, even when there is a caption."""

    async def on_correct(self, body: dict[str, Any]) -> None:
        raise Gone(4401)


@faulty(DUBBING_FAULTS, DUBBING, shortest=4)  # Login, Welcome, Configure, Refused
class RefusesTheFirstConfiguration(Dubbing):
    """Says of the first configuration that it is one too many."""

    async def on_configure(self, body: dict[str, Any]) -> None:
        raise Denied("repeated")


# -------------------------------------------------------------------------------- where it crashes


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Configure with a voice of null
class CrashesOnNull(Dubbing):
    """Crashes where an optional field is null."""

    async def on_configure(self, body: dict[str, Any]) -> None:
        if "voice" in body and body["voice"] is None:
            raise Gone(1011)
        await super().on_configure(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Configure with some words
class CrashesOnAnOptionalField(Dubbing):
    """Crashes where a list is not empty, which may be left out."""

    async def on_configure(self, body: dict[str, Any]) -> None:
        if body.get("words"):
            raise Gone(1011)
        await super().on_configure(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Line of an empty text
class CrashesOnEmptyText(Dubbing):
    """Crashes on an empty text."""

    async def on_line(self, body: dict[str, Any]) -> None:
        if not body["text"]:
            raise Gone(1011)
        await super().on_line(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Line of such a text
class DropsOtherAlphabets(Dubbing):
    """Drops the connection, without a close frame, on text that is not ASCII."""

    async def on_line(self, body: dict[str, Any]) -> None:
        if not body["text"].isascii():
            self.websocket.transport.abort()
        await super().on_line(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Line of such a text
class CrashesOnLongText(Dubbing):
    """Crashes on text of more than 255 characters."""

    async def on_line(self, body: dict[str, Any]) -> None:
        if len(body["text"]) > 255:
            raise Gone(1011)
        await super().on_line(body)


@faulty(DUBBING_FAULTS, DUBBING, shortest=3)  # Login, Welcome, Audio of no bytes
class CrashesOnNoAudio(Dubbing):
    """Crashes on an empty binary frame."""

    async def on_binary(self, body: dict[str, Any]) -> None:
        if not body["data"]:
            raise Gone(1011)
        await super().on_binary(body)


# ------------------------------------------------------------------------------------------ memory


@faulty(DUBBING_FAULTS, DUBBING, shortest=2)  # Line, Caption, once anybody has logged in
class RemembersLogins(Dubbing):
    """Takes whoever connects for logged in, once anybody has."""

    someone = False
    remembered = False

    async def greet(self) -> None:
        self.remembered = type(self).someone

    def early(self, kind: str) -> None:
        if not self.remembered:
            super().early(kind)

    async def on_login(self, body: dict[str, Any]) -> None:
        type(self).someone = True
        await super().on_login(body)
